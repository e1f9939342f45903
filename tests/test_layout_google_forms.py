"""Google Forms' files, from a sheet and from the form itself; the responses are invented, and say so."""

import pytest

from pipeline import read_consultation, read_responses
from pipeline.errors import ExportError
from pipeline.ingest.layouts import google_forms, read_export

from .conftest import SMALL, write_csv

TOP = ["Timestamp", "Email Address", "Q1. Who are you?", "Q2. <b>Do you</b> like\xa0the plan?", "Q3. Why?",
       "Rate these [Parks]", "Rate these [Paths [paved]]", "Any thoughts? [invented]", "Which apply?"]  # fmt: skip


def response(time, email="", role="Cats", answer="Agree", why="invented", boxes="Parks, Health, social care"):
    return [time, email, role, answer, why, "Good", "Bad", "", boxes]


def test_a_sheets_file_is_read_with_grids_as_parts_and_ticked_boxes_in_one_cell(tmp_path):
    export = read_export(write_csv(tmp_path / "export.csv", [[*TOP, ""], [*response("9/8/2025 13:58:23"), ""]]))
    assert (export.platform, export.header_rows, export.id, export.submitted) == ("google_forms", 1, 0, 1)
    assert [(heading.question, heading.part) for heading in export.headings[2:]] == [
        ("Q1. Who are you?", ""),
        ("Q2. Do you like the plan?", ""),
        ("Q3. Why?", ""),
        ("Rate these", "Parks"),
        ("Rate these", "Paths [paved]"),
        ("Any thoughts? [invented]", ""),
        ("Which apply?", ""),
    ]
    assert export.rows[0][1][8] == "Parks, Health, social care" and export.rows[0][1][0] == "9/8/2025 13:58:23"
    assert (export.metadata, export.personal) == (frozenset([1, 2]), frozenset([2]))


def test_an_email_address_is_optional_and_a_user_name_is_one(tmp_path):
    for second, personal in (("Username", {2}), ("Q1. Who are you?", set())):
        rows = [["Timestamp", second], ["9/8/2025 13:58:23", "invented"]]
        assert read_export(write_csv(tmp_path / "export.csv", rows)).personal == personal


@pytest.mark.parametrize(
    ("cell", "date"),
    [
        ("2020/10/30 3:08:44 PM GMT+1", "2020-10-30 15:08:44"),
        ("2020/01/02 12:08:44 AM GMT", "2020-01-02 00:08:44"),
        ("Mon Sep 08 2025 13:58:23 GMT-0500 (Central Daylight Time)", "2025-09-08 13:58:23"),
        ("2020/13/30 3:08:44 PM GMT+1", "2020/13/30 3:08:44 PM GMT+1"),
        ("08/09/2025 13:58:23", "08/09/2025 13:58:23"),
    ],
)
def test_a_timestamp_that_can_be_read_one_way_only_becomes_iso(tmp_path, cell, date):
    export = read_export(write_csv(tmp_path / "export.csv", [["Timestamp", "Q1"], [cell, "invented"]]))
    assert export.rows[0][1][0] == date


def survey(small, *rows, date_format=""):
    definition = SMALL.replace('same_person = ["Email"]', 'same_person = ["Email Address"]')
    folder = small(definition=definition.replace("counted = true", "counted = true\n" + date_format, 1))
    write_csv(folder / "export.csv", [TOP, *rows])
    return read_consultation(folder)


def test_month_comes_before_day_and_the_latest_of_a_person_counts(small):
    responses = read_responses(
        survey(
            small,
            response("1/3/2024 9:00:00", "cat@example.org"),
            response("1/31/2024 23:59:59", "cat@example.org"),
            response("2/1/2024 0:00:01"),
            response("2024/01/30 3:08:44 PM GMT+1", role="Dogs"),
        )
    )
    assert responses.ledger["fate"].tolist() == ["repeat", "counted", "outside the dates", "counted"]
    use = responses.columns.set_index("column")["use"]
    assert use[1] == "when it was sent" and use[2] == "identifies a person: not kept"


def test_a_day_first_file_is_refused_and_read_once_the_definition_says_so(small):
    rows = [response("03/01/2024 09:00:00"), response("25/01/2024 09:00:00")]
    with pytest.raises(ExportError, match="row 3, column 1: the date is not written as '%m/%d/%Y.*date_format"):
        read_responses(survey(small, *rows))
    told = survey(small, *rows, date_format='date_format = "%d/%m/%Y %H:%M:%S"')
    assert read_responses(told).ledger["fate"].tolist() == ["counted", "counted"]


def test_another_file_is_not_taken_for_google_forms(tmp_path):
    assert not any(google_forms.recognises(rows) for rows in ([], [["Timestamp"]], [["Q1", "Timestamp"]]))
    with pytest.raises(ExportError, match="does not begin with the column 'Timestamp'"):
        read_export(write_csv(tmp_path / "export.csv", [["Q1", "Timestamp"], ["a", "b"]]), "google_forms")
