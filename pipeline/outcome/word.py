"""The report as a Word document that the department can edit: the one door to python-docx for writing.

All looks are styles (Title, Heading 1 to 4, List Bullet, Caption, Table text, Note, Inset), so that a department's own
template can take their place. Headings, lists, tables with a marked header row and pictures with words for them are what
they are to a screen reader too. The same input gives the same bytes.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from pipeline.definition import Consultation
from pipeline.outcome.forms import as_text, is_number, own_words
from pipeline.outcome.outcomes import Outcome
from pipeline.outcome.report import Block
from pipeline.outcome.tables import Table, source_line
from pipeline.outcome.wording import sentence

FONT = "Arial"
# GOV.UK's colours; the palest that carries words, the grey of notes, has a contrast of 6.9 on white.
INK, QUIET, LINE, LINK = "0B0C0C", "505A5F", "B1B4B6", "1D70B8"
# A4 in centimetres, upright; a table too wide for it lies on a page turned on its side.
SHORT, LONG, MARGIN = 21.0, 29.7, 2.0
UPRIGHT, ASIDE = SHORT - 2 * MARGIN, LONG - 2 * MARGIN
TALLEST = 20.0
TABLE_POINTS = 10.5
# How much smaller a table's letters may be, so that it stands upright.
SMALLEST = 0.9
# How wide a table's letters are, in ems of bold Arial rounded up, and the white at the right of a cell in centimetres.
NARROW, WIDE = set("fijlrtI()[]/.,:;'-| "), set("mwMW%@")
WHITE, EM = 0.4, TABLE_POINTS * 2.54 / 72
# Headings down to this level of the page's are sections, and stand in the contents.
LISTED = 3
# A table of so many rows stays on one page.
TOGETHER = 16

LISTS = [f"{kind}{depth}" for kind in ("Bullet", "Number", "Continue") for depth in ("", " 2", " 3")]
# Paragraph styles: points, bold, colour, and the points of white above and below; those that keep with what follows.
STYLES = {
    "Normal": (12, False, INK, 0, 8),
    "Title": (28, True, INK, 0, 8),
    "Subtitle": (14, False, QUIET, 0, 24),
    "Heading 1": (20, True, INK, 26, 8),
    "Heading 2": (16, True, INK, 20, 6),
    "Heading 3": (13, True, INK, 16, 4),
    "Heading 4": (12, True, INK, 12, 4),
    "Contents heading": (16, True, INK, 12, 6),
    "toc 1": (12, False, INK, 4, 2),
    "toc 2": (12, False, INK, 0, 2),
    **{f"List {kind}": (12, False, INK, 0, 8) for kind in LISTS},
    "Quote": (12, False, INK, 0, 8),
    "Inset": (12, True, INK, 6, 14),
    "Caption": (12, True, INK, 14, 6),
    "Figure": (12, False, INK, 0, 16),
    "Rule": (6, False, INK, 0, 8),
    "Table heading": (TABLE_POINTS, True, INK, 3, 3),
    "Table text": (TABLE_POINTS, False, INK, 3, 3),
    "Table number": (TABLE_POINTS, False, INK, 3, 3),
    "Note": (10, False, QUIET, 4, 0),
    "Source": (10, False, QUIET, 4, 18),
    "Header": (10, False, QUIET, 0, 0),
    "Footer": (10, False, QUIET, 0, 0),
}  # fmt: skip
KEPT = ("Contents heading", "Caption", "Note")
# Centimetres that a style stands in from the left, and its border (the side, eighths of a point, colour).
INDENTS = {"toc 2": 0.75, "Quote": 0.75, "Inset": 0.5}
BORDERS = {"Quote": ("left", 12, LINE), "Inset": ("left", 48, QUIET), "Rule": ("bottom", 6, LINE)}
TABLE_STYLE = f"""\
<w:style xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" w:type="table" w:customStyle="1"
  w:styleId="OutcomeTable">
  <w:name w:val="Outcome table"/><w:basedOn w:val="TableNormal"/><w:uiPriority w:val="59"/><w:qFormat/>
  <w:tblPr><w:tblBorders>
    <w:bottom w:val="single" w:sz="4" w:space="0" w:color="{LINE}"/>
    <w:insideH w:val="single" w:sz="4" w:space="0" w:color="{LINE}"/>
  </w:tblBorders><w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="{round(WHITE * 567)}" w:type="dxa"/></w:tblCellMar>
  </w:tblPr>
  <w:tblStylePr w:type="firstRow">
    <w:tcPr><w:tcBorders><w:bottom w:val="single" w:sz="8" w:space="0" w:color="{QUIET}"/></w:tcBorders>
      <w:vAlign w:val="bottom"/></w:tcPr>
  </w:tblStylePr>
</w:style>"""
# What a line is not broken within; a word with a hyphen is, after it.
_WORD = re.compile(r"[^\s-]*-|[^\s-]+")
# What XML cannot hold, which a pasted text or an export may.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Span(NamedTuple):
    """Words that look alike: bold, italic or code, and the address that they lead to."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    address: str = ""


class Grid(NamedTuple):
    """A table as it is laid out: a name, lines of cells of which the first is the header, and which cells stand right."""

    name: str
    lines: list[list[list[Span]]]
    right: list[list[bool]]


def render_word(outcome: Outcome, blocks: list[Block]) -> bytes:
    """Return the report as a Word document (.docx) on A4, charts inside it, and nothing that it fetches."""
    import docx

    word = _Word(docx.Document())
    _set_up(word.document, outcome)
    word.opening(outcome.consultation, blocks)
    for block, aside in zip(blocks, _aside(blocks), strict=True):
        word.turn(aside)
        getattr(word, f"write_{block.kind}")(block)
    return _without_clock(word.document)


@dataclass
class _Word:
    """The document as it is being written: one method for each kind of block."""

    document: object
    headings: int = 0
    section: int = 2

    def opening(self, consultation: Consultation, blocks: list[Block]):
        """Write the title and the contents: links to the headings of the first two levels, which Word can make anew."""
        department = consultation.department
        self._paragraph("Title", consultation.title)
        self._paragraph("Subtitle", f"{department}: consultation outcome" if department else "Consultation outcome")
        self._paragraph("Contents heading", "Contents")
        headings = [block for block in blocks if block.kind == "heading"]
        lines = []
        for number, block in enumerate(headings, start=1):
            if block.level <= LISTED:
                lines.append(self._paragraph(f"toc {block.level - 1}", block.text))
                _link(lines[-1], lines[-1].runs, f"#{_bookmark(number)}")
        # No page numbers: nobody knows them until Word has set the pages.
        first, last = lines[0]._p, lines[-1]._p
        for place, part in enumerate(
            (
                _made("fldChar", fldCharType="begin"),
                _made("instrText", 'TOC \\o "1-2" \\h \\n'),
                _made("fldChar", fldCharType="separate"),
            ),
            start=1,  # after the paragraph's style
        ):
            first.insert(place, _made("r", [part]))
        last.append(_made("r", [_made("fldChar", fldCharType="end")]))

    def turn(self, aside: bool):
        """Go on to a page turned on its side, or back to an upright one, unless the page lies so."""
        from docx.enum.section import WD_ORIENT, WD_SECTION

        wanted = WD_ORIENT.LANDSCAPE if aside else WD_ORIENT.PORTRAIT
        if self.document.sections[-1].orientation != wanted:
            section = self.document.add_section(WD_SECTION.NEW_PAGE)
            section.orientation = wanted
            section.page_width, section.page_height = section.page_height, section.page_width

    def write_heading(self, block: Block):
        self.headings += 1
        self.section = block.level if block.level <= LISTED else self.section
        paragraph = self._paragraph(f"Heading {block.level - 1}", block.text)
        start = _made("bookmarkStart", id=self.headings, name=_bookmark(self.headings))
        paragraph._p.insert(1, start)
        paragraph._p.append(_made("bookmarkEnd", id=self.headings))

    def write_text(self, block: Block):
        paragraph = self._paragraph("Normal", block.text)
        # What ends in a colon introduces the list below it.
        paragraph.paragraph_format.keep_with_next = block.text.endswith(":") or None

    def write_inset(self, block: Block):
        self._paragraph("Inset", block.text)

    def write_quote(self, block: Block):
        self._paragraph("Quote", block.text).paragraph_format.keep_with_next = True
        self._paragraph("Quote", block.items[0])

    def write_list(self, block: Block):
        for item in block.items:
            self._paragraph("List Bullet", item)

    def write_chart(self, block: Block):
        from docx.shared import Cm

        self._paragraph("Caption", block.chart.title)
        picture = (
            self._paragraph("Figure").add_run().add_picture(io.BytesIO(block.chart.bytes("png")), width=Cm(UPRIGHT))
        )
        if picture.height > Cm(TALLEST):
            picture.width, picture.height = int(picture.width * Cm(TALLEST) / picture.height), Cm(TALLEST)
        picture._inline.docPr.set("name", block.chart.key)
        picture._inline.docPr.set("descr", _one_line(block.chart.alt))

    def write_table(self, block: Block):
        table = block.table
        self._paragraph("Caption", table.title)
        self._grid(_laid_out(table))
        for note in (*table.notes, *(f"{mark} means {meaning}." for mark, meaning in table.shorthand.items())):
            self._paragraph("Note", note)
        self._paragraph("Source", table.source)

    def write_prose(self, block: Block):
        """Write the department's own words; their headings begin one level below that of the section they stand in."""
        lists, quoted, level, style, grid = [], 0, self.section, "", None
        for token in own_words().parse(block.text):
            match token.type:
                case "bullet_list_open":
                    lists.append(_List("Bullet"))
                case "ordered_list_open":
                    style_of_list = f"List Number{_depth(len(lists) + 1)}"
                    first = int(token.attrs.get("start", 1))
                    lists.append(_List("Number", _new_numbers(self.document, style_of_list, first)))
                case "bullet_list_close" | "ordered_list_close":
                    lists.pop()
                case "list_item_open":
                    lists[-1].begun = False
                case "blockquote_open":
                    quoted += 1
                case "blockquote_close":
                    quoted -= 1
                case "heading_open":
                    below = 2 if token.tag in ("h5", "h6") else 1
                    level = min(level + 1, self.section + below)
                    style = f"Heading {level - 1}"
                case "heading_close":
                    style = ""
                case "table_open":
                    grid = Grid("", [], [])
                case "table_close":
                    self._grid(grid)
                    self._paragraph("Normal")  # two tables without a paragraph between them are one to Word
                    grid = None
                case "tr_open":
                    grid.lines.append([])
                    grid.right.append([])
                case "th_open" | "td_open":
                    grid.right[-1].append("right" in (token.attrs.get("style") or ""))
                case "hr":
                    self._paragraph("Rule")
                case "fence" | "code_block":
                    self._paragraph("Normal", [Span(token.content.rstrip("\n"), code=True)])
                case "inline" if grid:
                    grid.lines[-1].append(list(_spans(token.children)))
                case "inline":
                    paragraph = self._paragraph(
                        style or (lists and lists[-1].style(len(lists))) or ("Quote" if quoted else "Normal"),
                        list(_spans(token.children)),
                    )
                    if lists and not style:
                        lists[-1].begin(paragraph)

    def _paragraph(self, style: str, words: str | list[Span] = ""):
        return _write(self.document.add_paragraph(style=style), words)

    def _grid(self, grid: Grid):
        """Lay out a table as wide as the page, with its first line marked as the header that every page repeats."""
        from docx.enum.section import WD_ORIENT
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Cm, Pt

        aside = self.document.sections[-1].orientation == WD_ORIENT.LANDSCAPE
        widths, scale = column_widths(grid, ASIDE if aside else UPRIGHT)
        made = self.document.add_table(len(grid.lines), len(widths), style="Outcome table")
        made.autofit = False
        if grid.name:
            made._tbl.tblPr.append(_made("tblCaption", val=_one_line(grid.name)))
        for column, width in zip(made._tbl.tblGrid.gridCol_lst, widths, strict=True):
            column.w = Cm(width)
        together = len(grid.lines) <= TOGETHER
        for number, (row, line, right) in enumerate(zip(made.rows, grid.lines, grid.right, strict=True)):
            marks = row._tr.get_or_add_trPr()
            marks.append(_made("cantSplit"))
            if number == 0:
                marks.append(_made("tblHeader"))
            for cell, width, spans, stands_right in zip(row.cells, widths, line, right, strict=True):
                cell.width = Cm(width)
                paragraph = cell.paragraphs[0]
                paragraph.style = "Table heading" if number == 0 else "Table number" if stands_right else "Table text"
                if number == 0 and stands_right:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
                # No caption and no note stands without its table, and no short table is cut in two.
                paragraph.paragraph_format.keep_with_next = together or number in (0, len(grid.lines) - 1)
                _write(paragraph, spans)
                for run in paragraph.runs if scale < 1 else ():
                    run.font.size = Pt(round(2 * TABLE_POINTS * scale) / 2)


@dataclass
class _List:
    """A list of the department's: of bullets or numbers, and whether the item at hand has its mark."""

    kind: str
    numbers: int | None = None
    begun: bool = False

    def style(self, depth: int) -> str:
        return f"List {'Continue' if self.begun else self.kind}{_depth(depth)}"

    def begin(self, paragraph):
        if self.numbers is not None and not self.begun:
            marks = paragraph._p.get_or_add_pPr().get_or_add_numPr()
            marks.get_or_add_ilvl().val, marks.get_or_add_numId().val = 0, self.numbers
        self.begun = True


def _depth(depth: int) -> str:
    """Return the end of a list style's name: Word has three of each."""
    return "" if depth == 1 else f" {min(depth, 3)}"


def _new_numbers(document, style: str, first: int) -> int:
    """Return the id of a numbering that looks as the style's does and begins anew."""
    numbering = document.part.numbering_part.element
    of_style = document.styles[style].element.pPr.numPr.numId.val
    made = numbering.add_num(numbering.num_having_numId(of_style).abstractNumId.val)
    made.add_lvlOverride(ilvl=0).add_startOverride(first)
    return made.numId


def _spans(tokens) -> Iterator[Span]:
    """Yield the words of a paragraph of Markdown, each with the look that it has there."""
    bold = italic = 0
    address = ""
    for token in tokens:
        match token.type:
            case "strong_open" | "strong_close":
                bold += token.nesting
            case "em_open" | "em_close":
                italic += token.nesting
            case "link_open":
                address = token.attrs["href"]
            case "link_close":
                address = ""
            case "softbreak":
                yield Span(" ", bold > 0, italic > 0, False, address)
            case "hardbreak":
                yield Span("\n", bold > 0, italic > 0, False, address)
            case _:
                yield Span(token.content, bold > 0, italic > 0, token.type == "code_inline", address)


def _write(paragraph, words: str | list[Span]):
    spans = [Span(_one_line(words))] if isinstance(words, str) else words
    for address, alike in groupby(spans, key=lambda span: span.address):
        runs = [_run(paragraph, span) for span in alike if span.text]
        # An address that needs the page's own place is nothing to a document, which travels.
        if address.startswith(("http://", "https://", "mailto:")):
            _link(paragraph, runs, address)
    return paragraph


def _run(paragraph, span: Span):
    run = paragraph.add_run(_NOT_XML.sub("", span.text))
    # Not False where it is not: the paragraph's style may be bold.
    run.bold, run.italic = span.bold or None, span.italic or None
    if span.code:
        run.font.name = "Courier New"
    return run


def _link(paragraph, runs: list, address: str):
    """Make words lead to an address, or to a bookmark of the document ('#name')."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml.ns import qn

    link = _made("hyperlink", history=1)
    if address.startswith("#"):
        link.set(qn("w:anchor"), address[1:])
    else:
        link.set(qn("r:id"), paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    paragraph._p.append(link)
    for run in runs:
        run.style = "Hyperlink"
        link.append(run._r)


def _laid_out(table: Table) -> Grid:
    """Return a table of the outcome as it is laid out: numbers, and marks in place of numbers, to the right."""
    frame = table.frame
    right = [[is_number(value) or value in table.shorthand for value in row] for row in frame.itertuples(index=False)]
    # A heading stands over its column, and a row's own heading is words even where it is a number.
    columns = [any(cells) for cells in zip(*right, strict=True)]
    right = [[False, *row[1:]] for row in (columns, *right)]
    lines = [list(frame.columns), *frame.itertuples(index=False)]
    return Grid(table.title, [[[Span(_one_line(as_text(value)))] for value in line] for line in lines], right)


def column_widths(grid: Grid, room: float) -> tuple[list[float], float]:
    """Return how wide each column of a table is, `room` (in cm) in all, and the share of its size that its type keeps.

    No word is broken: each column has room for its longest, and what is left goes to the columns of words by how much they
    have to say. Where the longest words need more than `room`, the type becomes smaller.
    """
    columns = list(zip(*[["".join(span.text for span in cell) for cell in line] for line in grid.lines], strict=True))
    least = [max(_width(word) for cell in column for word in _WORD.findall(cell) or [""]) for column in columns]
    if sum(least) > room:
        return [width * room / sum(least) for width in least], room / sum(least)
    # A column of numbers stays as narrow as its heading's words.
    wanted = [
        0 if right else max(_width(cell[:60]) for cell in column) - width
        for column, right, width in zip(columns, grid.right[0], least, strict=True)
    ]
    if not any(wanted):
        wanted[0] = 1
    spare = room - sum(least)
    return [width + spare * part / sum(wanted) for width, part in zip(least, wanted, strict=True)], 1


def _width(text: str) -> float:
    """Return how wide a text of a table is, in centimetres, and the white beside it."""
    ems = [0.4 if c in NARROW else 0.9 if c in WIDE else 0.78 if c.isupper() else 0.62 for c in text]
    return WHITE + EM * sum(ems)


def _aside(blocks: list[Block]) -> list[bool]:
    """Say for each block whether it stands on a page turned on its side: wide tables do, with the headings above them."""
    aside, below = [], False
    for block in reversed(blocks):
        if block.kind == "table":
            below = column_widths(_laid_out(block.table), UPRIGHT)[1] < SMALLEST
        elif block.kind != "heading":
            below = False
        aside.append(below)
    return aside[::-1]


def _one_line(text: str) -> str:
    return re.sub("[ \t\r\n\f\v]+", " ", _NOT_XML.sub("", text)).strip(" ")


def _bookmark(number: int) -> str:
    return f"_Toc{number:08}"


def _made(tag: str, content=(), **attributes):
    """Return an element of WordprocessingML with attributes, and other elements or a text in it."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), str(value))
    if isinstance(content, str):
        element.text = content
    else:
        element.extend(content)
    return element


def _set_up(document, outcome: Outcome):
    _set_styles(document.styles)
    _set_page(document.sections[0], outcome.consultation)
    _set_properties(document, outcome)


def _set_styles(styles):
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import parse_xml
    from docx.oxml.ns import qn
    from docx.shared import RGBColor

    # Of the template's hundred and sixty styles only those in use stay, and an editor finds them.
    for element in list(styles.element.style_lst):
        if styles[element.name_val].name not in STYLES and not element.default:
            styles.element.remove(element)
        for link in element.findall(qn("w:link")):
            element.remove(link)
    (defaults,) = styles.element.xpath("w:docDefaults/w:rPrDefault/w:rPr")
    defaults.find(qn("w:lang")).set(qn("w:val"), "en-GB")
    # The template's fonts are those of a theme, which would win over any that is named.
    for fonts in styles.element.xpath("//w:rFonts[@w:asciiTheme]"):
        fonts.getparent().remove(fonts)
    defaults.insert(0, _made("rFonts", ascii=FONT, hAnsi=FONT, eastAsia=FONT, cs=FONT))
    for name in STYLES:
        built_in = name in styles or name.startswith("toc")
        style = styles[name] if name in styles else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, built_in)
        _set_style(style)
        if name != "Normal":
            style.base_style = styles["Normal"]
    styles["Table number"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    link = styles.add_style("Hyperlink", WD_STYLE_TYPE.CHARACTER, builtin=True)
    link.font.color.rgb, link.font.underline = RGBColor.from_string(LINK), True
    styles.element.append(parse_xml(TABLE_STYLE))


def _set_style(style):
    """Give a paragraph style its looks, in place of those that the template has for it."""
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt, RGBColor

    points, bold, colour, above, below = STYLES[style.name]
    style.element._remove_rPr()
    style.font.size, style.font.color.rgb = Pt(points), RGBColor.from_string(colour)
    style.font.bold = bold or None
    looks = style.paragraph_format
    looks.space_before, looks.space_after, looks.line_spacing = Pt(above), Pt(below), 1.1
    looks.keep_with_next = style.name.startswith("Heading") or style.name in KEPT or None
    if style.name in INDENTS:
        looks.left_indent = Cm(INDENTS[style.name])
    marks = style.element.get_or_add_pPr()
    for border in marks.findall(qn("w:pBdr")):
        marks.remove(border)
    if style.name in BORDERS:
        side, size, colour = BORDERS[style.name]
        border = _made("pBdr", [_made(side, val="single", sz=size, space=10 if side == "left" else 1, color=colour)])
        marks.insert_element_before(border, "w:tabs", "w:spacing", "w:ind", "w:contextualSpacing", "w:jc")


def _set_page(section, consultation: Consultation):
    """Make the page an upright A4, with where the numbers come from at its head and its number at its foot."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm

    section.page_width, section.page_height = Cm(SHORT), Cm(LONG)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(MARGIN)
    section.header_distance = section.footer_distance = Cm(MARGIN / 2)
    note = consultation.data_note
    _write(section.header.paragraphs[0], f"{sentence(note)}." if note else consultation.title)
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for words, number in (("Page ", "PAGE"), (" of ", "NUMPAGES")):
        foot.add_run(words)
        foot._p.append(_made("fldSimple", [_made("r", [_made("t", "1")])], instr=number))


def _set_properties(document, outcome: Outcome):
    """Say what the document is and in which language; the times are fixed, as nothing here reads the clock."""
    from docx.oxml.ns import qn

    consultation, about = outcome.consultation, document.core_properties
    # A property holds 255 characters at most.
    about.title, about.subject = consultation.title[:255], "Consultation outcome"
    about.author = about.last_modified_by = consultation.department[:255]
    about.comments, about.language = source_line(outcome)[:255], "en-GB"
    about.created = about.modified = datetime(2000, 1, 1)
    settings = document.settings.element
    settings.find(qn("w:themeFontLang")).set(qn("w:val"), "en-GB")
    # Without this Word opens the document as one of an older Word's.
    (mode,) = settings.xpath("w:compat/w:compatSetting[@w:name='compatibilityMode']")
    mode.set(qn("w:val"), "15")
    # The template's picture of an empty page, and its count of no words.
    parts = document.part.package.rels
    for id in [id for id, part in parts.items() if part.reltype.endswith(("/thumbnail", "/extended-properties"))]:
        del parts[id]


def _without_clock(document) -> bytes:
    """Return the document's file with a fixed time on each of its parts."""
    made, kept = io.BytesIO(), io.BytesIO()
    document.save(made)
    with zipfile.ZipFile(made) as parts, zipfile.ZipFile(kept, "w") as file:
        for name in parts.namelist():
            part = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            part.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(part, parts.read(name))
    return kept.getvalue()
