"""A first pass without labelled answers: themes by how near an answer comes to their descriptions."""

import re

import numpy as np

from pipeline.definition import Codebook
from pipeline.themes.classifier import ACCURATE, FAST, Model, Tier
from pipeline.themes.encoder import general_encoder, load_encoder, meaning_of, of_length_one
from pipeline.themes.features import KEYWORD_WEIGHT, MEANING_WEIGHT, Features
from pipeline.themes.subthemes import fit_subthemes

# How much nearness to a description and a keyword of the codebook count against what it takes for a theme to be raised.
# Tried on five codebooks, see docs/decisions; a keyword alone is enough.
NEARNESS, KEYWORD, NEEDED = 8.0, 2.0, 1.0
EVALUATED = "not tried, because there are no labelled answers to try it on"


def describe_codebook(codebook: Codebook, question: str) -> Model:
    """Return a model that knows nothing but the codebook: its labels, descriptions and keywords.

    A sentence speaks of a theme if it is nearer to that theme's label and description than to the themes' in general, or
    holds one of its keywords. The card says that nothing is known of how good that is.
    """
    vectors = []
    for theme in codebook.themes:
        said = [theme.label, *(part for part in re.split(r"(?<=[.;])\s+", theme.description) if part)]
        vectors.append(meaning_of(said).mean(axis=0))
    themes = of_length_one(np.array(vectors))
    apart = NEARNESS / MEANING_WEIGHT * (themes - themes.mean(axis=0))
    words = np.eye(len(themes)) * KEYWORD / KEYWORD_WEIGHT
    keywords = tuple(theme.keywords for theme in codebook.themes)
    needed = np.full(len(themes), -NEEDED, dtype=np.float32)
    none = np.zeros(len(themes))
    accurate = Features({}, {}, keywords, (), themes.shape[1])
    weights = np.hstack([words, apart]).astype(np.float32)
    encoder = load_encoder(general_encoder())
    return Model(
        question,
        codebook.keys,
        {
            ACCURATE: Tier(accurate, weights, needed, offsets=none),
            FAST: Tier(Features({}, {}, keywords, (), 0), words.astype(np.float32), needed, offsets=none),
        },
        general_encoder(),
        {
            "what": "Nearness to the codebook's descriptions, and its keywords; it has learned from no answers",
            "labels": 0,
            "writers": 0,
            "evaluated": EVALUATED,
            "micro_f1": None,
            "macro_f1": None,
            "keywords_micro_f1": None,
            "encoder": {name: encoder.card[name] for name in ("what", "base")} | {"sha256": encoder.sha256},
            "texts_sha256": [],
        },
        fit_subthemes((), codebook)[0],
    )
