"""How survey platforms lay out their exports: one file a platform, each turning rows of text into an Export.

A layout module offers `recognises(rows)` and `read(sheet, name)`. Layouts are tried in the order of `LAYOUTS`; `plain`
takes whatever is left. A file of SPSS is no rows of text: its first bytes tell it, and it goes to `spss` before all.
"""

from dataclasses import replace
from pathlib import Path

from pipeline.errors import ExportError, did_you_mean
from pipeline.ingest.files import Sheet, read_sheets
from pipeline.ingest.layouts import (
    citizen_space,
    google_forms,
    jisc,
    limesurvey,
    microsoft_forms,
    plain,
    qualtrics,
    smartsurvey,
    spss,
    surveymonkey,
)
from pipeline.ingest.layouts.export import Export

LAYOUTS = {
    "smartsurvey": smartsurvey,
    "qualtrics": qualtrics,
    "surveymonkey": surveymonkey,
    "microsoft_forms": microsoft_forms,
    "limesurvey": limesurvey,
    "jisc": jisc,
    "citizen_space": citizen_space,
    "google_forms": google_forms,
    "plain": plain,
}
_MOST_ABOVE = 10  # what stands above the headings is looked for among so many rows
PLATFORMS = (*LAYOUTS, "spss")


def read_export(path: str | Path, platform: str = "") -> Export:
    """Read a file as the export of `platform`, or of the platform whose signature it bears.

    Of a workbook the first visible sheet with the signature is read, also where the platform is named. Where there is
    no sheet to choose, a named platform reads or refuses the only one without being asked whether it knows it.

    Raises ExportError if the file cannot be read, the platform is not known, or no sheet is its export.
    """
    if platform and platform not in PLATFORMS:
        raise ExportError(f"No platform is called '{platform}'.{did_you_mean(platform, PLATFORMS)}")
    name = Path(path).name
    if spss.is_spss(path):
        if platform not in ("", "spss"):
            raise ExportError(f"{name} is a file of SPSS and not of '{platform}'. Correct the definition.")
        return spss.read(path, name)
    sheets = read_sheets(path)
    if platform == "spss":
        raise ExportError(f"{name} is not a file of SPSS. Correct the definition, or give the .sav file.")
    above = {sheet.name: rows_above(sheet.rows) for sheet in sheets}
    for layout in [LAYOUTS[platform]] if platform else LAYOUTS.values():
        # A first sheet of remarks in one column is not the table, where another sheet has one.
        for sheet in sorted(sheets, key=_has_one_column) if layout is plain else sheets:
            for first in sorted({0, above[sheet.name]}, reverse=layout is plain):
                if layout.recognises(sheet.rows[first:]):
                    return _read_sheet(layout, sheet, sheets, name, first)
        if platform and len(sheets) == 1:
            return _read_sheet(layout, sheets[0], sheets, name, 0)
    raise ExportError(
        f"{name} has {len(sheets)} sheets, and none begins as an export of '{platform}' does. Export the file again, or name "
        "another platform in the definition."
    )


def _has_one_column(sheet: Sheet) -> bool:
    return not any(sum(bool(cell.strip()) for cell in cells) > 1 for cells in sheet.rows)


def rows_above(rows: list[list[str]]) -> int:
    """Return how many rows stand above the headings: blank ones, `sep=;` for a spreadsheet, or titles and a blank row.

    A row with one cell is a title only where a blank row parts it from a table of several columns; else it is a heading.
    """
    filled = [sum(bool(cell.strip()) for cell in cells) for cells in rows[:_MOST_ABOVE]]
    first = next((number for number, cells in enumerate(filled) if cells), 0)
    if not any(filled[first + 1 :]):
        return 0
    if rows[first][0].strip().casefold() == "sep=":
        return first + 1
    table = next((number for number, cells in enumerate(filled) if cells > 1), 0)
    if table <= first + 1 or filled[table - 1]:
        return first
    wide = [len(cells) >= len(rows[table]) for cells in rows[table + 1 :] if any(cells)]
    return table if 3 * sum(wide) >= len(wide) > 0 else first


def _read_sheet(layout, sheet: Sheet, sheets: list[Sheet], name: str, above: int) -> Export:
    """Return the sheet as the layout reads it under the rows `above`, with notes on what was filled in and not read."""
    export = layout.read(replace(sheet, rows=sheet.rows[above:]), name)
    notes = [*sheet.notes, *export.notes]
    if above:
        export = replace(
            export,
            header_rows=export.header_rows + above,
            rows=tuple((row + above, cells) for row, cells in export.rows),
            verdicts={row + above: verdict for row, verdict in export.verdicts.items()},
        )
        notes.append(
            f"{name}: {above} row{'s' * (above > 1)} above the headings {'were' if above > 1 else 'was'} left out."
        )
    others = [f"'{other.name}'" for other in sheets if other is not sheet]
    if others:
        notes.append(f"{name}: only the sheet '{sheet.name}' was read, and not {', '.join(others)}.")
    width = len(export.headings)
    short = [row for row, _ in export.rows if any(sheet.rows[row - 1]) and len(sheet.rows[row - 1]) < width]
    if short:
        which = f"1 row, row {short[0]}, is" if len(short) == 1 else f"{len(short)} rows, row {short[0]} the first, are"
        notes.append(f"{name}: {which} shorter than the headings; the cells that are not there were read as blank.")
    return replace(export, notes=tuple(notes), fault=sheet.fault or export.fault or _too_long(sheet, export))


def _too_long(sheet: Sheet, export: Export) -> str:
    """Return what is wrong with the first row that has more than blanks beyond the headings, '' where none has."""
    width = len(export.headings)
    for row, _ in export.rows:
        cells = sheet.rows[row - 1]
        if any(cell.strip() for cell in cells[width:]):
            return (
                f"{export.name}, row {row}, has more cells than there are headings ({len(cells)}, not {width}): a comma "
                "without quotation marks, most likely. Export the file again."
            )
    return ""
