"""Which rows count: every row of an export gets one fate, by rules tried in a fixed order."""

import hashlib
import secrets
from datetime import date, datetime

import pandas as pd

from pipeline.definition import Rules
from pipeline.errors import ExportError
from pipeline.ingest.layouts.export import Export, fold

COUNTED = "counted"
TEST = "test entry"
UNSENT = "not submitted"
OUTSIDE = "outside the dates"
EMPTY = "empty"
REPEAT = "repeat"
FATES = (COUNTED, TEST, UNSENT, OUTSIDE, EMPTY, REPEAT)


def parse_date(text: str, date_format: str) -> datetime | None:
    """Return a cell's date in the platform's format, or as ISO 8601, which cannot be misread; None if it is neither."""
    for read in (lambda: datetime.strptime(text, date_format), lambda: datetime.fromisoformat(text)):
        try:
            return read()
        except ValueError:
            continue
    return None


def _submitted(export: Export, column: int, date_format: str) -> list[datetime | None]:
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


def _hashed(values: list[str], salt: bytes) -> list[str]:
    """Return a keyed hash of each value, '' for '': equal values can be told and nothing else; the salt is forgotten."""
    return [
        hashlib.blake2b(fold(value).encode(), key=salt, digest_size=16).hexdigest() if value else "" for value in values
    ]


def settle_fates(
    export: Export,
    ids: list[str],
    answered: list[bool],
    rules: Rules,
    submitted: int,
    date_format: str,
    opens: date | None,
    closes: date | None,
) -> tuple[pd.DataFrame, list[str]]:
    """Return a frame (row, fate, detail), a line for each row of the export in its order, and notes on rules not applied.

    `ids` are the responses' ids, `answered` says whether a row answers any question beyond who the respondent is.
    Order: test entries, rows never sent, rows outside the dates, empty rows, and among what is left the repeats.
    """
    notes = []
    rows = [row for row, _ in export.rows]
    fates, details = [COUNTED] * len(rows), [""] * len(rows)
    tests = []
    for test in rules.tests:
        column = export.column(test.column)
        if column:
            tests.append((column, {fold(value) for value in test.values}, test.column))
        else:
            notes.append(f"{export.name} has no column '{test.column}': test entries told by it were not looked for.")
    days = _submitted(export, submitted, date_format)
    for i, (_, cells) in enumerate(export.rows):
        by = next((name for column, values, name in tests if fold(cells[column - 1]) in values), None)
        if by:
            fates[i], details[i] = TEST, f"told by the column '{by}'"
        elif not any(cells):
            fates[i], details[i] = EMPTY, "a blank row"
        elif submitted and days[i] is None:
            fates[i], details[i] = UNSENT, "begun and not sent"
        elif days[i] and opens and days[i].date() < opens:
            fates[i], details[i] = OUTSIDE, f"sent before {opens:%-d %B %Y}"
        elif days[i] and closes and days[i].date() > closes:
            fates[i], details[i] = OUTSIDE, f"sent after {closes:%-d %B %Y}"
        elif not answered[i]:
            fates[i], details[i] = EMPTY, "no question answered"
    if (opens or closes) and not submitted:
        notes.append(f"{export.name} has no column that says when a response was sent: the dates were not checked.")

    # The same id is the same response exported twice, whatever the definition says of people.
    same = [("response id", ids, "latest" if rules.repeats == "keep" else rules.repeats)]
    if rules.repeats != "keep":
        salt = secrets.token_bytes(32)
        for name in rules.same_person:
            column = export.column(name)
            if column:
                same.append((name, _hashed([cells[column - 1] for _, cells in export.rows], salt), rules.repeats))
            else:
                notes.append(
                    f"{export.name} has no column '{name}': repeats of a person told by it were not looked for."
                )
    order = sorted(range(len(rows)), key=lambda i: (days[i] or datetime.min, ids[i], rows[i]))
    for name, values, keep in same:
        kept: dict[str, int] = {}
        for i in order if keep == "first" else reversed(order):
            if fates[i] != COUNTED or not values[i]:
                continue
            if values[i] in kept:
                fates[i], details[i] = REPEAT, f"same {name} as row {rows[kept[values[i]]]}, the {keep}, which counts"
            else:
                kept[values[i]] = i
    return pd.DataFrame({"row": rows, "fate": fates, "detail": details}), notes
