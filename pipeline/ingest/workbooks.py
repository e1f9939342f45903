"""What a workbook holds that its reader does not tell: errors, formulas without a result, cells far away.

Seen with python-calamine: a cell that holds an error (#N/A, #REF!) and a formula whose result was never saved both read
as blank, and one cell at the far corner of an XLSX sheet makes it ask for the memory of all the cells between, which
ends the program. So the sheets' own XML is looked through first.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

# A table ends before a gap wider than this; cells beyond it are strays.
ROWS_APART, COLUMNS_APART = 1000, 100

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0"
_CALCEXT = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"

_CELL = re.compile(rb"<(?:\w+:)?c((?:\s[^>]*?)?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_COLUMN = re.compile(rb"""r=["']([A-Z]{1,3})\d""")
_ROW = re.compile(rb"""row\s[^>]*?\br=["'](\d+)["']""")
_REFERENCE = re.compile(rb"""\sr=["']([A-Z]{1,3})(\d+)["']""")
_KIND = re.compile(rb"""\st=["'](\w+)["']""")
_FORMULA = re.compile(rb"[<:]f[\s>/]")
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]+)<|<(?:\w+:)?is[\s>]")


@dataclass(frozen=True)
class Findings:
    """Of one sheet, by their references: cells with an error, formulas without a result, cells far from the table."""

    errors: tuple[str, ...] = ()
    unsolved: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()


def examine(path: Path) -> tuple[dict[str, Findings], io.BytesIO | None]:
    """Return what each sheet of an XLSX or ODS holds, by its name, and an XLSX without its strays, None if it has none.

    Raises zipfile.BadZipFile, KeyError or ElementTree.ParseError for what is neither.
    """
    with zipfile.ZipFile(path) as book:
        if "content.xml" in book.namelist():
            return _look_through_ods(book.read("content.xml")), None
        found, trimmed = {}, {}
        for name, part in _sheet_parts(book).items():
            content = book.read(part)
            found[name] = look_through(content)
            if found[name].strays:
                trimmed[part] = _without(content, found[name].strays)
        return found, _copy(book, trimmed) if trimmed else None


def _sheet_parts(book: zipfile.ZipFile) -> dict[str, str]:
    """Return the part of the file that holds each worksheet, by the sheet's name."""
    targets = {
        relation.get("Id"): posixpath.normpath(posixpath.join("/xl", relation.get("Target", ""))).lstrip("/")
        for relation in ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
        if relation.get("Type", "").endswith("/worksheet")
    }
    sheets = {}
    for element in ElementTree.fromstring(book.read("xl/workbook.xml")).iter():
        if element.tag.endswith("}sheet"):
            id = next((value for key, value in element.attrib.items() if key.endswith("}id")), "")
            if id in targets:
                sheets[element.get("name", "")] = targets[id]
    return sheets


def look_through(content: bytes) -> Findings:
    """Return what the XML of one sheet holds."""
    columns = [_number(letters) for letters in set(_COLUMN.findall(content))]
    last_column = end_of_table(columns, COLUMNS_APART)
    spread = last_column < max(columns, default=0) or _far_apart(map(int, _ROW.findall(content)))
    wrong = b't="e"' in content or b"t='e'" in content
    formulas = (b"<f" in content or b":f" in content) and _FORMULA.search(content)
    if not (spread or wrong or formulas):
        return Findings()  # as nearly every export: its cells need not be gone through one by one
    errors, unsolved, filled = [], [], []
    for attributes, inner in _CELL.findall(content):
        place = _REFERENCE.search(attributes)
        reference = (place[1] + place[2]).decode() if place else "without a reference"
        kind = _KIND.search(attributes)
        value = _VALUE.search(inner)
        if kind and kind[1] == b"e":
            code = value[1].decode(errors="replace") if value and value[1] else "an error"
            errors.append(f"{reference} ({code})")
        elif not value and _FORMULA.search(inner) and not (kind and kind[1] == b"str"):  # an empty text is a result
            unsolved.append(reference)
        if place and value:
            filled.append((_number(place[1]), int(place[2]), reference))
    last_column = end_of_table((column for column, _, _ in filled), COLUMNS_APART)
    last_row = end_of_table((row for _, row, _ in filled), ROWS_APART)
    strays = tuple(reference for column, row, reference in filled if column > last_column or row > last_row)
    return Findings(tuple(errors), tuple(unsolved), strays)


def end_of_table(occupied: Iterable[int], apart: int) -> int:
    """Return the last occupied number before the first gap of more than `apart` empty ones; 0 if none is occupied."""
    numbers = sorted(set(occupied))
    for number, after in pairwise(numbers):
        if after - number - 1 > apart:
            return number
    return numbers[-1] if numbers else 0


def _far_apart(rows: Iterable[int]) -> bool:
    rows = list(rows)
    return end_of_table(rows, ROWS_APART) < max(rows, default=0)


def _look_through_ods(content: bytes) -> dict[str, Findings]:
    """Return the errors and the formulas without a result of each sheet of an ODS, which tells cells far away itself."""
    if b'"error"' not in content and b"formula=" not in content:
        return {}
    found = {}
    for table in (element for element in ElementTree.fromstring(content).iter() if _says(element, "table")):
        errors, unsolved, row = [], [], 1
        for line in (element for element in table.iter() if _says(element, "table-row")):
            column = 1
            for cell in line:
                said = {key.rpartition("}")[::2]: value for key, value in cell.attrib.items()}
                reference = f"{_letters(column)}{row}"
                if said.get((_CALCEXT, "value-type")) == "error":
                    errors.append(f"{reference} ({''.join(cell.itertext())})")
                elif (_TABLE, "formula") in said and (_OFFICE, "value-type") not in said:
                    unsolved.append(reference)
                column += int(said.get((_TABLE, "number-columns-repeated"), 1))
            row += int(line.get(f"{_TABLE}}}number-rows-repeated", 1))
        found[table.get(f"{_TABLE}}}name", "")] = Findings(tuple(errors), tuple(unsolved))
    return found


def _says(element, tag: str) -> bool:
    return element.tag == f"{_TABLE}}}{tag}"


def _letters(column: int) -> str:
    """Return the letters of a column: 1 is A, 16384 XFD."""
    letters = ""
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def _number(letters: bytes) -> int:
    """Return the number of a column: A is 1, XFD 16384."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _without(content: bytes, strays: tuple[str, ...]) -> bytes:
    """Return the XML of a sheet without the cells that have these references."""
    gone = {reference.encode() for reference in strays}

    def keep(cell):
        place = _REFERENCE.search(cell[1])
        return b"" if place and place[1] + place[2] in gone else cell[0]

    return _CELL.sub(keep, content)


def _copy(book: zipfile.ZipFile, changed: dict[str, bytes]) -> io.BytesIO:
    """Return a workbook in memory, some of its parts changed."""
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as new:
        for part in book.namelist():
            new.writestr(part, changed.get(part) or book.read(part))
    copy.seek(0)
    return copy
