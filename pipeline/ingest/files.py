"""A file becomes rows of text: bytes are decoded by rule, workbooks are read sheet by sheet, nothing is guessed."""

import codecs
import csv
import io
import json
import re
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from pipeline.errors import ExportError

WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


@dataclass(frozen=True)
class Sheet:
    """The rows of one file or sheet as text, each row as long as the file has it. `encoding` is None for workbooks."""

    name: str
    rows: list[list[str]]
    encoding: str | None


def decode(content: bytes, name: str) -> tuple[str, str]:
    """Return text and the encoding's name: byte order mark, else UTF-8, else Windows-1252 where it has no gaps.

    Detection by statistics is not used: on short British texts it turns '£' into other letters. Raises ExportError
    for bytes that are neither, such as a picture or a zip.
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            try:
                return content.decode(encoding), encoding
            except UnicodeDecodeError:
                raise ExportError(
                    f"{name} begins as {encoding} text but does not go on as it; export it again."
                ) from None
    if b"\0" not in content:
        for encoding in ("utf-8", "cp1252"):
            try:
                return content.decode(encoding), encoding
            except UnicodeDecodeError:
                continue
    raise ExportError(
        f"{name} is not a text file, nor a workbook; give the CSV or XLSX that the survey platform exports."
    )


def _read_delimited(path: Path) -> list[Sheet]:
    text, encoding = decode(path.read_bytes(), path.name)
    csv.field_size_limit(2**31 - 1)
    delimiter = _delimiter(text, path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = []
    try:
        for cells in reader:
            rows.append(cells)
    except csv.Error as error:
        raise ExportError(
            f"{path.name} breaks off or has a stray quotation mark in the record after row {len(rows)} ({error}); "
            "export it again."
        ) from None
    return [Sheet(path.name, rows, encoding)]


def _delimiter(text: str, path: Path) -> str:
    """Return the separator that the first line has most of, outside quotation marks; a tab for .tsv."""
    if path.suffix.lower() in (".tsv", ".tab"):
        return "\t"
    unquoted = re.sub(r'"[^"]*"', "", text[:100_000])
    first = unquoted.split("\n", 1)[0]
    return max(",;\t", key=first.count)


def _text(value) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, float) and abs(value) >= 2**53:
        raise ExportError("A number in the workbook has more digits than a workbook can keep; export the file as CSV.")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _read_workbook(path: Path) -> list[Sheet]:
    import python_calamine

    try:
        workbook = python_calamine.load_workbook(str(path))
        sheets = []
        for meta in workbook.sheets_metadata:
            if meta.visible == python_calamine.SheetVisibleEnum.Visible:
                rows = workbook.get_sheet_by_name(meta.name).to_python(skip_empty_area=False)
                sheets.append(Sheet(meta.name, [[_text(value) for value in row] for row in rows], None))
    except python_calamine.CalamineError:
        raise ExportError(f"{path.name} cannot be opened as a workbook; save it again as XLSX or CSV.") from None
    return [sheet for sheet in sheets if any(any(row) for row in sheet.rows)]


def read_sheets(path: str | Path) -> list[Sheet]:
    """Read a CSV, TSV or workbook into sheets of text; workbooks give their visible sheets that are not empty.

    Raises ExportError if the file is missing, cannot be read, or is neither text nor a workbook.
    """
    path = Path(path)
    if path.is_dir():
        raise ExportError(f"{path} is a folder; give the export file itself.")
    if not path.exists():
        raise ExportError(f"There is no file {path}.")
    try:
        sheets = _read_workbook(path) if path.suffix.lower() in WORKBOOKS else _read_delimited(path)
    except OSError as error:
        raise ExportError(f"{path} cannot be read: {error.strerror}.") from None
    if not any(sheet.rows for sheet in sheets):
        raise ExportError(f"{path.name} is empty.")
    return sheets


def read_records(path: str | Path, what: str) -> list[dict[str, object]]:
    """Return the records of a CSV file (by its header row) or a JSON-lines file, one a row or line that is not blank.

    A row of a CSV file with one column may be blank and still be a record. Raises ExportError, naming `what` the file
    should be, if it is missing or is neither.
    """
    path = Path(path)
    if not path.is_file():
        raise ExportError(f"There is no {what} {path}.")
    if path.suffix.lower() in (".jsonl", ".ndjson", ".json"):
        text, _ = decode(path.read_bytes(), path.name)
        return [_json_record(line, f"{path}, line {n},") for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    (sheet, *_) = read_sheets(path)
    header, *rows = sheet.rows
    header = [heading.strip() for heading in header]
    records = []
    for number, cells in enumerate(rows, start=2):
        if any(cells[len(header) :]):
            raise ExportError(f"{path}, row {number}, has more cells than there are headings.")
        if any(cells) or len(header) == 1:
            records.append(dict(zip(header, [*cells, *[""] * len(header)], strict=False)))
    return records


def _json_record(line: str, where: str) -> dict[str, object]:
    try:
        record = json.loads(line)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        raise ExportError(f"{where} is not a JSON object.")
    # Half a character, which JSON can hold and no file can, becomes a question mark.
    return {k: v.encode("utf-8", "replace").decode() if isinstance(v, str) else v for k, v in record.items()}
