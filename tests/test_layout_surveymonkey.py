"""SurveyMonkey's layout, in two header rows and in one. All responses are invented."""

import datetime

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import read_consultation, read_responses
from pipeline.errors import ExportError
from pipeline.ingest.files import Sheet
from pipeline.ingest.layouts import read_export, surveymonkey
from pipeline.ingest.layouts.export import Heading, heading_text

from .conftest import SMALL, write_csv

OLD = ["RespondentID", "CollectorID", "StartDate", "EndDate", "IP Address", "Email Address", "First Name", "LastName",
       "Custom Data"]  # fmt: skip
NEW = ["Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address", "First Name", "Last Name",
       "Custom Data 1"]  # fmt: skip
NEWEST = [heading.replace("Start Date", "Date Created").replace("End Date", "Date Modified") for heading in NEW]

# The small survey, with a multi-select, a matrix and a question for contact details; two trailing columns are empty.
TOP = ["<p>Q1.&nbsp;Who are <b>you</b>?</p>", "", "Q2. Do you\u00a0like<br><span style=\"font-size: 10pt;\">the plan?</span>",
       "Comments?", "", "Rate each:", "", "Contact information", "", "Q3. Why?", "", ""]  # fmt: skip
PARTS = ["Response", "Other (please specify)", "Response", "Food", "Sleep", "The <i>bed</i>", "The bowl", "Name",
         "City/Town", "Open-Ended Response", "", ""]  # fmt: skip
ONE_ROW = ["Q1. Who are you?", "Q1. Who are you? - Other (please specify)", "Q2. Do you like the plan?", "Comments? - Food",
           "Comments? - Sleep", "Rate each: - The bed", "Rate each: - The bowl", "Contact information - Name",
           "Contact information - City/Town", "Q3. Why?", "", ""]  # fmt: skip


def response(id, *answers, ended="01/09/2024 10:30:00", email=""):
    return [id, "77", "01/09/2024 10:00:00", ended, "192.0.2.1", email, "", "", "", *answers]


ROWS = [
    response("101", "Cats", "", "Agree", "Food", "", "Good", "Bad", "Anna Invented", "Newtown", "food"),
    response("102", "Other (please specify)", "a newt", "Disagree", "", "Sleep", "", "", "", "", "sleep", "", ""),
    response("103", "A dog", "", "Agree"),  # broke off: trailing blanks are absent
    response("104", "", "a toad", "Neither", ended="02/01/2024 00:00:01"),
]


def two_rows(own=OLD):
    return [[*own, *TOP], [*[""] * len(own), *PARTS], *ROWS]


def one_row(own=OLD):
    return [[*own, *ONE_ROW], *ROWS]


def export(tmp_path, rows, platform=""):
    return read_export(write_csv(tmp_path / "export.csv", rows), platform)


@pytest.mark.parametrize("own", [OLD, NEW, NEWEST])
@pytest.mark.parametrize(("form", "header_rows"), [(two_rows, 2), (one_row, 1)])
def test_both_forms_and_every_spelling_are_recognised(tmp_path, own, form, header_rows):
    found = export(tmp_path, form(own))
    assert (found.platform, found.header_rows, found.id, found.submitted) == ("surveymonkey", header_rows, 1, 4)
    assert found.metadata == frozenset(range(1, 10))
    assert [number for number, _ in found.rows] == list(range(header_rows + 1, header_rows + 5))
    assert {len(cells) for _, cells in found.rows} == {19}  # the trailing empty columns are none of it


def test_a_blank_heading_belongs_to_the_question_on_its_left(tmp_path):
    found = export(tmp_path, two_rows())
    assert [(heading.question, heading.part) for heading in found.headings[9:]] == [
        ("Q1. Who are you?", ""),
        ("Q1. Who are you?", "Other (please specify)"),
        ("Q2. Do you like the plan?", ""),
        ("Comments?", "Food"),
        ("Comments?", "Sleep"),
        ("Rate each:", "The bed"),
        ("Rate each:", "The bowl"),
        ("Contact information", "Name"),
        ("Contact information", "City/Town"),
        ("Q3. Why?", ""),
    ]


def test_a_column_is_called_the_same_in_both_forms(tmp_path):
    names = [[str(heading) for heading in export(tmp_path, form()).headings] for form in (two_rows, one_row)]
    assert names[0] == names[1]


def test_what_identifies_a_person_is_told_by_heading_and_by_part(tmp_path):
    assert export(tmp_path, two_rows(NEW)).personal == {5, 6, 7, 8, 9, 17, 18}


@pytest.mark.parametrize("form", [two_rows, one_row])
def test_the_same_answers_come_from_both_forms(small, tmp_path, form):
    folder = small(definition=SMALL.replace('["Email"]', '["Email Address"]'))
    write_csv(folder / "export.csv", form())
    responses = read_responses(read_consultation(folder))
    assert responses.ledger["fate"].tolist() == ["counted", "counted", "counted", "outside the dates"]
    assert responses.answers["answer"].tolist() == ["Agree", "Disagree", "Agree"]
    assert responses.comments["text"].tolist()[:2] == ["food", "sleep"] and pd.isna(responses.comments["text"][2])
    roles = responses.groups[responses.groups["grouping"] == "role"].set_index("respondent")["group"]
    assert roles.to_dict() == {"101": "Cats", "102": "Others", "103": "Dogs"}
    for table in ("answers", "comments", "groups", "ledger", "columns", "sources"):
        text = getattr(responses, table).to_csv()
        assert not any(secret in text for secret in ("Anna", "Newtown", "a newt", "192.0.2.1"))


@pytest.mark.parametrize("form", [two_rows, one_row])
def test_a_row_of_a_matrix_and_a_ticked_option_can_be_asked_for(small, form):
    definition = SMALL.replace('"Q3. Why?"', '"Rate each: - The bowl"')
    folder = small(definition=definition)
    write_csv(folder / "export.csv", form())
    assert read_responses(read_consultation(folder)).comments["text"][0] == "Bad"


def test_a_survey_of_nothing_but_matrices_is_this_survey(small):
    definition = SMALL
    for heading, row in (("Q1. Who are you?", "One"), ("Q2. Do you like the plan?", "Two"), ("Q3. Why?", "Three")):
        definition = definition.replace(heading, f"Q1. Rate each: - {row}")
    folder = small(definition=definition)
    parts = [*[""] * 9, "One", "Two", "Three"]
    write_csv(folder / "export.csv", [[*OLD, "Q1. Rate each:", "", ""], parts, response("1", "Cats", "Agree", "food")])
    assert read_responses(read_consultation(folder)).answers["answer"].tolist() == ["Agree"]


def test_comments_beside_an_answer_are_not_a_second_answer(small):
    top = [*OLD, "Q1. Who are you?", "Q2. Do you like the plan?", ""]
    parts = [*[""] * 9, "Response", "Response", "Comments"]
    definition = SMALL.replace('"Q3. Why?"', '"Q2. Do you like the plan? - Comments"')
    folder = small(definition=definition)
    write_csv(folder / "export.csv", [top, parts, response("1", "Cats", "Agree", "good food")])
    responses = read_responses(read_consultation(folder))
    assert responses.answers["answer"].tolist() == ["Agree"]
    assert responses.comments["text"].tolist() == ["good food"]


@pytest.mark.parametrize(
    ("ended", "fates"),
    [
        (["01/12/2024 09:00:00", "12/01/2024 09:00:00"], ["counted", "outside the dates"]),
        (["01/31/2024 11:59:59 PM", "02/01/2024 12:00:01 AM"], ["counted", "outside the dates"]),
        (["", "01/05/2024 12:00:00 am"], ["not submitted", "counted"]),
    ],
)
def test_dates_are_month_first_by_either_clock(small, ended, fates):
    folder = small()
    rows = [response(str(i), "Cats", "", "Agree", "x", ended=day) for i, day in enumerate(ended)]
    top = [
        *OLD,
        "Q1. Who are you?",
        "Q1. Who are you? - Other (please specify)",
        "Q2. Do you like the plan?",
        "Q3. Why?",
    ]
    write_csv(folder / "export.csv", [top, *rows])
    assert read_responses(read_consultation(folder)).ledger["fate"].tolist() == fates


def test_a_day_first_date_is_refused_and_never_guessed(small):
    folder = small()
    write_csv(
        folder / "export.csv", [[*OLD, *ONE_ROW], response("1", "Cats", "", "Agree", ended="31/01/2024 10:00:00")]
    )
    with pytest.raises(ExportError, match="row 2, column 4: the date is not written as '%m/%d/%Y %H:%M:%S'"):
        read_responses(read_consultation(folder))


def test_a_workbook_gives_what_the_text_file_gives(tmp_path):
    book = openpyxl.Workbook()
    for cells in two_rows(NEW):
        book.active.append([cell or None for cell in cells])
    for number, row in enumerate(ROWS, start=3):  # ids as numbers and dates as dates
        book.active.cell(number, 1, int(row[0]))
        book.active.cell(number, 4, datetime.datetime(2024, 1, 9, 10, 30))
    book.save(tmp_path / "export.xlsx")
    found, text = read_export(tmp_path / "export.xlsx"), export(tmp_path, two_rows(NEW))
    assert found.headings == text.headings
    assert found.rows[0][1][:4] == ("101", "77", "01/09/2024 10:00:00", "2024-01-09 10:30:00")
    assert [cells[4:] for _, cells in found.rows] == [cells[4:] for _, cells in text.rows]


def test_a_file_without_a_collector_is_told_by_its_second_row(tmp_path):
    rows = [["RespondentID", "Seen any?", "Which?", ""], ["", "Response", "One", "Two"], ["1", "Yes", "", "Two"]]
    found = export(tmp_path, rows)
    assert (found.platform, found.header_rows, found.submitted, found.date_format) == ("surveymonkey", 2, 0, "")
    assert found.headings[3] == Heading(4, "Which?", "Two", whole="Which? - Two")


def test_a_file_with_one_row_and_no_collector_is_read_where_the_platform_is_named(tmp_path):
    rows = [["RespondentID", "Seen any?", "Which? - Other (please specify)"], ["1", "Yes", "Two"]]
    assert export(tmp_path, rows).platform == "plain"
    found = export(tmp_path, rows, "surveymonkey")
    assert (found.platform, found.header_rows) == ("surveymonkey", 1)
    assert found.headings[2].part == "Other (please specify)"


def test_answers_without_an_id_do_not_pass_for_headings(tmp_path):
    anonymous = [*[""] * 9, *ROWS[0][9:]]
    found = export(tmp_path, [[*OLD, *ONE_ROW], anonymous, *ROWS[1:]])
    assert found.header_rows == 1
    assert not any("Anna" in str(heading) for heading in found.headings)


def test_a_blank_row_under_one_row_of_headings_is_accounted_for(tmp_path):
    found = export(tmp_path, [[*OLD, *ONE_ROW], [""] * 21, *ROWS])
    assert found.header_rows == 1 and found.rows[0] == (2, ("",) * 19)


def test_another_platforms_file_is_refused_where_surveymonkey_is_named(tmp_path):
    with pytest.raises(ExportError, match="does not begin with SurveyMonkey's own column 'Respondent ID'"):
        export(tmp_path, [["Name", "Why?"], ["Anna", "because"]], "surveymonkey")


def test_a_cell_under_no_heading_keeps_the_rows_from_being_counted(tmp_path):
    found = export(tmp_path, [*two_rows()[:2], [*ROWS[0], "lost", ""]])
    assert "row 3, has more cells than there are headings" in found.fault and len(found.rows) == 1


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("GOV.UK today<br/>Please <strong>do not</strong>.", "GOV.UK today Please do not."),
        ("Fish &amp; chips, &lt;b&gt;", "Fish & chips, <b>"),
        ("Aged <18 or >65, a <b and c>", "Aged <18 or >65, a <b and c>"),
        ("<div class='x'>One</div><div>Two</div>", "One Two"),
        ("two\r\n lines_x000D_", "two lines"),
        ('<img src="a.png">', '<img src="a.png">'),
        ("Which? [<b>Cats</b>] [<b a] = b>", "Which? [Cats] [<b a] = b>"),
        ("soft\u00adware\u200b<br>\ufeffhere", "software here"),
        ("\u00a0", ""),
        ("&nbsp;\u200b", ""),
    ],
)
def test_html_is_taken_off_a_heading_and_nothing_else(cell, text):
    assert heading_text(cell) == text


WORD = st.text(alphabet="abc <>&", max_size=6)


@given(st.lists(st.tuples(WORD, WORD), max_size=8), st.integers(0, 3))
def test_no_answer_is_lost_or_moves_to_another_column(pairs, trailing):
    top = [*OLD, "First", *(one for one, _ in pairs), *[""] * trailing]
    parts = [*[""] * 9, "Response", *(part for _, part in pairs), *[""] * trailing]
    answers = [str(column) if column <= 10 or any(text.strip() for text in pairs[column - 11]) else ""
               for column in range(1, 11 + len(pairs))]  # fmt: skip
    found = surveymonkey.read(Sheet("s", [top, parts, answers], None), "s")
    assert found.header_rows == 2
    assert [heading.column for heading in found.headings] == list(range(1, len(found.headings) + 1))
    width = len(found.headings)
    assert found.rows[0][1] == tuple(answers[:width]) and not any(answers[width:])
    for heading in found.headings[10:]:
        left = next(text for text in reversed(top[: heading.column]) if text.strip())
        assert heading.question == heading_text(left)


def test_one_row_of_headings_without_a_collector_is_told_by_other_and_the_ids(tmp_path):
    top = ["RespondentID", "What is the main dish?", "What is the main dish? - Other (please specify)", "Age"]
    export = read_export(write_csv(tmp_path / "a.csv", [top, ["4337954960", "Turkey", "", "18 - 29"]]))
    assert (export.platform, export.header_rows, len(export.rows)) == ("surveymonkey", 1, 1)
    assert read_export(write_csv(tmp_path / "b.csv", [top, ["7", "Turkey", "", "18 - 29"]])).platform == "plain"
