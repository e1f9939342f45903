"""Qualtrics in every form that its files come in; the responses are invented, and say so."""

import csv

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import read_consultation, read_responses
from pipeline.errors import ExportError
from pipeline.ingest.fates import TEST, UNSENT
from pipeline.ingest.layouts import google_forms, plain, qualtrics, read_export, smartsurvey

from .conftest import SMALL, write_csv

OWN = ["StartDate", "EndDate", "Status", "IPAddress", "Progress", "Duration (in seconds)", "Finished", "RecordedDate",
       "ResponseId", "RecipientLastName", "RecipientFirstName", "RecipientEmail", "ExternalReference", "LocationLatitude",
       "LocationLongitude", "DistributionChannel", "UserLanguage"]  # fmt: skip
OWN_TEXTS = ["Start Date", "End Date", "Response Type", "IP Address", "Progress", "Duration (in seconds)", "Finished",
             "Recorded Date", "Response ID", "Recipient Last Name", "Recipient First Name", "Recipient Email",
             "External Data Reference", "Location Latitude", "Location Longitude", "Distribution Channel",
             "User Language"]  # fmt: skip
OWN_GERMAN = ["Anfangsdatum", "Enddatum", "Antworttyp", "IP-Adresse", "Aktueller Stand", "Dauer (in Sekunden)", "Beendet",
              "Erfassungsdatum", "Antwort-ID", "Nachname", "Vorname", "E-Mail", "Externe Datenreferenz", "Breitengrad",
              "Längengrad", "Verteilungskanal", "Benutzersprache"]  # fmt: skip
OWN_IDS = ["startDate", "endDate", "status", "ipAddress", "progress", "duration", "finished", "recordedDate", "_recordId",
           "recipientLastName", "recipientFirstName", "recipientEmail", "externalDataReference", "locationLatitude",
           "locationLongitude", "distributionChannel", "userLanguage"]  # fmt: skip
# name, text, import id, and what it should become: question and part
COLUMNS = [
    ("Q7", "Who are you? - Selected Choice", "QID7", "Who are you?", ""),
    ("Q7_4_TEXT", "Who are you? - Other (please specify) - Text", "QID7_4_TEXT", "Who are you?",
     "Other (please specify) - Text"),
    ("Q2_1", "<p>Which&nbsp;apply? - invented</p> - Selected Choice - Parks", "QID2_1", "Which apply? - invented", "Parks"),
    ("Q2_2", "<p>Which&nbsp;apply? - invented</p> - Selected Choice - Other", "QID2_2", "Which apply? - invented", "Other"),
    ("Q2_2_TEXT", "<p>Which&nbsp;apply? - invented</p> - Other - Text", "QID2_2_TEXT", "Which apply? - invented",
     "Other - Text"),
    ("Q4#1_1", "Rate these - Importance - Parks", "QID4#1_1", "Rate these", "Importance - Parks"),
    ("Q4#2_1", "Rate these - Condition - Parks", "QID4#2_1", "Rate these", "Condition - Parks"),
    ("plan", "Q2. Do you like\xa0the plan?", "QID9", "Q2. Do you like the plan?", ""),
    ("Q3", "Q3. Why?", "QID3_TEXT", "Q3. Why?", ""),
    ("Q3 - Topics", "Q3 - Topics", "QID3_TEXT_0a1Topics", "Q3 - Topics", ""),
    ("wave_1", "wave_1", "wave_1", "wave_1", ""),
    ("wave_2", "wave_2", "wave_2", "wave_2", ""),
]  # fmt: skip
NAMES, TEXTS, IDS, QUESTIONS, PARTS = map(list, zip(*COLUMNS, strict=True))


def json_ids(ids):
    return ['{"ImportId":"' + id + '"}' for id in ids]


def response(id, status="IP Address", finished="True", plan="Agree", why="invented", day="2024-01-10"):
    own = [f"{day} 09:00:00", f"{day} 09:01:00", status, "192.0.2.1", "100", "60", finished, f"{day} 09:01:01", id, "Bell",
           "Anna", "anna@example.org", "X1", "51.5", "-0.1", "anonymous", "EN"]  # fmt: skip
    return [*own, "Cats", "", "Parks", "-99", "", "5", "-99", plan, why, "", "a", "b"]


ROWS = [response("R_1a"), response("R_2b", plan="-99")]
HEADERS = {
    1: [*OWN, *NAMES],
    2: [*OWN_TEXTS, *TEXTS],
    3: json_ids([*OWN_IDS, *IDS]),
}


def pairs(export, first=18):
    return [(heading.question, heading.part) for heading in export.headings[first - 1 :]]


@pytest.mark.parametrize("kept", [(1,), (1, 2), (1, 3), (1, 2, 3)])
def test_a_file_is_read_with_whatever_header_rows_are_left(tmp_path, kept):
    path = write_csv(tmp_path / "export.csv", [*(HEADERS[row] for row in kept), *ROWS])
    export = read_export(path)
    assert (export.platform, export.header_rows) == ("qualtrics", len(kept))
    assert [row for row, _ in export.rows] == [len(kept) + 1, len(kept) + 2]
    assert [cells[export.id - 1] for _, cells in export.rows] == ["R_1a", "R_2b"]
    assert export.rows[0][1][export.submitted - 1] == "2024-01-10 09:01:01"
    assert export.metadata == frozenset(range(1, 18)) and export.personal == frozenset([4, 10, 11, 12, 13, 14, 15])
    assert export.column("RecipientEmail") == 12  # the same name whatever is left, and whatever the survey's language
    if 2 in kept and 3 in kept:
        assert pairs(export) == list(zip(QUESTIONS, PARTS, strict=True))


def test_without_texts_the_names_tell_question_and_part(tmp_path):
    export = read_export(write_csv(tmp_path / "export.csv", [HEADERS[1], *ROWS]))
    assert pairs(export) == [
        ("Q7", ""), ("Q7", "4_TEXT"), ("Q2", "1"), ("Q2", "2"), ("Q2", "2_TEXT"), ("Q4", "1_1"), ("Q4", "2_1"),
        ("plan", ""), ("Q3", ""), ("Q3 - Topics", ""), ("wave", "1"), ("wave", "2"),
    ]  # fmt: skip
    assert [str(heading) for heading in export.headings[17:21]] == ["Q7", "Q7_4_TEXT", "Q2_1", "Q2_2"]


def test_embedded_data_is_told_from_questions_by_its_import_id(tmp_path):
    export = read_export(write_csv(tmp_path / "export.csv", [HEADERS[1], HEADERS[3], *ROWS]))
    assert pairs(export)[-2:] == [("wave_1", ""), ("wave_2", "")]


def test_names_that_the_author_chose_are_grouped_by_import_id_where_there_are_texts(tmp_path):
    names, texts, ids = (
        ["green_likes", "green_loves"], ["Which? - Parks", "Which? - Woods"], json_ids(["QID5_1", "QID5_2"]),
    )  # fmt: skip
    header = [[*OWN, *names], [*OWN_TEXTS, *texts], [*json_ids(OWN_IDS), *ids]]
    export = read_export(write_csv(tmp_path / "export.csv", [*header, response("R_1")[:19]]))
    assert pairs(export) == [("Which?", "Parks"), ("Which?", "Woods")]


def test_a_question_with_one_sub_column_stays_whole(tmp_path):
    header = [[*OWN, "Q5_1"], [*OWN_TEXTS, "How far? - as the crow flies - Miles"], json_ids([*OWN_IDS, "QID5_1"])]
    export = read_export(write_csv(tmp_path / "export.csv", [*header, response("R_1")[:18]]))
    assert pairs(export) == [("How far? - as the crow flies - Miles", "")]


def test_the_second_row_may_be_in_the_surveys_language(tmp_path):
    for header in ([HEADERS[1], [*OWN_GERMAN, *TEXTS]], [HEADERS[1], [*OWN_GERMAN, *TEXTS], HEADERS[3]]):
        export = read_export(write_csv(tmp_path / "export.csv", [*header, *ROWS]))
        assert export.header_rows == len(header) and len(export.rows) == 2 and export.column("ResponseId") == 9


@pytest.mark.parametrize("kept", [(2,), (2, 3)])
def test_a_file_that_lost_its_names_still_knows_its_own_columns(tmp_path, kept):
    export = read_export(write_csv(tmp_path / "export.csv", [*(HEADERS[row] for row in kept), *ROWS]))
    assert (export.platform, export.header_rows, export.id) == ("qualtrics", len(kept), 9)
    assert export.personal == frozenset([4, 10, 11, 12, 13, 14, 15])
    assert ("Q2. Do you like the plan?", "") in pairs(export)


INSIGHTS = ["ResponseID", "ResponseSet", "IPAddress", "StartDate", "EndDate", "RecipientLastName", "RecipientFirstName",
            "RecipientEmail", "ExternalDataReference", "Finished", "Status"]  # fmt: skip
INSIGHTS_IDS = ["responseId", "responseSetId", "ipAddress", "startDate", "endDate", "panel-RecipientLastName",
                "panel-RecipientFirstName", "panel-RecipientEmail", "panel-ExternalDataReference", "finished",
                "status"]  # fmt: skip
PLACES = ["LocationLatitude", "LocationLongitude", "LocationAccuracy"]
OLD_NAMES = ["role", "role_TEXT", "Q2_1", "Q2_2", "Q2_1_TEXT", "Q4#1_1", "Q4#2_1", "Q5"]
OLD_TEXTS = ["Who are you - invented?", "Who are you - invented?", "Which of the well-kept... -Parks",
             "Which of the well-kept... -Paths", "Which of the well-kept... -Parks", "Rate these-Importance-Parks",
             "Rate these-Condition-Parks", "Why?"]  # fmt: skip
OLD_PAIRS = [("Who are you - invented?", ""), ("Who are you - invented?", "Text"), ("Which of the well-kept...", "Parks"),
             ("Which of the well-kept...", "Paths"), ("Which of the well-kept...", "Parks - Text"),
             ("Rate these", "Importance-Parks"), ("Rate these", "Condition-Parks"), ("Why?", "")]  # fmt: skip
OLD_ANSWERS = ["1", "", "1", "-99", "", "2", "3", "invented", "51.5", "-0.1", "-1"]


def python_ids(ids):
    return ["{'ImportId': '" + id + "'}" for id in ids]


@pytest.mark.parametrize("kept", [(0,), (0, 1), (0, 2), (0, 1, 2)])
def test_the_insights_form_is_read_with_its_python_quotes(tmp_path, kept):
    ids = ["QID1", "QID1-TEXT", "QID2-1", "QID2-2", "QID2-1-TEXT", "QID4#1-1", "QID4#2-1", "QID5-TEXT"]
    header = [
        [*INSIGHTS, *OLD_NAMES, *PLACES],
        [*INSIGHTS, *OLD_TEXTS, *PLACES],
        python_ids([*INSIGHTS_IDS, *ids, *(f"Location-{place}" for place in PLACES)]),
    ]
    row = [
        "R_1",
        "Default Response Set",
        "192.0.2.1",
        "2016-04-08 12:04:00",
        "2016-04-08 12:05:00",
        *[""] * 4,
        "1",
        "0",
    ]
    export = read_export(write_csv(tmp_path / "export.csv", [*(header[n] for n in kept), [*row, *OLD_ANSWERS]]))
    assert (export.platform, export.header_rows, export.id, export.submitted) == ("qualtrics", len(kept), 1, 5)
    assert export.metadata == frozenset([*range(1, 12), 20, 21, 22])
    assert export.personal == frozenset([3, 6, 7, 8, 9, 20, 21, 22])
    if 1 in kept:
        assert pairs(export, 12)[:8] == OLD_PAIRS
    assert export.rows == ((len(kept) + 1, (*row, "1", "", "1", "", *OLD_ANSWERS[4:])),)


LEGACY = [f"V{n}" for n in range(1, 11)]
LEGACY_TEXTS = ["ResponseID", "ResponseSet", "Name", "ExternalDataReference", "EmailAddress", "IPAddress", "Status",
                "StartDate", "EndDate", "Finished"]  # fmt: skip


@pytest.mark.parametrize("texts", [True, False])
def test_the_legacy_form_is_read_with_its_byte_order_mark_and_trailing_column(tmp_path, texts):
    header = [[*LEGACY, *OLD_NAMES, *PLACES, ""], [*LEGACY_TEXTS, *OLD_TEXTS, *PLACES, ""]][: 1 + texts]
    row = ["R_1", "Default Response Set", "Anonymous", "", "", "192.0.2.1", "0", "2014-03-05 10:11:12",
           "2014-03-05 10:12:12", "1", *OLD_ANSWERS, ""]  # fmt: skip
    path = tmp_path / "export.csv"
    with open(path, "w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows([*header, row])
    export = read_export(path)
    assert (export.platform, export.encoding, export.header_rows) == ("qualtrics", "utf-8-sig", len(header))
    assert (len(export.headings), export.id, export.submitted) == (21, 1, 9)
    assert export.personal == frozenset([3, 4, 5, 6, 19, 20, 21]) and export.column("EmailAddress") == 5
    if texts:
        assert pairs(export, 11)[:8] == OLD_PAIRS


def test_side_by_side_questions_of_the_legacy_form_end_at_a_colon(tmp_path):
    names, texts = ["Q1#1_1", "Q1#2_1"], ["Rate these : Importance-Parks", "Rate these : Condition-Parks"]
    row = ["R_1", "", "", "", "", "", "0", "2014-03-05 10:11:12", "2014-03-05 10:12:12", "1", "2", "3"]
    export = read_export(write_csv(tmp_path / "export.csv", [[*LEGACY, *names], [*LEGACY_TEXTS, *texts], row]))
    assert pairs(export, 11) == [("Rate these", "Importance-Parks"), ("Rate these", "Condition-Parks")]


def test_what_was_typed_beside_an_option_is_another_part_than_the_option(tmp_path):
    header = [
        [*INSIGHTS, "Q1_1", "Q1_2", "Q1_2_TEXT"],
        [*INSIGHTS, "Which?-Speech", "Which?-Rich Text", "Which?-Rich Text"],
    ]
    row = [
        "R_1",
        "",
        "192.0.2.1",
        "2016-04-08 12:04:00",
        "2016-04-08 12:05:00",
        *[""] * 4,
        "1",
        "0",
        "1",
        "1",
        "invented",
    ]
    export = read_export(write_csv(tmp_path / "export.csv", [*header, row]))
    assert [part for _, part in pairs(export, 12)] == ["Speech", "Rich Text", "Rich Text - Text"]


def test_a_tsv_in_utf_16_is_read(tmp_path):
    path = tmp_path / "export.tsv"
    with open(path, "w", newline="", encoding="utf-16") as file:
        csv.writer(file, delimiter="\t").writerows([HEADERS[1], HEADERS[2], HEADERS[3], response("R_1", why="£5")])
    export = read_export(path)
    assert (export.encoding, export.header_rows, export.rows[0][1][25]) == ("utf-16", 3, "£5")


def test_a_workbook_is_read_with_its_dates_and_truths(tmp_path):
    book = openpyxl.Workbook()
    for cells in (HEADERS[1], HEADERS[2], response("R_1", finished=False), response("R_2", finished=True)):
        book.active.append(cells)
    book.save(tmp_path / "export.xlsx")
    export = read_export(tmp_path / "export.xlsx")
    assert export.header_rows == 2 and list(export.verdicts) == [3]


def test_minus_99_is_no_answer(tmp_path):
    export = read_export(write_csv(tmp_path / "export.csv", [*HEADERS.values(), *ROWS]))
    assert [cells[24] for _, cells in export.rows] == ["Agree", ""] and export.rows[0][1][20] == ""


@pytest.mark.parametrize(
    ("status", "finished", "verdict"),
    [
        ("IP Address", "True", None),
        ("0", "1", None),
        ("Imported", "TRUE", None),
        ("48", "1", None),
        ("", "", None),
        ("Survey Preview", "True", (TEST, "its status in Qualtrics: preview")),
        ("1", "1", (TEST, "its status in Qualtrics: preview")),
        ("Survey Test", "False", (TEST, "its status in Qualtrics: test")),
        ("2", "0", (TEST, "its status in Qualtrics: test")),
        ("Spam", "True", (TEST, "its status in Qualtrics: spam")),
        ("12", "1", (TEST, "its status in Qualtrics: spam")),
        ("17", "1", (TEST, "its status in Qualtrics: preview")),
        ("IP Address", "False", (UNSENT, "not finished, says Qualtrics")),
        ("0", "0", (UNSENT, "not finished, says Qualtrics")),
    ],
)
def test_previews_tests_spam_and_unfinished_responses_are_told(tmp_path, status, finished, verdict):
    rows = [response("R_1"), response("R_2", status, finished)]
    export = read_export(write_csv(tmp_path / "export.csv", [*HEADERS.values(), *rows]))
    assert export.verdicts == ({5: verdict} if verdict else {})


@pytest.mark.parametrize(("status", "finished"), [("IP-Adresse", "True"), ("IP Address", "Wahr")])
def test_a_status_in_other_words_counts_and_a_note_says_so_without_quoting_it(tmp_path, status, finished):
    path = write_csv(tmp_path / "export.csv", [*HEADERS.values(), response("R_1"), response("R_2", status, finished)])
    export = read_export(path)
    (note,) = export.notes
    assert export.verdicts == {} and "1 rows, row 5 the first" in note and status not in note


def test_another_file_is_not_taken_for_qualtrics(tmp_path):
    others = [[["Timestamp", "Q1"]], [["ResponseId", "Q1"]], [["a"], ["ImportId"]], []]
    assert not any(qualtrics.recognises(rows) for rows in others)
    path = write_csv(tmp_path / "export.csv", [["ResponseId", "Q1"], ["1", "invented"]])
    with pytest.raises(ExportError, match="neither Qualtrics' own columns"):
        read_export(path, "qualtrics")
    assert not any(layout.recognises([HEADERS[1]]) for layout in (smartsurvey, google_forms)) and plain.recognises(
        [["a"]]
    )


def test_a_blank_row_under_the_header_is_a_row_and_no_header(tmp_path):
    export = read_export(write_csv(tmp_path / "export.csv", [HEADERS[1], [""] * 29, *ROWS]))
    assert export.header_rows == 1 and [row for row, _ in export.rows] == [2, 3, 4] and not export.verdicts


def test_the_small_survey_is_read_from_every_form_alike(small):
    folder = small(
        definition=SMALL.replace('heading = "Q1. Who are you?"', 'heading = "Who are you?"').replace(
            "Email", "RecipientEmail"
        )
    )
    rows = [
        response("R_1", day="2024-01-03"),
        response("R_2", day="2024-01-09", plan="-99", why="food"),
        response("R_3", status="Survey Preview"),
        response("R_4", finished="False"),
    ]
    for kept in ((1, 2), (1, 2, 3)):
        write_csv(folder / "export.csv", [*(HEADERS[row] for row in kept), *rows])
        responses = read_responses(read_consultation(folder))
        assert responses.ledger["fate"].tolist() == ["repeat", "counted", TEST, UNSENT]
        assert responses.comments["text"].tolist() == ["food"] and responses.answers["answer"].isna().tolist() == [True]
        use = responses.columns.set_index("column")["use"]
        assert use[12] == use[4] == "identifies a person: not kept" and use[3] == "the platform's own"


WORD = st.text("ab -?:", min_size=1, max_size=8).map(lambda text: " ".join(text.split())).filter(bool)


@given(WORD, st.lists(WORD, min_size=2, max_size=5, unique=True))
def test_question_and_part_always_make_up_the_text(question, options):
    names = [f"Q2_{n}" for n in range(1, len(options) + 1)]
    texts = [f"{question} - {option}" for option in options]
    header = qualtrics._header([["ResponseId", *names], ["", *texts], ["", *json_ids(["QID2"] * len(names))]])
    headings = qualtrics._headings(header, qualtrics._own_columns(header))[1:]
    assert len({heading.question for heading in headings}) == 1
    assert [f"{heading.question} - {heading.part}" for heading in headings] == texts
