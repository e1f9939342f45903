"""Files written complete or not at all, and CSV that no spreadsheet program takes for formulas."""

import re
from contextlib import suppress
from pathlib import Path

import pandas as pd

from pipeline.errors import OutputError

# What a spreadsheet program may take for a formula, after any apostrophes that we or others put before it: the signs, as wide
# letters too, and control characters and marks of byte order, which it may take away.
_FORMULA = re.compile(r"^'*[=+\-@＝＋－＠\0-\x1f\x7f-\x9f\ufeff]")


def harmless(cell):
    """Return a cell whose text no spreadsheet program takes for a formula: an apostrophe goes before = + - @ and controls."""
    if not isinstance(cell, str):
        return cell
    cell = cell.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{cell}" if _FORMULA.match(cell) else cell


def as_written(cell: str) -> str:
    """Return the text that `harmless` was given: one apostrophe less, if it put one there."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def as_csv(frame: pd.DataFrame) -> str:
    """Return a table as CSV: cells harmless, whole numbers without a point, missing values blank."""
    safe = frame.copy()
    for column in safe.columns:
        if pd.api.types.is_float_dtype(safe[column]) and (safe[column].dropna() % 1 == 0).all():
            safe[column] = safe[column].astype("Int64")
        elif not pd.api.types.is_numeric_dtype(safe[column]) or pd.api.types.is_bool_dtype(safe[column]):
            safe[column] = safe[column].astype(object).map(harmless, na_action="ignore")
    safe.columns = [harmless(column) for column in safe.columns]
    return safe.to_csv(index=False, lineterminator="\n")


def write_file(path: Path, content: str | bytes) -> None:
    """Write one file complete or not at all, in folders made for it. Raises OutputError if it cannot be written."""
    if path.is_dir() or not path.name:
        raise OutputError(f"{path} is a folder; name a file in it.")
    beside = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(content.encode() if isinstance(content, str) else content)
        beside.replace(path)
    except OSError as error:
        raise OutputError(f"{path} could not be written: {error.strerror or error}.") from None
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
