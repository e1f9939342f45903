"""Honest scores: each answer scored by a model that never saw its writer, beside a list of keywords."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.definition import Codebook
from pipeline.errors import ModelError
from pipeline.themes import classifier
from pipeline.themes.classifier import SEED, Model
from pipeline.themes.features import find_keywords
from pipeline.themes.labels import Label
from pipeline.themes.text import analyse

FOLDS = 5
ALL_THEMES = "all themes"


def truth(labels: Sequence[Label], themes: Sequence[str]) -> np.ndarray:
    """Return an array (labels × themes) of booleans: which themes the coder gave."""
    return np.array([[theme in label.themes for theme in themes] for label in labels], dtype=bool)


def folds(labels: Sequence[Label], seed: int = SEED) -> tuple[list[np.ndarray], str]:
    """Return the answers of each fold, by position, and how they were split.

    Answers of one writer resemble each other, so a writer's answers stay in one fold where there are three writers or
    more; otherwise the split is at random, and scores flatter.
    """
    from sklearn.model_selection import GroupKFold, KFold

    writers = [label.writer for label in labels]
    # An answer without a writer is taken for a writer of its own.
    writers = [writer or f"answer {i}" for i, writer in enumerate(writers)] if any(writers) else writers
    known = len(set(writers))
    if len(labels) < 2:
        raise ModelError("One labelled answer is too few to learn from; label more answers.")
    if known >= 3:
        splits = GroupKFold(min(FOLDS, known)).split(writers, groups=writers)
        how = f"{min(FOLDS, known)} folds split by writer, {known} writers"
    else:
        count = min(FOLDS, len(labels))
        splits = KFold(count, shuffle=True, random_state=seed).split(writers)
        how = f"{count} folds at random, fewer than three writers"
    return [held_out for _, held_out in splits], how


def out_of_fold(
    labels: Sequence[Label],
    codebook: Codebook,
    seed: int = SEED,
    progress: Callable[[list], Iterator] = iter,
) -> tuple[np.ndarray, str]:
    """Return scores (labels × themes), each from a model trained without that answer's fold, and how folds were split."""
    splits, how = folds(labels, seed)
    scores = np.zeros((len(labels), len(codebook.keys)))
    for held_out in progress(splits):
        training = [label for i, label in enumerate(labels) if i not in set(held_out.tolist())]
        model = classifier.fit(training, codebook, seed)
        scores[held_out] = classifier.score(model, [labels[i].text for i in held_out])
    return scores, how


def best_threshold(scores: np.ndarray, raised: np.ndarray) -> float:
    """Return the score, to two places, from which a theme counts as raised.

    It is the one with the highest micro-F1 among those that find as many themes as the coders gave, within a tenth: a
    report quotes counts, and the highest F1 of all can come from finding far too many. Where none comes that near, it
    is the one that comes nearest; of several as good, the one in the middle.
    """
    steps = np.round(np.arange(0.05, 0.96, 0.01), 2)
    given = int(raised.sum())
    excess = {at: abs(int((scores >= at).sum()) - given) for at in steps}
    near = [at for at in steps if excess[at] <= given / 10] or [min(steps, key=excess.get)]
    found = {at: micro_f1(scores >= at, raised) for at in near}
    best = [at for at in near if found[at] == max(found.values())]
    return float(best[len(best) // 2])


def micro_f1(found: np.ndarray, raised: np.ndarray) -> float:
    """Return 2·TP ÷ (2·TP + FP + FN) over all answers and themes; 0 where nothing was raised or found."""
    both = int((found & raised).sum())
    total = int(found.sum() + raised.sum())
    return 2 * both / total if total else 0.0


def scores_by_theme(found: np.ndarray, raised: np.ndarray, themes: Sequence[str]) -> pd.DataFrame:
    """Return (theme, labelled, found, precision, recall, f1) a theme; a ratio over nothing is missing."""
    rows = []
    for i, theme in enumerate(themes):
        both, said, true = int((found[:, i] & raised[:, i]).sum()), int(found[:, i].sum()), int(raised[:, i].sum())
        ratios = [a / b if b else float("nan") for a, b in ((both, said), (both, true), (2 * both, said + true))]
        rows.append((theme, true, said, *ratios))
    return pd.DataFrame(rows, columns=["theme", "labelled", "found", "precision", "recall", "f1"])


def with_overall(found: np.ndarray, raised: np.ndarray, codebook: Codebook, keywords: np.ndarray) -> pd.DataFrame:
    """Return `scores_by_theme` with the F1 of the codebook's keywords beside, and a last row for all themes (micro).

    The keywords' F1 is missing for a theme that has none.
    """
    table = scores_by_theme(found, raised, codebook.keys)
    table["keyword_f1"] = scores_by_theme(keywords, raised, codebook.keys)["f1"]
    table.loc[[not theme.keywords for theme in codebook.themes], "keyword_f1"] = float("nan")
    listed = any(theme.keywords for theme in codebook.themes)
    both, said, true = (int(array.sum()) for array in (found & raised, found, raised))
    precision, recall = (both / of if of else float("nan") for of in (said, true))
    keyword_f1 = micro_f1(keywords, raised) if listed else float("nan")
    table.loc[len(table)] = [ALL_THEMES, true, said, precision, recall, micro_f1(found, raised), keyword_f1]
    return table


def _keywords(labels: Sequence[Label], codebook: Codebook) -> np.ndarray:
    words = [whole for whole, _ in analyse([label.text for label in labels])]
    return find_keywords(words, [theme.keywords for theme in codebook.themes])


def evaluate(
    model: Model, labels: Sequence[Label], codebook: Codebook, rounds: int = 1000
) -> tuple[pd.DataFrame, dict]:
    """Score a model on labels that it has not learned from: the table of `with_overall`, and scores over all themes.

    The second is `answers`, `micro_f1`, its 95% interval `micro_f1_low` and `micro_f1_high` (answers drawn again with
    replacement, `rounds` times, seeded) and `macro_f1`. Raises ModelError where some of the labels were learned from.
    """
    if classifier.learned_from(model, labels):
        raise ModelError("The model has learned from some of these labels; give others, that it has not seen.")
    raised = truth(labels, codebook.keys)
    found = classifier.score(model, [label.text for label in labels]) >= model.threshold
    table = with_overall(found, raised, codebook, _keywords(labels, codebook))
    rng = np.random.default_rng(SEED)
    draws = [rng.integers(0, len(labels), len(labels)) for _ in range(rounds)]
    low, high = np.quantile([micro_f1(found[draw], raised[draw]) for draw in draws], [0.025, 0.975])
    overall = {
        "answers": len(labels),
        "micro_f1": round(micro_f1(found, raised), 4),
        "micro_f1_low": round(float(low), 4),
        "micro_f1_high": round(float(high), 4),
        "macro_f1": round(float(table["f1"].iloc[:-1].fillna(0).mean()), 4),
    }
    return table, overall


def train(
    labels: Sequence[Label],
    codebook: Codebook,
    question: str,
    seed: int = SEED,
    progress: Callable[[list], Iterator] = iter,
) -> tuple[Model, pd.DataFrame]:
    """Train a model on all labels, with its threshold from out-of-fold scores; return it and its scores by theme.

    The table has, beside precision, recall and F1 a theme, the F1 of the codebook's keywords on the same answers, and a
    last row for all themes together (micro). The model's card keeps both, with the data's hash and the versions used.
    """
    raised = truth(labels, codebook.keys)
    scores, how = out_of_fold(labels, codebook, seed, progress)
    threshold = best_threshold(scores, raised)
    found = scores >= threshold
    table = with_overall(found, raised, codebook, _keywords(labels, codebook))
    by_theme, overall = table.iloc[:-1].round(3), table.iloc[-1]
    card = {
        "what": "Balanced logistic regression on words and letter runs, of whole answers and of sentences",
        "labels": len(labels),
        "writers": len({label.writer for label in labels if label.writer}),
        "labels_sha256": classifier.data_hash(labels),
        "seed": seed,
        "evaluated": how,
        "threshold_chosen": "on the same held-out scores as are reported",
        "micro_f1": round(overall["f1"], 4),
        "macro_f1": round(float(table["f1"].iloc[:-1].fillna(0).mean()), 4),
        "keywords_micro_f1": None if pd.isna(overall["keyword_f1"]) else round(overall["keyword_f1"], 4),
        "by_theme": by_theme.astype(object).where(by_theme.notna(), None).to_dict("records"),
        "texts_sha256": classifier.text_hashes(labels),
        "versions": _versions(),
    }
    model = classifier.as_saved(classifier.fit(labels, codebook, seed))
    return replace(model, question=question, threshold=threshold, card=card), table


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in ("consultation", "numpy", "scikit-learn", "spacy")}
