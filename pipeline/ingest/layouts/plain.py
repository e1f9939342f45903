"""Any table with one row of headings: CSV, TSV or a workbook's first sheet that has rows.

An 'Other' column is told by its ending: 'Which are you? [Other (please specify)]' or 'Which are you? - Other'. The
response's id and date are taken from the columns that the definition names, else from well-known headings.
"""

from pipeline.ingest.files import Sheet
from pipeline.ingest.layouts.export import IDS, PERSONAL, SUBMITTED, Export, data_rows, fold, one_row_heading

# People and platforms write a dash where there is nothing.
NO_ANSWER = frozenset(["-", "–", "—"])


def recognises(rows: list[list[str]]) -> bool:
    """Say yes to anything: this layout is asked last."""
    return bool(rows)


def read(sheet: Sheet, name: str) -> Export:
    """Return the sheet as an Export with one header row."""
    top = [cell.strip() for cell in sheet.rows[0]]
    while top and not top[-1]:
        top.pop()
    headings = [one_row_heading(column, text) for column, text in enumerate(top, start=1)]
    folded = [fold(text) for text in top]
    found = {
        role: next((folded.index(known) + 1 for known in names if known in folded), 0)
        for role, names in (("id", IDS), ("submitted", SUBMITTED))
    }
    return Export(
        name=name,
        platform="plain",
        encoding=sheet.encoding,
        header_rows=1,
        headings=tuple(headings),
        rows=data_rows(name, sheet.rows, 2, len(top), NO_ANSWER),
        id=found["id"],
        submitted=found["submitted"],
        metadata=frozenset(number for number, text in enumerate(folded, start=1) if text in PERSONAL),
    )
