"""Random surveys, tallied by the product and by plain Python that knows nothing of it: every row has to be the same."""

from decimal import ROUND_HALF_UP, Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import read_consultation, schemas, tally_answers
from pipeline.tally.agreement import net_answers
from pipeline.tally.tallies import count_bases, count_members

DEFINITION = """
title = "Random surveys"
decimals = DECIMALS

[[channels]]
key = "online"
label = "Online"
file = "export.csv"
counted = true

[[channels]]
key = "forum"
label = "Forum"
file = "forum.csv"
counted = false
questions = ["plan"]
groupings = []

[[groupings]]
key = "role"
label = "Role"
heading = "Who?"
groups = [{ label = "Cats" }, { label = "Dogs" }, { label = "Birds" }]

[[groupings]]
key = "place"
label = "Place"
heading = "Where?"
groups = [{ label = "Town" }, { label = "Country" }]

[scales.liking]
points = ["Much", "Some", "Little", "None"]
outside_base = ["Don't know", "No view"]
nets = [
    { key = "liked", label = "Liked", points = ["Much", "Some"] },
    { key = "did_not", label = "Did not", points = ["Little", "None"] },
    { key = "extreme", label = "At an end", points = ["Much", "None"] },
]

[[questions]]
id = "plan"
heading = "The plan?"
label = "The plan"
scale = "liking"

[[questions]]
id = "pets"
heading = "Which pets?"
label = "Pets"
multiple = true
options = ["Fish", "Newts", "Snails"]
"""
PLACES = {"all": ["all"], "role": ["Cats", "Dogs", "Birds"], "place": ["Town", "Country"],
          "channel": ["Online", "Forum"]}  # fmt: skip
POINTS = {"plan": ["Much", "Some", "Little", "None"], "pets": ["Fish", "Newts", "Snails"]}
OUTSIDE = {"Don't know", "No view"}
NETS = {"liked": ["Much", "Some"], "did_not": ["Little", "None"], "extreme": ["Much", "None"]}


def online(roles, places):
    """Respondents of the survey, with such roles and places."""
    return st.fixed_dictionaries(
        {
            "all": st.just({"all"}),
            "channel": st.just({"Online"}),
            "role": roles,
            "place": places,
            "plan": st.sampled_from([set(), *({answer} for answer in [*POINTS["plan"], *sorted(OUTSIDE)])]),
            "pets": st.sets(st.sampled_from(POINTS["pets"])),
        }
    )


ONE_ROLE, ONE_PLACE = ([{group} for group in PLACES[key]] for key in ("role", "place"))
ONLINE = online(st.sets(st.sampled_from(PLACES["role"]), max_size=2), st.sampled_from([set(), *ONE_PLACE]))
PARTED = online(st.sampled_from(ONE_ROLE), st.sampled_from(ONE_PLACE))
# The forum was not asked about pets, and its members are in no group.
FORUM = st.fixed_dictionaries({"channel": st.just({"Forum"}), "plan": st.sampled_from([set(), {"Much"}, {"No view"}])})
PEOPLE = st.lists(st.one_of(ONLINE, ONLINE, ONLINE, FORUM), max_size=25)


@pytest.fixture(scope="module", params=[0, 1])
def consultation(tmp_path_factory, request):
    folder = tmp_path_factory.mktemp("random")
    text = DEFINITION.replace("DECIMALS", str(request.param))
    (folder / "consultation.toml").write_text(text, encoding="utf-8")
    return read_consultation(folder)


def as_tables(people):
    """The tables `answers` and `groups` of people: a row for each answer, one without an answer where there is none."""
    answers = [
        (f"r{n}", next(iter(person["channel"])).lower(), question, answer)
        for n, person in enumerate(people)
        for question in POINTS
        if question in person
        for answer in (sorted(person[question]) or [None])
    ]
    groups = [
        (f"r{n}", grouping, group)
        for n, person in enumerate(people)
        for grouping in PLACES
        for group in sorted(person.get(grouping, ()))
    ]
    return schemas.build("answers", answers), schemas.build("groups", groups)


def by_hand(people, decimals):
    """Bases, tally and nets by counting people one by one; shares by long division and school rounding."""

    def share(count, base):
        exact = Decimal(100 * count) / Decimal(base) if base else None
        return exact and float(exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)) if base else None

    bases, tally, nets = [], [], []
    for question, points in POINTS.items():
        for grouping, groups in PLACES.items():
            for group in groups:
                asked = [p[question] for p in people if group in p.get(grouping, ()) and question in p]
                answered = [answer for answer in asked if answer]
                within = [answer for answer in answered if not answer & OUTSIDE]
                if grouping == "channel" and not asked:
                    continue
                counts = (
                    sum(group in p.get(grouping, ()) and question not in p for p in people),
                    len(asked),
                    len(answered),
                    len(asked) - len(answered),
                    len(answered) - len(within),
                    len(within),
                )
                bases.append((question, grouping, group, *counts))
                for point in points:
                    count = sum(point in answer for answer in within)
                    tally.append((question, grouping, group, point, count, len(within), share(count, len(within))))
                for net, members in NETS.items() if question == "plan" else ():
                    count = sum(bool(answer & set(members)) for answer in within)
                    nets.append((question, grouping, group, net, count, len(within), share(count, len(within))))
    return bases, tally, nets


def rows(table):
    """The rows of a table as plain tuples, None for what is missing."""
    return list(table.astype(object).where(table.notna(), None).itertuples(index=False, name=None))


BY = ["role", "place", "channel"]


@settings(max_examples=40, deadline=None)
@given(people=PEOPLE)
def test_every_row_is_what_plain_counting_gives(consultation, people):
    answers, groups = as_tables(people)
    bases, tally, nets = by_hand(people, consultation.decimals)
    ours = tally_answers(consultation, answers, groups, BY)
    assert rows(count_bases(consultation, answers, groups, BY)) == bases
    assert rows(ours) == tally
    assert rows(net_answers(consultation, ours)) == nets


@settings(max_examples=15, deadline=None)
@given(people=PEOPLE)
def test_members_of_each_group_and_those_who_did_not_say_are_counted_as_plain_python_does(consultation, people):
    _, groups = as_tables(people)
    expected = []
    for grouping in ("all", *BY):
        for group in PLACES[grouping]:
            expected.append((grouping, group, sum(group in person.get(grouping, ()) for person in people)))
    for grouping in ("role", "place"):
        unsaid = sum("all" in person and not person[grouping] for person in people)
        expected += [(grouping, "Not stated", unsaid)] if unsaid else []
    assert rows(count_members(groups, consultation, BY)) == expected


@settings(max_examples=15, deadline=None)
@given(people=PEOPLE, random=st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(consultation, people, random):
    answers, groups = as_tables(people)
    mixed = [table.iloc[random.sample(range(len(table)), len(table))] for table in (answers, groups)]
    for count in (count_bases, tally_answers):
        pd.testing.assert_frame_equal(count(consultation, *mixed, BY), count(consultation, answers, groups, BY))


@settings(max_examples=15, deadline=None)
@given(people=st.lists(PARTED, max_size=25))
def test_bases_of_groups_that_partition_sum_to_everyones(consultation, people):
    answers, groups = as_tables(people)
    bases = count_bases(consultation, answers, groups, ["role", "place"])
    sums = bases.groupby(["question", "grouping"])[schemas.columns("bases")[3:]].sum()
    for question in POINTS:
        assert sums.loc[question, "role"].equals(sums.loc[question, "all"])
        assert sums.loc[question, "place"].equals(sums.loc[question, "all"])


@settings(max_examples=15, deadline=None)
@given(people=PEOPLE)
def test_nets_of_every_group_are_the_sums_of_their_points(consultation, people):
    tally = tally_answers(consultation, *as_tables(people), BY)
    counts = tally.set_index(["question", "grouping", "group", "answer"])["count"]
    for net in net_answers(consultation, tally).itertuples():
        assert net.count == sum(counts[net.question, net.grouping, net.group, point] for point in NETS[net.net])
