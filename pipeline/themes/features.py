"""What the classifier sees of a text: weighted words, pairs of words and letter runs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Two views of the same words: whole words (meaning) and runs of letters inside them (endings, typing errors).
VIEWS = {
    "words": {"analyzer": "word", "token_pattern": r"\S+", "ngram_range": (1, 2)},
    "letters": {"analyzer": "char_wb", "ngram_range": (2, 5)},
}


@dataclass(frozen=True)
class Features:
    """Fitted vocabularies. `terms` and `weights` give, for each view, the terms and their inverse frequencies."""

    terms: dict[str, list[str]]
    weights: dict[str, np.ndarray]

    def __post_init__(self):
        object.__setattr__(self, "_views", {name: self._vectoriser(name) for name in VIEWS})

    def _vectoriser(self, name):
        from sklearn.feature_extraction.text import TfidfVectorizer

        view = TfidfVectorizer(
            vocabulary=self.terms[name], sublinear_tf=True, lowercase=False, dtype=np.float32, **VIEWS[name]
        )
        view.idf_ = self.weights[name]
        return view

    def of(self, texts: Sequence[str]):
        """Return a sparse array (texts × terms) for texts as `text.analyse` gives them; each view has length 1."""
        from scipy.sparse import hstack

        return hstack([view.transform(texts) for view in self._views.values()], format="csr")


def fit_features(texts: Sequence[str], at_least: int = 2) -> Features:
    """Return the features of some texts: every term that stands in at least `at_least` of them."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    terms, weights = {}, {}
    for name, view in VIEWS.items():
        fitted = TfidfVectorizer(min_df=at_least, sublinear_tf=True, lowercase=False, dtype=np.float32, **view)
        fitted.fit(texts)
        terms[name] = fitted.get_feature_names_out().tolist()
        weights[name] = fitted.idf_.astype(np.float32)
    return Features(terms, weights)
