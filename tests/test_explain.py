"""A figure explained and counted again from the export: by hand here, by other code there, and caught where they differ."""

import csv
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import code_responses, explain, read_consultation, read_responses, schemas, summarise
from pipeline.cli import main
from pipeline.errors import CommandError, ExportError, OutputError
from pipeline.outcome import folders
from pipeline.outcome.explaining import Row, explain_all
from pipeline.themes.coding import settled_codes

from .conftest import CODEBOOK, HEADER, SLUG, SMALL, row, write_csv

PETS = """
[[questions]]
id = "pets"
heading = "Q4. Which pets?"
label = "Pets"
multiple = true
options = ["Fish", "Newts"]
"""
DEFINITION = 'decisions = "decisions.csv"\n' + SMALL.replace(
    'file = "export.csv"', 'files = ["first.csv", "second.csv"]'
)
DEFINITION = DEFINITION.replace("[[sections]]", PETS + "\n[[sections]]", 1)
TWICE = "twice@example.org"
SECRETS = ("PRIVATE", "SECRET", TWICE, "because we say so")

# Rows 2 to 9 of the first file. Counted are b, c and g; who is in which group stands beside the questions' tests.
FIRST = [
    [*HEADER, "Q4. Which pets?"],
    [*row("a", "Agree", "Birds", why="PRIVATE food", email=TWICE), "Fish"],
    [*row("b", "Don't know", "Dogs"), ""],
    [*row("c", "Neither", "", other="SECRET lizards", why="PRIVATE bed"), "Fish, Newts"],
    [*row("e", "Disagree", day="2024-02-10"), "Fish"],
    [*row("t", name="Test"), "Fish"],
    [*row("g", "Agree", "Birds"), "Newts"],
    [*row("h", "Agree"), "Fish"],
    [*row("k", "Agree"), "Fish"],
]
# Rows 2 and 3 of the second file, where each pet has a column: d sent a's again, and counts.
SECOND = [
    [*HEADER, "Q4. Which pets? - Fish", "Q4. Which pets? - Newts"],
    [*row("d", "Agree", "A dog", why="PRIVATE eating", email=TWICE, day="2024-01-20"), "Yes", "No"],
    [*row("i", "", "Cats", why="PRIVATE words"), "", ""],
]
DECISIONS = [
    ["respondent", "decision", "value", "reason"],
    ["g", "group", "role=Cats", "because we say so"],
    ["h", "leave out", "", "because we say so"],
    ["k", "erase", "", ""],
]
CODES = "respondent,themes\nc,sleep\nd,food\ni,\n"


def write_survey(folder, definition=DEFINITION):
    for name, text in (("consultation.toml", definition), ("codebook.toml", CODEBOOK), ("codes.csv", CODES)):
        (folder / name).write_text(text, encoding="utf-8")
    for name, rows in (("first.csv", FIRST), ("second.csv", SECOND), ("decisions.csv", DECISIONS)):
        write_csv(folder / name, rows)
    return folder


@pytest.fixture(scope="module")
def survey_and_outcome(tmp_path_factory):
    folder = write_survey(tmp_path_factory.mktemp("survey"))
    assert main(["run", str(folder), "--out", str(folder / "out")]) == 0
    return folder


@pytest.fixture
def survey(survey_and_outcome, tmp_path):
    """A copy of the survey and its outcome, to be changed."""
    return shutil.copytree(survey_and_outcome, tmp_path / "survey")


def write_working(outcome, out):
    """Write what an explanation reads, without the charts and the report."""
    (out / "working").mkdir(parents=True, exist_ok=True)
    folders._fill_working(outcome, out / "working")


def explained(folder, figure, **more):
    return explain(read_consultation(folder), folder / "out", figure, **more)


@pytest.mark.parametrize(
    ("figure", "number", "source"),
    [
        ("rows.online", (10, None, None), "the rows of first.csv and second.csv"),
        ("rows.online.counted", (5, 10, 50), "the rows of first.csv and second.csv and the fates in ledger.csv"),
        ("rows.online.repeat", (1, 10, 10), "the rows of first.csv and second.csv and the fates in ledger.csv"),
        ("respondents", (5, None, None), "the rows of first.csv and second.csv"),
        ("respondents.role.cats", (2, 5, 40), "first.csv, column 5; second.csv, column 5"),
        ("respondents.role.dogs", (2, 5, 40), "first.csv, column 5; second.csv, column 5"),
        ("respondents.role.birds", (0, 5, 0), "first.csv, column 5; second.csv, column 5"),
        ("respondents.role.others", (1, 5, 20), "first.csv, column 5; second.csv, column 5"),
        ("plan.answered", (4, 5, 80), "first.csv, column 7; second.csv, column 7"),
        ("plan.not_answered", (1, 5, 20), "first.csv, column 7; second.csv, column 7"),
        ("plan.outside_base", (1, 4, 25), "first.csv, column 7; second.csv, column 7"),
        ("plan.agree", (2, 3, 67), "first.csv, column 7; second.csv, column 7"),
        ("plan.answer.neither", (1, 3, 33), "first.csv, column 7; second.csv, column 7"),
        ("plan.agree.role.dogs", (1, 1, 100), "first.csv, columns 7 and 5; second.csv, columns 7 and 5"),
        ("plan.agree.role.birds", (0, 0, None), "first.csv, columns 7 and 5; second.csv, columns 7 and 5"),
        ("pets.answered", (3, 5, 60), "first.csv, column 9; second.csv, columns 9 and 10"),
        ("pets.answer.newts", (2, 3, 67), "first.csv, column 9; second.csv, columns 9 and 10"),
        ("why.answered", (3, 5, 60), "first.csv, column 8; second.csv, column 8"),
        ("why.suggested", (2, 5, 40), "first.csv, column 8; second.csv, column 8 and codes.csv"),
        ("why.theme.sleep.role.others", (1, 1, 100), "first.csv, columns 8 and 5; second.csv, columns 8 and 5 and codes.csv"),
    ],
)  # fmt: skip
def test_a_figure_is_what_was_counted_by_hand_and_counted_again(survey_and_outcome, figure, number, source):
    found = explained(survey_and_outcome, figure)
    assert found.number == found.again == (*number, None) and found.agrees
    assert found.source == source


@pytest.mark.parametrize(
    ("figure", "rows"),
    [
        ("plan.agree", [("second.csv", 2, "d"), ("first.csv", 7, "g")]),
        ("pets.answer.fish", [("first.csv", 4, "c"), ("second.csv", 2, "d")]),
        ("rows.online.repeat", [("first.csv", 2, "a")]),
        ("rows.online.erased", [("first.csv", 9, "erased-1")]),
    ],
)
def test_the_rows_behind_a_figure_are_named_by_file_number_and_id(survey_and_outcome, figure, rows):
    assert explained(survey_and_outcome, figure).rows == tuple(Row(*place) for place in rows)


def test_a_figure_that_is_none_is_refused_with_the_nearest(survey_and_outcome):
    with pytest.raises(CommandError, match=r"no figure 'plan.agreed'. Did you mean: 'plan\.agree'"):
        explained(survey_and_outcome, "plan.agreed")


def test_decisions_are_followed_and_told(survey_and_outcome):
    notes = explained(survey_and_outcome, "respondents.role.cats").notes
    assert notes == (
        "The decisions in decisions.csv are followed in both counts: 1 'leave out', 1 'erase' and 1 'group'.",
        "1 respondent behind it is in the group by decision.",
    )
    assert len(explained(survey_and_outcome, "respondents.role.others").notes) == 1


def test_all_figures_are_the_same_counted_again_and_no_word_of_anyones_is_printed(survey_and_outcome, capsys):
    consultation = read_consultation(survey_and_outcome)
    found = explain_all(consultation, survey_and_outcome / "out")
    out = ["--out", str(survey_and_outcome / "out")]
    assert main(["explain", "--all", str(survey_and_outcome), *out]) == 0
    assert all(one.agrees for one in found)
    for figure in ("plan.agree", "pets.answer.fish", "why.suggested", "why.theme.food", "respondents.role.others"):
        assert main(["explain", figure, str(survey_and_outcome), *out]) == 0
    captured = capsys.readouterr()
    said = captured.out + captured.err
    assert f"{len(found)} of {len(found)} figures are the same when counted again from the export." in said
    assert "Counted again from first.csv, column 7; second.csv, column 7: 2 of 3 (67%): the same." in said
    assert "  first.csv, row 4: c" in said
    for secret in SECRETS:
        assert secret not in said


def test_every_figure_of_the_shipped_consultation_is_the_same_counted_again(consultation, written):
    found = explain_all(consultation, written)
    assert len(found) > 800 and all(one.agrees for one in found)


OTHER_KINDS = """
title = "Every kind of question"

[[channels]]
key = "online"
label = "Online survey"
file = "export.csv"
counted = true

[[groupings]]
key = "jobs"
label = "Jobs"
heading = "Your jobs"
several = true
groups = [{ label = "Cook" }, { label = "Clerk" }]

[[groupings]]
key = "place"
label = "Place"
heading = "Where"
groups = [{ label = "Town" }, { label = "Farm" }]

[[groupings]]
key = "both"
label = "Job and place"
of = ["jobs", "place"]

[scales.yes]
points = ["Yes", "No"]

[[questions]]
id = "pet"
heading = "A pet?"
label = "Pet"
scale = "yes"
base = "asked"

[[questions]]
id = "age"
heading = "How old is it?"
label = "Age"
asked_if = { question = "pet", answers = ["Yes"] }
number = { unit = "years", bands = [{ label = "Young", under = 5 }, { label = "Old" }] }

[[questions]]
id = "first"
heading = "In which order?"
label = "Order"
ranked = true
options = ["Walk", "Feed", "Sleep"]
"""


def test_rankings_numbers_routes_and_groupings_that_cross_are_counted_again(tmp_path):
    (tmp_path / "consultation.toml").write_text(OTHER_KINDS, encoding="utf-8")
    rows = [
        ["Response ID", "Your jobs", "Where", "A pet?", "How old is it?", "In which order?"],
        ["1", "Cook, Clerk", "Town", "Yes", "2", "Walk, Feed, Sleep"],
        ["2", "Cook", "Farm", "Yes", "7 years", "Feed, Walk"],
        ["3", "Clerk", "Town", "No", "", "Feed"],
        ["4", "Cook", "Town", "", "4", ""],  # not led to the age and answered it
        ["5", "", "Town", "Yes", "", "Walk"],
    ]
    write_csv(tmp_path / "export.csv", rows)
    consultation = read_consultation(tmp_path)
    write_working(summarise(consultation, read_responses(consultation), schemas.build("coded", [])), tmp_path / "out")
    found = {one.figure: one for one in explain_all(consultation, tmp_path / "out")}
    for figure, number in (
        ("respondents.jobs.cook", (3, 5, 60, None)),
        ("respondents.both.cook_town", (2, 5, 40, None)),
        ("pet.answer.yes", (3, 5, 60, None)),  # of all who were asked
        ("age.answered", (3, 4, 75, None)),
        ("age.answer.young", (2, 3, 67, None)),
        ("age.mean", (3, None, None, 4.3)),  # 2, 7 and 4
        ("age.median", (3, None, None, 4)),
        ("age.median.jobs.cook", (3, None, None, 4)),
        ("age.mean.place.farm", (1, None, None, 7)),
        ("first.answer.walk", (2, 4, 50, None)),
        ("first.mean_rank.walk", (3, 4, 75, 1.3)),  # 1, 2 and 1
        ("first.mean_rank.sleep", (1, 4, 25, 3)),
    ):
        assert found[figure].number == found[figure].again == number, figure
    assert all(one.agrees for one in found.values())
    assert found["first.mean_rank.walk.both.cook_town"].source == "export.csv, columns 6, 2 and 3"


def test_every_figure_of_the_survey_with_every_kind_of_question_is_the_same_counted_again(tmp_path):
    consultation = read_consultation("leaving-care-survey-2022")
    write_working(summarise(consultation, read_responses(consultation), schemas.build("coded", [])), tmp_path / "out")
    found = explain_all(consultation, tmp_path / "out")
    assert len(found) > 500 and all(one.agrees for one in found)


# --- What differs --------------------------------------------------------------------------------------------------


def change(path, find, column, value):
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    next(cells for cells in rows if cells[0] == find)[column] = value
    write_csv(path, rows)


def test_a_numerator_that_was_tampered_with_is_caught(survey, capsys):
    change(survey / "out" / "working" / "figures.csv", "plan.agree", 5, "3")
    assert main(["explain", "plan.agree", str(survey), "--out", str(survey / "out")]) == 14
    said = capsys.readouterr().out
    assert "DIFFERS: figures.csv says 3 of 3 (67%); counted again from first.csv" in said
    assert "second.csv, column 7, it is 2 of 3 (67%).\n" in said
    assert main(["explain", "--all", str(survey), "--out", str(survey / "out")]) == 14
    said = capsys.readouterr().out
    assert said.count("DIFFERS") == 1 and "  plan.agree (The plan: agreed, all respondents). DIFFERS" in said
    assert main(["explain", "plan.other", str(survey), "--out", str(survey / "out")]) == 0


def test_another_respondent_behind_the_same_number_is_caught(survey):
    path = survey / "out" / "working" / "figure_rows.csv"
    path.write_text(path.read_text().replace("plan.agree,g\n", "plan.agree,c\n"))
    found = explained(survey, "plan.agree")
    assert found.again == (2, 3, 67, None) and found.agrees is False


def test_an_answer_changed_in_the_export_is_caught(survey):
    change(survey / "second.csv", "d", 6, "Disagree")
    found = explained(survey, "plan.agree")
    assert found.again == (1, 3, 33, None) and found.agrees is False


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda rows: rows.pop(3), "row 9 is no longer there"),
        (lambda rows: rows.append([*row("z"), "Fish"]), "row 10 is new"),
        (lambda rows: rows[2].__setitem__(0, "bb"), "row 3 has another id"),
        (lambda rows: rows[0].__setitem__(6, "Q2. Do you like it?"), "its headings are not those"),
        (lambda rows: rows[2].__setitem__(6, "SECRET"), "row 3 holds an answer that is no option"),
    ],
)
def test_an_export_that_changed_since_the_run_is_refused_in_a_sentence(survey, edit, says):
    rows = [list(cells) for cells in FIRST]
    edit(rows)
    write_csv(survey / "first.csv", rows)
    with pytest.raises(ExportError, match=f"first.csv has changed since the run: {says}") as error:
        explained(survey, "plan.agree")
    assert "SECRET" not in str(error.value)


def test_without_a_run_or_under_another_definition_there_is_nothing_to_explain(survey):
    consultation = read_consultation(survey)
    with pytest.raises(OutputError, match="Run 'consultation run"):
        explain(consultation, survey / "nowhere", "plan.agree")
    write_survey(survey, DEFINITION.replace('same_person = ["Email"]', ""))
    with pytest.raises(OutputError, match="definition has changed"):
        explained(survey, "plan.agree")


def test_a_run_on_another_export_is_explained_from_that_one(small, tmp_path, capsys):
    folder, out = small(row("1")), ["--out", str(tmp_path / "out")]
    other = write_csv(tmp_path / "later.csv", [HEADER, row("1"), row("2", "Neither")])
    assert main(["run", str(folder), str(other), *out]) == 0
    assert main(["explain", "plan.agree", str(folder), *out]) == 15
    assert "read later.csv for the channel 'online', and here are export.csv" in capsys.readouterr().err
    assert main(["explain", "plan.agree", str(folder), str(other), *out]) == 0
    assert "later.csv, column 7: 1 of 2 (50%): the same." in capsys.readouterr().out
    assert main(["explain", "--all", str(folder), str(other), *out]) == 0


@pytest.mark.parametrize("args", [[], ["--all", SLUG, "x.csv", "y.csv"]])
def test_one_figure_or_all_are_explained_and_nothing_else(args, capsys):
    assert main(["explain", *args]) == 2
    assert "Name one figure" in capsys.readouterr().err


# --- Codes and campaigns -------------------------------------------------------------------------------------------


def test_codes_settled_for_some_answers_stand_in_for_the_classifiers(small, tmp_path):
    rows = [row("1", why="food"), row("2", why="bed"), row("3", why="bed")]
    folder = small(*rows, codes="respondent,themes\n1,sleep\n")
    consultation = read_consultation(folder)
    responses = read_responses(consultation)
    # The classifier heard food in the first two and sleep in the third; a person heard sleep in the first.
    machine = [
        (name, "why", theme, 0.5, (name == "3") == (theme == "sleep"), "classifier", False, None, None, None)
        for name in ("1", "2", "3")
        for theme in ("food", "sleep")
    ]
    hand = settled_codes(consultation.question("why"), responses.comments)
    coded = schemas.build("coded", [*machine, *hand.itertuples(index=False, name=None)])
    write_working(summarise(consultation, responses, coded), tmp_path / "out")
    found = {one.figure: one for one in explain_all(consultation, tmp_path / "out")}
    assert found["why.theme.food"].again == (1, 3, 33, None) and found["why.theme.sleep"].again == (2, 3, 67, None)
    assert found["why.theme.food"].source == "export.csv, column 8 and codes.csv and coded.csv"
    assert all(one.agrees for one in found.values())


LETTER = "please keep the food as it is now because all of us in the house eat it every day"


@pytest.mark.parametrize(
    ("agree", "disagree", "once", "apart"), [(6, 1, (2, 4), (1, 3)), (3, 3, (1, 3), (1, 3)), (2, 4, (1, 4), (1, 3))]
)
def test_campaigns_are_counted_again_once_and_apart(small, tmp_path, agree, disagree, once, apart):
    signers = ["Agree"] * agree + ["Disagree"] * disagree
    others = ["Agree", "Disagree", "Don't know", "Neither"]
    folder = small(
        *(row(f"s{i}", answer, why=LETTER) for i, answer in enumerate(signers)),
        *(row(f"o{i}", answer) for i, answer in enumerate(others)),
    )
    consultation = read_consultation(folder)
    outcome = summarise(consultation, read_responses(consultation), schemas.build("coded", []))
    write_working(outcome, tmp_path / "out")
    found = {one.figure: one for one in explain_all(consultation, tmp_path / "out")}
    assert found["plan.agree.each_campaign_once"].again[:2] == once
    assert found["plan.agree.campaigns_apart"].again[:2] == apart
    assert found["respondents.each_campaign_once"].again[:2] == (5, 4 + agree + disagree)
    assert found["plan.agree.campaigns_apart"].source == "export.csv, column 7 and campaigns.csv"
    assert all(one.agrees for one in found.values())


def test_figures_in_no_column_of_their_own_are_said_not_to_be_counted_again(survey, capsys):
    path = survey / "out" / "working" / "columns.csv"
    path.write_text(path.read_text().replace("question plan", "organisation"))
    assert explained(survey, "plan.agree").agrees is None
    assert main(["explain", "--all", str(survey), "--out", str(survey / "out")]) == 0
    said = capsys.readouterr().out
    assert (
        "more were not counted again:" in said
        and "  plan.agree (The plan: agreed, all respondents). Not counted" in said
    )


@settings(max_examples=12, deadline=None)
@given(
    people=st.lists(
        st.tuples(
            st.sampled_from(["Agree", "Neither", "Disagree", "Don't know", ""]),
            st.sampled_from(["Cats", "Puppy", "Birds", ""]),
            st.sampled_from(["", "a fox"]),
            st.sampled_from(["", "food", LETTER]),
            st.sampled_from(["", "x@example.org", "y@example.org"]),
            st.sampled_from(["2024-01-10", "2024-01-31", "2024-02-01"]),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_any_survey_is_counted_the_same_twice(scratch, people):
    write_csv(
        scratch / "export.csv",
        [
            HEADER,
            *(row(f"r{i}", a, r, o, why=w, email=e, day=d) for i, (a, r, o, w, e, d) in enumerate(people)),
        ],
    )
    consultation = read_consultation(scratch)
    responses = read_responses(consultation)
    outcome = summarise(consultation, responses, code_responses(consultation, responses.comments, {}))
    write_working(outcome, scratch / "out")
    found = explain_all(consultation, scratch / "out")
    assert len(found) == len(outcome.figures)
    assert all(one.agrees for one in found), [one for one in found if not one.agrees]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    folder = write_survey(tmp_path_factory.mktemp("scratch"), SMALL)
    (folder / "codes.csv").write_text("respondent,themes\nr0,food\nr1,sleep\n")
    return folder
