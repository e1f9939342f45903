"""Train and score.

One balanced logistic regression a theme, on whole answers and on their sentences. An answer's score for a theme is the mean
of the whole answer's and the best sentence's: a theme counts as raised by a single clause, and a long answer should
not drown it. Scores are then calibrated into probabilities. There are two tiers: the accurate one reads words, letters,
keywords and meaning, the fast one words alone.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pipeline.definition import Codebook
from pipeline.errors import ModelError
from pipeline.themes.encoder import Encoder, load_encoder
from pipeline.themes.features import VIEWS, Features, Prepared, fit_features, prepare
from pipeline.themes.labels import Label
from pipeline.themes.subthemes import Finer
from pipeline.themes.text import function_words

SEED = 2022
# How hard the fit follows single answers. Chosen once by folds split by writer; see docs/decisions.
STRENGTH = 3.0
ACCURATE, FAST, CASCADE = "accurate", "fast", "cascade"
TIERS = (ACCURATE, FAST)
# How strongly a calibration holds to what it was, in answers' worth of evidence.
HOLD = 4.0
# Answers scored between two reports of progress.
CHUNK = 500


@dataclass(frozen=True)
class Tier:
    """One way of scoring. `weights` is themes × columns of the features; slope and offsets calibrate, see `calibrate`.

    A theme counts as raised from the probability `threshold` on; from `doubt` on an answer is 'not sure', and from `clear`
    on the cascade asks the next tier. `adapted` says that an encoder adapted to the codebook speaks too.
    """

    features: Features
    weights: np.ndarray
    intercepts: np.ndarray
    slope: float = 1.0
    offsets: np.ndarray = field(default_factory=lambda: np.zeros(1))
    threshold: float = 0.5
    doubt: float = 1.0
    clear: float = 1.0
    adapted: bool = False


@dataclass(frozen=True)
class Model:
    """A trained classifier for one question; `card` says what it learned from and how well it does.

    `finer` maps each theme that has sub-themes to what tells these apart.
    """

    question: str
    themes: tuple[str, ...]
    tiers: dict[str, Tier]
    encoder: Path
    card: dict
    finer: dict[str, Finer] = field(default_factory=dict)

    @property
    def threshold(self) -> float:
        """The probability from which the accurate tier counts a theme as raised."""
        return self.tiers[ACCURATE].threshold


def truth(labels: Sequence[Label], themes: Sequence[str]) -> np.ndarray:
    """Return an array (labels × themes) of booleans: which themes the coder gave."""
    return np.array([[theme in label.themes for theme in themes] for label in labels], dtype=bool)


@dataclass(frozen=True)
class Corpus:
    """Labelled answers, analysed: `raised` (answers × themes), `said` (sentences × themes) and which sentences teach.

    A sentence teaches where the coder marked the words of the answer's themes, or where the answer raises none.
    """

    prepared: Prepared
    raised: np.ndarray
    said: np.ndarray
    teaches: np.ndarray

    def take(self, answers: Sequence[int]) -> "Corpus":
        """Return some of the answers, in the order given."""
        rows = np.concatenate([np.flatnonzero(self.prepared.owner == answer) for answer in answers] or [[]]).astype(int)
        return Corpus(self.prepared.take(answers), self.raised[list(answers)], self.said[rows], self.teaches[rows])


def corpus_of(labels: Sequence[Label], codebook: Codebook, encoder: Encoder | None) -> Corpus:
    """Analyse labelled answers for training; without an encoder, for the fast tier."""
    prepared = prepare([label.text for label in labels], encoder, [label.question for label in labels])
    if encoder:
        said, teaches = _sentence_themes(labels, codebook.keys, prepared)
    else:  # the plain sentences have other ends; the fast tier learns from whole answers
        said = np.zeros((len(prepared.sentences), len(codebook.keys)), dtype=bool)
        teaches = np.zeros(len(prepared.sentences), dtype=bool)
    return Corpus(prepared, truth(labels, codebook.keys), said, teaches)


def _sentence_themes(labels, themes, prepared: Prepared):
    marked = [[(label.text.find(words), len(words), theme) for theme, words in label.spans] for label in labels]
    sentences = np.bincount(prepared.owner, minlength=len(labels))
    said, teaches = [], []
    for owner, (start, end) in zip(prepared.owner.tolist(), prepared.places, strict=True):
        here = {theme for at, length, theme in marked[owner] if at < end and at + length > start}
        said.append([theme in here for theme in themes])
        teaches.append(sentences[owner] > 1 and bool(labels[owner].spans or not labels[owner].themes))
    return np.array(said, dtype=bool).reshape(-1, len(themes)), np.array(teaches, dtype=bool)


def fit(corpus: Corpus, keywords: Sequence[Sequence[str]], tier: str = ACCURATE, seed: int = SEED) -> Tier:
    """Return the bare fit that cross-validation needs: not calibrated yet, with threshold 0.5."""
    from scipy.sparse import vstack
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):  # more threads are slower on fits this small
        try:
            keywords, views = ((), ("words",)) if tier == FAST else (keywords, tuple(VIEWS))
            features = fit_features(corpus.prepared, keywords, views)
        except ValueError:
            raise ModelError("The labelled answers hold too few words to learn from; label more answers.") from None
        whole, sentences = features.of(corpus.prepared)
        rows = vstack([whole, sentences[corpus.teaches]], format="csr")
        raised = np.vstack([corpus.raised, corpus.said[corpus.teaches]])
        fitted = [_fit_theme(rows, raised[:, i], seed) for i in range(raised.shape[1])]
    weights = np.stack([weights for weights, _ in fitted])
    intercepts = np.array([intercept for _, intercept in fitted], dtype=np.float32)
    adapted = corpus.prepared.spoken is not None
    return Tier(features, weights, intercepts, offsets=np.zeros(len(intercepts)), adapted=adapted)


def _fit_theme(rows, raised: np.ndarray, seed: int) -> tuple[np.ndarray, float]:
    """Return the weights and intercept of one theme; a theme that no row or every row raises gets its share alone."""
    from sklearn.linear_model import LogisticRegression

    if raised.all() or not raised.any():
        share = (raised.sum() + 0.5) / (len(raised) + 1)
        return np.zeros(rows.shape[1], dtype=np.float32), float(np.log(share / (1 - share)))
    # The dual form: some hundred dense columns among many sparse ones make the other several times slower.
    fitted = LogisticRegression(
        C=STRENGTH, class_weight="balanced", solver="liblinear", dual=True, tol=1e-3, random_state=seed, max_iter=1000
    ).fit(rows, raised)
    return fitted.coef_[0].astype(np.float32), float(fitted.intercept_[0])


def combine(whole: np.ndarray, sentences: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Return answers' scores from the scores of whole answers (answers × themes) and of sentences (sentences × themes).

    `owner` says which answer each sentence belongs to. The result is the mean of an answer's own score and its best
    sentence's; an answer without sentences scores 0.
    """
    best = np.zeros_like(whole)
    np.maximum.at(best, owner, sentences)
    return (whole + best) / 2


def logistic(values: np.ndarray) -> np.ndarray:
    """Return 1 ÷ (1 + e^-x)."""
    return 1 / (1 + np.exp(-np.clip(values, -60, 60)))


def logit(scores: np.ndarray) -> np.ndarray:
    """Return ln(p ÷ (1 - p)), with p kept a hair from 0 and 1."""
    inside = np.clip(scores, 1e-4, 1 - 1e-4)
    return np.log(inside / (1 - inside))


def part_scores(tier: Tier, prepared: Prepared) -> tuple[np.ndarray, np.ndarray]:
    """Return what a tier gives whole answers (answers × themes) and sentences (sentences × themes), from 0 to 1.

    Where an encoder was adapted to the codebook, its probabilities and the regressions' count half each.
    """
    whole, sentences = (logistic(rows @ tier.weights.T + tier.intercepts) for rows in tier.features.of(prepared))
    if tier.adapted:
        whole, sentences = (
            (one + logistic(other)) / 2 for one, other in zip((whole, sentences), prepared.spoken, strict=True)
        )
    whole[np.bincount(prepared.owner, minlength=prepared.count) == 0] = 0
    return whole, sentences


def raw_scores(tier: Tier, prepared: Prepared) -> np.ndarray:
    """Return what a tier gives before calibration (answers × themes), from 0 to 1; an answer without words gets 0."""
    return combine(*part_scores(tier, prepared), prepared.owner).astype(float)


def calibrate(logits: np.ndarray, raised: np.ndarray, hold: float = HOLD) -> tuple[float, np.ndarray]:
    """Return the slope and each theme's offset that turn scores into probabilities: p = logistic(slope·logit + offset).

    Platt's method (1999) with one slope for all themes, held to slope 1 and offset 0 by a penalty of `hold` times the
    squared distance, so that few answers move it little. `logits` and `raised` are answers × themes.
    """
    from scipy.optimize import minimize

    count = logits.shape[1]

    def cost(at):
        slope, offsets = 1 + at[0], at[1] + at[2:]
        z = slope * logits + offsets
        error = logistic(z) - raised
        loss = np.sum(np.logaddexp(0, z) - raised * z) + hold * np.sum(at**2) / 2
        by_theme = error.sum(axis=0)
        return loss, np.concatenate([[np.sum(error * logits), by_theme.sum()], by_theme]) + hold * at

    found = minimize(cost, np.zeros(2 + count), jac=True, method="L-BFGS-B").x
    return float(1 + found[0]), found[1] + found[2:]


def probabilities(tier: Tier, raw: np.ndarray) -> np.ndarray:
    """Return calibrated probabilities (answers × themes); what scored nothing stays at nothing."""
    return _moved(raw, tier.slope, tier.offsets)


def _moved(scores: np.ndarray, slope: float, offsets: np.ndarray) -> np.ndarray:
    return np.where(scores > 0, logistic(slope * logit(scores) + offsets), 0.0)


def recalibrated(scores: np.ndarray, raised: np.ndarray, coded: Sequence[int]) -> np.ndarray:
    """Return probabilities (answers × themes) calibrated anew on some answers of the consultation in hand.

    `raised` (answers × themes) is read for the answers at `coded` alone, by position.
    """
    return _moved(scores, *calibrate(logit(scores[coded]), raised[coded]))


def doubts(tier: Tier, scores: np.ndarray) -> np.ndarray:
    """Return how doubtful each answer is, from 0 to 1: how near its least certain theme lies to the threshold."""
    above = (scores - tier.threshold) / (1 - tier.threshold)
    below = (tier.threshold - scores) / tier.threshold
    return 1 - np.where(scores >= tier.threshold, above, below).min(axis=1, initial=1.0)


def encoder_of(model: Model) -> Encoder:
    """Return the encoder that a model was trained with. Raises ModelError if it is missing or is another."""
    encoder = load_encoder(model.encoder)
    if encoder.sha256 != model.card["encoder"]["sha256"]:
        raise ModelError(
            f"The model for '{model.question}' was trained with another encoder than the one in {model.encoder}; "
            "train it again."
        )
    return encoder


@dataclass(frozen=True)
class Assessment:
    """What a model says of some texts: probabilities (texts × themes), which are raised, which texts are not sure.

    `evidence` maps (text, theme), by position, for each theme raised or half-way to it, to the place of the sentence that
    speaks of it most (start and end, in characters) and the words in it that weigh most.
    """

    scores: np.ndarray
    raised: np.ndarray
    not_sure: np.ndarray
    evidence: dict[tuple[int, int], tuple[int, int, tuple[str, ...]]]


def assess(
    model: Model,
    texts: Sequence[str],
    tier: str = ACCURATE,
    asked: Sequence[str] | None = None,
    progress: Callable[[list], Iterator] = iter,
    why: bool = True,
) -> Assessment:
    """Score texts; a text without words raises nothing. `asked` is the question each answers, the model's own if not given.

    The tier `cascade` scores with the fast tier and asks the accurate one about the answers of which that is not sure.
    Without `why`, no evidence is looked for.
    """
    asked = [model.question] * len(texts) if asked is None else list(asked)
    if tier == CASCADE:
        return _cascade(model, texts, asked, progress, why)
    encoder = encoder_of(model) if tier == ACCURATE else None
    chosen = model.tiers[tier]
    scores, evidence = [np.zeros((0, len(model.themes)))], {}
    for first in progress(list(range(0, len(texts), CHUNK))):
        at = slice(first, first + CHUNK)
        prepared = prepare(texts[at], encoder, asked[at])
        whole, sentences = part_scores(chosen, prepared)
        found = probabilities(chosen, combine(whole, sentences, prepared.owner))
        scores.append(found)
        reasons = _evidence(chosen, prepared, sentences, found >= chosen.threshold / 2) if why else {}
        evidence |= {(first + text, theme): reason for (text, theme), reason in reasons.items()}
    scores = np.concatenate(scores)
    not_sure = doubts(chosen, scores) >= chosen.doubt
    return Assessment(scores, scores >= chosen.threshold, not_sure, evidence)


def judged(model: Model, tier: str, found: Assessment, scores: np.ndarray) -> Assessment:
    """Return an assessment with other probabilities, judged by the tier's threshold (the accurate tier's for a cascade)."""
    chosen = model.tiers[ACCURATE if tier == CASCADE else tier]
    return Assessment(scores, scores >= chosen.threshold, doubts(chosen, scores) >= chosen.doubt, found.evidence)


def score(model: Model, texts: Sequence[str], tier: str = ACCURATE, asked: Sequence[str] | None = None) -> np.ndarray:
    """Return the probabilities of `assess` alone (texts × themes)."""
    return assess(model, texts, tier, asked, why=False).scores


def _cascade(model, texts, asked, progress, why) -> Assessment:
    quick = assess(model, texts, FAST, asked, why=why)
    unsure = np.flatnonzero(doubts(model.tiers[FAST], quick.scores) >= model.tiers[FAST].clear)
    careful = assess(model, [texts[i] for i in unsure], ACCURATE, [asked[i] for i in unsure], progress, why)
    scores, raised, not_sure = quick.scores.copy(), quick.raised.copy(), np.zeros(len(texts), dtype=bool)
    scores[unsure], raised[unsure], not_sure[unsure] = careful.scores, careful.raised, careful.not_sure
    again = set(unsure.tolist())
    evidence = {at: reason for at, reason in quick.evidence.items() if at[0] not in again}
    evidence |= {(int(unsure[text]), theme): reason for (text, theme), reason in careful.evidence.items()}
    return Assessment(scores, raised, not_sure, evidence)


def _evidence(tier: Tier, prepared: Prepared, sentences: np.ndarray, raised: np.ndarray):
    """Return, for each theme raised in an answer, its best sentence's place and the words there that speak for it."""
    found = {}
    ends = np.cumsum(np.bincount(prepared.owner, minlength=prepared.count))
    for text, theme in zip(*np.nonzero(raised), strict=True):
        first = ends[text - 1] if text else 0
        best = int(first + np.argmax(sentences[first : ends[text], theme]))
        start, end = prepared.places[best]
        words = telling_words(tier, int(theme), prepared.sentences[best])
        found[int(text), int(theme)] = (start, end, words)
    return found


def telling_words(tier: Tier, theme: int, sentence: str, most: int = 3) -> tuple[str, ...]:
    """Return the words and pairs of words of a sentence that weigh most for a theme, most telling first.

    What has no meaning of its own ('of the') is not told, whatever it weighs.
    """
    words = sentence.split()
    terms = [(i, i + length) for length in (1, 2) for i in range(len(words) + 1 - length)]
    terms = [(a, b) for a, b in terms if not function_words().issuperset(words[a:b])]
    weighed = sorted(
        ((tier.features.weight(tier.weights[theme], " ".join(words[a:b])), a, b) for a, b in terms), reverse=True
    )
    told: list[str] = []
    taken: set[int] = set()
    for weight, first, last in weighed:
        if weight <= 0 or len(told) == most:
            break
        if taken.isdisjoint(range(first, last)):
            told.append(" ".join(words[first:last]))
            taken.update(range(first, last))
    return tuple(told)
