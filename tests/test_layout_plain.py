"""A plain table: one row of headings, two, and a blank one; and SmartSurvey's headings, which are near to it."""

import openpyxl
import pytest

from pipeline.errors import ExportError
from pipeline.ingest.files import Sheet
from pipeline.ingest.layouts import plain, read_export, smartsurvey
from pipeline.ingest.layouts.export import heading_text, without_trailing_blanks

from .conftest import write_csv

OWN = ["UserID", "UserNo", "Name", "Email", "IP Address", "Unique ID", "Started", "Ended"]
SENT = ["77", "1", "", "", "", "", "09/03/2017 14:07:00", "09/03/2017 14:17:00"]
BLANK = [""] * len(OWN)


def read(layout, *rows):
    export = layout.read(Sheet("Sheet", [list(row) for row in rows], "utf-8"), "export.csv")
    return export, [(h.question, h.part) for h in export.headings]


def test_one_header_row_gives_question_and_other_part():
    export, headings = read(
        plain, ["Timestamp", "ID", "Who? - Other (please specify)", "Why?", "", ""], ["2024-01-02", "7", "-", "food"]
    )
    assert (export.header_rows, export.id, export.submitted) == (1, 2, 1)
    assert headings == [("Timestamp", ""), ("ID", ""), ("Who?", "Other (please specify)"), ("Why?", "")]
    assert export.rows == ((2, ("2024-01-02", "7", "", "food")),)


@pytest.mark.parametrize("blank", [[], ["", "", ""], [" ", "\xa0"]])
def test_a_blank_row_under_the_headings_is_theirs_and_rows_keep_their_number(blank):
    export, _ = read(plain, ["ID", "Who?", "Why?"], blank, ["7", "Cats", "food"], [], ["8", "Dogs", "sleep"])
    assert export.header_rows == 2
    assert export.rows == ((3, ("7", "Cats", "food")), (4, ("", "", "")), (5, ("8", "Dogs", "sleep")))


def test_two_tiers_give_question_and_part_and_the_first_goes_on_over_its_blanks():
    export, headings = read(
        plain,
        ["ID", "Email", "Who?", "", "Which pets?", "", "", "Why?", ""],
        ["", "", "Answer", "Other (please specify)", "Cats", "Dogs", "Birds", "", ""],
        ["7", "a@example.org", "Me", "", "Cats", "", "Birds", "food", ""],
    )
    assert (export.header_rows, export.id, export.personal) == (2, 1, {2})
    assert headings[2:] == [
        ("Who?", "Answer"),
        ("Who?", "Other (please specify)"),
        ("Which pets?", "Cats"),
        ("Which pets?", "Dogs"),
        ("Which pets?", "Birds"),
        ("Why?", ""),
    ]
    assert export.rows == ((3, ("7", "a@example.org", "Me", "", "Cats", "", "Birds", "food")),)


def test_two_tiers_and_a_blank_row_are_three_header_rows():
    export, _ = read(plain, ["ID", "Pets?", ""], ["", "Cats", "Dogs"], [], ["7", "Cats", ""])
    assert (export.header_rows, export.rows) == (3, ((4, ("7", "Cats", "")),))


@pytest.mark.parametrize("first", ["", "Respondent", "About you"])
def test_an_id_in_the_second_tier_is_the_id(first):
    export, headings = read(plain, [first, "", "Pets?", ""], ["ID", "Email", "Cats", "Dogs"], ["7", "", "Cats", ""])
    assert (export.header_rows, export.id, export.personal) == (2, 1, {2})
    assert headings == [("ID", ""), ("Email", ""), ("Pets?", "Cats"), ("Pets?", "Dogs")]


@pytest.mark.parametrize(
    "rows",
    [
        (["ID", "Who?", "", "Why?"], ["7", "Cats", "x", "food"]),  # a column without a heading: row 2 has an id
        (["ID", "Who?", "", "Why?"], ["", "Cats", "", "food"]),  # nothing under the blank
        (["ID", "Who?", "Why?"], ["", "Cats", "food"]),  # no blank: a response without an id
        (["Who?", "", "Why?"], ["Cats", "x", "food"]),  # nothing known, and the first column has an answer
    ],
)
def test_a_response_is_not_taken_for_headings(rows):
    export, _ = read(plain, *rows)
    assert export.header_rows == 1 and export.rows[0][0] == 2


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("Do you <b>agree</b>?<br><span style='font-size: 10pt;'>Tick one</span>", "Do you agree? Tick one"),
        ("Who\xa0are&nbsp;you &amp; yours?", "Who are you & yours?"),
        ("\ufeffID", "ID"),
        ("Two\r\nlines_x000D_", "Two lines"),
        ("Less than < £10 or > £20?", "Less than < £10 or > £20?"),
    ],
)
def test_a_heading_is_read_without_mark_up(cell, text):
    assert heading_text(cell) == text
    assert read(plain, [cell, "x"], ["7", "y"])[1][0][0] == text


def test_blank_headings_are_dropped_at_the_end_alone():
    assert without_trailing_blanks(["", "a", "", "b", "", ""]) == ["", "a", "", "b"]
    assert without_trailing_blanks([("a", ""), ("", "b"), ("", "")]) == [("a", ""), ("", "b")]
    assert without_trailing_blanks(["", ""]) == without_trailing_blanks([]) == []


def test_smartsurvey_in_one_row_keeps_what_stands_in_place_of_an_option():
    export, headings = read(
        smartsurvey,
        [*OWN, "Tracking Link", "Q1. Don@SQ@t you?", "Q2. Why?", "", ""],
        [*SENT, "Default Web Link", "It@SQ@s an other"],
        [*SENT, "Default Web Link", "NA", ".", "", "-"],
    )
    assert (export.header_rows, len(export.metadata)) == (1, 9)
    assert headings[9:] == [("Q1. Don't you?", ""), ("Q2. Why?", "")]
    assert [cells[9:] for _, cells in export.rows] == [("It's an other", ""), ("", "")]


def test_smartsurvey_in_three_rows_with_a_matrix_and_trailing_columns():
    export, headings = read(
        smartsurvey,
        [*OWN, "Q1. Who?", "", "Q2. Rate", "", "", "Q3. Why?", "", ""],
        [*BLANK, "Answer", "Other (please specify)", "Food", "", "Sleep", "", ""],
        [*BLANK, "", "", "Now", "Then", "Now"],
        [*SENT, "Me"],
    )
    assert export.header_rows == 3
    assert headings[8:] == [
        ("Q1. Who?", "Answer"),
        ("Q1. Who?", "Other (please specify)"),
        ("Q2. Rate", "Food Now"),
        ("Q2. Rate", "Food Then"),
        ("Q2. Rate", "Sleep Now"),
        ("Q3. Why?", ""),
    ]
    assert export.rows == ((4, (*SENT, "Me", "", "", "", "", "")),)


@pytest.mark.parametrize(
    ("below", "header_rows"),
    [
        ([[*BLANK, "Answer", "Other"], SENT, SENT], 2),
        ([[*BLANK, "Answer", "Other"], [], SENT], 3),
        ([[], SENT], 2),
        ([SENT, [], []], 1),
    ],
)
def test_smartsurvey_counts_as_headings_what_stands_above_its_own_columns(below, header_rows):
    export, _ = read(smartsurvey, [*OWN, "Q1. Who?", "Q1. Who?"], *below)
    assert export.header_rows == header_rows and export.rows[0][0] == header_rows + 1


def test_smartsurvey_with_its_own_columns_blanked_is_refused():
    with pytest.raises(ExportError, match="headings and responses cannot be told apart"):
        read(smartsurvey, [*OWN, "Q1. Who?"], [*BLANK, "Me"], [*BLANK, "You"], [*BLANK, "Me"])


TABLE = [["ID", "Do you agree?"], ["1", "Yes"], ["2", "No"]]


@pytest.mark.parametrize(
    "above",
    [[[]], [["", ""], ["", ""]], [["sep=", ""]], [["Our survey"], ["12 March 2024"], []], [["Our survey", ""], []]],
)
def test_what_stands_above_the_headings_is_left_out_and_told(tmp_path, above):
    export = read_export(write_csv(tmp_path / "a.csv", [*above, *TABLE]))
    first = len(above) + 2
    assert export.header_rows == len(above) + 1 and export.rows == ((first, ("1", "Yes")), (first + 1, ("2", "No")))
    assert f"{len(above)} row" in export.notes[0] and "above the headings" in export.notes[0]


@pytest.mark.parametrize("above", [[["Comments"]], [["Comments"], []], [["Comments", "", ""], ["a", "b", "c"]]])
def test_a_heading_over_one_column_is_no_title(tmp_path, above):
    export = read_export(write_csv(tmp_path / "a.csv", [*above, ["good"], ["bad"]]))
    assert export.headings[0].question == "Comments"


def test_a_platforms_headings_are_found_under_a_title(tmp_path):
    own = ["UserID", "UserNo", "Name", "Email", "IP Address", "Unique ID", "Started", "Ended", "Q1. Why?"]
    rows = [["Our survey"], [], own, ["7", *["-"] * 7, "x", ""], ["8", *["-"] * 7, "y"]]
    export = read_export(write_csv(tmp_path / "a.csv", rows))
    assert (export.platform, export.header_rows, [row for row, _ in export.rows]) == ("smartsurvey", 3, [4, 5])


def test_a_sheet_of_remarks_is_not_the_table(tmp_path):
    book = openpyxl.Workbook()
    book.active["A1"], book.active["A2"] = "Exported on Monday", "See the next sheet"
    for cells in TABLE:
        (book["Data"] if "Data" in book.sheetnames else book.create_sheet("Data")).append(cells)
    book.save(tmp_path / "a.xlsx")
    export = read_export(tmp_path / "a.xlsx")
    assert len(export.rows) == 2 and "only the sheet 'Data' was read" in export.notes[0]
