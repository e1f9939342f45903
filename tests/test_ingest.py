"""From an export to Responses: the same answers from every layout, one fate for every row, and nothing about persons."""

import csv
import random

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import read_consultation, read_responses, schemas, summarise
from pipeline.errors import ExportError
from pipeline.ingest.layouts.export import fold
from pipeline.ingest.matching import unnumbered
from pipeline.outcome.folders import write_report

from .conftest import HEADER, ROOT, SLUG, SMALL, WITH_LETTERS, row, write_csv

EXPORT = ROOT / "data" / SLUG / "export.csv"


def shipped_rows():
    with open(EXPORT, encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def plain_rows():
    """The shipped export as a plain table: one row of headings, the parts of a question after a dash."""
    top, parts, _, *rows = shipped_rows()
    headings, question = [], ""
    for heading, part in zip(top, parts, strict=True):
        question = heading or question
        headings.append(f"{question} - {part}" if part.startswith("Other") else question)
    return [headings, *([cell if cell != "-" else "" for cell in cells] for cells in rows)]


def test_the_shipped_export_has_150_rows_of_which_141_count(responses):
    online = responses.ledger[responses.ledger["channel"] == "online"]
    assert online["fate"].value_counts().to_dict() == {
        "counted": 141,
        "test entry": 4,
        "repeat": 3,
        "empty": 1,
        "outside the dates": 1,
    }
    assert len(online) == len(shipped_rows()) - 3


def test_the_other_channels_are_read_and_not_counted_among_everyone(responses):
    kept = responses.ledger[responses.ledger["fate"] == "counted"]["channel"].value_counts()
    assert kept.to_dict() == {"online": 141, "forum": 46, "letters": 6}
    groups = responses.groups
    assert groups.loc[groups["grouping"] == "all", "respondent"].nunique() == 141
    assert groups.loc[groups["grouping"] == "channel", "respondent"].nunique() == 193


@pytest.mark.parametrize("kind", ["plain.csv", "plain.xlsx", "smartsurvey.xlsx", "plain.tsv"])
def test_every_layout_of_the_same_responses_gives_the_same_tables(consultation, responses, tmp_path, kind):
    rows = plain_rows() if kind.startswith("plain") else shipped_rows()
    path = tmp_path / kind
    if kind.endswith("xlsx"):
        book = openpyxl.Workbook()
        for cells in rows:
            book.active.append([cell or None for cell in cells])
        book.save(path)
    elif kind.endswith("tsv"):
        with open(path, "w", newline="", encoding="utf-8") as file:
            csv.writer(file, delimiter="\t").writerows(rows)
    else:
        write_csv(path, rows)
    found = read_responses(consultation, path)
    for table in ("answers", "comments", "groups"):
        pd.testing.assert_frame_equal(getattr(found, table), getattr(responses, table))
    assert found.ledger["fate"].tolist() == responses.ledger["fate"].tolist()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Q1. Who are you?", "who  are you"),
        ("12) Who are you?", "WHO ARE YOU?"),
        ("Question 3: Who are you?", "Who are you? *"),
        ("Q4.1. A children’s home – or “other”", "a children's home - or 'other'"),
        ("Who\u00a0are you?", "Who are you?"),
    ],
)
def test_case_spacing_numbering_quotes_and_dashes_do_not_matter(one, other):
    assert unnumbered(one) == unnumbered(other)


@pytest.mark.parametrize("text", ["16 to 17 years", "2.5 hours", "1-5", "A level"])
def test_a_number_that_belongs_to_the_text_is_kept(text):
    assert unnumbered(text) == fold(text)


def test_numbers_that_tell_options_apart_are_not_taken_off(small):
    definition = SMALL.replace('["Agree", "Neither", "Disagree"]', '["1. Yes", "2. Yes", "Disagree"]').replace(
        '["Agree"]', '["1. Yes"]'
    ).replace('["Neither", "Disagree"]', '["2. Yes", "Disagree"]')  # fmt: skip
    folder = small(row("a", "1. yes"), row("b", "2. YES"), definition=definition)
    answers = read_responses(read_consultation(folder)).answers
    assert answers["answer"].tolist() == ["1. Yes", "2. Yes"]


def test_a_missing_column_is_refused_with_the_nearest_heading(small):
    folder = small(row("a"), header=[*HEADER[:-2], "Q2. Do you like our plans?", "Q3. Why?"])
    with pytest.raises(
        ExportError, match="no column for question 'plan'.*Did you mean: 'Q2. Do you like our plans\\?'"
    ):
        read_responses(read_consultation(folder))


def test_a_question_that_stands_twice_is_refused(small):
    folder = small([*row("a"), "again"], header=[*HEADER, "Q3.  WHY?"])
    with pytest.raises(ExportError, match="should have one column for question 'why'.*columns 8, 9"):
        read_responses(read_consultation(folder))


def test_an_unknown_option_is_refused_by_row_and_column_with_the_nearest(small):
    folder = small(row("a"), row("b", "Agre"))
    with pytest.raises(ExportError, match=r"row 3, column 7: 'Agre' is not an option.*Did you mean: 'Agree'"):
        read_responses(read_consultation(folder))


def test_an_unknown_group_is_refused_with_the_known_ones(small):
    folder = small(row("a", role="Catts"))
    with pytest.raises(ExportError, match=r"row 2, column 5: 'Catts' is not an option of grouping 'role'.*'Cats'"):
        read_responses(read_consultation(folder))


def test_an_error_never_quotes_what_a_respondent_wrote(small):
    secret = "My manager Anna Bell told me to lie about the boy in room nine and I did"
    folder = small(row("a", answer=secret))
    with pytest.raises(ExportError) as error:
        read_responses(read_consultation(folder))
    assert "Anna" not in str(error.value) and f"an answer of {len(secret)} characters" in str(error.value)


def test_another_surveys_file_is_refused_in_one_sentence(consultation, tmp_path):
    path = write_csv(tmp_path / "other.csv", [["Colour", "Size"], ["red", "4"]])
    with pytest.raises(ExportError, match=r"other.csv is not an export of this survey"):
        read_responses(consultation, path)


def test_a_row_with_more_cells_than_headings_is_refused(small):
    folder = small([*row("a"), "and", "more"])
    with pytest.raises(ExportError, match="row 2, has more cells than there are headings"):
        read_responses(read_consultation(folder))


def test_each_rule_gives_its_fate_and_the_latest_of_a_person_counts(small):
    folder = small(
        row("1", name="test"),
        row("2", day="2023-12-31"),
        row("3", day="2024-02-01"),
        row("4", answer="", why=""),
        row("5", email="cat@example.org", day="2024-01-03"),
        row("6", email="CAT@example.org ", day="2024-01-09"),
        row("7", day=""),
        row("8"),
        row("8", day="2024-01-11"),
        [""] * len(HEADER),
        row("9", answer="Don't know", day="2024-01-31"),
    )
    ledger = read_responses(read_consultation(folder)).ledger
    assert ledger[["row", "fate"]].to_records(index=False).tolist() == [
        (2, "test entry"),
        (3, "outside the dates"),
        (4, "outside the dates"),
        (5, "empty"),
        (6, "repeat"),
        (7, "counted"),
        (8, "not submitted"),
        (9, "repeat"),
        (10, "counted"),
        (11, "empty"),
        (12, "counted"),
    ]
    assert ledger.loc[4, "detail"] == "same Email as others; row 7, the latest, counts"


def test_the_first_counts_where_the_definition_says_so(small):
    rows = [row("5", email="cat@example.org", day="2024-01-03"), row("6", email="cat@example.org", day="2024-01-09")]
    folder = small(*rows, definition=SMALL.replace('"latest"', '"first"'))
    assert read_responses(read_consultation(folder)).ledger["fate"].tolist() == ["counted", "repeat"]


def test_a_date_in_an_unknown_form_is_refused_and_never_guessed(small):
    with pytest.raises(ExportError, match="row 2, column 2: the date is not written as year-month-day"):
        read_responses(read_consultation(small(row("a", day="03/04/2024"))))


def test_who_typed_an_other_answer_belongs_to_others_and_options_to_their_group(small):
    folder = small(row("a", role="", other="a newt"), row("b", role="puppy"), row("c", role=""), row("d", role="Other"))
    groups = read_responses(read_consultation(folder)).groups
    roles = groups[groups["grouping"] == "role"].set_index("respondent")["group"].to_dict()
    assert roles == {"a": "Others", "b": "Dogs", "d": "Others"}


def test_names_addresses_and_typed_answers_reach_no_table(small):
    folder = small(
        row("a", role="", other="the newt of 3 Pond Lane", name="Anna Bell", email="anna@example.org", why="because"),
        row("b", email="anna@example.org", day="2024-01-02"),
    )
    responses = read_responses(read_consultation(folder))
    for table in ("answers", "comments", "groups", "ledger", "columns", "sources", "personal"):
        text = getattr(responses, table).to_csv()
        for secret in ("Anna", "anna@", "Pond Lane"):
            assert secret not in text, (table, secret)


def test_a_blank_answer_is_kept_as_asked_and_not_answered(small):
    responses = read_responses(read_consultation(small(row("a", answer="", why="x"), row("b"))))
    assert responses.answers["answer"].isna().tolist() == [True, False]
    assert responses.comments["text"].isna().tolist() == [False, True]


def test_a_rule_that_could_not_be_applied_is_told(small):
    header = [heading for heading in HEADER if heading != "Email"]
    cells = row("a")
    folder = small([*cells[:3], *cells[4:]], header=header)
    notes = read_responses(read_consultation(folder)).notes
    assert any("no column 'Email'" in note for note in notes)


ANSWERS = st.sampled_from(["Agree", "Neither", "Disagree", "Don't know", ""])
ROWS = st.lists(
    st.tuples(
        ANSWERS,
        st.sampled_from(["Cats", "Dogs", "Birds", ""]),
        st.sampled_from(["2024-01-02", "2024-01-20", "2025-01-01", ""]),
        st.sampled_from(["", "a@example.org", "b@example.org"]),
        st.sampled_from(["", "Test"]),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.randoms(use_true_random=False))
def test_every_row_has_one_fate_and_the_order_of_rows_changes_no_count(tmp_path_factory, rows, rng: random.Random):
    folder = tmp_path_factory.mktemp("survey")
    (folder / "consultation.toml").write_text(SMALL.replace('codes = "codes.csv"\n', ""), encoding="utf-8")
    (folder / "codebook.toml").write_text('[[themes]]\nkey = "a"\nlabel = "a"\ndescription = "a"\n', encoding="utf-8")
    cells = [
        row(f"r{i}", answer, role, day=day, email=email, name=name)
        for i, (answer, role, day, email, name) in enumerate([*rows, ("Agree", "Cats", "2024-01-05", "", "")])
    ]
    found = []
    for _ in range(2):
        write_csv(folder / "export.csv", [HEADER, *cells])
        responses = read_responses(read_consultation(folder))
        assert len(responses.ledger) == len(cells)
        counted = responses.ledger[responses.ledger["fate"] == "counted"]
        everyone = responses.groups[responses.groups["grouping"] == "all"]
        assert sorted(counted["respondent"]) == sorted(everyone["respondent"])
        found.append((sorted(counted["respondent"]), responses.answers["answer"].value_counts(dropna=False).to_dict()))
        rng.shuffle(cells)
    assert found[0] == found[1]


def test_repeats_are_followed_from_column_to_column_whatever_their_order(small):
    header = [*HEADER, "Phone"]
    rows = [
        [*row("1", day="2024-01-02"), "07700 900001"],
        [*row("2", day="2024-01-03", email="a@example.org"), "07700 900001"],
        [*row("3", day="2024-01-04", email="a@example.org"), ""],
    ]
    for columns in ('["Email", "Phone"]', '["Phone", "Email"]'):
        folder = small(*rows, header=header, definition=SMALL.replace('["Email"]', columns))
        ledger = read_responses(read_consultation(folder)).ledger
        assert ledger["fate"].tolist() == ["repeat", "repeat", "counted"]
        assert all("row 4, the latest, counts" in detail for detail in ledger["detail"][:2])


def test_of_two_responses_sent_at_once_the_higher_id_counts_as_people_count(small):
    folder = small(*(row(id, email="a@example.org") for id in ("10", "9")))
    ledger = read_responses(read_consultation(folder)).ledger.set_index("respondent")
    assert ledger["fate"].to_dict() == {"10": "counted", "9": "repeat"}


def test_dates_with_a_time_zone_are_read_beside_those_without(small):
    folder = small(
        row("1", day="2024-01-10T10:00:00Z"), row("2", day="2024-01-10"), row("3", day="2024-02-01T00:30:00+01:00")
    )
    assert read_responses(read_consultation(folder)).ledger["fate"].tolist() == [
        "counted",
        "counted",
        "outside the dates",
    ]


@pytest.mark.parametrize("secret", ["Anna Bell told me to agree", "I disagree with Anna", "agreed by Anna Bell"])
def test_a_short_text_is_not_quoted_just_because_it_holds_an_options_word(small, secret):
    with pytest.raises(ExportError) as error:
        read_responses(read_consultation(small(row("a", answer=secret))))
    assert "Anna" not in str(error.value)


def test_an_id_that_stands_for_two_responses_is_refused(small):
    folder = small(row("letters/letter-1"), definition=WITH_LETTERS)
    (folder / "letters").mkdir()
    (folder / "letters" / "a.txt").write_text("food")
    with pytest.raises(
        ExportError, match="'letters/letter-1' of row 1 of the channel 'letters' stands for another response"
    ):
        read_responses(read_consultation(folder))


def test_a_file_parted_by_semicolons_is_read_though_its_headings_hold_commas(small):
    folder = small(row("a"))
    heading = "Q2. Do you, all told, and after thought, like the plan, or parts of it?"
    (folder / "consultation.toml").write_text(SMALL.replace("Q2. Do you like the plan?", heading), encoding="utf-8")
    cells = [h.replace("Q2. Do you like the plan?", heading) for h in HEADER]
    text = ";".join(f'"{cell}"' for cell in cells) + "\n" + ";".join(row("a", why="x"))
    (folder / "export.csv").write_text(text, encoding="utf-8")
    assert read_responses(read_consultation(folder)).answers["answer"].tolist() == ["Agree"]


def test_a_question_that_ends_in_other_is_still_a_question(small):
    header = [*HEADER[:-1], "Q3. Anything else: other comments"]
    folder = small(
        row("a", why="food"), header=header, definition=SMALL.replace("Q3. Why?", "Q3. Anything else: other comments")
    )
    assert read_responses(read_consultation(folder)).comments["text"].tolist() == ["food"]


@pytest.mark.parametrize(
    ("points", "cells", "found"),
    [
        (["A*", "A", "Disagree"], ["A*", "a", "disagree."], ["A*", "A", "Disagree"]),
        (["18 - 24", "Q1 2024", "Disagree"], ["18 – 24", "q1 2024", "3. Disagree"], ["18 - 24", "Q1 2024", "Disagree"]),
    ],
)
def test_options_that_differ_by_a_mark_or_a_number_are_told_apart(small, points, cells, found):
    definition = SMALL.replace('["Agree", "Neither", "Disagree"]', str(points).replace("'", '"'))
    definition = definition.replace('["Agree"]', f'["{points[0]}"]').replace('["Neither", "Disagree"]', '["Disagree"]')
    folder = small(*(row(str(i), cell) for i, cell in enumerate(cells)), definition=definition)
    assert read_responses(read_consultation(folder)).answers["answer"].tolist() == found


@pytest.mark.parametrize("cell", ["16 - 24", "Q3 2024"])
def test_an_option_of_another_number_is_not_taken_for_ours(small, cell):
    definition = SMALL.replace('["Agree", "Neither", "Disagree"]', '["18 - 24", "Q1 2024", "Disagree"]')
    definition = definition.replace('["Agree"]', '["18 - 24"]').replace('["Neither", "Disagree"]', '["Disagree"]')
    with pytest.raises(ExportError, match="is not an option"):
        read_responses(read_consultation(small(row("1", cell), definition=definition)))


def test_what_people_type_in_place_of_an_address_makes_nobody_a_repeat(small):
    folder = small(*(row(str(i), email=cell) for i, cell in enumerate(["n/a", "N/A", "none", "none", "-"])))
    assert set(read_responses(read_consultation(folder)).ledger["fate"]) == {"counted"}


def test_a_person_cannot_be_the_id_of_a_response(small):
    definition = SMALL.replace('file = "export.csv"', 'file = "export.csv"\nid = "Email"')
    with pytest.raises(ExportError, match="'Email' identifies a person"):
        read_responses(read_consultation(small(row("1"), definition=definition)))


def test_rows_without_an_id_never_meet_an_id_that_looks_like_theirs(small):
    folder = small(row(""), row("row-2"))
    with pytest.raises(ExportError, match="The id 'row-2' of row 3"):
        read_responses(read_consultation(folder))


def test_a_file_without_headings_is_refused_without_a_word_of_its_rows(small):
    folder = small(row("1"))
    write_csv(folder / "export.csv", [row("1", why="I was hurt by my teacher", email="ann@example.org"), row("2")])
    with pytest.raises(ExportError) as error:
        read_responses(read_consultation(folder))
    assert "hurt" not in str(error.value) and "ann" not in str(error.value)


IN_PLACE = SMALL.replace('other = "Others"', 'other = "Others"\nother_in_place = true')


def test_a_text_in_place_of_an_option_goes_to_others_where_the_definition_says_so(small):
    rows = [row("a", role="I keep newts"), row("b", role="puppy"), row("c", role="Other", other="a toad"), row("d")]
    responses = read_responses(read_consultation(small(*rows, definition=IN_PLACE)))
    roles = responses.groups[responses.groups["grouping"] == "role"]
    assert roles["group"].tolist() == ["Others", "Dogs", "Others", "Cats"]
    assert responses.ledger["detail"].tolist() == ["role typed in place of an option", "", "", ""]
    assert responses.columns.loc[4, "use"] == "grouping role, 1 typed in place of an option"
    assert sorted(responses.others.values.tolist()) == [["a", "role", "I keep newts"], ["c", "role", "a toad"]]


def test_without_that_line_the_error_tells_of_it_and_not_what_was_typed(small):
    with pytest.raises(ExportError, match="say other_in_place = true in the grouping 'role'") as error:
        read_responses(read_consultation(small(row("a", role="I keep newts"))))
    assert "newts" not in str(error.value)
    with pytest.raises(ExportError) as error:
        read_responses(
            read_consultation(small(row("a", role="newt"), definition=SMALL.replace('other = "Others"', "")))
        )
    assert "other_in_place" not in str(error.value)


def test_what_was_typed_by_those_who_do_not_count_is_not_listed(small):
    folder = small(row("a", role="", other="a newt", name="Test"), row("b"))
    assert read_responses(read_consultation(folder)).others.empty


def test_typed_answers_stay_in_the_working_folder(small, tmp_path):
    from pipeline import code_responses, summarise, write_report
    from pipeline.outcome.disclosure import publishable

    consultation = read_consultation(small(row("a", role="", other="keeper of newts"), row("b")))
    responses = read_responses(consultation)
    outcome = summarise(consultation, responses, code_responses(consultation, responses.comments, {}))
    write_report(outcome, tmp_path / "out")
    assert publishable(outcome).responses.others.empty
    assert "keeper of newts" in (tmp_path / "out" / "working" / "others.csv").read_text()
    for path in (tmp_path / "out" / "published").rglob("*"):
        assert not path.is_file() or b"newts" not in path.read_bytes(), path


@pytest.mark.parametrize(("tests", "told"), [(1, False), (2, True)])
def test_a_rule_that_leaves_out_more_than_a_tenth_of_a_channel_says_so(small, capsys, tests, told):
    from pipeline.cli import main

    rows = [row(str(i), name="Test" if i < tests else "") for i in range(10)]
    folder = small(*rows)
    note = "'test entry' leaves out 2 of the 10 rows of Online survey (20%), more than a tenth: see that this is meant."
    assert read_responses(read_consultation(folder)).notes == (note,) * told
    assert main(["run", str(folder), "--out", str(folder / "out")]) == 0
    assert (f"Note: {note}" in capsys.readouterr().out) is told
    assert (note in (folder / "out" / "published" / "report.md").read_text()) is told


@pytest.mark.parametrize(
    ("at_least", "fates"), [(1, ["counted", "counted", "empty"]), (2, ["partial", "counted", "empty"])]
)
def test_rows_with_a_few_answers_count_unless_the_definition_asks_for_more(small, at_least, fates):
    definition = SMALL.replace('repeats = "latest"', f'repeats = "latest"\nat_least = {at_least}')
    folder = small(row("a"), row("b", why="food"), row("c", answer=""), definition=definition)
    ledger = read_responses(read_consultation(folder)).ledger
    assert ledger["fate"].tolist() == fates
    if at_least == 2:
        assert ledger.loc[0, "detail"] == "1 answered, of the 2 questions that make a response"


def test_a_partial_response_never_stands_for_a_full_one(small):
    definition = SMALL.replace('repeats = "latest"', 'repeats = "latest"\nat_least = 2')
    rows = [row("a", why="food", email="x@example.org"), row("b", email="x@example.org", day="2024-01-20")]
    assert read_responses(read_consultation(small(*rows, definition=definition))).ledger["fate"].tolist() == [
        "counted",
        "partial",
    ]


SEVERAL = SMALL.replace('file = "export.csv"', 'files = ["export.csv", "welsh.csv"]')


def test_several_files_of_a_channel_are_read_each_by_its_own_layout_and_repeats_are_told_across(small):
    folder = small(
        row("a", email="x@example.org"), row("b", why="food"), row("", why="sleep"), definition=SEVERAL
    )  # fmt: skip
    own = ["UserID", "UserNo", "Name", "Email", "IP Address", "Unique ID", "Started", "Ended"]
    lines = [
        ["901", "1", "-", "X@example.org", "-", "-", "-", "20/01/2024 09:00:00", "Dogs", "Disagree", "-"],
        ["902", "2", "-", "-", "-", "-", "-", "21/01/2024 09:00:00", "Cats", "Agree", "bed"],
    ]
    write_csv(folder / "welsh.csv", [[*own, "Q1. Who are you?", "Q2. Do you like the plan?", "Q3. Why?"], *lines])
    responses = read_responses(read_consultation(folder))
    ledger = responses.ledger
    assert list(zip(ledger["file"], ledger["row"], ledger["respondent"], ledger["fate"], strict=True)) == [
        ("export.csv", 2, "a", "repeat"),
        ("export.csv", 3, "b", "counted"),
        ("export.csv", 4, "row-4", "counted"),
        ("welsh.csv", 2, "901", "counted"),
        ("welsh.csv", 3, "902", "counted"),
    ]
    assert ledger.loc[0, "detail"] == "same Email as others; row 2 of welsh.csv, the latest, counts"
    assert responses.sources[["file", "platform"]].values.tolist() == [
        ["export.csv", "plain"],
        ["welsh.csv", "smartsurvey"],
    ]
    assert responses.answers["answer"].tolist() == ["Agree", "Agree", "Disagree", "Agree"]
    assert set(responses.columns["file"]) == {"export.csv", "welsh.csv"}


def test_rows_without_an_id_are_called_by_their_file_from_the_second_on(small):
    folder = small(row("", why="food"), definition=SEVERAL)
    write_csv(folder / "welsh.csv", [HEADER, row("", why="bed")])
    assert read_responses(read_consultation(folder)).ledger["respondent"].tolist() == ["row-2", "welsh.csv/row-2"]


def test_an_id_in_two_files_is_one_response_and_other_answers_under_it_are_told(small):
    folder = small(row("1"), row("2"), row("3", "Disagree"), definition=SEVERAL)
    write_csv(folder / "welsh.csv", [HEADER, row("1"), row("2", "Disagree", day="2024-01-12")])
    responses = read_responses(read_consultation(folder))
    assert responses.ledger["fate"].tolist() == ["repeat", "repeat", "counted", "counted", "counted"]
    assert any("export.csv and welsh.csv share 1 id over different answers" in note for note in responses.notes)
    write_csv(folder / "welsh.csv", [HEADER, row("1"), row("2")])
    assert not any("different answers" in note for note in read_responses(read_consultation(folder)).notes)


def test_an_export_named_in_the_command_stands_in_place_of_all_files(small, capsys):
    from pipeline.cli import main

    folder = small(row("1"), definition=SEVERAL)
    write_csv(folder / "welsh.csv", [HEADER, row("2", "Disagree")])
    write_csv(folder / "late.csv", [HEADER, row("3")])
    assert main(["tally", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "Read export.csv (plain, utf-8): 1 row = 1 counted." in said
    assert "Read welsh.csv (plain, utf-8): 1 row = 1 counted." in said
    ledger = read_responses(read_consultation(folder), folder / "late.csv").ledger
    assert ledger["respondent"].tolist() == ["3"]


def test_every_fate_has_words_of_its_own_for_the_report():
    from pipeline.ingest.fates import COUNTED, FATES
    from pipeline.outcome.report import _fate

    assert len({_fate(fate, number) for fate in FATES if fate != COUNTED for number in (1, 2)}) == 2 * (len(FATES) - 1)


ORGANISATIONS = """[organisations]
heading = "Which organisation?"
agreed = "May we name it?"

"""


def test_organisations_are_kept_with_what_they_agreed_to_and_only_those_who_agreed_are_published(small, tmp_path):
    def answered(id, name, agreed):
        return [*row(id, why="food"), name, agreed]

    definition = SMALL.replace("[[channels]]", ORGANISATIONS + "[[channels]]", 1)
    folder = small(definition=definition)
    rows = [
        answered("1", "Bird  Trust", "Yes"), answered("2", "Cat Club", "No"), answered("3", "", "Yes"),
        answered("4", "bird trust", "yes"), answered("5", "Ant Aid", ""),
    ]  # fmt: skip
    write_csv(folder / "export.csv", [[*HEADER, "Which organisation?", "May we name it?"], *rows])
    consultation = read_consultation(folder)
    found = read_responses(consultation).organisations
    assert found.to_records(index=False).tolist() == [
        ("1", "Bird  Trust", True), ("2", "Cat Club", False), ("4", "bird trust", True), ("5", "Ant Aid", False),
    ]  # fmt: skip
    out = tmp_path / "out"
    outcome = summarise(consultation, read_responses(consultation), schemas.build("coded", []))
    write_report(outcome, out)
    texts = [path for path in (out / "published").rglob("*") if path.suffix in (".md", ".html", ".csv")]
    published = "".join(path.read_text(encoding="utf-8") for path in texts)
    assert (
        "Bird Trust" in published
        and "bird trust" not in published
        and "Cat Club" not in published
        and "Ant Aid" not in published
    )


def test_a_file_without_the_columns_of_organisations_is_noted(small):
    folder = small(row("1", why="food"), definition=SMALL.replace("[[channels]]", ORGANISATIONS + "[[channels]]", 1))
    notes = read_responses(read_consultation(folder)).notes
    assert any("no column 'Which organisation?': organisations were not looked for" in note for note in notes)
