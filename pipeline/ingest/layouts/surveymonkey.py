"""SurveyMonkey's CSV and XLSX: two header rows ('expanded') or one ('condensed').

In two rows the first is the question, blank over its further columns, and the second its parts: 'Response' or
'Open-Ended Response' for the answer itself, an option, a row of a matrix, 'Other (please specify)'. In one row the part
follows a dash: 'Which are you? - Other (please specify)'.

Seen in real files: both forms; the headings `RespondentID, CollectorID, StartDate, EndDate, LastName, Custom Data` and a
file with none of them but the first; HTML and non-breaking spaces in headings; a ticked option's text in its own column;
the words 'Other (please specify)' as the answer of who typed one, with the text in the next column; month-first dates; '-'
in a file tidied by others; responses that break off, with blanks from there on and nothing that says so. Read in others'
readers: the headings `Respondent ID, Collector ID, Start Date, End Date, Last Name, Custom Data 1`, a clock of twelve hours,
and the parts of a question for contact details. Only believed: `Date Created` and `Date Modified`.
"""

import re
from itertools import zip_longest

from pipeline.errors import ExportError
from pipeline.ingest.files import Sheet
from pipeline.ingest.layouts.export import (
    PERSONAL,
    Export,
    Heading,
    data_rows,
    fold,
    heading_text,
    one_row_heading,
    without_trailing_blanks,
)

# The platform's own headings, without the spaces that only some of its exports have.
_PERSON = re.compile(r"ipaddress|emailaddress|firstname|lastname|customdata\d*")
_OWN = re.compile(rf"respondentid|collectorid|startdate|enddate|datecreated|datemodified|{_PERSON.pattern}")
SUBMITTED = ("enddate", "datemodified")

# In the second row: the answer itself, not a part of it.
ANSWER = frozenset(["response", "open-ended response"])
# What a question for contact details asks for, beyond what identifies a person under any heading.
CONTACT = PERSONAL | {"address 2", "city/town", "state/province", "zip/postal code", "zip code", "postal code"}
NO_ANSWER = frozenset(["-"])

# A clock of twelve hours is told by its AM and PM; the month comes first in both.
DATE_FORMAT = "%m/%d/%Y %H:%M:%S"
TWELVE_HOURS = "%m/%d/%Y %I:%M:%S %p"


def recognises(rows: list[list[str]]) -> bool:
    """Say whether the first columns are a respondent's and a collector's id, or the first is and a heading tells the rest.

    That is a second row of headings or, in one row, the platform's own words for 'Other' over long numbers as ids.
    """
    first, second = [_joined(cell) for cell in [*(rows[0] if rows else []), "", ""][:2]]
    return first == "respondentid" and (second == "collectorid" or _is_expanded(rows) or _is_condensed(rows))


def read(sheet: Sheet, name: str) -> Export:
    """Return the sheet as an Export with two header rows or one.

    Raises ExportError if the first column is not the respondent's id, or a row has more cells than there are headings.
    """
    rows = sheet.rows
    if not rows or not rows[0] or _joined(rows[0][0]) != "respondentid":
        raise ExportError(
            f"{name} does not begin with SurveyMonkey's own column 'Respondent ID'. Give the export of all responses as "
            "SurveyMonkey made it, or name another platform in the definition."
        )
    header_rows = 2 if _is_expanded(rows) else 1
    headings = _expanded(*rows[:2]) if header_rows == 2 else _condensed(rows[0])
    own = _own_columns([heading.question for heading in headings])
    submitted = next((own.index(known) + 1 for known in SUBMITTED if known in own), 0)
    data = data_rows(rows, header_rows + 1, len(headings), NO_ANSWER)
    return Export(
        name=name,
        platform="surveymonkey",
        encoding=sheet.encoding,
        header_rows=header_rows,
        headings=tuple(headings),
        rows=data,
        id=1,
        submitted=submitted,
        date_format=_date_format([cells[submitted - 1] for _, cells in data]) if submitted else "",
        metadata=frozenset(range(1, len(own) + 1)),
        personal=frozenset(heading.column for heading in headings if _identifies(heading)),
    )


def _joined(cell: str) -> str:
    return fold(cell).replace(" ", "")


def _own_columns(top: list[str]) -> list[str]:
    """Return the platform's own headings at the beginning of a row, without their spaces."""
    own = []
    for cell in top:
        if not _OWN.fullmatch(_joined(cell)):
            break
        own.append(_joined(cell))
    return own


def _is_expanded(rows: list[list[str]]) -> bool:
    """Say whether the second row holds headings: nothing under the platform's own columns, and parts of questions after.

    A row of answers whose id was taken off must not pass for headings, so one cell has to be certain: 'Response', or
    a text under no question.
    """
    if len(rows) < 2 or any(cell.strip() for cell in rows[1][: len(_own_columns(rows[0]))]):
        return False
    cells = [(top.strip(), fold(part)) for top, part in zip_longest(*rows[:2], fillvalue="")]
    return any(part in ANSWER or (part and not top) for top, part in cells)


def _is_condensed(rows: list[list[str]]) -> bool:
    """Say whether one row of headings has a part 'Other (please specify)', and every id is a number as long as theirs are."""
    ids = [cells[0].strip() for cells in rows[1:] if cells and cells[0].strip()]
    other = any(fold(cell).endswith(" - other (please specify)") for cell in rows[0])
    return other and bool(ids) and all(re.fullmatch(r"\d{9,12}", id) for id in ids)


def _expanded(top: list[str], parts: list[str]) -> list[Heading]:
    """Return a heading a column; a blank one belongs to the question on its left.

    A part can be named as in the one-row form, 'Question - part', so that one definition serves both.
    """
    pairs = [(heading_text(one), heading_text(other)) for one, other in zip_longest(top, parts, fillvalue="")]
    headings, question = [], ""
    for column, (own, part) in enumerate(without_trailing_blanks(pairs), start=1):
        question = own or question
        part = "" if fold(part) in ANSWER else part
        headings.append(Heading(column, question, part, whole=f"{question} - {part}" if part else ""))
    return headings


def _condensed(top: list[str]) -> list[Heading]:
    texts = without_trailing_blanks([heading_text(cell) for cell in top])
    return [one_row_heading(column, text) for column, text in enumerate(texts, start=1)]


def _identifies(heading: Heading) -> bool:
    question, part = fold(heading.question), fold(heading.part)
    return bool(_PERSON.fullmatch(_joined(question))) or question in PERSONAL or part in CONTACT


def _date_format(cells: list[str]) -> str:
    return TWELVE_HOURS if any(cell.upper().endswith((" AM", " PM")) for cell in cells) else DATE_FORMAT
