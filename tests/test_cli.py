"""The command: what it prints, what it writes, and the exit code of each kind of trouble."""

import csv
import json
import re

import pandas as pd
import pytest

from pipeline.cli import main

from .conftest import HEADER, ROOT, SLUG, SMALL, row, write_csv

EXPORT = ROOT / "data" / SLUG / "export.csv"


def changed_export(path, change):
    with open(EXPORT, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    change(rows)
    return write_csv(path, rows)


@pytest.fixture
def fails(capsys):
    """Return a function that runs a command that should fail, and gives its exit code and its one line of error."""

    def run(*args):
        code = main([str(arg) for arg in args])
        captured = capsys.readouterr()
        lines = captured.err.strip().splitlines()
        assert lines[-1].startswith("consultation: ") and "Traceback" not in captured.err
        assert len([line for line in lines if line.startswith("consultation: ")]) == 1
        return code, lines[-1]

    return run


def test_run_does_all_of_it_with_no_arguments(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["run"]) == 0
    said = capsys.readouterr().out
    for words in (
        "Data: invented responses with the published totals.",
        "Read export.csv (smartsurvey, utf-8-sig): 150 rows = 141 counted + 4 test entry + 3 repeat",
        "A separate judgement on care leavers: 131 of 141 respondents (93%) strongly agreed or agreed.",
        "Introduction from January 2023: 110 of 141 respondents (78%) strongly agreed or agreed.",
        "29 of 29 published numbers agree with ours.",
    ):
        assert words in said
    out = tmp_path / "outputs" / SLUG
    assert {path.name for path in out.iterdir()} == {"working", "published"}
    assert {path.name for path in tmp_path.iterdir()} == {"outputs"}
    assert (out / "published" / "report.html").is_file()


def test_verify_says_14_where_one_answer_moved_and_run_only_reports_it(tmp_path, capsys):
    def one_agree_becomes_neither(rows):
        counted = next(cells for cells in rows if cells[11] == "Agree" and cells[2] == "-")
        counted[11] = "Neither agree nor disagree"

    export = changed_export(tmp_path / "export.csv", one_agree_becomes_neither)
    assert main(["verify", SLUG, str(export)]) == 14
    said = capsys.readouterr().out
    assert (
        "differs: 131 of 141, 93%, strongly agreed or agreed (Proposal 1 and summary): count published 131, ours 130."
        in said
    )
    assert main(["run", SLUG, str(export), "--out", str(tmp_path / "out")]) == 0


def test_verify_agrees_on_the_shipped_export_and_notes_the_publications_own_inconsistencies(capsys):
    assert main(["verify"]) == 0
    said = capsys.readouterr().out
    assert said.count("  agrees: ") == 29
    assert "seven themes" in said and "six themes" in said
    assert "22 June 2022" in said and "Monday 30 June" in said


def test_verify_says_when_there_is_nothing_to_compare_with(small, capsys):
    assert main(["verify", str(small(row("1")))]) == 0
    assert "No published figures to compare with." in capsys.readouterr().out


def drop_column(heading):
    def change(rows):
        column = rows[0].index(next(cell for cell in rows[0] if cell.startswith(heading)))
        for cells in rows:
            del cells[column]

    return change


def put(row_number, column, text):
    def change(rows):
        rows[row_number - 1][column] = text

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (drop_column("Q5."), r"no column for question 'timing'.*Did you mean: 'Q2\. To what extent"),
        (put(10, 11, "Agre"), r"row 10, column 12: 'Agre' is not an option of question 'new_judgement'.*'Agree'"),
        (put(10, 9, "Directors of childrens service"), r"column 10: an answer of 30 characters .*'Directors of children's"),
        (lambda rows: rows.__setitem__(slice(None), [["a", "b"], ["1", "2"]]), "is not an export of this survey"),
        (lambda rows: rows.__setitem__(slice(3, None), []), "no responses under"),
    ],
)  # fmt: skip
def test_an_export_that_does_not_fit_is_refused_in_a_sentence_with_12(fails, tmp_path, change, says):
    export = changed_export(tmp_path / "export.csv", change)
    code, line = fails("run", SLUG, export, "--out", tmp_path / "out")
    assert code == 12 and re.search(says, line), line
    assert not (tmp_path / "out").exists()


def test_every_kind_of_trouble_has_its_exit_code(fails, small, tmp_path, capsys):
    folder = small(row("1"))
    assert fails("run", "no-such-consultation")[0] == 2
    with pytest.raises(SystemExit) as error:
        main(["run", "--no-such-option"])
    assert error.value.code == 2
    capsys.readouterr()
    (folder / "consultation.toml").write_text("title = 5")
    assert fails("run", folder)[0] == 11
    (folder / "consultation.toml").write_text(SMALL)
    assert fails("run", folder, tmp_path / "missing.csv")[0] == 12
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\x00\x00")
    assert fails("run", folder, tmp_path / "picture.csv")[0] == 12
    texts = write_csv(tmp_path / "texts.csv", [["text"], ["food"]])
    assert fails("code", folder, texts, "--question", "why", "--out", tmp_path / "coded.csv")[0] == 13
    (folder / "codes.csv").write_text("respondent,themes\n1,nonsense\n")
    assert fails("run", folder, "--out", tmp_path / "out")[0] == 13
    (folder / "codes.csv").write_text("respondent,themes\n")
    (tmp_path / "a-file").write_text("x")
    assert fails("run", folder, "--out", tmp_path / "a-file")[0] == 15
    assert main(["run", str(folder), "--out", str(tmp_path / "out")]) == 0


def test_code_writes_one_row_a_text_in_order_with_a_flag_and_a_score_a_theme(tmp_path, capsys):
    texts = tmp_path / "texts.jsonl"
    records = [
        {"id": "b", "text": "a safe place to live and a job"},
        {"text": ""},
        {"id": "a", "text": "=cmd() mental health"},
    ]
    texts.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    out = tmp_path / "coded.csv"
    assert main(["code", SLUG, str(texts), "--question", "criteria", "--out", str(out)]) == 0
    assert "machine-coded, not yet checked" in capsys.readouterr().out
    coded = pd.read_csv(out, dtype={"id": str})
    keys = ["relationships_and_participation", "health_and_wellbeing", "local_offer", "making_good_decisions",
            "helping_and_protecting", "learning_and_employment", "support_into_adulthood"]  # fmt: skip
    assert list(coded.columns) == ["id", *(name for key in keys for name in (key, f"{key}_score")), "not_sure"]
    assert coded["id"].tolist() == ["b", "2", "a"]
    scores = coded[[f"{key}_score" for key in keys]]
    assert ((scores >= 0) & (scores <= 1)).all().all() and coded[keys].isin([0, 1]).all().all()
    assert coded.loc[1, keys].tolist() == [0] * 7


def test_code_reads_csv_and_refuses_a_file_without_texts(fails, tmp_path):
    good = write_csv(tmp_path / "good.csv", [["id", "text"], ["7", "a job"]])
    assert main(["code", SLUG, str(good), "--question", "criteria", "--out", str(tmp_path / "out.csv")]) == 0
    bad = write_csv(tmp_path / "bad.csv", [["id", "answer"], ["7", "a job"]])
    code, line = fails("code", SLUG, bad, "--question", "criteria", "--out", tmp_path / "bad-out.csv")
    assert code == 12 and "no column or field 'text'" in line and not (tmp_path / "bad-out.csv").exists()
    code, line = fails("code", SLUG, good, "--question", "criterion", "--out", tmp_path / "bad-out.csv")
    assert code == 2 and "Did you mean: 'criteria'" in line


def test_code_keeps_a_row_for_a_blank_text_and_a_zero_id(tmp_path, capsys):
    texts = tmp_path / "texts.csv"
    texts.write_text("text\na job\n\na home\n", encoding="utf-8")
    assert main(["code", SLUG, str(texts), "--question", "criteria", "--out", str(tmp_path / "out.csv")]) == 0
    assert pd.read_csv(tmp_path / "out.csv")["id"].tolist() == [1, 2, 3]
    (tmp_path / "texts.jsonl").write_text('{"id": 0, "text": "a job"}\n{"id": 1, "text": null}\n', encoding="utf-8")
    assert (
        main(["code", SLUG, str(tmp_path / "texts.jsonl"), "--question", "criteria", "--out", str(tmp_path / "o.csv")])
        == 0
    )
    assert pd.read_csv(tmp_path / "o.csv")["id"].tolist() == [0, 1]


def test_a_new_respondent_without_settled_codes_is_reported_and_stops_nothing(tmp_path, capsys):
    def one_more(rows):
        rows.append(["99999999", "151", "-", "-", "-", "-", "20/07/2022 10:00:00", "20/07/2022 10:05:00",
                     "Default Web Link", *rows[10][9:]])  # fmt: skip

    export = changed_export(tmp_path / "export.csv", one_more)
    assert main(["run", SLUG, str(export), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "133 of 141 suggested at least one thing (Proposal 2): count published 133, ours not known." in said
    heading = (tmp_path / "out" / "published" / "tables" / "criteria_themes.csv").read_text().splitlines()[0]
    assert "138 of 139 answers settled by hand, the others machine-coded, not yet checked" in heading
    assert main(["verify", SLUG, str(export)]) == 14


def test_tally_prints_each_group_and_writes_the_table(small, tmp_path, capsys):
    folder = small(row("1"), row("2", "Disagree", role="Dogs"))
    assert main(["tally", str(folder), "--out", str(tmp_path / "tally.csv")]) == 0
    said = capsys.readouterr().out
    assert "1 (50%)" in said and "Birds" in said
    table = pd.read_csv(tmp_path / "tally.csv")
    assert list(table.columns) == ["question", "grouping", "group", "answer", "count", "base", "percent"]
    assert len(table) == 15


def test_train_keeps_a_model_that_code_then_uses(small, tmp_path, capsys):
    definition = SMALL.replace('codes = "codes.csv"', 'labels = "labels.csv"\nmodel = "model"')
    folder = small(row("1", why="food"), definition=definition)
    write_csv(folder / "labels.csv", [["id", "writer", "text", "themes"], *(
        [f"{w}{i}", w, text, theme] for w in "abc" for i, (text, theme) in enumerate(
            [(f"more food for {w}", "food"), (f"a bed for {w}", "sleep"), (f"nothing from {w}", "")])
    )])  # fmt: skip
    assert main(["run", str(folder), "--out", str(tmp_path / "untrained")]) == 0
    assert "training one for this run" in capsys.readouterr().out
    assert not (folder / "model").exists()
    assert main(["train", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "3 folds split by writer, 3 writers" in said and "keyword_f1" in said
    texts = write_csv(tmp_path / "texts.csv", [["text"], ["food please"]])
    assert main(["code", str(folder), str(texts), "--question", "why", "--out", str(tmp_path / "coded.csv")]) == 0
    assert pd.read_csv(tmp_path / "coded.csv").loc[0, "food"] == 1


def test_nothing_is_written_over_an_input(fails, small, tmp_path):
    folder = small(row("1"))
    before = (folder / "export.csv").read_text()
    for out in ("export.csv", "consultation.toml"):
        assert fails("tally", folder, "--out", folder / out)[0] == 2
    assert (folder / "export.csv").read_text() == before
    assert fails("tally", folder, "--out", folder)[0] == 15
    texts = write_csv(tmp_path / "texts.csv", [["text"], ["a job"]])
    assert fails("code", SLUG, texts, "--question", "criteria", "--out", texts)[0] == 2


def test_an_export_alone_is_not_taken_for_a_definition(fails, tmp_path):
    export = write_csv(tmp_path / "new.csv", [["a"], ["b"]])
    code, line = fails("run", export)
    assert code == 2 and "is not a definition" in line


def test_a_model_older_than_its_labels_is_told(small, tmp_path, capsys):
    definition = SMALL.replace('codes = "codes.csv"', 'labels = "labels.csv"\nmodel = "model"')
    folder = small(row("1", why="food"), definition=definition)
    rows = [["text", "themes"], *([f"food {i}", "food"] for i in range(4)), *([f"bed {i}", "sleep"] for i in range(4))]
    write_csv(folder / "labels.csv", rows)
    assert main(["train", str(folder)]) == 0
    assert main(["run", str(folder), "--out", str(tmp_path / "out")]) == 0
    assert "train it again" not in capsys.readouterr().out
    write_csv(folder / "labels.csv", [*rows, ["soup", "food"]])
    assert main(["run", str(folder), "--out", str(tmp_path / "out")]) == 0
    assert "labels or keywords for 'why' changed since its model was trained" in capsys.readouterr().out


def test_out_and_labels_of_train_go_with_one_question(capsys):
    for option in (["--out", "x"], ["--labels", "x"]):
        with pytest.raises(SystemExit) as error:
            main(["train", SLUG, *option])
        assert error.value.code == 2


def test_report_is_made_again_from_the_working_files_with_new_words(small, tmp_path, capsys):
    folder = small(row("1", why="food"))
    out = tmp_path / "out"
    assert main(["run", str(folder), "--out", str(out)]) == 0
    (folder / "export.csv").unlink()
    (folder / "prose").mkdir()
    (folder / "prose" / "introduction.md").write_text("Hello from the department.")
    assert main(["report", str(folder), "--out", str(out)]) == 0
    assert "Hello from the department." in (out / "published" / "report.html").read_text()


def test_report_without_an_earlier_run_says_what_to_do(fails, small, tmp_path):
    code, line = fails("report", small(row("1")), "--out", tmp_path / "nothing")
    assert code == 15 and "Run 'consultation run" in line


@pytest.mark.parametrize("what", ["codebook", "labels", "codes"])
def test_a_template_reads_back_and_is_never_written_over(fails, tmp_path, what):
    from pipeline.reading import read_codebook
    from pipeline.themes.labels import read_codes, read_labels

    for name in {"codebook", what}:
        assert main(["template", name, "--out", str(tmp_path / name)]) == 0
    codebook = read_codebook(tmp_path / "codebook")
    if what == "labels":
        assert [label.themes for label in read_labels(tmp_path / "labels", codebook)] == [codebook.keys, ()]
    if what == "codes":
        assert list(read_codes(tmp_path / "codes", codebook).values()) == [codebook.keys, ()]
    assert fails("template", what, "--out", tmp_path / what)[0] == 2


def test_the_help_lists_the_exit_codes(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    said = " ".join(capsys.readouterr().out.split())
    for words in ("0 done", "2 the command line", "11 the definition", "12 the export", "13 a model or labels",
                  "14 published figures differ", "15 an output could not be written"):  # fmt: skip
        assert words in said


def test_unknown_columns_are_told(small, tmp_path, capsys):
    folder = small([*row("1"), "blue"], header=[*HEADER, "Favourite colour"])
    assert main(["tally", str(folder)]) == 0
    assert "Columns that the definition does not know: Favourite colour." in capsys.readouterr().out


def test_codes_and_reasons_go_into_two_files(tmp_path, capsys):
    texts, out = tmp_path / "texts.jsonl", tmp_path / "coded.csv"
    texts.write_text('{"text": "a home"}\n', encoding="utf-8")
    again = tmp_path / "." / "coded.csv"
    assert main(["code", SLUG, str(texts), "--question", "criteria", "--out", str(out), "--why", str(again)]) == 2
    assert "cannot hold both the codes and the reasons" in capsys.readouterr().err and not out.exists()
