"""How survey platforms lay out their exports: one file a platform, each turning rows of text into an Export.

A layout module offers `recognises(rows)` and `read(sheet, name)`. Layouts are tried in the order of `LAYOUTS`; `plain`
takes whatever is left.
"""

from pathlib import Path

from pipeline.errors import ExportError, did_you_mean
from pipeline.ingest.files import read_sheets
from pipeline.ingest.layouts import plain, smartsurvey
from pipeline.ingest.layouts.export import Export

LAYOUTS = {"smartsurvey": smartsurvey, "plain": plain}


def read_export(path: str | Path, platform: str = "") -> Export:
    """Read a file as the export of `platform`, or of the platform whose signature it bears.

    Raises ExportError if the file cannot be read, the platform is not known, or it has no rows under its headings.
    """
    if platform and platform not in LAYOUTS:
        raise ExportError(f"No platform is called '{platform}'.{did_you_mean(platform, LAYOUTS)}")
    sheets = read_sheets(path)
    for name, layout in LAYOUTS.items():
        if platform in ("", name):
            for sheet in sheets:
                if platform or layout.recognises(sheet.rows):
                    return layout.read(sheet, Path(path).name)
    raise ExportError(f"{Path(path).name} has no sheet with rows in it.")
