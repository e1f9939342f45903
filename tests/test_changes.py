"""What changed since the outcome that stood there: worked out by hand, told in sentences, kept in working files alone."""

import json

import pandas as pd
import pytest

from pipeline.cli import main
from pipeline.outcome.changes import NO_CHANGE, UNSAID, Kept, compare
from pipeline.schemas import build

from .conftest import SMALL, WITH_LETTERS, row

BEFORE = [row("1", "Agree", "Cats"), row("2", "Neither", "Dogs")]
ADDED = [row("3", "Agree", "Cats"), row("4", "Disagree", "Birds")]

# Which measures move when a cat and a bird are added to a cat and a dog: n the numerator, b the base, p the percentage.
MOVED = {
    "rows.online": "n",  # 2, then 4
    "rows.online.counted": "nb",  # 2 of 2, then 4 of 4
    "respondents": "n",
    "respondents.channel.online": "n",
    "respondents.role.cats": "nb",  # 1 of 2, then 2 of 4
    "respondents.role.dogs": "bp",  # 1 of 2 (50%), then 1 of 4 (25%)
    "respondents.role.birds": "nbp",  # 0 of 2 (0%), then 1 of 4 (25%)
    "respondents.role.others": "b",
    "why.answered": "b",  # nobody wrote
    "why.not_answered": "nb",
    "why.answered.role.cats": "b",
    "why.not_answered.role.cats": "nb",
    "why.answered.role.birds": "bp",  # 0 of 0, then 0 of 1 (0%)
    "why.not_answered.role.birds": "nbp",
    "plan.answered": "nb",
    "plan.not_answered": "b",
    "plan.outside_base": "b",
    "plan.answer.agree": "nb",  # 1 of 2, then 2 of 4
    "plan.answer.neither": "bp",  # 1 of 2, then 1 of 4
    "plan.answer.disagree": "nbp",  # 0 of 2, then 1 of 4
    "plan.agree": "nb",
    "plan.other": "nb",  # 1 of 2, then 2 of 4
    "plan.answered.role.cats": "nb",  # 1 of 1, then 2 of 2
    "plan.not_answered.role.cats": "b",
    "plan.outside_base.role.cats": "b",
    "plan.answer.agree.role.cats": "nb",
    "plan.answer.neither.role.cats": "b",
    "plan.answer.disagree.role.cats": "b",
    "plan.agree.role.cats": "nb",
    "plan.other.role.cats": "b",
    "plan.answered.role.birds": "nbp",  # 0 of 0, then 1 of 1
    "plan.not_answered.role.birds": "bp",
    "plan.outside_base.role.birds": "bp",
    "plan.answer.agree.role.birds": "bp",
    "plan.answer.neither.role.birds": "bp",
    "plan.answer.disagree.role.birds": "nbp",
    "plan.agree.role.birds": "bp",
    "plan.other.role.birds": "nbp",
}
# All came by one channel, so that its figures move as those of everyone do.
MOVED |= {
    f"{id}.channel.online": moved
    for id, moved in MOVED.items()
    if id.split(".")[0] in ("plan", "why") and ".role." not in id
}

# What is said of words for amounts once there is one that needs it.
MEANINGS = (
    "Words for amounts stand beside their counts. They are chosen by the counts, not by rounded percentages. Nobody, one "
    "respondent and everyone are called none, one and all; otherwise the first of these that fits applies:"
)
SENTENCES = [
    ("Online survey: 2 responses", "Online survey: 4 responses"),
    ("The file of the online survey held 2 rows, and all of them count.",
     "The file of the online survey held 4 rows, and all of them count."),
    ("The plan: 1 of 2 respondents (50%) agreed", "The plan: 2 of 4 respondents (50%) agreed"),
    ("Reasons: 0 of 2 respondents (0%) wrote an answer", "Reasons: 0 of 4 respondents (0%) wrote an answer"),
    ("One of the respondents who gave an answer other than Don't know agreed (1 of 2, 50%); one did not agree (1 of 2, 50%).",
     "A few of the respondents who gave an answer other than Don't know agreed (2 of 4, 50%); "
     "a few did not agree (2 of 4, 50%)."),
    ("Reasons: 0 of 2 respondents (0%) wrote an answer.", "Reasons: 0 of 4 respondents (0%) wrote an answer."),
    ("", MEANINGS),
    ("", "a few: up to 9 respondents, where that is up to 50%"),
]  # fmt: skip


@pytest.fixture
def rerun(small, tmp_path, capsys):
    """Return a function that runs the small survey with some rows into one folder, and gives what is said after the report."""

    def run(*rows, out="out", **more):
        folder = small(*rows, **more)
        assert main(["run", str(folder), "--out", str(tmp_path / out)]) == 0
        return capsys.readouterr().out.split("may not leave the office.\n")[1]

    return run


def test_nothing_is_said_or_written_where_nothing_stood_there(rerun, tmp_path):
    assert rerun(*BEFORE) == ""
    assert not list((tmp_path / "out" / "working").glob("chang*"))


def test_two_more_responses_move_exactly_what_was_worked_out_by_hand(rerun, tmp_path):
    rerun(*BEFORE)
    said = rerun(*BEFORE, *ADDED).splitlines()
    assert said == [
        "",
        "Online survey: 2 respondents are new.",
        f"{len(MOVED)} figures moved.",
        "  Respondents: all respondents: 2 -> 4",
        "  The plan: agreed, all respondents: 1 of 2 (50%) -> 2 of 4 (50%)",
        "  Reasons: answered, all respondents: 0 of 2 (0%) -> 0 of 4 (0%)",
        f"{len(SENTENCES)} sentences of the report changed:",
        *[f"  {line}" for was, now in SENTENCES for line in (f"was: {was or UNSAID}", f"now: {now}")],
        f"Every one that moved is in {tmp_path / 'out' / 'working' / 'changes.csv'}.",
    ]
    table = pd.read_csv(tmp_path / "out" / "working" / "changes.csv")
    moved = table.groupby("figure")["measure"].agg(lambda measures: "".join(measure[0] for measure in measures))
    assert moved.to_dict() == MOVED
    rows = table.set_index(["figure", "measure"])[["before", "after"]]
    assert rows.loc[("plan.answer.disagree", "percent")].tolist() == [0, 25]
    assert rows.loc[("respondents", "numerator")].tolist() == [2, 4]
    blank, full = rows.loc[("plan.other.role.birds", "percent")]
    assert pd.isna(blank) and full == 100
    lines = (tmp_path / "out" / "working" / "changed-sentences.txt").read_text(encoding="utf-8").splitlines()
    assert lines == [line for was, now in SENTENCES for line in (f"was: {was or UNSAID}", f"now: {now}")]
    assert not list((tmp_path / "out" / "published").rglob("chang*"))


def test_the_same_again_is_one_sentence_and_leaves_the_same_files(rerun, tmp_path):
    def files():
        return {path.name: path.read_bytes() for path in (tmp_path / "out" / "working").iterdir()}

    rerun(*BEFORE)
    first = files()
    assert rerun(*BEFORE) == f"\n{NO_CHANGE}\n"
    assert files() == first


def test_a_decision_that_regroups_moves_figures_and_no_respondents(rerun, tmp_path):
    decided = 'decisions = "decisions.csv"\n' + SMALL
    decisions = tmp_path / "decisions.csv"
    decisions.write_text("respondent,decision,value,reason\n", encoding="utf-8")
    rerun(*BEFORE, definition=decided)
    decisions.write_text("respondent,decision,value,reason\n2,group,role=Birds,SECRET\n", encoding="utf-8")
    said = rerun(*BEFORE, definition=decided)
    # All that is said of dogs and of birds changes places; the rest stays.
    table = pd.read_csv(tmp_path / "out" / "working" / "changes.csv")
    assert {id.split(".role.")[1] for id in table["figure"]} == {"dogs", "birds"}
    rows = table.set_index(["figure", "measure"])[["before", "after"]]
    assert rows.loc[("respondents.role.birds", "numerator")].tolist() == [0, 1]
    assert said.splitlines()[1:] == [
        f"{table['figure'].nunique()} figures moved.",
        "No sentence of the report changed.",
        f"Every one that moved is in {tmp_path / 'out' / 'working' / 'changes.csv'}.",
    ]


def test_who_is_new_and_who_is_gone_is_told_by_channel_and_no_text_of_theirs(rerun, tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "one.txt").write_text("PRIVATE one", encoding="utf-8")
    rerun(*BEFORE, definition=WITH_LETTERS)
    (tmp_path / "letters" / "two.txt").write_text("PRIVATE two", encoding="utf-8")
    changed = [row("1", why="PRIVATE three"), row("3"), row("4"), row("late", day="2024-02-02")]
    said = rerun(*changed, definition=WITH_LETTERS)
    assert said.splitlines()[1:3] == [
        "Online survey: 2 respondents are new and 1 respondent is gone.",
        "Letters: 1 respondent is new.",
    ]
    assert "figures moved and 1 is new." in said  # the rows that are outside the dates
    assert "(not said)" in said  # a row was left out, which the first report did not say
    kept = [path.read_text(encoding="utf-8") for path in (tmp_path / "out" / "working").glob("chang*")]
    assert len(kept) == 2 and not any("PRIVATE" in text for text in (said, *kept))


def test_words_of_the_department_are_not_compared(rerun, small, tmp_path, capsys):
    rerun(*BEFORE)
    (tmp_path / "prose").mkdir()
    (tmp_path / "prose" / "introduction.md").write_text("We asked 2 people.", encoding="utf-8")
    assert main(["report", str(tmp_path), "--out", str(tmp_path / "out")]) == 0
    assert NO_CHANGE in capsys.readouterr().out
    retitled = SMALL.replace('title = "The plan"', 'title = "Our plan"')
    (tmp_path / "consultation.toml").write_text(retitled, encoding="utf-8")
    assert main(["report", str(tmp_path), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "0 figures moved.\n1 sentence of the report changed:\n  was: The plan\n  now: Our plan\n" in said


def test_an_outcome_that_cannot_be_read_stops_no_run(rerun, tmp_path, capsys):
    rerun(*BEFORE)
    (tmp_path / "out" / "working" / "sentences.txt").unlink()
    assert main(["run", str(tmp_path), "--out", str(tmp_path / "out")]) == 0
    assert "Note: nothing can be compared with the earlier outcome." in capsys.readouterr().out
    assert (tmp_path / "out" / "working" / "sentences.txt").is_file()


def test_two_folders_are_compared_in_words_and_as_json(rerun, tmp_path, capsys):
    rerun(*BEFORE, out="first")
    assert rerun(*BEFORE, *ADDED, out="second") == ""
    folders = [str(tmp_path / "first"), str(tmp_path / "second")]
    assert main(["compare", *folders]) == 0
    assert "Online survey: 2 respondents are new." in capsys.readouterr().out
    assert main(["compare", *reversed(folders)]) == 0
    assert "Online survey: 2 respondents are gone." in capsys.readouterr().out
    assert main(["compare", *folders, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["respondents"] == [{"channel": "Online survey", "new": 2, "gone": 0}]
    assert found["headlines"][1] == {
        "wording": "The plan: agreed, all respondents", "before": "1 of 2 (50%)", "after": "2 of 4 (50%)",
    }  # fmt: skip
    assert {row["figure"] for row in found["figures"]} == set(MOVED)
    birds = [row for row in found["figures"] if row["figure"] == "plan.other.role.birds"][2]
    assert (birds["measure"], birds["before"], birds["after"]) == ("percent", None, 100)
    assert [(pair["before"], pair["after"]) for pair in found["sentences"]] == SENTENCES
    assert main(["compare", folders[0], folders[0]]) == 0
    assert NO_CHANGE in capsys.readouterr().out
    assert main(["compare", folders[0], str(tmp_path)]) == 2
    assert "holds no outcome" in capsys.readouterr().err


def kept(*sentences):
    return Kept(build("figures", []), build("groups", []), (), sentences)


@pytest.mark.parametrize(
    ("before", "after", "pairs"),
    [
        (("a 1", "b"), ("a 2", "b"), [("a 1", "a 2")]),
        (("a 1", "b"), ("new", "a 2", "b"), [("", "new"), ("a 1", "a 2")]),
        (("a 1,000 of 2", "b"), ("b",), [("a 1,000 of 2", "")]),
        (("x", "same"), ("y", "same"), [("x", "y")]),
        (("x", "same"), ("y", "z", "same"), [("x", ""), ("", "y"), ("", "z")]),
        (("less than 1%",), ("12.5%",), [("less than 1%", "12.5%")]),
        (("b", "a"), ("b", "a"), []),
    ],
)
def test_sentences_are_paired_where_only_their_numbers_changed(before, after, pairs):
    assert list(compare(kept(*before), kept(*after)).sentences) == pairs
