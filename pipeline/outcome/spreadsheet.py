"""The workbook as XLSX: the one door to gptables.

gptables takes some marks in text for its own: `[words](address)` becomes a link, `$$name$$` the number of a note, and a cell
without a letter from A to Z or a digit is refused. Text is given to it as rich text of one piece, which it writes as it is.
"""

import re
import warnings
from datetime import datetime
from pathlib import Path

from pipeline.outcome.sheets import (
    ABOUT_DATA,
    ABOUT_WORKBOOK,
    COVER,
    COVER_WIDTH,
    LINE_HEIGHT,
    Book,
    Sheet,
    is_number,
)
from pipeline.outcome.tables import SHORTHAND

_FORMATS = {0: "#,##0", 1: "#,##0.0", None: "General"}
# A column's width is counted in digits of the default font; ours is larger.
_DIGITS_A_CHARACTER = 1.2
_A4 = 9


def write_workbook(book: Book, path: Path) -> None:
    """Write a workbook as XLSX."""
    with warnings.catch_warnings():
        # gptables' own housekeeping: a theme file left open, pandas' coming changes, a notes sheet that we make ourselves.
        warnings.simplefilter("ignore")
        # What XlsxWriter warns of, it has left out.
        warnings.filterwarnings("error", category=UserWarning, module="xlsxwriter")
        _write(book, path)


def _write(book: Book, path: Path) -> None:
    import gptables

    workbook = gptables.produce_workbook(
        filename=str(path),
        sheets={sheet.name: _gptable(sheet) for sheet in book.sheets},
        cover=gptables.Cover(
            title=_cell(book.title),
            intro=[_literal(line) for line in book.cover[ABOUT_WORKBOOK]],
            about=[_literal(line) for line in book.cover[ABOUT_DATA]],
            cover_label=COVER,
            width=COVER_WIDTH * _DIGITS_A_CHARACTER,
        ),
        contentsheet_label=None,
        auto_width=False,
        # Text that begins with = or http: stays text.
        workbook_options={"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    for sheet in book.sheets:
        page = workbook.get_worksheet_by_name(sheet.name)
        for number, width in enumerate(sheet.widths):
            page.set_column(number, number, width * _DIGITS_A_CHARACTER)
        for row, lines in enumerate(sheet.heights, start=len(sheet.lines) + 1):
            page.set_row(row, lines * LINE_HEIGHT)
    for row, (_, _, height) in enumerate(book.cover_rows):
        workbook.get_worksheet_by_name(COVER).set_row(row, height)
    for page in workbook.worksheets():
        page.set_paper(_A4)
        page.set_landscape()
        page.fit_to_pages(1, 0)
    workbook.set_properties(
        {
            "title": book.title,
            "author": book.department,
            "subject": book.subject,
            "keywords": book.keywords,
            "comments": book.description,
            "created": datetime(2000, 1, 1),  # no clock: the same input gives the same bytes
        }
    )
    workbook.close()


def _gptable(sheet: Sheet):
    import gptables

    frame = sheet.frame.astype(object).map(_cell)
    if sheet.leads:
        first = frame.columns[0]
        frame[first] = [{name: f"internal:'{name}'!A1"} for name in sheet.frame[first]]
    formats = [{"row": {"rows": list(range(1, len(frame) + 1)), "format": {"valign": "top"}}}]
    for number, heading in enumerate(frame):
        if sheet.numeric(heading):
            look = {"num_format": _FORMATS[sheet.places(heading)], "align": "right"}
            formats.append({"column": {"columns": [number], "format": look}})
        elif sheet.apart(heading):
            formats.append({"column": {"columns": [number], "format": {"indent": 1}}})
    # The headings are put in afterwards: gptables refuses '$$' in them.
    table = gptables.GPTable(
        table=frame.set_axis([f"column {number}" for number in range(frame.shape[1])], axis=1),
        table_name=sheet.table,
        title=_literal(sheet.title),
        instructions=_literal(sheet.lines[0]),
        legend=[_literal(line) for line in sheet.lines[1:]],
        index_columns={},
        additional_formatting=formats,
    )
    table.table.columns = frame.columns
    return table


def _literal(text: str) -> list:
    """Return text as gptables' rich text, cut between two dollars so that it sees no mark of a note in it."""
    return [part for piece in re.split(r"(?<=\$)(?=\$)", text) for part in ({}, piece)]


def _cell(value):
    """Return a number or shorthand as it is, and other text as rich text of one piece."""
    from gptables.core.gptable import FormatList

    return value if is_number(value) or value in SHORTHAND else FormatList([{}, value])
