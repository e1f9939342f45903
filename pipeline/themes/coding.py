"""Answers -> coded answers: by the classifier, and by people where they have settled the codes."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline import schemas
from pipeline.definition import Consultation, Question
from pipeline.themes import classifier
from pipeline.themes.classifier import ACCURATE, CASCADE, Model
from pipeline.themes.labels import read_codes
from pipeline.themes.subthemes import suggest_subthemes

MACHINE = "classifier"
PERSON = "settled by hand"
# From more answers than this to a question on, the fast tier decides the clear ones.
MANY = 20_000
# How many settled codes it takes for probabilities to be calibrated on them.
ENOUGH_IN_HAND = 30


def written(comments: pd.DataFrame, question: str) -> pd.DataFrame:
    """Return the rows of the table `comments` that answer a question: boxes left blank are passed over."""
    return comments[(comments["question"] == question) & comments["text"].notna()]


def _coded(
    respondents: Sequence[str], question: str, themes, scores: np.ndarray, raised: np.ndarray, coder: str, **more
):
    n, k = scores.shape
    table = {
        "respondent": np.repeat(np.array(respondents, dtype=object), k),
        "question": question,
        "theme": list(themes) * n,
        "score": scores.reshape(-1),
        "raised": raised.reshape(-1),
        "coder": coder,
        "not_sure": False,
        "subtheme": None,
        "sentence": None,
        "words": None,
    }
    return schemas.build("coded", pd.DataFrame(table | more))


def code_comments(
    comments: pd.DataFrame,
    model: Model,
    tier: str = ACCURATE,
    settled: dict[str, tuple[str, ...]] | None = None,
    progress=iter,
) -> pd.DataFrame:
    """Return the table `coded` for the answers to the model's question: each answer × each theme, with its probability.

    `comments` is the table `comments`; answers to other questions, and boxes left blank, are passed over. A theme is
    `raised` where its probability reaches the tier's threshold; then `sentence` and `words` say what carried it and
    `subtheme` which of the theme's finer points that may be. An answer that is `not_sure` wants a
    person's eye first. Where people have settled the codes of some of these answers, `settled`, the probabilities of the
    others are calibrated on them.
    """
    mine = written(comments, model.question)
    texts, respondents = mine["text"].tolist(), mine["respondent"].tolist()
    found = classifier.assess(model, texts, tier, progress=progress)
    in_hand = [i for i, name in enumerate(respondents) if name in (settled or {})]
    if ENOUGH_IN_HAND <= len(in_hand) < len(texts):
        raised = np.array([[key in settled.get(name, ()) for key in model.themes] for name in respondents])
        found = classifier.judged(model, tier, found, classifier.recalibrated(found.scores, raised, in_hand))
    count = len(model.themes)
    columns: dict[str, list] = {name: [None] * found.scores.size for name in ("subtheme", "sentence", "words")}
    places = {at: place for at, place in found.evidence.items() if found.raised[at]}
    sentences = [texts[text][start:end] for (text, _), (start, end, _) in places.items()]
    finer = suggest_subthemes(model.finer, [model.themes[theme] for _, theme in places], sentences)
    for number, ((text, theme), (_, _, told)) in enumerate(places.items()):
        at = text * count + theme
        columns["sentence"][at] = sentences[number]
        columns["words"][at] = "; ".join(told) or None
        columns["subtheme"][at] = finer[number]
    return _coded(
        respondents, model.question, model.themes, found.scores, found.raised, MACHINE,
        not_sure=np.repeat(found.not_sure, count), **columns,
    )  # fmt: skip


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


def tier_for(answers: int, asked_for: str | None) -> str:
    """Return the tier to use: the one asked for, else the accurate one, and the cascade where answers are very many."""
    return asked_for or (CASCADE if answers > MANY else ACCURATE)


def code_responses(
    consultation: Consultation,
    comments: pd.DataFrame,
    models: dict[str, Model],
    tier: str | None = None,
    progress=iter,
) -> pd.DataFrame:
    """Return the table `coded` for every open question: the classifier's codes, and those settled by hand beside them.

    `models` maps a question's id to its model; a question without one has no machine codes. `tier` is as `tier_for` has it.
    """
    parts = [schemas.build("coded", [])]
    for question in consultation.open:
        if question.id in models:
            chosen = tier_for(len(written(comments, question.id)), tier)
            settled = read_codes(question.codes, question.codebook) if question.codes else None
            model = models[question.id]
            parts.append(code_comments(comments, model, chosen, settled, progress))
        if question.codebook:
            parts.append(settled_codes(question, comments))
    return schemas.build("coded", pd.concat([part for part in parts if len(part)] or parts, ignore_index=True))


def cards_of(models: dict[str, Model], comments: pd.DataFrame, tier: str | None = None) -> dict[str, dict]:
    """Return each model's card by its question, and in it under `coded_by` the tier that codes these comments."""
    return {id: model.card | {"coded_by": tier_for(len(written(comments, id)), tier)} for id, model in models.items()}


def code_texts(
    ids: Sequence[str],
    texts: Sequence[str],
    model: Model,
    tier: str | None = None,
    progress=iter,
    why: bool = True,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Code texts: the codes and, unless `why` is False, the reasons.

    The first is (id, then for each theme `<key>` as 0 or 1 and `<key>_score` as its probability, then `not_sure` as 0 or
    1), one row a text in the given order; the second (id, theme, start, end, sentence, words) a theme raised.
    """
    found = classifier.assess(model, texts, tier_for(len(texts), tier), progress=progress, why=why)
    columns: dict[str, object] = {"id": list(ids)}
    for i, key in enumerate(model.themes):
        columns[key] = found.raised[:, i].astype(int)
        columns[f"{key}_score"] = found.scores[:, i].round(4)
    columns["not_sure"] = found.not_sure.astype(int)
    reasons = [
        (ids[text], model.themes[theme], start, end, texts[text][start:end], "; ".join(words))
        for (text, theme), (start, end, words) in sorted(found.evidence.items())
        if found.raised[text, theme]
    ]
    return pd.DataFrame(columns), pd.DataFrame(reasons, columns=["id", "theme", "start", "end", "sentence", "words"])
