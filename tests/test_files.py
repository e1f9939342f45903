"""Bytes to rows: decoding by rule, and files that are not what they seem."""

import csv
import re
import zipfile

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.errors import ExportError
from pipeline.ingest.files import decode, read_records, read_sheets
from pipeline.ingest.layouts import read_export
from pipeline.ingest.workbooks import end_of_table

from .conftest import write_csv


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("£5, “quoted”, œuvre".encode("utf-8-sig"), "utf-8-sig"),
        ("£5, “quoted”, œuvre".encode(), "utf-8"),
        ("£5, “quoted”, œuvre".encode("cp1252"), "cp1252"),
        ("£5, “quoted”, œuvre".encode("utf-16"), "utf-16"),
        ("£5, “quoted”, œuvre".encode("utf-16-le"), "utf-16-le"),
        ("£5, “quoted”, œuvre".encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_pounds_and_quotation_marks_survive_every_encoding(content, encoding):
    assert decode(content, "export.csv") == ("£5, “quoted”, œuvre", encoding)


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"PK\x03\x04\x00\x00",
        b"caf\x81",
        b"one nul\x00 in a text",
        b"a\x00\x01\x00b\x00",
        "a,b".encode("utf-32"),
    ],
)
def test_what_is_no_text_is_refused(content):
    with pytest.raises(ExportError, match="is not a text file"):
        decode(content, "export.csv")


def test_an_unclosed_quotation_mark_is_named_by_row_and_not_swallowed(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text('a,b\n1,"begins\n2,never ends\n', encoding="utf-8")
    export = read_export(path)
    assert "record after row 1" in export.fault and "begins" not in export.fault
    assert [row for row, _ in export.rows] == [2]


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


def test_a_stray_byte_in_a_utf8_file_is_named_by_its_line_in_a_note_and_quotes_no_answer(tmp_path):
    path = tmp_path / "export.csv"
    path.write_bytes("id,why\r\n1,costs £5\r\n2,".encode() + b"it\x92s\r\n")
    (sheet,) = read_sheets(path)
    (note,) = sheet.notes
    assert sheet.encoding == "cp1252" and "a byte in line 3" in note and "costs" not in note
    path.write_bytes(b"id,why\r\n1,costs \xa35\r\n2,it\x92s\r\n")
    (sheet,) = read_sheets(path)
    assert sheet.notes == () and sheet.rows[1:] == [["1", "costs £5"], ["2", "it’s"]]


@given(st.text(st.characters(exclude_characters="\0\ufeff", exclude_categories=["Cs"])))
@example("þÿ")
def test_whatever_is_written_as_utf8_is_read_as_it_was(text):
    assert decode(text.encode(), "x") == (text, "utf-8")
    assert decode(text.encode("utf-8-sig"), "x") == (text, "utf-8-sig")
    assert decode(text.encode("utf-16"), "x") == (text, "utf-16")


@given(st.text(st.characters(codec="cp1252", exclude_characters="\0"), min_size=1))
@example("CAFÉ’S")
def test_what_is_written_as_windows_1252_is_read_as_it_was_or_refused_and_never_half_read(text):
    content = text.encode("cp1252")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return  # the same bytes are UTF-8, which comes first
    assert decode(content, "x") == (text, "cp1252")


def test_a_quotation_mark_left_open_that_meets_another_is_named_by_the_record_where_it_opened(tmp_path):
    rows = [f"{i},Agree,Cats,North,x,y,z" for i in range(1, 9)]
    rows[2] = '3,"Agree,Cats,North,x,y,z'
    rows[7] = '8,Agree",Cats,North,x,y,z'
    path = tmp_path / "export.csv"
    path.write_text("\n".join(["id,a,b,c,d,e,f", *rows, ""]), encoding="utf-8")
    (sheet,) = read_sheets(path)
    assert "stray quotation mark in the record after row 3" in sheet.fault
    with pytest.raises(ExportError, match="stray quotation mark"):
        read_records(path, "file")


@pytest.mark.parametrize("width", [2, 3, 8])
def test_a_long_letter_in_one_cell_is_no_quotation_mark_left_open(tmp_path, width):
    letter = "\n".join(["Dear all,", *["We read the plan, and the annex, with care.", "It is good."] * 20, "Yours, A."])
    rows = [[f"h{n}" for n in range(width)], ["1", *["x"] * (width - 2), letter]]
    assert read_sheets(write_csv(tmp_path / "export.csv", rows))[0].rows == rows


@pytest.mark.parametrize(
    ("wrong", "encoding"),
    [
        (b"caf\x81", "cp1252"),
        (b"one nul\0", "cp1252"),
        (b"\xef\xbb\xbf", "utf-8-sig"),
    ],
)
def test_a_table_with_a_few_bytes_that_are_no_letters_is_described_and_at_fault(tmp_path, wrong, encoding):
    body = b"id,why\r\n" + b"1,it costs \xa35 a day\r\n" * 20
    path = tmp_path / "export.csv"
    path.write_bytes(wrong + body if encoding == "utf-8-sig" else body + b"2," + wrong + b"\r\n")
    export = read_export(path)
    assert export.encoding == encoding and len(export.rows) == 20 + (encoding == "cp1252")
    assert f"no letter in {encoding}" in export.fault and "costs" not in export.fault


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("id;Which, if any, of these?;Why, then?\n1;a;b\n2;a;b\n", 3),
        ("id\tWhich, if any, of these?\tWhy, then?\n1\ta\tb\n", 3),
        ("id|Which?|Why?\n1|a|b, c\n", 3),
        ("id,Which?\n1,a\n", 2),
        ("id;a, b;c\r1;2,3,4,5;6\r2;3;4\r", 3),
    ],
)
def test_what_parts_the_records_is_the_separator_and_not_what_stands_in_the_headings(tmp_path, text, width):
    (tmp_path / "export.csv").write_bytes(text.encode())
    assert len(read_export(tmp_path / "export.csv").headings) == width
    (tmp_path / "export.tsv").write_bytes(text.encode())
    assert len(read_export(tmp_path / "export.tsv").headings) == width


def test_a_file_is_what_its_first_bytes_say_and_not_what_it_is_called(tmp_path):
    text = write_csv(tmp_path / "text.xls", [["id", "a"], ["1", "x"]])
    assert read_export(text).rows == ((2, ("1", "x")),)
    book = workbook(tmp_path / "book.xlsx", {"A1": "id", "B1": "a", "A2": 1, "B2": "x"})
    for name in ("book.csv", "book.xls"):
        assert read_export(book.rename(book.with_name(name))).rows == ((2, ("1", "x")),)
        book = book.with_name(name)


def test_a_number_that_lost_its_last_digits_is_named_by_its_row_and_refused_where_it_counts(tmp_path):
    path = workbook(tmp_path / "a.xlsx", {"A1": "id", "B1": "a", "A2": 12345678901234567890, "B2": "x"})
    assert "row 2, has a number with more digits" in read_export(path).fault


def test_rows_shorter_than_the_headings_are_filled_and_counted_in_a_note(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text("id,a,b\n1,x,y\n2,x\n\n3\n", encoding="utf-8")
    export = read_export(path)
    assert [cells for _, cells in export.rows] == [("1", "x", "y"), ("2", "x", ""), ("", "", ""), ("3", "", "")]
    assert export.notes == (
        "export.csv: 2 rows, row 3 the first, are shorter than the headings; the cells that are not there were read as "
        "blank.",
    )


def test_a_longer_row_is_read_where_what_is_beyond_is_blank_and_at_fault_where_it_is_not(tmp_path):
    path = write_csv(tmp_path / "export.csv", [["id", "a"], ["1", "x", "", " "]])
    export = read_export(path)
    assert export.rows == ((2, ("1", "x")),) and export.notes == () and not export.fault
    write_csv(path, [["id", "a"], ["1", "x", "", "y"]])
    assert "row 2, has more cells than there are headings" in read_export(path).fault


def workbook(path, cells, **sheets):
    """Write a workbook: its first sheet's cells by reference ('#N/A' and the like as errors), others by their rows."""
    book = openpyxl.Workbook()
    for reference, value in cells.items():
        book.active[reference] = value
        if str(value).startswith("#"):
            book.active[reference].data_type = "e"
    for name, state in sheets.items():
        book.create_sheet(name)["A1"] = "something"
        book[name].sheet_state = state
    book.save(path)
    return path


TABLE = {"A1": "id", "B1": "why", "A2": 1, "B2": "x"}


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("#N/A", r"sheet 'Sheet', holds an error .* in cell B3 \(#N/A\)"),
        ("=1+1", "formula without its result in cell B3"),
    ],
)
def test_an_error_and_a_formula_without_a_result_are_refused_and_not_read_as_blank(tmp_path, cell, message):
    path = workbook(tmp_path / "export.xlsx", TABLE | {"A3": 2, "B3": cell})
    assert re.search(message, read_export(path).fault)
    with pytest.raises(ExportError, match=message):
        read_records(path, "file of texts")


def test_an_error_on_a_sheet_that_is_not_read_refuses_nothing(tmp_path):
    path = workbook(tmp_path / "export.xlsx", TABLE)
    book = openpyxl.load_workbook(path)
    book.create_sheet("Sums")["A1"] = "=1/0"
    book.save(path)
    assert read_export(path).notes == ("export.xlsx: only the sheet 'Sheet' was read, and not 'Sums'.",)


def test_a_formula_with_a_result_gives_it_be_it_an_empty_text(tmp_path):
    path = workbook(tmp_path / "export.xlsx", TABLE | {"A3": "=1+1", "B3": "=2+2"})
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    sheet = sheet.replace(b'<c r="A3"><f>1+1</f><v></v>', b'<c r="A3"><f>1+1</f><v>2</v>')
    sheet = sheet.replace(b'<c r="B3"><f>2+2</f><v></v>', b'<c r="B3" t="str"><f>2+2</f><v></v>')
    with zipfile.ZipFile(path, "w") as book:
        for name, content in (parts | {"xl/worksheets/sheet1.xml": sheet}).items():
            book.writestr(name, content)
    assert [cells for _, cells in read_export(path).rows] == [("1", "x"), ("2", "")]


ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
    '<office:body><office:spreadsheet><table:table table:name="Form">'
    '<table:table-row table:number-rows-repeated="2"><table:table-cell office:value-type="string"><text:p>id</text:p>'
    "</table:table-cell></table:table-row><table:table-row><table:table-cell table:number-columns-repeated='2'/>{cell}"
    "</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (
            '<table:table-cell office:value-type="string" office:string-value="" calcext:value-type="error">'
            "<text:p>#N/A</text:p></table:table-cell>",
            r"sheet 'Form', holds an error .* cell C3 \(#N/A\)",
        ),
        ('<table:table-cell table:formula="of:=1+1"/>', "formula without its result in cell C3"),
    ],
)
def test_an_ods_is_looked_through_too(tmp_path, cell, message):
    path = tmp_path / "export.ods"
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("META-INF/manifest.xml", "<manifest/>")
        book.writestr("content.xml", ODS.replace("{cell}", cell))
    assert re.search(message, read_export(path).fault)


def test_a_stray_cell_at_the_far_corner_is_left_out_and_told(tmp_path):
    path = workbook(tmp_path / "export.xlsx", TABLE | {"XFD1048576": "x", "B5000": "y"})
    export = read_export(path)
    assert [cells for _, cells in export.rows] == [("1", "x")]
    assert export.notes == (
        "export.xlsx, sheet 'Sheet': what stands far from the table was left out (cells B5000, XFD1048576).",
    )


def test_a_second_table_far_below_is_refused_and_one_nearby_is_read(tmp_path):
    below = {f"A{row}": row for row in range(5000, 5011)}
    fault = read_export(workbook(tmp_path / "far.xlsx", TABLE | below)).fault
    assert "has 11 cells far from its table: cells A5000, A5001, A5002 and 8 others" in fault
    assert len(read_export(workbook(tmp_path / "near.xlsx", TABLE | {"A900": 7})).rows) == 899


@pytest.mark.parametrize(("occupied", "end"), [([], 0), ([5], 5), ([1, 2, 5], 5), ([1, 2, 6], 2), ([9, 1, 6, 2], 2)])
def test_a_table_ends_before_the_first_gap_that_is_too_wide(occupied, end):
    assert end_of_table(occupied, 2) == end


def test_what_is_hidden_is_not_read_and_said_to_be(tmp_path):
    path = workbook(tmp_path / "export.xlsx", TABLE, Old="hidden", Ids="veryHidden")
    assert read_export(path).notes == ("export.xlsx: what is hidden was not read: 'Old'.",)
    with pytest.raises(ExportError, match="nothing on the sheets that are shown; 'Old' is hidden"):
        read_export(workbook(tmp_path / "bare.xlsx", {}, Old="hidden"))


def test_notes_on_the_file_are_among_those_of_the_responses(small):
    from pipeline import read_consultation, read_responses

    folder = small(["1", "2024-01-10", "", "", "Cats", "", "Agree"])
    notes = read_responses(read_consultation(folder)).notes
    assert notes[0].startswith("export.csv: 1 row, row 2, is shorter than the headings")


def test_marks_of_bytes_and_trailing_commas_do_not_reach_the_headings(tmp_path):
    path = tmp_path / "export.csv"
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([["\ufeffid", "a", "", ""], ["1", "x", "", ""]])
    assert [h.question for h in read_export(path).headings] == ["id", "a"]
