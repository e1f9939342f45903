"""Counts by group, bases and nets, on tables small enough to work out by hand."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import read_consultation, read_responses, tally_answers
from pipeline.errors import DefinitionError
from pipeline.tally.agreement import net_answers
from pipeline.tally.tallies import count_bases

from .conftest import ROOT, SLUG, row


def counted(table, **where):
    for column, value in where.items():
        table = table[table[column] == value]
    return table


@pytest.fixture
def tallied(small):
    folder = small(
        row("1", "Agree", "Cats"),
        row("2", "Agree", "Cats"),
        row("3", "Disagree", "Cats"),
        row("4", "Don't know", "Dogs"),
        row("5", "", "Dogs", why="hm"),
        row("6", "Neither", ""),
    )
    consultation = read_consultation(folder)
    responses = read_responses(consultation)
    return consultation, responses, tally_answers(consultation, responses.answers, responses.groups, ["role"])


def test_answers_are_counted_by_group_with_zeros_kept_in_published_order(tallied):
    _, _, table = tallied
    assert table["group"].drop_duplicates().tolist() == ["all", "Cats", "Dogs", "Birds", "Others"]
    table = table.assign(percent=table["percent"].astype(object).where(table["percent"].notna(), None))
    found = table[["group", "answer", "count", "base", "percent"]].to_records(index=False).tolist()
    assert found[:9] == [
        ("all", "Agree", 2, 4, 50),
        ("all", "Neither", 1, 4, 25),
        ("all", "Disagree", 1, 4, 25),
        ("Cats", "Agree", 2, 3, 67),
        ("Cats", "Neither", 0, 3, 0),
        ("Cats", "Disagree", 1, 3, 33),
        ("Dogs", "Agree", 0, 0, None),
        ("Dogs", "Neither", 0, 0, None),
        ("Dogs", "Disagree", 0, 0, None),
    ]


def test_the_base_leaves_out_blanks_and_dont_know_and_says_how_many(tallied):
    consultation, responses, _ = tallied
    bases = count_bases(consultation, responses.answers, responses.groups, ["role"])
    columns = ["group", "asked", "answered", "not_answered", "outside_base", "base"]
    assert bases[columns].to_records(index=False).tolist() == [
        ("all", 6, 5, 1, 1, 4),
        ("Cats", 3, 3, 0, 0, 3),
        ("Dogs", 2, 1, 1, 1, 0),
        ("Birds", 0, 0, 0, 0, 0),
        ("Others", 0, 0, 0, 0, 0),
    ]


def test_nets_come_from_counts_and_not_from_rounded_rows(tallied):
    consultation, _, table = tallied
    nets = net_answers(consultation, table)
    cats = counted(nets, group="Cats")
    assert cats[["net", "count", "base", "percent"]].to_records(index=False).tolist() == [
        ("agree", 2, 3, 67),
        ("other", 1, 3, 33),
    ]


def test_a_respondent_in_two_groups_counts_in_both_and_once_in_the_total(tallied):
    consultation, responses, _ = tallied
    also = pd.DataFrame({"respondent": ["1"], "grouping": ["role"], "group": ["Birds"]})
    groups = pd.concat([responses.groups, also], ignore_index=True)
    table = tally_answers(consultation, responses.answers, groups, ["role"])
    agreed = counted(table, answer="Agree").set_index("group")["count"].to_dict()
    assert agreed == {"all": 2, "Cats": 2, "Dogs": 0, "Birds": 1, "Others": 0}


def test_the_same_answer_twice_from_one_respondent_counts_once(tallied):
    consultation, responses, table = tallied
    twice = pd.concat([responses.answers, responses.answers], ignore_index=True)
    pd.testing.assert_frame_equal(tally_answers(consultation, twice, responses.groups, ["role"]), table)


def test_an_unknown_grouping_names_the_nearest(tallied):
    consultation, responses, _ = tallied
    with pytest.raises(DefinitionError, match="Did you mean: 'role'"):
        tally_answers(consultation, responses.answers, responses.groups, ["roll"])


def test_no_responses_at_all_still_give_a_table_of_zeros(tallied):
    consultation, responses, _ = tallied
    table = tally_answers(consultation, responses.answers.iloc[:0], responses.groups.iloc[:0], ["role"])
    assert len(table) == 15 and (table["count"] == 0).all() and table["percent"].isna().all()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["Agree", "Neither", "Disagree", None]), st.sampled_from(["Cats", "Dogs"]))))
def test_groups_that_partition_sum_to_the_total_and_nets_to_their_points(survey, people):
    names = [str(i) for i in range(len(people))]
    answers = pd.DataFrame({"respondent": names, "channel": "online", "question": "plan",
                            "answer": [answer for answer, _ in people]})  # fmt: skip
    groups = pd.DataFrame(
        [(name, "all", "all") for name in names]
        + [(name, "role", group) for name, (_, group) in zip(names, people, strict=True)],
        columns=["respondent", "grouping", "group"],
    )
    table = tally_answers(survey, answers.astype("str").where(answers.notna()), groups.astype("str"), ["role"])
    total = counted(table, grouping="all").set_index("answer")["count"]
    parts = counted(table, grouping="role").groupby("answer")["count"].sum()
    assert total.sort_index().to_dict() == parts.sort_index().to_dict()
    nets = counted(net_answers(survey, table), grouping="all").set_index("net")["count"]
    assert nets["agree"] == total["Agree"] and nets["other"] == total["Neither"] + total["Disagree"]
    independent = pd.Series([answer for answer, _ in people if answer], dtype="str").value_counts()
    assert {k: v for k, v in total.to_dict().items() if v} == independent.to_dict()


@pytest.fixture(scope="session")
def survey(tmp_path_factory):
    from .conftest import CODEBOOK, SMALL

    folder = tmp_path_factory.mktemp("survey")
    (folder / "consultation.toml").write_text(SMALL, encoding="utf-8")
    (folder / "codebook.toml").write_text(CODEBOOK, encoding="utf-8")
    return read_consultation(folder)


def test_the_published_nets_come_out(outcome):
    nets = counted(outcome.agreement, grouping="all").set_index(["question", "net"])[["count", "base", "percent"]]
    assert nets.to_records().tolist() == [
        ("new_judgement", "agree", 131, 141, 93),
        ("new_judgement", "neither", 8, 141, 6),
        ("new_judgement", "disagree", 2, 141, 1),
        ("timing", "agree", 110, 141, 78),
        ("timing", "neither", 17, 141, 12),
        ("timing", "disagree", 14, 141, 10),
    ]


def test_the_published_group_sizes_come_out_in_published_order(outcome):
    groups = counted(outcome.respondents, grouping="respondent_group")
    assert groups["count"].tolist() == [7, 6, 7, 46, 10, 21, 21, 9, 14]


def test_the_forum_is_tallied_by_itself_and_changes_no_total(outcome):
    channels = counted(outcome.bases, question="timing", grouping="channel").set_index("group")["base"]
    assert channels.tolist() == [141, 46]


def test_the_tally_agrees_with_a_count_made_straight_from_the_file(outcome):
    import csv

    with open(ROOT / "data" / SLUG / "export.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))[3:]
    kept = set(outcome.responses.ledger.query("fate == 'counted' and channel == 'online'")["respondent"])
    found = pd.Series([cells[11] for cells in rows if cells[0] in kept]).value_counts()
    ours = counted(outcome.tally, question="new_judgement", grouping="all").set_index("answer")["count"]
    assert ours.sort_index().to_dict() == found.sort_index().to_dict()
