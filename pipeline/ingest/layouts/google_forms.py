"""Google Forms' CSV, from its sheet or from the form itself: 'Timestamp', an email address if it was asked, questions.

Seen in real files: one header row, UTF-8; a sheet's timestamps as month/day/year, and in the words of a script
('Mon Sep 08 2025 13:58:23 GMT-0500 (...)'); the form's own download with '2020/10/30 3:08:44 PM GMT+1'; ticked boxes in
one cell, joined by ', ' in a sheet and by ';' in the form's download. Read in a published reader: 'Question [Row]' for a
grid. Believed: a sheet writes dates as its locale does, so that a British one is day-first.
"""

import re
from datetime import datetime

from pipeline.errors import ExportError
from pipeline.ingest.files import Sheet
from pipeline.ingest.layouts.export import (
    Export,
    Heading,
    data_rows,
    fold,
    heading_text,
    one_row_heading,
    without_trailing_blanks,
)
from pipeline.ingest.layouts.plain import NO_ANSWER

DATE_FORMAT = "%m/%d/%Y %H:%M:%S"
EMAILS = ("email address", "username")

# Timestamps with the year or the month's name first: they can be read in one way only. The time zone is not kept.
_PLAIN_DATES = (
    (re.compile(r"(\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d\d:\d\d [AP]M)\b.*"), "%Y/%m/%d %I:%M:%S %p"),
    (re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2} \d\d \d{4} \d\d:\d\d:\d\d) GMT.*"), "%b %d %Y %H:%M:%S"),
)
_GRID = re.compile(r"(.*\S)\s*\[((?:[^\[\]]|\[[^\[\]]*\])+)\]")


def recognises(rows: list[list[str]]) -> bool:
    """Say whether the first column is 'Timestamp' and others follow."""
    return bool(rows) and len(rows[0]) > 1 and fold(heading_text(rows[0][0])) == "timestamp"


def _iso(cell: str) -> str:
    """Return a timestamp that can be read in one way only as ISO 8601, any other as it stands."""
    for form, date_format in _PLAIN_DATES:
        if found := form.fullmatch(cell):
            try:
                return datetime.strptime(found.group(1), date_format).isoformat(sep=" ")
            except ValueError:
                return cell
    return cell


def _headings(top: list[str]) -> tuple[Heading, ...]:
    """Return a heading for each column; 'Question [Row]' is a row of a grid where the question has other rows too."""
    grids = [_GRID.fullmatch(text) for text in top]
    rows: dict[str, set[str]] = {}
    for found in grids:
        if found:
            rows.setdefault(found.group(1), set()).add(found.group(2))
    return tuple(
        Heading(column, *found.groups(), whole=text)
        if found and len(rows[found.group(1)]) > 1
        else one_row_heading(column, text)
        for column, (text, found) in enumerate(zip(top, grids, strict=True), start=1)
    )


def read(sheet: Sheet, name: str) -> Export:
    """Return the sheet as an Export with one header row. Raises ExportError if it does not begin with 'Timestamp'."""
    if not recognises(sheet.rows):
        raise ExportError(f"{name} does not begin with the column 'Timestamp', as Google Forms' exports do.")
    top = without_trailing_blanks([heading_text(cell) for cell in sheet.rows[0]])
    emails = frozenset(number for number, text in enumerate(top[:2], start=1) if fold(text) in EMAILS)
    return Export(
        name=name,
        platform="google_forms",
        encoding=sheet.encoding,
        header_rows=1,
        headings=_headings(top),
        rows=tuple((row, (_iso(cells[0]), *cells[1:])) for row, cells in data_rows(sheet.rows, 2, len(top), NO_ANSWER)),
        submitted=1,
        date_format=DATE_FORMAT,
        metadata=emails | {1},
        personal=emails,
    )
