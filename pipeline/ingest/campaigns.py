"""Campaigns: one letter sent by many, word for word or with a line of their own.

Two answers are of one campaign where more than half of the words of each stand in runs of five that the other has too.
A letter that makes up more than half of what each signer wrote therefore joins them all, and two letters pasted one after
the other join nobody to both. Words are compared without case, spacing and punctuation. Runs that stand in the wording of
the survey's own questions are left out of account, because people repeat a question before they answer it; so are texts
of fewer than twelve words, which people share by chance.

What is found is the same whatever the order of rows. Only answers that are mostly made of shared runs are compared, and
each with the few that lead a group, so that the work grows with the number of answers and not with its square.

No real campaign was at hand: the rules were tried on letters made by hand and on invented answers.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import pandas as pd

from pipeline import schemas
from pipeline.definition import Consultation

# How many words make a run, and how many words a text, and what it shares, must have.
RUN = 5
SHORTEST = 12
# A run is the letter's, and not a signer's own, where this share of the signers wrote it, and two at the least.
COMMON = 0.05
# A run that so many different texts have tells none of them apart.
MOST_LEADERS = 100

# Apostrophes and invisible signs (soft hyphens, joiners) are inside a word and are not heard.
_SILENT = "'’\u00ad\u200b-\u200d\u2060\ufeff"
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{_SILENT}\u0300-\u036f])*")
_UNHEARD = re.compile(f"[{_SILENT}]")
# An odd number: runs are told apart by the sum of their words' hashes, each times another power of it.
_STEP = 0x9E3779B97F4A7C15


def _folded(word: str) -> str:
    return unicodedata.normalize("NFKC", _UNHEARD.sub("", word)).casefold()


def words_of(text: str) -> list[str]:
    """Return the words of a text as they are compared: no case, no punctuation, no apostrophes."""
    return [_folded(word) for word in _WORD.findall(text)]


def places_of(text: str) -> list[tuple[int, int]]:
    """Return where each word of `words_of` begins and ends in the text, in characters."""
    return [match.span() for match in _WORD.finditer(text)]


@dataclass(frozen=True)
class _Text:
    """A text that one or more sent. `answers` are (respondent, question, the text as written).

    `runs` has a number for each run of words, by its first word; `counts` says of how many words before each place the
    survey did not put in the writer's mouth, so that a difference of two is the number between them. `shared` is how
    many of its own words stand in runs that somebody else wrote too.
    """

    words: str
    answers: tuple[tuple[str, str, str], ...]
    runs: list[int]
    counts: list[int]
    asked: frozenset[int]
    shared: int

    @property
    def senders(self) -> set[str]:
        return {respondent for respondent, _, _ in self.answers}

    @property
    def length(self) -> int:
        return self.counts[-1]


def survey_wordings(consultation: Consultation) -> list[str]:
    """Return what the survey itself says, which answers may repeat without being a campaign."""
    texts = [question.heading for question in consultation.questions]
    texts += [heading for channel in consultation.channels for heading in channel.headings.values()]
    return [*texts, *(section.wording for section in consultation.sections)]


def find_campaigns(
    comments: pd.DataFrame, at_least: int = 3, wordings: Iterable[str] = ()
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables `campaigns` and `additions` from the table `comments`.

    A campaign is a text that `at_least` respondents sent, in answer to whichever question; the largest is campaign-1.
    `likeness` is the share of an answer's words that are the common text: 1 where nothing was added. `additions` says from
    which character of an answer to which its respondent wrote something that the common text has not. `wordings` are texts
    of the survey's own, which make no campaign.
    """
    groups = _groups(_texts(comments, list(wordings)))
    found = []
    for leader, texts in groups:
        signers = {respondent for text in texts for respondent in text.senders}
        if len(signers) >= at_least:
            found.append((-len(signers), leader.words, texts))
    campaigns, additions = [], []
    for number, (_, _, texts) in enumerate(sorted(found, key=lambda campaign: campaign[:2]), start=1):
        common = _common_runs(texts)
        for text in texts:
            own = _uncovered([run in common for run in text.runs])
            # Rounded down, so that 1 says that nothing at all was added.
            likeness = 1000 * own.count(False) // len(own) / 1000
            for respondent, question, written in text.answers:
                campaigns.append((f"campaign-{number}", question, respondent, likeness, number))
                additions += [(respondent, question, *span) for span in _spans(own, places_of(written))]
    campaigns.sort(key=lambda row: (row[4], row[2], row[1]))
    return schemas.build("campaigns", [row[:4] for row in campaigns]), schemas.build("additions", sorted(additions))


def _texts(comments: pd.DataFrame, wordings: Sequence[str]) -> list[_Text]:
    """Return the different texts that are mostly made of runs that somebody else wrote too, likely leaders first."""
    rows = comments.dropna(subset="text")
    answers: dict[str, list] = defaultdict(list)
    folded: dict[str, str] = {}
    for respondent, question, text in zip(rows["respondent"], rows["question"], rows["text"], strict=True):
        words = _WORD.findall(text)
        if len(words) >= SHORTEST:
            for word in words:
                if word not in folded:
                    folded[word] = _folded(word)
            answers[" ".join([folded[word] for word in words])].append((respondent, question, text))
    forms = sorted(answers)  # from here on nothing knows the order of rows
    if not forms:
        return []
    split = [form.split(" ") for form in forms]
    lengths = np.array([len(words) for words in split])
    owner = np.repeat(np.arange(len(split)), lengths)
    hashes, whole = _hashed_runs(split)
    values, runs = np.unique(hashes[whole], return_inverse=True)
    numbers = np.full(len(hashes), -1)
    numbers[whole] = runs
    senders = np.array([len({respondent for respondent, _, _ in answers[form]}) for form in forms])
    pairs = np.unique(runs * len(forms) + owner[whole])
    writers = np.bincount(pairs // len(forms), weights=senders[pairs % len(forms)], minlength=len(values))
    asked_hashes, asked_whole = _hashed_runs([words_of(text) for text in wordings])
    asked = np.isin(values, asked_hashes[asked_whole])
    asked_words = _covered(whole & asked[numbers])
    shared_words = _covered(whole & ((writers > 1) & ~asked)[numbers]) & ~asked_words
    shared = np.bincount(owner, weights=shared_words, minlength=len(forms)).astype(int)
    own = np.bincount(owner, weights=~asked_words, minlength=len(forms)).astype(int)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    kept = []
    for i in np.flatnonzero(_mostly(shared, own)):
        mine = slice(starts[i], starts[i + 1])
        here = numbers[starts[i] : starts[i + 1] - RUN + 1]
        kept.append(
            _Text(
                words=forms[i],
                answers=tuple(sorted(answers[forms[i]])),
                runs=here.tolist(),
                counts=[0, *np.cumsum(~asked_words[mine]).tolist()],
                asked=frozenset(here[asked[here]].tolist()),
                shared=int(shared[i]),
            )
        )
    # A text that many sent and to which little was added shows the letter best.
    return sorted(kept, key=lambda text: (-len(text.senders), text.length - text.shared, text.length, text.words))


def _hashed_runs(texts: Sequence[Sequence[str]]) -> tuple[np.ndarray, np.ndarray]:
    """Return a hash of the run that begins at each word of texts laid end to end, and whether that run is whole.

    The hash has 64 bits: that any two of ten million different runs should share one is a chance of one in 370,000.
    """
    different = set().union(*texts)
    known = {word: int.from_bytes(blake2b(word.encode(), digest_size=8).digest()) for word in different}
    words = np.array([known[word] for text in texts for word in text], dtype=np.uint64)
    lengths = np.array([len(text) for text in texts], dtype=int)
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(words))
    padded = np.append(words, np.zeros(RUN - 1, dtype=np.uint64))
    hashes = np.zeros(len(words), dtype=np.uint64)
    for k in range(RUN):
        hashes += padded[k : k + len(words)] * np.uint64(pow(_STEP, k, 2**64))
    return hashes, left >= RUN


def _covered(begins: np.ndarray) -> np.ndarray:
    """Return which words stand in a run, given the words at which runs begin."""
    covered = begins.copy()
    for k in range(1, RUN):
        covered[k:] |= begins[:-k]
    return covered


def _mostly(shared, length):
    return (shared >= SHORTEST) & (2 * shared > length)


def _groups(texts: list[_Text]) -> list[tuple[_Text, list[_Text]]]:
    """Return groups of texts that are alike, each with the text that leads it.

    A text like no leader yet leads a group; one that is like two leaders makes one group of theirs.
    """
    leads: dict[int, list[int]] = defaultdict(list)
    above = list(range(len(texts)))

    def top(i):
        while above[i] != i:
            above[i] = above[above[i]]
            i = above[i]
        return i

    for i, text in enumerate(texts):
        runs = frozenset(text.runs) - text.asked
        met = Counter(leader for run in runs for leader in leads.get(run, ()))
        # Twelve words take three runs at the least.
        alike = [leader for leader, n in met.items() if n * RUN >= SHORTEST and _alike(text, texts[leader])]
        for leader in alike:
            one, other = sorted((top(i), top(leader)))
            above[other] = one
        if not alike:
            for run in runs:
                if len(leads[run]) < MOST_LEADERS:
                    leads[run].append(i)
    groups: dict[int, list[_Text]] = defaultdict(list)
    for i, text in enumerate(texts):
        groups[top(i)].append(text)
    return [(texts[i], members) for i, members in groups.items()]


def _alike(one: _Text, other: _Text) -> bool:
    return all(
        _mostly(_words_in(mine, frozenset(theirs.runs) - theirs.asked), mine.length)
        for mine, theirs in ((one, other), (other, one))
    )


def _words_in(text: _Text, runs: frozenset[int]) -> int:
    """Return how many words of a text stand in some runs, those that the survey said first not counted."""
    found = end = 0
    for at, run in enumerate(text.runs):
        if run in runs:
            found += text.counts[at + RUN] - text.counts[max(at, end)]
            end = at + RUN
    return found


def _common_runs(texts: list[_Text]) -> set[int]:
    """Return the runs that are the letter's: those that enough of its signers wrote."""
    wrote: dict[str, set[int]] = defaultdict(set)
    for text in texts:
        for respondent in text.senders:
            wrote[respondent].update(text.runs)
    enough = max(2, COMMON * len(wrote))
    writers = Counter(run for runs in wrote.values() for run in runs)
    return {run for run, n in writers.items() if n >= enough}


def _uncovered(begins: list[bool]) -> list[bool]:
    """Return for each word of a text whether it stands outside the common runs, which begin at the words given."""
    whole = np.array(begins + [False] * (RUN - 1))
    return (~_covered(whole)).tolist()


def _spans(own: list[bool], places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the first and the last character of each stretch of words that are a respondent's own."""
    spans: list[tuple[int, int]] = []
    before = False
    for mine, (start, end) in zip(own, places, strict=True):
        if mine and before:
            spans[-1] = (spans[-1][0], end)
        elif mine:
            spans.append((start, end))
        before = mine
    return spans
