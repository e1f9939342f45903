"""A file becomes rows of text: bytes are decoded by rule, workbooks are read sheet by sheet, nothing is guessed."""

import codecs
import csv
import io
import json
import re
import zipfile
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from xml.etree import ElementTree

from pipeline.errors import ExportError
from pipeline.ingest.workbooks import Findings, examine

WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_REFUSAL = "{} cannot be opened as a workbook; save it again as XLSX or CSV."
FEW_STRAYS = 10  # more than these, far from a table, are another table


@dataclass(frozen=True)
class Sheet:
    """The rows of one file or sheet as text, each row as long as the file has it. `encoding` is None for workbooks.

    `notes` are sentences on what of the file is not in the rows; `fault` is one that says why the rows must not be used,
    '' where they may.
    """

    name: str
    rows: list[list[str]]
    encoding: str | None
    notes: tuple[str, ...] = ()
    fault: str = ""


_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CONTROLS = re.compile("[\0-\x08\x0e-\x19\x1b-\x1f]")
_NOT_TEXT = re.compile("[\0-\x08\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


def decode(content: bytes, name: str) -> tuple[str, str]:
    """Return text and the encoding's name: by byte order mark, else UTF-8, else UTF-16 without a mark, else Windows-1252.

    UTF-16 without a mark has many NULs and decodes to printable text; Windows-1252 has no NUL and no byte that is
    undefined there. Detection by statistics is not used: on short British texts it turns '£' into other letters. Raises
    ExportError for bytes that are none of these, such as a picture or a zip.
    """
    encoding = next((encoding for mark, encoding in _MARKS if content.startswith(mark)), "")
    if encoding:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            raise ExportError(f"{name} begins as {encoding} text but does not go on as it; export it again.") from None
    else:
        text, encoding = _decode_unmarked(content, name)
    if "\0" in text:
        raise _no_text(name)
    return text, encoding


def _decode_unmarked(content: bytes, name: str) -> tuple[str, str]:
    if b"\0" in content:
        return _decode_utf16(content, name)
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252"), "cp1252"
    except UnicodeDecodeError:
        raise _no_text(name) from None


def _mixed(content: bytes, name: str, encoding: str) -> tuple[str, ...]:
    """Return a note on a file read as Windows-1252 that holds letters in UTF-8 too: these come out as 'Â£' and 'â€™'."""
    if encoding != "cp1252" or content.decode("utf-8", "ignore").isascii():
        return ()
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = len((content[: error.start] + b".").splitlines())
    return (
        f"{name} was read as Windows-1252 because of a byte in line {line}, but holds letters in UTF-8, which now look like "
        "'Â£' and 'â€™'. Save it as UTF-8 in the program that made it, or export it again.",
    )


def _decode_utf16(content: bytes, name: str) -> tuple[str, str]:
    """Return the text of UTF-16 without a mark: the side on which its NULs are tells which way round it is."""
    first, second = content[0::2].count(0), content[1::2].count(0)
    encoding = "utf-16-le" if second >= first else "utf-16-be"
    if 4 * max(first, second) >= len(content[0::2]):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            text = "\0"
        if not _NOT_TEXT.search(text):
            return text, encoding
    raise _no_text(name)


def _no_text(name: str) -> ExportError:
    return ExportError(
        f"{name} is not a text file, nor a workbook; give the CSV or XLSX that the survey platform exports."
    )


def _salvage(content: bytes, error: ExportError) -> tuple[str, str]:
    """Return what can be read of text that `decode` refuses with `error`: some of its characters will be wrong.

    Raises that error where one character in a hundred or more is a control character: what has so many is no text.
    """
    unmarked = "utf-8" if _is_utf8(content) else "cp1252"
    encoding = next((encoding for mark, encoding in _MARKS if content.startswith(mark)), unmarked)
    text = content.decode(encoding, "replace")
    wrong = len(_CONTROLS.findall(text)) + (text.count("\ufffd") if encoding == "utf-16" else 0)
    if 100 * wrong > len(text):
        raise error
    return text, encoding


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _read_delimited(path: Path) -> list[Sheet]:
    """Return the one sheet of a text file, at fault where its bytes or its quotation marks leave something in doubt."""
    content = path.read_bytes()
    fault = ""
    try:
        text, encoding = decode(content, path.name)
    except ExportError as error:
        text, encoding = _salvage(content, error)
        fault = (
            f"{path.name} has bytes that are no letter in {encoding}, so that others may be wrong too. Save it as UTF-8 in the "
            "program that made it, or export it again."
        )
    csv.field_size_limit(2**31 - 1)
    delimiter = _delimiter(text, path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = []
    try:
        for cells in reader:
            if rows and any(_swallows_records(cell, delimiter, len(rows[0])) for cell in cells):
                raise csv.Error("a cell holds whole records")
            rows.append(cells)
    except csv.Error as error:
        broken = (
            f"{path.name} breaks off or has a stray quotation mark in the record after row {len(rows)} ({error}); "
            "export it again."
        )
        if not rows:  # it is the headings that nobody can tell
            raise ExportError(broken) from None
        fault = fault or broken
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    return [Sheet(path.name, rows, encoding, () if fault else _mixed(content, path.name, encoding), fault)]


def _swallows_records(cell: str, delimiter: str, width: int) -> bool:
    """Say whether a quotation mark was left open and the cell ran on over the records after it, to the next mark.

    The lines inside such a cell have a record's separators, one fewer than there are headings; people's own lines may
    too, once or twice, but not line after line.
    """
    inner = cell.splitlines()[1:-1]
    if width < 2 or len(inner) < 2 or len(inner) * (width - 1) < 12:
        return False
    return sum(line.count(delimiter) == width - 1 for line in inner) >= 0.9 * len(inner)


def _delimiter(text: str, path: Path) -> str:
    """Return the separator that the first line has most of, outside quotation marks; a tab for .tsv where it has any.

    One under which hardly a record is as wide as the headings is none, as the comma of headings parted by semicolons.
    """
    unquoted = re.sub(r'"[^"]*"', "", text[:100_000])
    first = re.split(r"[\r\n]", unquoted, maxsplit=1)[0]
    if path.suffix.lower() in (".tsv", ".tab") and "\t" in first:
        return "\t"
    fitting = [separator for separator in ",;\t|" if separator in first and _fits(text[:100_000], separator)]
    return max(fitting or ",;\t", key=first.count)


def _fits(text: str, separator: str) -> bool:
    widths = [len(cells) for cells in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if cells]
    return len(widths) > 1 and widths[1:].count(widths[0]) * 10 >= len(widths) - 1


def cell_text(value) -> str:
    """Return a cell's value as text: dates as ISO 8601, whole numbers without a point, '' for none.

    Raises ExportError for a number with more digits than a floating-point number keeps, such as a long id.
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if _is_cut(value):
        raise ExportError("A number in the file has more digits than such a file can keep; export it as CSV.")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _is_cut(value) -> bool:
    return isinstance(value, float) and abs(value) >= 2**53


def _cut_numbers(where: str, rows: list[list]) -> str:
    """Return a sentence on the first row with a number whose last digits are lost, '' where there is none."""
    row = next((number for number, row in enumerate(rows, start=1) if any(map(_is_cut, row))), 0)
    return (
        f"{where} row {row}, has a number with more digits than such a file can keep; export it as CSV." if row else ""
    )


def _begins(path: Path, *marks: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(8).startswith(marks)


def _is_workbook(path: Path) -> bool:
    """Say whether a file is a workbook: by its first bytes, since tables of text are at times called .xls, and otherwise."""
    return path.suffix.lower() in WORKBOOKS or _begins(path, _ZIP, _OLE)


def _read_misnamed(path: Path) -> list[Sheet]:
    """Read a table of text that is called a workbook. Raises ExportError where it is no table of two columns or more."""
    try:
        sheets = _read_delimited(path)
    except ExportError:
        sheets = []
    if not any(len(sheet.rows) > 1 and len(sheet.rows[0]) > 1 for sheet in sheets):
        raise ExportError(_REFUSAL.format(path.name))
    return sheets


def _read_workbook(path: Path) -> list[Sheet]:
    if not _begins(path, _ZIP, _OLE):
        return _read_misnamed(path)
    import python_calamine

    visible = python_calamine.SheetVisibleEnum.Visible
    refusal = _REFUSAL.format(path.name)
    try:
        found, trimmed = examine(path) if _begins(path, _ZIP) and path.suffix.lower() != ".xlsb" else ({}, None)
        workbook = python_calamine.load_workbook(trimmed or io.BytesIO(path.read_bytes()))
        sheets, hidden = [], []
        for meta in workbook.sheets_metadata:
            if meta.typ != python_calamine.SheetTypeEnum.WorkSheet:
                continue
            rows = workbook.get_sheet_by_name(meta.name).to_python(skip_empty_area=False)
            findings = found.get(meta.name, Findings())
            fault = _fault(f"{path.name}, sheet '{meta.name}',", findings)
            if not fault and not any(cell != "" for row in rows for cell in row):
                continue
            if meta.visible == visible:
                fault = fault or _cut_numbers(f"{path.name}, sheet '{meta.name}',", rows)
                rows = [[str(value) if _is_cut(value) else cell_text(value) for value in row] for row in rows]
                sheets.append(Sheet(meta.name, rows, None, _notes(path, meta.name, findings), fault))
            elif meta.visible == python_calamine.SheetVisibleEnum.Hidden:  # what is more hidden, a program keeps there
                hidden.append(f"'{meta.name}'")
    except python_calamine.CalamineError as error:
        if "Cell limit" in str(error):
            refusal = f"{path.name} has a cell far from its table. Delete it, or save the table as CSV."
        raise ExportError(refusal) from None
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError):
        raise ExportError(refusal) from None
    if hidden and not sheets:
        raise ExportError(f"{path.name} has nothing on the sheets that are shown; {', '.join(hidden)} is hidden.")
    note = (f"{path.name}: what is hidden was not read: {', '.join(hidden)}.",) if hidden else ()
    return [replace(sheet, notes=(*sheet.notes, *note)) for sheet in sheets]


def _fault(where: str, findings: Findings) -> str:
    """Return a sentence on what of a sheet would be lost, '' if nothing: errors and formulas that read as blank."""
    if findings.errors:
        return (
            f"{where} holds an error in the place of an answer in {_some(findings.errors)}. Correct or clear what is "
            "there, or export the file again."
        )
    if findings.unsolved:
        return (
            f"{where} holds a formula without its result in {_some(findings.unsolved)}. Open it in a spreadsheet program "
            "and save it, or put the values in the place of the formulas."
        )
    if len(findings.strays) > FEW_STRAYS:
        return (
            f"{where} has {len(findings.strays)} cells far from its table: {_some(findings.strays)}. Move them to a sheet "
            "of their own, or delete them."
        )
    return ""


def _notes(path: Path, sheet: str, findings: Findings) -> tuple[str, ...]:
    notes = []
    if findings.strays:
        notes.append(
            f"{path.name}, sheet '{sheet}': what stands far from the table was left out ({_some(findings.strays)})."
        )
    if path.suffix.lower() == ".xlsb" or _begins(path, _OLE):
        notes.append(f"{path.name}: in this kind of workbook a cell with an error cannot be told from a blank one.")
    return tuple(notes)


def _some(references: tuple[str, ...], most: int = 3) -> str:
    """Return 'cell B3', or 'cells B3, B7, C9 and 4 others'."""
    others = len(references) - most
    more = f" and {others} other{'s' * (others > 1)}" if others > 0 else ""
    return f"cell{'s' * (len(references) > 1)} {', '.join(references[:most])}{more}"


def read_sheets(path: str | Path) -> list[Sheet]:
    """Read a CSV, TSV or workbook into sheets of text; workbooks give their visible sheets that are not empty.

    A sheet that holds errors, formulas without results, stray quotation marks or bytes that are no letters has a `fault`,
    so that it is refused only where it is used.
    Raises ExportError if the file is missing, cannot be read, or is neither text nor a workbook.
    """
    path = Path(path)
    if path.is_dir():
        raise ExportError(f"{path} is a folder; give the export file itself.")
    if not path.exists():
        raise ExportError(f"There is no file {path}.")
    try:
        sheets = _read_workbook(path) if _is_workbook(path) else _read_delimited(path)
    except OSError as error:
        raise ExportError(f"{path} cannot be read: {error.strerror}.") from None
    if not any(sheet.rows for sheet in sheets):
        raise ExportError(next((sheet.fault for sheet in sheets if sheet.fault), f"{path.name} is empty."))
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
    if sheet.fault:
        raise ExportError(sheet.fault)
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
