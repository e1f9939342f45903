"""Sub-themes: which of a theme's finer points a sentence speaks of, by meaning. A suggestion for a person to check."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.definition import Codebook, Theme
from pipeline.themes.encoder import meaning_of
from pipeline.themes.labels import Label
from pipeline.themes.text import analyse

# With fewer sentences labelled, a theme's finer points are told apart by their wording alone.
ENOUGH = 30
FOLDS = 3


@dataclass(frozen=True)
class Finer:
    """The finer points of one theme. `weights` is points × width of the general encoder; the highest score is suggested."""

    keys: tuple[str, ...]
    weights: np.ndarray
    intercepts: np.ndarray

    def suggest(self, vectors: np.ndarray) -> list[str]:
        """Return the finer point of each sentence, given the sentences' vectors."""
        return [self.keys[best] for best in (vectors @ self.weights.T + self.intercepts).argmax(axis=1)]


def labelled_sentences(labels: Sequence[Label], theme: Theme) -> tuple[list[str], list[str], list[str]]:
    """Return the sentences whose words a coder gave one of the theme's finer points, these points, and who wrote them."""
    sentences, points, writers = [], [], []
    mine = {subtheme.key for subtheme in theme.subthemes}
    marked = [label for label in labels if any(key in mine for key, _ in label.finer)]
    for label, parts in zip(marked, analyse([label.text for label in marked]), strict=True):
        for key, words in label.finer:
            at = label.text.find(words)
            around = next((s for s in parts if s.start <= at < s.end), None)
            if key in mine and around:
                sentences.append(label.text[around.start : around.end])
                points.append(key)
                writers.append(label.writer)
    return sentences, points, writers


def _by_wording(theme: Theme) -> Finer:
    wording = meaning_of([subtheme.label for subtheme in theme.subthemes])
    keys = tuple(subtheme.key for subtheme in theme.subthemes)
    return Finer(keys, wording - wording.mean(axis=0), np.zeros(len(keys)))


def _fit(theme: Theme, vectors: np.ndarray, points: Sequence[str]) -> Finer:
    from sklearn.linear_model import LogisticRegression

    wording = _by_wording(theme)
    if len(points) < ENOUGH or len(set(points)) < 2:
        return wording
    fitted = LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000).fit(vectors, points)
    if len(fitted.classes_) == 2:  # scikit-learn keeps one row for two classes
        weights, intercepts = (
            np.vstack([-fitted.coef_, fitted.coef_]),
            np.array([0.0, 0.0]) + [-1, 1] * fitted.intercept_,
        )
    else:
        weights, intercepts = fitted.coef_, fitted.intercept_
    return Finer(tuple(fitted.classes_.tolist()), weights, intercepts)


def fit_subthemes(labels: Sequence[Label], codebook: Codebook) -> tuple[dict[str, Finer], list[dict]]:
    """Return the finer points of each theme that has some, and how well they are told apart.

    The second lists, for each theme with enough labelled sentences, their number, the share told right by a fit that
    had not read their writer, by wording alone, and by always giving the commonest.
    """
    from sklearn.model_selection import GroupKFold

    found, scores = {}, []
    for theme in codebook.themes:
        if not theme.subthemes:
            continue
        sentences, points, writers = labelled_sentences(labels, theme)
        vectors = meaning_of(sentences)
        found[theme.key] = _fit(theme, vectors, points)
        if len(points) < ENOUGH or len(set(writers)) < FOLDS:
            continue
        given, right = np.array(points), 0
        for rest, held in GroupKFold(FOLDS).split(vectors, groups=writers):
            right += int(
                (np.array(_fit(theme, vectors[rest], given[rest]).suggest(vectors[held])) == given[held]).sum()
            )
        wording = _by_wording(theme).suggest(vectors)
        scores.append(
            {
                "theme": theme.key,
                "labelled": len(points),
                "right": round(right / len(points), 3),
                "by_wording": round(sum(a == b for a, b in zip(wording, points, strict=True)) / len(points), 3),
                "commonest": round(max(map(points.count, points)) / len(points), 3),
            }
        )
    return found, scores


def told_right(finer: dict[str, Finer], labels: Sequence[Label], theme: Theme) -> list[bool]:
    """Return, for each labelled sentence of a theme, whether its finer point is the one that would be suggested."""
    sentences, points, _ = labelled_sentences(labels, theme)
    told = suggest_subthemes(finer, [theme.key] * len(sentences), sentences)
    return [one == other for one, other in zip(told, points, strict=True)]


def suggest_subthemes(finer: dict[str, Finer], themes: Sequence[str], sentences: Sequence[str]) -> list[str | None]:
    """Return, for each sentence that speaks of a theme, the theme's finer point it speaks of most; None without any."""
    found: list[str | None] = [None] * len(sentences)
    for theme, points in finer.items():
        mine = [i for i, key in enumerate(themes) if key == theme]
        for i, key in zip(mine, points.suggest(meaning_of([sentences[i] for i in mine])), strict=True):
            found[i] = key
    return found
