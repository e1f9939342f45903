"""Answers that repeat, as those of a closed question do: which are options, and which a respondent may have typed.

Answers met more than once are options. Of the others those are shown that are short or no longer than these: a longer one
may be what a respondent typed in place of an option, and is counted and never shown.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from pipeline.ingest.layouts.export import alike, fold
from pipeline.ingest.matching import OTHER, is_typed_other

# Far above what a survey offers, far below what people write.
_MOST_OPTIONS, _LONGEST_OPTION = 40, 200
_SHORT = 20
# As many options chosen once as any small survey may have; more of them are what people wrote.
_FEW = 3
_NOTHING = frozenset(["none", "no", "n/a", "na", "nil", "nothing", "no comment", "no comments", "yes", "."])

# What reads like an email address, a telephone number or a postcode. The rules for comments (`ingest.personal`) are the
# stricter ones: in running text a false find is a nuisance, and a form without neighbours is none. Here a whole cell is
# judged and half a column has to read so, and what is missed would be shown: so any form passes, real or not.
# An address has at most so many characters before and after its @; without an end, long cells would take minutes.
_EMAIL = r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s]{1,63}"
_PERSON = re.compile(
    rf"{_EMAIL}|(\d{{1,3}}\.){{3}}\d{{1,3}}|(\+\d{{1,3}}|\(?0(?!\.))[\d .()-]{{8,18}}\d"
    r"|[a-z]{1,2}\d[a-z\d]?\s{0,2}\d[a-z]{2}|gir\s{0,2}0aa",
    re.IGNORECASE,
)
_CONTAINS_PERSON = re.compile(rf"{_EMAIL}|(\+\d|\b0)[\d ()-]{{8,14}}\d", re.IGNORECASE)


def reads_personal(text: str) -> bool:
    """Say whether a whole cell reads like an email or IP address, a telephone number or a postcode."""
    return bool(_PERSON.fullmatch(text))


def count_answers(given: Iterable[str]) -> dict[str, int]:
    """Return each answer in its most usual spelling and how often it was met in any case and spacing, most met first."""
    spellings: dict[str, Counter] = {}
    for text, count in Counter(given).items():
        spellings.setdefault(alike(text), Counter())[text] += count
    found = {min(spelled, key=lambda text: (-spelled[text], text)): spelled.total() for spelled in spellings.values()}
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def closed_options(counts: dict[str, int], asks_for_words: bool = False) -> dict[str, int] | None:
    """Return the options to show if the answers repeat as those of a closed question do, else None."""
    answered = sum(counts.values())
    repeated = {text: count for text, count in counts.items() if count > 1}
    single = len(counts) - len(repeated)
    if not repeated or len(repeated) > _MOST_OPTIONS or max(map(len, repeated)) > _LONGEST_OPTION:
        return None
    if asks_for_words and (single or len([text for text in repeated if fold(text) not in _NOTHING]) < 2):
        return None
    options, hidden = _shown(counts)
    mostly = sum(repeated.values()) >= 0.6 * answered and hidden <= 0.2 * answered
    return options if mostly and single <= max(_FEW, len(repeated), 0.1 * answered) else None


def _shown(counts: dict[str, int]) -> tuple[dict[str, int], int]:
    """Return the answers that may be shown, and how many may not: long ones met once, which may be typed."""
    longest = max([_SHORT, *(len(text) for text, count in counts.items() if count > 1)])
    repeated = sum(count > 1 for count in counts.values())
    few = len(counts) - repeated <= max(_FEW, repeated)
    options = {
        text: count
        for text, count in counts.items()
        if (count > 1 or (few and len(text) <= longest)) and not _CONTAINS_PERSON.search(text)
    }
    return options, sum(counts.values()) - sum(options.values())


# --- Several answers in one cell ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Listed:
    """Cells that list answers: what parts them, how often each was met, and how many are `hidden`.

    `other` says that some typed their own after 'Other:'; `in_order` that every cell has the same answers, in its own order.
    """

    delimiter: str
    options: dict[str, int]
    hidden: int
    other: bool = False
    in_order: bool = False


def find_listed(given: Iterable[str]) -> Listed | None:
    """Return what the cells list, None if they do not.

    The pieces have to repeat, and in other company than before: an option with a comma in it is still one option. Or all
    cells have the same ones, of three or more, in more than one order.
    """
    given = list(given)
    for delimiter in (";", "|", "\n", ","):
        cells, other = _without_typed([_split(text, delimiter) for text in given])
        cells = _joined(cells, delimiter)
        several = {tuple(map(alike, cell)) for cell in cells if len(cell) > 1}
        if len(several) < 2:
            continue
        pieces = count_answers(piece for cell in cells for piece in {alike(p): p for p in cell}.values())
        together = {frozenset(map(alike, cell)) for cell in cells}
        if len(together) == 1 and len(pieces) > 2 and all(len(cell) == len(pieces) for cell in cells):
            return Listed(delimiter, pieces, 0, in_order=True)
        repeated = sum(count for count in pieces.values() if count > 1)
        if repeated >= 0.8 * sum(pieces.values()) and len(together) >= len(pieces) and max(map(len, pieces)) <= 120:
            return Listed(delimiter, *_shown(pieces), other=other)
    return None


def _split(text: str, delimiter: str) -> list[str]:
    return [piece.strip() for piece in text.split(delimiter) if piece.strip()]


def _without_typed(cells: list[list[str]]) -> tuple[list[list[str]], bool]:
    """Return the cells with 'Other' alone in place of 'Other: ...', and whether there was any.

    What follows it in the cell was typed too, but for what stands in other cells, or before it.
    """
    typed = [next((n for n, piece in enumerate(cell) if is_typed_other(piece)), len(cell)) for cell in cells]
    known = {alike(piece) for cell, at in zip(cells, typed, strict=True) for piece in cell[:at]}
    found = [
        cell if at == len(cell) else [*cell[:at], OTHER, *(p for p in cell[at + 1 :] if alike(p) in known)]
        for cell, at in zip(cells, typed, strict=True)
    ]
    return found, found != cells


def _joined(cells: list[list[str]], delimiter: str) -> list[list[str]]:
    """Return the cells with an option that has a comma in it put together again, 'Dogs, big or small'.

    It is one where a piece in small letters always follows the same one with a capital, and that is always followed by it.
    """
    if delimiter != ",":
        return cells
    after: dict[str, set[str]] = {}
    before: dict[str, set[str]] = {}
    for cell in cells:
        for one, other in pairwise(["", *cell, ""]):
            after.setdefault(one, set()).add(other)
            before.setdefault(other, set()).add(one)
    follows = {
        other: one
        for other, firsts in before.items()
        if other[:1].islower() and len(firsts) == 1 and all(one and after[one] == {other} for one in firsts)
        for one in firsts
    }
    found = []
    for cell in cells:
        joined: list[str] = []
        for piece in cell:
            if joined and _first(piece, follows)[:1].isupper():
                joined[-1] += f"{delimiter} {piece}"
            else:
                joined.append(piece)
        found.append(joined)
    return found


def _first(piece: str, follows: dict[str, str]) -> str:
    """Return the piece to which those that always stand before this one lead back, '' where none does."""
    first = ""
    while piece in follows:
        first = piece = follows[piece]
    return first
