"""The workbook as ODS, the form in which the Analysis Function asks for tables: the one door to odfdo.

Same sheets, same cells and same look as the XLSX: styles by name, each table a database range with one row of headings and
no filter, numbers as numbers. Text is always text: no cell has a formula.
"""

import io
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pipeline.outcome.sheets import COVER, COVER_WIDTH, LINE_HEIGHT, Book, Sheet, is_number

_OURS = Path(__file__).parent / "templates"
# odfdo's own empty document brings a French author's fonts, styles and buttons, which these take the place of.
_PARTS = ("content.xml", "styles.xml", "settings.xml")
_NOT_OURS = ("Configurations2/", "Thumbnails/")
# No clock: the same input gives the same bytes.
_WRITTEN, _ZIPPED = datetime(2000, 1, 1), (2000, 1, 1, 0, 0, 0)
_CM_A_CHARACTER = 0.222
_NUMBERS = {0: "whole", 1: "one-place", None: "mixed"}


def write_opendocument(book: Book, path: Path) -> None:
    """Write a workbook as ODS."""
    from odfdo import Document, Element

    document = Document("spreadsheet")
    for name in _PARTS:
        document.set_part(name, (_OURS / f"opendocument-{name}").read_bytes())
    for name in document.manifest.get_paths():
        if name.startswith(_NOT_OURS):
            document.manifest.del_full_path(name)
    for style in _measures(book):
        document.insert_style(style, automatic=True)
    document.body.append(_cover(book))
    ranges = Element.from_tag("table:database-ranges")
    for sheet in book.sheets:
        document.body.append(_sheet(sheet))
        ranges.append(_range(sheet))
    document.body.append(ranges)
    _describe(book, document.meta)
    content = io.BytesIO()
    document.save(content)
    path.write_bytes(_repacked(content))


def _measures(book: Book) -> Iterator[str]:
    """Give the styles of columns by their width in characters, and of rows by their height in points."""
    for width in sorted({COVER_WIDTH, *(width for sheet in book.sheets for width in sheet.widths)}):
        yield (
            f'<style:style style:name="width-{width}" style:family="table-column">'
            f'<style:table-column-properties style:column-width="{width * _CM_A_CHARACTER:.2f}cm"/></style:style>'
        )
    lines = {lines for sheet in book.sheets for lines in sheet.heights}
    for height in sorted({*(height for *_, height in book.cover_rows), *(n * LINE_HEIGHT for n in lines)}):
        yield (
            f'<style:style style:name="height-{height}" style:family="table-row">'
            f'<style:table-row-properties style:row-height="{height}pt" style:use-optimal-row-height="false"/>'
            "</style:style>"
        )


def _cover(book: Book):
    rows = [_row([_text(text, f"cover-{kind}")], f"height-{height}") for kind, text, height in book.cover_rows]
    return _table(COVER, [COVER_WIDTH], rows)


def _sheet(sheet: Sheet):
    looks = [_look(sheet, heading) for heading in sheet.frame]
    heights = iter(f"height-{lines * LINE_HEIGHT}" for lines in sheet.heights)
    rows = [_row([_text(sheet.title, "title")]), *(_row([_text(line, "Default")]) for line in sheet.lines)]
    headings = [_text(heading, _over(look)) for heading, look in zip(sheet.frame, looks, strict=True)]
    rows.append(_row(headings, next(heights)))
    for line in sheet.frame.itertuples(index=False, name=None):
        cells = [_cell(value, look) for value, look in zip(line, looks, strict=True)]
        if sheet.leads:
            cells[0] = _text(line[0], "link", to=f"#{line[0]}.A1")
        rows.append(_row(cells, next(heights)))
    return _table(sheet.name, sheet.widths, rows)


def _look(sheet: Sheet, heading: str) -> str:
    """Return the style of a column's cells."""
    if sheet.numeric(heading):
        return _NUMBERS[sheet.places(heading)]
    return "text-apart" if sheet.apart(heading) else "text"


def _over(look: str) -> str:
    """Return the style of the heading of a column whose cells have a style."""
    return "number-heading" if look in _NUMBERS.values() else f"{look}-heading"


def _table(name: str, widths: list[int], rows: list):
    from odfdo import Column, Table

    table = Table(name, style="sheet")
    for part in (*(Column(style=f"width-{width}") for width in widths), *rows):
        table.append(part)
    return table


def _row(cells: list, style: str = "row"):
    from odfdo import Row

    row = Row(style=style)
    row.extend_cells(cells)
    return row


def _cell(value, style: str):
    from odfdo import Cell

    if not is_number(value):
        return _text(value, style)
    number = int(value) if float(value).is_integer() else float(value)
    return Cell(number, text=f"{number:,.1f}" if style == "one-place" else f"{number:,}", style=style)


def _text(text: str, style: str, to: str = ""):
    """Return a cell of text, with a paragraph for each of its lines; with `to`, one that leads to that place."""
    from odfdo import Cell, Link, Paragraph

    cell = Cell(style=style)
    cell.type = "string"
    if "\t" in text:
        # LibreOffice leaves out the tabs of a cell's paragraphs.
        cell.set_attribute("office:string-value", text)
    for line in text.split("\n"):
        paragraph = Paragraph("" if to else line)
        if to:
            link = Link(to, text=line)
            link.set_attribute("xlink:type", "simple")
            paragraph.append(link)
        cell.append(paragraph)
    return cell


def _range(sheet: Sheet):
    """Return the mark-up of a sheet's table: its name, and the cells from its headings to its last row."""
    from odfdo import Element

    rows, columns = sheet.frame.shape
    first = len(sheet.lines) + 2
    area = f"{sheet.name}.A{first}:{sheet.name}.{_letters(columns)}{first + rows}"
    found = Element.from_tag("table:database-range")
    found.set_attribute("table:name", sheet.table)
    found.set_attribute("table:target-range-address", area)
    found.set_attribute("table:contains-header", "true")
    found.set_attribute("table:display-filter-buttons", "false")
    return found


def _letters(number: int) -> str:
    """Return a column's name: A for 1, Z for 26, AA for 27."""
    before, letter = divmod(number - 1, 26)
    return (_letters(before) if before else "") + chr(ord("A") + letter)


def _describe(book: Book, meta) -> None:
    meta.clear_user_defined_metadata()
    meta.title, meta.subject, meta.description = book.title, book.subject, book.description
    meta.keyword, meta.language = book.keywords, "en-GB"
    meta.initial_creator = meta.creator = book.department
    meta.creation_date = meta.date = _WRITTEN
    cells = sum(len(sheet.lines) + 1 + sheet.frame.size + sheet.frame.shape[1] for sheet in book.sheets)
    counts = {"table-count": len(book.sheets) + 1, "cell-count": cells + len(book.cover_rows), "object-count": 0}
    meta.statistic = {f"meta:{name}": count for name, count in counts.items()}


def _repacked(content: io.BytesIO) -> bytes:
    """Return a zipped document with the same parts in the same order, but those not ours, and no word of the time."""
    packed = io.BytesIO()
    with zipfile.ZipFile(content) as old, zipfile.ZipFile(packed, "w") as new:
        for part in old.infolist():
            if not part.filename.startswith(_NOT_OURS):
                entry = zipfile.ZipInfo(part.filename, _ZIPPED)
                entry.compress_type = part.compress_type
                new.writestr(entry, old.read(part))
    return packed.getvalue()
