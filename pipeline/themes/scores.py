"""How good codes and probabilities are, beside what coders gave: F1, calibration, doubt, and where the mistakes lie."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.definition import Codebook

ALL_THEMES = "all themes"
BINS = 10
# Lengths of answers, in words: up to and including the number.
LENGTHS = {"up to 10 words": 10, "11 to 40 words": 40, "41 to 100 words": 100, "over 100 words": np.inf}
# Shares of the answers that a person might look at.
TO_A_PERSON = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5)


def micro_f1(found: np.ndarray, raised: np.ndarray) -> float:
    """Return 2·TP ÷ (2·TP + FP + FN) over all answers and themes; 0 where nothing was raised or found."""
    both = int((found & raised).sum())
    total = int(found.sum() + raised.sum())
    return 2 * both / total if total else 0.0


def macro_f1(found: np.ndarray, raised: np.ndarray) -> float:
    """Return the mean of the themes' F1; a theme neither raised nor found counts as 0."""
    return float(np.mean([micro_f1(found[:, [i]], raised[:, [i]]) for i in range(raised.shape[1])]))


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


def scores_by(found: np.ndarray, raised: np.ndarray, parts: Sequence[str]) -> pd.DataFrame:
    """Return (part, answers, micro_f1) for each value of `parts`, which names the part each answer belongs to.

    Lengths stand from short to long, other parts in the order in which they are met.
    """
    order = [*LENGTHS] if set(parts) <= set(LENGTHS) else [*dict.fromkeys(parts)]
    names = np.array(parts, dtype=object)
    rows = [
        (part, int((names == part).sum()), micro_f1(found[names == part], raised[names == part]))
        for part in order
        if part in parts
    ]
    return pd.DataFrame(rows, columns=["part", "answers", "micro_f1"])


def length_of(text: str) -> str:
    """Return the name of an answer's length, by its words between spaces."""
    words = len(text.split())
    return next(name for name, most in LENGTHS.items() if words <= most)


def calibration_error(scores: np.ndarray, raised: np.ndarray) -> float:
    """Return the expected calibration error: how far, on average, a probability is from the share that turned out true.

    Probabilities (answers × themes) are put into ten bins of equal width; each bin's distance between mean probability
    and share raised counts by its size (Naeini, Cooper and Hauskrecht 2015).
    """
    flat, true = scores.reshape(-1), raised.reshape(-1)
    if not len(flat):
        return 0.0
    bins = np.minimum((flat * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=flat - true, minlength=BINS)
    return float(np.abs(gaps).sum() / len(flat))


def trade_off(found: np.ndarray, raised: np.ndarray, doubt: np.ndarray) -> pd.DataFrame:
    """Return (to_a_person, doubt, micro_f1): the F1 of the other answers where the most doubtful share goes to a person."""
    order = np.argsort(-doubt, kind="stable")
    rows = []
    for share in TO_A_PERSON:
        away = int(len(order) * share)
        rest = order[away:]
        rows.append((share, float(doubt[order[away]]) if away else 1.0, micro_f1(found[rest], raised[rest])))
    return pd.DataFrame(rows, columns=["to_a_person", "doubt", "micro_f1"])


def confusions(found: np.ndarray, raised: np.ndarray, codebook: Codebook) -> pd.DataFrame:
    """Return (missed, found, answers, rule): answers where one theme was missed and another wrongly found, most first.

    `rule` is the boundary of the codebook that tells the two apart: one of either theme that names the other.
    """
    missed, wrong = (raised & ~found).astype(int), (found & ~raised).astype(int)
    together = missed.T @ wrong
    rows = [
        (one.key, other.key, int(together[i, j]), _rule(one, other))
        for i, one in enumerate(codebook.themes)
        for j, other in enumerate(codebook.themes)
        if together[i, j]
    ]
    table = pd.DataFrame(rows, columns=["missed", "found", "answers", "rule"])
    return table.sort_values("answers", ascending=False, kind="stable", ignore_index=True)


def _rule(one, other) -> str:
    def names(text, theme):
        return any(name.lower() in text.lower() for name in (theme.key, theme.key.replace("_", " "), theme.label))

    said = [rule for rule in one.boundaries if names(rule, other)] + [
        rule for rule in other.boundaries if names(rule, one)
    ]
    return said[0] if said else ""
