"""SmartSurvey's CSV and XLSX: one header row where every question is simple, three as soon as one has parts.

The three rows are the question (blank over its further columns), the part ('Answer', 'Other (please specify)', an
option) and a third level used by matrices. Where somebody took the third row out, which is blank but for matrices, two
are read. Seen: the metadata columns, their order, '-' for no answer, '@SQ@' for an apostrophe in files made by the
interface for programs, day-first dates, rows shorter than the headings. In the one-row form an 'Other' text stands in
place of the option. The three-row form is known from published readers of it and not yet verified against a real export;
that a row of a matrix goes on over the blanks to its right is only believed.
"""

from pipeline.errors import ExportError
from pipeline.ingest.files import Sheet
from pipeline.ingest.layouts.export import Export, Heading, data_rows, fold, heading_text, one_row_heading

SIGNATURE = ("userid", "userno", "name", "email", "ip address", "unique id", "started", "ended")
NO_ANSWER = frozenset(["-", ".", "NA"])
DATE_FORMAT = "%d/%m/%Y %H:%M:%S"


def recognises(rows: list[list[str]]) -> bool:
    """Say whether the first row begins with SmartSurvey's own columns, in their order."""
    return bool(rows) and tuple(fold(heading_text(cell)) for cell in rows[0][: len(SIGNATURE)]) == SIGNATURE


def read(sheet: Sheet, name: str) -> Export:
    """Return the sheet as an Export: the rows under the first with nothing in SmartSurvey's own columns are headings too.

    Raises ExportError if the first row is not SmartSurvey's, or a row is longer than the headings.
    """
    if not recognises(sheet.rows):
        raise ExportError(f"{name} does not begin with SmartSurvey's own columns ({', '.join(SIGNATURE)}).")
    rows = [[cell.replace("@SQ@", "'") for cell in row] for row in sheet.rows]
    header_rows = _header_rows(rows)
    if header_rows > 1 and len(rows) > header_rows and not any(_own(row) for row in rows[header_rows:]):
        raise ExportError(
            f"{name} has nothing in SmartSurvey's own columns below the headings, so that headings and responses cannot be "
            "told apart. Export it again with them, or name the platform 'plain'."
        )
    headings = _headings([[heading_text(cell) for cell in row] for row in rows[:header_rows]])
    metadata = len(SIGNATURE) + (len(headings) > 8 and fold(headings[8].question) == "tracking link")
    return Export(
        name=name,
        platform="smartsurvey",
        encoding=sheet.encoding,
        header_rows=header_rows,
        headings=headings,
        rows=data_rows(rows, header_rows + 1, len(headings), NO_ANSWER),
        id=1,
        submitted=8,
        date_format=DATE_FORMAT,
        metadata=frozenset(range(1, metadata + 1)),
    )


def _own(row: list[str]) -> bool:
    return any(cell.strip() for cell in row[: len(SIGNATURE)])


def _header_rows(rows: list[list[str]]) -> int:
    """Return 1, and with it up to two rows that have parts or nothing at all and none of SmartSurvey's own columns."""
    own = [_own(row) for row in rows[1:3]]
    if not own or own[0]:
        return 1
    parts = any(cell.strip() for cell in rows[1])
    return 3 if parts and own[1:] == [False] else 2


def _headings(tiers: list[list[str]]) -> tuple[Heading, ...]:
    """Return the headings of columns that have any text in the header rows, up to the last of them."""
    width = max(column for tier in tiers for column, text in enumerate(tier, start=1) if text)
    top, middle, bottom = ((tier + [""] * width)[:width] for tier in [*tiers, [], []][:3])
    if not any(middle):
        return tuple(one_row_heading(column, text) for column, text in enumerate(top, start=1))
    headings, question, row = [], "", ""
    for column, (text, part, level) in enumerate(zip(top, middle, bottom, strict=True), start=1):
        if text or part or not level:
            row = part  # the third level stands beside a row of a matrix, and beside no other question's
        if text or part or level:
            question = text or question
        headings.append(Heading(column, question if text or part or level else "", f"{row} {level}".strip()))
    return tuple(headings)
