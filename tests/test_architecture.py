"""The house: imports run one way, heavy libraries have one door each, and columns have one home."""

import ast
import subprocess
import sys

import pandas as pd
import pytest

import pipeline
from pipeline import schemas

from .conftest import ROOT

# Each may import those before it (and its own folder); `tally` and `themes` do not know each other.
ORDER = [
    {"errors"},
    {"percent", "schemas", "definition", "writing"},
    {"reading"},
    {"ingest"},
    {"tally", "themes"},
    {"outcome"},
    {"cli", "__init__"},
]
DOORS = {
    "spacy": {"themes/text.py", "ingest/personal.py"},
    "sklearn": {"themes/classifier.py", "themes/features.py", "themes/evaluation.py", "themes/subthemes.py"},
    "onnxruntime": {"themes/encoder.py"},
    "tokenizers": {"themes/encoder.py"},
    "matplotlib": {"outcome/charts.py"},
    "gptables": {"outcome/spreadsheet.py"},
    "odfdo": {"outcome/opendocument.py"},
    "pandera": {"schemas.py"},
    "python_calamine": {"ingest/files.py"},
    "pyreadstat": {"ingest/layouts/spss.py"},
    "docx": {"ingest/letters.py", "outcome/word.py"},
    "pypdf": {"ingest/letters.py"},
    "rapidfuzz": {"errors.py"},
    "scipy": {"outcome/attack.py", "themes/features.py", "themes/classifier.py"},
    "jinja2": {"outcome/report.py"},
    "markdown_it": {"outcome/forms.py"},
}


def modules():
    for path in (ROOT / "pipeline").rglob("*.py"):
        yield path.relative_to(ROOT / "pipeline").as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def imported(tree, top_level=False):
    nodes = tree.body if top_level else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rank(room):
    return next(number for number, rooms in enumerate(ORDER) if room in rooms)


def test_imports_run_one_way():
    for name, tree in modules():
        room = name.split("/")[0].removesuffix(".py")
        for target in imported(tree):
            if target.startswith("pipeline."):
                other = target.split(".")[1]
                assert other == room or rank(other) < rank(room) or {other, room} <= ORDER[1], (
                    name, target,
                )  # fmt: skip


def test_each_heavy_library_has_its_door_and_is_opened_late():
    for name, tree in modules():
        for target in imported(tree):
            library = target.split(".")[0]
            assert library not in DOORS or name in DOORS[library], (name, target)
        for target in imported(tree, top_level=True):
            assert target.split(".")[0] not in DOORS, (name, target)


@pytest.mark.parametrize(
    "code", ["import pipeline", "from pipeline.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass"]
)
def test_importing_and_asking_for_help_load_nothing_heavy(code):
    check = f"{code}\nimport sys\nprint([m for m in {[*DOORS, 'pandas', 'numpy']!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_the_public_names_are_all_there():
    for name in pipeline.__all__:
        assert getattr(pipeline, name) is not None
    with pytest.raises(AttributeError):
        _ = pipeline.nothing_of_the_kind


def test_a_table_with_a_column_too_few_or_of_another_kind_is_not_a_table():
    from pandera.errors import SchemaError, SchemaErrors

    wrong = (SchemaError, SchemaErrors)
    good = pd.DataFrame({"respondent": ["1"], "grouping": ["all"], "group": ["all"]}, dtype="str")
    pd.testing.assert_frame_equal(schemas.check("groups", good), good)
    with pytest.raises(wrong):
        schemas.check("groups", good.drop(columns="group"))
    with pytest.raises(wrong):
        schemas.check("groups", good.assign(extra=1))
    with pytest.raises(wrong):
        schemas.check("tally", schemas.build("tally", [("q", "all", "all", "a", 1, 2, 50)]).assign(count=[-1]))


def test_no_path_of_a_machine_and_no_index_host_is_committed():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this is not a git checkout")
    # Put together here, so that this file does not hold what it looks for.
    forbidden = ["/" + "work/", "/" + "root/", "pypi" + ".org", "files.python" + "hosted"]
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.is_file() and path.suffix not in (".npz", ".png"):
            text = path.read_text(encoding="utf-8", errors="ignore")
            for word in forbidden:
                assert word not in text, (name, word)
