"""The page, the Govspeak and the Word document: read back, they hold the same words and the same numbers."""

import html.parser
import io
import json
import re
from collections import Counter
from dataclasses import dataclass, field

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pipeline import read_consultation, read_responses, summarise, verify
from pipeline.outcome.disclosure import publishable
from pipeline.outcome.govspeak import below, escaped
from pipeline.outcome.report import compose, render_html, render_markdown
from pipeline.outcome.word import render_word
from pipeline.schemas import build

from .conftest import SMALL, row, write_csv

FORMS = ("page", "govspeak", "word")


@dataclass
class Form:
    """What a reader finds in one form of the report. Captions and notes are texts too; a table is its rows, header first."""

    headings: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)
    alts: list[str] = field(default_factory=list)

    def add(self, place: list[str], text: str):
        text = " ".join(text.split())
        if text:
            place.append(text)

    @property
    def sentences(self) -> list[str]:
        return [*self.texts, *self.items, *self.alts]


class Page(html.parser.HTMLParser):
    """The main part of the page, without its title, its contents and the rules that it folds away."""

    PLACES = {  # noqa: RUF012
        **{f"h{level}": "headings" for level in range(2, 7)},
        **dict.fromkeys(("p", "caption", "figcaption"), "texts"),
        "li": "items",
    }

    def __init__(self, text):
        super().__init__()
        self.form, self.inside, self.open, self.cells, self.folded = Form(), False, [], None, ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        # Links to rules stand in the page alone, as the rules do.
        link = tag == "a" and attrs.get("class") == "how"
        self.folded = self.folded or (tag if link or (tag == "details" and attrs.get("class") == "made") else "")
        if self.folded:
            return
        if tag == "nav" or "caption" in (attrs.get("class") or ""):
            self.inside = False
        if tag == "table":
            self.form.tables.append([])
        elif tag == "tr":
            self.form.tables[-1].append([])
        elif tag == "img":
            self.form.add(self.form.alts, attrs["alt"])
        if self.inside and (tag in self.PLACES or tag in ("td", "th")):
            # A paragraph in an item is the item's.
            self.open.append([tag, ""])

    def handle_data(self, data):
        if self.open and not self.folded:
            self.open[-1][1] += data

    def handle_endtag(self, tag):
        if self.folded:
            self.folded = "" if tag == self.folded else self.folded
            return
        if tag in ("nav", "h1"):
            self.inside = True
        elif tag == "main":
            self.inside = False
        if self.open and self.open[-1][0] == tag:
            _, text = self.open.pop()
            if tag in ("td", "th"):
                self.form.tables[-1][-1].append(" ".join(text.split()))
            elif tag == "p" and any(outer == "li" for outer, _ in self.open):
                self.form.add(self.form.items, text)
            else:
                self.form.add(getattr(self.form, self.PLACES[tag]), text)


def read_page(text: str) -> Form:
    return Page(text).form


def words_of(inline) -> str:
    breaks = {"softbreak": " ", "hardbreak": " "}
    return "".join(breaks.get(token.type, token.content) for token in inline.children)


def read_govspeak(text: str) -> Form:
    """Read the Govspeak as any reader of Markdown does, and check that what looks like markup is what we put there."""
    form, depth, place = Form(), 0, None
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        assert token.type not in ("html_block", "fence", "code_block", "hr"), token.content
        if token.type == "table_open":
            form.tables.append([])
        elif token.type == "tr_open":
            form.tables[-1].append([])
        elif token.type in ("th_open", "td_open"):
            place = "cell"
        elif token.type == "heading_open":
            place = "heading"
        elif token.type == "paragraph_open":
            place = "text"
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
        elif token.type == "inline":
            kinds = {child.type for child in token.children}
            assert not kinds & {"html_inline", "code_inline", "image"}, token.content
            words = words_of(token)
            if "link_open" in kinds:
                link = token.children[0]
                assert re.fullmatch(r"Image: (\w+)\.svg", words), words
                assert link.attrs["href"] == f"charts/{words[7:]}", words
                form.add(form.alts, link.attrs["title"])
            elif place == "cell":
                rows = form.tables[-1]
                if len(rows) > 1 and not rows[-1]:
                    assert words.startswith("# "), words
                    words = words[2:]
                rows[-1].append(" ".join(words.split()))
            elif place == "heading":
                form.add(form.headings, words)
            elif depth:
                form.add(form.items, words)
            else:
                form.add(form.texts, words[1:-1] if re.fullmatch(r"\^.*\^", words, re.DOTALL) else words)
    del form.texts[:2]  # the title, which the page and the document have apart
    return form


def read_word(content: bytes) -> Form:
    form, document = Form(), docx.Document(io.BytesIO(content))
    for block in document.iter_inner_content():
        if isinstance(block, docx.table.Table):
            form.tables.append([[" ".join(cell.text.split()) for cell in row.cells] for row in block.rows])
            continue
        style = block.style.name
        if style.startswith("Heading"):
            form.add(form.headings, block.text)
        elif style.startswith("List"):
            form.add(form.items, block.text)
        elif style in ("Normal", "Inset", "Quote", "Caption", "Note", "Source"):
            form.add(form.texts, block.text)
        else:
            assert style in ("Title", "Subtitle", "Contents heading", "toc 1", "toc 2", "Figure"), style
        for picture in block._p.iter(qn("wp:docPr")):
            form.add(form.alts, picture.get("descr"))
    return form


def forms_of(outcome):
    """Return what a report was made from and its forms as they are read back."""
    shown = publishable(outcome)
    blocks, _ = compose(shown, verify(outcome))
    read = {
        "page": read_page(render_html(shown, blocks)),
        "govspeak": read_govspeak(render_markdown(shown, blocks)),
        "word": read_word(render_word(shown, blocks)),
    }
    return shown, blocks, read


@pytest.fixture(scope="module")
def shipped(outcome):
    return forms_of(outcome)


def as_read(value) -> str:
    return " ".join(value.split()) if isinstance(value, str) else f"{value:,}"


def the_forms_agree(blocks, read):
    """Compare the three forms with the blocks that they are made from, and with each other."""
    frames = [block.table.frame for block in blocks if block.kind == "table"]
    tables = [
        [[as_read(value) for value in line] for line in (frame.columns, *frame.itertuples(index=False))]
        for frame in frames
    ]
    alts = [as_read(block.chart.alt) for block in blocks if block.kind == "chart"]
    ours = [block.text for block in blocks if block.kind in ("text", "inset")]
    ours += [block.chart.title for block in blocks if block.kind == "chart"]
    for table in (block.table for block in blocks if block.kind == "table"):
        ours += [table.title, *table.notes, table.source]
    items = Counter(as_read(item) for block in blocks for item in block.items)
    for name, form in read.items():
        assert form.tables == tables, name
        assert form.alts == alts, name
        assert form.headings == read["page"].headings, name
        assert form.items == read["page"].items, name
        # The notes of a table stand above it in one form and below it in another.
        assert Counter(form.texts) == Counter(read["page"].texts), name
        assert not Counter(map(as_read, ours)) - Counter(form.texts), name
        assert not items - Counter(form.items), name


def test_the_three_forms_hold_the_same_tables_sentences_and_lists(shipped):
    _, blocks, read = shipped
    assert [len(read[name].tables) for name in FORMS] == [18, 18, 18]
    assert len(read["word"].items) > 40 and len(read["word"].texts) > 60
    the_forms_agree(blocks, read)


@pytest.mark.parametrize("name", FORMS)
def test_every_share_in_a_sentence_is_a_figure(shipped, name):
    shown, _, read = shipped
    figures = {
        (f"{row.numerator:,}", f"{int(row.base):,}", "less than 1" if 0 == row.percent < row.numerator else f"{row.percent:g}")
        for row in shown.figures.dropna(subset=["base", "percent"]).itertuples()
    }  # fmt: skip
    said = [
        share
        for text in read[name].sentences
        for share in re.findall(r"([\d,]+) of ([\d,]+)(?: respondents?)? \((less than 1|[\d.]+)%\)", text)
    ]
    assert ("131", "141", "93") in said and len(said) > 40
    assert set(said) <= figures


def test_a_table_with_fractions_marks_and_thousands_reads_the_same_in_every_form(small):
    # 1 of 1,201 is less than 0.1%; nobody is a bird, so that there is nothing to take a percentage of.
    rows = [row(f"{i}", answer="Agree" if i else "Disagree", role="Dogs") for i in range(1201)]
    definition = "decimals = 1\n" + SMALL.replace(
        'other = "Others"', 'other = "Others"\npublish_crossed = true\npublish_crossed_because = "a test"'
    )
    definition += '\n[disclosure]\ncontrol = false\nbecause = "a test"\n'
    consultation = read_consultation(small(*rows, definition=definition))
    _, blocks, read = forms_of(summarise(consultation, read_responses(consultation), build("coded", [])))
    the_forms_agree(blocks, read)
    for form in read.values():
        answers = next(table for table in form.tables if table[0][0] == "Answer" and len(table) == 4)
        assert answers[1:] == [["Agree", "1,200", "99.9"], ["Neither", "0", "0.0"], ["Disagree", "1", "0.1"]]
        crossed = next(table for table in form.tables if table[0][:2] == ["Role", "Base"])
        assert crossed[4] == ["Birds", "0", "0", "[z]", "0", "[z]"]


# --- Nothing of ours is markup -------------------------------------------------------------------------------------

HOSTILE = [
    "# One", "- two", "1. three", "> four", "_five_ *six* `seven`", "[eight](http://example.org)",
    "![nine](http://example.org/x.png)", "<b>ten</b><script>", "[^1] eleven", "*[TWELVE]: twelve", "[Image: thirteen.png]",
    "{stat-headline}fourteen{/stat-headline}", "^fifteen^", "%sixteen%", "$CTA seventeen $CTA", "a | b eighteen |",
    "&lt;nineteen&gt; &amp; R&D", "~~twenty~~ ~", "--- 21", "\\*22\\*\\", "[23]: http://example.org", "+ 24", "* 25", "__26__",
    "27\n# two lines\n", "=== 28", "{barchart stacked} 29", "[Contact: 30]", ":england: 31 :england:", "s1. 32", "33) then",
    "!!34", '"35" \'quoted\'', "<http://example.org/36>", "| 37", "{::comment}38{:/comment}", "    39 spaces", "\t40",
    "x[41](y)x", ": 42", "[AttachmentLink: 43.ods]", "[low] 44", "$$45$$", "@46@", "``` 47", "~~~ 48", "1986\\. 49",
]  # fmt: skip

# What Govspeak searches a source for before it is read as Markdown, wherever it stands.
GOVSPEAK = [
    r"^\^", r"^%", r"^@", r"\{barchart", r"\{/?stat-headline\}", r"\{button", r"\{::", r"^\[(Image|Attachment):",
    r"\[(embed|Contact|AttachmentLink|InlineAttachment):", r"^\$(!|A|AI|C|CTA|D|E|I|P|LegislativeList|PriorityList)", r"^!!\d",
    r"^[ \t]*s\d+\.\s", r"^x\[", r":(england|scotland|wales|northern-ireland|england-wales|london):",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_govspeak_finds_none_of_its_extensions_in_our_text(text):
    for pattern in GOVSPEAK:
        assert not re.search(pattern, escaped(text), re.MULTILINE), pattern


def test_text_without_markup_stays_as_it_is():
    text = "131 of 141 respondents (93%): 'it's a good plan', they said; R&D, 50% & more - 3 > 2? 22 June 2022."
    assert escaped(text) == text.replace(">", "&#62;")
    assert escaped("[low]") == r"\[low\]" and escaped("snake_case") == r"snake\_case"


@given(
    st.text(alphabet="ab1 .)(*_`[]<>{}|#~$^&;!\\-+=:%@\"'/\n", max_size=30), st.sampled_from(["", "- ", "## ", "- - "])
)
def test_any_text_is_the_same_words_to_a_reader_of_markdown(text, before):
    words = " ".join(text.split())
    inlines = [
        token for token in MarkdownIt("commonmark").parse(f"\n{before}{escaped(text)}\n") if token.type == "inline"
    ]
    assert "".join(words_of(inline) for inline in inlines) == words
    assert all(child.type == "text" for inline in inlines for child in inline.children)
    assert len(inlines) == (1 if words or before == "## " else 0)


@given(st.lists(st.text(alphabet="ab1 |\\`*[]#-:\n", max_size=12), min_size=2, max_size=4))
def test_any_cell_stays_one_cell(cells):
    columns = "|".join("---" for _ in cells)
    text = f"|{'|'.join(f' {escaped(cell)} ' for cell in cells)}|\n|{columns}|\n"
    found = [words_of(t) for t in MarkdownIt("commonmark").enable("table").parse(text) if t.type == "inline"]
    assert found == [" ".join(cell.split()) for cell in cells]


HOSTILE_SURVEY = """
title = {0}
department = {1}
data_note = {2}
invented = true

[[channels]]
key = "online"
label = {3}
file = "export.csv"
counted = true

[organisations]
heading = "Organisation"
agreed = "Agreed"

[[groupings]]
key = "role"
label = {4}
heading = "Role"
groups = [{{ key = "cats", label = {5}, options = ["Cat"] }}, {{ key = "dogs", label = {6}, options = ["Dog"] }}]
publish_crossed = true
publish_crossed_because = {7}

[scales.agreement]
points = [{8}, {9}]
outside_base = [{10}]
nets = [{{ key = "agree", label = {11}, points = [{8}] }}, {{ key = "not", label = {12}, points = [{9}] }}]
also_written = {{ "Agree" = {8} }}

[[questions]]
id = "plan"
heading = "Plan"
label = {13}
scale = "agreement"

[[questions]]
id = "why"
heading = "Why"
label = {14}
codebook = "codebook.toml"
codes = "codes.csv"
codes_note = {15}
raised_wording = {16}

[[sections]]
title = {17}
wording = {18}
closed = "plan"
open = ["why"]
"""


@pytest.mark.parametrize("shift", range(0, len(HOSTILE), 17))
def test_no_name_label_or_note_becomes_markup_in_any_form(tmp_path, shift):
    """Every place of a definition takes a hostile text, by turns; themes, their finer points and organisations all of them."""
    from pipeline import code_responses

    texts = [f"{text} {shift}" for text in HOSTILE[shift:] + HOSTILE[:shift]]
    definition = HOSTILE_SURVEY.format(*map(json.dumps, texts[:19]))
    themes = [
        f'[[themes]]\nkey = "t{n}"\ndescription = "x"\nlabel = {json.dumps(text)}\nkind = {json.dumps(texts[n // 9])}\n'
        f'subthemes = [{{ key = "s{n}", label = {json.dumps(text)} }}]\n'
        for n, text in enumerate(texts)
    ]
    (tmp_path / "consultation.toml").write_text(definition, encoding="utf-8")
    (tmp_path / "codebook.toml").write_text("\n".join(themes), encoding="utf-8")
    (tmp_path / "codes.csv").write_text("respondent,themes\n1,t0;t1\n", encoding="utf-8")
    header = ["Response ID", "Organisation", "Agreed", "Role", "Plan", "Why"]
    rows = [[f"{n}", text, "Yes", "Cat", "Agree", "food"] for n, text in enumerate(texts, start=1)]
    write_csv(tmp_path / "export.csv", [header, *rows])
    consultation = read_consultation(tmp_path)
    responses = read_responses(consultation)
    coded = code_responses(consultation, responses.comments, {})
    _, blocks, read = forms_of(summarise(consultation, responses, coded))
    the_forms_agree(blocks, read)
    assert {as_read(text) for text in texts} <= {line[0] for line in read["govspeak"].tables[-1]}


def test_the_departments_headings_stand_below_the_reports_however_they_are_written():
    text = "Costs\n=====\n\n# It costs\n\nTwo\nlines\n---\n\n> Quoted\n> ---\n\n##### Deep\n\n```\n# not one\n```"
    assert below(text) == (
        "#### Costs\n\n#### It costs\n\n#### Two lines\n\n> #### Quoted\n\n##### Deep\n\n```\n# not one\n```"
    )


def test_the_departments_own_words_stay_markdown_in_govspeak(small):
    folder = small(row("1"))
    (folder / "prose").mkdir()
    words = "We *begin* in [May](https://www.gov.uk).\n\n- one\n- two\n\n{stat-headline}*9* of 10{/stat-headline}"
    (folder / "prose" / "next-steps.md").write_text(words, encoding="utf-8")
    consultation = read_consultation(folder)
    outcome = publishable(summarise(consultation, read_responses(consultation), build("coded", [])))
    blocks, _ = compose(outcome, verify(outcome))
    assert f"## Next steps\n\n{words}\n" in render_markdown(outcome, blocks)
