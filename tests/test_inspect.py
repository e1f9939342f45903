"""From an unknown export to a first tally: kinds of columns, known scales, and a definition that runs as it stands."""

import json
import random
import re
import tomllib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import read_consultation, read_responses
from pipeline.cli import main
from pipeline.errors import ConsultationError, ExportError
from pipeline.ingest.drafting.columns import inspect_export
from pipeline.ingest.drafting.draft import draft_definition
from pipeline.ingest.drafting.scales import recognise
from pipeline.ingest.layouts import read_export
from pipeline.ingest.layouts.export import Export, Heading

from .conftest import ROOT, SLUG, write_csv

SHIPPED = ROOT / "data" / SLUG / "export.csv"


def export_of(headings, *rows, **more):
    """An export as a layout would give it; a heading is a question, or a question and its part."""
    headings = [Heading(n, *([h] if isinstance(h, str) else h)) for n, h in enumerate(headings, start=1)]
    numbered = tuple((n, tuple(cells)) for n, cells in enumerate(rows, start=2))
    return Export("export.csv", more.pop("platform", "plain"), "utf-8", 1, tuple(headings), numbered, **more)


def kind_of(heading, *answers):
    (column,) = inspect_export(export_of([heading], *([answer] for answer in answers))).columns
    return column.kind


@pytest.mark.parametrize(
    ("kind", "heading", "answers"),
    [
        ("closed", "Where do you live?", ["North", "South", "North"]),
        ("closed", "Do you agree?", ["Agree", "Strongly disagree"]),
        ("closed", "Did you attend?", ["Yes", "No", "No", "Don't know"]),
        ("closed", "Rate us", ["1", "5", "3"]),
        ("closed", "Who are you?", ["Health, social care"] * 3 + ["Health"] * 2),
        ("closed", "May we publish your name?", ["Yes", "No"]),
        ("open text", "Why?", ["It is far away.", "No bus goes there.", "No"]),
        ("open text", "Any comments?", ["None", "None", "no", "n/a", "n/a"]),
        ("open text", "Any comments?", ["No", "No"]),
        ("open text", "What else?", ["Good"]),
        ("date", "When did you move in?", ["2024-01-31", "2024-02-01"]),
        ("date", "When did you move in?", ["31/01/2024", "01/02/2024"]),
        ("number", "How many live with you?", ["2", "11", "2.5", "1,000"]),
        ("number", "In which year?", ["2021", "2022", "2021"]),
        ("personal", "Email address", ["a@example.org"]),
        ("personal", "What is your name?", ["Anna Bell", "Anna Bell"]),
        ("personal", "How do we reach you?", ["a@example.org", "07700 900123", "by post"]),
        ("personal", "Where?", ["SW1A 1AA", "SW1A 1AA"]),
        ("empty", "Which park?", ["", ""]),
        ("multi-select", "Which? (tick all)", ["Bus;Tram;", "Tram;", "Bus;Train;", "Train;Tram;"]),
        ("multi-select", "Which? (tick all)", ["Bus, Tram", "Tram", "Bus, Train", "Train, Tram"]),
    ],
)
def test_a_column_of_each_kind(kind, heading, answers):
    assert kind_of(heading, *answers) == kind


def test_options_are_counted_whatever_their_case_and_spacing_and_known_ones_stand_in_scale_order():
    export = export_of(
        ["Do you agree?"], ["disagree"], ["Agree"], ["Disagree"], ["AGREE"], ["agree "], ["Disagree"], [""]
    )
    (column,) = inspect_export(export).columns
    assert list(column.options.items()) == [("AGREE", 3), ("Disagree", 3)]
    assert column.answered == 6


def test_parts_of_one_question_that_are_ticked_or_not_are_one_multi_select_and_its_other_stays_apart():
    export = export_of(
        ["ID", ("Which?", "Bus"), ("Which?", "Tram"), ("Which?", "Ferry"), ("Which?", "Other (please specify)")],
        ["a", "Yes", "No", "", ""],
        ["b", "Yes", "No", "", "my donkey"],
        id=1,
    )
    columns = inspect_export(export).columns
    assert [c.kind for c in columns] == ["metadata", *["multi-select"] * 3, "open text"]
    assert [c.options for c in columns[1:4]] == [{"Bus": 2}, {"Tram": 0}, {"Ferry": 0}]
    as_text = export_of([("Which?", "Bus"), ("Which?", "Tram")], ["Bus", ""], ["Bus", "Tram"])
    assert [c.kind for c in inspect_export(as_text).columns] == ["multi-select"] * 2


def test_an_answer_column_and_its_empty_other_column_are_no_multi_select():
    export = export_of([("Do you?", "Answer"), ("Do you?", "Other (please specify)")], ["Yes", ""], ["No", ""])
    assert [c.kind for c in inspect_export(export).columns] == ["closed", "empty"]


def test_rows_of_a_matrix_are_closed_questions():
    export = export_of([("How was?", "Food"), ("How was?", "Bed")], ["Good", "Poor"], ["Very good", "Good"])
    assert [c.kind for c in inspect_export(export).columns] == ["closed", "closed"]


def test_what_the_platform_says_of_a_column_comes_first():
    export = export_of(["A", "B"], ["Yes", "Yes"], ["No", "No"], metadata=frozenset([1]), personal=frozenset([1, 2]))
    assert [c.kind for c in inspect_export(export).columns] == ["personal", "personal"]


def test_what_a_respondent_typed_in_place_of_an_option_is_counted_and_not_shown():
    typed = "I am Anna Bell of room nine and I was told to lie"
    export = export_of(["Where?"], *[["North"]] * 9, *[["South"]] * 8, ["East"], [typed], ["a@example.org"])
    (column,) = inspect_export(export).columns
    assert column.kind == "closed" and column.answered == 20
    assert column.options == {"North": 9, "South": 8, "East": 1}
    assert "2 not shown" in column.why


# --- Scales ---------------------------------------------------------------------------------------------------------

SCALES = [
    "Strongly agree|Agree|Neither agree nor disagree|Disagree|Strongly disagree",
    "Strongly agree|Agree|Neither|Disagree|Strongly disagree",
    "Strongly agree|Tend to agree|Neither agree nor disagree|Tend to disagree|Strongly disagree",
    "Strongly agree|Agree|Disagree|Strongly disagree",
    "Agree|Neither agree nor disagree|Disagree",
    "Strongly agree|Agree|Slightly agree|Neutral|Slightly disagree|Disagree|Strongly disagree",
    "Strongly support|Support|Neither support nor oppose|Oppose|Strongly oppose",
    "Very satisfied|Satisfied|Neither satisfied nor dissatisfied|Dissatisfied|Very dissatisfied",
    "Very satisfied|Fairly satisfied|Neither satisfied or dissatisfied|Fairly dissatisfied|Very dissatisfied",
    "Very satisfied|Somewhat satisfied|Somewhat dissatisfied|Very dissatisfied",
    "Always|Often|Sometimes|Rarely|Never",
    "Always|Usually|Sometimes|Seldom|Never",
    "Very often|Often|Sometimes|Rarely|Never",
    "Always|Often|Sometimes|Never",
    "Daily|Weekly|Monthly|Less often|Never",
    "Very likely|Likely|Neither likely nor unlikely|Unlikely|Very unlikely",
    "Extremely likely|Somewhat likely|Neither likely nor unlikely|Somewhat unlikely|Extremely unlikely",
    "Very likely|Likely|Unlikely|Very unlikely",
    "Definitely|Probably|Possibly|Probably not|Definitely not",
    "Extremely important|Very important|Moderately important|Slightly important|Not at all important",
    "Very important|Fairly important|Not very important|Not at all important",
    "Very important|Important|Neither important nor unimportant|Unimportant|Very unimportant",
    "Excellent|Very good|Good|Fair|Poor",
    "Very good|Good|Neither good nor poor|Poor|Very poor",
    "Excellent|Good|Average|Poor|Very poor",
    "Excellent|Good|Fair|Poor",
    "Very good|Good|Poor|Very poor",
    "Yes|No",
    "Yes|No|Don't know",
    "Yes, definitely|Yes, to some extent|No",
    "Yes|Partly|No",
    "1|2|3|4|5",
    "1 - Poor|2|3|4|5 - Excellent",
    "5 - Strongly agree|4 - Agree|3 - Neither agree nor disagree|2 - Disagree|1 - Strongly disagree",
]


@pytest.mark.parametrize("points", SCALES)
def test_every_known_scale_is_recognised_from_its_words_in_any_order(points):
    points = points.split("|")
    for seed in range(5):
        shuffled = random.Random(seed).sample(points, len(points))
        scale = recognise(shuffled)
        assert list(scale.points) == points, shuffled
        assert scale.outside_base == ()
        assert not scale.nets or sorted(p for net in scale.nets for p in net.points) == sorted(points)


@pytest.mark.parametrize("points", [points for points in SCALES if points.count("|") == 4])
def test_the_first_point_that_nobody_chose_is_kept_in(points):
    points = points.split("|")
    found = list(recognise(points[1:]).points)
    assert len(found) == 5 and found[1:] == points[1:]


def test_points_that_nobody_chose_are_worded_like_their_opposites():
    assert recognise(["Somewhat disagree", "Strongly agree"]).points == (
        "Strongly agree",
        "Somewhat agree",
        "Neither agree nor disagree",
        "Somewhat disagree",
        "Strongly disagree",
    )


def test_nets_put_points_of_one_side_together_with_the_better_side_first():
    nets = recognise(["Disagree", "Strongly agree", "Agree", "Strongly disagree", "Neither"]).nets
    assert [(net.key, net.label, net.points) for net in nets] == [
        ("agree", "Strongly agree or agree", ("Strongly agree", "Agree")),
        ("neither", "Neither", ("Neither",)),
        ("disagree", "Disagree or strongly disagree", ("Disagree", "Strongly disagree")),
    ]
    assert [net.points for net in recognise(["5", "1", "3"]).nets] == [("4", "5"), ("3",), ("1", "2")]


def test_answers_that_take_no_side_stand_outside_the_base_but_dont_know_is_an_answer_to_a_yes_or_no():
    scale = recognise(["Agree", "Don’t know", "Strongly agree", "Not applicable"])
    assert scale.outside_base == ("Don’t know", "Not applicable") and len(scale.points) == 5
    scale = recognise(["No", "Don't know", "Prefer not to say", "Yes"])
    assert scale.points == ("Yes", "No", "Don't know") and scale.outside_base == ("Prefer not to say",)


@pytest.mark.parametrize(
    "answers",
    [
        ["North", "South"],
        ["Agree", "Strongly agree", "It depends on the bus"],
        ["Good"],
        ["Neither"],
        ["Don't know"],
        ["2", "3"],
        ["1", "5", "6"],
        ["Fairly satisfied", "Somewhat satisfied"],
        [],
    ],
)
def test_what_is_no_known_scale_is_none(answers):
    assert recognise(answers) is None


# --- The draft ------------------------------------------------------------------------------------------------------

PLAIN = [
    ["Response ID", "Submitted", "Email", "Which of these best describes you?", "1. Do you agree?", "2. And with this?",
     "3. Why?", "4. Where?", "5. Where?", "5. Where?"],
    ["a", "31/01/2024 10:00", "a@example.org", "Parent", "Agree", "Disagree", "It is far.", "North", "x", "y"],
    ["b", "01/02/2024 11:30", "", "Parent", "Strongly disagree", "Strongly agree", "", "North", "", "z"],
    ["c", "02/02/2024 09:15", "", "Teacher", "Agree", "Neither agree nor disagree", "It is \"dear\"\\.", "South", "", ""],
    ["d", "03/02/2024 09:15", "", "Teacher", "Strongly disagree", "Agree", "", "South", "", ""],
]  # fmt: skip


def drafted(tmp_path, rows, name="export.csv"):
    """The definition that `new` would write for a table, as text."""
    export = read_export(write_csv(tmp_path / name, rows))
    return draft_definition(export, inspect_export(export), "A survey", name)


def suggested(text):
    """The definition with its commented suggestions put into effect."""
    head, _, tail = text.partition("\n## Closed questions whose answers are no known scale.")
    return head + "\n##" + re.sub(r"(?m)^# ", "", tail)


def test_the_draft_has_the_group_the_scale_in_order_the_open_question_and_the_dates(tmp_path):
    text = drafted(tmp_path, PLAIN)
    (tmp_path / "consultation.toml").write_text(text, encoding="utf-8")
    consultation = read_consultation(tmp_path)
    (group,) = consultation.groupings
    assert group.heading == "Which of these best describes you?"
    assert [g.label for g in group.groups] == ["Parent", "Teacher"]
    assert [q.heading for q in consultation.closed] == ["1. Do you agree?", "2. And with this?"]
    assert [q.heading for q in consultation.open] == ["3. Why?"]
    five = ["Strongly agree", "Agree", "Neither agree nor disagree", "Disagree", "Strongly disagree"]
    assert [list(q.scale.points) for q in consultation.closed] == [five, five]  # and one scale for both
    assert [net.key for net in consultation.closed[0].scale.nets] == ["agree", "neither", "disagree"]
    assert consultation.channels[0].date_format == "%d/%m/%Y %H:%M"
    assert consultation.channels[0].id == "Response ID"
    answers = read_responses(consultation).answers
    assert answers["answer"].value_counts().to_dict() == {
        "Agree": 3, "Strongly disagree": 2, "Strongly agree": 1, "Disagree": 1, "Neither agree nor disagree": 1,
    }  # fmt: skip


def test_every_guess_is_marked_and_no_respondents_words_are_in_the_draft(tmp_path):
    text = drafted(tmp_path, PLAIN)
    for start in ("title", 'heading = "Which', "points", "nets", "scale =", "date_format", 'id = "Response', "groups"):
        lines = [line for line in text.splitlines() if line.startswith(start)]
        assert lines and all(re.search(r"# guess: .*confirm$", line) for line in lines), start
    assert "# guess: an open question" in text
    for words in ("far", "dear", "a@example.org"):
        assert words not in text
    assert "column 3, Email: personal" in text and "column 9, 5. Where?: " in text


def test_a_closed_question_that_is_no_known_scale_is_a_suggestion_that_works_once_its_marks_are_off(tmp_path):
    text = drafted(tmp_path, PLAIN)
    assert [q["heading"] for q in tomllib.loads(text)["questions"]] == PLAIN[0][4:7]
    (tmp_path / "consultation.toml").write_text(suggested(text), encoding="utf-8")
    consultation = read_consultation(tmp_path)
    assert consultation.closed[-1].heading == "4. Where?"
    assert consultation.closed[-1].scale.points == ("North", "South")
    assert len(read_responses(consultation).answers) == 12


def test_a_question_with_an_answer_that_is_no_option_is_left_as_a_suggestion_that_says_so(tmp_path):
    typed = "only if somebody asks me nicely on a Sunday"
    rows = [["Where?", "Do you agree?"], *[["North", "Yes"]] * 5, *[["South", "Yes"]] * 5, ["South", typed]]
    text = drafted(tmp_path, rows)
    assert [q["heading"] for q in tomllib.loads(text)["questions"]] == ["Where?"]
    assert "# # Some answers are not among the points" in text and typed not in text


def test_those_who_typed_their_own_answer_get_a_group(tmp_path):
    rows = [["What is your role?", "What is your role? - Other", "Do you agree?"],
            ["Parent", "", "Yes"], ["Parent", "", "No"], ["", "A carer of two", "No"]]  # fmt: skip
    text = drafted(tmp_path, rows)
    (tmp_path / "consultation.toml").write_text(text, encoding="utf-8")
    groups = read_responses(read_consultation(tmp_path)).groups
    assert groups.loc[groups["grouping"] == "respondent_group", "group"].tolist() == ["Parent", "Parent", "Other"]
    assert "A carer of two" not in text


def test_a_survey_of_unordered_questions_alone_is_drafted_with_them_and_one_without_questions_is_refused(tmp_path):
    rows = [["Your role", "Where?"], ["Cook", "North"], ["Cook", "North"], ["Maid", "South"], ["Maid", "South"]]
    assert [q["heading"] for q in tomllib.loads(drafted(tmp_path, rows))["questions"]] == ["Your role", "Where?"]
    with pytest.raises(ExportError, match="no column that reads as a question"):
        drafted(tmp_path, [["Email", "How many?"], ["a@example.org", "7"]])


def test_new_then_tally_and_run_work_on_the_shipped_export_with_a_copy_of_it(tmp_path, capsys):
    folder = tmp_path / "first"
    assert main(["new", str(SHIPPED), "--to", str(folder)]) == 0
    assert {path.name for path in folder.iterdir()} == {"consultation.toml", "export.csv"}
    assert (folder / "export.csv").read_bytes() == SHIPPED.read_bytes()
    assert main(["tally", str(folder)]) == 0
    assert "Strongly agree or agree" in capsys.readouterr().out
    assert main(["run", str(folder), "--out", str(tmp_path / "out")]) == 0
    consultation = read_consultation(folder)
    assert (len(consultation.closed), len(consultation.open)) == (2, 4)
    assert consultation.groupings[0].other.startswith("Others")


def test_new_then_tally_work_on_a_plain_csv_where_it_lies(tmp_path):
    path = write_csv(tmp_path / "answers of 'March' #1.csv", PLAIN)
    assert main(["new", str(path), "--to", str(tmp_path)]) == 0
    assert {p.name for p in tmp_path.iterdir()} == {"consultation.toml", path.name}
    assert main(["tally", str(tmp_path)]) == 0


def test_new_never_writes_over_what_is_there(tmp_path, capsys):
    path = write_csv(tmp_path / "export.csv", PLAIN)
    folder = tmp_path / "there"
    folder.mkdir()
    (folder / "export.csv").write_text("another", encoding="utf-8")
    assert main(["new", str(path), "--to", str(folder)]) == 15
    assert {p.name for p in folder.iterdir()} == {"export.csv"}
    (folder / "consultation.toml").write_text("mine", encoding="utf-8")
    (folder / "export.csv").unlink()
    assert main(["new", str(path), "--to", str(folder)]) == 15
    assert {p.name: p.read_text() for p in folder.iterdir()} == {"consultation.toml": "mine"}
    assert "has a consultation.toml already" in capsys.readouterr().err


# --- The commands ---------------------------------------------------------------------------------------------------


def test_inspect_says_as_json_what_each_column_of_the_shipped_export_holds(capsys):
    assert main(["inspect", str(SHIPPED), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == ["platform", "encoding", "header_rows", "rows", "columns", "notes"]
    assert (found["platform"], found["encoding"], found["header_rows"], found["rows"]) == (
        "smartsurvey", "utf-8-sig", 3, 150,
    )  # fmt: skip
    columns = found["columns"]
    assert all(
        list(c) == ["column", "heading", "question", "part", "kind", "why", "options", "answered"] for c in columns
    )
    assert [c["kind"] for c in columns[9:]] == [
        "closed", "open text", "closed", "open text", "open text", "closed", "open text", "open text",
    ]  # fmt: skip
    assert {c["kind"] for c in columns[:9]} == {"metadata", "personal"}
    assert columns[11]["options"] == {
        "Strongly agree": 96, "Agree": 41, "Neither agree nor disagree": 8, "Disagree": 2, "Strongly disagree": 2,
    }  # fmt: skip
    assert all(c["options"] is None for c in columns if c["kind"] in ("open text", "personal", "metadata"))


def test_inspect_for_people_shows_options_and_no_words_of_respondents(tmp_path, capsys):
    assert main(["inspect", str(write_csv(tmp_path / "export.csv", PLAIN))]) == 0
    said = capsys.readouterr().out
    assert "plain, utf-8; rows of headings: 1, rows below: 4." in said
    assert "2  Strongly disagree" in said and "open text, 2 answered" in said
    for words in ("far", "dear", "a@example.org"):
        assert words not in said


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\x89PNG\r\n\x1a\n\0\0", b'a,"b\n', b"\xff\xfea", b"\n1,2\n"])
def test_a_file_that_cannot_be_read_is_one_sentence_and_12(tmp_path, capsys, content):
    path = tmp_path / "export.csv"
    path.write_bytes(content)
    for command in (["inspect", str(path)], ["new", str(path), "--to", str(tmp_path / "new")]):
        assert main(command) == 12
        assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not (tmp_path / "new").exists()


def test_a_platform_that_is_not_known_or_not_the_files_is_refused(tmp_path, capsys):
    path = str(write_csv(tmp_path / "export.csv", PLAIN))
    assert main(["inspect", path, "--platform", "smartsurvy"]) == 12
    assert "'smartsurvey'" in capsys.readouterr().err
    assert main(["inspect", path, "--platform", "smartsurvey"]) == 12
    assert main(["new", path, "--to", str(tmp_path / "new"), "--platform", "plain"]) == 0
    assert read_consultation(tmp_path / "new").channels[0].platform == "plain"


RARELY_SLOW = settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@RARELY_SLOW
@given(
    content=st.one_of(
        st.binary(max_size=60),
        st.text(max_size=120).map(str.encode),
        st.text('ab1,;"\n\t -/', max_size=60).map(str.encode),
    )
)
def test_inspect_of_any_text_is_an_inspection_or_one_sentence(tmp_path, content):
    path = tmp_path / "export.csv"
    path.write_bytes(content)
    try:
        found = inspect_export(read_export(path))
    except ConsultationError as error:
        assert "\n" not in str(error)
        return
    assert len(found.columns) == len({column.column for column in found.columns}) > 0
    for column in found.columns:
        assert 0 <= column.answered <= found.rows
        assert (column.options is None) == (column.kind not in ("closed", "multi-select"))


WORDS = st.sampled_from(
    ["", "Yes", "No", "no", "Agree", "agree.", "Strongly agree", "Disagree", "Neither", "Good", "Don't know", "all",
     "Other", "1", "2", "5", "1. Yes", "A*", "A", "Not stated", "All respondents", "Ωμέγα", "£", 'a "b" \\c', "x;y", "y;z",
     "z;x", "two\nlines", "bell\x07", "31/01/2024", "2024-01-31", "a@example.org", "del\x7f", "-", "N/A", "#",
     "what somebody typed in place of an option"]
)  # fmt: skip
HEADINGS = st.sampled_from(
    ["", "Q1. Who are you?", "Role", "Role - Other", "Why?", "why", "Do you agree?", "Q2", "Submitted", "ID", "Name",
     'A "b" \\c\n d', "bell\x07", "Ωμέγα", "12", "Answer", "Which? [Bus]", "Which? [Tram]", "all", "channel", "Rows"]
)  # fmt: skip


@RARELY_SLOW
@given(
    st.integers(1, 5).flatmap(
        lambda n: st.tuples(
            st.lists(HEADINGS, min_size=n, max_size=n),
            st.lists(st.lists(WORDS, min_size=n, max_size=n), min_size=1, max_size=9),
        )
    )
)
def test_whatever_is_drafted_is_a_definition_with_and_without_its_suggestions_and_the_export_runs_under_it(
    tmp_path, table
):
    headings, rows = table
    try:
        text = drafted(tmp_path, [headings, *rows])
    except ConsultationError:
        return
    (tmp_path / "consultation.toml").write_text(suggested(text), encoding="utf-8")
    read_consultation(tmp_path)
    (tmp_path / "consultation.toml").write_text(text, encoding="utf-8")
    consultation = read_consultation(tmp_path)
    try:
        read_responses(consultation)
    except ExportError as error:  # dates that no one way of writing reads cannot be described
        assert "the date is not written" in str(error)
