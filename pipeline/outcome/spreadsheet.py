"""One accessible workbook of all tables: the one door to gptables.

A cover, a contents page with links and one marked-up, named table a sheet, with what a reader must know above it. Nothing
is merged, hidden or told by colour alone; numbers are numbers.
"""

import warnings
from pathlib import Path

from pipeline.outcome.outcomes import Outcome
from pipeline.outcome.tables import Table, source_line
from pipeline.outcome.wording import long_date


def write_workbook(outcome: Outcome, tables: list[Table], path: Path) -> None:
    """Write the tables as an XLSX workbook, sheets called Table_1, Table_2 and so on, in order."""
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
            additional_formatting=_widths(table),
        )
    about = [source_line(outcome), "Percentages are worked out from counts and rounded half up."]
    if consultation.opens and consultation.closes:
        dates = f"{long_date(consultation.opens)} to {long_date(consultation.closes)}"
        about.insert(0, f"The consultation was open from {dates}.")
    cover = gptables.Cover(
        title=consultation.title,
        intro=["Tables of the consultation outcome", *([consultation.department] if consultation.department else [])],
        about=about,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # gptables leaves its own theme file open
        warnings.simplefilter("ignore", UserWarning)  # and remarks that there is no sheet of notes
        workbook = gptables.produce_workbook(
            filename=str(path),
            sheets=sheets,
            cover=cover,
            auto_width=True,
            workbook_options={"strings_to_formulas": False},
        )
        workbook.set_properties(
            {
                "title": consultation.title,
                "author": consultation.department,
                "subject": "Consultation outcome tables",
                "comments": source_line(outcome),
                "created": _fixed_date(outcome),
            }
        )
        workbook.close()


def _fixed_date(outcome: Outcome):
    """Return the date kept in the file: the closing day, so that the same input gives the same bytes."""
    from datetime import datetime, time

    return datetime.combine(outcome.consultation.closes or datetime(2000, 1, 1).date(), time())


def _widths(table: Table) -> list[dict]:
    """Return gptables' formatting that wraps text and keeps numbers with decimals at one place."""
    formats = []
    for column in table.frame.columns:
        values = [value for value in table.frame[column] if not isinstance(value, str)]
        if values and any(isinstance(value, float) and not value.is_integer() for value in values):
            formats.append({"column": {"columns": [column], "format": {"num_format": "0.0"}}})
    return formats
