"""Disclosure control: hand-worked tables at the edges, and an attacker that is not the control's own."""

import csv
import re
from dataclasses import replace
from itertools import product

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import read_consultation, read_responses, summarise, write_report
from pipeline.cli import main
from pipeline.definition import Disclosure, Group, Grouping, Merge
from pipeline.errors import DefinitionError
from pipeline.outcome import charts
from pipeline.outcome.attack import Attacker, Link, Programme
from pipeline.outcome.control import IMPOSSIBLE, NOTHING_LEFT, control_disclosure, why_protected
from pipeline.outcome.disclosure import publishable
from pipeline.outcome.folders import write_published
from pipeline.schemas import build

from .conftest import CODEBOOK, HEADER, SLUG, SMALL, UNCONTROLLED, row, write_csv

NOTHING = build("coded", [])
WANTED = SMALL.replace(
    'other = "Others"', 'other = "Others"\npublish_crossed = true\npublish_crossed_because = "this is a test"', 1
)
POINTS = ("Agree", "Neither", "Disagree")
MERGE = Merge("cats_and_dogs", "Cats and dogs", ("Cats", "Dogs"))


@pytest.fixture(scope="module")
def survey(tmp_path_factory):
    """The small survey, its answers by role wanted, and the responses of one row to put others in the place of."""
    folder = tmp_path_factory.mktemp("survey")
    (folder / "consultation.toml").write_text(WANTED, encoding="utf-8")
    (folder / "codebook.toml").write_text(CODEBOOK, encoding="utf-8")
    (folder / "codes.csv").write_text("respondent,themes\n", encoding="utf-8")
    write_csv(folder / "export.csv", [HEADER, row("1")])
    consultation = read_consultation(folder)
    return consultation, read_responses(consultation)


def outcome_of(survey, groups, rule=None, merge=(), themes=None, coding="settled by hand"):
    """The outcome of a survey in which each group has so many who agree, neither and disagree; '' did not state a group.

    A group is a role, or several with a + between them. `themes` maps roles to how many of them raised food and sleep.
    """
    consultation, responses = survey
    role = replace(consultation.grouping("role"), merge=tuple(merge))
    consultation = replace(consultation, groupings=(role,), disclosure=rule or Disclosure())
    answers, places = [], []
    for group, counts in groups.items():
        for point, count in zip(POINTS, counts, strict=True):
            for number in range(count):
                who = f"{group}-{point}-{number}"
                answers.append((who, "online", "plan", point))
                places += [(who, "all", "all"), (who, "channel", "Online survey")]
                places += [(who, "role", one) for one in group.split("+") if one]
    comments, coded = [], []
    for group, raised in (themes or {}).items():
        members = [who for who, *_ in answers if who.startswith(f"{group}-")]
        for number, who in enumerate(members):
            comments.append((who, "online", "why", "some words"))
            for theme, count in zip(("food", "sleep"), raised, strict=True):
                coded.append((who, "why", theme, 1.0, number < count, coding, False, None, None, None))
    responses = replace(
        responses,
        answers=build("answers", answers),
        comments=build("comments", comments),
        groups=build("groups", places),
    )
    return summarise(consultation, responses, build("coded", coded))


def ruling_of(outcome, question="plan", earlier=None):
    control = control_disclosure(outcome, earlier)
    return next(r for r in control.rulings if (r.breakdown.question.id, r.breakdown.grouping) == (question, "role"))


def by_role(shown, table="agreement", answer="net", question="plan"):
    """Each published count by group and answer; None where it is suppressed."""
    rows = getattr(shown, table)
    rows = rows[(rows["grouping"] == "role") & (rows["question"] == question)]
    return {(r.group, getattr(r, answer)): None if pd.isna(r.count) else int(r.count) for r in rows.itertuples()}


def bounds_of(outcome, earlier=None):
    rows = control_disclosure(outcome, earlier).table
    return {(r.table, r.group, r.answer): (r.lower, r.upper) for r in rows.itertuples()}


# --- What is protected -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "base", "protected"),
    [
        ([4, 5, 0, 91], 100, [True, False, False, False]),  # 4 is under the threshold, 5 is not; a zero says nothing
        ([9, 0, 0], 9, [True, True, True]),  # all of a small group: the zeros say so
        ([10, 0, 0], 10, [False, False, False]),  # ten are no small group
        ([6, 0, 0], 6, [True, True, True]),  # six civil servants of one mind
        ([5, 1, 0], 6, [False, True, False]),
        ([3, 3, 0], 6, [True, True, False]),  # a tie of small counts
        ([0, 0, 0], 0, [False, False, False]),  # an empty group
        ([1, 0], 1, [True, True]),
    ],
)
def test_what_may_not_be_told_of_a_group(counts, base, protected):
    reasons = why_protected(counts, base, Disclosure(), one_answer=True)
    assert [bool(reason) for reason in reasons] == protected


def test_of_several_answers_a_zero_does_not_say_what_was_ticked():
    assert why_protected([6, 0, 5], 6, Disclosure(), one_answer=False) == ["all of a small group", "", ""]


# --- The attacker ------------------------------------------------------------------------------------------------------


def two_by_two():
    """Two groups of 6 and 10, of whom 14 agreed and 2 disagreed in all."""
    truth = {("a", "yes"): 5, ("a", "no"): 1, ("b", "yes"): 9, ("b", "no"): 1}
    sums = [
        Link(((("a", "yes"), 1), (("a", "no"), 1)), 6, 6),
        Link(((("b", "yes"), 1), (("b", "no"), 1)), 10, 10),
        Link(((("a", "yes"), 1), (("b", "yes"), 1)), 14, 14),
        Link(((("a", "no"), 1), (("b", "no"), 1)), 2, 2),
    ]
    return Programme(dict.fromkeys(truth, 16), sums), truth


def test_two_disagreed_in_all_so_no_group_can_hold_more():
    programme, truth = two_by_two()
    attacker = Attacker(programme, {}, truth)
    assert attacker.bounds((("a", "no"),)) == (0, 2) and attacker.bounds((("a", "yes"),)) == (4, 6)
    assert attacker.bounds((("a", "yes"), ("a", "no"))) == (6, 6)


def test_one_count_told_tells_the_other_three():
    programme, truth = two_by_two()
    attacker = Attacker(programme, {(("b", "no"),): 1}, truth)
    assert [attacker.bounds((cell,)) for cell in truth] == [(5, 5), (1, 1), (9, 9), (1, 1)]
    assert attacker.without([(("b", "no"),)]).bounds((("a", "no"),)) == (0, 2)


def test_counts_are_whole():
    twice = Programme({"a": 9}, [Link((("a", 2),), 0, 7)])  # 2a is at most 7, so a is at most 3
    assert Attacker(twice, {}, {"a": 1}).bounds(("a",)) == (0, 3)


def test_as_few_and_as_small_counts_as_will_do_are_hidden():
    truth = {("a", "yes"): 5, ("a", "no"): 1, ("b", "yes"): 9, ("b", "no"): 8, ("c", "yes"): 30, ("c", "no"): 30}
    sums = [Link(tuple(((g, x), 1) for x in ("yes", "no")), n, n) for g, n in (("a", 6), ("b", 17), ("c", 60))]
    sums += [Link(tuple(((g, x), 1) for g in "abc"), n, n) for x, n in (("yes", 44), ("no", 39))]
    told = {(cell,): count for cell, count in truth.items()}
    attacker = Attacker(Programme(dict.fromkeys(truth, 83), sums), told, truth).without([(("a", "no"),)])
    after = attacker.told_less((("a", "no"),), 4, {place: 1 + count / 1000 for place, count in told.items()})
    assert set(after.published) == {(("c", "yes"),), (("c", "no"),)}
    assert after.bounds((("a", "no"),)) == (0, 6)
    assert attacker.told_less((("a", "no"),), 7, dict.fromkeys(told, 1)) is None  # the group has six


# --- The remedies, in their order --------------------------------------------------------------------------------------


def test_what_tells_nothing_is_published_as_it_is(survey):
    outcome = outcome_of(survey, {"Cats": (10, 5, 5), "Dogs": (20, 0, 9), "Birds": (30, 0, 0)})
    ruling = ruling_of(outcome)
    assert ruling.remedies == () and ruling.tables == ("answers", "nets")
    assert by_role(publishable(outcome), "tally", "answer")["Birds", "Disagree"] == 0


def test_groups_are_merged_first(survey):
    groups = {"Cats": (8, 0, 3), "Dogs": (9, 0, 3), "Birds": (10, 0, 10)}
    outcome = outcome_of(survey, groups, merge=[MERGE])
    assert ruling_of(outcome).remedies == ("merged",)
    shown = publishable(outcome)
    assert by_role(shown, "tally", "answer") == {
        ("Cats and dogs", "Agree"): 17, ("Cats and dogs", "Neither"): 0, ("Cats and dogs", "Disagree"): 6,
        ("Birds", "Agree"): 10, ("Birds", "Neither"): 0, ("Birds", "Disagree"): 10,
        ("Others", "Agree"): 0, ("Others", "Neither"): 0, ("Others", "Disagree"): 0,
    }  # fmt: skip
    assert bounds_of(outcome)["answers", "Cats", "Disagree"] == (0, 6)
    figures = shown.figures.set_index("id")
    assert figures.loc["plan.agree.role.cats_and_dogs", ["numerator", "base"]].tolist() == [17, 23]
    assert figures.loc["respondents.role.cats", "numerator"] == 11 and "plan.agree.role.cats" not in figures.index
    assert "groups were merged (Cats and dogs: Cats and Dogs)" in shown.protection["plan", "role"]


def test_merging_groups_of_one_mind_does_not_tell_what_each_thought(survey):
    # 6 and 6 agreed, so 12 of 12 would: that would still say what the six said.
    outcome = outcome_of(survey, {"Cats": (6, 0, 0), "Dogs": (6, 0, 0), "Birds": (20, 0, 20)}, merge=[MERGE])
    assert "merged" in ruling_of(outcome).remedies and ruling_of(outcome).suppressed
    lower, upper = bounds_of(outcome)["nets", "Cats", "agree"]
    assert upper - lower >= 4


def test_the_table_of_every_answer_is_left_out_next(survey):
    outcome = outcome_of(survey, {"Cats": (10, 3, 7), "Dogs": (10, 7, 8)})
    assert ruling_of(outcome).remedies == ("left out",)
    shown = publishable(outcome)
    assert by_role(shown, "tally", "answer") == {}
    nets = by_role(shown)
    assert nets["Cats", "other"] == 10 and nets["Dogs", "other"] == 15
    assert bounds_of(outcome)["answers", "Cats", "Neither"] == (0, 10)
    assert not shown.figures["id"].str.contains(r"plan\.answer\..*\.role").any()


def test_six_of_one_mind_are_suppressed_with_the_smallest_row_that_hides_them(survey):
    outcome = outcome_of(survey, {"Cats": (6, 0, 0), "Dogs": (20, 10, 10), "Birds": (15, 9, 9)})
    assert ruling_of(outcome).remedies == ("left out", "suppressed")
    nets = by_role(publishable(outcome))
    # 33 of the birds are fewer than 40 of the dogs; one row besides will do.
    assert {place for place, count in nets.items() if count is None} == {
        ("Cats", "agree"), ("Cats", "other"), ("Birds", "agree"), ("Birds", "other"),
    }  # fmt: skip
    assert nets["Dogs", "agree"] == nets["Dogs", "other"] == 20
    assert bounds_of(outcome)["nets", "Cats", "agree"] == (0, 6)


def test_without_leaving_out_the_answers_are_suppressed_too(survey):
    rule = Disclosure(remedies=("suppress",))
    outcome = outcome_of(survey, {"Cats": (10, 3, 7), "Dogs": (10, 7, 8), "Birds": (30, 30, 30)}, rule)
    ruling = ruling_of(outcome)
    assert ruling.remedies == ("suppressed",) and ruling.tables == ("answers", "nets")
    answers = by_role(publishable(outcome), "tally", "answer")
    assert answers["Cats", "Neither"] is None and answers["Birds", "Agree"] == 30
    lower, upper = bounds_of(outcome)["answers", "Cats", "Neither"]
    assert lower <= 3 <= upper and upper - lower >= 4


def test_where_two_disagreed_in_all_the_table_is_withheld_and_says_why(survey):
    outcome = outcome_of(survey, {"Cats": (20, 0, 1), "Dogs": (20, 0, 1)})
    ruling = ruling_of(outcome)
    assert ruling.tables == () and ruling.because == IMPOSSIBLE
    shown = publishable(outcome)
    assert by_role(shown) == {} and "withheld, because so few respondents" in shown.protection["plan", "role"]
    assert bounds_of(outcome)["nets", "Cats", "other"] == (0, 2)  # as anyone knows from the overall rows


def test_a_group_smaller_than_the_width_cannot_be_kept_open(survey):
    outcome = outcome_of(survey, {"Cats": (2, 0, 1), "Dogs": (20, 9, 20), "Birds": (20, 9, 20)})
    assert ruling_of(outcome).because == IMPOSSIBLE


def test_without_remedies_the_table_is_withheld(survey):
    outcome = outcome_of(survey, {"Cats": (10, 3, 7), "Dogs": (10, 7, 8)}, Disclosure(remedies=()))
    assert ruling_of(outcome).remedies == ("withheld",)


def test_all_in_one_cell(survey):
    assert ruling_of(outcome_of(survey, {"Cats": (30, 0, 0)})).remedies == ()
    # Six in all and of one mind: the overall row says it, and the table by group may not say it again.
    assert ruling_of(outcome_of(survey, {"Cats": (6, 0, 0)})).because == IMPOSSIBLE


def test_a_table_of_nothing_but_suppressed_counts_is_withheld(survey):
    outcome = outcome_of(survey, {"Cats": (6, 0, 0), "Dogs": (4, 4, 4)}, merge=[], rule=Disclosure())
    ruling = ruling_of(outcome)
    empty = {(group, net) for group in ("Birds", "Others") for net in ("agree", "other")}
    shown = by_role(publishable(outcome))
    assert ruling.because == NOTHING_LEFT or {place for place, count in shown.items() if count is not None} == empty


def test_those_who_did_not_state_a_group_are_a_group_too(survey):
    # 22 less 20 stated would tell that both of the others disagreed.
    outcome = outcome_of(survey, {"Cats": (20, 0, 20), "Dogs": (10, 0, 10), "": (0, 0, 2)})
    nets = by_role(publishable(outcome))
    assert {place for place, count in nets.items() if count is None} == {("Dogs", "agree"), ("Dogs", "other")}
    assert bounds_of(outcome)["nets", "Not stated", "other"] == (0, 2)


def test_who_is_in_two_groups_loosens_the_sums_and_no_more(survey):
    # 41 memberships of 40 respondents: the groups' counts sum to the overall row or to one more.
    outcome = outcome_of(survey, {"Cats": (10, 0, 10), "Dogs": (10, 0, 9), "Cats+Dogs": (0, 0, 1)})
    assert ruling_of(outcome).breakdown.extra == 1
    assert ruling_of(outcome).remedies == ()
    hidden = outcome_of(survey, {"Cats": (10, 0, 3), "Dogs": (10, 0, 30), "Birds": (10, 0, 9), "Cats+Dogs": (0, 0, 1)})
    lower, upper = bounds_of(hidden)["nets", "Cats", "other"]
    assert lower <= 4 <= upper and upper - lower >= 4


def test_a_crossed_grouping_gives_neither_itself_nor_what_it_crosses_away(survey):
    consultation, responses = survey
    region = Grouping("region", "Region", "Where?", (Group("north", "North"), Group("south", "South")), "",
                      publish_crossed=True, publish_crossed_because="a test")  # fmt: skip
    role = Grouping("role", "Role", "Who?", (Group("cats", "Cats"), Group("dogs", "Dogs")), "",
                    publish_crossed=True, publish_crossed_because="a test")  # fmt: skip
    pairs = list(product(("Cats", "Dogs"), ("North", "South")))
    cells = tuple(Group(f"g{number}", ", ".join(pair)) for number, pair in enumerate(pairs))
    crossed = Grouping("role_by_region", "Role and region", "", cells, "",
                       publish_crossed=True, publish_crossed_because="a test", of=("role", "region"))  # fmt: skip
    counts = dict(zip(pairs, [(20, 0, 3), (20, 0, 9), (20, 0, 9), (20, 0, 9)], strict=True))
    answers, places = [], []
    for pair, numbers in counts.items():
        for point, count in zip(POINTS, numbers, strict=True):
            for n in range(count):
                who = f"{pair}{point}{n}"
                answers.append((who, "online", "plan", point))
                places += [(who, "all", "all"), (who, "channel", "Online survey"), (who, "role", pair[0])]
                places += [(who, "region", pair[1]), (who, "role_by_region", ", ".join(pair))]
    consultation = replace(consultation, groupings=(crossed, role, region))
    responses = replace(responses, answers=build("answers", answers), groups=build("groups", places))
    control = control_disclosure(summarise(consultation, responses, NOTHING))
    rulings = {ruling.breakdown.grouping: ruling for ruling in control.rulings}
    # 12 and 18 disagreed by role and by region: safe. Of the four cells any one told tells all.
    assert rulings["role"].remedies == rulings["region"].remedies == ()
    assert {
        cell.answer
        for cell in rulings["role_by_region"].cells
        if cell.place not in rulings["role_by_region"].suppressed
    } <= {"Neither"}
    (cell,) = control.table[(control.table["table"] == "nets") & (control.table["group"] == "Cats, North")].itertuples()
    assert cell.count == 3 and (cell.lower, cell.upper) == (0, 12)


def test_themes_by_group_are_controlled(survey):
    groups = {"Cats": (20, 0, 0), "Dogs": (30, 0, 0), "Birds": (40, 0, 0)}
    outcome = outcome_of(survey, groups, themes={"Cats": (3, 6), "Dogs": (7, 8), "Birds": (9, 9)})
    themes = by_role(publishable(outcome), "theme_counts", "theme", "why")
    # Cats' 3 is hidden with the smaller of the two others; the theme that tells nothing stays.
    assert {place for place, count in themes.items() if count is None} == {("Cats", "food"), ("Dogs", "food")}
    figures = set(publishable(outcome).figures["id"])
    assert "why.theme.sleep.role.cats" in figures and "why.theme.food.role.cats" not in figures


# --- Any survey: another attacker, that tries every table ------------------------------------------------------------


def splits(base):
    """Every way in which so many respondents can give the three answers."""
    return [(a, b, base - a - b) for a in range(base + 1) for b in range(base + 1 - a)]


def tables_that_fit(bases, totals, told):
    """Every table of groups × answers with these bases and totals that agrees with what is told, {(group, answers): count}."""
    rows = []
    for group, base in enumerate(bases):
        mine = [(points, count) for (one, points), count in told.items() if one == group]
        rows.append([s for s in splits(base) if all(sum(s[p] for p in points) == count for points, count in mine)])
    last = set(rows[-1])
    for table in product(*rows[:-1]):
        rest = tuple(total - sum(row[p] for row in table) for p, total in enumerate(totals))
        if rest in last:
            yield (*table, rest)


def widths(tables, cells):
    seen = dict.fromkeys(cells, (10**9, -1))
    for table in tables:
        for group, points in cells:
            count, (low, high) = sum(table[group][p] for p in points), seen[group, points]
            seen[group, points] = min(low, count), max(high, count)
    return {cell: high - low for cell, (low, high) in seen.items()}


COUNTS = st.tuples(*[st.integers(0, 4)] * 3)
ROLES = ("Cats", "Dogs", "Birds")
CELLS = [(group, points) for group in range(3) for points in ((0,), (1,), (2,), (1, 2))]
RULES = st.builds(
    Disclosure,
    threshold=st.integers(2, 4),
    small_group=st.integers(0, 7),
    least_width=st.integers(1, 4),
    remedies=st.sampled_from(
        [(), ("leave out",), ("suppress",), ("leave out", "suppress"), ("merge", "leave out", "suppress")]
    ),
)


@settings(max_examples=25, deadline=None)
@given(st.tuples(COUNTS, COUNTS, COUNTS), RULES, st.booleans())
def test_no_protected_count_is_bounded_more_tightly_than_allowed(survey, counts, rule, merging):
    if not any(map(sum, counts)):
        return
    outcome = outcome_of(survey, dict(zip(ROLES, counts, strict=True)), rule, merge=[MERGE] if merging else [])
    shown = publishable(outcome)
    bases, totals = [sum(row) for row in counts], tuple(map(sum, zip(*counts, strict=True)))
    places = {"Agree": (0,), "agree": (0,), "Neither": (1,), "Disagree": (2,), "other": (1, 2)}
    printed, told, merged = set(), {}, {}
    for (group, answer), count in {**by_role(shown, "tally", "answer"), **by_role(shown)}.items():
        if group in ROLES:
            printed.add((ROLES.index(group), places[answer]))
            if count is not None:
                told[ROLES.index(group), places[answer]] = count
        elif group == "Cats and dogs" and count is not None:
            merged[places[answer]] = count
    fitting = [
        table
        for table in tables_that_fit(bases, totals, told)
        if all(sum(table[g][p] for g in (0, 1) for p in points) == count for points, count in merged.items())
    ]
    assert counts in fitting
    after, before = widths(fitting, CELLS), widths(tables_that_fit(bases, totals, {}), CELLS)
    for group, points in CELLS:
        row, base = counts[group], bases[group]
        count = sum(row[p] for p in points)
        of_one_mind = 0 < base < rule.small_group and base in (*row, row[1] + row[2])
        if 0 < count < rule.threshold or (of_one_mind and count in (0, base)):
            allowed = rule.least_width if (group, points) in printed else min(rule.least_width, before[group, points])
            assert after[group, points] >= allowed


# --- What leaves the office ------------------------------------------------------------------------------------------

DISTINCT = {"Cats": (613, 0, 3), "Dogs": (487, 0, 291), "Birds": (173, 0, 159)}


@pytest.fixture(scope="module")
def published(survey, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    outcome = outcome_of(survey, DISTINCT)
    write_report(outcome, out)
    return outcome, out / "published"


def test_nothing_that_is_published_holds_what_was_suppressed(published):
    outcome, folder = published
    nets = by_role(publishable(outcome))
    assert [place for place, count in nets.items() if count is None] == [
        ("Cats", "agree"), ("Cats", "other"), ("Birds", "agree"), ("Birds", "other"),
    ]  # fmt: skip
    hidden = re.compile(r"(?<![\d.#])(613|173|159|99\.5|52)(?![\d.])")
    read = 0
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".xlsx":
            cells = [c.value for sheet in openpyxl.load_workbook(path) for line in sheet.iter_rows() for c in line]
            text = "\n".join(str(value) for value in cells)
        elif path.suffix in (".csv", ".md", ".html"):
            text = re.sub(r"base64,[^\"]+|<style>.*?</style>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        else:
            continue
        read += 1
        assert not hidden.search(text), (path.name, hidden.search(text))
    assert read > 8
    figures = (folder / "figures.csv").read_text()
    for name in ("agree", "other"):
        assert f"plan.{name}.role.cats" not in figures and f"plan.{name}.role.birds" not in figures
        assert f"plan.{name}.role.dogs" in figures
    assert "respondents.role.cats,Respondents: Cats,616,1726" in figures


def test_suppressed_counts_and_percentages_are_marked_and_explained(published):
    _, folder = published
    with open(folder / "tables" / "plan_nets_by_role.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[2] == ["Cats", "616", "[c]", "[c]", "[c]", "[c]"]
    assert rows[3] == ["Dogs", "778", "487", "63", "291", "37"]
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "[c] means confidential" in page and "are exempt from it" in page
    assert "4 counts with their percentages are shown as [c]" in page


def test_a_chart_draws_no_bar_for_a_group_with_a_suppressed_count(published):
    outcome, _ = published
    chart = charts.agreement_bars(publishable(outcome), "plan", "role")
    (axes,) = chart.figure.axes
    lengths = {}
    for bar in axes.patches:
        lengths.setdefault(round(bar.get_y(), 2), []).append(round(bar.get_width(), 1))
    # everyone, cats, dogs, birds, others
    assert [sum(parts) for parts in lengths.values()] == [100, 0, pytest.approx(100), 0, 0]
    words = [text.get_text() for text in axes.texts]
    assert words.count("[c] suppressed") == 2 and "Cats, [c]" in chart.alt and "613" not in chart.alt


def test_the_working_table_lists_every_protected_cell_with_its_bounds(published):
    _, folder = published
    table = pd.read_csv(folder.parent / "working" / "disclosure.csv")
    cats = table[(table["table"] == "nets") & (table["group"] == "Cats")].iloc[0]
    # Cats and birds disagreed 162 times, the birds are 332: from 0 to 162 of the cats.
    assert cats[["answer", "count", "lower", "upper", "remedy"]].tolist() == ["other", 3, 0, 162, "suppressed"]


def test_switched_off_everything_is_published_and_the_working_table_says_what_can_be_told(survey):
    rule = Disclosure(control=False, because="a test")
    outcome = outcome_of(survey, DISTINCT, rule)
    shown = publishable(outcome)
    assert by_role(shown)["Cats", "other"] == 3
    assert bounds_of(outcome)["nets", "Cats", "other"] == (3, 3)
    assert (
        shown.protection["", ""]
        == "No disclosure control was applied to the tables by group or channel, because a test."
    )


def test_the_report_made_again_is_under_the_same_control(survey, published, tmp_path):
    outcome, folder = published
    write_published(outcome, tmp_path)
    assert (tmp_path / "published" / "report.md").read_bytes() == (folder / "report.md").read_bytes()


def test_what_a_group_said_beside_dont_know_cannot_be_told_from_the_figures(survey):
    outcome = outcome_of(survey, {"Cats": (20, 9, 9), "Dogs": (20, 9, 9)})
    ids = set(publishable(outcome).figures["id"])
    assert "plan.agree.role.cats" in ids and "plan.outside_base" in ids
    assert not {"plan.outside_base.role.cats", "plan.answered.role.cats", "plan.not_answered.role.cats"} & ids


# --- Channels, campaigns and earlier outcomes -----------------------------------------------------------------------

FORUM = """
[[channels]]
key = "forum"
label = "Forum"
file = "forum.csv"
counted = false
publish_answers = true
publish_answers_because = "the members agreed"
"""


@pytest.mark.parametrize(("few", "told"), [(4, False), (5, True)])
def test_a_channel_beside_the_percentages_is_a_group(small, few, told):
    folder = small(row("1"), definition=SMALL.replace("[[groupings]]", FORUM + "\n[[groupings]]", 1))
    rows = [row(f"{i}", "Agree") for i in range(20)] + [row(f"n{i}", "Disagree") for i in range(few)]
    write_csv(folder / "forum.csv", [HEADER, *rows])
    consultation = read_consultation(folder)
    shown = publishable(summarise(consultation, read_responses(consultation), NOTHING))
    assert ("Forum" in set(shown.agreement["group"])) is told
    assert ("plan.agree.channel.forum" in set(shown.figures["id"])) is told


LETTER = (
    "We ask you to keep the village library open on every day of the week, because children and older people have nowhere else "
    "to go when it rains and the bus no longer runs."
)


@pytest.mark.parametrize(("disagree", "told"), [(4, False), (5, True), (0, True)])
def test_what_few_signers_answered_is_not_told_by_taking_them_away(small, disagree, told):
    rows = [row(f"s{i}", "Agree", why=LETTER) for i in range(10)]
    rows += [row(f"d{i}", "Disagree", why=LETTER) for i in range(disagree)]
    rows += [row(f"o{i}", "Disagree") for i in range(9)]
    consultation = read_consultation(small(*rows))
    shown = publishable(summarise(consultation, read_responses(consultation), NOTHING))
    assert ("plan" in set(shown.campaign_variants["question"])) is told


def test_six_signers_of_one_mind_are_not_told_either(small):
    rows = [row(f"s{i}", "Agree", why=LETTER) for i in range(6)] + [row(f"o{i}", "Disagree") for i in range(9)]
    consultation = read_consultation(small(*rows))
    shown = publishable(summarise(consultation, read_responses(consultation), NOTHING))
    assert set(shown.campaign_variants["question"]) == {""}


BEFORE = {"Cats": (20, 20, 20), "Dogs": (20, 20, 20), "Birds": (20, 20, 20)}


def figures_of(survey, groups):
    return publishable(outcome_of(survey, groups)).figures[["id", "numerator", "base"]]


def test_the_same_respondents_again_change_nothing(survey):
    outcome = outcome_of(survey, BEFORE)
    assert ruling_of(outcome, earlier=figures_of(survey, BEFORE)).remedies == ()


def test_what_a_few_said_who_came_since_an_earlier_outcome_is_not_told(survey):
    # Six more cats, all of whom agreed; and dogs enough of every kind.
    outcome = outcome_of(survey, {"Cats": (26, 20, 20), "Dogs": (25, 25, 25), "Birds": (20, 20, 20)})
    assert ruling_of(outcome).remedies == ()
    earlier = figures_of(survey, BEFORE)
    ruling = ruling_of(outcome, earlier=earlier)
    hidden = {(cell.group, cell.answer) for cell in ruling.cells if cell.place in ruling.suppressed}
    assert {("Cats", "agree"), ("Cats", "other")} <= hidden and ruling.remedies == ("left out", "suppressed")
    lower, upper = bounds_of(outcome, earlier)["nets", "Cats", "agree"]
    assert 20 <= lower <= 26 <= upper <= 26 and upper - lower >= 4


def test_the_earlier_outcome_is_named_in_the_definition(survey, tmp_path):
    outcome = outcome_of(survey, {"Cats": (26, 20, 20), "Dogs": (25, 25, 25), "Birds": (20, 20, 20)})
    figures_of(survey, BEFORE).to_csv(tmp_path / "figures.csv", index=False)
    rule = replace(outcome.consultation.disclosure, earlier=tmp_path / "figures.csv")
    outcome = replace(outcome, consultation=replace(outcome.consultation, disclosure=rule))
    write_report(outcome, tmp_path / "out")
    report = (tmp_path / "out" / "published" / "report.md").read_text()
    assert "are shown as \\[c\\]" in report
    rule = replace(rule, earlier=tmp_path / "nowhere.csv")
    outcome = replace(outcome, consultation=replace(outcome.consultation, disclosure=rule))
    with pytest.raises(DefinitionError, match=r"nowhere\.csv, the earlier outcome under \[disclosure\]"):
        write_report(outcome, tmp_path / "out")


# --- The definition and the command ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("control = false", "switches disclosure control off; say why under 'because'"),
        ("threshold = 1", "needs a threshold of 2 or more"),
        ('remedies = ["merge", "supress"]', "has the remedy 'supress', which is none. Did you mean: 'suppress'"),
        ("treshold = 3", "has 'treshold', which is not known"),
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused(small, rule, message):
    with pytest.raises(DefinitionError, match=re.escape(message)):
        read_consultation(small(row("1"), definition=f"{SMALL}\n[disclosure]\n{rule}\n"))


@pytest.mark.parametrize(
    ("merge", "message"),
    [
        ('{ label = "Pets", groups = ["Cats", "Dog"] }', "merges 'Dog', which is no group. Did you mean: 'Dogs'"),
        ('{ label = "Pets", groups = ["Cats"] }', "needs two groups or more to merge"),
        ('{ label = "Cats", groups = ["Cats", "Dogs"] }', "which is the name of another"),
    ],
)
def test_a_merge_that_makes_no_sense_is_refused(small, merge, message):
    definition = SMALL.replace('other = "Others"', f'other = "Others"\nmerge = [{merge}]', 1)
    with pytest.raises(DefinitionError, match=re.escape(message)):
        read_consultation(small(row("1"), definition=definition))


def test_the_width_follows_the_threshold_and_control_is_on_unless_it_is_switched_off(small):
    folder = small(row("1"), definition=f"{SMALL}\n[disclosure]\nthreshold = 10\n")
    assert read_consultation(folder).disclosure == Disclosure(threshold=10, least_width=9)
    assert read_consultation(small(row("1"), definition=SMALL)).disclosure.control
    assert not read_consultation(small(row("1"), definition=SMALL + UNCONTROLLED)).disclosure.control


def test_the_command_switches_the_control_on(small, tmp_path, capsys):
    rows = [row(f"{i}", "Agree") for i in range(9)] + [
        row("n", "Disagree"),
        *(row(f"d{i}", role="Dogs") for i in range(9)),
    ]
    folder = small(*rows, definition=WANTED + UNCONTROLLED)
    for options, told in (([], True), (["--control"], False)):
        assert main(["run", str(folder), "--out", str(tmp_path / "out"), *options]) == 0
        assert ("plan.agree.role.cats" in (tmp_path / "out" / "published" / "figures.csv").read_text()) is told
        assert main(["report", str(folder), "--out", str(tmp_path / "out"), *options]) == 0
        assert ("plan.agree.role.cats" in (tmp_path / "out" / "published" / "figures.csv").read_text()) is told


def test_the_shipped_consultation_publishes_its_crossed_tables_and_could_control_them(outcome):
    consultation = read_consultation(SLUG)
    assert not consultation.disclosure.control
    on = replace(consultation, disclosure=replace(consultation.disclosure, control=True))
    control = control_disclosure(replace(outcome, consultation=on))
    found = {(r.breakdown.question.id, r.breakdown.grouping): r for r in control.rulings}
    # Two of 141 disagreed with a separate judgement, so no table by group can hide who.
    assert found["new_judgement", "respondent_group"].because == IMPOSSIBLE
    assert found["timing", "respondent_group"].tables == ("nets",)
    widths = control.table["upper"] - control.table["lower"]
    shown = control.table["remedy"] == "suppressed"
    assert shown.any() and (widths[shown] >= 4).all()


ROUTED = WANTED.replace(
    '[[questions]]\nid = "why"',
    '[[questions]]\nid = "much"\nheading = "Q2a. How much?"\nlabel = "How much"\nscale = "agreement"\n'
    'asked_if = { question = "plan", answers = ["Agree"] }\n\n[[questions]]\nid = "why"',
)


@pytest.mark.parametrize(("few", "tables"), [(4, 0), (30, 1)])
def test_a_question_whose_bases_would_tell_a_confidential_count_is_withheld(small, few, tables):
    # Of the cats so many agreed, and only they were asked how much: its base by role is that count.
    header = [*HEADER[:-1], "Q2a. How much?", HEADER[-1]]
    people = [("Cats", "Agree")] * few + [(role, "Agree") for role in ("Dogs", "Birds") for _ in range(40)]
    people += [
        (role, answer) for role in ("Cats", "Dogs", "Birds") for answer in ("Neither", "Disagree") for _ in range(20)
    ]
    lines = []
    for number, (role, answer) in enumerate(people):
        line = row(f"{number}", answer, role)
        lines.append(
            [*line[:-1], "Agree" if answer == "Agree" and number % 2 else "Disagree" * (answer == "Agree"), line[-1]]
        )
    consultation = read_consultation(small(*lines, definition=ROUTED, header=header))
    outcome = summarise(consultation, read_responses(consultation), NOTHING)
    shown = publishable(outcome)
    ids = set(shown.figures["id"])
    assert ("much.answered.role.cats" in ids or "much.answer.agree.role.cats" in ids) == bool(tables)
    assert (("much", "role") in shown.protection) == (not tables or few < 5)
    if not tables:
        assert (
            "withheld, because who was asked it gave certain answers to 'The plan'" in shown.protection["much", "role"]
        )


def test_where_groups_overlap_an_answer_of_all_is_told_in_each(survey):
    # All 30 agreed: so did all 5 cats, some of whom are dogs too. The attacker has to see it.
    outcome = outcome_of(survey, {"Cats": (3, 0, 0), "Cats+Dogs": (2, 0, 0), "Dogs": (25, 0, 0)})
    table = control_disclosure(outcome).table
    cats = table[(table["group"] == "Cats") & (table["answer"] == "Agree")].iloc[0]
    assert (cats["lower"], cats["upper"], cats["remedy"]) == (5, 5, "withheld")
