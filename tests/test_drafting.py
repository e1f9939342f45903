"""What is drafted beyond scales: several answers, matrices, rankings, numbers and groupings; and exports that are odd."""

from collections import Counter
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import read_consultation, read_responses, tally_answers
from pipeline.cli import main
from pipeline.errors import ExportError
from pipeline.ingest.drafting.columns import inspect_export
from pipeline.ingest.drafting.draft import draft_definition
from pipeline.ingest.drafting.numbers import find_bands
from pipeline.ingest.drafting.options import reads_personal
from pipeline.ingest.drafting.parts import question_parts
from pipeline.ingest.layouts import read_export
from pipeline.ingest.layouts.export import one_row_heading
from pipeline.ingest.personal import find_personal

from .conftest import write_csv
from .test_inspect import export_of, suggested


@pytest.fixture
def draft(tmp_path):
    """Return a function that drafts a definition for a table of columns and gives its text, the definition and the counts.

    A column is its heading and its cells, parted by '|'; counts are of everyone, by question and answer.
    """

    def write(columns: dict, mark="|"):
        cells = [text.split(mark) if isinstance(text, str) else text for text in columns.values()]
        export = read_export(write_csv(tmp_path / "export.csv", [list(columns), *zip(*cells, strict=True)]))
        text = draft_definition(export, inspect_export(export), "A survey", "export.csv")
        (tmp_path / "consultation.toml").write_text(text, encoding="utf-8")
        consultation = read_consultation(tmp_path)
        responses = read_responses(consultation)
        table = tally_answers(consultation, responses.answers, responses.groups)
        return text, consultation, table.set_index(["question", "answer"])["count"].to_dict()

    return write


def kinds(columns, mark="|"):
    """The kind and the reason of each column."""
    cells = [text.split(mark) for text in columns.values()]
    export = export_of(list(columns), *zip(*cells, strict=True))
    return [(column.kind, column.why) for column in inspect_export(export).columns]


# --- Several answers ------------------------------------------------------------------------------------------------

PETS = {
    "Which? - Cats": "Yes|No|Yes|No",
    "Which? - Dogs, big or small": "Yes|Yes||No",
    "Which? - Other (please specify)": "||a newt|",
    "Why?": "one|two|three|four",
}


def test_a_column_an_option_is_one_question_with_other_for_what_was_typed(draft):
    text, consultation, counts = draft(PETS)
    pets = consultation.question("which")
    assert (pets.heading, pets.multiple, pets.other) == ("Which?", True, "Other")
    assert counts == {("which", "Cats"): 2, ("which", "Dogs, big or small"): 2, ("which", "Other"): 1}
    assert "newt" not in text and "nothing above reads" not in text
    marked = [line for line in text.splitlines() if line.startswith(("multiple", "options", "other"))]
    assert len(marked) == 3 and all("# guess: " in line and line.endswith("; confirm") for line in marked)


def test_an_option_that_begins_with_other_is_that_of_those_who_typed_where_no_plain_one_is_there(draft):
    _, consultation, _ = draft({**PETS, "Which? - Other pets": "No|Yes|No|No"})
    pets = consultation.question("which")
    assert pets.scale.points == ("Cats", "Dogs, big or small", "Other pets") and pets.other == "Other pets"


def test_what_explains_the_ticks_is_an_open_question_of_its_own(draft):
    _, consultation, counts = draft({**PETS, "Which? - Please explain": "it is so||because|of this"})
    assert [q.heading for q in consultation.open] == ["Why?", "Which? - Please explain"]
    assert counts["which", "Cats"] == 2


def test_a_cell_that_lists_options_is_covered_with_them_and_one_with_a_comma_stays_whole(draft):
    cells = "Cats, Dogs, big or small|Dogs, big or small|Cats|Fish, Cats|Fish, Dogs, big or small|Cats, Fish|Fish"
    _, consultation, counts = draft({"Which?": cells, "Why?": "1a|2b|3c|4d|5e|6f|7g"})
    assert consultation.question("which").scale.points == ("Cats", "Fish", "Dogs, big or small")
    assert counts == {("which", "Cats"): 4, ("which", "Fish"): 4, ("which", "Dogs, big or small"): 3}


def test_a_typed_answer_after_other_is_an_option_and_is_not_quoted(draft):
    cells = "Cats;Dogs|Dogs|Other: my lizard|Cats|Dogs;Other: a newt;Fish|Fish;Cats|Fish"
    text, consultation, counts = draft({"Which?": cells, "Why?": "1a|2b|3c|4d|5e|6f|7g"})
    assert consultation.question("which").other == "Other"
    assert counts == {("which", "Cats"): 3, ("which", "Dogs"): 3, ("which", "Fish"): 3, ("which", "Other"): 2}
    assert "lizard" not in text and "newt" not in text


def test_cells_that_hold_more_than_options_are_a_suggestion_that_says_so(draft):
    typed = "my grandmother's tortoise, who is a hundred years old"
    cells = ["Cats;Dogs", "Dogs", f"Cats;{typed}", "Fish;Cats", "Fish", "Fish;Dogs", "Cats;Fish;Dogs"]
    text, consultation, _ = draft({"Which?": cells, "Why?": list("abcdefg")})
    assert [q.heading for q in consultation.questions] == ["Why?"]
    assert "# # Some cells hold what is no option" in text and "tortoise" not in text
    assert "# multiple = true" in text


def test_who_is_asked_yes_or_no_of_each_part_is_asked_a_matrix(draft):
    parts = {"{} [the plan]": "Yes|No|No|", "{} [the date]": "No|No|Yes|"}
    said = {heading.format("Do you agree with?"): cells for heading, cells in parts.items()}
    _, consultation, counts = draft({**said, "Why?": "a|b|c|d"})
    assert [q.row for q in consultation.closed] == ["the plan", "the date"]
    assert [counts[q.id, "No"] for q in consultation.closed] == [2, 2]
    used = {heading.format("Have you used any of these?"): cells for heading, cells in parts.items()}
    assert [q.multiple for q in draft({**used, "Why?": "a|b|c|d"})[1].closed] == [True]


@pytest.mark.parametrize(
    ("headings", "told"),
    [
        (["A? - x", "A? - y"], [("A?", "x"), ("A?", "y")]),
        (["Age - 18 - 24", "Age - 25 - 34"], [("Age", "18 - 24"), ("Age", "25 - 34")]),
        (["P - A? - x", "P - A? - y", "P - B?"], [("P - A?", "x"), ("P - A?", "y"), ("P", "B?")]),
        (["A? [x]", "A? (y)", "A? - Other"], [("A?", "x"), ("A?", "y"), ("A?", "Other")]),
        (["A? [x]", "B? [x]"], [("A? [x]", ""), ("B? [x]", "")]),
    ],
)
def test_the_longest_beginning_that_headings_share_is_their_question(headings, told):
    found = question_parts(one_row_heading(n, text) for n, text in enumerate(headings))
    assert list(found.values()) == told


# --- Matrices -------------------------------------------------------------------------------------------------------


def test_parts_of_one_scale_are_one_question_with_rows_and_the_points_that_any_has(draft):
    text, consultation, counts = draft({
        "Q4. How good? [Food]": "Good|Poor|Good", "Q4. How good? [A bed]": "Very good|Good|",
        "Q4. How often? [Food]": "Always|Never|",
    })  # fmt: skip
    food, bed = consultation.matrix("q4_how_good")
    assert (food.id, bed.id, bed.heading) == ("q4_how_good_food", "q4_how_good_a_bed", "Q4. How good?")
    assert food.scale is bed.scale and food.scale.points[:2] == ("Very good", "Good")
    assert [counts[food.id, answer] for answer in ("Very good", "Good", "Poor")] == [0, 2, 1]
    assert [question.heading for question in consultation.closed[2:]] == [
        "Q4. How often? [Food]"
    ]  # alone, and so no row
    assert len([line for line in text.splitlines() if line.startswith("rows = [  # guess")]) == 1


def test_parts_with_the_same_answers_are_one_question_though_their_order_is_not_known(draft):
    same = {"Fit? [North]": "well|badly|a bit|well|badly|a bit", "Fit? [South]": "well|well|badly|badly|well|badly"}
    _, consultation, counts = draft({**same, "Why?": "a|b|c|d|e|f"})
    assert [q.row for q in consultation.closed] == ["North", "South"]
    assert counts["fit_north", "a bit"] == 2 and counts["fit_south", "a bit"] == 0
    unlike = {**same, "Fit? [South]": "well|well|blue|blue|well|blue"}
    assert draft({**unlike, "Why?": "a|b|c|d|e|f"})[1].closed == ()


# --- Rankings -------------------------------------------------------------------------------------------------------

ORDERS = list(permutations(["Home", "Work", "Friends"]))


def test_whole_numbers_that_are_an_order_in_each_row_are_a_ranking_and_inspect_says_so(draft):
    columns = {f"What matters? [{o}]": [str(order.index(o) + 1) for order in ORDERS] for o in ORDERS[0]}
    columns["What matters? [Friends]"][0] = ""  # a part of an order
    _, consultation, counts = draft(columns)
    (question,) = consultation.questions
    assert question.ranked and question.scale.points == ("Home", "Work", "Friends")
    assert list(counts.values()) == [2, 2, 2]
    told = kinds({heading: "|".join(cells) for heading, cells in columns.items()})
    assert all(kind == "number" and "a ranking" in why for kind, why in told)


@pytest.mark.parametrize(
    "rows",
    [
        ["1|1|2", "1|2|3"],  # the same place twice: ratings
        ["1|2|4", "1|2|3"],  # a place beyond the last
        ["1|2|3"],  # one row, and nothing in the heading says so
    ],
)
def test_ratings_are_no_ranking(rows):
    cells = zip(*(row.split("|") for row in rows), strict=True)
    told = kinds({f"What do you think? [{n}]": "|".join(own) for n, own in enumerate(cells)})
    assert not any("ranking" in why for _, why in told)


def test_one_row_is_a_ranking_where_the_question_asks_for_one():
    told = kinds({"Rank these [A]": "2", "Rank these [B]": "1"})
    assert all("ranking" in why for _, why in told)


@pytest.mark.parametrize("parts", [("Rank 1", "Rank 2"), ("First choice", "Second choice"), ("1st", "2nd")])
def test_a_column_a_place_is_a_ranking_of_the_options_met(draft, parts):
    columns = {f"What matters most? - {part}": [order[n] for order in ORDERS] for n, part in enumerate(parts)}
    _, consultation, counts = draft(columns)
    (question,) = consultation.questions
    assert question.ranked and sorted(question.scale.points) == ["Friends", "Home", "Work"]
    assert list(counts.values()) == [2, 2, 2]


def test_a_cell_that_always_lists_the_same_in_another_order_is_a_ranking(draft):
    _, consultation, counts = draft({"Put in order": ["".join(f"{o};" for o in order) for order in ORDERS]})
    assert consultation.questions[0].ranked and list(counts.values()) == [2, 2, 2]


# --- Numbers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "bands"),
    [
        # Quartiles 28, 41 and 57; a quarter of 29 is 7.25, so multiples of 5.
        ("18 28 33 41 50 57 70", ["Under 30", "30 to 39", "40 to 54", "55 or over"]),
        # Quartiles 1, 2 and 4; nothing lies under 1.
        ("1 1 1 2 2 3 4 7", ["Under 2", "2 to 3", "4 or over"]),
        ("1 1 2 2 3 3 4 4", ["Under 2", "2", "3", "4 or over"]),
        ("0 1", ["Under 1", "1 or over"]),
        ("5 5 5", []),
        ("", []),
        # Quartiles 0.5, 1.5 and 2.5; a quarter of 2 is 0.5, and nothing lies under 0.5.
        ("0.5 1.5 2.5", ["Under 1.5", "1.5 to under 2.5", "2.5 or over"]),
        # Quartiles 2,000, 30,000 and 41,000; a quarter of 39,000 is 9,750, so multiples of 5,000: 0, 30,000 and 40,000.
        ("£1,000 £2,000 £30,000 £41,000", ["Under 30,000", "30,000 to 39,999", "40,000 or over"]),
    ],
)
def test_bands_are_parted_at_round_numbers_near_the_quartiles(given, bands):
    assert [band.label for band in find_bands(given.split())] == bands


@given(st.lists(st.integers(-500, 5000) | st.decimals(-50, 500, places=2), min_size=1, max_size=40))
def test_there_are_four_bands_or_fewer_none_without_a_number_and_the_order_of_rows_changes_nothing(numbers):
    given = list(map(str, numbers))
    bands = find_bands(given)
    assert bands == find_bands(given[::-1]) and len(bands) <= 4
    ends = [band.under for band in bands[:-1]]
    assert ends == sorted(set(ends)) and len({band.label for band in bands}) == len(bands)
    counts = Counter(sum(number >= end for end in ends) for number in map(float, numbers))
    assert not bands or set(counts) == set(range(len(bands)))


@pytest.mark.parametrize(
    ("heading", "given", "drafted"),
    [
        ("How old were you when you left care?", "16|17|18|21", True),
        ("How many children have you?", "1|2|3|5", True),  # and not points from 1 to 5
        ("How much do you pay a week?", "£20|£35.50|£40|£60", True),
        ("In which year did you leave care?", "2019|2020|2021|2019", False),
        ("How long ago?", "2019|2020|2021|2019", False),
        ("What is the number of your house?", "01|02|03|04", False),
        ("Number of your case", "48213|51277|60031|71188", False),
        ("How many?", "07700900123|07700900124|07700900125|07700900126", False),
        ("Reference code of the amount", "1|2|7|8", False),
        ("Which age group? Age range", "1|2|7|8", False),
        ("How far do you agree?", "1|2|3|4", False),
        ("How many?", "3|3|3|3", False),
        ("How many?", "$3|$4|$5|$6", False),  # would not be read as numbers
    ],
)
def test_what_asks_for_an_amount_is_a_number_and_years_and_codes_are_not(draft, heading, given, drafted):
    text, consultation, _ = draft({heading: given, "Why?": "a|b|c|d"})
    assert [q.heading for q in consultation.closed] == [heading] * drafted
    assert drafted or f"##   column 1, {heading}: " in text


def test_numbers_are_counted_in_the_bands_that_were_drafted(draft):
    _, _, counts = draft({"How old are you?": "18|28|33|41|50|57|70"})
    assert counts == {("how_old_are_you", label): count for label, count in
                      [("Under 30", 2), ("30 to 39", 1), ("40 to 54", 2), ("55 or over", 2)]}  # fmt: skip


# --- Groupings ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "key"),
    [
        ("What is your age group?", "age"),
        ("7. Age", "age"),
        ("Are you male or female?", "sex"),
        ("What is your ethnic background?", "ethnic_group"),
        ("Do you consider yourself to have a disability?", "disability"),
        ("Which country do you live in?", "country"),
        ("Where do you live?", "region"),
        ("Does age matter?", ""),
        ("Which region should we begin with?", ""),
        ("In which country was it made?", ""),
        ("What did the disability team say?", ""),
    ],
)
def test_what_plainly_asks_about_the_respondent_is_a_grouping(draft, heading, key):
    _, consultation, _ = draft({"Your role": "A|A|B|B", heading: "this|this|that|that", "Why?": "a|b|c|d"})
    assert [grouping.key for grouping in consultation.groupings] == ["respondent_group", *[key] * bool(key)]


def test_a_yes_and_no_about_disability_is_a_grouping_and_one_about_anything_else_a_question(draft):
    _, consultation, _ = draft({"Are you disabled?": "Yes|No|No", "Do you agree?": "Yes|No|No"})
    assert [grouping.key for grouping in consultation.groupings] == ["disability"]
    assert [question.heading for question in consultation.questions] == ["Do you agree?"]
    _, alone, _ = draft({"Are you disabled?": "Yes|No|No"})  # a definition needs a question
    assert alone.groupings == () and len(alone.questions) == 1


# --- What is personal -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    ["a.b@example.org", "07700 900123", "+44 (0)20 7946 0018", "0044 7700 900123", "(020) 7946 0018", "020.7946.0018",
     "SW1A 1AA", "m1  1ae", "GIR 0AA", "01632 960001"],
)  # fmt: skip
def test_a_cell_that_the_strict_rules_for_comments_find_is_found_by_the_lenient_ones_for_columns(cell):
    (found,) = find_personal(cell)
    assert (found.start, found.end) == (0, len(cell))
    assert reads_personal(cell)


@pytest.mark.parametrize("cell", ["+1 555 012 3456", "ZZ9 9ZZ", "192.0.2.1"])
def test_forms_that_no_rule_for_comments_knows_are_personal_as_a_whole_cell(cell):
    assert find_personal(cell) == [] and reads_personal(cell)


@pytest.mark.parametrize("cell", ["0.1234567891", "12,000", "2024", "North", "18-24"])
def test_numbers_and_answers_are_not_personal(cell):
    assert not reads_personal(cell)


def test_dates_with_dashes_are_dates_and_no_telephone_numbers():
    assert kinds({"When?": "01-02-2024|03-02-2024"})[0][0] == "date"


# --- Odd exports ----------------------------------------------------------------------------------------------------

LONG = [f"Option {n}" for n in range(60)]
ODD = {
    "options with delimiters": {"Which? [A, B; C]": "Yes|No|Yes", "Which? [A | B]": "No|No|Yes",
                                "Which? - D - E": "Yes|Yes|Yes"},
    "a part twice": {"Which? [A]": "Yes|No|Yes", "Which? [A ]": "No|No|Yes", "Which? [B]": "Yes|Yes|Yes"},
    "a row twice": {"Good? [A]": "Good|Poor|Good", "Good? [a]": "Poor|Good|Poor"},
    "an empty column": {"Which? [A]": "Yes|No|Yes", "Which? [B]": "||", "Which? [Other]": "||"},
    "nothing but empty columns": {"Which? [A]": "||", "Which? [B]": "||"},
    "one respondent": {"Which? [A]": "Yes", "Which? [B]": "No", "Good? [A]": "Good", "Good? [B]": "Very good",
                       "Rank [A]": "1", "Rank [B]": "2", "How old?": "7", "Age": "18-24", "List": "A;B"},
    "without letters": {"Which? [£]": "Yes|No|Yes", "Which? [✓]": "No|No|Yes", "Good? [!]": "Good|Poor|Good",
                        "Good? [§]": "Poor|Good|Poor", "Rank [€]": "1|2|1", "Rank [—]": "2|1|2"},
    "control characters": {"Which? [A\x07]": "Yes|No|Yes", "Which? [B\x7f]": "No|No|Yes", "How\x01 many? [A]": "1|2|3",
                           "Good? [A\x07]": "Good|Poor|Good", "Good? [B]": "Poor|Good|Poor"},
    "60 options": {f"Which? [{option}]": ["Yes", "No"] for option in LONG},
    "60 places": {f"Rank these [{option}]": [str(n + 1), str(60 - n)] for n, option in enumerate(LONG)},
    "60 rows": {f"Good? [{option}]": ["Good", "Poor"] for option in LONG},
    "quotation marks": {'Which "one"? [A "b" \\c]': "Yes|No|Yes", 'Which "one"? [\\\\]': "No|No|Yes",
                        'Which "one"? [D]': "Yes||"},
    "kept names": {"Rank [Nothing in first place]": "1|2|1", "Rank [all]": "2|1|2", "Your role": "all|Not stated|all",
                   "Age": "All respondents|all|all", "Id": "1|2|3"},
    "the same question twice": {"Which? [A]": "Yes|No|Yes", "Which? [B]": "No|No|Yes", "Which?": "A|B|A", "which": "x|y|z"},
    "a number alone": {"Q2 - A": "Good|Poor|Good", "Q2 - B": "Poor|Good|Poor"},
    "one spelling here and another there": {"Are you disabled?": "yes|no|no", "Do you agree?": "Yes|No|Yes"},
    "ids that meet": {"Good? [A]": "Good|Poor|Good", "Good? [B]": "Poor|Good|Poor", "Good a": "Yes|No|No",
                      "good_b": "Yes|No|No"},
    "numbers of every kind": {"How many?": "1|-3|2.75", "How much time?": "1,000|2,000|3000", "Amount of rent": "£1|2%|3",
                              "Number of days": "9" * 400 + "|1|2"},
    "bracketed alone": {"[A]": "Yes|No|Yes", "[B]": "No|No|Yes", "? - A": "Yes|No|No", "? - B": "No|Yes|No"},
    "others of every kind": {"Which? - Other": "Yes|No|Yes", "Which? - Other (please specify)": "one||two",
                             "Which? - Others": "No|No|Yes", "Which? - A": "Yes|No|Yes", "Which? - B": "Yes|No|Yes"},
    "an other that nobody typed": {"Which? - Other": "Yes|No|Yes", "Which? - Other (please specify)": "||",
                                   "Which? - A": "Yes|No|Yes", "Which? - B": "Yes|No|Yes"},
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_an_odd_export_is_drafted_so_that_it_runs_and_no_tick_is_lost(draft, name):
    rows = len(next(iter(ODD[name].values())).split("|")) if isinstance(next(iter(ODD[name].values())), str) else 2
    columns = {**ODD[name], "Why?": [f"because of {n}" for n in range(rows)]}
    _, consultation, counts = draft(columns)
    for question in consultation.closed:
        if question.multiple and not question.other and question.heading == "Which?":
            for option in question.scale.points:
                cells = next(cells for heading, cells in columns.items() if option in heading)
                cells = cells.split("|") if isinstance(cells, str) else cells
                assert counts[question.id, option] == cells.count("Yes"), option


def test_the_odd_exports_are_drafted_as_far_as_they_can_be(draft):
    def drafted(name):
        cells = {heading: "|".join(text) if isinstance(text, list) else text for heading, text in ODD[name].items()}
        why = "|".join(f"because of {n}" for n in range(len(next(iter(cells.values())).split("|"))))
        return [(q.heading, len(q.scale.points)) for q in draft({**cells, "Why?": why})[1].closed]

    assert drafted("options with delimiters") == [("Which?", 3)]
    assert drafted("a part twice") == []
    assert drafted("an empty column") == [("Which?", 3)]
    assert (drafted("60 options"), drafted("60 places")) == ([("Which?", 60)], [("Rank these", 60)])
    assert len(drafted("60 rows")) == 60
    assert drafted("others of every kind") == [("Which?", 4)]
    assert drafted("an other that nobody typed") == [("Which?", 3)]


PARTS = st.sampled_from(
    ["A", "a", "A*", "B, c", "B", "Rank 1", "Rank 2", "1", "2", "Other", "Other (please specify)", "£", "bell\x07", "Comments",
     "x; y", "all", "North - South", "[z]", "Please explain", 'say "no"', "Ωμέγα"]
)  # fmt: skip
QUESTIONS = st.sampled_from(
    ["Which?", "Q2. Rank these", "How many?", "Do you agree?", "Where do you live?", "Age", "?", "Q2"]
)
FORMS = st.sampled_from(["{} - {}", "{} [{}]", "{} ({})", "{}"])
CELLS = st.sampled_from(
    [["Yes", "No", ""], ["1", "2", "3", ""], ["1", "2", "5"], ["Good", "Poor"], ["x", "y", "x;y", "y;x;z", "z"],
     ["A", "B", "Other: a newt", "A, B"], ["North", "South", "none of these, I would say"],
     ["2019", "7", "31.5", "£8"], ["", "-"],
     ["A", "a", "A*", "B, c"]]
)  # fmt: skip


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.data())
def test_whatever_parts_and_cells_meet_the_draft_runs_and_counts_no_more_than_was_answered(tmp_path, data):
    headings, columns = [], []
    height = data.draw(st.integers(1, 8))
    for _ in range(data.draw(st.integers(1, 3))):
        question, form, words = data.draw(QUESTIONS), data.draw(FORMS), data.draw(CELLS)
        for part in data.draw(st.lists(PARTS, min_size=1, max_size=4)):
            headings.append(form.format(question, part))
            columns.append(data.draw(st.lists(st.sampled_from(words), min_size=height, max_size=height)))
    path = write_csv(tmp_path / "export.csv", [headings, *zip(*columns, strict=True)])
    try:
        export = read_export(path)
        text = draft_definition(export, inspect_export(export), "A survey", "export.csv")
    except ExportError:
        return
    for content in (suggested(text), text):
        (tmp_path / "consultation.toml").write_text(content, encoding="utf-8")
        consultation = read_consultation(tmp_path)
    responses = read_responses(consultation)
    table = tally_answers(consultation, responses.answers, responses.groups)
    assert (table["count"] <= len(export.rows)).all()


def test_new_and_run_make_a_report_of_every_kind(tmp_path):
    rows = [
        [
            "Which? - A",
            "Which? - B",
            "Good? [x]",
            "Good? [y]",
            "Rank [p]",
            "Rank [q]",
            "How old are you?",
            "Sex",
            "Why?",
        ]
    ]
    rows += [
        ["Yes", "No", "Good", "Poor", "1", "2", str(20 + n), ("F", "M")[n % 2], f"because of {n}"] for n in range(12)
    ]
    path = write_csv(tmp_path / "export.csv", rows)
    assert main(["new", str(path), "--to", str(tmp_path / "new")]) == 0
    assert main(["run", str(tmp_path / "new"), "--out", str(tmp_path / "out")]) == 0
