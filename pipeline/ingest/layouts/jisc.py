"""Jisc Online Surveys' CSV and XLSX: one header row of question numbers, 'Q7_1_a', or of numbers and texts, '7. Text'.

No real file was seen. Read in scripts that others wrote for such files: 'Unique Response Number' or 'URN', 'StartDate'
and 'CompletionDate', each of which the person who exports may leave out, codes such as 'Q1', 'Q1_a' and 'Q9_1_a', and
headings that begin '7. '. Only believed: that what was typed for 'Other' stands under '1.a. If you selected Other, please
specify', and that a response that was not finished has no completion date. How dates are written is not known, so that
year-month-day is read and anything else refused until the definition gives its `date_format`.
"""

import re

from pipeline.errors import ExportError
from pipeline.ingest.files import Sheet
from pipeline.ingest.layouts.export import PERSONAL, Export, Heading, data_rows, fold, without_trailing_blanks

# The platform's own columns, as `_name` has them.
IDS = ("uniqueresponsenumber", "urn")
DATES = ("startdate", "completiondate")

_CODE = re.compile(r"(q\d+)((?:_(?:\d+|[a-z]+))*)", re.IGNORECASE)
_NUMBER = re.compile(r"q?(\d+)((?:\.(?:\d+|[a-z]))*)[.)]\s+(\S.*)", re.IGNORECASE | re.DOTALL)
_TYPED = re.compile(r"if you (?:selected|chose|answered|ticked) ['\"‘“]?other\b", re.IGNORECASE)


def recognises(rows: list[list[str]]) -> bool:
    """Say whether the first column is the response's number and some question is numbered.

    'URN' is the sign only with a date of Jisc's beside it, since schools and services have a URN too.
    """
    names = [_name(cell) for cell in rows[0]] if rows else []
    first = names[0] if names else ""
    own = first == IDS[0] or (first == IDS[1] and any(name in DATES for name in names[1:3]))
    return own and any(_is_numbered(cell) for cell in rows[0])


def read(sheet: Sheet, name: str) -> Export:
    """Return the sheet as an Export with one header row; columns before the first question are the platform's.

    Raises ExportError where no heading has a question's number.
    """
    top = without_trailing_blanks([" ".join(cell.split()) for cell in sheet.rows[0]] if sheet.rows else [])
    first = next((number for number, text in enumerate(top, start=1) if _is_numbered(text)), 0)
    if not first:
        raise ExportError(
            f"{name} has no heading with a question's number, such as 'Q7_1' or '7. Text', as Jisc's have."
        )
    own = {_name(text): number for number, text in enumerate(top[: first - 1], start=1)}
    personal = {number for number, text in enumerate(top, start=1) if fold(_without_number(text)) in PERSONAL}
    return Export(
        name=name,
        platform="jisc",
        encoding=sheet.encoding,
        header_rows=1,
        headings=_headings(top),
        rows=data_rows(sheet.rows, 2, len(top)),
        id=next((own[id] for id in IDS if id in own), 0),
        submitted=own.get("completiondate", 0),
        metadata=frozenset(range(1, first)),
        personal=frozenset(personal),
    )


def _name(heading: str) -> str:
    """Return a heading of the platform's own columns without its spaces: 'Start date' is 'StartDate'."""
    return fold(heading).replace(" ", "")


def _is_numbered(heading: str) -> bool:
    return bool(_CODE.fullmatch(heading.strip()) or _NUMBER.fullmatch(heading.strip()))


def _without_number(heading: str) -> str:
    found = _NUMBER.fullmatch(heading)
    return found[3] if found else heading


def _headings(top: list[str]) -> tuple[Heading, ...]:
    numbered = [_NUMBER.fullmatch(text) for text in top]
    questions = {found[1]: found[0] for found in numbered if found and not found[2]}
    return tuple(_heading(column, text, questions) for column, text in enumerate(top, start=1))


def _heading(column: int, text: str, questions: dict[str, str]) -> Heading:
    """Return a column's heading; `questions` maps the number of each question that has a column to its heading.

    'Q7_1_a' is the part '1_a' of 'Q7'. What was typed for 'Other' is a part of its question; any other sub-question
    is a question with its own text, since nothing says whether it is a row of the one above or asks something else.
    """
    code = _CODE.fullmatch(text)
    if code and code[2]:
        return Heading(column, code[1], code[2].removeprefix("_"), whole=text)
    number = _NUMBER.fullmatch(text)
    if number and number[2]:
        if number[2].count(".") == 1 and _TYPED.match(number[3]) and number[1] in questions:
            return Heading(column, questions[number[1]], "Other (please specify)", whole=text)
        return Heading(column, number[3], whole=text)
    return Heading(column, text)
