"""Charts in the style of the Government Analysis Function: the one door to matplotlib.

Bars are horizontal because labels are sentences; they start at zero, stand in published order and carry their numbers.
Titles go in the page, not in the picture. The same input gives the same bytes.
"""

import io
import textwrap
import warnings
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from pipeline.definition import Question
from pipeline.ingest.responses import EVERYONE
from pipeline.outcome.outcomes import Outcome, rows_of
from pipeline.outcome.tables import ALL, named, source_line
from pipeline.outcome.wording import counted, in_brackets, inside, listed, share

# From the Analysis Function's palette: dark blue, a grey for the middle, orange, and two more for longer scales. The
# grey is too light to be told from the page by itself, so parts have white gaps and carry their number.
BLUE, ORANGE, GREY, DARK, PLUM = "#12436D", "#F46A25", "#BFBFBF", "#3D3D3D", "#801650"
NET_COLOURS = (BLUE, GREY, ORANGE, DARK, PLUM)
# The share of a bar, in percent, that has room for its number.
ROOM = 4
# A font that comes with matplotlib, so that a chart looks the same on every machine.
FONT = "DejaVu Sans"
WIDTH = 9.6
LABEL_WIDTH = 38


@dataclass(frozen=True)
class Chart:
    """A drawn chart: its title and alternative text for the page, and the matplotlib figure; a notebook shows it."""

    key: str
    title: str
    alt: str
    figure: object

    def __repr__(self):
        return f"{self.title}. {self.alt}"

    def _repr_png_(self):
        return self.bytes("png")

    def bytes(self, kind: str) -> bytes:
        """Return the chart as 'svg' or 'png', the same bytes for the same chart."""
        return self._svg if kind == "svg" else self._png

    # Each is in a file, and in the page or the Word document too.
    @cached_property
    def _svg(self) -> bytes:
        return self._rendered("svg", {"Date": None, "Creator": None})

    @cached_property
    def _png(self) -> bytes:
        return self._rendered("png", {"Software": None})

    def _rendered(self, kind: str, metadata: dict) -> bytes:
        import matplotlib

        content = io.BytesIO()
        with (
            matplotlib.rc_context({"svg.hashsalt": self.key, "svg.fonttype": "path", "font.family": FONT}),
            warnings.catch_warnings(),
        ):
            # The font has the letters of Europe; others are drawn as boxes, and the tables have them all.
            warnings.filterwarnings("ignore", message="Glyph")
            self.figure.savefig(content, format=kind, metadata=metadata, dpi=150)
        return content.getvalue()


def _axes(lines: list[int], note: str, above: float = 0.1):
    """Return a figure and axes for bars whose labels have so many lines each, a note below and room above (inches)."""
    import matplotlib.style
    from matplotlib.figure import Figure

    heights = [max(0.42, 0.21 * n + 0.14) for n in lines]
    note = "\n".join(textwrap.wrap(_plain(note), 112))
    below = 0.55 + 0.17 * (note.count("\n") + 1)
    with matplotlib.style.context("afcharts.afcharts"):
        figure = Figure(figsize=(WIDTH, sum(heights) + below + above), facecolor="white")
        axes = figure.add_axes((0.36, below / figure.get_figheight(), 0.58, sum(heights) / figure.get_figheight()))
    figure.text(0.012, 0.1 / figure.get_figheight(), note, fontsize=9, color=DARK, family=FONT, va="bottom")
    places, at = [], 0.0
    for height in heights:
        places.append(at + height / 2)
        at += height
    axes.set_ylim(at, 0)
    axes.grid(False)
    axes.tick_params(left=False)
    axes.spines["left"].set_visible(True)
    return figure, axes, places


def _plain(text: str) -> str:
    """Return text in which matplotlib finds no formula."""
    return text.replace("$", r"\$")


def _wrapped(labels: list[str]) -> list[str]:
    return ["\n".join(textwrap.wrap(_plain(label), LABEL_WIDTH)) for label in labels]


def _bars(key, title, alt, labels, counts, ends, note, axis) -> Chart:
    """Return a chart of single bars, one a label, each with its number written at its end."""
    wrapped = _wrapped(labels)
    figure, axes, places = _axes([text.count("\n") + 1 for text in wrapped], note)
    axes.barh(places, counts, height=0.28, color=BLUE)
    largest = max([*counts, 1])
    axes.set_xlim(0, largest * 1.3)
    for place, count, end in zip(places, counts, ends, strict=True):
        axes.text(count + largest * 0.012, place, end, va="center", fontsize=11, family=FONT)
    axes.set_yticks(places, wrapped, fontsize=11, family=FONT)
    axes.set_xticks([])
    axes.set_xlabel(axis, fontsize=10, family=FONT, loc="left")
    axes.spines["bottom"].set_visible(False)
    return Chart(key, title, alt, figure)


def points_bars(outcome: Outcome, question: Question | str) -> Chart:
    """Draw each answer to a closed question, for all respondents, as bars in the order of the scale."""
    question = _question(outcome, question)
    rows = rows_of(outcome.tally, question)
    title = f"{question.label}: each answer"
    said = [
        f"{answer}, {share(count, base, percent)}"
        for answer, count, base, percent in zip(
            rows["answer"], rows["count"], rows["base"], rows["percent"], strict=True
        )
    ]
    base = counted(int(rows["base"].iloc[0]), "respondent")
    return _bars(
        f"{question.id}_answers",
        title,
        f"Bar chart of answers by {base}: {'; '.join(said)}.",
        rows["answer"].tolist(),
        rows["count"].tolist(),
        _ends(rows),
        f"Base: {base}. {source_line(outcome)}",
        "Number of respondents",
    )


def _ends(rows: pd.DataFrame) -> list[str]:
    return [
        f"{count:,}{in_brackets(count, percent).replace('less than ', '<')}"
        for count, percent in zip(rows["count"], rows["percent"], strict=True)
    ]


def _question(outcome: Outcome, question: Question | str) -> Question:
    return outcome.consultation.question(question) if isinstance(question, str) else question


def agreement_bars(outcome: Outcome, question: Question | str, grouping: str | None = None) -> Chart:
    """Draw the nets of a question as one stacked bar for all respondents and one for each group, bases in the labels.

    `grouping` defaults to the first that the outcome is broken down by; groups without respondents keep their place.
    """
    question = _question(outcome, question)
    grouping = grouping or next(iter(outcome.crossed), EVERYONE)
    rows = rows_of(outcome.agreement, question, EVERYONE, grouping)
    groups = list(dict.fromkeys(rows["group"]))
    table = {(row.group, row.net): row for row in rows.itertuples()}
    nets = question.scale.nets
    bases = [int(table[group, nets[0].key].base) for group in groups]
    wrapped = _wrapped([f"{named(group)}\u00a0({base:,})" for group, base in zip(groups, bases, strict=True)])
    note = (
        f"Numbers in brackets are bases; small bases move much with one answer. Labels are percentages; "
        f"parts under {ROOM}% are not labelled. {source_line(outcome)}"
    )
    figure, axes, places = _axes([text.count("\n") + 1 for text in wrapped], note, above=0.45)
    left = [0.0] * len(groups)
    for net, colour in zip(nets, NET_COLOURS[: len(nets)], strict=True):
        cells = [table[group, net.key] for group in groups]
        widths = [100 * cell.count / cell.base if cell.base else 0 for cell in cells]
        axes.barh(
            places,
            widths,
            left=left,
            height=0.28,
            color=colour,
            edgecolor="white",
            linewidth=1.2,
            label=_plain(net.label),
        )
        ink = "white" if colour in (BLUE, DARK, PLUM) else "black"
        for place, start, width, cell in zip(places, left, widths, cells, strict=True):
            if width >= ROOM:
                axes.text(
                    start + width / 2,
                    place,
                    f"{cell.percent:g}",
                    ha="center",
                    va="center",
                    color=ink,
                    fontsize=11,
                    family=FONT,
                )
        left = [a + b for a, b in zip(left, widths, strict=True)]
    for place, base in zip(places, bases, strict=True):
        if not base:
            axes.text(1, place, "no respondents", va="center", fontsize=10, color=DARK, family=FONT)
    axes.set_xlim(0, 100)
    axes.set_xticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", "100%"], fontsize=10, family=FONT)
    axes.set_yticks(places, wrapped, fontsize=11, family=FONT)
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(-0.62, 1.0),
        ncols=len(nets),
        frameon=False,
        handlelength=1,
        prop={"family": FONT, "size": 10.5},
        borderaxespad=0.2,
        columnspacing=1.2,
    )
    first = nets[0]
    shares = [
        f"{named(group)}, {share(row.count, row.base, row.percent)}"
        for group in groups
        if (row := table[group, first.key]).base
    ]
    alt = f"Stacked bar chart. {first.label}: {'; '.join(shares) or 'no respondents'}."
    return Chart(f"{question.id}_by_{grouping}", f"{question.label}: agreement by group", alt, figure)


def theme_bars(outcome: Outcome, question: Question | str) -> Chart:
    """Draw how many respondents raised each theme, in the codebook's order, saying who gave the codes."""
    question = _question(outcome, question)
    rows = rows_of(outcome.theme_counts, question)
    coding = rows["coding"].iloc[0]
    rows = rows[rows["coding"] == coding]
    labels = {theme.key: theme.label for theme in question.codebook.themes}
    names = [labels[theme] for theme in rows["theme"]]
    base = counted(int(rows["base"].iloc[0]), "respondent")
    said = listed([f"{name} {count:,}" for name, count in zip(names, rows["count"], strict=True)])
    note = (
        f"Codes: {coding}. Base: {base} who wrote something; one answer can raise several themes. "
        f"Themes are in the codebook's order. {source_line(outcome)}"
    )
    return _bars(
        f"{question.id}_themes",
        f"{question.label}: themes raised ({coding})",
        f"Bar chart of the number of respondents who raised each theme, {coding}, of {base}: {said}.",
        names,
        rows["count"].tolist(),
        _ends(rows),
        note,
        "Number of respondents",
    )


def respondents_bars(outcome: Outcome, grouping: str) -> Chart:
    """Draw how many respondents each group has, in the order of the survey."""
    rows = outcome.respondents[outcome.respondents["grouping"] == grouping]
    label = outcome.consultation.grouping(grouping).label
    everyone = outcome.respondents.loc[outcome.respondents["grouping"] == EVERYONE, "count"].iloc[0]
    said = listed([f"{group} {count:,}" for group, count in zip(rows["group"], rows["count"], strict=True)])
    return _bars(
        f"respondents_{grouping}",
        f"Who responded, by {inside(label)}",
        f"Bar chart of the number of respondents by {inside(label)}. {ALL} {everyone:,}: {said}.",
        rows["group"].tolist(),
        rows["count"].tolist(),
        [f"{count:,}" for count in rows["count"]],
        f"Base: {counted(int(everyone), 'respondent')}. {source_line(outcome)}",
        "Number of respondents",
    )
