"""The Word document: what an editor, a screen reader and another program find in it."""

import io
import re
import shutil
import subprocess
import zipfile
from itertools import pairwise

import docx
import pypdf
import pytest
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm

from pipeline.outcome.report import Block
from pipeline.outcome.tables import Table
from pipeline.outcome.word import Grid, Span, column_widths, render_word


@pytest.fixture(scope="module")
def content(written):
    return (written / "published" / "report.docx").read_bytes()


@pytest.fixture(scope="module")
def document(content):
    return docx.Document(io.BytesIO(content))


@pytest.fixture(scope="module")
def prose(outcome):
    """Return a function that makes a document of one section with some of the department's own words in it."""

    def make(text):
        blocks = [Block("heading", "Next steps"), Block("prose", text)]
        made = docx.Document(io.BytesIO(render_word(outcome, blocks)))
        paragraphs = list(made.paragraphs)
        start = next(n for n, paragraph in enumerate(paragraphs) if paragraph.style.name == "Heading 1")
        return made, paragraphs[start + 1 :]

    return make


def styled(paragraphs):
    return [(paragraph.style.name, paragraph.text) for paragraph in paragraphs]


# --- The shipped report --------------------------------------------------------------------------------------------


def test_headings_are_styles_whose_levels_never_jump(document):
    levels = [int(p.style.name[-1]) for p in document.paragraphs if p.style.name.startswith("Heading")]
    assert levels[0] == 1 and set(levels) == {1, 2, 3}
    assert all(below <= above + 1 for above, below in pairwise(levels))
    assert [p.text for p in document.paragraphs if p.style.name == "Title"] == [
        "A new ILACS judgement on the experiences and progress of care leavers"
    ]


def test_every_picture_has_words_that_say_what_it_shows(document, written):
    pictures = list(document.element.body.iter(qn("wp:docPr")))
    assert len(pictures) == len(list((written / "published" / "charts").glob("*.png"))) == 13
    assert all(len(picture.get("descr")) > 40 for picture in pictures)
    assert all(shape.width <= Cm(17.01) and shape.height <= Cm(20) for shape in document.inline_shapes)


def test_every_table_has_one_header_row_a_name_and_no_row_that_is_cut(document):
    assert len(document.tables) == 18
    for table in document.tables:
        marked = [row for row in table.rows if row._tr.trPr.find(qn("w:tblHeader")) is not None]
        assert len(marked) == 1 and marked[0]._tr is table.rows[0]._tr
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
        look = table._tbl.tblPr.find(qn("w:tblLook"))
        assert look.get(qn("w:firstRow")) == look.get(qn("w:firstColumn")) == "1"
        above = table._tbl.getprevious()
        assert docx.text.paragraph.Paragraph(above, document).style.name == "Caption"
        assert table._tbl.tblPr.find(qn("w:tblCaption")).get(qn("w:val")) == "".join(
            t.text for t in above.iter(qn("w:t"))
        )


def test_numbers_stand_to_the_right_and_words_to_the_left(document):
    table = next(table for table in document.tables if table.cell(0, 0).text == "How it came")
    assert [[cell.paragraphs[0].style.name for cell in row.cells] for row in table.rows][:2] == [
        ["Table heading"] * 3,
        ["Table text", "Table number", "Table text"],
    ]
    assert [cell.paragraphs[0].alignment for cell in table.rows[0].cells] == [None, WD_ALIGN_PARAGRAPH.RIGHT, None]
    assert document.styles["Table number"].paragraph_format.alignment == WD_ALIGN_PARAGRAPH.RIGHT


def test_every_table_is_as_wide_as_its_page(document):
    section, found = 0, []
    for element in document.element.body:
        if element.tag == qn("w:tbl"):
            page = document.sections[section]
            room = page.page_width - page.left_margin - page.right_margin
            width = sum(column.w for column in element.tblGrid.gridCol_lst)
            found.append(page.orientation)
            assert abs(width - room) < Cm(0.05)
        elif element.tag == qn("w:p") and element.find(f"{qn('w:pPr')}/{qn('w:sectPr')}") is not None:
            section += 1
    # Of the shipped tables only the two by respondent group, with eight columns, lie on their side.
    assert found.count(WD_ORIENT.LANDSCAPE) == 2 and found.count(WD_ORIENT.PORTRAIT) == 16


def test_the_contents_lead_to_the_headings(document):
    links = [
        (link.get(qn("w:anchor")), "".join(text.text for text in link.iter(qn("w:t"))))
        for paragraph in document.paragraphs
        if paragraph.style.name.startswith("toc")
        for link in paragraph._p.iter(qn("w:hyperlink"))
    ]
    marks = {
        mark.get(qn("w:name")): paragraph.text
        for paragraph in document.paragraphs
        for mark in paragraph._p.iter(qn("w:bookmarkStart"))
    }
    headings = [p.text for p in document.paragraphs if p.style.name in ("Heading 1", "Heading 2")]
    assert [text for _, text in links] == headings and all(marks[name] == text for name, text in links)
    fields = [mark.get(qn("w:fldCharType")) for mark in document.element.body.iter(qn("w:fldChar"))]
    assert fields == ["begin", "separate", "end"]


def test_every_page_says_where_the_numbers_come_from_and_which_page_it_is(document):
    (header,) = {section.header.paragraphs[0].text for section in document.sections}
    assert header == "Invented responses with the published totals."
    for section in document.sections:
        fields = [part.get(qn("w:instr")) for part in section.footer.paragraphs[0]._p.iter(qn("w:fldSimple"))]
        assert fields == ["PAGE", "NUMPAGES"]


def test_the_document_says_what_it_is_and_has_no_clock(content, document):
    about = document.core_properties
    assert about.title.startswith("A new ILACS judgement") and about.author == "Ofsted" and about.language == "en-GB"
    assert about.created.year == about.modified.year == 2000
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert not any(name.endswith(("thumbnail.jpeg", "app.xml")) for name in parts.namelist())
        styles = parts.read("word/styles.xml").decode()
    assert 'w:ascii="Arial"' in styles and "asciiTheme" not in styles and 'w:val="en-US"' not in styles


def test_words_stand_out_from_the_page(document):
    def light(colour):
        parts = [int(colour[n : n + 2], 16) / 255 for n in (0, 2, 4)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    colours = {str(style.font.color.rgb) for style in document.styles if style.type in (1, 2) and style.font.color.rgb}
    assert len(colours) == 3
    assert all(1.05 / (light(colour) + 0.05) >= 4.5 for colour in colours)


# --- The department's own words ------------------------------------------------------------------------------------


def test_bold_italics_and_links_are_runs(prose):
    _, (paragraph,) = prose("We **act** *now*: see [the *plan*](https://www.gov.uk/plan) or <x>.")
    assert paragraph.text == "We act now: see the plan or <x>."
    assert [(run.text, run.bold, run.italic) for run in paragraph.runs if run.bold or run.italic] == [
        ("act", True, None),
        ("now", None, True),
    ]
    (link,) = paragraph.hyperlinks
    assert (link.text, link.address) == ("the plan", "https://www.gov.uk/plan")
    assert [run.italic for run in link.runs] == [None, True]


def test_pictures_are_not_fetched_and_a_place_beside_the_page_is_no_link(prose):
    document, (paragraph,) = prose("![logo](http://example.org/a.png) [here](file.odt) \x0bend\x07")
    assert paragraph.text == "!logo here end" and not document.inline_shapes
    assert [link.address for link in paragraph.hyperlinks] == ["http://example.org/a.png"]


def test_lists_are_list_styles_and_each_list_of_numbers_begins_anew(prose):
    text = "- one\n  - inner\n\n    more\n- two\n\n1. first\n2. second\n\nThen:\n\n4. fourth\n5. fifth"
    document, paragraphs = prose(text)
    assert styled(paragraphs) == [
        ("List Bullet", "one"), ("List Bullet 2", "inner"), ("List Continue 2", "more"), ("List Bullet", "two"),
        ("List Number", "first"), ("List Number", "second"), ("Normal", "Then:"),
        ("List Number", "fourth"), ("List Number", "fifth"),
    ]  # fmt: skip
    ids = [p._p.pPr.numPr.numId.val for p in paragraphs if p.style.name == "List Number"]
    assert ids[0] == ids[1] != ids[2] == ids[3]
    numbering = document.part.numbering_part.element
    starts = [numbering.num_having_numId(id).lvlOverride_lst[0].startOverride.val for id in (ids[0], ids[2])]
    assert starts == [1, 4]


def test_quotations_code_rules_and_tables_are_what_they_are(prose):
    text = "> They said.\n\n```\na = 1\nb = 2\n```\n\n---\n\n| Cost | Year |\n|---|---:|\n| *Low* | 5 |"
    document, paragraphs = prose(text)
    assert styled(paragraphs)[:3] == [("Quote", "They said."), ("Normal", "a = 1\nb = 2"), ("Rule", "")]
    (table,) = document.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [["Cost", "Year"], ["Low", "5"]]
    assert [cell.paragraphs[0].style.name for cell in table.rows[1].cells] == ["Table text", "Table number"]
    assert table.cell(1, 0).paragraphs[0].runs[0].italic and table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None


def test_sub_headings_begin_one_level_below_and_never_jump(prose):
    _, paragraphs = prose("###### Deep\n\n# Top\n\n##### Under it\n\n## Again")
    assert styled(paragraphs) == [
        ("Heading 2", "Deep"),
        ("Heading 2", "Top"),
        ("Heading 3", "Under it"),
        ("Heading 2", "Again"),
    ]


# --- Wide tables ---------------------------------------------------------------------------------------------------


def grid(*lines, right):
    return Grid("", [[[Span(cell)] for cell in line] for line in lines], [right])


def test_a_column_has_room_for_its_longest_word_and_words_take_what_is_left():
    # In ems of 0.3704 cm: 'Theme' 0.78 + 2 * 0.62 + 0.9 + 0.62 = 3.54, 'Base' 0.78 + 3 * 0.62 = 2.64; 0.4 cm beside each.
    widths, scale = column_widths(grid(["Theme", "Base"], ["a b c", "1"], right=[False, True]), 10)
    assert scale == 1 and widths == pytest.approx([10 - 1.378, 1.378], abs=0.001)
    # Nobody breaks a word: where there is no room the letters become smaller.
    widths, scale = column_widths(grid(["Theme", "Base"], right=[False, True]), 1.5)
    assert sum(widths) == pytest.approx(1.5) and scale == pytest.approx(1.5 / (1.378 + 1.711), abs=0.001)


def test_a_word_with_a_hyphen_may_be_broken_after_it():
    whole, _ = column_widths(grid(["aaaaaaaa", "b"], right=[True, True]), 10)
    broken, _ = column_widths(grid(["b", "aaaa-aaaa"], right=[True, True]), 10)
    assert broken[1] < 10 - whole[1]


def test_a_table_of_many_columns_lies_on_its_side_with_its_heading_and_letters_that_fit(outcome):
    import pandas as pd

    frame = pd.DataFrame([["Cats", *range(13)]], columns=["Group", *(f"Respondents {n}" for n in range(13))])
    blocks = [
        Block("heading", "Before"), Block("text", "Upright."), Block("heading", "Wide", 3),
        Block("table", table=Table("wide", "A wide table", (), frame, "Source: a test.")), Block("text", "Upright again."),
    ]  # fmt: skip
    document = docx.Document(io.BytesIO(render_word(outcome, blocks)))
    assert [section.orientation for section in document.sections] == [
        WD_ORIENT.PORTRAIT,
        WD_ORIENT.LANDSCAPE,
        WD_ORIENT.PORTRAIT,
    ]
    aside = list(document.sections[1].iter_inner_content())
    assert [part.text for part in aside if hasattr(part, "text")][:2] == ["Wide", "A wide table"]
    (table,) = document.tables
    assert {run.font.size.pt for cell in table.rows[0].cells for run in cell.paragraphs[0].runs} == {7.0}


# --- Another program -----------------------------------------------------------------------------------------------


def as_pdf(path, folder):
    """Return the PDF that LibreOffice makes of a file; None where it makes none."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(path)]
    subprocess.run(command, capture_output=True, timeout=180, check=False)
    made = folder / f"{path.stem}.pdf"
    return pypdf.PdfReader(made) if made.is_file() else None


def test_libreoffice_opens_it_and_sets_every_heading_and_caption(content, document, tmp_path):
    if not shutil.which("soffice"):
        pytest.skip("LibreOffice is not installed")
    (tmp_path / "plain.txt").write_text("LibreOffice Writer", encoding="utf-8")
    if as_pdf(tmp_path / "plain.txt", tmp_path) is None:
        pytest.skip("LibreOffice is installed without Writer")
    (tmp_path / "report.docx").write_bytes(content)
    pdf = as_pdf(tmp_path / "report.docx", tmp_path)
    text = "".join("".join(page.extract_text() for page in pdf.pages).split())
    said = [p.text for p in document.paragraphs if p.style.name.startswith(("Heading", "Title", "Caption"))]
    assert len(said) > 40 and all("".join(words.split()) in text for words in said)
    sides = {tuple(round(float(side)) for side in page.mediabox[2:]) for page in pdf.pages}
    assert sides == {(595, 842), (842, 595)}
    assert re.search("Page1of", text) and f"Page{len(pdf.pages)}of{len(pdf.pages)}" in text
