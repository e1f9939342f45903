"""Figures, the comparison with what was published, and the two folders that are written."""

import base64
import csv
import hashlib
import html.parser
import io
import re
import stat

import openpyxl
import pandas as pd
import pytest

from pipeline import read_consultation, read_responses, summarise, verify, write_report
from pipeline.errors import DefinitionError, OutputError
from pipeline.outcome.disclosure import publishable
from pipeline.outcome.folders import read_working, replacing
from pipeline.outcome.tables import all_tables, respondents_table
from pipeline.outcome.wording import counted, listed, share, shown_percent
from pipeline.schemas import build
from pipeline.writing import as_csv, harmless, write_file

from .conftest import HEADER, SMALL, UNCONTROLLED, row, write_csv

NOTHING = build("coded", [])


def outcome_of(folder):
    consultation = read_consultation(folder)
    return summarise(consultation, read_responses(consultation), NOTHING)


# --- Figures and claims ------------------------------------------------------------------------------------------


def test_every_figure_is_the_number_of_respondents_behind_it(outcome):
    assert outcome.figures["id"].is_unique
    behind = outcome.figure_rows.groupby("figure")["respondent"].nunique()
    assert outcome.figures.set_index("id")["numerator"].to_dict() == {
        id: int(behind.get(id, 0)) for id in outcome.figures["id"]
    }


def test_figures_traced_to_respondents_equal_the_tables_counted_apart(outcome):
    figures = outcome.figures.set_index("id")
    groups = {g.label: f".respondent_group.{g.key}" for g in outcome.consultation.grouping("respondent_group").groups}
    groups |= {channel.label: f".channel.{channel.key}" for channel in outcome.consultation.channels}
    groups["all"] = ""
    rows = outcome.agreement
    assert len(rows) == 72
    for net in rows.itertuples():
        figure = figures.loc[f"{net.question}.{net.net}{groups[net.group]}"]
        assert (figure["numerator"], figure["base"], figure["percent"]) == (net.count, net.base, net.percent)
    rows = outcome.theme_counts
    by_hand = set(
        rows.loc[rows["coding"] == "settled by hand", ["question", "group"]].itertuples(index=False, name=None)
    )
    for theme in rows.itertuples():
        mark = "machine" if (theme.question, theme.group) in by_hand and theme.coding != "settled by hand" else "theme"
        figure = figures.loc[f"{theme.question}.{mark}.{theme.theme}{groups[theme.group]}"]
        assert (figure["numerator"], figure["base"]) == (theme.count, theme.base)


def test_every_published_number_comes_out(outcome):
    checks = verify(outcome)
    assert len(checks) == 29 and checks["agrees"].all()


def test_a_moved_answer_is_told_by_its_claim(small):
    published = (
        '\n[[published]]\nfigure = "plan.agree"\nclaim = "2 of 3 agreed"\nwhere = "p. 1"\ncount = 2\npercent = 67\n'
    )
    folder = small(row("1"), row("2"), row("3", "Neither"), definition=SMALL + published)
    assert verify(outcome_of(folder))["agrees"].tolist() == [True, True]
    folder = small(row("1"), row("2", "Neither"), row("3", "Neither"), definition=SMALL + published)
    checks = verify(outcome_of(folder))
    assert checks[["ours", "agrees"]].to_records(index=False).tolist() == [(1, False), (33, False)]


def test_a_figure_that_rests_on_settled_codes_is_not_known_without_them(small):
    published = '\n[[published]]\nfigure = "why.suggested"\nclaim = "one"\nwhere = "p. 1"\ncount = 1\n'
    folder = small(row("1", why="food"), row("2"), definition=SMALL + published, codes="respondent,themes\n1,food\n")
    consultation = read_consultation(folder)
    responses = read_responses(consultation)
    assert verify(summarise(consultation, responses, NOTHING))["agrees"].tolist() == [False]
    from pipeline import code_responses

    coded = code_responses(consultation, responses.comments, {})
    assert verify(summarise(consultation, responses, coded))["agrees"].tolist() == [True]


def test_a_claim_about_a_figure_that_cannot_be_is_refused(small):
    published = '\n[[published]]\nfigure = "plan.agreed"\nclaim = "one"\nwhere = "p. 1"\ncount = 1\n'
    with pytest.raises(DefinitionError, match=r"'plan.agreed' is none of ours.*'plan.agree'"):
        verify(outcome_of(small(row("1"), definition=SMALL + published)))


# --- Words and cells ---------------------------------------------------------------------------------------------


def test_numbers_in_sentences():
    assert counted(1, "response") == "1 response" and counted(1200, "response") == "1,200 responses"
    assert share(131, 141, 93, "respondent") == "131 of 141 respondents (93%)"
    assert share(0, 0, pd.NA) == "0 of 0"
    assert shown_percent(1, 0) == "less than 1%" and shown_percent(0, 0) == "0%"
    assert listed(["a", "b", "c"]) == "a, b and c" and listed(["a"]) == "a" and listed([]) == ""


@pytest.mark.parametrize("text", ["=1+1", "+44 7700", "-1", "@home", "\tx", "\rx"])
def test_no_text_becomes_a_formula(text):
    assert harmless(text) == "'" + text.replace("\r", "\n")
    table = as_csv(pd.DataFrame({"text": [text, "plain"], "number": [-1, 2]}))
    cells = list(csv.reader(io.StringIO(table, newline="")))
    assert cells[1][1] == "-1" and cells[2] == ["plain", "2"]
    assert cells[1][0].startswith("'")


def test_a_share_of_an_empty_group_and_one_that_rounds_to_nothing_are_marked(small):
    rows = [row(f"{i}", role="Cats") for i in range(201)]
    rows[0][6] = "Disagree"
    outcome = outcome_of(
        small(
            *rows,
            definition=SMALL.replace(
                'other = "Others"', 'other = "Others"\npublish_crossed = true\npublish_crossed_because = "a test"'
            )
            + UNCONTROLLED,
        )
    )
    tables = {table.key: table for table in all_tables(publishable(outcome), verify(outcome))}
    assert tables["plan_answers"].frame["Percentage"].tolist() == [100, 0, "[low]"]
    assert set(tables["plan_answers"].shorthand) == {"[low]"}
    crossed = tables["plan_by_role"].frame
    assert set(crossed.loc[crossed["Role"] == "Birds", "Percentage"]) == {"[z]"}


def test_respondents_who_did_not_say_are_shown(small):
    frame = respondents_table(outcome_of(small(row("1"), row("2", role=""))), "role").frame
    assert frame.iloc[-1].tolist() == ["Not stated", 1]


# --- The folders -------------------------------------------------------------------------------------------------


def texts(folder):
    for path in folder.rglob("*"):
        if path.suffix in (".csv", ".html", ".md", ".svg"):
            yield path, path.read_text(encoding="utf-8")


def test_the_working_folder_is_its_owners_alone(written):
    assert stat.S_IMODE((written / "working").stat().st_mode) == 0o700


def test_nothing_published_holds_an_id_an_address_or_a_comment(written, outcome):
    published = dict(texts(written / "published"))
    ids = set(outcome.responses.answers["respondent"])
    comments = [text for text in outcome.responses.comments["text"].dropna() if len(text) > 40]
    for path, text in published.items():
        words = set(re.findall(r"[\w/-]+", text))
        assert not ids & words, path
        assert "@example" not in text
        assert not any(comment[:40] in text for comment in comments), path
    book = openpyxl.load_workbook(written / "published" / "tables.xlsx")
    cells = {
        str(cell.value) for sheet in book for cells in sheet.iter_rows() for cell in cells if cell.value is not None
    }
    assert not ids & cells and not any(comment in cells for comment in comments)


def test_every_published_thing_says_that_the_responses_are_invented(written, outcome):
    note = "invented responses with the published totals"
    report = (written / "published" / "report.html").read_text(encoding="utf-8")
    assert "No real person wrote them" in report and note in report
    tables = all_tables(publishable(outcome), verify(outcome))
    assert all(note in table.source for table in tables)
    assert report.count("<caption>") == report.count(f"{note}.</p>") + report.count("answers are invented too.</p>")
    book = openpyxl.load_workbook(written / "published" / "tables.xlsx")
    for sheet in book:
        if sheet.title not in ("Contents",):
            assert any(note in str(cell.value) for cells in sheet.iter_rows() for cell in cells), sheet.title


def test_machine_counts_are_never_shown_without_saying_so(written, outcome):
    for question in outcome.consultation.open:
        table = (written / "published" / "tables" / f"{question.id}_themes.csv").read_text(encoding="utf-8")
        assert "machine-coded, not yet checked" in table.splitlines()[0]
        frame = pd.read_csv(written / "published" / "tables" / f"{question.id}_themes.csv")
        assert frame["Theme"].tolist() == [theme.label for theme in question.codebook.themes]


class Tables(html.parser.HTMLParser):
    """The cells of each table of a page, by the table's id."""

    def __init__(self):
        super().__init__()
        self.tables, self.rows, self.cell = {}, None, None

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self.rows = self.tables.setdefault(dict(attrs)["id"], [])
        elif tag == "tr" and self.rows is not None:
            self.rows.append([])
        elif tag in ("td", "th"):
            self.cell = ""

    def handle_data(self, data):
        if self.cell is not None:
            self.cell += data

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.rows[-1].append(self.cell)
            self.cell = None
        elif tag == "table":
            self.rows = None


def test_the_page_the_csv_and_the_workbook_hold_the_same_numbers(written):
    published = written / "published"
    page = Tables()
    page.feed((published / "report.html").read_text(encoding="utf-8"))
    book = openpyxl.load_workbook(published / "tables.xlsx")
    sheets = {table.name: (sheet, table) for sheet in book for table in sheet.tables.values()}
    for path in (published / "tables").glob("*.csv"):
        with open(path, encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        sheet, area = sheets[path.stem]
        cells = [[("" if cell.value is None else str(cell.value)) for cell in line] for line in sheet[area.ref]]
        assert cells == rows, path.name
        if path.stem in page.tables:
            assert [[cell.replace(",", "") for cell in line[1:]] for line in page.tables[path.stem]] == [
                [cell.replace(",", "") for cell in line[1:]] for line in rows
            ]
    assert {"new_judgement_nets", "criteria_themes", "checks"} <= set(page.tables)


def test_every_figure_of_the_summary_stands_in_figures_csv(written):
    figures = pd.read_csv(written / "published" / "figures.csv").set_index("id")
    assert "invented responses with the published totals" in (written / "published" / "README.md").read_text()
    assert list(figures.columns) == ["wording", "numerator", "base", "percent", "value", "rule"]
    report = (written / "published" / "report.md").read_text(encoding="utf-8")
    for id, words in (("new_judgement.agree", "131 of 141 respondents (93%)"),
                      ("timing.agree", "110 of 141 respondents (78%)"),
                      ("criteria.suggested", "133 of 141 respondents (94%)"),
                      ("equality.answered", "25 of 141 respondents (18%)")):  # fmt: skip
        row = figures.loc[id]
        assert f"{row['numerator']} of {row['base']:.0f} respondents ({row['percent']:.0f}%)" == words
        assert words in report


def test_the_page_needs_no_network_and_its_charts_have_words(written):
    page = (written / "published" / "report.html").read_text(encoding="utf-8")
    assert not re.search(r'(?:src|href)="(?!data:|#)', page) and page.count("<script") == 1
    (script,) = re.findall("<script>(.*?)</script>", page, flags=re.DOTALL)
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{allowed}'" in page
    images = re.findall(r'<img src="data:image/svg\+xml;base64,([^"]+)" alt="([^"]+)"', page)
    assert len(images) == len(list((written / "published" / "charts").glob("*.svg")))
    assert all(len(alt) > 40 and base64.b64decode(data).startswith(b"<?xml") for data, alt in images)


def test_the_workbook_can_be_read_without_seeing_it(written):
    book = openpyxl.load_workbook(written / "published" / "tables.xlsx")
    assert book.sheetnames[:2] == ["Cover", "Contents"]
    assert book.properties.title and book.properties.creator == "Ofsted"
    for sheet in book:
        assert sheet["A1"].value and not sheet.merged_cells.ranges and sheet.sheet_state == "visible"
        if sheet.title.startswith("Table_"):
            (table,) = sheet.tables.values()
            header, *rows = sheet[table.ref]
            assert all(cell.value for cell in header) and table.headerRowCount == 1
            below = sheet.max_row - int(re.search(r":[A-Z]+(\d+)", table.ref)[1])
            assert below == 0 and all(cell.value is not None for line in rows for cell in line)


def test_the_same_input_gives_the_same_bytes(outcome, written, tmp_path):
    write_report(outcome, tmp_path)
    for path in (written / "published").rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / path.relative_to(written)).read_bytes(), path.name


def test_a_group_is_not_crossed_unless_the_definition_allows_it(small, tmp_path):
    outcome = outcome_of(small(row("1"), row("2", role="Dogs", answer="Disagree")))
    out = tmp_path / "out"
    write_report(outcome, out)
    names = {path.stem for path in (out / "published" / "tables").glob("*.csv")}
    assert "plan_by_role" not in names and "respondents_role" in names
    figures = (out / "published" / "figures.csv").read_text()
    assert "plan.agree.role" not in figures and "respondents.role.dogs" in figures
    assert "plan.agree.role.dogs" in (out / "working" / "figures.csv").read_text()
    assert "are not published" in (out / "published" / "report.md").read_text()


def test_the_departments_words_are_merged_and_what_is_missing_is_told(small, tmp_path):
    folder = small(row("1"))
    (folder / "prose").mkdir()
    (folder / "prose" / "next-steps.md").write_text("We begin in *May* <script>x</script>.", encoding="utf-8")
    missing = write_report(outcome_of(folder), tmp_path / "out")
    assert [path.split("/")[-1] for path in missing] == ["introduction.md", "summary.md"]
    page = (tmp_path / "out" / "published" / "report.html").read_text()
    assert "We begin in <em>May</em>" in page and "<script>x" not in page


def test_a_folder_of_other_files_is_never_replaced(small, tmp_path):
    outcome = outcome_of(small(row("1")))
    (tmp_path / "out" / "published").mkdir(parents=True)
    (tmp_path / "out" / "published" / "thesis.doc").write_text("years of work")
    with pytest.raises(OutputError, match="holds files that are not an outcome's"):
        write_report(outcome, tmp_path / "out")
    assert (tmp_path / "out" / "published" / "thesis.doc").read_text() == "years of work"


def test_an_interrupted_run_leaves_what_was_there_and_nothing_half_written(tmp_path):
    folder = tmp_path / "published"
    with replacing(folder) as (place,):
        (place / "figures.csv").write_text("old")
    with pytest.raises(RuntimeError), replacing(folder) as (place,):
        (place / "figures.csv").write_text("new")
        raise RuntimeError
    assert (folder / "figures.csv").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["published"]


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="could not be written"):
        write_file(tmp_path / "file" / "inside.csv", "a")


def test_working_files_read_back_are_the_responses_that_were_written(outcome, written):
    responses, coded, cards = read_working(outcome.consultation, written)
    assert cards == outcome.cards
    for table in ("answers", "comments", "groups", "ledger", "personal"):
        pd.testing.assert_frame_equal(getattr(responses, table), getattr(outcome.responses, table))
    pd.testing.assert_frame_equal(coded, outcome.coded)


def test_comments_that_look_like_formulas_survive_the_way_to_disk_and_back(small, tmp_path):
    outcome = outcome_of(
        small(
            row("1", why="=SUM(A1)"), row("2", why="'quoted'"), row("3", why="- a list\n- of two"), row("4", why="'=x")
        )
    )
    write_report(outcome, tmp_path / "out")
    responses, _, _ = read_working(outcome.consultation, tmp_path / "out")
    assert responses.comments["text"].tolist() == ["=SUM(A1)", "'quoted'", "- a list\n- of two", "'=x"]


# --- Channels, permissions and what the tables say -----------------------------------------------------------------

FORUM = """
[[channels]]
key = "forum"
label = "Forum"
file = "forum.csv"
counted = false
"""


def with_forum(small, *rows, definition=SMALL, forum=FORUM):
    folder = small(*rows, definition=definition.replace("[[groupings]]", forum + "\n[[groupings]]", 1))
    write_csv(folder / "forum.csv", [HEADER, row("1", "Disagree", "Cats", why="sleep"), row("2", "Disagree", "Dogs")])
    return folder


def test_an_uncounted_channel_is_in_no_group_even_where_it_asks_for_them(small):
    outcome = outcome_of(with_forum(small, row("1"), row("2", role="Dogs")))
    figures = outcome.figures.set_index("id")
    assert figures.loc["respondents.role.cats", ["numerator", "base"]].tolist() == [1, 2]
    assert figures.loc["plan.agree.role.cats", ["numerator", "base"]].tolist() == [1, 1]
    assert figures.loc["plan.agree.channel.forum", ["numerator", "base"]].tolist() == [0, 2]


def test_what_came_by_an_uncounted_channel_stays_in_unless_the_definition_lets_it_out(small, tmp_path):
    why = 'publish_answers = true\npublish_answers_because = "a test"\n'
    for forum, published in ((FORUM, False), (FORUM + why, True)):
        folder = with_forum(small, row("1", why="food"), definition=SMALL + UNCONTROLLED, forum=forum)
        write_report(outcome_of(folder), tmp_path / "out")
        figures = (tmp_path / "out" / "published" / "figures.csv").read_text()
        assert ("plan.agree.channel.forum" in figures) is published
        assert "respondents.channel.forum" in figures
        table = pd.read_csv(tmp_path / "out" / "published" / "tables" / "channels.csv")
        assert table["Responses"].tolist() == [1, 2]


def test_a_question_that_only_an_uncounted_channel_answered_draws_no_chart_and_stops_nothing(small, tmp_path):
    outcome = outcome_of(with_forum(small, row("1"), row("2")))
    write_report(outcome, tmp_path / "out")
    assert not list((tmp_path / "out" / "published" / "charts").glob("why*"))


def test_a_note_blames_rounding_only_where_rounding_is_to_blame(small):
    third = [row("1"), row("2", "Neither"), row("3", "Disagree")]
    outcome = outcome_of(small(*third))
    tables = {table.key: table for table in all_tables(outcome, verify(outcome))}
    assert "because of rounding" in tables["plan_answers"].notes[-1]  # 33, 33 and 33
    alone = SMALL.replace('    { key = "other", label = "Did not agree", points = ["Neither", "Disagree"] },\n', "")
    outcome = outcome_of(small(*third, definition=alone))
    tables = {table.key: table for table in all_tables(outcome, verify(outcome))}
    assert "because of rounding" not in tables["plan_nets"].notes[-1]


def test_who_did_not_state_a_group_is_told_beside_every_crossed_table(small):
    outcome = outcome_of(small(row("1"), row("2", role="")))
    notes = {table.key: " ".join(table.notes) for table in all_tables(outcome, verify(outcome))}
    assert "1 respondent did not state a group" in notes["plan_by_role"]


def test_codes_of_some_answers_count_even_without_a_classifier(small):
    from pipeline import code_responses

    folder = small(row("1", why="food"), row("2", why="bed"), codes="respondent,themes\n1,food\n")
    consultation = read_consultation(folder)
    responses = read_responses(consultation)
    outcome = summarise(consultation, responses, code_responses(consultation, responses.comments, {}))
    mine = outcome.theme_counts[outcome.theme_counts["grouping"] == "all"]
    assert mine["coding"].unique().tolist() == ["1 of 2 answers settled by hand, the others not coded"]
    assert mine["count"].tolist() == [1, 0]


def test_prose_in_another_encoding_is_read(small, tmp_path):
    folder = small(row("1"))
    (folder / "prose").mkdir()
    (folder / "prose" / "introduction.md").write_bytes("# Costs\n\nIt costs £5.".encode("cp1252"))
    write_report(outcome_of(folder), tmp_path / "out")
    assert "#### Costs\n\nIt costs £5." in (tmp_path / "out" / "published" / "report.md").read_text(encoding="utf-8")
    assert "<h3>Costs</h3>" in (tmp_path / "out" / "published" / "report.html").read_text(encoding="utf-8")


def test_neither_folder_is_replaced_when_one_cannot_be(tmp_path):
    for name in ("working", "published"):
        with replacing(tmp_path / name) as (place,):
            (place / "figures.csv").write_text("old")
    with pytest.raises(OutputError), replacing(tmp_path / "working", tmp_path / "published") as (one, other):
        (one / "figures.csv").write_text("new")
        other.rmdir()  # gone when its turn comes
    assert (tmp_path / "working" / "figures.csv").read_text() == "old"
    assert (tmp_path / "published" / "figures.csv").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["published", "working"]


def test_working_files_that_no_longer_fit_the_definition_are_refused(small, tmp_path):
    folder = small(row("1", why="food"))
    write_report(outcome_of(folder), tmp_path / "out")
    for before, after in (('"Agree", "Neither"', '"Yes", "Neither"'), ('label = "Cats"', 'label = "Lions"')):
        changed = SMALL.replace(before, after).replace('points = ["Agree"]', 'points = ["Neither"]')
        (folder / "consultation.toml").write_text(changed, encoding="utf-8")
        with pytest.raises(OutputError, match="The definition has changed since"):
            read_working(read_consultation(folder), tmp_path / "out")


def test_a_claim_about_a_withheld_figure_is_checked_and_not_published(small, tmp_path):
    claim = '\n[[published]]\nfigure = "plan.agree.role.dogs"\nclaim = "nine"\nwhere = "p. 1"\ncount = 9\n'
    outcome = outcome_of(small(row("1"), row("2", role="Dogs"), definition=SMALL + claim))
    assert verify(outcome)["ours"].tolist() == [1]
    write_report(outcome, tmp_path / "out")
    assert not (tmp_path / "out" / "published" / "tables" / "checks.csv").exists()
    assert "nine" not in (tmp_path / "out" / "published" / "report.md").read_text()


def test_a_question_may_be_called_respondents_and_still_be_withheld(small, tmp_path):
    definition = SMALL.replace('"plan"', '"respondents"')
    write_report(outcome_of(small(row("1"), row("2", role="Dogs"), definition=definition)), tmp_path / "out")
    assert "agreed, Dogs" not in (tmp_path / "out" / "published" / "figures.csv").read_text()


def test_labels_with_dollars_formulas_and_foreign_letters_come_through(small, tmp_path):
    definition = SMALL.replace("The plan", r"Pay $\\frac$ now for $5 to $10").replace(
        'label = "Role"', 'label = "=1+1"'
    )
    definition = definition.replace('{ label = "Birds" }', '{ label = "\u540c\u610f (agree)", key = "foreign" }')
    write_report(outcome_of(small(row("1"), definition=definition)), tmp_path / "out")
    table = (tmp_path / "out" / "published" / "tables" / "respondents_role.csv").read_text(encoding="utf-8")
    assert table.startswith("'=1+1,Respondents\n") and "\u540c\u610f (agree),0" in table


def test_the_page_fetches_nothing_even_if_the_department_asks_it_to(small, tmp_path):
    folder = small(row("1"))
    (folder / "prose").mkdir()
    (folder / "prose" / "introduction.md").write_text("![logo](http://example.org/logo.png)")
    write_report(outcome_of(folder), tmp_path / "out")
    assert '<img src="http' not in (tmp_path / "out" / "published" / "report.html").read_text()
