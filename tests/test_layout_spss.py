"""SPSS files, written here with pyreadstat: labels, sets, missing values, numbers and dates."""

import datetime
import struct

import pandas as pd
import pyreadstat
import pytest

from pipeline import read_consultation, read_responses
from pipeline.errors import ExportError
from pipeline.ingest.layouts import read_export

from .conftest import SMALL


def write(path, columns, sets=b"", **labels):
    """Write a .sav of invented data; `sets` is the record of multiple-response sets, which pyreadstat does not write."""
    pyreadstat.write_sav(pd.DataFrame(columns), str(path), **labels)
    if sets:
        content = path.read_bytes()
        end = content.index(struct.pack("<ii", 999, 0))
        path.write_bytes(content[:end] + struct.pack("<iiii", 7, 7, 1, len(sets)) + sets + content[end:])
    return path


def column(export, question, part=""):
    number = next(h.column for h in export.headings if (h.question, h.part) == (question, part))
    return [cells[number - 1] for _, cells in export.rows]


def test_labels_are_headings_and_answers_and_whole_numbers_have_no_point(tmp_path):
    path = write(
        tmp_path / "export.sav",
        {"ResponseId": [1001.0, 1002.0], "role": [1.0, 3.0], "score": [2.5, None], "why": ["food ", "-"]},
        column_labels={"role": "Q1.\xa0Who <b>are</b> you?", "why": "Q3. Why?"},
        variable_value_labels={"role": {1: "Cats", 2: "Dogs"}},
    )
    export = read_export(path)
    assert (export.platform, export.encoding, export.header_rows, export.id) == ("spss", None, 0, 1)
    assert [row for row, _ in export.rows] == [1, 2]
    assert column(export, "ResponseId") == ["1001", "1002"]
    assert column(export, "Q1. Who are you?") == ["Cats", "3"]
    assert column(export, "score") == ["2.5", ""]
    assert column(export, "Q3. Why?") == ["food", ""]


def test_dates_are_written_as_iso_and_the_date_of_sending_is_found(tmp_path):
    path = write(
        tmp_path / "export.sav",
        {
            "EndDate": [datetime.datetime(2024, 1, 2, 3, 4, 5), None],
            "born": [datetime.date(2001, 2, 3), datetime.date(2002, 3, 4)],
        },
    )
    export = read_export(path)
    assert export.submitted == 1 and column(export, "EndDate") == ["2024-01-02 03:04:05", ""]
    assert column(export, "born") == ["2001-02-03", "2002-03-04"]


def test_values_declared_missing_are_no_answer_and_told(tmp_path):
    path = write(
        tmp_path / "export.sav",
        {"q": [1.0, 98.0, 99.0, 99.0, None], "s": ["a", "NA", "b", "", ""]},
        variable_value_labels={"q": {1: "Agree", 99: "Don't know"}},
        missing_ranges={"q": [{"lo": 90, "hi": 99}], "s": ["NA"]},
    )
    export = read_export(path)
    assert column(export, "q") == ["Agree", "", "", "", ""] and column(export, "s") == ["a", "", "b", "", ""]
    assert export.notes == (
        "export.sav: 4 values that the file declares missing, among them 'Don't know', were read as no answer.",
    )


HUES = {1: "Red", 2: "Blue", 3: "Green"}
SETS = b"$pets=D1 1 9 Any pets? CATS DOGS\n$hues=C 7 Colours FIRST SECOND\n"


def test_sets_of_several_answers_are_one_question_with_a_part_an_option(tmp_path):
    path = write(
        tmp_path / "export.sav",
        {
            "cats": [1.0, 0.0, None],
            "between": ["a", "b", "c"],
            "dogs": [1.0, 1.0, None],
            "first": [2.0, 1.0, None],
            "second": [1.0, 9.0, None],
        },
        sets=SETS,
        column_labels={"cats": "Cats", "dogs": "Dogs"},
        variable_value_labels={"cats": {0: "Not", 1: "Ticked"}, "first": HUES, "second": HUES},
    )
    export = read_export(path)
    assert [(h.column, str(h)) for h in export.headings] == [
        (1, "Any pets? [Cats]"),
        (2, "Any pets? [Dogs]"),
        (3, "between"),
        (4, "Colours [Red]"),
        (5, "Colours [Blue]"),
        (6, "Colours [Green]"),
        (7, "Colours [9]"),
    ]
    assert [cells for _, cells in export.rows] == [
        ("Yes", "Yes", "a", "Yes", "Yes", "No", "No"),
        ("No", "Yes", "b", "Yes", "No", "No", "Yes"),
        ("", "", "c", "", "", "", ""),
    ]


def test_who_somebody_is_is_told_by_name_or_label(tmp_path):
    path = write(
        tmp_path / "export.sav",
        {"IPAddress": ["192.0.2.1"], "v2": ["a@example.org"], "RecipientLastName": ["Bell"], "q": [1.0]},
        column_labels={"v2": "Email address"},
    )
    assert read_export(path).personal == {1, 2, 3}


@pytest.mark.parametrize(("compress", "magic"), [(False, b"$FL2"), (True, b"$FL3")])
def test_the_file_is_known_by_its_first_bytes_and_gives_responses(small, compress, magic):
    folder = small()
    path = folder / "export.csv"  # whatever it is called
    pyreadstat.write_sav(
        pd.DataFrame(
            {
                "ResponseId": [1.0, 2.0],
                "Submitted": [datetime.datetime(2024, 1, 10), datetime.datetime(2024, 2, 10)],
                "Name": ["", ""],
                "Email": ["a@example.org", "b@example.org"],
                "role": [1.0, 2.0],
                "plan": [1.0, 1.0],
                "why": ["food", "sleep"],
            }
        ),
        str(path),
        compress=compress,
        column_labels={"role": "Q1. Who are you?", "plan": "Q2. Do you like the plan?", "why": "Q3. Why?"},
        variable_value_labels={"role": {1: "Cats", 2: "Puppy"}, "plan": {1: "Agree"}},
    )
    assert path.read_bytes()[:4] == magic
    responses = read_responses(read_consultation(folder))
    assert responses.ledger["fate"].tolist() == ["counted", "outside the dates"]
    assert responses.answers["answer"].tolist() == ["Agree"]
    assert responses.sources.loc[0, ["platform", "encoding"]].tolist() == ["spss", ""]


def test_a_file_cut_off_is_refused(tmp_path):
    path = write(tmp_path / "export.sav", {"q": [1.0, 2.0]})
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(ExportError, match="begins as an SPSS file and cannot be read as one"):
        read_export(path)


def test_a_platform_that_the_file_is_not_is_refused(tmp_path, small):
    path = write(tmp_path / "export.sav", {"q": [1.0]})
    with pytest.raises(ExportError, match="is a file of SPSS and not of 'plain'"):
        read_export(path, "plain")
    folder = small(definition=SMALL.replace('key = "online"', 'key = "online"\nplatform = "spss"'))
    with pytest.raises(ExportError, match="export.csv is not a file of SPSS"):
        read_responses(read_consultation(folder))


def test_texts_in_another_encoding_than_the_file_names_are_read_and_told(tmp_path):
    path = tmp_path / "a.sav"
    pyreadstat.write_sav(pd.DataFrame({"q1": ["costs £5", "none"]}), str(path))
    path.write_bytes(path.read_bytes().replace("£5".encode(), b"\xa35 "))
    export = read_export(path)
    assert [cells for _, cells in export.rows] == [("costs £5",), ("none",)]
    assert "read as Windows-1252" in export.notes[0]
