"""Answers -> coded answers: by the classifier, and by people where they have settled the codes."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline import schemas
from pipeline.definition import Consultation, Question
from pipeline.themes import classifier
from pipeline.themes.classifier import Model
from pipeline.themes.labels import read_codes

MACHINE = "classifier"
PERSON = "settled by hand"


def written(comments: pd.DataFrame, question: str) -> pd.DataFrame:
    """Return the rows of the table `comments` that answer a question: boxes left blank are passed over."""
    return comments[(comments["question"] == question) & comments["text"].notna()]


def _coded(respondents: Sequence[str], question: str, themes, scores: np.ndarray, raised: np.ndarray, coder: str):
    n, k = scores.shape
    return schemas.build(
        "coded",
        pd.DataFrame(
            {
                "respondent": np.repeat(np.array(respondents, dtype=object), k),
                "question": question,
                "theme": list(themes) * n,
                "score": scores.reshape(-1),
                "raised": raised.reshape(-1),
                "coder": coder,
            }
        ),
    )


def code_comments(comments: pd.DataFrame, model: Model) -> pd.DataFrame:
    """Return the table `coded` for the answers to the model's question: each answer × each theme, with its score.

    `comments` is the table `comments`; answers to other questions, and boxes left blank, are passed over. A theme is
    `raised` where its score reaches the model's threshold.
    """
    mine = written(comments, model.question)
    scores = classifier.score(model, mine["text"].tolist())
    raised = scores >= model.threshold
    return _coded(mine["respondent"].tolist(), model.question, model.themes, scores, raised, MACHINE)


def settled_codes(question: Question, comments: pd.DataFrame) -> pd.DataFrame:
    """Return the table `coded` of the codes that people settled for a question's answers, score 1 or 0.

    Codes of respondents who are not in `comments`, or whose box is blank, are passed over: they answered another
    export. A question without a file of codes has none. Raises ModelError for a file that does not fit the codebook.
    """
    if question.codes is None:
        return schemas.build("coded", [])
    codes = read_codes(question.codes, question.codebook)
    mine = written(comments, question.id)
    respondents = [name for name in mine["respondent"] if name in codes]
    keys = question.codebook.keys
    raised = np.array([[key in codes[name] for key in keys] for name in respondents], dtype=bool)
    raised = raised.reshape(len(respondents), len(keys))
    return _coded(respondents, question.id, keys, raised.astype(float), raised, PERSON)


def unused_codes(question: Question, comments: pd.DataFrame) -> int:
    """Return how many settled codes belong to no answer of these comments."""
    if question.codes is None:
        return 0
    given = set(written(comments, question.id)["respondent"])
    return len(set(read_codes(question.codes, question.codebook)) - given)


def code_responses(consultation: Consultation, comments: pd.DataFrame, models: dict[str, Model]) -> pd.DataFrame:
    """Return the table `coded` for every open question: the classifier's codes, and those settled by hand beside them.

    `models` maps a question's id to its model; a question without one has no machine codes.
    """
    parts = [schemas.build("coded", [])]
    for question in consultation.open:
        if question.id in models:
            parts.append(code_comments(comments, models[question.id]))
        if question.codebook:
            parts.append(settled_codes(question, comments))
    return schemas.build("coded", pd.concat([part for part in parts if len(part)] or parts, ignore_index=True))


def code_texts(ids: Sequence[str], texts: Sequence[str], model: Model) -> pd.DataFrame:
    """Return (id, then for each theme `<key>` as 0 or 1 and `<key>_score`), one row a text in the given order."""
    scores = classifier.score(model, texts)
    columns: dict[str, object] = {"id": list(ids)}
    for i, key in enumerate(model.themes):
        columns[key] = (scores[:, i] >= model.threshold).astype(int)
        columns[f"{key}_score"] = scores[:, i].round(4)
    return pd.DataFrame(columns)
