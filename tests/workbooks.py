"""What a workbook's sheets hold and how they are marked up, read from the file without the libraries that wrote it."""

import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

_SPACES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
    "xlink": "http://www.w3.org/1999/xlink",
}


@dataclass
class Page:
    """A sheet: `cells` by row, None where empty, and its tables as name -> (first row, last row, columns), from 0.

    `bold` are the places of bold cells, `fonts` the names and sizes in use, `leads` the sheets that links lead to by place,
    and `oddities` what accessible sheets have none of: merged or hidden cells, formulas, filters, frozen panes.
    """

    name: str
    cells: list[list]
    tables: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    bold: set[tuple[int, int]] = field(default_factory=set)
    fonts: set[tuple[str, float]] = field(default_factory=set)
    leads: dict[tuple[int, int], str] = field(default_factory=dict)
    oddities: list[str] = field(default_factory=list)


def pages(path: Path) -> list[Page]:
    """Return the sheets of an XLSX or ODS workbook in order."""
    return _xlsx_pages(path) if path.suffix == ".xlsx" else _ods_pages(path)


def _xlsx_pages(path: Path) -> list[Page]:
    import openpyxl

    return [_xlsx_page(sheet) for sheet in openpyxl.load_workbook(path)]


def _xlsx_page(sheet) -> Page:
    page = Page(sheet.title, [[cell.value for cell in line] for line in sheet.iter_rows()])
    for area in sheet.tables.values():
        left, top, right, bottom = _corners(area.ref)
        assert left == 0
        page.tables[area.name] = (top, bottom, right + 1)
        if area.autoFilter is not None or area.headerRowCount != 1:
            page.oddities.append(f"{area.name} has a filter or no row of headings")
    for line in sheet.iter_rows():
        for cell in line:
            place = (cell.row - 1, cell.column - 1)
            if cell.value is not None:
                page.fonts.add((cell.font.name, cell.font.sz))
                if cell.font.b:
                    page.bold.add(place)
                if cell.data_type not in ("s", "n"):
                    page.oddities.append(f"{cell.coordinate} is a {cell.data_type}")
            if cell.hyperlink:
                page.leads[place] = (
                    (cell.hyperlink.location or f"outside:{cell.hyperlink.target}").split("!")[0].strip("'")
                )
    hidden = [*sheet.row_dimensions.values(), *sheet.column_dimensions.values()]
    if sheet.sheet_state != "visible" or any(part.hidden for part in hidden):
        page.oddities.append("hidden")
    if sheet.merged_cells.ranges or sheet.freeze_panes or sheet.auto_filter.ref:
        page.oddities.append("merged, frozen or filtered")
    return page


def _corners(area: str) -> tuple[int, int, int, int]:
    (left, top), (right, bottom) = (re.fullmatch(r"([A-Z]+)(\d+)", corner).groups() for corner in area.split(":"))
    return _column(left), int(top) - 1, _column(right), int(bottom) - 1


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _name(tag: str) -> str:
    space, local = tag.split(":")
    return f"{{{_SPACES[space]}}}{local}"


def _ods_pages(path: Path) -> list[Page]:
    with zipfile.ZipFile(path) as file:
        content, styles = (ElementTree.fromstring(file.read(part)) for part in ("content.xml", "styles.xml"))
    fonts = _ods_fonts(styles)
    found = {table.get(_name("table:name")): table for table in content.iter(_name("table:table"))}
    book = [_ods_page(name, table, fonts) for name, table in found.items()]
    for area in content.iter(_name("table:database-range")):
        first, last = area.get(_name("table:target-range-address")).split(":")
        page = next(page for page in book if page.name == first.split(".")[0] == last.split(".")[0])
        left, top, right, bottom = _corners(f"{first.split('.')[1]}:{last.split('.')[1]}")
        assert left == 0
        page.tables[area.get(_name("table:name"))] = (top, bottom, right + 1)
        if (
            area.get(_name("table:display-filter-buttons")) != "false"
            or area.get(_name("table:contains-header")) != "true"
        ):
            page.oddities.append("a filter or no row of headings")
    return book


def _ods_fonts(styles) -> dict[str, tuple[str, float, bool]]:
    """Return each cell style's font, size in points and whether it is bold, with what it takes from its parents."""
    own = {}
    for style in [*styles.iter(_name("style:default-style")), *styles.iter(_name("style:style"))]:
        if style.get(_name("style:family")) == "table-cell":
            text = style.find("style:text-properties", _SPACES)
            parent = style.get(_name("style:parent-style-name"), "")
            own[style.get(_name("style:name"), "")] = (parent, {} if text is None else text.attrib)

    def value(name, key):
        parent, text = own[name]
        return text.get(key) or (value(parent, key) if name else "")

    return {
        name: (
            value(name, _name("style:font-name")),
            float(value(name, _name("fo:font-size")).removesuffix("pt")),
            value(name, _name("fo:font-weight")) == "bold",
        )
        for name in own
    }


def _ods_page(name: str, table, fonts) -> Page:
    page = Page(name, [])
    for row in table.iter(_name("table:table-row")):
        page.cells.append([])
        for cell in row:
            place = (len(page.cells) - 1, len(page.cells[-1]))
            value = _ods_value(cell)
            page.cells[-1].append(value)
            if value is not None:
                font, size, bold = fonts[cell.get(_name("table:style-name"))]
                page.fonts.add((font, size))
                page.bold |= {place} if bold else set()
            for link in cell.iter(_name("text:a")):
                page.leads[place] = link.get(_name("xlink:href")).lstrip("#").split(".")[0]
    for part in table.iter():
        odd = ("number-columns-spanned", "number-rows-spanned", "formula", "visibility", "display")
        page.oddities += [key for key in odd if part.get(_name(f"table:{key}"))]
    widest = max(len(line) for line in page.cells)
    page.cells = [line + [None] * (widest - len(line)) for line in page.cells]
    return page


def _ods_value(cell):
    if cell.get(_name("office:value-type")) == "float":
        number = float(cell.get(_name("office:value")))
        return int(number) if number.is_integer() else number
    lines = [_ods_text(paragraph) for paragraph in cell.iter(_name("text:p"))]
    return "\n".join(lines) if lines else None


def _ods_text(part) -> str:
    said = part.text or ""
    for child in part:
        if child.tag == _name("text:s"):
            said += " " * int(child.get(_name("text:c"), 1))
        elif child.tag == _name("text:tab"):
            said += "\t"
        else:
            said += _ods_text(child)
        said += child.tail or ""
    return said
