"""The two workbooks and the CSV files beside them: accessible, equal to each other and to the figures, and never a formula."""

import ast
import csv
import io
import re
import zipfile

import openpyxl
import pandas as pd
import pytest
import python_calamine

from pipeline import read_consultation, read_responses, summarise, write_report
from pipeline.errors import DefinitionError
from pipeline.outcome.opendocument import write_opendocument
from pipeline.outcome.sheets import Sheet, lay_out, shared_notes
from pipeline.outcome.spreadsheet import write_workbook
from pipeline.outcome.tables import ROUNDED, Table
from pipeline.writing import as_csv, as_written, harmless

from .conftest import HEADER, ROOT, SMALL, row
from .figures_in_tables import FORMS, WITHOUT_FIGURES, as_shown, csv_tables, figure_of, read_figures
from .test_layouts_agree import SOFFICE, convert
from .workbooks import pages

ENDINGS = ("xlsx", "ods")
WITHOUT_TABLE = ("Cover",)


@pytest.fixture(scope="module")
def books(written):
    """Each form of the shipped consultation's workbook -> its sheets."""
    return {ending: pages(written / "published" / f"tables.{ending}") for ending in ENDINGS}


@pytest.fixture(params=ENDINGS)
def book(request, books):
    return books[request.param]


# --- The accessibility rules -------------------------------------------------------------------------------------


def test_each_sheet_has_its_title_first_and_nothing_merged_hidden_filtered_or_worked_out(book):
    for page in book:
        assert page.cells[0][0] and (0, 0) in page.bold and not any(page.cells[0][1:]), page.name
        assert page.oddities == [], page.name


def test_each_sheet_after_the_cover_is_one_marked_up_table_with_its_words_above_in_the_first_column(book):
    names = []
    for page in book:
        if page.name in WITHOUT_TABLE:
            assert not page.tables
            continue
        ((name, (top, bottom, width)),) = page.tables.items()
        names.append(name)
        assert page.cells[1][0].startswith("This worksheet contains one table.")
        assert all(line[0] and not any(cell is not None for cell in line[1:]) for line in page.cells[:top]), page.name
        assert bottom == len(page.cells) - 1 and width == len(page.cells[0]), page.name
        headings, *rows = page.cells[top:]
        assert all(isinstance(heading, str) and heading.strip() for heading in headings)
        assert len({heading.casefold() for heading in headings}) == width
        assert {(top, column) for column in range(width)} <= page.bold
        assert rows and all(cell is not None and cell != "" for line in rows for cell in line), page.name
    assert len(set(names)) == len(names) == len(book) - 1
    assert all(re.fullmatch(r"[a-z_][a-z0-9_]*", name) for name in names)


def test_tabs_are_short_and_unique_and_the_front_sheets_come_first(book):
    names = [page.name for page in book]
    assert names == ["Cover", "Contents", "Notes", *(f"Table_{number}" for number in range(1, len(names) - 2))]
    assert all(len(name) < 31 for name in names)


def test_a_column_of_numbers_holds_numbers_and_shorthand_that_is_explained_above(book):
    found = set()
    for page in book[3:]:
        ((_, (top, *_)),) = page.tables.items()
        above = [line[0] for line in page.cells[:top]]
        for column, heading in enumerate(page.cells[top]):
            cells = [line[column] for line in page.cells[top + 1 :]]
            if re.search(r"respondents|base|percentage|responses|^rows$|^ours$", heading.lower()) and column:
                marks = {cell for cell in cells if isinstance(cell, str)} - {"Yes", "No"}
                assert marks <= {"[low]", "[z]"}, (page.name, heading)
                assert all(any(line.startswith(f"{mark} ") for line in above) for mark in marks), page.name
                found |= marks
    assert "[z]" in found  # nobody of one group wrote anything on equality


def test_the_names_of_the_contents_lead_to_the_sheets_they_name(book):
    contents = next(page for page in book if page.name == "Contents")
    ((_, (top, bottom, _)),) = contents.tables.items()
    assert {(line, 0) for line in range(top + 1, bottom + 1)} == set(contents.leads)
    assert [contents.leads[place] for place in sorted(contents.leads)] == [page.name for page in book[2:]]
    titles = {page.name: re.sub(r"( \[note \d+\]|(?<=\])\[note \d+\])+$", "", page.cells[0][0]) for page in book[3:]}
    for line in contents.cells[top + 2 :]:
        assert titles[line[0]] == line[1] and contents.leads[contents.cells.index(line), 0] == line[0]
    assert all(not page.leads for page in book if page is not contents)


def test_notes_are_numbered_where_they_apply_and_nowhere_else(book):
    notes = next(page for page in book if page.name == "Notes")
    ((_, (top, *_)),) = notes.tables.items()
    assert notes.cells[top] == ["Note number", "Note text", "Tables"]
    listed = {marker: (text, numbers(tables)) for marker, text, tables in notes.cells[top + 1 :]}
    assert list(listed) == [f"[note {number}]" for number in range(1, len(listed) + 1)]
    assert ROUNDED in [text for text, _ in listed.values()]
    marked = {}
    for page in book[3:]:
        title, *lines = [line[0] for line in page.cells]
        for marker in re.findall(r"\[note \d+\]", title):
            marked.setdefault(marker, set()).add(int(page.name.removeprefix("Table_")))
            said = " ".join(line for line in lines if isinstance(line, str))
            assert f"{marker} {listed[marker][0]}" in said, (page.name, marker)
    assert marked == {marker: tables for marker, (_, tables) in listed.items()}


def numbers(words):
    """{4, 5, 6, 9} of '4 to 6, 9'."""
    runs = [list(map(int, re.findall(r"\d+", part))) for part in words.split(", ")]
    return {number for first, *last in runs for number in range(first, (last or [first])[0] + 1)}


def test_text_is_large_enough_and_without_serifs(book):
    for page in book:
        assert {name for name, _ in page.fonts} == {"Arial"} and min(size for _, size in page.fonts) >= 12


def test_the_properties_name_the_document_and_the_department_and_no_time(written):
    title = "A new ILACS judgement on the experiences and progress of care leavers"
    book = openpyxl.load_workbook(written / "published" / "tables.xlsx")
    told = book.properties
    assert (told.title, told.creator, told.created.year) == (title, "Ofsted", 2000)
    assert told.subject == "Consultation outcome tables" and "Ofsted" in told.keywords and book.active.title == "Cover"
    with zipfile.ZipFile(written / "published" / "tables.ods") as file:
        meta, settings = (file.read(name).decode() for name in ("meta.xml", "settings.xml"))
        styles = file.read("styles.xml").decode()
        first, *parts = file.infolist()
        assert first.filename == "mimetype" and first.compress_type == zipfile.ZIP_STORED
        assert file.read(first) == b"application/vnd.oasis.opendocument.spreadsheet"
        assert {part.date_time for part in (first, *parts)} == {(2000, 1, 1, 0, 0, 0)}
        listed = re.findall(r'full-path="([^"]+)"', file.read("META-INF/manifest.xml").decode())
        assert {*listed, "META-INF/manifest.xml"} == {"/", *(part.filename for part in parts)}
    assert f"<dc:title>{title}</dc:title>" in meta and "<dc:creator>Ofsted</dc:creator>" in meta
    assert "<dc:language>en-GB</dc:language>" in meta and "<dc:subject>Consultation outcome tables" in meta
    assert set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+", meta)) == {"2000-01-01T00:00:00"}
    assert re.search(r'"ActiveTable"[^>]*>Cover<', settings)
    assert 'fo:language="en" fo:country="GB"' in styles


# --- The same in each form ---------------------------------------------------------------------------------------


def test_both_workbooks_hold_the_same_cells_tables_and_links(books):
    for one, other in zip(books["xlsx"], books["ods"], strict=True):
        assert (one.name, one.tables, one.leads, one.bold) == (other.name, other.tables, other.leads, other.bold)
        assert one.cells == other.cells, one.name


@pytest.mark.parametrize("ending", ENDINGS)
def test_another_reader_finds_the_same_cells(written, books, ending):
    read = python_calamine.CalamineWorkbook.from_path(written / "published" / f"tables.{ending}")
    assert read.sheet_names == [page.name for page in books[ending]]
    for page in books[ending]:
        cells = [["" if cell is None else cell for cell in line] for line in page.cells]
        assert read.get_sheet_by_name(page.name).to_python() == cells


def test_writing_again_gives_the_same_bytes(outcome, written, tmp_path):
    write_report(outcome, tmp_path)
    for ending in ENDINGS:
        name = f"published/tables.{ending}"
        assert (tmp_path / name).read_bytes() == (written / name).read_bytes()


@pytest.mark.parametrize("form", FORMS)
def test_every_number_of_every_table_is_the_figure_of_figures_csv(written, consultation, form):
    published = written / "published"
    figures, shown = read_figures(published), set()
    for table, rows in FORMS[form](published).items():
        for line in rows if table not in WITHOUT_FIGURES else ():
            for heading, cell in line.items():
                place = figure_of(consultation, table, line, heading)
                if place is None:
                    assert isinstance(cell, str) and not re.fullmatch(r"[\d.]+", cell), (table, line, heading)
                    continue
                expected = as_shown(figures.loc[place[0]], place[1])
                assert (cell if isinstance(expected, str) else float(cell)) == expected, (table, line, heading)
                if form != "csv" and not isinstance(expected, str):
                    assert not isinstance(cell, str), (table, line, heading)
                shown.add(place)
    assert {("respondents", "numerator"), ("new_judgement.agree", "percent"), ("criteria.theme.local_offer", "base"),
            ("timing.agree.respondent_group.directors", "base"), ("rows.online.test_entry", "numerator")} <= shown  # fmt: skip
    # The rest stands in the words of the report, or is one way of coding where tables by group show the other.
    for id in set(figures.index) - {id for id, _ in shown}:
        name = id.split(".")[1]
        by = id.split(".", 3)[3:]
        assert name in ("answered", "not_answered", "suggested") or (name in ("theme", "machine") and by), id


def test_the_bases_in_the_notes_are_the_figures_too(written, consultation, books):
    figures = read_figures(written / "published")
    for book in books.values():
        for question in consultation.closed:
            (page,) = (page for page in book if f"{question.id}_nets" in page.tables)
            (note,) = (line[0] for line in page.cells if "Base: " in str(line[0]))
            told = tuple(map(int, re.findall(r"\d+", note.split("Base: ")[1])))
            ids = [f"{question.id}.{name}" for name in ("agree", "answered", "answered", "not_answered")]
            measures = ("base", "base", "numerator", "numerator")
            assert told == tuple(figures.loc[id, of] for id, of in zip(ids, measures, strict=True))


# --- How sheets are laid out ---------------------------------------------------------------------------------------


def table(key="t", notes=("Alone.",), **columns):
    frame = pd.DataFrame(columns or {"Answer": ["Yes"], "Respondents": [1]})
    return Table(key, f"About {key}", notes, frame, "Source: us.")


def test_a_note_of_several_tables_is_shared_and_a_note_of_one_is_not():
    tables = [table("a", ("One.", "Two.")), table("b", ("Two.", "Three.")), table("c", ("Three.", "Two."))]
    assert shared_notes(tables) == {"Two.": [1, 2, 3], "Three.": [2, 3]}


def test_shared_notes_are_marked_in_titles_and_stand_above_their_tables(outcome):
    book = lay_out(outcome, [table("a", ("One.", "Two.")), table("b", ("Two.",)), table("c", ("Three.",))])
    contents, notes, first, second, third = book.sheets
    assert notes.frame.to_numpy().tolist() == [["[note 1]", "Two.", "1, 2"]]
    assert contents.frame["Sheet name"].tolist() == ["Notes", "Table_1", "Table_2", "Table_3"]
    assert contents.frame["Table description"].tolist()[1] == "Table 1: About a"
    assert first.title == "Table 1: About a [note 1]" and first.lines[1:] == ("One.", "[note 1] Two.", "Source: us.")
    assert second.title == "Table 2: About b [note 1]"
    assert third.title == "Table 3: About c" and third.lines == (
        "This worksheet contains one table.", "Three.", "Source: us.",
    )  # fmt: skip


def test_without_shared_notes_there_is_no_sheet_of_them(outcome):
    book = lay_out(outcome, [table("a", ("One.",)), table("b", ("Two.",))])
    assert [sheet.name for sheet in book.sheets] == ["Contents", "Table_1", "Table_2"]
    assert not any("Notes" in line for lines in book.cover.values() for line in lines)


def test_a_long_note_has_a_line_for_each_sentence_and_a_short_one_has_one(outcome):
    long = f"It is {'very ' * 30}long. It goes on."
    book = lay_out(outcome, [table("a", (long, "One. Two."))])
    assert book.sheets[-1].lines[1:4] == (f"It is {'very ' * 30}long.", "It goes on.", "One. Two.")


def sheet(**columns):
    return Sheet("Table_1", "Title", ("One.",), "t", pd.DataFrame(columns))


def test_a_column_shows_as_many_places_as_its_numbers_have():
    shown = sheet(
        Group=["1", "2", "3"],
        Base=[1200, 3, 4],
        Percentage=[22, 6.3, "[low]"],
        Claimed=[141, 92.9, "[z]"],
        None_=["[z]"] * 3,
    )
    assert [shown.numeric(heading) for heading in shown.frame] == [False, True, True, True, True]
    assert [shown.places(heading) for heading in shown.frame][1:] == [0, 1, None, 0]


def test_themes_without_a_kind_beside_themes_with_one_leave_no_cell_empty(small):
    from pipeline import code_responses
    from pipeline.outcome.tables import themes_table

    folder = small(row("1", why="food"), codes="respondent,themes\n1,food\n")
    codebook = folder / "codebook.toml"
    codebook.write_text(codebook.read_text().replace('label = "food"', 'label = "food"\nkind = "Needs"'))
    consultation = read_consultation(folder)
    responses = read_responses(consultation)
    outcome = summarise(consultation, responses, code_responses(consultation, responses.comments, {}))
    assert themes_table(outcome, consultation.question("why")).frame["Kind"].tolist() == ["Needs", "Themes"]


def test_columns_fit_their_cells_up_to_a_point_and_rows_the_lines_that_wrap():
    shown = sheet(Group=["a" * 20, " ".join(["word"] * 30)], Respondents=[1, 2])
    assert shown.widths == [70, 15]
    # 30 words of 4 letters are 149 characters with their spaces: 14 words fit into 70, so that they take 3 lines.
    assert shown.heights == [1, 1, 3]


@pytest.mark.parametrize(("ending", "write"), [("xlsx", write_workbook), ("ods", write_opendocument)])
def test_decimals_are_shown_alike_down_a_column(outcome, tmp_path, ending, write):
    path = tmp_path / f"tables.{ending}"
    write(lay_out(outcome, [table(Answer=["Yes", "No"], Respondents=[1234, 6], Percentage=[22, 6.3])]), path)
    rows = pages(path)[-1].cells[-2:]
    assert rows == [["Yes", 1234, 22], ["No", 6, 6.3]]
    if ending == "xlsx":
        last = openpyxl.load_workbook(path)["Table_1"]
        shown = [cell.number_format for cell in list(last.iter_rows())[-2][1:]]
        assert shown == ["#,##0", "#,##0.0"]
    else:
        with zipfile.ZipFile(path) as file:
            said = re.findall(r"<text:p>([\d.,]+)</text:p>", file.read("content.xml").decode())
        assert said[-4:] == ["1,234", "22.0", "6", "6.3"]


# --- Text is never a formula -------------------------------------------------------------------------------------

LINK = '=HYPERLINK("http://example.org","x")'
HOSTILE = SMALL
for before, after in (
    ('"A small survey"', f"'{LINK}'"),
    ('label = "Role"', 'label = "@role $$a$$"'),
    ('{ label = "Cats" }', '{ label = "+1", key = "cats", options = ["Cats"] }'),
    ('label = "Dogs"', 'key = "dogs", label = "-x (\u540c\u610f)"'),
    ('{ label = "Birds" }', '{ label = "\\t=1+1", key = "birds", options = ["Birds"] }'),
    ('label = "The plan"', 'label = "[click](http://example.org) [again](http://example.org)"'),
    ('label = "Reasons"', 'label = "$$note$$ of\\n{=SUM(A1)}"'),
    ('label = "Agreed"', 'label = "@SUM(A1) | B"'),
    ('label = "Did not agree"', 'label = "=1+1"'),
    ('other = "Others"', 'other = "Others"\npublish_crossed = true\npublish_crossed_because = "=2+2"'),
):
    assert HOSTILE.count(before) == 1
    HOSTILE = HOSTILE.replace(before, after)
HOSTILE += """
[disclosure]
control = false
because = "-2+2"

[organisations]
heading = "Organisation"
agreed = "May we name it?"
"""
NAMES = ["=cmd|' /C calc'!A0", "???", "\x01=bell", "http://example.org/a", "[a](http://example.org)", "'=quoted"]
LABELS = {
    "+1", "-x (\u540c\u610f)", "\t=1+1", "@role $$a$$", "@SUM(A1) | B: respondents", "=1+1: percentage", "???",
    "=cmd|' /C calc'!A0", "=bell", "=food", "http://example.org/a", "[a](http://example.org)", "'=quoted",
}  # fmt: skip


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """The published folder of a survey whose every label tries to be a formula, a link or a mark."""
    from .conftest import CODEBOOK, write_csv

    folder = tmp_path_factory.mktemp("hostile")
    (folder / "consultation.toml").write_text(HOSTILE, encoding="utf-8")
    (folder / "codebook.toml").write_text(CODEBOOK.replace('label = "food"', 'label = "=food"'))
    (folder / "codes.csv").write_text("respondent,themes\n1,food\n")
    rows = [[*row(f"{n}", why="food"), name, "Yes"] for n, name in enumerate(NAMES, start=1)]
    write_csv(folder / "export.csv", [[*HEADER, "Organisation", "May we name it?"], *rows])
    consultation = read_consultation(folder)
    responses = read_responses(consultation)
    from pipeline import code_responses

    outcome = summarise(consultation, responses, code_responses(consultation, responses.comments, {}))
    write_report(outcome, folder / "out")
    return folder / "out"


@pytest.mark.parametrize("ending", ENDINGS)
def test_hostile_labels_are_text_in_the_workbooks(hostile, ending):
    book = pages(hostile / "published" / f"tables.{ending}")
    assert book[0].cells[0] == [LINK]
    assert [page.oddities for page in book if page.oddities] == []
    assert all(not page.leads for page in book if page.name != "Contents")
    cells = {cell for page in book for line in page.cells for cell in line}
    assert cells >= LABELS
    title = "[click](http://example.org) [again](http://example.org): agreement, all respondents"
    assert any(str(cell).removeprefix("Table 4: ").startswith(title) for cell in cells)
    assert any("$$note$$ of\n{=SUM(A1)}: themes raised" in str(cell) for cell in cells)


def test_hostile_labels_are_the_same_text_in_every_form(hostile):
    tables = csv_tables(hostile / "published")
    assert tables and {cell for rows in tables.values() for line in rows for cell in line.values()} >= {"+1", "\t=1+1"}
    for ending in ENDINGS:
        book = pages(hostile / "published" / f"tables.{ending}")
        found = {name: page for page in book for name in page.tables}
        for name, rows in tables.items():
            top = found[name].tables[name][0]
            cells = [[str(cell) for cell in line] for line in found[name].cells[top:]]
            assert cells == [list(rows[0]), *(list(line.values()) for line in rows)], name


def test_no_cell_of_any_csv_file_begins_as_a_formula(hostile):
    files = list(hostile.rglob("*.csv"))
    assert len(files) > 20
    for path in files:
        for line in csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")):
            for cell in line:
                assert re.match(r"[^=+\-@\t\r\n\x00-\x1f]|$|-?\d", cell), (path.name, cell)


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\t", "\n", "\r", "\0", "\x0b", "\x1b", "\x7f", "\x9f", "＝", "＠", "\ufeff"]
)
def test_text_that_a_spreadsheet_may_take_for_a_formula_has_an_apostrophe_before_it_and_comes_back(start):
    text = f"{start}1+1"
    assert harmless(text).startswith("'")
    assert as_written(harmless(text)) == text.replace("\r", "\n")
    assert next(csv.reader(io.StringIO(as_csv(pd.DataFrame({text: ["x"]})), newline="")))[0].startswith("'")


@pytest.mark.parametrize("text", ["plain", "1-2", "a=b", " =1", "'quoted'", "£5", "é"])
def test_other_text_is_written_as_it_is(text):
    assert harmless(text) == text == as_written(text)


def test_every_csv_file_is_written_by_the_one_door():
    doors = {"to_csv": set(), "csv.writer": set(), "csv.DictWriter": set()}
    for path in (ROOT / "pipeline").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                for name in doors.keys() & {node.attr, ast.unparse(node)}:
                    doors[name].add(path.name)
    assert doors == {"to_csv": {"writing.py"}, "csv.writer": set(), "csv.DictWriter": set()}


def test_a_definition_may_not_have_what_no_workbook_can_hold(small):
    for text in ("\\u0007", "\\u000B", "\\r", "\\u0085", "\\uFFFE"):
        with pytest.raises(DefinitionError, match="control character in 'label'"):
            read_consultation(small(definition=SMALL.replace("The plan", f"The {text}plan", 1)))
        with pytest.raises(DefinitionError, match="control character in 'points'"):
            read_consultation(small(definition=SMALL.replace('"Agree", ', f'"Agree{text}", ', 1)))


def test_headings_that_differ_in_capitals_alone_are_refused(small):
    with pytest.raises(DefinitionError, match="tables use for another column"):
        read_consultation(small(definition=SMALL.replace('label = "Role"', 'label = "RESPONDENTS"')))
    with pytest.raises(DefinitionError, match="names the net 'agreed' twice"):
        read_consultation(small(definition=SMALL.replace('"Did not agree"', '"AGREED"')))


# --- In LibreOffice ----------------------------------------------------------------------------------------------

# Commas, quotation marks, UTF-8, from line 1, cells as they are and not as they look, each sheet in a file of its own.
EACH_SHEET = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"


@pytest.fixture(scope="module")
def opened(written, hostile, tmp_path_factory):
    """A folder with what LibreOffice makes of the workbooks: CSV files of each sheet, PDF and XLSX."""
    if not SOFFICE:
        pytest.skip("LibreOffice is not installed: no workbook was opened in it")
    folder = tmp_path_factory.mktemp("opened")
    files = []
    for name, source in (("shipped", written), ("hostile", hostile)):
        for ending in ENDINGS:
            files.append(folder / f"{name}_{ending}.{ending}")
            files[-1].write_bytes((source / "published" / f"tables.{ending}").read_bytes())
    convert(folder, files, "--convert-to", EACH_SHEET)
    convert(folder, files[:2], "--convert-to", "pdf")
    (folder / "again").mkdir()
    convert(folder / "again", [file for file in files if file.suffix == ".ods"], "--convert-to", "xlsx")
    return folder


@pytest.mark.parametrize("name", ["shipped", "hostile"])
@pytest.mark.parametrize("ending", ENDINGS)
def test_libreoffice_opens_the_workbook_and_saves_the_same_cells(opened, name, ending):
    for page in pages(opened / f"{name}_{ending}.{ending}"):
        saved = opened / f"{name}_{ending}-{page.name}.csv"
        with open(saved, encoding="utf-8", newline="") as file:
            cells = list(csv.reader(file))
        assert cells == [["" if cell is None else str(cell) for cell in line] for line in page.cells], page.name


@pytest.mark.parametrize("ending", ENDINGS)
def test_libreoffice_prints_the_workbook_with_each_sheet_as_wide_as_a_page(opened, books, ending):
    from pypdf import PdfReader

    pdf = PdfReader(opened / f"shipped_{ending}.pdf")
    said = [page.extract_text() for page in pdf.pages]
    for page in books[ending]:
        assert sum(page.cells[0][0][:30] in text for text in said) >= 1, page.name
    assert len(books[ending]) <= len(said) < 2 * len(books[ending])


def test_libreoffice_takes_the_named_ranges_for_tables_and_the_links_for_links(opened, books):
    again = {page.name: page for page in pages(opened / "again" / "shipped_ods.xlsx")}
    assert list(again) == [page.name for page in books["ods"]]
    for page in books["ods"]:
        assert again[page.name].tables == page.tables and again[page.name].leads == page.leads
        assert again[page.name].oddities == []
