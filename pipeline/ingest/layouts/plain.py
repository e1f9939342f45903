"""Any table under one row of headings, or two: CSV, TSV or a workbook's first sheet that has rows.

Two rows are told by what only a heading can be: the first row has blanks, every one of them has text beneath, and the
columns that would tell a response (its id, its date, a name; the first column where none of these is known) have none,
or the second row itself begins with the heading of an id or a date. The first row's text then goes on over the blanks to
its right, and the second row has the parts. A blank row under the headings belongs to them. Published readers name these
three forms as those seen in practice; no file was at hand.

An 'Other' column is told by its ending: 'Which are you? [Other (please specify)]' or 'Which are you? - Other'. The
response's id and date are taken from the columns that the definition names, else from well-known headings.
"""

from pipeline.ingest.files import Sheet
from pipeline.ingest.layouts.export import (
    IDS,
    PERSONAL,
    SUBMITTED,
    Export,
    Heading,
    data_rows,
    fold,
    heading_text,
    one_row_heading,
)

# People and platforms write a dash where there is nothing.
NO_ANSWER = frozenset(["-", "–", "—"])

_KNOWN = PERSONAL.union(IDS, SUBMITTED)


def recognises(rows: list[list[str]]) -> bool:
    """Say yes to anything: this layout is asked last."""
    return bool(rows)


def read(sheet: Sheet, name: str) -> Export:
    """Return the sheet as an Export with one header row, or two where it has a second of headings or a blank one.

    Raises ExportError for a row that is longer than the headings.
    """
    top, *below = ([heading_text(cell) for cell in row] for row in sheet.rows[:3])
    tiers = 2 if below and _is_second_tier(top, below[0]) else 1
    header_rows = tiers + (len(below) >= tiers and not any(below[tiers - 1]))
    headings = _two_tiers(top, below[0]) if tiers == 2 else _one_tier(top)
    folded = ["" if heading.part else fold(heading.question) for heading in headings]
    found = {
        role: next((folded.index(known) + 1 for known in names if known in folded), 0)
        for role, names in (("id", IDS), ("submitted", SUBMITTED))
    }
    personal = frozenset(h.column for h in headings if fold(h.part or h.question) in PERSONAL)
    return Export(
        name=name,
        platform="plain",
        encoding=sheet.encoding,
        header_rows=header_rows,
        headings=headings,
        rows=data_rows(sheet.rows, header_rows + 1, len(headings), NO_ANSWER),
        id=found["id"],
        submitted=found["submitted"],
        metadata=personal,
        personal=personal,
    )


def _is_second_tier(top: list[str], second: list[str]) -> bool:
    """Say whether the second row continues the headings: see the module's first lines."""
    width = _filled_width(top, second)
    top, second = _padded(top, width), _padded(second, width)
    blanks = [column for column in range(width) if not top[column]]
    if not any(top) or not blanks or not all(second[column] for column in blanks):
        return False
    if blanks[0] == 0 or fold(second[0]) in (*IDS, *SUBMITTED):
        return fold(second[0]) in _KNOWN
    known = [column for column in range(width) if fold(top[column]) in _KNOWN]
    return not any(second[column] for column in known or [0])


def _one_tier(top: list[str]) -> tuple[Heading, ...]:
    return tuple(one_row_heading(column, text) for column, text in enumerate(top[: _filled_width(top)], start=1))


def _two_tiers(top: list[str], second: list[str]) -> tuple[Heading, ...]:
    width = _filled_width(top, second)
    headings, question = [], ""
    for column, (text, part) in enumerate(zip(_padded(top, width), _padded(second, width), strict=True), start=1):
        question = text or question
        own = not question or (question == top[0] and fold(part) in _KNOWN)  # as an 'ID' under 'Respondent'
        headings.append(Heading(column, part) if own and part else Heading(column, question, part))
    return tuple(headings)


def _filled_width(*rows: list[str]) -> int:
    """Return the number of the last column that has text in any of the rows."""
    return max((column for row in rows for column, text in enumerate(row, start=1) if text), default=0)


def _padded(row: list[str], width: int) -> list[str]:
    return (row + [""] * width)[:width]
