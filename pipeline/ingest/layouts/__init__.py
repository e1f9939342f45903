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
    for layout in [LAYOUTS[platform]] if platform else LAYOUTS.values():
        for sheet in sheets:
            if layout.recognises(sheet.rows) or (platform and len(sheets) == 1):
                return _read_sheet(layout, sheet, sheets, name)
    raise ExportError(
        f"{name} has {len(sheets)} sheets, and none begins as an export of '{platform}' does. Export the file again, or name "
        "another platform in the definition."
    )


def _read_sheet(layout, sheet: Sheet, sheets: list[Sheet], name: str) -> Export:
    """Return the sheet as the layout reads it, with notes on what was filled in and on what was not read."""
    export = layout.read(sheet, name)
    notes = [*sheet.notes, *export.notes]
    others = [f"'{other.name}'" for other in sheets if other is not sheet]
    if others:
        notes.append(f"{name}: only the sheet '{sheet.name}' was read, and not {', '.join(others)}.")
    width = len(export.headings)
    short = [row for row, _ in export.rows if any(sheet.rows[row - 1]) and len(sheet.rows[row - 1]) < width]
    if short:
        which = f"1 row, row {short[0]}, is" if len(short) == 1 else f"{len(short)} rows, row {short[0]} the first, are"
        notes.append(f"{name}: {which} shorter than the headings; the cells that are not there were read as blank.")
    return replace(export, notes=tuple(notes), fault=sheet.fault or _too_long(sheet, export))


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
