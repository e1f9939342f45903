"""Columns that are one question: an option each, ticked or not or with its place in an order; or a place each, with its option.

What they share is read off their headings, by the layout or, where it leaves question and part together, by the ending:
'Which pets? - Cats', 'Which pets? [Cats]', 'Which pets? (Cats)'.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.ingest.answers import place_in
from pipeline.ingest.drafting.options import closed_options, count_answers
from pipeline.ingest.drafting.scales import recognise
from pipeline.ingest.layouts.export import ANSWER_PARTS, Heading, alike, fold
from pipeline.ingest.matching import NOT_TICKED, rank_of, unnumbered

TICKED, RANKED, PLACES = "ticked", "ranked", "places"

_YES, _NO = "yes", "no"
_TICKS = frozenset([_YES, "y", "1", "true", "x", "✓", "✔", "on", "selected", "checked", "ticked", "quoted"])
_BRACKETED = re.compile(r"^(.*\S)\s*(?:\[([^\[\]]+)\]|\(([^()]+)\))$", re.DOTALL)
_DASH = re.compile(r"\s[-–—]\s+(?=\S)")
# Beside the options of a question: what was typed to explain them.
_WORDS = re.compile(r"(?:.* - )?text|.*\b(?:comments?|please (?:explain|specify|state|describe))\b.*")
_ASKS_FOR_ORDER = re.compile(r"\brank|\border\b|\bpriorit|\bprefer|\bmost important\b|\btop (?:\d|three|five|ten)\b")
# A question to be answered by yes or no, of each of its parts; not 'Have you used any of these?', where a yes is a tick.
_ASKS_YES_OR_NO = re.compile(
    r"(?:do|does|did|are|is|was|were|have|has|had|should|would|will|can|could|may)\b(?!.*\b(?:any of|tick|select|which)\b)"
)


@dataclass(frozen=True)
class Block:
    """Columns of one question: `kind`, the question, and each column with its part, in the file's order.

    `typed` are the columns beside them in which respondents typed what the options lack; `options` are those of PLACES, and
    how often each was met.
    """

    kind: str
    question: str
    columns: tuple[tuple[int, str], ...]
    typed: tuple[int, ...] = ()
    options: dict[str, int] | None = None


def is_other(part: str) -> bool:
    """Say whether a part of a question is that of those who chose or typed something else than the options."""
    return fold(part).startswith("other")


def question_parts(headings: Iterable[Heading]) -> dict[int, tuple[str, str]]:
    """Return column -> question and part, '' for a column that has its question to itself.

    Where a heading can be parted in several places, the longest beginning that other headings share is the question.
    """
    headings = list(headings)
    ways = {heading.column: _ways(heading) for heading in headings}
    shared = Counter(fold(question) for own in ways.values() for question, _ in own)
    return {
        heading.column: next(
            (way for way in ways[heading.column] if shared[fold(way[0])] > 1 or heading.part), (heading.question, "")
        )
        for heading in headings
    }


def _ways(heading: Heading) -> list[tuple[str, str]]:
    """Return each way of telling a heading's question from its part, the longest question first."""
    if heading.part:
        return [(heading.question, heading.part)]
    text = heading.question
    bracketed = _BRACKETED.match(text)
    ways = [(text[: cut.start()], text[cut.end() :]) for cut in _DASH.finditer(text)]
    ways += [(bracketed[1], bracketed[2] or bracketed[3])] if bracketed else []
    return [(question.strip(), part.strip()) for question, part in reversed(ways) if fold(question) and part.strip()]


def typed_beside(headings: Iterable[Heading]) -> set[int]:
    """Return the columns in which respondents typed what the options beside them lack."""
    told = question_parts(headings)
    beside = Counter(fold(question) for question, _ in told.values())
    return {n for n, (question, part) in told.items() if is_other(part) and beside[fold(question)] > 1}


def find_blocks(headings: Iterable[Heading], cells: dict[int, list[str]]) -> list[Block]:
    """Return the questions that have several of these columns; `cells` are a column's, a row each, '' for no answer."""
    together: dict[str, list[tuple[int, str]]] = {}
    questions: dict[str, str] = {}
    for column, (question, part) in question_parts(headings).items():
        if part and fold(part) not in ANSWER_PARTS:
            together.setdefault(fold(question), []).append((column, part))
            questions.setdefault(fold(question), question)
    found = []
    for key, parts in together.items():
        if len(parts) > 1:
            given = {column: cells[column] for column, _ in parts}
            ways = (way(questions[key], parts, given) for way in (_ticked, _ranked, _placed))
            found.append(next(filter(None, ways), None))
    return [block for block in found if block]


def _ticked(question: str, parts, given) -> Block | None:
    """Return the columns that are options, each ticked or not."""
    met = {column: {alike(text) for text in texts if text} for column, texts in given.items()}
    ticked = [
        (n, part)
        for n, part in parts
        if all(is_tick(text, part) for text in set(given[n])) and not _is_words(part, met[n])
    ]
    typed = tuple(n for n, part in parts if (n, part) not in ticked and is_other(part))
    strange = [
        part for n, part in parts if (n, part) not in ticked and n not in typed and not _WORDS.fullmatch(fold(part))
    ]
    options = [n for n, part in ticked if not is_other(part)]
    words = set().union(*(met[n] for n, _ in ticked))
    if len(options) < 2 or strange or not words:
        return None
    if words == {_YES, _NO} and _ASKS_YES_OR_NO.match(unnumbered(question)):
        return None
    return Block(TICKED, question, tuple(ticked), typed)


def _is_words(part: str, met: set[str]) -> bool:
    """Say whether a part asks for words, and nobody wrote any."""
    return not met and bool(_WORDS.fullmatch(fold(part))) and not is_other(part)


def is_tick(text: str, part: str) -> bool:
    """Say whether a cell under an option says no more than that it was chosen or not."""
    return alike(text) in _TICKS | NOT_TICKED or unnumbered(text) == unnumbered(part)


def _ranked(question: str, parts, given) -> Block | None:
    """Return the columns that are options, each with the place that it was given: no place twice, none beyond the last.

    Ratings from 1 up may read so by chance. So the question has to ask for an order, or three rows at least to give one.
    """
    rows = [[place_in(text) for text in texts] for texts in zip(*given.values(), strict=True)]
    if any(place is None for row in rows for place in row):
        return None
    placed = [[place for place in row if place] for row in rows]
    if any(len(set(row)) < len(row) or max(row, default=0) > len(parts) for row in placed):
        return None
    told = sum(len(row) > 1 for row in placed)
    if told and (_asks_for_order(question) or (told > 2 and len(parts) > 2)):
        return Block(RANKED, question, tuple(parts))
    return None


def _placed(question: str, parts, given) -> Block | None:
    """Return the columns that are places from the first on, each with the option that was put there."""
    ranks = [rank_of(part) for _, part in parts]
    if sorted(ranks) != list(range(1, len(parts) + 1)):
        return None
    if any(part.strip().isdigit() for _, part in parts) and not _asks_for_order(question):
        return None
    rows = [[alike(text) for text in texts if text] for texts in zip(*given.values(), strict=True)]
    counts = count_answers(text for texts in given.values() for text in texts if text)
    options = closed_options(counts)
    if not options or options != counts or len(options) < 2 or recognise(options):
        return None
    if any(len(set(row)) < len(row) for row in rows):
        return None
    return Block(PLACES, question, tuple(parts), options=options)


def _asks_for_order(question: str) -> bool:
    return bool(_ASKS_FOR_ORDER.search(fold(question)))
