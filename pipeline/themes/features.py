"""What the classifier sees of an answer: words, letter runs, the codebook's keywords, meaning, and the question asked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.themes.encoder import Encoder, encode, of_length_one, text_hash
from pipeline.themes.text import analyse, analyse_plainly, normal_words

# Two views of the same words: whole words (meaning) and runs of letters inside them (endings, typing errors).
VIEWS = {
    "words": {"analyzer": "word", "token_pattern": r"\S+", "ngram_range": (1, 2)},
    "letters": {"analyzer": "char_wb", "ngram_range": (2, 5)},
}
# How much each of the others counts beside a view, whose length is 1; chosen by folds split by writer, see docs/decisions.
KEYWORD_WEIGHT = 0.5
ASKED_WEIGHT = 0.5
MEANING_WEIGHT = 1.0


@dataclass(frozen=True)
class Prepared:
    """Answers, analysed once for every fit and score. `sentences` are strings of words; `owner` says whose each is
    and `places` where it stands in its text, in characters.

    `asked` is the question that each of the `count` answers answers, '' where it is not said. `meaning` holds the general
    encoder's vectors of whole answers and of sentences, `spoken` in their place what an encoder adapted to the codebook
    says of each theme there (log odds); both are None for the fast tier.
    """

    count: int
    sentences: list[str]
    owner: np.ndarray
    asked: list[str]
    places: list[tuple[int, int]]
    meaning: tuple[np.ndarray, np.ndarray] | None = None
    spoken: tuple[np.ndarray, np.ndarray] | None = None

    def take(self, answers: Sequence[int]) -> "Prepared":
        """Return some of the answers, in the order given."""
        mine: list[list[int]] = [[] for _ in range(self.count)]
        for sentence, owner in enumerate(self.owner.tolist()):
            mine[owner].append(sentence)
        kept = [sentence for answer in answers for sentence in mine[answer]]
        owner = np.repeat(np.arange(len(answers)), [len(mine[answer]) for answer in answers])
        meaning = self.meaning and (self.meaning[0][list(answers)], self.meaning[1][kept])
        asked = [self.asked[answer] for answer in answers]
        sentences, places = [self.sentences[i] for i in kept], [self.places[i] for i in kept]
        spoken = self.spoken and (self.spoken[0][list(answers)], self.spoken[1][kept])
        return Prepared(len(answers), sentences, owner, asked, places, meaning, spoken)


def prepare(texts: Sequence[str], encoder: Encoder | None, asked: Sequence[str] | str = "") -> Prepared:
    """Analyse answers with spaCy and an encoder; without an encoder plainly, as the fast tier does.

    Of a text that an adapted encoder learned from, what was held out is taken in place of what it says now.
    """
    analysed = analyse(texts) if encoder else analyse_plainly(texts)
    sentences = [sentence.words for parts in analysed for sentence in parts]
    owner = np.repeat(np.arange(len(texts)), [len(parts) for parts in analysed])
    asked = [asked] * len(texts) if isinstance(asked, str) else list(asked)
    places = [(sentence.start, sentence.end) for parts in analysed for sentence in parts]
    if encoder is None:
        return Prepared(len(texts), sentences, owner, asked, places)
    whole, parts = encode(encoder, texts, analysed)
    for number, text in enumerate(texts) if encoder.held_out else ():
        rows = encoder.held_out.get(text_hash(text))
        if rows is not None and len(rows) == 1 + len(analysed[number]):
            whole[number], parts[owner == number] = rows[0], rows[1:]
    if encoder.themes:
        return Prepared(len(texts), sentences, owner, asked, places, spoken=(whole, parts))
    meaning = (MEANING_WEIGHT * of_length_one(whole), MEANING_WEIGHT * of_length_one(parts))
    return Prepared(len(texts), sentences, owner, asked, places, meaning)


def find_keywords(texts: Sequence[str], keywords: Sequence[Sequence[str]]) -> np.ndarray:
    """Return (texts × themes) booleans: the text holds one of the theme's keywords, '*' standing for any ending.

    Texts are words between spaces, as `text.analyse` gives them; a theme without keywords is never found.
    """
    patterns = []
    for words in keywords:
        # A keyword goes through the same door as the text, so that "can't" finds what the text's "can not" became.
        forms = [re.escape(normal_words(word.rstrip("*"))) + r"\S*" * word.endswith("*") for word in words]
        patterns.append(re.compile(rf"(?<!\S)(?:{'|'.join(forms)})(?!\S)") if forms else None)
    found = [[bool(pattern and pattern.search(text)) for pattern in patterns] for text in texts]
    return np.array(found, dtype=bool).reshape(len(texts), len(patterns))


@dataclass(frozen=True)
class Features:
    """Fitted vocabularies. `terms` and `weights` give, for each view, the terms and their inverse frequencies.

    `keywords` are the codebook's, theme by theme, and `asked` the questions that answers may belong to; the fast tier has
    no keywords. `meaning` is how many numbers the encoder gives, 0 without one.
    """

    terms: dict[str, list[str]]
    weights: dict[str, np.ndarray]
    keywords: tuple[tuple[str, ...], ...]
    asked: tuple[str, ...]
    meaning: int

    def __post_init__(self):
        object.__setattr__(self, "_views", {name: _counter(name, terms) for name, terms in self.terms.items()})
        # The words come first among the columns.
        object.__setattr__(self, "_words", {term: at for at, term in enumerate(self.terms.get("words", ()))})

    @property
    def width(self) -> int:
        """How many columns `of` gives: each view's terms, a keyword column a theme, the questions, and the meaning."""
        return sum(map(len, self.terms.values())) + len(self.keywords) + len(self.asked) + self.meaning

    def weight(self, weights: np.ndarray, term: str) -> float:
        """Return how much a word or a pair of words speaks for a theme, given the theme's weights; 0 if it is not known."""
        at = self._words.get(term)
        return 0.0 if at is None else float(weights[at] * self.weights["words"][at])

    def of(self, prepared: Prepared):
        """Return two sparse arrays: of whole answers (answers × columns) and of their sentences (sentences × columns)."""
        from scipy.sparse import csr_array, hstack

        whole, parts = [], []
        gather = _gather(prepared)
        for name, view in self._views.items():
            counts = csr_array(view.transform(prepared.sentences)) if prepared.sentences else _empty(self.terms[name])
            parts.append(_weighted(counts, self.weights[name]))
            whole.append(_weighted(csr_array(gather @ counts), self.weights[name]))
        if self.keywords:
            found = find_keywords(prepared.sentences, self.keywords).astype(np.float32) * KEYWORD_WEIGHT
            parts.append(csr_array(found))
            whole.append(csr_array(np.minimum(gather @ found, KEYWORD_WEIGHT)))
        if self.asked:
            asked = np.array([[name == one for one in self.asked] for name in prepared.asked], dtype=np.float32)
            asked = asked.reshape(prepared.count, len(self.asked)) * ASKED_WEIGHT
            parts.append(csr_array(asked[prepared.owner]))
            whole.append(csr_array(asked))
        if self.meaning:
            whole.append(csr_array(prepared.meaning[0]))
            parts.append(csr_array(prepared.meaning[1]))
        return hstack(whole, format="csr"), hstack(parts, format="csr")


def _counter(view: str, terms: Sequence[str]):
    from sklearn.feature_extraction.text import CountVectorizer

    return CountVectorizer(vocabulary=list(terms), lowercase=False, dtype=np.float32, **VIEWS[view])


def _empty(terms):
    from scipy.sparse import csr_array

    return csr_array((0, len(terms)), dtype=np.float32)


def _gather(prepared: Prepared):
    """Return the array (answers × sentences) that adds up the sentences of each answer."""
    from scipy.sparse import csr_array

    ones = np.ones(len(prepared.sentences), dtype=np.float32)
    shape = (prepared.count, len(prepared.sentences))
    place = (
        prepared.owner.astype(np.int32),
        np.arange(len(prepared.sentences), dtype=np.int32),
    )  # what scikit-learn takes
    return csr_array((ones, place), shape=shape)


def _weighted(counts, weights: np.ndarray):
    """Return counts as TF-IDF with sublinear frequencies, each row of length 1 (as scikit-learn has it)."""
    from sklearn.preprocessing import normalize

    rows = counts.copy()
    rows.data = (1 + np.log(rows.data)) * weights[rows.indices]
    return normalize(rows, copy=False)


def fit_features(prepared: Prepared, keywords: Sequence[Sequence[str]], views: Sequence[str]) -> Features:
    """Return the features of some answers: every term that stands in at least two of them, or in one if they are few.

    Raises ValueError where no term is left.
    """
    from scipy.sparse import csr_array
    from sklearn.feature_extraction.text import CountVectorizer

    at_least = 2 if prepared.count >= 50 else 1
    terms, weights = {}, {}
    for name in views:
        fitted = CountVectorizer(lowercase=False, dtype=np.float32, **VIEWS[name])
        counts = csr_array(_gather(prepared) @ fitted.fit_transform(prepared.sentences))
        answers = np.bincount(counts.indices, minlength=counts.shape[1])
        kept = answers >= at_least
        if not kept.any():
            raise ValueError("no term stands in enough answers")
        terms[name] = fitted.get_feature_names_out()[kept].tolist()
        weights[name] = (np.log((1 + prepared.count) / (1 + answers[kept])) + 1).astype(np.float32)
    asked = tuple(sorted(set(prepared.asked) - {""}))
    meaning = 0 if prepared.meaning is None else prepared.meaning[0].shape[1]
    return Features(terms, weights, tuple(tuple(words) for words in keywords), asked, meaning)
