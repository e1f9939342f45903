"""What stands on the sheets of the workbook, whatever its format: a cover, the contents, the notes and one table a sheet.

The rules are those of the Analysis Function's guidance on releasing statistics in spreadsheets: a title in A1, what a reader
must know above the table in column A, one table a sheet with one row of headings, nothing merged, hidden or below it.
"""

import re
import textwrap
import unicodedata
from dataclasses import dataclass

import pandas as pd

from pipeline.outcome.outcomes import Outcome
from pipeline.outcome.tables import ROUNDED, SHORTHAND, Table, source_line
from pipeline.outcome.wording import counted, long_date

COVER, CONTENTS, NOTES = "Cover", "Contents", "Notes"
# The headings that gptables gives the parts of a cover.
ABOUT_WORKBOOK, ABOUT_DATA = "Introductory information", "About these data"
_ONE_TABLE = "This worksheet contains one table."
# In characters: a wider column wraps; a longer line above a table is broken after its sentences.
WIDEST, WIDEST_IN_FRONT, NARROWEST, LONGEST_LINE, COVER_WIDTH = 70, 95, 15, 120, 85
# In points: the height of a line of 12-point text with its leading, and of the space above a heading of the cover.
LINE_HEIGHT, SPACE_ABOVE = 16, 14
# How much wider the letters of headings are than those of text: bold ones in a table, and larger ones on the cover.
_BOLD, _LARGE, _LARGEST = 1.15, 1.35, 1.55


@dataclass(frozen=True)
class Sheet:
    """A sheet from A1 down: its title, `lines` of text in column A, and `frame` as a table called `table`.

    `name` is the tab's. Where `leads`, each cell of the first column names a sheet and leads to it. A column is no wider than
    `widest` characters.
    """

    name: str
    title: str
    lines: tuple[str, ...]
    table: str
    frame: pd.DataFrame
    leads: bool = False
    widest: int = WIDEST

    @property
    def widths(self) -> list[int]:
        """Each column's width in characters: what its cells need, and its heading's words on two or three lines."""
        widths = []
        for heading in self.frame:
            cells = max(_breadth(str(cell)) + 1 for cell in self.frame[heading])
            words = max(_breadth(heading) / 2, *(_breadth(word) for word in heading.split())) * _BOLD + 1
            widths.append(min(max(round(cells), round(words), NARROWEST), self.widest))
        return widths

    @property
    def heights(self) -> list[int]:
        """The lines of text that each row of the table needs, its headings first: programs do not all measure them."""
        widths = self.widths
        headings = [_lines_needed(heading, width, _BOLD) for heading, width in zip(self.frame, widths, strict=True)]
        rows = [
            [_lines_needed(str(cell), width) for cell, width in zip(row, widths, strict=True)]
            for row in self.frame.itertuples(index=False, name=None)
        ]
        return [max(row) for row in (headings, *rows)]

    def apart(self, heading: str) -> bool:
        """Say whether a column of text stands right of one of numbers, which would touch it."""
        before = list(self.frame).index(heading) - 1
        return before >= 0 and not self.numeric(heading) and self.numeric(self.frame.columns[before])

    def places(self, heading: str) -> int | None:
        """Return the decimal places of a column: 0 or 1, or None where counts and shares stand in it together."""
        numbers = [float(cell) for cell in self.frame[heading] if is_number(cell)]
        if all(number.is_integer() for number in numbers):
            return 0
        return 1 if "percentage" in heading.lower() else None

    def numeric(self, heading: str) -> bool:
        """Say whether a column holds numbers, with shorthand at most beside them."""
        return all(is_number(cell) or cell in SHORTHAND for cell in self.frame[heading])


@dataclass(frozen=True)
class Book:
    """A workbook: the properties of the document, the parts of the cover by heading, and the sheets after it."""

    title: str
    department: str
    subject: str
    keywords: str
    description: str
    cover: dict[str, tuple[str, ...]]
    sheets: tuple[Sheet, ...]

    @property
    def cover_rows(self) -> list[tuple[str, str, int]]:
        """Each row of the cover: 'title', 'heading' or 'text', what it says, and its height in points."""
        high = _lines_needed(self.title, COVER_WIDTH, _LARGEST) * LINE_HEIGHT * _LARGE
        rows = [("title", self.title, int(high))]
        for heading, lines in self.cover.items():
            rows.append(("heading", heading, int(LINE_HEIGHT * _LARGE) + SPACE_ABOVE))
            rows += [("text", line, _lines_needed(line, COVER_WIDTH) * LINE_HEIGHT) for line in lines]
        return rows


def _breadth(text: str) -> float:
    """Return how many small letters a text is as wide as."""
    capitals = sum(character.isupper() for character in text)
    return len(text) + 0.4 * capitals + sum(unicodedata.east_asian_width(character) in "WF" for character in text)


def _lines_needed(text: str, width: int, larger: float = 1) -> int:
    fit = int(width / larger * (len(text) + 1) / (_breadth(text) + 1))
    return sum(max(1, len(textwrap.wrap(line, fit))) for line in text.split("\n"))


def is_number(cell) -> bool:
    """Say whether a cell of a table is a number."""
    return not isinstance(cell, str)


def lay_out(outcome: Outcome, tables: list[Table]) -> Book:
    """Return the workbook of an outcome's tables: sheets called Table_1, Table_2 and so on in order, after the front ones."""
    consultation, source = outcome.consultation, source_line(outcome)
    shared = shared_notes(tables)
    sheets = [_table_sheet(number, table, list(shared)) for number, table in enumerate(tables, start=1)]
    if shared:
        sheets.insert(0, _notes_sheet(shared, source))
    return Book(
        title=consultation.title,
        department=consultation.department,
        subject="Consultation outcome tables",
        keywords=", ".join(filter(None, ["consultation outcome", "statistical tables", consultation.department])),
        description=source,
        cover=_cover(outcome, tables, sheets),
        sheets=(_contents_sheet(sheets, tables, source), *sheets),
    )


def _cover(outcome: Outcome, tables: list[Table], sheets: list[Sheet]) -> dict[str, tuple[str, ...]]:
    # Short lines: a cover's row does not grow with its text in every program.
    consultation = outcome.consultation
    front = " and ".join([CONTENTS, *(sheet.name for sheet in sheets if sheet.name == NOTES)])
    workbook = [
        "Tables of the consultation outcome",
        *filter(None, [consultation.department]),
        f"{counted(len(tables), 'table')}, one a worksheet, after the {front}.",
    ]
    data = []
    if consultation.opens and consultation.closes:
        dates = f"{long_date(consultation.opens)} to {long_date(consultation.closes)}"
        data.append(f"The consultation was open from {dates}.")
    if consultation.data_note:
        data.append(f"Data: {consultation.data_note}.")
    data += [
        ROUNDED,
        "Respondents chose to take part, so the numbers describe them and nobody else.",
        "Shorthand in square brackets is explained above the table in which it stands.",
    ]
    return {ABOUT_WORKBOOK: tuple(workbook), ABOUT_DATA: tuple(data)}


def _contents_sheet(sheets: list[Sheet], tables: list[Table], source: str) -> Sheet:
    titles = [f"Table {number}: {table.title}" for number, table in enumerate(tables, start=1)]
    if len(sheets) > len(tables):
        titles.insert(0, "Notes that hold for several tables")
    frame = pd.DataFrame({"Sheet name": [sheet.name for sheet in sheets], "Table description": titles})
    lines = (_ONE_TABLE, "Each sheet name leads to its sheet.", source)
    return Sheet(CONTENTS, "Table of contents", lines, "contents_table", frame, leads=True, widest=WIDEST_IN_FRONT)


def shared_notes(tables: list[Table]) -> dict[str, list[int]]:
    """Return the notes that stand above several tables, in order of appearance, and these tables' numbers from 1."""
    places: dict[str, list[int]] = {}
    for number, table in enumerate(tables, start=1):
        for note in dict.fromkeys(table.notes):
            places.setdefault(note, []).append(number)
    return {note: numbers for note, numbers in places.items() if len(numbers) > 1}


def _notes_sheet(shared: dict[str, list[int]], source: str) -> Sheet:
    frame = pd.DataFrame(
        {
            "Note number": [_marker(number) for number in range(1, len(shared) + 1)],
            "Note text": list(shared),
            "Tables": [_ranges(numbers) for numbers in shared.values()],
        }
    )
    lines = (_ONE_TABLE, "These notes hold for several tables. They stand above each of these tables too.", source)
    return Sheet(NOTES, "Notes", lines, "notes_table", frame, widest=WIDEST_IN_FRONT)


def _table_sheet(number: int, table: Table, shared: list[str]) -> Sheet:
    numbers = {note: shared.index(note) + 1 for note in table.notes if note in shared}
    lines = [_ONE_TABLE + (" Notes with a number are on the Notes worksheet too." if numbers else "")]
    for note in table.notes:
        lines += _lines(f"{_marker(numbers[note])} {note}" if note in numbers else note)
    lines += [f"{mark} {meaning}" for mark, meaning in table.shorthand.items()]
    title = f"Table {number}: {table.title}"
    if numbers:
        title += " " + "".join(_marker(number) for number in sorted(numbers.values()))
    return Sheet(f"Table_{number}", title, (*lines, table.source), table.key, table.frame)


def _marker(number: int) -> str:
    return f"[note {number}]"


def _lines(note: str) -> list[str]:
    """Return a note on one line, or a long one with a line for each sentence, since column A does not wrap it."""
    return [note] if len(note) <= LONGEST_LINE else re.split(r"(?<=[.?!]) (?=[A-Z0-9])", note)


def _ranges(numbers: list[int]) -> str:
    """Return '4 to 7, 9' for 4, 5, 6, 7 and 9."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]
    return ", ".join(parts)
