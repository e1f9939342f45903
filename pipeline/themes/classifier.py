"""Train, save, load and score: the one door to scikit-learn's estimators.

One balanced logistic regression a theme, on whole answers and on their sentences. An answer's score for a theme is the mean
of the whole answer's and the best sentence's: a theme counts as raised by a single clause, and a long answer should
not drown it. Nothing in a model file is code: it holds arrays and a card in JSON.
"""

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pipeline.definition import Codebook, Consultation, Question
from pipeline.errors import ModelError
from pipeline.themes.features import VIEWS, Features, fit_features
from pipeline.themes.labels import Label, read_labels
from pipeline.themes.text import analyse, sentence_spans
from pipeline.writing import write_file

ARRAYS, CARD = "model.npz", "card.json"
# What reports quote of a card; a card without it is not a model's.
CARD_KEYS = ("labels", "writers", "labels_sha256", "evaluated", "micro_f1", "macro_f1", "keywords_micro_f1")
SEED = 2022
# How hard the fit follows single answers. Chosen once by folds split by writer; see docs/decisions.
STRENGTH = 3.0


@dataclass(frozen=True)
class Model:
    """A trained classifier for one question. `weights` is themes × terms; `card` says what it learned from."""

    question: str
    themes: tuple[str, ...]
    features: Features
    weights: np.ndarray
    intercepts: np.ndarray
    threshold: float
    card: dict


def _training_rows(labels: Sequence[Label]) -> tuple[list[str], list[tuple[str, ...]]]:
    """Return texts and their themes: each answer whole, and each sentence of an answer whose spans are marked."""
    texts, themes = [], []
    for label, (whole, _) in zip(labels, analyse([label.text for label in labels]), strict=True):
        texts.append(whole)
        themes.append(label.themes)
        marked = [(label.text.find(words), words, theme) for theme, words in label.spans]
        if not label.spans:
            continue
        spans = sentence_spans(label.text)
        if len(spans) < 2:
            continue
        parts = analyse([label.text[start:end] for start, end in spans])
        for (start, end), (words, _) in zip(spans, parts, strict=True):
            texts.append(words)
            themes.append(tuple({t for at, run, t in marked if at < end and at + len(run) > start}))
    return texts, themes


def _fit_theme(rows, raised: np.ndarray, seed: int) -> tuple[np.ndarray, float]:
    """Return the weights and intercept of one theme; a theme that no row or every row raises gets its share alone."""
    from sklearn.linear_model import LogisticRegression

    if raised.all() or not raised.any():
        share = (raised.sum() + 0.5) / (len(raised) + 1)
        return np.zeros(rows.shape[1], dtype=np.float32), float(np.log(share / (1 - share)))
    fitted = LogisticRegression(
        C=STRENGTH, class_weight="balanced", solver="liblinear", random_state=seed, max_iter=1000
    ).fit(rows, raised)
    return fitted.coef_[0].astype(np.float32), float(fitted.intercept_[0])


def fit(labels: Sequence[Label], codebook: Codebook, seed: int = SEED) -> Model:
    """Return the bare fit that cross-validation needs: a model for no question, with threshold 0.5 and an empty card."""
    from threadpoolctl import threadpool_limits

    texts, themes = _training_rows(labels)
    with threadpool_limits(limits=1):  # more threads are slower on fits this small
        keywords = [theme.keywords for theme in codebook.themes]
        try:
            features = fit_features(texts, keywords, at_least=2 if len(texts) >= 50 else 1)
        except ValueError:
            raise ModelError("The labelled answers hold too few words to learn from; label more answers.") from None
        rows = features.of(texts)
        fitted = [_fit_theme(rows, np.array([key in t for t in themes]), seed) for key in codebook.keys]
    return Model(
        question="",
        themes=codebook.keys,
        features=features,
        weights=np.stack([weights for weights, _ in fitted]),
        intercepts=np.array([intercept for _, intercept in fitted], dtype=np.float32),
        threshold=0.5,
        card={},
    )


def combine(whole: np.ndarray, sentences: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Return answers' scores from the scores of whole answers (answers × themes) and of sentences (sentences × themes).

    `owner` says which answer each sentence belongs to. The result is the mean of an answer's own score and its best
    sentence's; an answer without sentences scores 0.
    """
    best = np.zeros_like(whole)
    np.maximum.at(best, owner, sentences)
    return (whole + best) / 2


def score(model: Model, texts: Sequence[str]) -> np.ndarray:
    """Return an array (texts × themes) of scores from 0 to 1; a text without words scores 0."""
    analysed = analyse(texts)
    owner = np.array([i for i, (_, sentences) in enumerate(analysed) for _ in sentences], dtype=int)
    sentences = [sentence for _, parts in analysed for sentence in parts]
    if not sentences:
        return np.zeros((len(analysed), len(model.themes)))

    def probabilities(rows):
        return 1 / (1 + np.exp(-(rows @ model.weights.T + model.intercepts)))

    whole = probabilities(model.features.of([words for words, _ in analysed]))
    whole[[not parts for _, parts in analysed]] = 0
    return combine(whole, probabilities(model.features.of(sentences)), owner).astype(float)


def data_hash(labels: Sequence[Label]) -> str:
    """Return the SHA-256 of what a model learns from: texts, themes, writers and spans, in order."""
    content = [[label.text, label.themes, label.writer, label.spans] for label in labels]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def text_hashes(labels: Sequence[Label]) -> list[str]:
    """Return a short hash of each answer's words, sorted: enough to tell whether an answer was learned from."""
    return sorted(hashlib.sha256(" ".join(label.text.lower().split()).encode()).hexdigest()[:12] for label in labels)


def learned_from(model: Model, labels: Sequence[Label]) -> bool:
    """Say whether a model learned from any of some labels, by the hashes of long enough texts in its card."""
    known = set(model.card.get("texts_sha256", ()))
    return any(hash in known for hash in text_hashes([label for label in labels if len(label.text) > 40]))


def save_model(model: Model, folder: str | Path) -> Path:
    """Write the model's arrays and card into a folder and return it. Raises OutputError if it cannot be written."""
    folder = Path(folder)
    arrays = {"weights": model.weights.astype(np.float16), "intercepts": model.intercepts}
    for view in VIEWS:
        arrays[f"terms_{view}"] = np.frombuffer("\n".join(model.features.terms[view]).encode(), dtype=np.uint8)
        arrays[f"idf_{view}"] = model.features.weights[view]
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    card = {
        "question": model.question,
        "themes": list(model.themes),
        "threshold": model.threshold,
        "keywords": [list(words) for words in model.features.keywords],
        "sha256": hashlib.sha256(content.getvalue()).hexdigest(),
        **model.card,
    }
    write_file(folder / ARRAYS, content.getvalue())
    write_file(folder / CARD, json.dumps(card, indent=2, ensure_ascii=False) + "\n")
    return folder


def as_saved(model: Model) -> Model:
    """Return the model with its weights rounded as a file keeps them, so that a fresh model and a loaded one agree."""
    return replace(model, weights=model.weights.astype(np.float16).astype(np.float32))


def is_stale(model: Model, question: Question) -> bool:
    """Say whether the labels or keywords of a question are no longer those that its model was trained from."""
    keywords = tuple(theme.keywords for theme in question.codebook.themes)
    if model.features.keywords != keywords:
        return True
    kept = question.labels is not None and question.labels.is_file()
    return kept and data_hash(read_labels(question.labels, question.codebook)) != model.card["labels_sha256"]


def load_models(consultation: Consultation) -> dict[str, Model]:
    """Load the model of each open question that names one: question -> model. Raises ModelError as `load_model` does."""
    return {
        question.id: load_model(consultation, question.id)
        for question in consultation.open
        if question.codebook and question.model
    }


def load_model(consultation: Consultation, question: str) -> Model:
    """Load the trained model of an open question. Loading runs no code: arrays and JSON are all there is.

    Raises ModelError if there is none, if the file is not the one its card describes, or if its themes are not the
    codebook's.
    """
    asked = consultation.question(question)
    if asked.codebook is None or asked.model is None:
        raise ModelError(f"The question '{question}' has no codebook or names no model in the definition.")
    train = f"Run 'consultation train {consultation.command} --question {question}'."
    try:
        card = json.loads((asked.model / CARD).read_text(encoding="utf-8"))
        content = (asked.model / ARRAYS).read_bytes()
        if hashlib.sha256(content).hexdigest() != card["sha256"]:
            raise ModelError(f"The model in {asked.model} is not the one that its card describes. {train}")
        arrays = np.load(io.BytesIO(content), allow_pickle=False)
        features = Features(
            {view: arrays[f"terms_{view}"].tobytes().decode().split("\n") for view in VIEWS},
            {view: arrays[f"idf_{view}"] for view in VIEWS},
            tuple(tuple(words) for words in card["keywords"]),
        )
        model = Model(
            question=question,
            themes=tuple(card["themes"]),
            features=features,
            weights=arrays["weights"].astype(np.float32),
            intercepts=arrays["intercepts"],
            threshold=float(card["threshold"]),
            card={name: card[name] for name in CARD_KEYS} | card,
        )
        if not 0 <= model.threshold <= 1 or model.weights.shape != (len(model.themes), features.width):
            raise ValueError("the parts of the model do not fit together")
    except FileNotFoundError:
        raise ModelError(f"There is no trained model in {asked.model} for the question '{question}'. {train}") from None
    except (ValueError, KeyError, TypeError, OSError):
        raise ModelError(f"The model in {asked.model} cannot be read. {train}") from None
    if model.themes != asked.codebook.keys:
        odd = sorted(set(model.themes) ^ set(asked.codebook.keys)) or ["their order"]
        raise ModelError(
            f"The model in {asked.model} was trained for other themes than those of {asked.codebook.path.name} "
            f"({', '.join(odd)}). {train}"
        )
    return model
