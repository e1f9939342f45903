"""Which rows count: every row of a channel's files gets one fate, by decisions and then by rules in a fixed order."""

import hashlib
import re
import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from pipeline.definition import Rules
from pipeline.errors import ExportError
from pipeline.ingest.decisions import KEEP, LEAVE_OUT, SAME_AS, Decisions
from pipeline.ingest.layouts.export import TEST, UNSENT, Export, fold

COUNTED = "counted"
ERASED = "erased"
LEFT_OUT = "left out by decision"
OUTSIDE = "outside the dates"
EMPTY = "empty"
PARTIAL = "partial"
REPEAT = "repeat"
FATES = (COUNTED, ERASED, LEFT_OUT, TEST, UNSENT, OUTSIDE, EMPTY, PARTIAL, REPEAT)

# What joins rows that a decision calls the same; it stands beside the names of columns in a ledger's detail.
BY_DECISION = "person by decision"


@dataclass(frozen=True)
class Submissions:
    """The rows of one file as the rules need them; every list has an entry for each row of the export.

    `ids` are the responses' ids, `has_id` whether the export gave them, and `answers` the cells of the questions asked,
    which do not say who the respondent is. `submitted` is the column that says when, 0 for none.
    """

    export: Export
    ids: list[str]
    has_id: list[bool]
    answers: list[tuple[str, ...]]
    submitted: int
    date_format: str


def parse_date(text: str, date_format: str) -> datetime | None:
    """Return a cell's date in the platform's format, or as ISO 8601, which cannot be misread; None if it is neither.

    A time zone is dropped: the day is the one that the export shows.
    """
    for read in (lambda: datetime.strptime(text, date_format), lambda: datetime.fromisoformat(text)):
        try:
            return read().replace(tzinfo=None)
        except ValueError:
            continue
    return None


def _sent(export: Export, column: int, date_format: str) -> list[datetime | None]:
    days = []
    for row, cells in export.rows:
        text = cells[column - 1] if column else ""
        day = parse_date(text, date_format) if text else None
        if text and day is None:
            written = f"as '{date_format}'" if date_format else "as year-month-day"
            raise ExportError(
                f"{export.name}, row {row}, column {column}: the date is not written {written}. "
                "Say under the channel's 'date_format' how this export writes dates."
            )
        days.append(day)
    return days


# What people type where they would rather not say; it tells nobody apart.
_NOBODY = frozenset(
    ["n/a", "na", "none", "no", "nil", "-", "x", "anonymous", "not given", "prefer not to say", "unknown"]
)


def _hashed(values: list[str], salt: bytes) -> list[str]:
    """Return a keyed hash of each value, '' for '': equal values can be told, nothing else; the salt is forgotten."""
    tells = [fold(value) if fold(value) not in _NOBODY else "" for value in values]
    return [hashlib.blake2b(text.encode(), key=salt, digest_size=16).hexdigest() if text else "" for text in tells]


def _by_id(id: str) -> tuple:
    """Return a key that sorts ids as people count: 9 before 10."""
    return tuple((part.isdigit(), int(part) if part.isdigit() else part) for part in re.split(r"(\d+)", id))


def people(same: dict[str, list[str]], eligible: list[bool]) -> list[list[int]]:
    """Return the positions of each person's rows: rows that share a value under any name, directly or through others.

    `same` maps a column's name to its values, '' for none; rows that are not eligible belong to nobody.
    """
    person = list(range(len(eligible)))

    def first(i):
        while person[i] != i:
            i = person[i]
        return i

    for values in same.values():
        seen: dict[str, int] = {}
        for i, value in enumerate(values):
            if eligible[i] and value:
                one, other = sorted((first(i), first(seen.setdefault(value, i))))
                person[other] = one
    found: dict[int, list[int]] = {}
    for i, ok in enumerate(eligible):
        if ok:
            found.setdefault(first(i), []).append(i)
    return list(found.values())


def _one_row(cells, sent, answered, tests, rules_on_dates, at_least) -> tuple[str, str]:
    """Return the fate and its reason of one row by itself."""
    opens, closes, has_dates = rules_on_dates
    by = next((name for column, values, name in tests if fold(cells[column - 1]) in values), None)
    if by:
        return TEST, f"told by the column '{by}'"
    if not any(cells):
        return EMPTY, "a blank row"
    if has_dates and sent is None:
        return UNSENT, "begun and not sent"
    if sent and opens and sent.date() < opens:
        return OUTSIDE, f"sent before {opens.day} {opens:%B %Y}"
    if sent and closes and sent.date() > closes:
        return OUTSIDE, f"sent after {closes.day} {closes:%B %Y}"
    if not answered:
        return EMPTY, "no question answered"
    if answered < at_least:
        return PARTIAL, f"{answered} answered, of the {at_least} questions that make a response"
    return COUNTED, ""


def by_decision(decisions: Decisions, respondent: str) -> tuple[str, str] | None:
    """Return the fate and its reason that the analyst decided on, before any rule; None where the rules decide."""
    if respondent in decisions.erased:
        return ERASED, ""
    if decisions.is_a(LEAVE_OUT, respondent):
        return LEFT_OUT, decisions.of(respondent).reason
    return None


def _by_themselves(file: Submissions, sent, rules: Rules, opens, closes, decisions: Decisions):
    """Return the fate of each row of a file before repeats are looked for, and notes on rules that it has no column of."""
    export, notes, tests = file.export, [], []
    for test in rules.tests:
        column = export.column(test.column)
        if column:
            tests.append((column, {fold(value) for value in test.values}, test.column))
        else:
            notes.append(f"{export.name} has no column '{test.column}': test entries told by it were not looked for.")
    if (opens or closes) and not file.submitted:
        notes.append(f"{export.name} has no column that says when a response was sent: the dates were not checked.")
    dates = (opens, closes, bool(file.submitted))
    settled = [
        by_decision(decisions, id)
        or export.verdicts.get(row)
        or _one_row(cells, when, sum(map(bool, answers)), tests, dates, rules.at_least)
        for id, when, answers, (row, cells) in zip(file.ids, sent, file.answers, export.rows, strict=True)
    ]
    return settled, notes


def _what_tells(files: list[Submissions], rules: Rules, decisions: Decisions) -> tuple[dict[str, list[str]], list[str]]:
    """Return what tells one person across a channel's files: column -> the value of each row, '' where there is none."""
    notes = []
    ids = [id for file in files for id in file.ids]
    # The same id is the same response exported twice, whatever the definition or a decision says of people.
    given = [has for file in files for has in file.has_id]
    same = {"response id": [id if has else "" for id, has in zip(ids, given, strict=True)]}
    if rules.repeats != "keep":
        salt = secrets.token_bytes(32)
        for name in rules.same_person:
            values = []
            for file in files:
                column = file.export.column(name)
                if not column:
                    notes.append(f"{file.export.name} has no column '{name}': repeats told by it were not looked for.")
                values += [cells[column - 1] if column else "" for _, cells in file.export.rows]
            hashed = _hashed(values, salt)
            same[name] = ["" if decisions.is_a(KEEP, id) else value for id, value in zip(ids, hashed, strict=True)]
    same[BY_DECISION] = [decisions.person(id) for id in ids]
    return same, notes


def _numbered_anew(files: list[Submissions], settled) -> list[str]:
    """Return a note for two files that give an id to other answers: two responses, where each file numbers its own."""
    notes = []
    fates = iter(settled)
    seen: dict[str, tuple[str, tuple[str, ...]]] = {}
    differ: Counter[tuple[str, str]] = Counter()
    for file in files:
        name = file.export.name
        for id, has, answers in zip(file.ids, file.has_id, file.answers, strict=True):
            fate, _ = next(fates)
            if has and fate == COUNTED:
                first, theirs = seen.setdefault(id, (name, answers))
                differ[first, name] += first != name and theirs != answers
    for (first, name), number in differ.items():
        if number:
            notes.append(
                f"{first} and {name} share {number} id{'s' * (number != 1)} over different answers, taken as the same "
                "response sent again: if each file numbers its own responses, give each a channel of its own."
            )
    return notes


def settle_fates(
    files: list[Submissions],
    rules: Rules,
    opens: date | None = None,
    closes: date | None = None,
    decisions: Decisions | None = None,
) -> tuple[pd.DataFrame, list[str]]:
    """Return a frame (file, row, respondent, fate, detail) of every row of a channel's files, and notes on rules.

    Order: what the analyst decided, what the platform itself says of a row, test entries, blank rows, rows never sent,
    rows outside the dates, rows that answer nothing or too little, and among what is left the repeats, told across the
    files: of each person the latest sent counts (then the higher id, then the later file and row), or the first. Who is
    the same as an erased respondent is erased too.
    """
    decisions = decisions or Decisions()
    settled, sent, notes = [], [], []
    for file in files:
        when = _sent(file.export, file.submitted, file.date_format)
        mine, said = _by_themselves(file, when, rules, opens, closes, decisions)
        settled, sent, notes = settled + mine, sent + when, notes + said
    same, said = _what_tells(files, rules, decisions)
    notes += said + _numbered_anew(files, settled)
    ids = [id for file in files for id in file.ids]
    places = [(number, row) for number, file in enumerate(files) for row, _ in file.export.rows]
    names = [files[number].export.name for number, _ in places]

    taken = 0
    shared = {name: Counter(values) for name, values in same.items()}
    for mine in people(same, [fate in (COUNTED, ERASED) for fate, _ in settled]):
        if any(settled[i][0] == ERASED for i in mine):
            taken += sum(settled[i][0] != ERASED for i in mine)
            for i in mine:
                settled[i] = (ERASED, "")
            continue
        mine.sort(key=lambda i: (sent[i] or datetime.min, _by_id(ids[i]), places[i]), reverse=rules.repeats == "first")
        standing = _standing(mine, ids, decisions)
        for i in mine:
            if decisions.is_a(SAME_AS, ids[i]):
                settled[i] = (REPEAT, decisions.same_as(ids[i]))
            elif i not in standing:
                told = [name for name, values in same.items() if values[i] and shared[name][values[i]] > 1]
                kept = f"row {places[standing[-1]][1]}" + f" of {names[standing[-1]]}" * (len(files) > 1)
                which = "kept by decision" if decisions.is_a(KEEP, ids[standing[-1]]) else f"the {_which(rules)}"
                settled[i] = (REPEAT, f"same {' and '.join(told)} as others; {kept}, {which}, counts")
    if taken:
        more = f"{taken} more row{'s were' if taken != 1 else ' was'}"
        notes.append(f"{more} erased, told to be of a respondent whom a decision erases.")
    fates = pd.DataFrame(
        {
            "file": names,
            "row": [row for _, row in places],
            "respondent": ids,
            "fate": [fate for fate, _ in settled],
            "detail": [detail for _, detail in settled],
        }
    )
    return fates, notes


def _which(rules: Rules) -> str:
    return "first" if rules.repeats == "first" else "latest"


def _standing(mine: list[int], ids: list[str], decisions: Decisions) -> list[int]:
    """Return which of one person's rows count: those kept by decision, once an id, else the last not called a repeat.

    `mine` are the rows' positions, the one to prefer last.
    """
    kept = {ids[i]: i for i in mine if decisions.is_a(KEEP, ids[i])}
    return list(kept.values()) or [i for i in mine if not decisions.is_a(SAME_AS, ids[i])][-1:]
