"""What the classifier sees of a text: weighted words, pairs of words, letter runs, and the codebook's keywords."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.themes.text import analyse

# Two views of the same words: whole words (meaning) and runs of letters inside them (endings, typing errors).
VIEWS = {
    "words": {"analyzer": "word", "token_pattern": r"\S+", "ngram_range": (1, 2)},
    "letters": {"analyzer": "char_wb", "ngram_range": (2, 5)},
}


# How much a keyword counts beside a view, whose length is 1; chosen by folds split by writer, see docs/decisions.
KEYWORD_WEIGHT = 0.5


def find_keywords(texts: Sequence[str], keywords: Sequence[Sequence[str]]) -> np.ndarray:
    """Return (texts × themes) booleans: the text holds one of the theme's keywords, '*' standing for any ending.

    Texts are words between spaces, as `text.analyse` gives them; a theme without keywords is never found.
    """
    patterns = []
    for words in keywords:
        # A keyword goes through the same door as the text, so that "can't" finds what the text's "can not" became.
        plain = [whole for whole, _ in analyse([word.rstrip("*") for word in words])]
        forms = [re.escape(text) + r"\S*" * word.endswith("*") for text, word in zip(plain, words, strict=True)]
        patterns.append(re.compile(rf"(?<!\S)(?:{'|'.join(forms)})(?!\S)") if forms else None)
    found = [[bool(pattern and pattern.search(text)) for pattern in patterns] for text in texts]
    return np.array(found, dtype=bool).reshape(len(texts), len(patterns))


@dataclass(frozen=True)
class Features:
    """Fitted vocabularies. `terms` and `weights` give, for each view, the terms and their inverse frequencies;
    `keywords` are the codebook's, theme by theme.
    """

    terms: dict[str, list[str]]
    weights: dict[str, np.ndarray]
    keywords: tuple[tuple[str, ...], ...]

    def __post_init__(self):
        object.__setattr__(self, "_views", {name: self._vectoriser(name) for name in VIEWS})

    @property
    def width(self) -> int:
        """How many columns `of` gives: every term of every view, and one a theme for its keywords."""
        return sum(len(terms) for terms in self.terms.values()) + len(self.keywords)

    def _vectoriser(self, name):
        from sklearn.feature_extraction.text import TfidfVectorizer

        view = TfidfVectorizer(
            vocabulary=self.terms[name], sublinear_tf=True, lowercase=False, dtype=np.float32, **VIEWS[name]
        )
        view.idf_ = self.weights[name]
        return view

    def of(self, texts: Sequence[str]):
        """Return a sparse array (texts × terms, then a column a theme for its keywords); each view has length 1."""
        from scipy.sparse import csr_array, hstack

        keywords = csr_array(find_keywords(texts, self.keywords).astype(np.float32) * KEYWORD_WEIGHT)
        return hstack([*(view.transform(texts) for view in self._views.values()), keywords], format="csr")


def fit_features(texts: Sequence[str], keywords: Sequence[Sequence[str]], at_least: int = 2) -> Features:
    """Return the features of some texts: every term that stands in at least `at_least` of them."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    terms, weights = {}, {}
    for name, view in VIEWS.items():
        fitted = TfidfVectorizer(min_df=at_least, sublinear_tf=True, lowercase=False, dtype=np.float32, **view)
        fitted.fit(texts)
        terms[name] = fitted.get_feature_names_out().tolist()
        weights[name] = fitted.idf_.astype(np.float32)
    return Features(terms, weights, tuple(tuple(words) for words in keywords))
