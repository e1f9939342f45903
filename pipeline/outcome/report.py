"""The report: one list of blocks, in the shape of a consultation outcome, written as a web page and as Govspeak."""

import base64
import hashlib
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pandas as pd

from pipeline.definition import Question, Section
from pipeline.ingest.fates import COUNTED, EMPTY, ERASED, LEFT_OUT, OUTSIDE, PARTIAL, REPEAT, TEST, UNSENT
from pipeline.ingest.responses import BY_CHANNEL, EVERYONE
from pipeline.outcome import charts, govspeak
from pipeline.outcome.amounts import Vocabulary
from pipeline.outcome.charts import Chart
from pipeline.outcome.forms import as_text, is_number, own_words
from pipeline.outcome.making import (
    campaign_figures,
    headline_figure,
    point_figures,
    reported_figures,
    respondent_figures,
    row_figures,
    rules_of,
    theme_figures,
    value_figures,
)
from pipeline.outcome.outcomes import Outcome, rows_of
from pipeline.outcome.prose import fill, read_prose
from pipeline.outcome.quotes import Quote
from pipeline.outcome.sentences import answers_in_words, headline_sentence, meanings_sentences, respondents_who
from pipeline.outcome.tables import (
    ALL,
    NOT_APPLICABLE,
    Table,
    agreement_table,
    campaign_variants_table,
    campaigns_sentence,
    campaigns_table,
    channels_table,
    checks_table,
    codings_of,
    crossed_because,
    crossed_table,
    has_groups,
    matrix_table,
    nets_table,
    numbers_table,
    organisations_table,
    points_table,
    ranking_table,
    respondents_table,
    themes_by_group_table,
    themes_table,
)
from pipeline.outcome.wording import agrees, counted, inside, listed, long_date, sentence
from pipeline.themes.prevalence import BY_HAND

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Block:
    """A piece of the report. `kind` is heading, text, list, inset, quote, table, chart or prose; the rest is by kind.

    Of a quote `items` holds who is quoted.

    `behind_chart` marks the table of the chart before it. `figures` are the ids of the figures that the piece shows; of a
    list, one for each item.
    """

    kind: str
    text: str = ""
    level: int = 2
    items: tuple[str, ...] = ()
    table: Table | None = None
    chart: Chart | None = None
    behind_chart: bool = False
    figures: tuple[str, ...] = ()


@dataclass
class _Report:
    """The report as it is being put together: blocks in order, the words for amounts, the prose not there yet."""

    outcome: Outcome
    words: Vocabulary
    quotes: tuple[Quote, ...] = ()
    blocks: list[Block] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def heading(self, text, level=2):
        self.blocks.append(Block("heading", text, level))

    def say(self, text):
        self.blocks.append(Block("text", text))

    def items(self, items):
        self.blocks.append(Block("list", items=tuple(items)))

    def inset(self, text):
        self.blocks.append(Block("inset", text))

    def table(self, table):
        self.blocks.append(Block("table", table=table))

    def chart(self, chart, table):
        """Put in a chart and the table behind it."""
        self.blocks += [Block("chart", chart=chart), Block("table", table=table, behind_chart=True)]

    def made(self, figures):
        """Say which figures the last block shows, by their ids."""
        self.blocks[-1] = replace(self.blocks[-1], figures=tuple(figures))

    def prose(self, name):
        """Put in the department's own words from a Markdown file, figures filled in; note its name if there is none yet."""
        path = self.outcome.consultation.prose / name
        text = read_prose(path)
        if text.strip():
            self.blocks.append(Block("prose", fill(text, path, self.outcome.figures, self.words).strip()))
        else:
            self.missing.append(str(path))


def compose(outcome: Outcome, checks: pd.DataFrame, quotes: tuple[Quote, ...] = ()) -> tuple[list[Block], list[str]]:
    """Return the report's blocks in order, and the files of the department's own words that are not there yet.

    `quotes` are the passages that a person approved. Raises DefinitionError, with the line, where the department's words
    name a figure in braces that is none of the outcome's.
    """
    report = _Report(outcome, Vocabulary(outcome.consultation.wording), quotes)
    _introduction(report, checks)
    _method(report)
    _summary(report)
    report.heading("Findings in full")
    _respondents(report)
    _campaigns(report)
    for section in outcome.consultation.sections:
        _section(report, section)
    report.heading("Next steps")
    report.prose("next-steps.md")
    if report.blocks[-1].kind == "heading":
        report.blocks.pop()
    annex = organisations_table(outcome)
    if annex:
        report.heading("Organisations")
        report.table(annex)
    _making(report, checks)
    return report.blocks, report.missing


def sentences(blocks: list[Block]) -> list[str]:
    """Return what a report itself says in headings, sentences and lists: no tables, no charts, no words of the department."""
    return [
        " ".join(text.split())
        for block in blocks
        for text in (block.items if block.kind == "list" else [block.text])
        if block.kind in ("heading", "text", "inset", "list", "quote")
    ]


def _introduction(report: _Report, checks: pd.DataFrame):
    consultation = report.outcome.consultation
    report.heading("Introduction")
    if consultation.invented:
        kept = len(checks) and checks["agrees"].all()
        totals = (
            "Apart from the totals that were published, nothing here says what anyone thinks."
            if kept
            else "Nothing here says what anyone thinks."
        )
        report.inset(f"This report is made from {consultation.data_note}. No real person wrote them. {totals}")
    if consultation.opens and consultation.closes:
        who = consultation.department or "The department"
        dates = f"{long_date(consultation.opens)} to {long_date(consultation.closes)}"
        report.say(f"{who} ran this consultation from {dates}.")
    report.prose("introduction.md")


def _method(report: _Report):
    outcome = report.outcome
    report.heading("The consultation method")
    ledger = outcome.responses.ledger
    files = outcome.responses.sources["channel"].value_counts()
    items = []
    for channel in outcome.consultation.channels:
        rows = ledger[ledger["channel"] == channel.key]
        kept = int((rows["fate"] == COUNTED).sum())
        in_percentages = "" if channel.counted else ", not in the percentages"
        items.append(f"{channel.label}: {counted(kept, 'response')}{in_percentages}")
    report.say("Responses came in these ways:")
    report.items(items)
    report.made(f"respondents.channel.{channel.key}" for channel in outcome.consultation.channels)
    for channel in outcome.consultation.channels:
        rows = ledger[ledger["channel"] == channel.key]
        left_out = rows[rows["fate"] != COUNTED]["fate"].value_counts(sort=False)
        if channel.counted:
            read = "file" if files[channel.key] == 1 else "files"
            text = f"The {read} of the {inside(channel.label)} held {counted(len(rows), 'row')}"
            if len(left_out):
                parts = [f"{n:,} {_fate(fate, n)}" for fate, n in left_out.items()]
                kept = len(rows) - int(left_out.sum())
                counts = f"{kept:,} {agrees(kept, 'counts', 'count')}" if kept else "none counts"
                text += f": {counts}, and {listed(parts)} {agrees(len(rows) - kept, 'was', 'were')} left out."
            else:
                text += {0: ".", 1: ", and it counts."}.get(len(rows), ", and all of them count.")
            report.say(text)
            report.made(row_figures(outcome, channel))
    if len(outcome.consultation.channels) > 1:
        names = listed([inside(c.label) for c in outcome.consultation.channels if c.counted])
        report.say(f"Every percentage in this report is of the {names} alone, unless a table says otherwise.")


def _fate(fate: str, number: int) -> str:
    """Return a fate as a noun: 'test entries', 'repeats', 'empty rows', 'rows outside the dates'."""
    words = {
        TEST: ("test entry", "test entries"),
        REPEAT: ("repeat of a response", "repeats of a response"),
        EMPTY: ("empty row", "empty rows"),
        UNSENT: ("response that was not sent", "responses that were not sent"),
        OUTSIDE: ("response outside the dates", "responses outside the dates"),
        PARTIAL: ("response with too few answers", "responses with too few answers"),
        LEFT_OUT: ("response set aside by a decision", "responses set aside by a decision"),
        ERASED: ("response that was withdrawn", "responses that were withdrawn"),
    }
    return words[fate][number != 1]


def _summary(report: _Report):
    outcome = report.outcome
    report.heading("Summary of responses")
    items, figures = [], []
    for section in outcome.consultation.sections:
        for question in map(outcome.consultation.question, section.closed):
            items.append(headline_sentence(outcome, question))
            figures.append(headline_figure(outcome, question))
        for id in section.open:
            for figure, said in _said(outcome, outcome.consultation.question(id)):
                items.append(said)
                figures.append(figure)
    report.items(items)
    report.made(figures)
    report.prose("summary.md")


def _said(outcome: Outcome, question: Question) -> list[tuple[str, str]]:
    """Return what is known of an open question, a figure and a line: how many suggested something, or how many wrote."""
    figures = outcome.figures.set_index("id")
    for figure, words in (
        (f"{question.id}.suggested", question.raised_wording),
        (f"{question.id}.answered", "wrote an answer"),
    ):
        if figure in figures.index:
            return [(figure, f"{question.label}: {_who(outcome, figures.loc[figure])} {words}")]
    return []


def _who(outcome: Outcome, figure: pd.Series) -> str:
    style = outcome.consultation.wording.percent
    return respondents_who(figure["numerator"], figure["base"], figure["percent"], style)


def _respondents(report: _Report):
    report.heading("Respondents", 3)
    report.table(channels_table(report.outcome))
    report.made(respondent_figures(report.outcome, BY_CHANNEL))
    for grouping in report.outcome.by:
        report.chart(charts.respondents_bars(report.outcome, grouping), respondents_table(report.outcome, grouping))
        report.made(respondent_figures(report.outcome, EVERYONE, grouping))


def _campaigns(report: _Report):
    outcome = report.outcome
    if outcome.campaign_sizes.empty:
        return
    report.heading("Campaigns", 3)
    several = counted(len(outcome.campaign_sizes), "text")
    fewest = outcome.consultation.disclosure.threshold
    report.say(
        f"Some respondents sent a text that others sent too, with or without words of their own. {several} "
        f"{agrees(len(outcome.campaign_sizes), 'was', 'were')} sent by {fewest} respondents or more. Texts that "
        "fewer sent are not described and count like any other answer."
    )
    report.table(campaigns_table(outcome))
    variants = campaign_variants_table(outcome)
    if variants is None:
        report.say("Too few of the signers are in the percentages for the counts without them to be told.")
    else:
        report.say(f"Every other section counts every respondent. {campaigns_sentence(outcome)}")
        if set(outcome.campaign_variants["question"]) != {"", *(q.id for q in outcome.consultation.closed)}:
            report.say(_left_out_of_variants(outcome))
        report.table(variants)
        report.made(campaign_figures(outcome))


def _left_out_of_variants(outcome: Outcome) -> str:
    also = ", or where small counts of theirs could be told," if outcome.consultation.disclosure.control else ""
    return f"Questions that too few of the signers answered{also} are left out of the comparison."


def _section(report: _Report, section: Section):
    outcome = report.outcome
    report.heading(section.title, 3)
    if section.wording:
        report.say(f"The survey asked: “{section.wording}”")
    for id in section.closed:
        question = outcome.consultation.question(id)
        rows = outcome.consultation.matrix(question.matrix)
        if rows and question == rows[0] and len(rows) > 1:
            report.table(matrix_table(outcome, rows))
        if rows:
            report.heading(sentence(question.row), 4)
        _closed(report, question)
    for id in section.open:
        _open(report, outcome.consultation.question(id))
    if section.prose:
        report.prose(section.prose)


def _closed(report: _Report, question: Question):
    outcome = report.outcome
    text, items = answers_in_words(outcome, question, report.words)
    report.say(text)
    report.made(reported_figures(outcome, question))
    if items:
        report.items(items)
        report.made(point_figures(outcome, question))
    if question.scale.nets:
        report.table(agreement_table(outcome, question))
        report.made(reported_figures(outcome, question))
    if rows_of(outcome.tally, question)["base"].iloc[0] == 0:
        report.table(points_table(outcome, question))
        return
    report.chart(charts.points_bars(outcome, question), points_table(outcome, question))
    report.made(point_figures(outcome, question))
    if question.ranked:
        report.table(ranking_table(outcome, question))
        report.made(value_figures(outcome, question))
    if question.number:
        report.table(numbers_table(outcome, question))
        report.made(value_figures(outcome, question))
    for key in outcome.crossed:
        if has_groups(outcome.agreement, question, key):
            report.chart(charts.agreement_bars(outcome, question, key), nets_table(outcome, question, key))
        elif has_groups(outcome.tally, question, key):
            report.table(crossed_table(outcome, question, key))
        else:
            continue
        report.made(reported_figures(outcome, question, EVERYONE, key))


def _open(report: _Report, question: Question):
    outcome = report.outcome
    figures = outcome.figures.set_index("id")
    row = figures.loc[f"{question.id}.answered"]
    report.say(f"{question.label}: {_who(outcome, row)} wrote an answer.")
    report.made([f"{question.id}.answered"])
    if row["numerator"] == 0:
        return
    if f"{question.id}.suggested" in figures.index:
        suggested = _who(outcome, figures.loc[f"{question.id}.suggested"])
        report.say(f"By the codes settled by hand, {suggested} {question.raised_wording}.")
        report.made([f"{question.id}.suggested"])
    if question.codebook is None:
        return
    codings = codings_of(outcome, question)
    if not codings:
        report.say("These answers have not been coded into themes.")
        return
    rows = rows_of(outcome.theme_counts, question)
    rows = rows[rows["coding"] == codings[0]].set_index("theme")
    for kind in dict.fromkeys(theme.kind for theme in question.codebook.themes):
        report.say(f"{kind or 'Themes'}, in the order of the codebook ({codings[0]}):")
        report.items(
            f"{theme.label}: raised by {report.words.counted(*rows.loc[theme.key, ['count', 'base', 'percent']])}"
            for theme in question.codebook.themes
            if theme.kind == kind
        )
        report.made(f"{question.id}.theme.{theme.key}" for theme in question.codebook.themes if theme.kind == kind)
    _quoted(report, question)
    finer = [theme for theme in question.codebook.themes if theme.subthemes]
    if finer:
        report.say("The codebook's finer points, which were not counted by themselves:")
        for theme in finer:
            report.heading(sentence(theme.label), 4)
            report.items(subtheme.label for subtheme in theme.subthemes)
    report.chart(charts.theme_bars(outcome, question), themes_table(outcome, question))
    report.made(theme_figures(outcome, question))
    for key in outcome.crossed:
        if not has_groups(outcome.theme_counts, question, key):
            continue
        report.chart(charts.themes_by_group_bars(outcome, question, key), themes_by_group_table(outcome, question, key))
        report.made(theme_figures(outcome, question, EVERYONE, key))


def _quoted(report: _Report, question: Question):
    """Put in the approved passages, theme by theme."""
    for theme in question.codebook.themes:
        mine = [quote for quote in report.quotes if (quote.question, quote.theme) == (question.id, theme.key)]
        if mine:
            report.say(f"On {theme.label}, in the words of respondents:")
            report.blocks += [
                Block("quote", f"“{quote.passage}”", items=(quote.group or "A respondent",)) for quote in mine
            ]


def _making(report: _Report, checks: pd.DataFrame):
    outcome = report.outcome
    consultation = outcome.consultation
    report.heading("How these figures were made")
    source = "invented responses" if consultation.invented else "the responses"
    report.say(
        f"Every number is worked out from {source} by rule and listed in figures.csv with its numerator, its base and "
        "that rule. Percentages come from counts and are rounded half up. Respondents chose to take part, so the shares "
        "describe them and nobody else."
    )
    if meanings := report.words.meanings():
        text, items = meanings_sentences(meanings)
        report.say(text)
        report.items(items)
    for key in outcome.by:
        if key in outcome.crossed:
            report.say(crossed_because(outcome, key))
        elif not consultation.grouping(key).publish_crossed:
            label = inside(consultation.grouping(key).label)
            report.say(f"Answers by {label} are not published, because a small group could be recognised.")
    for channel in consultation.channels:
        if channel.publish_answers and not channel.counted:
            report.say(f"{channel.label}: what they say is published because {channel.publish_answers_because}.")
    _protection(report)
    if outcome.responses.notes:
        report.say("What to know of how the files were read and which rows count:")
        report.items(outcome.responses.notes)
    machine = [q for q in consultation.open if q.id in outcome.cards]
    if machine:
        report.heading("Machine coding", 3)
        report.say(
            f"A classifier coded the open {agrees(len(machine), 'question', 'questions')} below. Its counts carry its "
            "errors: read “machine-coded, not yet checked” as a first pass. Where it was trained on labelled answers, it was "
            "tried on answers that it had not learned from; where there were none, it knows the codebook's descriptions "
            "alone and was never tried."
        )
        rows = []
        for question in machine:
            card = outcome.cards[question.id]
            hand = " (settled by hand in this report)" if BY_HAND in codings_of(outcome, question) else ""
            scores = [card[key] for key in ("micro_f1", "macro_f1", "keywords_micro_f1")]
            scores = [NOT_APPLICABLE if score is None else f"{score:.2f}" for score in scores]
            rows.append(
                (
                    question.label + hand,
                    card["labels"],
                    card["writers"],
                    *scores,
                    sentence(card["evaluated"]),
                )
            )
        frame = pd.DataFrame(
            rows,
            columns=[
                "Question",
                "Labelled answers",
                "Writers",
                "Micro-F1",
                "Macro-F1",
                "Micro-F1 of a keyword list",
                "How it was tried",
            ],
        )
        notes = ("F1 is 1 where the classifier gives exactly the coders' themes and 0 where it gives none of them.",)
        source = "Source: cross-validation on the labels kept with the definition"
        if consultation.invented:
            source += "; the labelled answers are invented too"
        report.table(Table("classifier_scores", "How well the classifier does", notes, frame, source + "."))
    if len(checks):
        report.heading("Our figures beside the published figures", 3)
        agreeing = int(checks["agrees"].sum())
        numbers = counted(len(checks), "published number")
        report.say(f"{agreeing:,} of {numbers} {agrees(agreeing, 'agrees', 'agree')} with ours.")
        report.table(checks_table(outcome, checks))
    if consultation.inconsistencies:
        report.heading("Where the publication does not agree with itself or with others", 3)
        for found in consultation.inconsistencies:
            said = listed([f"{where} says {what}" for where, what in found.says])
            report.say(f"{found.about}: {said}. {found.note}".strip())


def _protection(report: _Report):
    """Say what disclosure control left out, and what it does not apply to."""
    said = report.outcome.protection
    if not said:
        return
    report.heading("Disclosure control", 3)
    report.say(said["", ""])
    question = report.outcome.consultation.question
    done = [f"{question(id).label}, {words}" for (id, _), words in said.items() if id]
    if done:
        report.say("What was done to the tables:")
        report.items(done)


def _environment():
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=lambda name: "html" in (name or ""),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def render_html(outcome: Outcome, blocks: list[Block]) -> str:
    """Return the report as one HTML page that needs no network, and no script to be read; charts are inside it.

    Its one script adds a filter above tables by group. The page forbids itself every connection and every other script.
    """
    from markupsafe import Markup

    markdown = own_words()

    def prose(text, level):
        # The department's headings begin one level below the page's own.
        tokens = markdown.parse(text)
        tags = sorted({token.tag for token in tokens if token.type == "heading_open"})
        for token in tokens:
            if token.type in ("heading_open", "heading_close"):
                token.tag = f"h{min(level + 1 + tags.index(token.tag), 6)}"
        return Markup(markdown.renderer.render(tokens, markdown.options, {}))

    def picture(chart):
        return "data:image/svg+xml;base64," + base64.b64encode(chart.bytes("svg")).decode()

    def tall(chart):
        # What would be too small to read if it had to fit a sheet of paper is printed across several.
        width, height = chart.figure.get_size_inches()
        return height > 2.2 * width

    script = (TEMPLATES / "report.js").read_text(encoding="utf-8")
    explained: dict[str, int] = {}
    for number, block in enumerate(blocks):
        if block.kind in ("text", "table"):
            explained = dict.fromkeys(block.figures, number) | explained
    template = _environment().get_template("report.html.j2")
    return template.render(
        consultation=outcome.consultation,
        blocks=blocks,
        anchors=_anchors(blocks),
        contents=_contents(blocks),
        explained=explained,
        rules_of=partial(rules_of, outcome),
        filters={grouping.label: inside(grouping.label) for grouping in outcome.consultation.groupings},
        everyone=ALL,
        everyone_key=EVERYONE,
        prose=prose,
        picture=picture,
        tall=tall,
        cell=as_text,
        numeric=_numeric,
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _anchors(blocks: list[Block]) -> list[str]:
    """Return each heading's name in links, none twice; '' for what is no heading."""
    names: list[str] = []
    for number, block in enumerate(blocks):
        words = "".join(c if c.isalnum() else "-" for c in block.text.lower()).strip("-")
        name = f"section-{words}" if block.kind == "heading" else ""
        names.append(f"{name}-{number}" if name and name in names else name)
    return names


def _contents(blocks: list[Block]) -> list[tuple[int, list[int]]]:
    """Return the places of the headings of level 2 among the blocks, each with those of level 3 under it."""
    contents: list[tuple[int, list[int]]] = []
    for number, block in enumerate(blocks):
        if block.kind == "heading" and block.level == 2:
            contents.append((number, []))
        elif block.kind == "heading" and block.level == 3:
            contents[-1][1].append(number)
    return contents


def _numeric(frame: pd.DataFrame) -> list[str]:
    """Return the columns that hold numbers, perhaps with marks among them."""
    return [column for column in frame if any(is_number(value) for value in frame[column])]


def render_markdown(outcome: Outcome, blocks: list[Block]) -> str:
    """Return the report as Govspeak, the Markdown of GOV.UK's publishing tool, that other readers of Markdown show too.

    Only the department's own words are Markdown in it; all else is escaped.
    """
    template = _environment().get_template("report.md.j2")
    return template.render(
        consultation=outcome.consultation, blocks=blocks, govspeak=govspeak, plain=govspeak.escaped, is_number=is_number
    )
