"""Which rows count: every row of an export gets one fate, by rules tried in a fixed order."""

import hashlib
import re
import secrets
from collections import Counter
from datetime import date, datetime

import pandas as pd

from pipeline.definition import Rules
from pipeline.errors import ExportError
from pipeline.ingest.layouts.export import TEST, UNSENT, Export, fold

COUNTED = "counted"
OUTSIDE = "outside the dates"
EMPTY = "empty"
REPEAT = "repeat"
FATES = (COUNTED, TEST, UNSENT, OUTSIDE, EMPTY, REPEAT)


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


def _one_row(cells, sent, answered, tests, rules_on_dates) -> tuple[str, str]:
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
    return COUNTED, ""


def settle_fates(
    export: Export,
    ids: list[str],
    has_id: list[bool],
    answered: list[bool],
    rules: Rules,
    submitted: int,
    date_format: str,
    opens: date | None,
    closes: date | None,
) -> tuple[pd.DataFrame, list[str]]:
    """Return a frame (row, fate, detail), a line for each row of the export in its order, and notes on rules not applied.

    `ids` are the responses' ids, `has_id` whether the export gave them, `answered` whether a row answers any question
    beyond who the respondent is. Order: what the platform itself says of a row, test entries, blank rows, rows never
    sent, rows outside the dates, rows that answer nothing, and among what is left the repeats: of each person the
    latest sent counts (then the higher id, then the later row), or the first.
    """
    notes, tests = [], []
    for test in rules.tests:
        column = export.column(test.column)
        if column:
            tests.append((column, {fold(value) for value in test.values}, test.column))
        else:
            notes.append(f"{export.name} has no column '{test.column}': test entries told by it were not looked for.")
    if (opens or closes) and not submitted:
        notes.append(f"{export.name} has no column that says when a response was sent: the dates were not checked.")
    rows = [row for row, _ in export.rows]
    sent = _sent(export, submitted, date_format)
    settled = [
        export.verdicts.get(row) or _one_row(cells, sent[i], answered[i], tests, (opens, closes, bool(submitted)))
        for i, (row, cells) in enumerate(export.rows)
    ]

    # The same id is the same response exported twice, whatever the definition says of people.
    same = {"response id": [id if given else "" for id, given in zip(ids, has_id, strict=True)]}
    if rules.repeats != "keep":
        salt = secrets.token_bytes(32)
        for name in rules.same_person:
            column = export.column(name)
            if column:
                same[name] = _hashed([cells[column - 1] for _, cells in export.rows], salt)
            else:
                notes.append(f"{export.name} has no column '{name}': repeats told by it were not looked for.")
    shared = {name: Counter(values) for name, values in same.items()}
    for mine in people(same, [fate == COUNTED for fate, _ in settled]):
        mine.sort(key=lambda i: (sent[i] or datetime.min, _by_id(ids[i]), rows[i]))
        kept = mine[0] if rules.repeats == "first" else mine[-1]
        which = "first" if rules.repeats == "first" else "latest"
        for i in mine:
            if i != kept:
                names = [name for name, values in same.items() if values[i] and shared[name][values[i]] > 1]
                settled[i] = (REPEAT, f"same {' and '.join(names)} as others; row {rows[kept]}, the {which}, counts")
    fates = pd.DataFrame({"row": rows, "fate": [f for f, _ in settled], "detail": [d for _, d in settled]})
    return fates, notes
