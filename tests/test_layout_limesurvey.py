"""LimeSurvey's exports, in every kind of heading: the same survey, invented, gives the same answers from each."""

import csv
import io

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline import read_consultation, read_responses
from pipeline.errors import ExportError
from pipeline.ingest.files import Sheet
from pipeline.ingest.layouts import LAYOUTS, limesurvey, read_export

from .conftest import SMALL, write_csv

OWN_CODES = ["id", "submitdate", "lastpage", "startlanguage", "seed"]
OWN = {
    "en": ["Response ID", "Date submitted", "Last page", "Start language", "Seed"],
    "de": ["Antwort ID", "Datum Abgeschickt", "Letzte Seite", "Start-Sprache", "Zufallsstartwert"],
    "fr": ["ID de la réponse", "Date de soumission", "Dernière page", "Langue de départ", "Tête de série"],
    "nl": ["Antwoord ID", "Datum ingestuurd", "Laatste pagina", "Starttaal", "Seed"],
    "cy": ["Un", "Dau", "Tri", "Pedwar", "Pump"],  # invented: told by what the columns hold
}
CODES = ["role", "role[other]", "plan", "why", "food[SQ001]", "food[SQ002]", "food[other]", "interviewtime", "whyTime"]
TEXTS = ["Who are you?", "Who are you? [Other]", "Do you like the plan?", "Why?",
         "What do you eat? [Fish]", "What do you eat? [Meat [raw]]", "What do you eat? [Other]",
         "Total time", "Question time: why"]  # fmt: skip
PARTS = [("Who are you?", ""), ("Who are you?", "Other"), ("Do you like the plan?", ""), ("Why?", ""),
         ("What do you eat?", "Fish"), ("What do you eat?", "Meat [raw]"), ("What do you eat?", "Other")]  # fmt: skip
CODED = [("role", ""), ("role", "Other"), ("plan", ""), ("why", ""),
         ("food", "SQ001"), ("food", "SQ002"), ("food", "Other")]  # fmt: skip

DEFINITION = SMALL.replace("Q1. ", "").replace("Q2. ", "").replace("Q3. ", "")


def response(id, answer="Agree", role="Cats", other="", why="because", sent="2024-01-10 09:00:00", language="en"):
    return [id, sent, "3", language, "1234567890", role, other, answer, why, "Y", "N", "", "61.2", "9.75"]


def written(path, header, *rows, separator=","):
    """Write as LimeSurvey does: a byte order mark, quotation marks round every cell, CRLF, a blank line at the end."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows([header, *rows])
    path.write_bytes(b"\xef\xbb\xbf" + text.getvalue().encode() + b"\r\n")
    return path


def headers(kind):
    codes, texts = OWN_CODES + CODES, OWN["en"] + TEXTS
    if kind == "full":
        return texts
    if kind == "code":
        return codes
    if kind == "expression":
        return [code.replace("[", "_").replace("]", "") for code in codes]
    between = {"both": ". ", "dots": "._."}[kind]
    return [f"{code}{between}{text}" for code, text in zip(codes, texts, strict=True)]


@pytest.mark.parametrize("kind", ["full", "both", "dots", "code", "expression"])
@pytest.mark.parametrize("separator", [",", ";"])
def test_each_kind_of_heading_gives_question_and_part(tmp_path, kind, separator):
    export = read_export(written(tmp_path / "a.csv", headers(kind), response("7"), separator=separator))
    assert (export.platform, export.id, export.submitted, export.header_rows) == ("limesurvey", 1, 2, 1)
    expected = CODED if kind in ("code", "expression") else PARTS
    assert [(h.question, h.part) for h in export.headings[5:12]] == expected
    assert export.metadata == {1, 2, 3, 4, 5, 13, 14}
    assert [row for row, _ in export.rows] == [2]  # the blank line at the end is not a row
    assert export.rows[0][1][9:11] == ("Y", "N")


@pytest.mark.parametrize("kind", ["full", "both", "dots"])
def test_a_survey_is_read_by_the_text_of_its_questions(small, kind):
    folder = small(definition=DEFINITION)
    rows = [response("1"), response("2", "Disagree", "-oth-", "a newt"), response("3", "", "", "a toad", why="'=no")]
    written(folder / "export.csv", headers(kind), *rows)
    responses = read_responses(read_consultation(folder))
    assert responses.answers["answer"].fillna("").tolist() == ["Agree", "Disagree", ""]
    roles = responses.groups[responses.groups["grouping"] == "role"]["group"].tolist()
    assert roles == ["Cats", "Others", "Others"]
    assert responses.comments["text"].tolist() == ["because", "because", "=no"]


@pytest.mark.parametrize("kind", ["full", "both", "dots"])
def test_a_row_of_a_matrix_is_found_by_question_and_row(small, kind):
    folder = small(definition=DEFINITION.replace("Why?", "What do you eat? [Fish]"))
    written(folder / "export.csv", headers(kind), response("1"))
    assert read_responses(read_consultation(folder)).comments["text"].tolist() == ["Y"]


def test_an_other_column_whose_text_does_not_say_so_is_told_by_its_code(small):
    folder = small(definition=DEFINITION)
    header = [heading.replace(" [Other]", "") for heading in headers("dots")]
    written(folder / "export.csv", header, response("1", role="", other="a newt"), response("2", other="a toad"))
    groups = read_responses(read_consultation(folder)).groups
    assert groups.loc[groups["grouping"] == "role", "group"].tolist() == ["Others", "Cats"]


def test_a_survey_is_read_by_the_codes_of_its_questions(small):
    channel = 'counted = true\nheadings = { role = "role", plan = "plan", why = "why" }'
    folder = small(definition=DEFINITION.replace("counted = true", channel))
    written(folder / "export.csv", headers("code"), response("1", role="", other="a newt"))
    responses = read_responses(read_consultation(folder))
    assert responses.groups["group"].tolist() == ["Others", "all", "Online survey"]


@pytest.mark.parametrize("language", OWN)
def test_headings_in_another_language_are_known_or_told_by_what_they_hold(tmp_path, language):
    header = [*OWN[language], *TEXTS]
    export = read_export(
        written(tmp_path / "a.csv", header, response("7", language=language), response("8", sent="", language=language))
    )
    assert (export.platform, export.id, export.submitted) == ("limesurvey", 1, 2)
    assert {1, 2, 3, 4, 5} <= export.metadata


def test_dates_and_addresses_after_columns_of_an_unknown_language_are_the_platforms_own(tmp_path):
    times = ["2024-01-10 08:50:00", "2024-01-10 09:00:00", "192.0.2.7"]
    header = [*OWN["cy"], "Chwech", "Saith", "Wyth", "Why?"]
    export = read_export(written(tmp_path / "a.csv", header, [*response("7", language="cy")[:5], *times, "x"]))
    assert export.metadata == {1, 2, 3, 4, 5, 6, 7, 8} and export.personal == {8}


@pytest.mark.parametrize(
    "cells",
    [
        ["7", "2024-01-10 09:00:00", "3", "en", "Cats"],  # no seed
        ["7", "10/01/2024", "3", "en", "1234567890"],
        ["a7", "2024-01-10 09:00:00", "3", "en", "1234567890"],
        ["7", "2024-01-10 09:00:00", "3", "English", "1234567890"],
    ],
)
def test_a_table_that_only_resembles_an_export_is_a_plain_table(tmp_path, cells):
    assert read_export(write_csv(tmp_path / "a.csv", [OWN["cy"], cells])).platform == "plain"


def test_headings_cut_short_are_read_as_they_stand(tmp_path):
    header = [
        "Antwort ID",
        "Datum Abgeschic..",
        "Letzte Seite",
        "Start-Sprache",
        "Was essen Sie a.. [Fisch und Flei..]",
    ]
    export = read_export(written(tmp_path / "a.csv", header, ["7", "2024-01-10 09:00:00", "3", "de", "Ja"]))
    assert (export.platform, export.submitted) == ("limesurvey", 2)
    assert (export.headings[4].question, export.headings[4].part) == ("Was essen Sie a..", "Fisch und Flei..")


@pytest.mark.parametrize(
    ("heading", "question", "part"),
    [
        ("Which [if any] do you eat? [Fish]", "Which [if any] do you eat?", "Fish"),
        ("How often? [Fish][At home]", "How often?", "Fish At home"),
        ("Which? [Tick one] [Sonstiges]", "Which? [Tick one]", "Other"),
        ("{if(a[1] == 2, 'x', 'y')}", "{if(a[1] == 2, 'x', 'y')}", ""),
        ("Why? [Comment]", "Why? [Comment]", ""),
        ("[untitled]", "[untitled]", ""),
        (
            "<script>let a = '<b>';</script><p>Do <b>you</b> agree?</p><p>Fish&nbsp;&amp; chips<br />only</p>",
            "Do you agree? Fish & chips only",
            "",
        ),
        ("Are you <16 and >4?", "Are you <16 and >4?", ""),
    ],
)
def test_brackets_and_markup_in_a_heading(tmp_path, heading, question, part):
    path = written(tmp_path / "a.csv", [*OWN["en"], heading], response("7")[:6])
    found = read_export(path).headings[5]
    assert (found.question, found.part) == (question, part)


WORDS = st.builds(str.__add__, st.sampled_from("abé1"), st.text("ab é1?.,:;-'\"()<>&{}", max_size=29))


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=5), st.sampled_from([". ", "._.", ": "]))
@example([("1<a", "1>")], ". ")
def test_whatever_is_asked_question_and_part_are_the_same_with_and_without_codes(asked, between):
    def told(headings):
        found = limesurvey.read(Sheet("a", [headings], None), "a").headings[5:]
        return [(heading.question, heading.part) for heading in found]

    texts = [*OWN["en"], *(f"{n} {question} [{part}]" for n, (question, part) in enumerate(asked))]
    codes = [*OWN_CODES, *(f"q{n}[SQ001]" for n, _ in enumerate(asked))]
    assert told(texts) == told([f"{code}{between}{text}" for code, text in zip(codes, texts, strict=True)])


def test_a_bracket_of_the_question_itself_does_not_lose_its_other_column(small):
    folder = small(definition=DEFINITION.replace("Who are you?", "Who are you? [Tick one]"))
    header = [text.replace("Who are you?", "Who are you? [Tick one]") for text in headers("full")]
    written(folder / "export.csv", header, response("1", role="", other="a newt"))
    groups = read_responses(read_consultation(folder)).groups
    assert groups.loc[groups["grouping"] == "role", "group"].tolist() == ["Others"]


def test_two_questions_of_one_text_are_told_apart_by_their_codes(tmp_path):
    asked = ["a1. Why?", "a2. Why?", "a2[other]. Why? [Arall]", "a3. Who?", "a3[other]. Who? [Arall]"]
    header = [*(f"{code}. x" for code in OWN_CODES), *asked]
    export = read_export(written(tmp_path / "a.csv", header, [*response("7")[:5], *"abcde"]))
    assert [(h.question, h.part, str(h)) for h in export.headings[5:]] == [
        ("a1. Why?", "", "a1. Why?"),
        ("a2. Why?", "", "a2. Why?"),
        ("a2. Why?", "Other", "a2[other]. Why? [Arall]"),
        ("Who?", "", "Who?"),
        ("Who?", "Other", "Who? [Arall]"),
    ]


def test_who_responded_is_marked_as_personal(tmp_path):
    header = [*OWN_CODES, "token", "startdate", "datestamp", "ipaddr", "refurl", "firstname", "attribute_1", "why"]
    export = read_export(written(tmp_path / "a.csv", header, [*response("7")[:5], *["x"] * 8]))
    assert export.personal == {6, 9, 11, 12}
    assert export.metadata == set(range(1, 13))


def test_an_anonymised_survey_has_no_dates_and_blank_ones_were_not_sent(small):
    folder = small(definition=DEFINITION)
    flag = "1980-01-01 00:00:00"
    rows = [response("1", sent=flag), response("2", sent=""), [""] * len(headers("full")), response("3", sent=flag)]
    written(folder / "export.csv", headers("full"), *rows)
    responses = read_responses(read_consultation(folder))
    assert responses.ledger["fate"].tolist() == ["counted", "not submitted", "empty", "counted"]
    assert any("the dates were not checked" in note for note in responses.notes)


def test_dates_are_dates_where_the_survey_is_not_anonymised(small):
    folder = small(definition=DEFINITION)
    days = ["2024-01-31 23:59:59", "", "2024-02-01 00:00:00"]
    written(folder / "export.csv", headers("full"), *(response(str(n), sent=day) for n, day in enumerate(days)))
    fates = read_responses(read_consultation(folder)).ledger["fate"].tolist()
    assert fates == ["counted", "not submitted", "outside the dates"]


def test_flags_among_dates_are_refused(tmp_path):
    rows = [response("1", sent="1980-01-01 00:00:00"), response("2", why="I am Anna")]
    fault = read_export(written(tmp_path / "a.csv", headers("full"), *rows)).fault
    assert fault.startswith("a.csv, column 2: some submit dates") and "Make two files" in fault and "Anna" not in fault


def test_a_workbook_is_read_as_the_csv_is(tmp_path):
    book = openpyxl.Workbook()
    for cells in [headers("full"), response("7"), response("8", sent="")]:
        book.active.append([cell or None for cell in cells])
    book.active["A2"] = 7
    book.save(tmp_path / "a.xlsx")
    one = read_export(tmp_path / "a.xlsx")
    other = read_export(written(tmp_path / "a.csv", headers("full"), response("7"), response("8", sent="")))
    assert one.rows == other.rows and one.headings == other.headings


def test_a_named_platform_whose_columns_are_not_there_is_refused(tmp_path):
    path = write_csv(tmp_path / "a.csv", [["Colour", "Size"], ["red", "4"]])
    with pytest.raises(ExportError, match="neither LimeSurvey's response ids nor its submit dates"):
        read_export(path, "limesurvey")


def test_plain_tables_are_asked_for_last():
    assert list(LAYOUTS)[-1] == "plain"
