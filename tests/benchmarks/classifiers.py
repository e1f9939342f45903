"""Try ways of classifying on answers by writers that none of them has learned from, and print what each gives.

    python tests/benchmarks/classifiers.py [DEFINITION QUESTION DEVELOPMENT]

All learn from the labels of the question (default: `criteria` of the shipped consultation) and are scored on the labels in
the file DEVELOPMENT (default: the shipped development set). Each one's threshold is the one that finds as many themes as
there are, so that none is favoured by its calibration; intervals are of answers drawn again. Answers a second are measured
in the same run, and given as a ratio to the TF-IDF support vector machine's.
"""

import sys
import time

import numpy as np
from threadpoolctl import threadpool_limits

from pipeline import read_consultation, read_labels
from pipeline.themes import classifier
from pipeline.themes.classifier import TIERS, corpus_of, fit, raw_scores, truth
from pipeline.themes.encoder import encode, general_encoder, load_encoder
from pipeline.themes.evaluation import train
from pipeline.themes.features import find_keywords, prepare
from pipeline.themes.scores import macro_f1, micro_f1
from pipeline.themes.text import analyse, normal_words

ROUNDS = 500


def keywords(labels, codebook):
    """The codebook's keywords: a theme is raised where one of its words stands."""
    lists = [theme.keywords for theme in codebook.themes]
    return lambda texts: find_keywords([normal_words(text) for text in texts], lists).astype(float)


def tfidf_svm(labels, codebook):
    """TF-IDF of words and pairs of words, a balanced linear support vector machine a theme."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.svm import LinearSVC

    view = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    rows = view.fit_transform([label.text for label in labels])
    fitted = OneVsRestClassifier(LinearSVC(class_weight="balanced")).fit(rows, truth(labels, codebook.keys).astype(int))
    return lambda texts: fitted.decision_function(view.transform(texts))


def spacy_textcat(labels, codebook):
    """spaCy's text categoriser (bag of words), ten epochs."""
    import random

    import spacy
    from spacy.training import Example

    language = spacy.blank("en")
    language.add_pipe(
        "textcat_multilabel",
        config={
            "model": {
                "@architectures": "spacy.TextCatBOW.v3", "exclusive_classes": False, "ngram_size": 2,
                "no_output_layer": False, "length": 262144,
            }
        },
    )  # fmt: skip
    chance = random.Random(1)
    examples = [
        Example.from_dict(
            language.make_doc(label.text), {"cats": {key: float(key in label.themes) for key in codebook.keys}}
        )
        for label in labels
    ]
    optimiser = language.initialize(lambda: examples)
    for _ in range(10):
        chance.shuffle(examples)
        for at in range(0, len(examples), 64):
            language.update(examples[at : at + 64], sgd=optimiser)
    return lambda texts: np.array([[doc.cats[key] for key in codebook.keys] for doc in language.pipe(texts)])


def frozen(labels, codebook):
    """The general encoder's vector of the whole answer, a logistic regression a theme."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    encoder = load_encoder(general_encoder())

    def rows(texts):
        return encode(encoder, texts, analyse(texts))[0]

    learner = OneVsRestClassifier(LogisticRegression(class_weight="balanced", max_iter=1000))
    fitted = learner.fit(rows([label.text for label in labels]), truth(labels, codebook.keys).astype(int))
    return lambda texts: fitted.decision_function(rows(texts))


def pooled(labels, codebook):
    """The general encoder alone, on whole answers and on marked sentences: the mean of an answer and its best sentence."""
    return _ours(labels, codebook, general_encoder(), views=())


def hybrid_general(labels, codebook):
    """Words, letters, keywords and the general encoder: the accurate tier of a codebook that has no encoder of its own."""
    return _ours(labels, codebook, general_encoder())


def _ours(labels, codebook, place, views=None):
    encoder = load_encoder(place)
    corpus = corpus_of(labels, codebook, encoder)
    lists = [theme.keywords for theme in codebook.themes]
    if views is not None:
        corpus = _without_words(corpus)
        lists = ()
    tier = fit(corpus, lists)

    def scores(texts):
        prepared = prepare(texts, encoder)
        return raw_scores(tier, prepared if views is None else _blank(prepared))

    return scores


def _blank(prepared):
    """Return answers whose words are all alike, so that nothing but their meaning tells them apart."""
    from dataclasses import replace

    return replace(prepared, sentences=["x"] * len(prepared.sentences))


def _without_words(corpus):
    from dataclasses import replace

    return replace(corpus, prepared=_blank(corpus.prepared))


def adapted(place):
    def alone(labels, codebook):
        """The encoder adapted to the codebook, by itself: the mean of an answer and its best sentence."""
        encoder = load_encoder(place)

        def scores(texts):
            sentences = analyse(texts)
            whole, parts = (classifier.logistic(array) for array in encode(encoder, texts, sentences))
            owner = np.repeat(np.arange(len(texts)), [len(found) for found in sentences])
            return classifier.combine(whole, parts, owner)

        return scores

    return alone


def trained(model, tier):
    def kept(labels, codebook):
        """The product's own tier, as `consultation train` makes it."""
        return lambda texts: classifier.assess(model, texts, tier, why=False).scores

    return kept


def main(definition="ilacs-care-leavers-2022", question="criteria", development=None):
    consultation = read_consultation(definition)
    asked = consultation.question(question)
    codebook = asked.codebook
    labels = read_labels(asked.labels, codebook)
    fresh = read_labels(development or asked.labels.with_name(f"{question}-development.jsonl"), codebook)
    texts, raised = [label.text for label in fresh], truth(fresh, codebook.keys)
    start = time.perf_counter()
    model, _ = train(labels, codebook, question, asked.encoder)
    print(
        f"{len(labels)} labels; {len(fresh)} answers of other writers. Training the product's classifier took "
        f"{time.perf_counter() - start:.0f} s."
    )
    ways = [
        ("keywords", keywords), ("TF-IDF, support vector machine", tfidf_svm), ("spaCy text categoriser", spacy_textcat),
        ("general encoder, whole answer", frozen), ("general encoder, sentences pooled", pooled),
        ("general encoder with words", hybrid_general),
    ]  # fmt: skip
    if asked.encoder:
        ways.append(("adapted encoder alone", adapted(asked.encoder)))
    ways += [(f"product, {tier}", trained(model, tier)) for tier in (*TIERS, classifier.CASCADE)]
    rng = np.random.default_rng(1)
    draws = [rng.integers(0, len(fresh), len(fresh)) for _ in range(ROUNDS)]
    base = None
    print(f"{'way':38} {'micro-F1':>8} {'95% interval':>16} {'macro-F1':>8} {'fit s':>6} {'answers/s':>9} {'ratio':>6}")
    for name, way in ways:
        with threadpool_limits(1):
            start = time.perf_counter()
            scores_of = way(labels, codebook)
            fitting = time.perf_counter() - start
            scores_of(texts[:20])
            start = time.perf_counter()
            scores = scores_of(texts)
            speed = len(texts) / (time.perf_counter() - start)
        found = scores >= max(
            np.sort(scores, axis=None)[-int(raised.sum())], np.nextafter(0, 1) if name == "keywords" else -np.inf
        )
        base = speed if name.startswith("TF-IDF") else base
        low, high = np.quantile([micro_f1(found[draw], raised[draw]) for draw in draws], [0.025, 0.975])
        ratio = f"{speed / base:.3f}" if base else "-"
        print(
            f"{name:38} {micro_f1(found, raised):8.3f} {f'{low:.3f} to {high:.3f}':>16} {macro_f1(found, raised):8.3f} "
            f"{fitting:6.1f} {speed:9.0f} {ratio:>6}",
            flush=True,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
