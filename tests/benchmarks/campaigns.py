"""Find the campaigns among many invented answers: how fast, and how many of the pairs that rapidfuzz calls alike.

    python tests/benchmarks/campaigns.py [ANSWERS] [SAMPLE]

ANSWERS (default 50,000) are made of invented words, common ones often and rare ones seldom as in English. A third of them
sign one of 30 letters, of 5 to thousands of signers: word for word, with one to three words changed, with a line of their
own before or after, or with both. Another tenth share an opening and nothing else. Of SAMPLE answers (default 2,000) drawn
from all, every pair is compared by rapidfuzz in the same run. Printed are answers a second; the share of the pairs that
rapidfuzz finds alike (80 of 100 or more) whose answers are in one campaign; and, because who signed what is known here, the
share of all pairs of signers of one letter that are together, and of pairs together that are not of one letter.
"""

import random
import sys
import time
from itertools import combinations

import numpy as np
from rapidfuzz import fuzz, process

from pipeline.ingest.campaigns import SHORTEST, find_campaigns, words_of
from pipeline.schemas import build

LETTERS = 30
ALIKE = 80


def invented(answers: int, chance: random.Random) -> tuple[list[str], list[int]]:
    """Return texts in no order, and for each the number of the letter that it signs, -1 for none."""
    vocabulary = [
        f"{a}{b}{c}"
        for a in "bdfgklmnprst"
        for b in "aeiou"
        for c in ("", *(f"{x}{y}" for x in "lmnrst" for y in "aeio"))
    ]
    chance.shuffle(vocabulary)
    weights = [1 / (place + 3) for place in range(len(vocabulary))]

    def words(least, most):
        return chance.choices(vocabulary, weights, k=chance.randint(least, most))

    letters = [words(40, 250) for _ in range(LETTERS)]
    openings = [words(12, 20) for _ in range(3)]
    # Few letters have many signers: each is signed by two thirds of those that are left.
    sizes = [max(5, int(answers / 9 * (2 / 3) ** number)) for number in range(LETTERS)]
    made = []
    for number, size in enumerate(sizes):
        for _ in range(size):
            text = list(letters[number])
            kind = chance.random()
            if kind > 0.4:
                for place in chance.sample(range(len(text)), chance.randint(0, 3)):
                    text[place] = chance.choice(vocabulary)
            if kind > 0.7:
                line = words(3, 20)
                text = line + text if chance.random() < 0.5 else text + line
            made.append((" ".join(text).capitalize() + ".", number))
    while len(made) < answers:
        opening = chance.choice(openings) if chance.random() < 0.15 else []
        made.append((" ".join(opening + words(20, 150)).capitalize() + ".", -1))
    chance.shuffle(made)
    return [text for text, _ in made], [number for _, number in made]


def main(answers: int = 50_000, sample: int = 2_000) -> None:
    chance = random.Random(1)
    texts, letters = invented(answers, chance)
    comments = build("comments", [(str(i), "online", "why", text) for i, text in enumerate(texts)])
    began, busy = time.perf_counter(), time.process_time()
    campaigns, additions = find_campaigns(comments)
    took, worked = time.perf_counter() - began, time.process_time() - busy
    words = sum(len(words_of(text)) for text in texts)
    print(f"{answers:,} answers of {words:,} words, {LETTERS} letters signed by {sum(n >= 0 for n in letters):,}.")
    print(f"{campaigns['campaign'].nunique()} campaigns of {len(campaigns):,} answers, {len(additions):,} additions.")
    print(f"{took:.1f} s by the clock, {worked:.1f} s of one processor: {answers / worked:,.0f} answers a second.")

    found = dict(zip(campaigns["respondent"].astype(int), campaigns["campaign"], strict=True))
    drawn = chance.sample(range(answers), min(sample, answers))
    forms = [" ".join(words_of(texts[i])) for i in drawn]
    began = time.perf_counter()
    likeness = process.cdist(forms, forms, scorer=fuzz.ratio, score_cutoff=ALIKE, dtype=np.uint8)
    compared = time.perf_counter() - began
    long = [len(form.split()) >= SHORTEST for form in forms]
    by_fuzz = {(i, j) for i, j in zip(*np.nonzero(np.triu(likeness, 1)), strict=True) if long[i] and long[j]}
    pairs = list(combinations(range(len(drawn)), 2))
    together = {(i, j) for i, j in pairs if drawn[i] in found and found[drawn[i]] == found.get(drawn[j])}
    truly = {(i, j) for i, j in pairs if letters[drawn[i]] >= 0 and letters[drawn[i]] == letters[drawn[j]]}
    print(f"rapidfuzz compared the {len(pairs):,} pairs of {len(drawn):,} answers in {compared:.1f} s.")
    print(f"Recall of the {len(by_fuzz):,} pairs that it finds alike: {_share(by_fuzz & together, by_fuzz)}.")
    print(f"Pairs of signers of one letter: {len(truly):,}; recall {_share(truly & together, truly)}, ", end="")
    print(f"rapidfuzz's {_share(truly & by_fuzz, truly)}.")
    print(f"Pairs in one campaign that signed no letter in common: {len(together - truly):,} of {len(together):,}.")


def _share(some: set, of: set) -> str:
    return f"{len(some) / len(of):.4f}" if of else "of none"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
