"""How often groups differ as much by chance: counted by hand over every arrangement of tables of three and four."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import read_consultation, read_responses
from pipeline.cli import _parser, main
from pipeline.tally import differences
from pipeline.tally.differences import SHUFFLES, arrange, compare, count_as_large, find_differences, within

from .conftest import HEADER, SMALL, row

PETS = """
[[questions]]
id = "pets"
heading = "Q3. Why?"
label = "Pets"
multiple = true
options = ["Fish", "Newts"]
"""
SEVERAL = SMALL[: SMALL.index("[scales.agreement]")] + PETS


def all_arrangements(n):
    return np.array(list(permutations(range(n))))


def every_one(monkeypatch):
    """Try every arrangement once, in place of random ones."""
    monkeypatch.setattr(differences, "arrange", lambda n, shuffles, seed: iter([all_arrangements(n)]))
    monkeypatch.setattr(differences, "_parts", lambda n, shuffles: [(0, shuffles)])


def compared(folder, by=("role",), **options):
    consultation = read_consultation(folder)
    responses = read_responses(consultation)
    return find_differences(consultation, responses.answers, responses.groups, by, **options)


def test_over_every_arrangement_of_four_the_counts_are_those_worked_out_by_hand(small, monkeypatch):
    # Mid-ranks 1.5 and 1.5 against 3.5 and 3.5: of the 6 ways to choose two of four, this one and its mirror image are as
    # far apart, each in 4 of the 24 arrangements. H = 3 × (2 × 1² + 2 × 1²) / (4 × 1²) = 3. The three comparisons are
    # large together, so that allowing for them changes nothing.
    every_one(monkeypatch)
    folder = small(row("1"), row("2"), row("3", "Disagree", "Dogs"), row("4", "Disagree", "Dogs"))
    table = compared(folder, shuffles=24)
    columns = ["group", "observed", "as_large", "shuffles", "as_large_allowing", "as_large_allowing_all"]
    assert table[columns].iloc[:3].to_records(index=False).tolist() == [
        ("", 3, 8, 24, 8, 8),
        ("Cats", -2, 8, 24, 8, 8),
        ("Dogs", 2, 8, 24, 8, 8),
    ]


def test_a_group_of_one_against_two_by_hand():
    # Ranks 1 | 2, 3: the one is 1.5 before the mean of the two, and as far after it where it has rank 3. With rank 2
    # there is no difference. H = 2 × (1 × 1² + 2 × 0.5²) / 2 = 1.5.
    found = compare(np.array([[1.0], [2], [3]]), np.array([[1.0, 0], [0, 1], [0, 1]]), all_arrangements(3))
    assert found.tolist() == [
        [1.5, -1.5, 1.5], [1.5, -1.5, 1.5], [0, 0, 0], [0, 0, 0], [1.5, 1.5, -1.5], [1.5, 1.5, -1.5],
    ]  # fmt: skip


def test_equal_answers_share_the_mean_of_their_ranks(small):
    # Agree, agree, neither, disagree: ranks 1.5, 1.5, 3 and 4. Cats have 1.5, 1.5 and 4, 7/3 on average, against 3.
    table = compared(small(row("1"), row("2"), row("3", "Disagree"), row("4", "Neither", "Dogs")), shuffles=1)
    assert table["observed"].iloc[1:3].tolist() == [-0.6667, 0.6667]


def test_the_allowance_counts_shufflings_in_which_any_comparison_is_as_far_out():
    # Two questions that the one of three answered first and second: 1.5 or 0 apart, 4 times in 6. Whoever is the one,
    # at least one question is 1.5 apart.
    one = np.array([[-1.5], [-1.5], [0], [0], [1.5], [1.5]])
    other = np.array([[0], [0], [-1.5], [-1.5], [1.5], [1.5]])
    assert count_as_large([one, other]) == [[(-1.5, 4, 4, 6)], [(0, 6, 6, 6)]]


def test_options_are_compared_by_their_shares(small, monkeypatch):
    # Fish: both Cats and no Dog, 1 apart. Newts: the second Cat and both Dogs, half of the Cats less all of the Dogs.
    # Pearson's chi-square is 4 × 1 for fish and 4/3 for newts; times 3/4: 3 + 1.
    every_one(monkeypatch)
    rows = [("1", "Cats", "Fish"), ("2", "Cats", "Fish;Newts"), ("3", "Dogs", "Newts"), ("4", "Dogs", "Newts")]
    folder = small(*(row(id, role=role, why=why) for id, role, why in rows), definition=SEVERAL)
    table = compared(folder, shuffles=24)
    assert table[["group", "answer", "observed", "as_large"]].iloc[:5].to_records(index=False).tolist() == [
        ("", "", 4, 8),  # fish are the Cats', or no Cat's: the newts' 1 never changes
        ("Cats", "Fish", 1, 8),
        ("Cats", "Newts", -0.5, 24),
        ("Dogs", "Fish", -1, 8),
        ("Dogs", "Newts", 0.5, 24),
    ]


def test_who_is_outside_the_base_or_in_no_group_takes_no_part(small):
    people = [row("1"), row("2", "Disagree", "Dogs"), row("3", "Neither"), row("4", "Neither", "Dogs")]
    others = [row("5", "Don't know"), row("6", "", "Dogs", why="hm"), row("7", "Agree", "")]
    without = compared(small(*people), shuffles=1)
    table = compared(small(*people, *others), shuffles=1)
    assert table["observed"].equals(without["observed"])


def test_a_group_without_anybody_is_not_compared_and_says_so(small):
    table = compared(small(row("1"), row("2", "Disagree", "Dogs")), shuffles=50).set_index("group")
    assert table.loc["Birds", ["shuffles", "wording"]].tolist() == [
        0,
        "'Birds' is not compared: none or all of those in the base of 'The plan' are in it.",
    ]
    assert table.loc["Birds", ["observed", "as_large", "as_large_allowing"]].isna().all()


def test_one_group_alone_has_nothing_to_be_compared_with(small):
    table = compared(small(row("1"), row("2", "Disagree")), shuffles=50)
    assert len(table) == 1 and "fewer than two of them have anybody" in table.loc[0, "wording"]
    assert len(compared(small(row("1", "Don't know")), shuffles=50)) == 1


def test_the_sentence_says_what_was_counted_and_no_more(small, monkeypatch):
    every_one(monkeypatch)
    folder = small(row("1"), row("2"), row("3", "Disagree", "Dogs"), row("4", "Disagree", "Dogs"))
    assert compared(folder, shuffles=24).loc[0, "wording"] == (
        "Answers to 'The plan' differ between the groups of 'Role' as much as this, or more, in 8 of 24 shufflings of the "
        "group labels among these respondents, the labels as observed being one of them. At least one of the 3 comparisons "
        "of this question and grouping stands out as much in 8 of them, and at least one of all 3 in 8."
    )


def test_respondents_in_the_same_two_groups_move_with_both_labels(small):
    consultation = read_consultation(small(*(row(str(n), "Agree" if n % 3 else "Disagree") for n in range(9)),
                                           *(row(str(n), "Neither", "Dogs") for n in range(9, 15))))  # fmt: skip
    responses = read_responses(consultation)
    also = responses.groups[responses.groups["group"] == "Cats"].assign(group="Birds")
    groups = pd.concat([responses.groups, also], ignore_index=True)
    table = find_differences(consultation, responses.answers, groups, ["role"], 500).set_index("group")
    numbers = ["observed", "as_large", "as_large_allowing"]
    assert table.loc["Cats", numbers].tolist() == table.loc["Birds", numbers].tolist()
    assert table.loc["Cats", "as_large"] < 500


def test_every_arrangement_within_a_base_is_as_likely():
    # Of the 24 arrangements of four, each of the 6 of the first, third and fourth comes of four.
    found = within(all_arrangements(4), np.array([0, 2, 3]))
    assert sorted(map(tuple, found)) == sorted(list(permutations(range(3))) * 4)
    # The first is given the second's scores, who is outside and would be given the fourth's.
    assert within(np.array([[1, 3, 2, 0]]), np.array([0, 2, 3])).tolist() == [[2, 1, 0]]


def test_where_all_are_in_the_base_the_arrangement_is_its_own():
    assert within(all_arrangements(3), np.arange(3)).tolist() == all_arrangements(3).tolist()


def test_arrangements_begin_with_the_observed_one_and_hold_everybody_once():
    found = np.concatenate(list(arrange(5, 2_500)))
    assert found.shape == (2_500, 5) and found[0].tolist() == [0, 1, 2, 3, 4]
    assert (np.sort(found, axis=1) == np.arange(5)).all()
    # Each of the five is first about 500 times; 4 standard deviations are 80.
    assert all(420 < count < 580 for count in np.bincount(found[:, 0]))


SCALE = ["Agree", "Neither", "Disagree"]


def tables(people):
    """The tables `answers` and `groups` of (answer, group) pairs."""
    names = [f"r{n}" for n in range(len(people))]
    answers = pd.DataFrame({"respondent": names, "channel": "online", "question": "plan",
                            "answer": [answer for answer, _ in people]}, dtype="str")  # fmt: skip
    groups = pd.DataFrame(
        {"respondent": names, "grouping": "role", "group": [group for _, group in people]}, dtype="str"
    )
    return answers, groups


@pytest.fixture(scope="module")
def survey(tmp_path_factory):
    from .conftest import CODEBOOK

    folder = tmp_path_factory.mktemp("differences")
    (folder / "consultation.toml").write_text(SMALL, encoding="utf-8")
    (folder / "codebook.toml").write_text(CODEBOOK, encoding="utf-8")
    return read_consultation(folder)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(SCALE), min_size=1, max_size=12))
def test_groups_with_the_same_answers_differ_as_much_in_every_shuffling(survey, answers):
    people = [(answer, group) for group in ("Cats", "Dogs", "Birds") for answer in answers]
    table = find_differences(survey, *tables(people), ["role"], 60)
    table = table[table["shuffles"] > 0]
    assert len(table) == 4 and (table["observed"] == 0).all()
    assert (table["as_large"] == 60).all() and (table["as_large_allowing_all"] == 60).all()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(SCALE), st.sampled_from(["Cats", "Dogs", "Birds"])), min_size=4, max_size=30),
       st.randoms(use_true_random=False))  # fmt: skip
def test_counts_grow_with_what_is_allowed_for_and_the_order_of_rows_changes_nothing(survey, people, random):
    answers, groups = tables(people)
    table = find_differences(survey, answers, groups, ["role"], 60)
    made = table[table["shuffles"] > 0]
    assert (made["as_large"] >= 1).all() and (made["as_large_allowing_all"] <= 60).all()
    assert (made["as_large"] <= made["as_large_allowing"]).all()
    assert (made["as_large_allowing"] <= made["as_large_allowing_all"]).all()
    order = random.sample(range(len(people)), len(people))
    mixed = find_differences(survey, answers.iloc[order], groups.iloc[order[::-1]], ["role"], 60)
    pd.testing.assert_frame_equal(mixed, table)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2)), min_size=6, max_size=40))
def test_the_spread_is_what_scipy_works_out(people):
    from scipy.stats import chi2_contingency, kruskal, rankdata

    points, groups = (np.array(values) for values in zip(*people, strict=True))
    members = np.eye(3)[groups][:, np.bincount(groups, minlength=3) > 0]
    ticked = (points > 2).astype(float)
    itself = np.arange(len(people))[None]
    if len(set(points)) > 1 and members.shape[1] > 1:
        parts = [points[column == 1] for column in members.T]
        ours = compare(rankdata(points)[:, None], members, itself)[0, 0]
        assert ours == pytest.approx(kruskal(*parts).statistic)
    if len(set(ticked)) > 1 and members.shape[1] > 1:
        seen = np.array([ticked @ members, (1 - ticked) @ members])
        n = len(people)
        ours = compare(ticked[:, None], members, itself)[0, 0]
        assert ours == pytest.approx(chi2_contingency(seen, correction=False).statistic * (n - 1) / n)


def test_random_shufflings_come_near_to_all_of_them(survey):
    # Ranks 1.5, 1.5 against 3.5, 3.5 again: 8 of 24, so about a third; 4 standard deviations of 3,000 are 103.
    table = find_differences(
        survey, *tables([("Agree", "Cats")] * 2 + [("Disagree", "Dogs")] * 2), ["role"], shuffles=3_000
    )
    assert abs(table.loc[0, "as_large"] - 1_000) < 103


def test_the_command_prints_a_sentence_a_question_and_writes_the_table(small, tmp_path, capsys):
    folder = small(*(row(str(n), "Agree" if n < 5 else "Disagree", "Cats" if n < 6 else "Dogs") for n in range(10)))
    out = tmp_path / "working" / "differences.csv"
    assert main(["differences", str(folder), "--shuffles", "200", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "Answers to 'The plan' differ between the groups of 'Role' as much as this, or more, in " in said
    assert " of 200 shufflings" in said and "Seed of the shuffling: 1." in said and "who chose to take part" in said
    table = pd.read_csv(out, keep_default_na=False)
    assert table["group"].tolist() == ["", "Cats", "Dogs", "Birds", "Others"]
    text = (said + out.read_text()).lower()
    assert not [word for word in ("significan", "margin of error", "confidence", "p-value", "*") if word in text]
    again = tmp_path / "again.csv"
    assert main(["differences", str(folder), "--shuffles", "200", "--out", str(again)]) == 0
    assert again.read_bytes() == out.read_bytes()


def test_the_command_refuses_what_it_cannot_do(small, capsys):
    folder = str(small(row("1"), row("2", role="Dogs")))
    for args, says in (
        (["--by", "roll"], "Did you mean: 'role'"),
        (["--shuffles", "0"], "1 or more, not 0"),
        (["--out", f"{folder}/export.csv"], "is an input of this command"),
    ):
        assert main(["differences", folder, *args]) == 2
        assert says in capsys.readouterr().err


def test_without_groupings_there_is_nothing_to_compare(small, capsys):
    start, end = SMALL.index("[[groupings]]"), SMALL.index("[scales.agreement]")
    header = [heading for heading in HEADER if not heading.startswith("Q1")]
    folder = small(["1", "2024-01-10", "", "", "Agree", ""], definition=SMALL[:start] + SMALL[end:], header=header)
    assert main(["differences", str(folder)]) == 2
    assert "no closed question, or no grouping" in capsys.readouterr().err


def test_what_was_invented_is_called_invented_in_every_sentence(consultation, responses):
    table = find_differences(consultation, responses.answers, responses.groups, ["respondent_group"], 100)
    assert (
        len(table) == 20 and table["wording"].str.endswith("Data: invented responses with the published totals.").all()
    )


def test_the_command_shuffles_as_often_as_the_module_does():
    assert _parser().parse_args(["differences"]).shuffles == SHUFFLES
