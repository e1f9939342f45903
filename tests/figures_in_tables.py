"""Which figure of figures.csv each number of a published table is, and the tables as the CSV, XLSX and ODS files give them.

`figure_of` knows nothing of how tables are made: it reads a table's name, its headings and the words of a row, as a reader
does. A form of the tables is a dictionary from a table's name to its rows, each a dictionary from heading to cell.
"""

import csv

import pandas as pd

from pipeline.definition import slugify
from pipeline.outcome.tables import ALL
from pipeline.writing import as_written

# Their numbers are not of figures.csv: claims as published, and the sizes of campaigns.
WITHOUT_FIGURES = ("checks", "campaigns")


def figure_of(consultation, table: str, row: dict, heading: str) -> tuple[str, str] | None:
    """Return the id of the figure that a cell shows and which number of it: 'numerator', 'base' or 'percent'.

    None for cells of words, and for the group of those who did not state theirs, of which there is no figure.
    """
    channels = {channel.label: channel.key for channel in consultation.channels}
    if table == "channels":
        return (f"respondents.channel.{channels[row['How it came']]}", "numerator") if heading == "Responses" else None
    if table == "ledger":
        fate = row["What became of the row"]
        end = "" if fate.startswith("All rows") else f".{slugify(fate)}"
        return (f"rows.{channels[row['Channel']]}{end}", "numerator") if heading == "Rows" else None
    if table == "campaign_variants":
        return _variant(consultation, row, heading)
    measure = _measure(heading)
    suffix = _suffix(consultation, row, channels)
    if measure is None or suffix is None:
        return None
    for grouping in consultation.groupings:
        if table == f"respondents_{grouping.key}":
            return f"respondents{suffix}", measure
    for question in consultation.questions:
        if question.is_closed and table.startswith(f"{question.id}_"):
            return _closed(question, row, heading) + suffix, measure
        if question.codebook and table.startswith(f"{question.id}_themes"):
            ends = {f"{question.id}_themes_{channel}": f".channel.{channel}" for channel in channels.values()}
            first = next(name for name in row if name.startswith("Respondents"))
            coding = first.removeprefix("Respondents")
            mark = "theme" if heading.endswith(coding) or heading in ("Base", "Percentage") else "machine"
            themes = {theme.label: theme.key for theme in question.codebook.themes}
            return f"{question.id}.{mark}.{themes[row['Theme']]}{ends.get(table, suffix)}", measure
    raise LookupError(f"the numbers of {table} are no figure's")


def _measure(heading: str) -> str | None:
    words = heading.split(": ")[-1].split(" (")[0].lower()
    return {"respondents": "numerator", "base": "base", "percentage": "percent"}.get(words)


def _suffix(consultation, row: dict, channels: dict) -> str | None:
    """Return the end of the ids of the group that a row is of, '' for everyone."""
    if "Channel" in row:
        return f".channel.{channels[row['Channel']]}"
    for grouping in consultation.groupings:
        if grouping.label in row:
            keys = {group.label: f".{grouping.key}.{group.key}" for group in grouping.groups} | {ALL: ""}
            return keys.get(row[grouping.label])
    return ""


def _closed(question, row: dict, heading: str) -> str:
    nets = {net.label: net.key for net in question.scale.nets}
    if "Answer" in row:
        points = {point: f"answer.{key}" for point, key in question.scale.keys.items()}
        # A net may be called as its one answer is, and then their numbers are the same.
        return f"{question.id}.{(points | nets)[row['Answer']]}"
    net = heading.rsplit(": ", 1)[0]
    return f"{question.id}.{nets.get(net, question.scale.nets[0].key)}"


def _variant(consultation, row: dict, heading: str) -> tuple[str, str] | None:
    measure = _measure(heading)
    way = {"Everyone": ""}.get(row["Counted"], f".{slugify(row['Counted'])}")
    if row["Question"] == "Respondents":
        # Everyone's base is everyone, which the bare count of respondents does not repeat.
        return None if not way and measure != "numerator" else (f"respondents{way}", measure)
    question = next(question for question in consultation.closed if question.label == row["Question"])
    return (_closed(question, row, heading) + way, measure) if measure else None


def as_shown(figure: pd.Series, measure: str):
    """Return what a table shows of a figure: a number, or the shorthand for a share that has none."""
    value = figure[measure]
    if measure == "percent" and pd.isna(value):
        return "[z]"
    if measure == "percent" and value == 0 and figure["numerator"] > 0:
        return "[low]"
    return float(value)


def read_figures(published) -> pd.DataFrame:
    """Return figures.csv by id."""
    return pd.read_csv(published / "figures.csv").set_index("id")


def csv_tables(published) -> dict[str, list[dict]]:
    """Return the tables of the folder of CSV files; numbers are text, as all of CSV is."""
    tables = {}
    for path in (published / "tables").glob("*.csv"):
        with open(path, encoding="utf-8", newline="") as file:
            rows = [[as_written(cell) for cell in line] for line in csv.reader(file)]
        tables[path.stem] = _under_headings(rows)
    return tables


def xlsx_tables(published) -> dict[str, list[dict]]:
    """Return the marked-up tables of the XLSX workbook, but the contents and the notes."""
    import openpyxl

    book = openpyxl.load_workbook(published / "tables.xlsx")
    found = {
        area.name: _under_headings([[cell.value for cell in line] for line in sheet[area.ref]])
        for sheet in book
        for area in sheet.tables.values()
    }
    return {name: rows for name, rows in found.items() if name not in ("contents_table", "notes_table")}


def ods_tables(published) -> dict[str, list[dict]]:
    """Return the named database ranges of the ODS workbook, but the contents and the notes."""
    from odfdo import Document

    document = Document(published / "tables.ods")
    found = {}
    for area in document.body.get_elements("//table:database-range"):
        sheet, cells = area.get_attribute("table:target-range-address").split(".", 1)
        table = document.body.get_table(name=sheet)
        found[area.get_attribute("table:name")] = _under_headings(table.get_values(cells.replace(f"{sheet}.", "")))
    return {name: rows for name, rows in found.items() if name not in ("contents_table", "notes_table")}


def _under_headings(rows: list[list]) -> list[dict]:
    headings, *lines = rows
    return [dict(zip(headings, line, strict=True)) for line in lines]


FORMS = {"csv": csv_tables, "xlsx": xlsx_tables, "ods": ods_tables}
