"""Microsoft Forms' workbook: one header row that begins with the response's id, its times, and who sent it.

Seen in real files: the first five columns; the answers on a sheet of any name, after an empty visible one and a hidden
one; non-breaking spaces in headings; true dates. Read in others' readers and samples: a number after a title that stands
already ('Rating2', 'Name1'), 'Column1' for a heading that Excel made up, 'Language' and 'Last modified time', a quiz's columns
('Total points', 'Quiz feedback', 'Points - …', 'Feedback - …'), 'anonymous' in place of an address, and the choices of a
multi-select parted and ended by ';' in one cell, which is kept as it stands. Only believed: a column for each statement of a
Likert block, without the block's title; 'Grade posted time'.
"""

import re

from pipeline.errors import ExportError
from pipeline.ingest.files import Sheet
from pipeline.ingest.layouts.export import PERSONAL, Export, Heading, clean, data_rows, fold, without_trailing_blanks

SIGNATURE = ("id", "start time", "completion time", "email", "name")
# What may follow the signature, before the first question.
FURTHER = frozenset(["language", "last modified time", "total points", "quiz feedback", "grade posted time"])
MARKS = ("points - ", "feedback - ")
_MADE_UP = re.compile(r"column\d+")
_REPEATED = re.compile(r"\d+$")


def recognises(rows: list[list[str]]) -> bool:
    """Say whether the first row begins with Microsoft Forms' own columns, in their order."""
    return bool(rows) and tuple(fold(cell) for cell in rows[0][: len(SIGNATURE)]) == SIGNATURE


def read(sheet: Sheet, name: str) -> Export:
    """Return the sheet as an Export with one header row.

    Raises ExportError if it does not begin with the platform's own columns, or a row has more cells than there are headings.
    """
    if not recognises(sheet.rows):
        raise ExportError(
            f"{name} does not begin with Microsoft Forms' own columns ({', '.join(SIGNATURE)}). Download the workbook from "
            "the form again, or name the platform 'plain' if its columns were changed."
        )
    top = without_trailing_blanks([" ".join(clean(cell).split()) for cell in sheet.rows[0]])
    folded = [fold(text) for text in top]
    return Export(
        name=name,
        platform="microsoft_forms",
        encoding=sheet.encoding,
        header_rows=1,
        headings=tuple(Heading(column, text) for column, text in enumerate(top, start=1)),
        rows=data_rows(sheet.rows, 2, len(top)),
        id=1,
        submitted=3,
        metadata=_own_columns(folded),
        # A form that asks for a name itself has it under 'Name1' or 'Name2', because 'Name' stands already.
        personal=frozenset(
            column for column, text in enumerate(folded, start=1) if {text, _REPEATED.sub("", text)} & PERSONAL
        ),
    )


def _own_columns(folded: list[str]) -> frozenset[int]:
    """Return the numbers of the platform's own columns: the first ones, marks for a question, and what Excel made up."""
    first = len(SIGNATURE)
    while first < len(folded) and folded[first] in FURTHER:
        first += 1
    marked = {mark + text for mark in MARKS for text in folded}
    later = (
        column
        for column, text in enumerate(folded, start=1)
        if column > first and (text in marked or _MADE_UP.fullmatch(text))
    )
    return frozenset([*range(1, first + 1), *later])
