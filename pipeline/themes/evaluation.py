"""Train on all labels, and say honestly how well: each answer scored by a model that never saw its writer."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.definition import Codebook
from pipeline.errors import ModelError
from pipeline.themes import classifier
from pipeline.themes.classifier import ACCURATE, FAST, SEED, TIERS, Corpus, Model, Tier, truth
from pipeline.themes.encoder import general_encoder, load_encoder, text_hash
from pipeline.themes.features import find_keywords
from pipeline.themes.labels import Label
from pipeline.themes.models import as_saved, data_hash, learned_from
from pipeline.themes.scores import (
    calibration_error,
    confusions,
    length_of,
    macro_f1,
    micro_f1,
    scores_by,
    trade_off,
    with_overall,
)
from pipeline.themes.subthemes import fit_subthemes, told_right
from pipeline.themes.text import analyse

FOLDS = 5
# Of the answers, the share that is called not sure and shown to a person first.
NOT_SURE = 0.2
# The most that the cascade may lose of the accurate tier's micro-F1.
CASCADE_LOSS = 0.01
# The sizes at which the learning curve is taken, as shares of the labelled answers.
CURVE = (0.1, 0.2, 0.4, 0.8)
# How many answers of the consultation in hand an analyst is asked to code before probabilities are trusted.
IN_HAND = 75
DRAWS = 20


def folds(labels: Sequence[Label], seed: int = SEED, most: int = FOLDS) -> tuple[list[np.ndarray], str]:
    """Return the answers of each fold (at most `most`), by position, and how they were split.

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
        splits = GroupKFold(min(most, known)).split(writers, groups=writers)
        how = f"{min(most, known)} folds split by writer, {known} writers"
    else:
        count = min(most, len(labels))
        splits = KFold(count, shuffle=True, random_state=seed).split(writers)
        how = f"{count} folds at random, fewer than three writers"
    return [held_out for _, held_out in splits], how


def out_of_fold(
    corpus: Corpus,
    splits: Sequence[np.ndarray],
    keywords: Sequence[Sequence[str]],
    tier: str = ACCURATE,
    seed: int = SEED,
    progress: Callable[[list], Iterator] = iter,
) -> np.ndarray:
    """Return scores (labels × themes), not calibrated, each from a model trained without that answer's fold."""
    scores = np.zeros(corpus.raised.shape)
    for held_out in progress(list(splits)):
        rest = np.setdiff1d(np.arange(len(scores)), held_out)
        fitted = classifier.fit(corpus.take(rest), keywords, tier, seed)
        scores[held_out] = classifier.raw_scores(fitted, corpus.prepared.take(held_out))
    return scores


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


def calibrated(tier: Tier, raw: np.ndarray, raised: np.ndarray) -> Tier:
    """Return a tier calibrated on held-out scores, with its threshold and with the doubt that a fifth of them pass."""
    slope, offsets = classifier.calibrate(classifier.logit(raw), raised)
    tier = replace(tier, slope=slope, offsets=offsets)
    scores = classifier.probabilities(tier, raw)
    tier = replace(tier, threshold=best_threshold(scores, raised))
    return replace(tier, doubt=float(np.quantile(classifier.doubts(tier, scores), 1 - NOT_SURE)))


@dataclass(frozen=True)
class HeldOut:
    """What a tier does with answers it has not learned from: probabilities, themes found, and doubt."""

    scores: np.ndarray
    found: np.ndarray
    doubt: np.ndarray


def cross_calibrated(raw: np.ndarray, raised: np.ndarray, splits: Sequence[np.ndarray]) -> HeldOut:
    """Calibrate held-out scores fold by fold: each fold's calibration and threshold come from the other folds."""
    scores, found, doubt = np.zeros(raw.shape), np.zeros(raw.shape, dtype=bool), np.zeros(len(raw))
    blank = Tier(features=None, weights=np.zeros(0), intercepts=np.zeros(0))
    for held_out in splits:
        rest = np.setdiff1d(np.arange(len(raw)), held_out)
        tier = calibrated(blank, raw[rest], raised[rest])
        scores[held_out] = classifier.probabilities(tier, raw[held_out])
        found[held_out] = scores[held_out] >= tier.threshold
        doubt[held_out] = classifier.doubts(tier, scores[held_out])
    return HeldOut(scores, found, doubt)


def _keywords(labels: Sequence[Label], codebook: Codebook) -> np.ndarray:
    words = [" ".join(part.words for part in parts) for parts in analyse([label.text for label in labels])]
    return find_keywords(words, [theme.keywords for theme in codebook.themes])


def _records(table: pd.DataFrame) -> list[dict]:
    table = table.round(3)
    return table.astype(object).where(table.notna(), None).to_dict("records")


def describe(held: HeldOut, labels: Sequence[Label], codebook: Codebook) -> dict:
    """Return what a model card says of held-out answers beyond the scores by theme: groups, lengths, doubt, mistakes."""
    raised = truth(labels, codebook.keys)
    groups = [label.group or "not said" for label in labels]
    lengths = [length_of(label.text) for label in labels]
    about = {
        "micro_f1": round(micro_f1(held.found, raised), 4),
        "macro_f1": round(macro_f1(held.found, raised), 4),
        "calibration_error": round(calibration_error(held.scores, raised), 4),
        "by_length": _records(scores_by(held.found, raised, lengths)),
        "not_sure": _records(trade_off(held.found, raised, held.doubt)),
        "confusions": _records(confusions(held.found, raised, codebook).head(10)),
    }
    if len(set(groups)) > 1:
        about["by_group"] = _records(scores_by(held.found, raised, groups))
    writers = np.array([label.writer for label in labels])
    errors = [
        calibration_error(held.scores[writers == writer], raised[writers == writer])
        for writer in set(writers) - {""}
        if (writers == writer).sum() >= 50
    ]
    if len(errors) > 1:
        about["calibration_error_by_writer"] = {
            "writers": len(errors),
            "median": round(float(np.median(errors)), 4),
            "worst": round(max(errors), 4),
        }
    return about


def evaluate(
    model: Model, labels: Sequence[Label], codebook: Codebook, tier: str = ACCURATE, rounds: int = 1000
) -> tuple[pd.DataFrame, dict]:
    """Score a model on labels that it has not learned from: the table of `with_overall`, and all that `describe` says.

    Beside, `answers`, the 95% interval of micro-F1 (`micro_f1_low`, `micro_f1_high`: answers drawn again with
    replacement, `rounds` times, seeded) and, where there are twice as many answers as that,
    `calibration_error_in_hand`: the calibration error once 75 of the answers are coded, on the others, on average over
    draws. Raises ModelError where some of the labels were learned from.
    """
    if learned_from(model, labels):
        raise ModelError("The model has learned from some of these labels; give others, that it has not seen.")
    raised = truth(labels, codebook.keys)
    asked = [label.question or model.question for label in labels]
    scores = classifier.score(model, [label.text for label in labels], tier, asked)
    chosen = model.tiers[tier]
    held = HeldOut(scores, scores >= chosen.threshold, classifier.doubts(chosen, scores))
    table = with_overall(held.found, raised, codebook, _keywords(labels, codebook))
    rng = np.random.default_rng(SEED)
    draws = [rng.integers(0, len(labels), len(labels)) for _ in range(rounds)]
    low, high = np.quantile([micro_f1(held.found[draw], raised[draw]) for draw in draws], [0.025, 0.975])
    overall = {
        "answers": len(labels),
        "tier": tier,
        "micro_f1_low": round(float(low), 4),
        "micro_f1_high": round(float(high), 4),
        **describe(held, labels, codebook),
    }
    told = [right for theme in codebook.themes for right in told_right(model.finer, labels, theme)]
    if told:
        overall["subthemes"] = {"labelled": len(told), "right": round(sum(told) / len(told), 4)}
    if len(labels) >= 2 * IN_HAND:
        errors = []
        for _ in range(DRAWS):
            order = rng.permutation(len(labels))
            coded, rest = order[:IN_HAND], order[IN_HAND:]
            errors.append(calibration_error(classifier.recalibrated(scores, raised, coded)[rest], raised[rest]))
        overall["calibration_error_in_hand"] = round(float(np.mean(errors)), 4)
    return table, overall


def train(
    labels: Sequence[Label],
    codebook: Codebook,
    question: str,
    encoder: Path | None = None,
    seed: int = SEED,
    progress: Callable[[list], Iterator] = iter,
) -> tuple[Model, pd.DataFrame]:
    """Train a model on all labels, calibrated on out-of-fold scores; return it and its scores by theme.

    `encoder` is the folder of an encoder adapted to the codebook; without it, the general one is used. The table has,
    beside precision, recall and F1 a theme, the F1 of the codebook's keywords on the same answers, and a last row for
    all themes together (micro). The model's card keeps both and more, with the data's hash and the versions used.
    Raises ModelError where the encoder was adapted to other themes.
    """
    splits, how = folds(labels, seed)
    place = encoder or general_encoder()
    loaded = load_encoder(place)
    if loaded.themes and loaded.themes != codebook.keys:
        raise ModelError(
            f"The encoder in {place} was adapted to other themes than those of {codebook.path.name}; "
            "leave 'encoder' out of the definition to use the general one."
        )
    keywords = [theme.keywords for theme in codebook.themes]
    tiers, held = {}, {}
    raised = truth(labels, codebook.keys)
    for name in TIERS:
        corpus = classifier.corpus_of(labels, codebook, loaded if name == ACCURATE else None)
        raw = out_of_fold(corpus, splits, keywords, name, seed, progress if name == ACCURATE else iter)
        held[name] = cross_calibrated(raw, raised, splits)
        tiers[name] = calibrated(as_saved(classifier.fit(corpus, keywords, name, seed)), raw, raised)
        if name == ACCURATE:
            curve = learning_curve(corpus, splits, keywords, seed)
    finer, told = fit_subthemes(labels, codebook)
    clear, cascade = cascade_of(held[FAST], held[ACCURATE], raised)
    tiers[FAST] = replace(tiers[FAST], clear=clear)
    table = with_overall(held[ACCURATE].found, raised, codebook, _keywords(labels, codebook))
    overall = table.iloc[-1]
    card = {
        "what": "Balanced logistic regression on words, letter runs, keywords and an encoder's meaning, of answers and "
        "sentences; the fast tier on words alone",
        "labels": len(labels),
        "writers": len({label.writer for label in labels if label.writer}),
        "labels_sha256": data_hash(labels),
        "seed": seed,
        "evaluated": how,
        "threshold_chosen": "fold by fold, on the other folds",
        "keywords_micro_f1": None if pd.isna(overall["keyword_f1"]) else round(overall["keyword_f1"], 4),
        **describe(held[ACCURATE], labels, codebook),
        "fast": {
            "micro_f1": round(micro_f1(held[FAST].found, raised), 4),
            "macro_f1": round(macro_f1(held[FAST].found, raised), 4),
            "calibration_error": round(calibration_error(held[FAST].scores, raised), 4),
        },
        "cascade": cascade,
        "by_theme": _records(table.iloc[:-1]),
        "subthemes": told,
        "learning_curve": curve,
        "encoder": {"what": loaded.card["what"], "base": loaded.card["base"], "sha256": loaded.sha256},
        "texts_sha256": sorted(text_hash(label.text) for label in labels),
        "versions": _versions(),
    }
    return Model(question, codebook.keys, tiers, place, card, finer), table


def cascade_of(fast: HeldOut, accurate: HeldOut, raised: np.ndarray) -> tuple[float, dict]:
    """Return the doubt from which the fast tier's answers go on to the accurate one, and what that gives.

    It is the highest at which the two together lose no more than a hundredth of the accurate tier's micro-F1.
    """
    wanted = micro_f1(accurate.found, raised) - CASCADE_LOSS
    order = np.argsort(-fast.doubt, kind="stable")
    for share in np.round(np.arange(0, 1.01, 0.05), 2):
        on = order[: round(len(order) * share)]
        found = fast.found.copy()
        found[on] = accurate.found[on]
        if micro_f1(found, raised) >= wanted:
            break
    clear = float(fast.doubt[on[-1]]) if len(on) else np.nextafter(1.0, 2.0)
    return clear, {"to_accurate": round(len(on) / len(order), 2), "micro_f1": round(micro_f1(found, raised), 4)}


def learning_curve(corpus: Corpus, splits: Sequence[np.ndarray], keywords, seed: int = SEED) -> list[dict]:
    """Return labelled answers and micro-F1 as fewer are learned from, on the first fold, the rest drawn at random."""
    held_out = splits[0]
    rest = np.random.default_rng(seed).permutation(np.setdiff1d(np.arange(len(corpus.raised)), held_out))
    raised, points = corpus.raised[held_out], []
    for share in CURVE:
        some = np.sort(rest[: max(2, round(len(corpus.raised) * share))])
        tier = classifier.fit(corpus.take(some), keywords, ACCURATE, seed)
        raw = classifier.raw_scores(tier, corpus.prepared.take(held_out))
        # The threshold that finds as many themes as there are: held the same way at every size.
        cut = np.sort(raw, axis=None)[-max(1, int(raised.sum()))]
        points.append({"answers": len(some), "micro_f1": round(micro_f1(raw >= cut, raised), 3)})
    return points


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {
        name: version(name) for name in ("consultation", "numpy", "scikit-learn", "spacy", "onnxruntime", "tokenizers")
    }
