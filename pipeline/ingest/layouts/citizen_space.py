"""Citizen Space's CSV and XLSX: one header row of 'Question title - Part label', and ids such as 'ANON-ABCD-1234-X'.

No real export was seen. Read in the platform's help, its published examples of data for programs, and others' readers:
the form of the ids, the analysts' notes and tags as further columns, '__userinfo_ip' and its like, names and email
addresses under 'opsuite.respondentmanagement.name' and 'quickconsult.email'. Only believed: that a flat export joins title
and label by ' - ', that ids of people who signed in have other letters in place of 'ANON', and 'Not Answered' where a choice
was left. How dates are written is not known, so that year-month-day is read and anything else refused until the definition
gives its `date_format`.
"""

import re

from pipeline.errors import ExportError
from pipeline.ingest.files import Sheet
from pipeline.ingest.layouts.export import (
    PERSONAL,
    SUBMITTED,
    Export,
    Heading,
    data_rows,
    fold,
    without_trailing_blanks,
)

NO_ANSWER = frozenset(["Not Answered"])
_ID = re.compile(r"[A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]")
_ANONYMOUS = "ANON-"

_ANALYSTS = re.compile(
    r"(?:.* - )?(?:analysts? (?:notes?|tags?|comments?|fields?)\b.*|tags?)|.*\b(?:whattoanalysesubquestion|analyst_only)\b.*",
    re.DOTALL,
)
_USER_INFO = re.compile(r".*__userinfo_.*", re.DOTALL)
_PERSONAL = re.compile(
    r".*__userinfo_(?:ip|useragent)\b.*|.*respondentmanagement\.(?:name|email).*|.*quickconsult\.(?:name|email).*"
    r"|what is your (?:full |first |last )?name|what is your e-?mail(?: address)?",
    re.DOTALL,
)


def recognises(rows: list[list[str]]) -> bool:
    """Say whether a column holds ids of the platform and hardly anything else, one of them anonymous at least."""
    return bool(_id_column(rows))


def read(sheet: Sheet, name: str) -> Export:
    """Return the sheet as an Export with one header row; 'Not Answered' is no answer.

    Raises ExportError where no column holds the platform's ids.
    """
    id_column = _id_column(sheet.rows)
    if not id_column:
        raise ExportError(
            f"{name} has no column of response ids such as 'ANON-ABCD-1234-X', as Citizen Space's exports have."
        )
    top = without_trailing_blanks([" ".join(cell.split()) for cell in sheet.rows[0]])
    headings = tuple(_heading(column, text) for column, text in enumerate(top, start=1))
    folded = [fold(text) for text in top]
    submitted = next((folded.index(known) + 1 for known in SUBMITTED if known in folded), 0)
    personal = {
        heading.column
        for heading, text in zip(headings, folded, strict=True)
        if _PERSONAL.fullmatch(text)
        or {fold(heading.question), fold(heading.part)} & PERSONAL
        or _PERSONAL.fullmatch(fold(heading.question))
    }
    metadata = {n for n, text in enumerate(folded, start=1) if _ANALYSTS.fullmatch(text) or _USER_INFO.fullmatch(text)}
    return Export(
        name=name,
        platform="citizen_space",
        encoding=sheet.encoding,
        header_rows=1,
        headings=headings,
        rows=data_rows(sheet.rows, 2, len(top), NO_ANSWER),
        id=id_column,
        submitted=submitted,
        metadata=frozenset(metadata | {id_column, submitted} - {0}),
        personal=frozenset(personal),
    )


def _id_column(rows: list[list[str]]) -> int:
    """Return the number of the first column that holds ids, but for a line or so at the file's foot; 0 if there is none."""
    for column in range(len(rows[0]) if rows else 0):
        ids = [cells[column].strip() for cells in rows[1:] if len(cells) > column and cells[column].strip()]
        if any(id.startswith(_ANONYMOUS) for id in ids) and sum(bool(_ID.fullmatch(id)) for id in ids) * 10 >= 9 * len(
            ids
        ):
            return column + 1
    return 0


def _heading(column: int, text: str) -> Heading:
    """Return a heading as title and label, parted at the last ' - '; a label that repeats its title is no part."""
    text = text.removesuffix(" -")
    middle = len(text) // 2
    if text[middle - 1 : middle + 2] == " - " and fold(text[: middle - 1]) == fold(text[middle + 2 :]):
        return Heading(column, text[: middle - 1])
    title, dash, label = text.rpartition(" - ")
    return (
        Heading(column, title.strip(), label.strip(), whole=text) if dash and title.strip() else Heading(column, text)
    )
