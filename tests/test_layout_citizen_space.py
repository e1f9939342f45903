"""Citizen Space's exports, as its published pages and others' readers describe them; everything here is invented."""

import pytest

from pipeline import read_consultation, read_responses
from pipeline.errors import ExportError
from pipeline.ingest.layouts import read_export

from .conftest import SMALL, write_csv

HEADER = ["Response ID", "Date submitted", "What is your name? - Name", "What is your email address? - Email",
          "Who are you? - Who are you?", "Who are you? - Other (please specify)", "The plan - in full - Do you like it?",
          "The plan - in full - Why?", "Analyst notes", "The plan - in full - Tags", "__userinfo_ip",
          "__userinfo_pages_visited"]  # fmt: skip
DEFINITION = (
    SMALL.replace("Q1. ", "")
    .replace("Q2. Do you like the plan?", "The plan - in full - Do you like it?")
    .replace("Q3. Why?", "The plan - in full - Why?")
)


def response(id, day="2024-01-10", role="Cats", other="", answer="Agree", why="because"):
    name = ["Anna Bell", "anna@example.org"]
    return [id, day, *name, role, other, answer, why, "a note", "food", "192.0.2.7", "4"]


def test_an_export_is_recognised_by_its_ids(tmp_path):
    path = write_csv(tmp_path / "a.csv", [HEADER, response("ANON-AB12-CD34-E"), response("QWER-AB12-CD35-6")])
    export = read_export(path)
    assert (export.platform, export.id, export.submitted) == ("citizen_space", 1, 2)
    assert export.metadata == {1, 2, 9, 10, 11, 12}
    assert export.personal == {3, 4, 11}


def test_the_ids_are_found_wherever_they_stand(tmp_path):
    path = write_csv(tmp_path / "a.csv", [["Why?", "Ref"], ["x", "ANON-AB12-CD34-E"], ["y", ""]])
    assert (read_export(path).platform, read_export(path).id) == ("citizen_space", 2)


@pytest.mark.parametrize("ids", [["ANON-AB12-CD34-E", "7"], ["QWER-AB12-CD34-E"], ["ANON-AB12-CD34"], [""]])
def test_other_ids_make_a_plain_table(tmp_path, ids):
    assert read_export(write_csv(tmp_path / "a.csv", [["Ref", "Why?"], *([id, "x"] for id in ids)])).platform == "plain"


def test_headings_are_title_and_label(tmp_path):
    export = read_export(write_csv(tmp_path / "a.csv", [HEADER, response("ANON-AB12-CD34-E")]))
    assert [(h.question, h.part) for h in export.headings[4:8]] == [
        ("Who are you?", ""),
        ("Who are you?", "Other (please specify)"),
        ("The plan - in full", "Do you like it?"),
        ("The plan - in full", "Why?"),
    ]


@pytest.mark.parametrize(
    ("text", "question", "part"),
    [
        ("The plan - now - The plan - now", "The plan - now", ""),
        ("The plan - ", "The plan", ""),
        (" - Why?", "- Why?", ""),
        ("Well-being", "Well-being", ""),
        ("Name (opsuite.respondentmanagement.name_subquestion)", "Name (opsuite.respondentmanagement.name_subquestion)", ""),
    ],
)  # fmt: skip
def test_labels_that_repeat_their_title_or_are_not_there(tmp_path, text, question, part):
    export = read_export(write_csv(tmp_path / "a.csv", [["Ref", text], ["ANON-AB12-CD34-E", "x"]]))
    assert (export.headings[1].question, export.headings[1].part) == (question, part)
    assert export.personal == ({2} if "respondentmanagement" in text else set())


def test_a_survey_is_read_and_no_person_reaches_a_table(small):
    folder = small(definition=DEFINITION)
    ids = [f"ANON-AB12-CD3{n}-E" for n in range(4)]
    rows = [response(ids[0]), response(ids[1], role="Not Answered", other="a newt", answer="Not Answered"),
            response(ids[2], day="2024-02-01"), response(ids[3], day="")]  # fmt: skip
    write_csv(folder / "export.csv", [HEADER, *rows])
    responses = read_responses(read_consultation(folder))
    assert responses.ledger["fate"].tolist() == ["counted", "counted", "outside the dates", "not submitted"]
    assert responses.answers["answer"].fillna("").tolist() == ["Agree", ""]
    assert responses.groups[responses.groups["grouping"] == "role"]["group"].tolist() == ["Cats", "Others"]
    uses = responses.columns.set_index("column")["use"]
    assert uses[3] == uses[4] == uses[11] == "identifies a person: not kept"
    for table in ("answers", "comments", "groups", "ledger", "columns"):
        text = getattr(responses, table).to_csv()
        assert "Anna" not in text and "192.0" not in text


def test_a_date_in_a_form_that_nobody_told_us_is_refused(small):
    folder = small(definition=DEFINITION)
    write_csv(folder / "export.csv", [HEADER, response("ANON-AB12-CD34-E", day="03/01/2024")])
    with pytest.raises(ExportError, match="row 2, column 2: the date is not written as year-month-day"):
        read_responses(read_consultation(folder))


def test_a_named_platform_without_its_ids_is_refused(tmp_path):
    path = write_csv(tmp_path / "a.csv", [["Colour", "Size"], ["red", "4"]])
    with pytest.raises(ExportError, match="no column of response ids such as"):
        read_export(path, "citizen_space")


def test_a_line_at_the_foot_of_the_file_does_not_hide_the_ids(tmp_path):
    rows = [["Response ID", "Q1 - Why?"], *([f"ANON-AB{n:02}-CD34-E", "x"] for n in range(9)), [], ["Exported by us"]]
    export = read_export(write_csv(tmp_path / "a.csv", rows))
    assert export.platform == "citizen_space" and len(export.rows) == 11
