"""What many tests share: the shipped consultation, read and summarised once, and small surveys to take apart."""

import csv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SLUG = "ilacs-care-leavers-2022"

SMALL = """
title = "A small survey"
opens = 2024-01-01
closes = 2024-01-31

[rules]
repeats = "latest"
same_person = ["Email"]
tests = [{ column = "Name", values = ["Test"] }]

[[channels]]
key = "online"
label = "Online survey"
file = "export.csv"
counted = true

[[groupings]]
key = "role"
label = "Role"
heading = "Q1. Who are you?"
other = "Others"
groups = [{ label = "Cats" }, { label = "Dogs", options = ["A dog", "Puppy"] }, { label = "Birds" }, { label = "Others" }]

[scales.agreement]
points = ["Agree", "Neither", "Disagree"]
outside_base = ["Don't know"]
nets = [
    { key = "agree", label = "Agreed", points = ["Agree"] },
    { key = "other", label = "Did not agree", points = ["Neither", "Disagree"] },
]

[[questions]]
id = "plan"
heading = "Q2. Do you like the plan?"
label = "The plan"
scale = "agreement"

[[questions]]
id = "why"
heading = "Q3. Why?"
label = "Reasons"
codebook = "codebook.toml"
codes = "codes.csv"

[[sections]]
title = "The plan"
closed = "plan"
open = ["why"]
"""

# For tests of what would otherwise be protected, to be put after a survey.
UNCONTROLLED = """
[disclosure]
control = false
because = "this is a test"
"""

# A second channel, to be put after the small survey's first.
LETTERS = """
[[channels]]
key = "letters"
label = "Letters"
folder = "letters"
letters_to = "why"
counted = false
"""
WITH_LETTERS = SMALL.replace("[[groupings]]", LETTERS + "\n[[groupings]]", 1)

CODEBOOK = """
[[themes]]
key = "food"
label = "food"
description = "Eating."
keywords = ["food", "eat*"]

[[themes]]
key = "sleep"
label = "sleep"
description = "Sleeping."
keywords = ["sleep*", "bed"]
"""

HEADER = ["Response ID", "Submitted", "Name", "Email", "Q1. Who are you?", "Q1. Who are you? - Other (please specify)",
          "Q2. Do you like the plan?", "Q3. Why?"]  # fmt: skip


@pytest.fixture(scope="session")
def consultation():
    from pipeline import read_consultation

    return read_consultation(SLUG)


@pytest.fixture(scope="session")
def responses(consultation):
    from pipeline import read_responses

    return read_responses(consultation)


@pytest.fixture(scope="session")
def outcome(consultation, responses):
    from pipeline import code_responses, load_models, summarise

    models = load_models(consultation)
    coded = code_responses(consultation, responses.comments, models)
    return summarise(consultation, responses, coded, cards={id: model.card for id, model in models.items()})


@pytest.fixture(scope="session")
def written(outcome, tmp_path_factory):
    """The two folders of the shipped consultation's outcome."""
    from pipeline import write_report

    folder = tmp_path_factory.mktemp("outcome")
    write_report(outcome, folder)
    return folder


@pytest.fixture
def small(tmp_path):
    """Return a function that writes the small survey with some rows, and gives its folder."""

    def write(*rows, definition=SMALL, header=HEADER, codes="respondent,themes\n"):
        (tmp_path / "consultation.toml").write_text(definition, encoding="utf-8")
        (tmp_path / "codebook.toml").write_text(CODEBOOK, encoding="utf-8")
        (tmp_path / "codes.csv").write_text(codes, encoding="utf-8")
        write_csv(tmp_path / "export.csv", [header, *rows])
        return tmp_path

    return write


def write_csv(path: Path, rows) -> Path:
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def row(id, answer="Agree", role="Cats", other="", why="", day="2024-01-10", name="", email=""):
    """One row of the small survey."""
    return [id, day, name, email, role, other, answer, why]
