"""Microsoft Forms' layout: the right sheet of a workbook, and headings as Forms and Excel write them. All invented."""

from datetime import datetime

import openpyxl
import pytest

from pipeline import read_consultation, read_responses
from pipeline.errors import ExportError
from pipeline.ingest.layouts import read_export

from .conftest import SMALL, write_csv

OWN = ["ID", "Start time", "Completion time", "Email", "Name"]
QUESTIONS = ["Q1. Who are you?", "Q2. Do you\u00a0like the plan?\u00a0", "Q3. Why?"]
MORNING = datetime(2024, 1, 10, 9, 59, 30)


def response(id, role="Cats", answer="Agree", why=None, sent=MORNING, email="anonymous"):
    return [id, MORNING, sent, email, None, role, answer, why]


def workbook(path, *sheets):
    """Write sheets, each (title, state, rows); a row's cells are as openpyxl takes them."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, state, rows in sheets:
        sheet = book.create_sheet(title)
        sheet.sheet_state = state
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def live(path, rows):
    """A workbook as Forms keeps it up to date: an empty sheet first, the answers on another, a sheet that cannot be shown."""
    hidden = [OWN, [9, MORNING, MORNING, "x", "x"]]
    return workbook(path, ("_56F9DC", "veryHidden", hidden), ("Sheet1", "visible", []), ("Form1", "visible", rows))


def download(path, rows):
    return workbook(path, ("Sheet1", "visible", rows))


def with_notes(path, rows):
    """A workbook to which somebody put a sheet of their own in front."""
    notes = [["Notes", "By"], ["Downloaded on Monday", "Research"]]
    return workbook(path, ("Read me", "visible", notes), ("Form1", "visible", rows))


@pytest.mark.parametrize("platform", ["", "microsoft_forms"])
@pytest.mark.parametrize("write", [live, download, with_notes])
def test_the_sheet_with_the_signature_is_read_whether_or_not_the_platform_is_named(tmp_path, write, platform):
    path = write(tmp_path / "export.xlsx", [[*OWN, *QUESTIONS], response(1, why="food")])
    found = read_export(path, platform)
    assert (found.platform, found.header_rows, found.id, found.submitted) == ("microsoft_forms", 1, 1, 3)
    assert found.rows == (
        (2, ("1", "2024-01-10 09:59:30", "2024-01-10 09:59:30", "anonymous", "", "Cats", "Agree", "food")),
    )
    assert [heading.question for heading in found.headings[5:]] == [
        "Q1. Who are you?",
        "Q2. Do you like the plan?",
        "Q3. Why?",
    ]


def test_a_workbook_in_which_no_sheet_is_the_named_platforms_is_refused(tmp_path):
    path = with_notes(tmp_path / "export.xlsx", [["Id", "Why?"], [1, "secret"]])
    with pytest.raises(
        ExportError, match="has 2 sheets, and none begins as an export of 'microsoft_forms' does"
    ) as error:
        read_export(path, "microsoft_forms")
    assert "secret" not in str(error.value)


def test_another_table_is_refused_where_microsoft_forms_is_named(tmp_path):
    path = write_csv(tmp_path / "export.csv", [["ID", "Why?"], ["1", "because"]])
    with pytest.raises(ExportError, match="does not begin with Microsoft Forms' own columns.*'plain'"):
        read_export(path, "microsoft_forms")


def test_responses_are_counted_by_true_dates_and_nobody_called_anonymous_is_a_repeat(small):
    folder = small(definition=SMALL.replace("export.csv", "export.xlsx"))
    rows = [
        [*OWN, *QUESTIONS],
        response(1, why="food"),
        response(2, "Puppy;", "Disagree"),
        response(3, sent=datetime(2024, 2, 1)),
        response(4, email="cat@example.org"),
        response(5, email="cat@example.org", sent=datetime(2024, 1, 31, 23, 59, 59)),
        [None] * 8,  # rows of the table that hold nothing, at its end
    ]
    live(folder / "export.xlsx", rows)
    responses = read_responses(read_consultation(folder))
    assert responses.ledger["fate"].tolist() == ["counted", "counted", "outside the dates", "repeat", "counted"]
    assert responses.answers["answer"].tolist() == ["Agree", "Disagree", "Agree"]
    assert responses.sources["platform"].tolist() == ["microsoft_forms"]
    assert "cat@" not in "".join(
        getattr(responses, table).to_csv() for table in ("answers", "groups", "ledger", "columns")
    )


def test_a_multi_select_stays_one_cell_and_more_than_one_choice_is_no_option(small):
    folder = small(definition=SMALL.replace("export.csv", "export.xlsx"))
    path = live(folder / "export.xlsx", [[*OWN, *QUESTIONS], response(1, "Cats;Dogs;")])
    assert read_export(path).rows[0][1][5] == "Cats;Dogs;"
    with pytest.raises(ExportError, match="row 2, column 6: .* is not an option of grouping 'role'"):
        read_responses(read_consultation(folder))


def test_the_columns_of_a_quiz_and_of_excel_are_the_platforms_own(tmp_path):
    top = [*OWN, "Total points", "Quiz\u00a0feedback", "Last modified time", "Which?", "Points - Which?", "Feedback - Which?",
           "Column1", "Points - as a whole", "Language"]  # fmt: skip
    found = read_export(download(tmp_path / "quiz.xlsx", [top, [1, MORNING, MORNING, "anonymous"]]))
    questions = [heading.question for heading in found.headings if heading.column not in found.metadata]
    assert questions == ["Which?", "Points - as a whole", "Language"]


def test_the_language_and_the_last_change_may_stand_before_the_questions(tmp_path):
    path = download(tmp_path / "export.xlsx", [[*OWN, "Language", "Last modified time", "Why?"], [1, MORNING, MORNING]])
    assert read_export(path).metadata == frozenset(range(1, 8))


def test_titles_that_stand_twice_keep_their_number_and_a_name_asked_for_is_still_a_name(tmp_path):
    top = [*OWN, "Rating", "Rating2", "Name1", "Email2", "Anything else: other comments"]
    found = read_export(download(tmp_path / "export.xlsx", [top, [1, MORNING, MORNING]]))
    assert [str(heading) for heading in found.headings[5:]] == top[5:]
    assert found.personal == {4, 5, 8, 9}
    assert not any(heading.part for heading in found.headings)


def test_a_text_file_made_of_it_needs_the_form_of_its_dates(small):
    top, cells = [*OWN, *QUESTIONS], ["1", "10/1/24 9:00:00", "10/1/24 9:05:00", "anonymous", "", "Cats", "Agree", ""]
    folder = small()
    write_csv(folder / "export.csv", [top, cells])
    with pytest.raises(ExportError, match="row 2, column 3: the date is not written as year-month-day.*'date_format'"):
        read_responses(read_consultation(folder))
    folder = small(definition=SMALL.replace("counted = true", 'counted = true\ndate_format = "%d/%m/%y %H:%M:%S"'))
    write_csv(folder / "export.csv", [top, cells])
    assert read_responses(read_consultation(folder)).ledger["fate"].tolist() == ["counted"]
