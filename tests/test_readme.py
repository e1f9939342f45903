"""The README is a test: its commands exist, its example runs, its numbers are the models' own."""

import json
import re
import shlex

import pytest

from pipeline.cli import _parser

from .conftest import ROOT, SLUG

README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands():
    return re.findall(r"^\| `(consultation [^`]+)`", README, re.MULTILINE)


def test_every_command_is_described_and_every_description_is_a_command():
    described = {command.split()[1] for command in commands()}
    known = next(action.choices for action in _parser()._actions if action.choices)
    assert described == set(known)


@pytest.mark.parametrize("command", commands())
def test_a_described_command_parses(command):
    filled = re.sub(r"[\[\]]", "", command).replace("codebook\\|labels\\|codes\\|decisions", "codebook")
    _parser().parse_args(shlex.split(filled)[1:])


def test_the_two_lines_install_from_the_lock_and_ci_runs_the_very_test_command():
    lines = [line for line in README.splitlines() if line.startswith("python3 -m venv")]
    assert len(lines) == 2
    for line in lines:
        assert "pip install --require-hashes -r requirements.lock" in line
    assert lines[0].endswith(".venv/bin/consultation run") and lines[1].endswith(".venv/bin/python -m pytest")
    ci = (ROOT / ".ci" / "run").read_text()
    assert '/bin/python" -m pytest\n' in ci and "--require-hashes -r requirements.lock" in ci


def test_the_lock_pins_every_package_with_hashes_and_names_no_host():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = re.findall(r"^[a-zA-Z0-9._-]+==\S+", lock, re.MULTILINE)
    blocks = re.split(r"^(?=[a-zA-Z0-9._-]+==)", lock, flags=re.MULTILINE)[1:]
    assert len(pins) == len(blocks) > 50
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in lock and "--index" not in lock and "--find-links" not in lock


def test_the_notebook_example_runs():
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names = {}
    exec(compile(example, "README.md", "exec"), names)
    assert names["verify"](names["outcome"])["agrees"].all()
    agreed = names["outcome"].agreement.query("question == 'new_judgement' and grouping == 'all'")
    assert agreed["count"].tolist() == [131, 8, 2]


def test_the_scores_it_quotes_are_the_models():
    quoted = re.findall(r"0\.\d\d", README)
    cards = [
        json.loads((ROOT / "data" / SLUG / "models" / name / "card.json").read_text())
        for name in ("criteria", "reasons_new_judgement")
    ]
    assert quoted == [f"{card[key]:.2f}" for card in cards for key in ("micro_f1", "keywords_micro_f1")]


def test_every_link_of_the_documents_leads_somewhere():
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("data/**/README.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (path.parent / target).exists(), (path, target)


def test_the_documented_columns_are_the_tables_columns():
    from pipeline.schemas import TABLES

    text = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    documented = {
        name: columns.split(", ") for name, columns in re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", text, re.MULTILINE)
    }
    assert documented == {name: list(columns) for name, columns in TABLES.items()}
