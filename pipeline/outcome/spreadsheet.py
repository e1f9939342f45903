"""One accessible workbook of all tables: the one door to gptables.

A cover, a contents page with links and one marked-up, named table a sheet, with what a reader must know above it. Nothing
is merged, hidden or told by colour alone; numbers are numbers.
"""

import warnings
from datetime import datetime
from pathlib import Path

from pipeline.outcome.outcomes import Outcome
from pipeline.outcome.tables import Table, source_line
from pipeline.outcome.wording import long_date


def write_workbook(outcome: Outcome, tables: list[Table], path: Path) -> None:
    """Write the tables as an XLSX workbook, sheets called Table_1, Table_2 and so on, in order."""
    with warnings.catch_warnings():
        # gptables' own housekeeping: a theme file left open, pandas' coming changes, a notes sheet that we do not ask for
        warnings.simplefilter("ignore")
        _write(outcome, tables, path)


def _write(outcome: Outcome, tables: list[Table], path: Path) -> None:
    import gptables

    consultation = outcome.consultation
    sheets = {}
    for number, table in enumerate(tables, start=1):
        sheets[f"Table_{number}"] = gptables.GPTable(
            table=table.frame,
            table_name=table.key,
            title=f"Table {number}: {table.title}",
            subtitles=list(table.notes),
            instructions="This worksheet contains one table.",
            legend=[f"{mark} {meaning}" for mark, meaning in table.shorthand.items()],
            source=table.source,
            index_columns={},
            additional_formatting=_one_decimal(table),
        )
    # Short lines: a cover's row does not grow with its text in every program.
    about = [f"Data: {consultation.data_note}."] if consultation.data_note else []
    about.append("Percentages are worked out from counts and rounded half up.")
    if consultation.opens and consultation.closes:
        dates = f"{long_date(consultation.opens)} to {long_date(consultation.closes)}"
        about.insert(0, f"The consultation was open from {dates}.")
    cover = gptables.Cover(
        title=consultation.title,
        intro=["Tables of the consultation outcome", *([consultation.department] if consultation.department else [])],
        about=about,
    )
    # Text that begins with = stays text.
    options = {"strings_to_formulas": False}
    workbook = gptables.produce_workbook(filename=str(path), sheets=sheets, cover=cover, workbook_options=options)
    workbook.set_properties(
        {
            "title": consultation.title,
            "author": consultation.department,
            "subject": "Consultation outcome tables",
            "comments": source_line(outcome),
            "created": datetime(2000, 1, 1),  # no clock: the same input gives the same bytes
        }
    )
    workbook.close()


def _one_decimal(table: Table) -> list[dict]:
    """Return gptables' formatting of columns whose numbers have decimals: one place, so that 22.0 is not shown as 22."""
    formats = []
    for column in table.frame.columns:
        numbers = [value for value in table.frame[column] if not isinstance(value, str)]
        if any(not float(value).is_integer() for value in numbers):
            formats.append({"column": {"columns": [column], "format": {"num_format": "0.0"}}})
    return formats
