"""The transparency pack: the record, the groups, the ledger in numbers, and the manifest."""

import hashlib
import json
import re
import subprocess
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

from pipeline import code_responses, read_consultation, read_responses, summarise, write_report
from pipeline.errors import DefinitionError
from pipeline.ingest.hashes import joint_hash, tree_hash
from pipeline.outcome.folders import write_published
from pipeline.outcome.manifest import rerun_command
from pipeline.outcome.transparency import PROSE, TO_COMPLETE, points_apart
from pipeline.themes.coding import cards_of
from pipeline.themes.described import describe_codebook

from .conftest import ROOT, SLUG, SMALL, UNCONTROLLED, WITH_LETTERS, row, write_csv

HOME = ROOT / "data" / SLUG
CROSSED = SMALL.replace(
    'other = "Others"', 'other = "Others"\npublish_crossed = true\npublish_crossed_because = "a test"', 1
)


def sha(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def pack_of(folder):
    published = folder / "published"
    return (published / "transparency.md").read_text(encoding="utf-8"), json.loads(
        (published / "manifest.json").read_text(encoding="utf-8")
    )


def made(folder, out, export=None, cards=None):
    """Write the outcome of a small survey, and return its pack and manifest."""
    consultation = read_consultation(folder)
    responses = read_responses(consultation, export)
    coded = code_responses(consultation, responses.comments, {})
    write_report(summarise(consultation, responses, coded, cards=cards), out)
    return pack_of(out)


def table(text, title):
    """The rows of a table of the pack, as text."""
    lines = text[text.index(f"**{title}**") :].splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("|---")) + 1
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().removeprefix("# ") for cell in line.strip("|").replace("\\", "").split("|")])
    return rows


# --- The record ------------------------------------------------------------------------------------------------------


def test_the_record_has_its_two_tiers_and_the_pack_its_four_parts(written):
    text, _ = pack_of(written)
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == [
        "Algorithmic transparency record, tier 1: overview",
        "Tier 2: owner and responsibility",
        "Tier 2: description and rationale",
        "Tier 2: decision-making process and human oversight",
        "Tier 2: tool specification",
        "Tier 2: risks, mitigations and impact assessments",
        "Who responded, and how groups answered",
        "The ledger in numbers",
        "Made with",
    ]
    assert text.count(TO_COMPLETE) == len(PROSE) - 1  # risks of the department's own are added to those that are known
    assert "invented responses with the published totals" in text and "labelled answers are invented too" in text
    assert not re.search("margin of error|confidence interval|significan(t|ce) (at|level)", text)


def test_every_score_is_the_cards(written):
    text, _ = pack_of(written)
    consultation = read_consultation()
    cards = {q.label: json.loads((q.model / "card.json").read_text(encoding="utf-8")) for q in consultation.open}
    keys = ("micro_f1", "macro_f1", "keywords_micro_f1")
    assert [[row[0], *row[2:7], row[8]] for row in table(text, "The classifiers and how well they do")] == [
        [label, f"{card['labels']:,}", str(card["writers"]), *(f"{card[key]:.2f}" for key in keys), card["evaluated"]]
        for label, card in cards.items()
    ]
    names = {(q.label, theme.key): theme.label for q in consultation.open for theme in q.codebook.themes}
    assert [row[:3] + row[6:7] for row in table(text, "Scores by theme")] == [
        [label, names[label, row["theme"]], f"{row['labelled']:,}", f"{row['f1']:.2f}"]
        for label, card in cards.items()
        for row in card["by_theme"]
    ]
    for title, part in (("respondent group", "by_group"), ("length of the answer", "by_length")):
        shown = [(row[0], row[2], row[3]) for row in table(text, f"Scores by {title}")]
        assert sorted(shown) == sorted(
            (label, f"{row['answers']:,}", f"{row['micro_f1']:.2f}")
            for label, card in cards.items()
            for row in card[part]
        )
    doubt = [(row[0], row[1], row[2]) for row in table(text, "What a person's eye on the doubtful answers gives")]
    assert ("What good looks like for care leavers", "0.20", "0.81") in doubt


def test_the_scores_are_those_of_the_tier_that_was_used(outcome, tmp_path):
    cards = {id: card | {"coded_by": "fast"} for id, card in outcome.cards.items()}
    fast = replace(outcome, cards=cards)
    assert rerun_command(fast) == f"consultation run {SLUG} --tier fast"
    write_report(fast, tmp_path)
    text, manifest = pack_of(tmp_path)
    line = table(text, "The classifiers and how well they do")[1]
    assert line[:6] == ["What good looks like for care leavers", "fast", "4,050", "33", "0.72", "0.67"]
    assert manifest["command"].endswith("--tier fast") and "Scores are of the accurate tier." in text


def test_a_card_says_which_tier_coded(outcome):
    some = SimpleNamespace(card={"labels": 1})
    comments = outcome.responses.comments
    assert cards_of({"criteria": some}, comments)["criteria"] == {"labels": 1, "coded_by": "accurate"}
    assert cards_of({"criteria": some}, comments, "fast")["criteria"]["coded_by"] == "fast"


def test_a_survey_without_a_classifier_has_no_tool_to_record(small, tmp_path):
    text, manifest = made(small(row("1"), row("2", "Disagree")), tmp_path / "out")
    assert "No classifier coded any answer of this outcome" in text
    assert TO_COMPLETE not in text and "Tier 2" not in text and "F1" not in text
    assert "## The ledger in numbers" in text and manifest["command"] == "consultation run DEFINITION"


def test_a_classifier_that_learned_from_nothing_has_no_scores(small, tmp_path):
    folder = small(row("1", why="food"))
    codebook = read_consultation(folder).question("why").codebook
    text, _ = made(folder, tmp_path / "out", cards={"why": describe_codebook(codebook, "why").card})
    (line,) = table(text, "The classifiers and how well they do")
    assert line[:8] == ["Reasons", "not recorded", "0", "0", "[z]", "[z]", "[z]", "[z]"]
    assert line[8].startswith("Not tried") and "Scores by" not in text


def test_what_the_department_writes_stands_in_its_field_and_survives_a_rerun(small, tmp_path):
    folder = small(row("1"), row("2"))
    (folder / "prose").mkdir()
    (folder / "prose" / "transparency-contact.md").write_text(
        "Write to us, all {{respondents.count}}.", encoding="utf-8"
    )
    for _ in range(2):
        text, manifest = made(folder, tmp_path / "out")
        assert "### Website and contact\n\nWrite to us, all 2." in text
        assert "prose/transparency-contact.md" in {line["file"] for line in manifest["files"]}
    (folder / "prose" / "transparency-contacts.md").write_text("Twice.", encoding="utf-8")
    with pytest.raises(
        DefinitionError, match="transparency-contacts.md is no part of the .* 'transparency-contact.md'"
    ):
        made(folder, tmp_path / "out")


# --- Groups and the ledger -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "counts, said",
    [((1, 1, 3, 4), "+25"), ((1, 2, 3, 4), "−25"), ((1, 2, 2, 4), "0"), ((3, 8, 1, 4), "+13"), ((1, 8, 1, 4), "−13"),
     ((0, 0, 1, 4), "[z]"), ((pd.NA, 3, 1, 4), "[c]")],
)  # fmt: skip
def test_points_are_worked_out_from_counts_and_rounded_half_up(counts, said):
    assert points_apart(*counts) == said


def test_groups_stand_beside_all_respondents(small, tmp_path):
    rows = [row("1"), row("2"), row("3", role="Puppy"), row("4", "Neither", role="Puppy")]
    text, _ = made(small(*rows, definition=CROSSED + UNCONTROLLED), tmp_path / "out")
    # Everyone: 3 of 4 agreed, 75%.
    assert [row[0:1] + row[3:] for row in table(text, "How far groups lie from all respondents, by role")] == [
        ["Cats", "2", "100", "+25"],
        ["Dogs", "2", "50", "−25"],
        ["Birds", "0", "[z]", "[z]"],
        ["Others", "0", "[z]", "[z]"],
    ]
    assert "chose to take part" in text and "plan_nets_by_role.csv" in text.replace("\\", "")
    assert [row[1:] for row in table(text, "Rows read, counted and left out")] == [
        ["All rows of the file", "4"],
        ["Counted", "4"],
    ]


def test_what_is_not_published_by_group_is_not_compared(small, tmp_path):
    rows = [row("1"), row("2"), row("3", role="Puppy"), row("4", "Neither", role="Puppy")]
    for definition in (SMALL + UNCONTROLLED, CROSSED):  # not allowed; too small for the control
        text, _ = made(small(*rows, definition=definition), tmp_path / "out")
        assert "Who responded, by role" in text and "Answers by role are not published." in text
        assert "How far groups lie" not in text


# --- The manifest ----------------------------------------------------------------------------------------------------


def test_every_hash_is_the_files(written):
    _, manifest = pack_of(written)
    named = {line["file"]: line for line in manifest["files"]}
    for file, line in named.items():
        if file != "letters":
            assert line["sha256"] == sha(ROOT / file if file.startswith("data/") else HOME / file), file
    hashes = sorted(sha(path) for path in (HOME / "letters").glob("letter-*"))
    joint = hashlib.sha256("".join(f"{line}\n" for line in hashes).encode()).hexdigest()
    assert (named["letters"]["files"], named["letters"]["sha256"]) == (6, joint)
    wanted = {"consultation.toml", "export.csv", "forum.csv", "codes/criteria.csv", "labels/criteria.jsonl"}
    wanted |= {"codebooks/criteria.toml", "models/criteria/model.npz", "encoder/encoder.onnx", "prose/summary.md"}
    assert wanted | {"data/encoders/minilm/encoder.onnx"} <= set(named)
    assert manifest["made"] == {"figures.csv": sha(written / "published" / "figures.csv")}


def test_the_hash_of_the_code_is_what_the_documented_line_prints(written):
    text = (ROOT / "docs" / "transparency.md").read_text(encoding="utf-8")
    lines = re.search(r"^find pipeline .*?sha256sum$", text, re.MULTILINE | re.DOTALL)[0]
    done = subprocess.run(["sh", "-c", lines], cwd=ROOT, capture_output=True, text=True, check=True)
    assert pack_of(written)[1]["code"]["sha256"] == done.stdout.split()[0]
    lines = re.search(r"^find letters .*sha256sum$", text, re.MULTILINE)[0]
    done = subprocess.run(["sh", "-c", lines], cwd=HOME, capture_output=True, text=True, check=True)
    assert done.stdout.split()[0] in {line["sha256"] for line in pack_of(written)[1]["files"]}


def test_a_joint_hash_knows_no_names_and_a_trees_does(tmp_path):
    (tmp_path / "a").write_text("x")
    one, two = joint_hash([tmp_path / "a"]), tree_hash(tmp_path, [tmp_path / "a"])
    (tmp_path / "a").rename(tmp_path / "b")
    assert joint_hash([tmp_path / "b"]) == one and tree_hash(tmp_path, [tmp_path / "b"]) != two


def test_no_path_of_the_machine_no_id_no_letters_name_and_no_comment(small, tmp_path):
    folder = small(row("kx7", why="the newt ate my food"), row("kx8"), definition=WITH_LETTERS)
    (folder / "letters").mkdir()
    (folder / "letters" / "Anna Bell.txt").write_text("Please feed the otters.", encoding="utf-8")
    other = write_csv(tmp_path / "second.csv", list(map(list, _rows(folder / "export.csv"))))
    text, manifest = made(folder, tmp_path / "out", export=other)
    published = tmp_path / "out" / "published"
    told = text + json.dumps(manifest) + (published / "transparency.html").read_text(encoding="utf-8")
    for secret in (str(tmp_path), tmp_path.name, str(ROOT), "kx7", "kx8", "Anna", "newt", "otter", "letter-1"):
        assert secret not in told, secret
    assert {"what": "responses: Online survey", "file": "second.csv", "sha256": sha(other)} in manifest["files"]
    assert manifest["command"] == "consultation run DEFINITION EXPORT"


def _rows(path):
    import csv

    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_the_same_input_gives_the_same_bytes_and_another_decision_another_hash(small, tmp_path):
    folder = small(row("1"), row("2"), definition=SMALL.replace("opens", 'decisions = "decisions.csv"\nopens'))
    decisions = folder / "decisions.csv"
    decisions.write_text("respondent,decision,value,reason\n1,keep,,a test\n", encoding="utf-8")
    one, two = (made(folder, tmp_path / name) for name in ("one", "two"))
    assert one == two
    decisions.write_text("respondent,decision,value,reason\n1,keep,,another\n", encoding="utf-8")
    _, manifest = made(folder, tmp_path / "two")
    assert [line for line in manifest["files"] if line not in one[1]["files"]] == [
        {"what": "decisions on single respondents", "file": "decisions.csv", "sha256": sha(decisions)}
    ]


def test_a_report_made_again_tells_the_codes_that_were_counted(small, tmp_path):
    folder = small(row("1", why="food"), codes="respondent,themes\n1,food\n")
    consultation = read_consultation(folder)
    responses = read_responses(consultation)
    outcome = summarise(consultation, responses, code_responses(consultation, responses.comments, {}))
    write_report(outcome, tmp_path / "out")
    before = pack_of(tmp_path / "out")[1]
    (folder / "codes.csv").write_text("respondent,themes\n1,sleep\n", encoding="utf-8")
    write_published(outcome, tmp_path / "out")
    assert pack_of(tmp_path / "out")[1] == before


def test_control_that_the_command_line_switched_on_is_in_the_command(outcome):
    consultation = outcome.consultation
    assert rerun_command(outcome) == f"consultation run {SLUG}"
    on = replace(consultation, disclosure=replace(consultation.disclosure, control=True))
    assert rerun_command(replace(outcome, consultation=on)) == f"consultation run {SLUG} --control"
