"""Bytes to rows: decoding by rule, and files that are not what they seem."""

import pytest

from pipeline.errors import ExportError
from pipeline.ingest.files import decode, read_sheets


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("£5, “quoted”, œuvre".encode("utf-8-sig"), "utf-8-sig"),
        ("£5, “quoted”, œuvre".encode(), "utf-8"),
        ("£5, “quoted”, œuvre".encode("cp1252"), "cp1252"),
        ("£5, “quoted”, œuvre".encode("utf-16"), "utf-16"),
    ],
)
def test_pounds_and_quotation_marks_survive_every_encoding(content, encoding):
    assert decode(content, "export.csv") == ("£5, “quoted”, œuvre", encoding)


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\x00\x00", b"PK\x03\x04\x00\x00", b"caf\x81"])
def test_what_is_no_text_is_refused(content):
    with pytest.raises(ExportError, match="is not a text file"):
        decode(content, "export.csv")


def test_an_unclosed_quotation_mark_is_named_by_row_and_not_swallowed(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text('a,b\n1,"begins\n2,never ends\n', encoding="utf-8")
    with pytest.raises(ExportError, match="record after row 1"):
        read_sheets(path)


def test_new_lines_inside_quotation_marks_stay_inside_a_cell(tmp_path):
    path = tmp_path / "export.csv"
    path.write_bytes(b'a,b\r\n1,"two\r\nlines"\r\n')
    assert read_sheets(path)[0].rows == [["a", "b"], ["1", "two\r\nlines"]]


@pytest.mark.parametrize("name", ["missing.csv", "missing.xlsx"])
def test_a_missing_file_is_said_to_be_missing(tmp_path, name):
    with pytest.raises(ExportError, match="There is no file"):
        read_sheets(tmp_path / name)


def test_an_empty_file_and_a_broken_workbook_are_refused(tmp_path):
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "broken.xlsx").write_bytes(b"not a workbook")
    with pytest.raises(ExportError, match="is empty"):
        read_sheets(tmp_path / "empty.csv")
    with pytest.raises(ExportError, match="cannot be opened as a workbook"):
        read_sheets(tmp_path / "broken.xlsx")
