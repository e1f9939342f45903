"""Questions with several answers: two ways in which exports write them, one tally, and what is refused."""

import csv
import io
from collections import Counter

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import read_consultation, read_responses, schemas, summarise, tally_answers, write_report
from pipeline.errors import DefinitionError, ExportError
from pipeline.ingest.matching import split_ticks, tick_options
from pipeline.outcome.tables import SEVERAL, points_table
from pipeline.tally.campaigns import count_ways
from pipeline.tally.tallies import count_bases

PETS = """
id = "pets"
heading = "Q2. Which pets?"
label = "Pets"
multiple = true
options = ["Cats", "Dogs, big or small", { label = "Fish", also_written = ["Goldfish; koi"] }, "Other"]
other = "Other"
"""

DEFINITION = """
title = "A survey of pets"

[[channels]]
key = "online"
label = "Online survey"
file = "export.csv"
counted = true

[[groupings]]
key = "place"
label = "Place"
heading = "Q1. Where?"
groups = [{ label = "Town" }, { label = "Country" }]

[[questions]]
PETS
[[questions]]
id = "why"
heading = "Q3. Why?"
label = "Reasons"
"""

DOGS = "Dogs, big or small"
CELLS = [
    ["Response ID", "Q1. Where?", "Q2. Which pets?", "Q3. Why?"],
    ["1", "Town", f"Cats, {DOGS}", ""],
    ["2", "Town", "Cats;", ""],
    ["3", "Country", f"Goldfish; koi\n{DOGS}", ""],
    ["4", "Country", "", "I keep none"],
    ["5", "Town", "cats, Cats, Other: my lizard, and newts", ""],
]
COLUMNS = [
    ["Response ID", "Q1. Where?", "Q2. Which pets?", "", "", "", "Q3. Why?"],
    ["", "", "Cats", "DOGS,  big or small", "Goldfish; koi", "Other (please specify)", ""],
    ["1", "Town", "Yes", "Yes", "No", "", ""],
    ["2", "Town", "1", "unchecked", "false", "-", ""],
    ["3", "Country", "Not quoted", "Dogs", "x", "", ""],
    ["4", "Country", "Not selected", "", "-", "", "I keep none"],
    ["5", "Town", "Cats", "", "", "my lizard, and newts", ""],
]
ONE_ROW = [
    ["Response ID", "Q1. Where?", "Q2. Which pets? - Cats", f"Q2. Which pets? [{DOGS}]", "Q2. Which pets?: Fish",
     "Q2. Which pets? - Other", "Q3. Why?"],
    *COLUMNS[2:],
]  # fmt: skip


@pytest.fixture
def survey(tmp_path):
    """Return a function that writes the survey of pets with some rows and reads its definition."""

    def write(rows, pets=PETS):
        (tmp_path / "consultation.toml").write_text(DEFINITION.replace("PETS", pets), encoding="utf-8")
        with open(tmp_path / "export.csv", "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
        return read_consultation(tmp_path)

    return write


FORMS = pytest.mark.parametrize("rows", [CELLS, COLUMNS, ONE_ROW], ids=["cells", "columns", "one row"])


@FORMS
def test_each_option_is_counted_of_those_who_ticked_anything_in_either_form(survey, rows):
    consultation = survey(rows)
    responses = read_responses(consultation)
    rows = responses.answers[["respondent", "answer"]].fillna("").to_records(index=False).tolist()
    assert rows == [
        ("1", "Cats"), ("1", DOGS), ("2", "Cats"), ("3", DOGS), ("3", "Fish"), ("4", ""), ("5", "Cats"), ("5", "Other"),
    ]  # fmt: skip
    table = tally_answers(consultation, responses.answers, responses.groups, ["place"])
    assert table[["group", "answer", "count", "base", "percent"]].to_records(index=False).tolist() == [
        ("all", "Cats", 3, 4, 75),
        ("all", DOGS, 2, 4, 50),
        ("all", "Fish", 1, 4, 25),
        ("all", "Other", 1, 4, 25),
        ("Town", "Cats", 3, 3, 100),
        ("Town", DOGS, 1, 3, 33),
        ("Town", "Fish", 0, 3, 0),
        ("Town", "Other", 1, 3, 33),
        ("Country", "Cats", 0, 1, 0),
        ("Country", DOGS, 1, 1, 100),
        ("Country", "Fish", 1, 1, 100),
        ("Country", "Other", 0, 1, 0),
    ]
    bases = count_bases(consultation, responses.answers, responses.groups)
    assert bases.iloc[0, 3:].tolist() == [0, 5, 4, 1, 0, 4]


@FORMS
def test_who_answers_nothing_at_all_is_empty(survey, rows):
    last = ["6", "Town", *[""] * (len(rows[0]) - 2)]
    ledger = read_responses(survey([*rows, last])).ledger
    assert ledger["fate"].tolist() == ["counted"] * 5 + ["empty"]


def test_an_option_that_was_typed_beside_a_list_is_ticked_too(survey):
    rows = [[*row[:3], typed, row[3]] for row, typed in zip(
        CELLS, ["Q2. Which pets? - Other (please specify)", "", "a snail", "", "", ""], strict=True)]  # fmt: skip
    answers = read_responses(survey(rows)).answers
    assert answers.loc[answers["respondent"] == "2", "answer"].tolist() == ["Cats", "Other"]


@pytest.mark.parametrize(
    "cell, ticks",
    [
        ("A, B", ("A, B",)),
        ("B, A", ("B", "A")),
        ("A, B, C; A", ("A, B, C", "A")),
        ("A,B", ("A", "B")),  # 'A, B' has a space
        ("A, B, C, D", None),
        ("Other: A lot, B", ("Other", "B")),
        ("A\nOther (please specify): x, y", ("A", "Other")),
        ("Other, please specify: x", ("Other",)),
        ("other people", None),
        ("A;B;", ("A", "B")),
        ("A | B", ("A", "B")),
        (" ;, ", ()),
    ],
)
def test_a_cell_is_covered_with_the_longest_options(survey, cell, ticks):
    pets = PETS.split("options")[0] + 'options = ["A", "A, B", "A, B, C", "B", "Other"]\nother = "Other"\n'
    question = survey(CELLS, pets).question("pets")
    assert split_ticks(cell, tick_options(question), question.other) == ticks


def test_a_cell_that_holds_anything_else_is_refused_by_place_and_not_quoted(survey):
    rows = [*CELLS[:3], ["3", "Town", "Cats, and my secret newt", ""]]
    with pytest.raises(
        ExportError, match="row 4, column 3: the cell is not made up of options of question 'pets'"
    ) as e:
        read_responses(survey(rows))
    assert "newt" not in str(e.value)


def test_typed_answers_are_refused_where_no_option_is_named_for_them(survey):
    without = PETS.replace('other = "Other"\n', "").replace(', "Other"', "")
    with pytest.raises(ExportError, match="row 6, column 3"):
        read_responses(survey(CELLS, without))
    with pytest.raises(ExportError, match="column 6: 'Other \\(please specify\\)' is not an option .* under 'other'"):
        read_responses(survey(COLUMNS, without))


def test_a_part_that_is_no_option_is_refused_with_the_nearest(survey):
    rows = [COLUMNS[0], [cell.replace("Cats", "Catz") for cell in COLUMNS[1]], *COLUMNS[2:]]
    with pytest.raises(ExportError, match="column 3: 'Catz' is not an option of question 'pets'. Did you mean: 'Cats'"):
        read_responses(survey(rows))


def test_an_option_without_a_column_is_named_in_a_note(survey):
    rows = [row[:4] + row[5:] for row in COLUMNS]
    notes = read_responses(survey(rows)).notes
    assert any("no column for 'Fish' of question 'pets'" in note for note in notes)


def test_a_missing_question_is_refused(survey):
    with pytest.raises(ExportError, match="no column for question 'pets'"):
        read_responses(survey([[*row[:2], *row[3:]] for row in CELLS]))
    with pytest.raises(ExportError, match="no column for question 'pets'"):  # what was typed beside it is there
        read_responses(survey([[*row[:2], *row[5:]] for row in ONE_ROW]))


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("multiple = true\n", "", "multiple = true and 'options' together"),
        ("multiple = true\n", 'multiple = true\nscale = "s"\n', "take the one that the survey asked with"),
        ('other = "Other"', 'other = "Others"', "which is none of its options"),
        ('"Goldfish; koi"', '"Cats"', "names the option 'Cats' twice"),
        ("also_written", "also", "the 3rd option of the 1st \\[\\[questions\\]\\] has 'also'"),
        ('"Cats",', "1,", "the 1st option of .* should be a table"),
    ],
)
def test_a_definition_at_odds_with_itself_is_refused(survey, old, new, message):
    scale = '[scales.s]\npoints = ["Yes"]\n'
    with pytest.raises(DefinitionError, match=message):
        survey(CELLS, PETS.replace(old, new) + scale)


def test_the_report_says_that_several_could_be_chosen_and_each_option_is_traced(survey, tmp_path):
    consultation = survey(CELLS)
    outcome = summarise(consultation, read_responses(consultation), schemas.build("coded", []))
    assert points_table(outcome, consultation.question("pets")).notes[1].startswith(SEVERAL)
    write_report(outcome, tmp_path / "out")
    published = tmp_path / "out" / "published"
    assert SEVERAL in (published / "report.html").read_text(encoding="utf-8")
    table = pd.read_csv(published / "tables" / "pets_answers.csv")
    assert table.to_records(index=False).tolist() == [("Cats", 3, 75), (DOGS, 2, 50), ("Fish", 1, 25), ("Other", 1, 25)]
    sheets = pd.read_excel(published / "tables.xlsx", sheet_name=None, header=None, engine="calamine")
    assert any(SEVERAL in str(sheet.to_numpy().tolist()) for sheet in sheets.values())
    figures = pd.read_csv(published / "figures.csv").set_index("id")
    assert figures.loc["pets.answer.dogs_big_or_small", ["numerator", "base", "percent"]].tolist() == [2, 4, 50]
    assert figures.loc["pets.answer.cats", "rule"] == "chose Cats; base: those who ticked at least one option"
    assert "pets.answer.cats.place.town" not in figures.index
    assert "pets.answer.cats.place.town" in outcome.figures["id"].tolist()
    assert not (published / "tables" / "pets_by_place.csv").exists()


def test_a_campaign_gives_the_options_that_its_signers_ticked_together(survey):
    rows = [[str(i), "Town", cell, "x"] for i, cell in enumerate([f"Cats, {DOGS}", f"{DOGS}, Cats", "Fish", "Fish"])]
    consultation = survey([CELLS[0], *rows])
    responses = read_responses(consultation)
    signers = schemas.build("campaigns", [("campaign-1", "why", name, 1.0) for name in ("0", "1", "2")])
    ways = count_ways(consultation, responses.answers, responses.groups, signers).set_index(["net", "way"])
    once = ways.xs("each campaign once", level="way")[["count", "base"]]
    assert once.loc[["Cats", DOGS, "Fish", "Other"]].to_records(index=False).tolist() == [
        (1, 2),
        (1, 2),
        (1, 2),
        (0, 2),
    ]


OPTIONS = ("Cats", DOGS, "Fish", "Other")


@settings(max_examples=40, deadline=None)
@given(
    people=st.lists(st.lists(st.sampled_from(OPTIONS), unique=True), min_size=1, max_size=8),
    mark=st.sampled_from([", ", ";", "\n"]),
    data=st.data(),
)
def test_both_forms_and_any_order_give_one_tally_and_no_count_is_above_the_base(folder, people, mark, data):
    def tally(header, rows):
        text = io.StringIO()
        csv.writer(text).writerows([header, *rows])
        (folder / "export.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
        consultation = read_consultation(folder)
        responses = read_responses(consultation)
        return tally_answers(consultation, responses.answers, responses.groups, ["place"])

    shuffled = data.draw(st.permutations(list(enumerate(people))))
    cells = [[f"r{i}", "Town", mark.join(data.draw(st.permutations(ticks))), "x"] for i, ticks in shuffled]
    columns = [[f"r{i}", "Town", *["Yes" * (o in ticks) for o in OPTIONS], "x"] for i, ticks in enumerate(people)]
    table = tally(CELLS[0], cells)
    pd.testing.assert_frame_equal(table, tally(ONE_ROW[0], columns))
    assert (table["count"] <= table["base"]).all()
    everyone = table[table["grouping"] == "all"]
    assert (everyone["base"] == sum(map(bool, people))).all()
    chosen = Counter(option for ticks in people for option in ticks)
    assert everyone.set_index("answer")["count"].to_dict() == {option: chosen[option] for option in OPTIONS}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pets")
    (folder / "consultation.toml").write_text(DEFINITION.replace("PETS", PETS), encoding="utf-8")
    return folder
