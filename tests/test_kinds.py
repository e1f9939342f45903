"""Matrices, rankings and numbers; who was asked; several groups at once and groupings that cross: worked out by hand."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import read_consultation, read_responses, summarise, tally_answers, write_report
from pipeline.errors import DefinitionError, ExportError
from pipeline.ingest.answers import read_number
from pipeline.ingest.matching import rank_of
from pipeline.outcome.tables import matrix_table, numbers_table, points_table, ranking_table
from pipeline.percent import mean
from pipeline.tally.rankings import count_ranks, summarise_numbers
from pipeline.tally.tallies import count_bases
from pipeline.themes.coding import code_responses

ROUTE = 'question = "adviser", answers = ["Yes"]'
BANDS = '{ label = "Under 16", under = 16 }, { label = "16 or 17", under = 18 }, { label = "18 or over" }'
DEFINITION = """
title = "A survey of care"

[[channels]]
key = "online"
label = "Online survey"
file = "export.csv"
counted = true

[[groupings]]
key = "role"
label = "Role"
heading = "Who are you?"
several = true
groups = [{ label = "Carer" }, { label = "Worker", options = ["Social worker"] }]

[[groupings]]
key = "place"
label = "Place"
heading = "Where?"
groups = [{ label = "Town" }, { label = "Country" }]

[[groupings]]
key = "role_place"
label = "Role and place"
of = ["role", "place"]

[scales.often]
points = ["Always", "Never"]
outside_base = ["Prefer not to say"]
nets = [{ key = "cared", label = "Always felt cared for", points = ["Always"] },
        { key = "not", label = "Never felt cared for", points = ["Never"] }]

[scales.yes]
points = ["Yes", "No"]

[[questions]]
id = "adviser"
heading = "Have you an adviser?"
label = "An adviser"
scale = "yes"

[[questions]]
id = "cared"
heading = "Did you feel cared for?"
label = "Feeling cared for"
scale = "often"
asked_if = { question = "adviser", answers = ["Yes"] }
not_asked = ["N/A"]
rows = [
    { key = "adviser", label = "by your adviser" },
    { key = "worker", label = "by your social worker", also_written = ["by your SW"] },
]

[[questions]]
id = "order"
heading = "Put these in order"
label = "What matters"
ranked = true
options = ["Home", "Work, and school", "Friends"]

[[questions]]
id = "age"
heading = "How old were you?"
label = "Age"
number = { unit = "years", least = 0, most = 120, bands = [BANDS] }
""".replace("BANDS", BANDS)

HEADER = ["Response ID", "Who are you?", "Where?", "Have you an adviser?", "Did you feel cared for? [by your adviser]",
          "Did you feel cared for? [by your SW]"]  # fmt: skip
PEOPLE = [
    ["1", "Carer", "Town", "Yes", "Always", "Never"],
    ["2", "Carer; Social worker", "Town", "Yes", "", "Prefer not to say"],
    ["3", "Worker", "Country", "No", "", ""],
    ["4", "", "Country", "No", "Never", ""],  # answered all the same, as one can on paper
    ["5", "Worker", "", "Yes", "N/A", "Always"],
    ["6", "Carer", "Country", "", "", ""],
]
# The options that each person put first, second, third; the numbers that each wrote.
ORDERS = [
    ["Home", "Work, and school", "Friends"], ["Friends", "Home"], ["Home"], [],
    ["Friends", "Work, and school", "Home"], [],
]  # fmt: skip
AGES = ["15", "16 years", "17.5", "about 18", "130", "21"]
OPTIONS = ["Home", "Work, and school", "Friends"]


def option_columns(order):
    return [str(order.index(option) + 1) if option in order else "" for option in OPTIONS]


FORMS = {
    "a column an option": ([f"Put these in order - {option}" for option in OPTIONS], option_columns),
    "a column a place": (
        [f"Put these in order [Rank {n}]" for n in (1, 2, 3)],
        lambda order: [*order, "", "", ""][:3],
    ),
    "one cell": (["Put these in order"], lambda order: ["".join(f"{option};" for option in order)]),
}


@pytest.fixture
def survey(tmp_path):
    """Return a function that writes the survey in one of the forms of rankings and reads its definition."""

    def write(form="one cell", definition=DEFINITION, people=PEOPLE, orders=ORDERS, ages=AGES):
        headings, cells = FORMS[form]
        lines = [[*HEADER, *headings, "How old were you?"]]
        lines += [[*p, *cells(order), age] for p, order, age in zip(people, orders, ages, strict=True)]
        (tmp_path / "consultation.toml").write_text(definition, encoding="utf-8")
        with open(tmp_path / "export.csv", "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(lines)
        return read_consultation(tmp_path)

    return write


def rows(table, question, *columns, grouping="all", group="all"):
    mine = table[(table["question"] == question) & (table["grouping"] == grouping) & (table["group"] == group)]
    return mine[list(columns)].to_records(index=False).tolist()


def test_a_row_of_a_matrix_is_a_question_of_its_own(survey):
    consultation = survey()
    assert [q.id for q in consultation.closed] == ["adviser", "cared_adviser", "cared_worker", "order", "age"]
    responses = read_responses(consultation)
    table = tally_answers(consultation, responses.answers, responses.groups)
    assert rows(table, "cared_adviser", "answer", "count", "base") == [("Always", 1, 2), ("Never", 1, 2)]
    assert rows(table, "cared_worker", "answer", "count", "base") == [("Always", 1, 2), ("Never", 1, 2)]


def test_not_asked_left_blank_and_prefer_not_to_say_stay_three_things(survey):
    consultation = survey()
    responses = read_responses(consultation)
    bases = count_bases(consultation, responses.answers, responses.groups)
    columns = ("not_asked", "asked", "answered", "not_answered", "outside_base", "base")
    # Asked are 1, 2 and 5, who have an adviser. 4 answered of their own accord; 5's cell says that it was not asked.
    assert rows(bases, "cared_adviser", *columns) == [(3, 3, 2, 1, 0, 2)]
    assert rows(bases, "cared_worker", *columns) == [(3, 3, 3, 0, 1, 2)]
    assert rows(bases, "adviser", *columns) == [(0, 6, 5, 1, 0, 5)]
    note = (
        "export.csv: 1 respondent answered 'Feeling cared for: by your adviser' though not led to it; "
        "what they answered counts."
    )
    assert note in responses.notes
    outcome = summarise(consultation, responses, code_responses(consultation, responses.comments, {}))
    table = points_table(outcome, consultation.question("cared_worker"))
    assert table.title.endswith("all respondents who answered, without “Prefer not to say”")
    assert "(3 not asked, 3 asked, 3 answered, 0 left it blank)" in table.notes[0]


def test_a_base_of_those_who_were_asked_holds_those_who_left_it_blank(survey):
    consultation = survey(definition=DEFINITION.replace('scale = "yes"\n', 'scale = "yes"\nbase = "asked"\n'))
    responses = read_responses(consultation)
    table = tally_answers(consultation, responses.answers, responses.groups)
    assert rows(table, "adviser", "answer", "count", "base", "percent") == [("Yes", 3, 6, 50), ("No", 2, 6, 33)]
    outcome = summarise(consultation, responses, code_responses(consultation, responses.comments, {}))
    figures = outcome.figures.set_index("id")
    assert figures.loc["adviser.answer.yes", ["numerator", "base"]].tolist() == [3, 6]
    assert figures.at["adviser.answer.yes", "rule"] == "chose Yes; base: those who were asked"


def test_routes_can_lead_by_a_group(survey):
    by_group = DEFINITION.replace(ROUTE, 'grouping = "role", answers = ["Worker"]')
    consultation = survey(definition=by_group)
    responses = read_responses(consultation)
    bases = count_bases(consultation, responses.answers, responses.groups)
    # 2, 3 and 5 are workers; 1 and 4 answered all the same, and 5's cell says that it was not asked.
    assert rows(bases, "cared_adviser", "not_asked", "asked", "answered") == [(2, 4, 2)]


def test_respondents_in_several_groups_count_in_each_and_once_in_all(survey):
    consultation = survey()
    responses = read_responses(consultation)
    outcome = summarise(consultation, responses, code_responses(consultation, responses.comments, {}))
    counts = outcome.respondents.set_index(["grouping", "group"])["count"]
    assert counts["all", "all"] == 6
    assert counts["role"].to_dict() == {"Carer": 3, "Worker": 3, "Not stated": 1}
    assert counts["role_place"].to_dict() == {
        "Carer, Town": 2, "Carer, Country": 1, "Worker, Town": 1, "Worker, Country": 1, "Not stated": 2,
    }  # fmt: skip
    town = {"grouping": "role_place", "group": "Carer, Town"}
    assert rows(outcome.tally, "adviser", "answer", "count", "base", **town) == [("Yes", 2, 2), ("No", 0, 2)]


@pytest.mark.parametrize("form", FORMS)
def test_a_ranking_is_the_same_in_every_form(survey, form):
    consultation = survey(form)
    responses = read_responses(consultation)
    table = count_ranks(consultation, responses.ranks, responses.groups)
    # Home: first for 1 and 3, second for 2, third for 5: 7 / 4 = 1.75. Friends: third, first, first: 5 / 3.
    assert rows(table, "order", "option", "first", "ranked", "base", "mean_rank") == [
        ("Home", 2, 4, 4, 1.8), ("Work, and school", 0, 2, 4, 2.0), ("Friends", 2, 3, 4, 1.7),
    ]  # fmt: skip
    firsts = tally_answers(consultation, responses.answers, responses.groups)
    assert rows(firsts, "order", "count", "base", "percent") == [(2, 4, 50), (0, 4, 0), (2, 4, 50)]


def test_a_ranking_that_puts_nothing_first_is_an_answer_outside_the_base(survey):
    form = "a column a place"
    consultation = survey(form, orders=[["", "Home"], *ORDERS[1:]])
    responses = read_responses(consultation)
    bases = count_bases(consultation, responses.answers, responses.groups)
    assert rows(bases, "order", "asked", "answered", "not_answered", "outside_base", "base") == [(6, 4, 2, 1, 3)]


@pytest.mark.parametrize(("form", "order"), [
    ("one cell", ["Home", "Home"]), ("a column a place", ["Home", "Home"]), ("a column a place", ["Garden"]),
    ("one cell", ["My garden gnome"]),
])  # fmt: skip
def test_a_ranking_that_is_none_is_refused_by_its_place_and_not_quoted(survey, form, order):
    with pytest.raises(
        ExportError, match="export.csv, row 2: question 'order' should hold each of its 3 options once"
    ) as e:
        read_responses(survey(form, orders=[order, *ORDERS[1:]]))
    assert "arden" not in str(e.value)


def test_numbers_are_counted_in_bands_and_averaged(survey):
    consultation = survey()
    responses = read_responses(consultation)
    # 15, 16, 17.5 and 21 are numbers; 'about 18' is none; 130 is out of range.
    table = tally_answers(consultation, responses.answers, responses.groups)
    assert rows(table, "age", "answer", "count", "base") == [
        ("Under 16", 1, 4), ("16 or 17", 2, 4), ("18 or over", 1, 4),
    ]  # fmt: skip
    summary = summarise_numbers(consultation, responses.numbers, responses.groups)
    # 69.5 / 4 = 17.375; quartiles 15.5 and 19.25, the median 16.75.
    assert rows(summary, "age", "base", "mean", "lower_quartile", "median", "upper_quartile") == [
        (4, 17.4, 15.5, 16.8, 19.3)
    ]
    assert "export.csv: 1 answer to 'Age' is no number, and outside its base." in responses.notes


@pytest.mark.parametrize(("cell", "unit", "number"), [
    ("1,200", "", "1200"), ("£12.50", "", "12.50"), ("12 years", "years", "12"), ("1 year", "years", "1"), ("40%", "", "40"),
    ("-3", "", "-3"), ("1,20", "", None), ("about 5", "", None), ("5-6", "", None), ("five", "", None),
])  # fmt: skip
def test_what_is_read_as_a_number(cell, unit, number):
    assert str(read_number(cell, unit)) == str(number)


@pytest.mark.parametrize(("text", "rank"), [
    ("Rank 1", 1), ("2nd choice", 2), ("Third", 3), ("1", 1), ("First choice", 1),
    ("Home", 0), ("Choice 10", 10), ("2020 plan", 0),
])  # fmt: skip
def test_what_names_a_place(text, rank):
    assert rank_of(text) == rank


@given(st.integers(-1000, 10000), st.integers(1, 500))
def test_a_mean_is_never_further_from_the_truth_than_half_its_last_place(total, count):
    assert abs(mean(total, count) * count - total) <= 0.05 * count + 1e-6


def test_the_report_and_the_figures_tell_each_kind(survey, tmp_path):
    consultation = survey()
    responses = read_responses(consultation)
    outcome = summarise(consultation, responses, code_responses(consultation, responses.comments, {}))
    figures = outcome.figures.set_index("id")
    assert figures.loc["order.mean_rank.home", ["numerator", "base", "value"]].tolist() == [4, 4, 1.8]
    assert figures.loc["age.median", ["numerator", "value"]].tolist() == [4, 16.8]
    assert figures.loc["age.mean", "value"] == 17.4
    # The figures are worked out by another path than the tables; every count of the tables is among them.
    for row in outcome.tally[outcome.tally["grouping"] == "all"].itertuples():
        key = consultation.question(row.question).scale.keys[row.answer]
        figure = figures.loc[f"{row.question}.answer.{key}"]
        assert (figure["numerator"], figure["base"]) == (row.count, row.base)
    cared = matrix_table(outcome, consultation.matrix("cared"))
    assert cared.frame.iloc[0].tolist() == ["by your adviser", 2, 1, 50, 1, 50]
    assert ranking_table(outcome, consultation.question("order")).frame["Mean place"].tolist() == [1.8, 2, 1.7]
    assert numbers_table(outcome, consultation.question("age")).frame["Value"].tolist() == [17.4, 15.5, 16.8, 19.3]
    write_report(outcome, tmp_path / "out")
    report = (tmp_path / "out/published/report.md").read_text(encoding="utf-8")
    assert report.count("Feeling cared for: all rows") == 1
    assert "places given" in report and "averages" in report


@pytest.mark.parametrize(("old", "new", "message"), [
    (ROUTE, 'question = "order", answers = ["Home"]', "'order', which is no earlier question"),
    (ROUTE, 'question = "adviser", answers = ["Yess"]', "'Yess', which is no answer to 'adviser'. Did"),
    (ROUTE, 'answers = ["Yes"]', "needs one of 'question' and 'grouping'"),
    ('of = ["role", "place"]', 'of = ["role"]', "should cross two groupings"),
    ('of = ["role", "place"]', 'of = ["role", "plaice"]', "crosses 'plaice', which is no grouping before it. Did"),
    ('of = ["role", "place"]', 'of = ["role", "place"]\nheading = "x"', "has no heading"),
    ("under = 18", "under = 12", "bands in rising order"),
    (f", bands = [{BANDS}]", "", "has no 'bands'"),
    ("ranked = true", "ranked = true\nmultiple = true", "both multiple and ranked"),
    ('key = "worker", label = "by', 'key = "adviser", label = "by', "names the row 'adviser' twice"),
    ('scale = "often"\n', "", "has 'rows' and no scale"),
    ('scale = "yes"\n', 'scale = "yes"\nbase = "all"\n', "'base' as 'answered' or 'asked'"),
])  # fmt: skip
def test_a_definition_at_odds_with_itself_is_refused(survey, old, new, message):
    assert old in DEFINITION
    with pytest.raises(DefinitionError, match=message.replace("(", r"\(")):
        survey(definition=DEFINITION.replace(old, new))
