"""A trained classifier's files: arrays and a card in JSON. Nothing in them is code, and loading runs none."""

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from pipeline.definition import Consultation, Question
from pipeline.errors import ModelError
from pipeline.themes.classifier import TIERS, Model, Tier
from pipeline.themes.encoder import general_encoder, text_hash
from pipeline.themes.features import Features
from pipeline.themes.labels import Label, read_labels
from pipeline.themes.subthemes import Finer
from pipeline.writing import write_file

ARRAYS, CARD = "model.npz", "card.json"
# What reports quote of a card; a card without it is not a model's.
CARD_KEYS = ("labels", "writers", "labels_sha256", "evaluated", "micro_f1", "macro_f1", "keywords_micro_f1", "encoder")


def data_hash(labels: Sequence[Label]) -> str:
    """Return the SHA-256 of what a model learns from: texts, themes, writers, spans, questions and sub-themes, in order."""
    content = [[label.text, label.themes, label.writer, label.spans, label.question, label.finer] for label in labels]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def learned_from(model: Model, labels: Sequence[Label]) -> bool:
    """Say whether a model learned from any of some labels, by the hashes of long enough texts in its card."""
    known = set(model.card.get("texts_sha256", ()))
    return any(text_hash(label.text) in known for label in labels if len(label.text) > 40)


def as_saved(tier: Tier) -> Tier:
    """Return a tier with its weights rounded as a file keeps them, so that a fresh model and a loaded one agree."""
    return replace(tier, weights=tier.weights.astype(np.float16).astype(np.float32))


def save_model(model: Model, folder: str | Path) -> Path:
    """Write the model's arrays and card into a folder and return it. Raises OutputError if it cannot be written."""
    folder = Path(folder)
    arrays, tiers = {}, {}
    for name, tier in model.tiers.items():
        arrays[f"{name}_weights"] = tier.weights.astype(np.float16)
        arrays[f"{name}_intercepts"] = tier.intercepts
        arrays[f"{name}_offsets"] = tier.offsets
        for view, terms in tier.features.terms.items():
            arrays[f"{name}_terms_{view}"] = np.frombuffer("\n".join(terms).encode(), dtype=np.uint8)
            arrays[f"{name}_idf_{view}"] = tier.features.weights[view]
        tiers[name] = {
            "views": list(tier.features.terms),
            "keywords": [list(words) for words in tier.features.keywords],
            "asked": list(tier.features.asked),
            "meaning": tier.features.meaning,
            "slope": tier.slope,
            "threshold": tier.threshold,
            "doubt": tier.doubt,
            "clear": tier.clear,
            "adapted": tier.adapted,
        }
    for theme, points in model.finer.items():
        arrays[f"finer_weights_{theme}"] = points.weights.astype(np.float16)
        arrays[f"finer_intercepts_{theme}"] = points.intercepts.astype(np.float32)
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    card = {
        "question": model.question,
        "themes": list(model.themes),
        "tiers": tiers,
        "finer": {theme: list(points.keys) for theme, points in model.finer.items()},
        "sha256": hashlib.sha256(content.getvalue()).hexdigest(),
        **model.card,
    }
    write_file(folder / ARRAYS, content.getvalue())
    write_file(folder / CARD, json.dumps(card, indent=2, ensure_ascii=False) + "\n")
    return folder


def is_stale(model: Model, question: Question) -> bool:
    """Say whether the labels or keywords of a question are no longer those that its model was trained from."""
    keywords = tuple(theme.keywords for theme in question.codebook.themes)
    if model.tiers[TIERS[0]].features.keywords != keywords:
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
        model = Model(
            question=question,
            themes=tuple(card["themes"]),
            tiers={name: _tier(name, card["tiers"][name], arrays, len(card["themes"])) for name in TIERS},
            encoder=asked.encoder or general_encoder(),
            card={name: card[name] for name in CARD_KEYS} | card,
            finer={
                theme: Finer(
                    tuple(keys), arrays[f"finer_weights_{theme}"].astype(float), arrays[f"finer_intercepts_{theme}"]
                )
                for theme, keys in card["finer"].items()
            },
        )
    except FileNotFoundError:
        raise ModelError(f"There is no trained model in {asked.model} for the question '{question}'. {train}") from None
    except (ValueError, KeyError, TypeError, AttributeError, OSError):
        raise ModelError(f"The model in {asked.model} cannot be read. {train}") from None
    if model.themes != asked.codebook.keys:
        odd = sorted(set(model.themes) ^ set(asked.codebook.keys)) or ["their order"]
        raise ModelError(
            f"The model in {asked.model} was trained for other themes than those of {asked.codebook.path.name} "
            f"({', '.join(odd)}). {train}"
        )
    return model


def _tier(name: str, about: dict, arrays, themes: int) -> Tier:
    features = Features(
        {view: arrays[f"{name}_terms_{view}"].tobytes().decode().split("\n") for view in about["views"]},
        {view: arrays[f"{name}_idf_{view}"] for view in about["views"]},
        tuple(tuple(words) for words in about["keywords"]),
        tuple(about["asked"]),
        int(about["meaning"]),
    )
    tier = Tier(
        features=features,
        weights=arrays[f"{name}_weights"].astype(np.float32),
        intercepts=arrays[f"{name}_intercepts"],
        slope=float(about["slope"]),
        offsets=arrays[f"{name}_offsets"],
        threshold=float(about["threshold"]),
        doubt=float(about["doubt"]),
        clear=float(about["clear"]),
        adapted=bool(about["adapted"]),
    )
    fits = tier.weights.shape == (themes, features.width) and tier.offsets.shape == tier.intercepts.shape == (themes,)
    if not (fits and 0 < tier.threshold < 1):
        raise ValueError("the parts of the model do not fit together")
    return tier
