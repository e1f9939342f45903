"""Jisc Online Surveys' exports, coded and not, as scripts of others describe them; everything here is invented."""

import pytest

from pipeline import read_consultation, read_responses
from pipeline.errors import ExportError
from pipeline.ingest.layouts import read_export

from .conftest import SMALL, write_csv

OWN = ["Unique Response Number", "StartDate", "CompletionDate"]
TEXTS = ["1. Who are you?", "1.a. If you selected Other, please specify:", "2. Do you like the plan?", "3. Why?",
         "7.1. Fish", "7.1.a. Fish - how often"]  # fmt: skip
CODES = ["Q1", "Q1_a", "Q2", "Q3", "Q7_1", "Q7_1_a"]


def response(id, sent="2024-01-10 09:30", role="Cats", other="", answer="Agree", why="because"):
    return [id, "2024-01-10 09:00", sent, role, other, answer, why, "Agree", "Often"]


@pytest.mark.parametrize("first", ["Unique Response Number", "URN"])
@pytest.mark.parametrize("questions", [TEXTS, CODES])
def test_an_export_is_recognised_with_its_own_columns(tmp_path, first, questions):
    path = write_csv(tmp_path / "a.csv", [[first, *OWN[1:], *questions], response("123-456")])
    export = read_export(path)
    assert (export.platform, export.id, export.submitted, export.metadata) == ("jisc", 1, 3, {1, 2, 3})


def test_codes_are_question_and_part(tmp_path):
    export = read_export(write_csv(tmp_path / "a.csv", [OWN + CODES, response("1")]))
    assert [(h.question, h.part) for h in export.headings[3:]] == [
        ("Q1", ""), ("Q1", "a"), ("Q2", ""), ("Q3", ""), ("Q7", "1"), ("Q7", "1_a"),
    ]  # fmt: skip


def test_texts_are_questions_and_what_was_typed_for_other_is_a_part(tmp_path):
    export = read_export(write_csv(tmp_path / "a.csv", [OWN + TEXTS, response("1")]))
    assert [(h.question, h.part) for h in export.headings[3:]] == [
        ("1. Who are you?", ""), ("1. Who are you?", "Other (please specify)"), ("2. Do you like the plan?", ""),
        ("3. Why?", ""), ("Fish", ""), ("Fish - how often", ""),
    ]  # fmt: skip


def test_a_survey_is_read_by_its_texts(small):
    folder = small()
    rows = [response("1"), response("2", role="", other="a newt"), response("3", sent=""), response("4", "2024-02-01")]
    write_csv(folder / "export.csv", [OWN + TEXTS, *rows])
    responses = read_responses(read_consultation(folder))
    assert responses.ledger["fate"].tolist() == ["counted", "counted", "not submitted", "outside the dates"]
    assert responses.groups[responses.groups["grouping"] == "role"]["group"].tolist() == ["Cats", "Others"]


def test_a_survey_is_read_by_its_codes(small):
    channel = 'counted = true\nheadings = { role = "Q1", plan = "Q2", why = "Q1_a" }'
    folder = small(definition=SMALL.replace("counted = true", channel))
    write_csv(folder / "export.csv", [OWN + CODES, response("1", other="a newt")])
    responses = read_responses(read_consultation(folder))
    assert responses.answers["answer"].tolist() == ["Agree"]
    assert responses.comments["text"].tolist() == ["a newt"]


def test_a_date_in_a_form_that_nobody_told_us_is_refused_and_read_once_told(small):
    folder = small()
    write_csv(folder / "export.csv", [OWN + TEXTS, response("1", "03/01/2024 09:30")])
    with pytest.raises(ExportError, match="row 2, column 3: the date is not written as year-month-day"):
        read_responses(read_consultation(folder))
    told = SMALL.replace("counted = true", 'counted = true\ndate_format = "%d/%m/%Y %H:%M"')
    (folder / "consultation.toml").write_text(told, encoding="utf-8")
    assert read_responses(read_consultation(folder)).ledger["fate"].tolist() == ["counted"]


@pytest.mark.parametrize(
    "header",
    [
        ["URN", "Provider", "Q1", "Q2"],  # a school's or a service's own number
        ["URN", "StartDate", "CompletionDate", "Who are you?"],
        ["Provider", "Unique Response Number", "Q1"],
    ],
)
def test_other_tables_with_a_urn_are_plain_tables(tmp_path, header):
    assert read_export(write_csv(tmp_path / "a.csv", [header, ["1"] * len(header)])).platform == "plain"


def test_what_identifies_a_person_is_marked_with_or_without_a_number(tmp_path):
    header = [*OWN, "Email address", "1. Why?", "2. Postcode"]
    export = read_export(write_csv(tmp_path / "a.csv", [header, ["1", "", "2024-01-10", "a@example.org", "x", "y"]]))
    assert export.personal == {4, 6} and export.metadata == {1, 2, 3, 4}


def test_a_named_platform_without_a_numbered_heading_is_refused(tmp_path):
    path = write_csv(tmp_path / "a.csv", [["Colour", "Size"], ["red", "4"]])
    with pytest.raises(ExportError, match="no heading with a question's number"):
        read_export(path, "jisc")
