"""SmartSurvey's CSV and XLSX: one header row where every question is simple, three as soon as one has parts.

The three rows are the question (blank over its further columns), the part ('Answer', 'Other (please specify)', an
option) and a third level used by matrices. Seen: the metadata columns, their order, '-' for no answer, '@SQ@' for an
apostrophe in files made by the interface for programs, day-first dates. The three-row form is known from published
readers of it and not yet verified against a real export.
"""

from pipeline.errors import ExportError
from pipeline.ingest.files import Sheet
from pipeline.ingest.layouts.export import Export, Heading, data_rows, fold, one_row_heading

SIGNATURE = ("userid", "userno", "name", "email", "ip address", "unique id", "started", "ended")
NO_ANSWER = frozenset(["-", ".", "NA"])
DATE_FORMAT = "%d/%m/%Y %H:%M:%S"


def recognises(rows: list[list[str]]) -> bool:
    """Say whether the first row begins with SmartSurvey's own columns, in their order."""
    return bool(rows) and tuple(fold(cell) for cell in rows[0][: len(SIGNATURE)]) == SIGNATURE


def read(sheet: Sheet, name: str) -> Export:
    """Return the sheet as an Export: three header rows if the second and third have nothing in the first column, else one."""
    if not recognises(sheet.rows):
        raise ExportError(f"{name} does not begin with SmartSurvey's own columns ({', '.join(SIGNATURE)}).")
    rows = [[cell.replace("@SQ@", "'") for cell in row] for row in sheet.rows]
    header_rows = 3 if len(rows) > 2 and not any(row and row[0].strip() for row in rows[1:3]) else 1
    width = max(len(row) for row in rows[:header_rows])
    top, middle, bottom = ([*row, *[""] * width][:width] for row in [*rows[:header_rows], [], []][:3])
    headings, question = [], ""
    for column in range(width):
        question = top[column].strip() or question
        part = " ".join(text.strip() for text in (middle[column], bottom[column]) if text.strip())
        headings.append(Heading(column + 1, question, part))
    if header_rows == 1:
        headings = [one_row_heading(heading.column, heading.question) for heading in headings]
    metadata = len(SIGNATURE) + (width > 8 and fold(top[8]) == "tracking link")
    return Export(
        name=name,
        platform="smartsurvey",
        encoding=sheet.encoding,
        header_rows=header_rows,
        headings=tuple(headings),
        rows=data_rows(name, rows, header_rows + 1, width, NO_ANSWER),
        id=1,
        submitted=8,
        date_format=DATE_FORMAT,
        metadata=frozenset(range(1, metadata + 1)),
    )
