"""Charts in the style of the Government Analysis Function: the one door to matplotlib.

Bars are horizontal because labels are sentences; they start at zero, stand in published order and carry their numbers.
Titles go in the page, not in the picture. Every label is wrapped by its measured width, so that nothing overlaps or is cut
off however many groups there are and however long their names. The same input gives the same bytes.

The font has the letters of Europe, Welsh among them. Letters of other scripts are drawn as boxes; the alternative text
and the table behind the chart have them all.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property

import pandas as pd

from pipeline.definition import Question
from pipeline.ingest.responses import EVERYONE
from pipeline.outcome.outcomes import Outcome, rows_of
from pipeline.outcome.tables import ALL, CONFIDENTIAL, named, nets_name, source_line
from pipeline.outcome.wording import counted, in_brackets, inside, listed, share

# From the Analysis Function's palette: dark blue, orange, and two more for longer scales. Its light grey cannot be seen
# against white, so the middle is a darker one: each part stands at 3 to 1 against the white of the page and of the gaps
# between parts (WCAG 1.4.11), which is what divides neighbours that are closer to each other than that.
BLUE, ORANGE, GREY, DARK, PLUM = "#12436D", "#F46A25", "#8C8C8C", "#3D3D3D", "#801650"
NET_COLOURS = (BLUE, GREY, ORANGE, DARK, PLUM)
# Two nets have no middle.
TWO_COLOURS = (BLUE, ORANGE)
# A font that comes with matplotlib, so that a chart looks the same on every machine.
FONT = "DejaVu Sans"
# Lengths are points, 72 to the inch.
WIDTH, MARGIN, LABELS, GAP = 691, 8, 232, 8
TEXT, SMALL = 12, 10
LINE = 1.25
BAR, SWATCH = 20, 18
# Small bars of themes stand this many beside each other.
PANELS = 3
# Alternative text names so many numbers at most; a longer list is read in the table.
SPOKEN = 12
INTERVALS = "Lines across the ends of bars run from the low to the high end of each count's interval. "


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
        """Return the chart as 'svg' or 'png', the same bytes for the same chart; title and alternative text are inside."""
        return self._svg if kind == "svg" else self._png

    # Each is in a file, and in the page or the Word document too.
    @cached_property
    def _svg(self) -> bytes:
        return self._rendered("svg", {"Date": None, "Creator": None})

    @cached_property
    def _png(self) -> bytes:
        return self._rendered("png", {"Software": None})

    def _rendered(self, kind: str, metadata: dict) -> bytes:
        content = io.BytesIO()
        with drawing(self.key):
            words = {"Title": self.title, "Description": self.alt}
            self.figure.savefig(content, format=kind, metadata=words | metadata, dpi=150)
        return content.getvalue()


@contextmanager
def drawing(key: str = "") -> Iterator[None]:
    """Draw alike everywhere: letters as shapes as long as they were measured, and ids of an SVG that follow from `key`."""
    import matplotlib

    settings = {"svg.hashsalt": key, "svg.fonttype": "path", "font.family": FONT, "text.hinting": "no_hinting"}
    with matplotlib.rc_context(settings), _any_letter():
        yield


@contextmanager
def _any_letter() -> Iterator[None]:
    """Let letters that the font does not have pass without a warning."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")
        yield


# --- Text that fits ----------------------------------------------------------------------------------------------


@cache
def _length(text: str, size: float = TEXT, weight: str = "normal") -> float:
    """Return how long a line of text is, in points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    with _any_letter():
        font = FontProperties(family=FONT, size=size, weight=weight)
        return text_to_path.get_text_width_height_descent(text, font, False)[0]


def _lines(text: str, room: float, size: float = TEXT, weight: str = "normal") -> list[str]:
    """Return text in lines no longer than `room` points; a word that is longer is broken."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".lstrip()
        if _length(longer, size, weight) <= room:
            lines[-1] = longer
            continue
        lines.append("")
        for letter in word:
            if _length(lines[-1] + letter, size, weight) > room:
                lines.append("")
            lines[-1] += letter
    return [line for line in lines if line]


def _plain(text: str) -> str:
    """Return text in which matplotlib finds no formula."""
    return text.replace("$", r"\$")


def _write(figure, x: float, y: float, lines: list[str], size: float = TEXT, colour: str = "black", **where) -> None:
    """Write lines of text at a place in points from the lower left corner."""
    text = _plain("\n".join(lines))
    style = {"fontsize": size, "color": colour, "family": FONT, "linespacing": LINE} | where
    figure.text(x / 72, y / 72, text, transform=figure.dpi_scale_trans, **style)


# --- Bars and what stands around them ------------------------------------------------------------------------------


def _figure(height: float):
    import matplotlib.style
    from matplotlib.figure import Figure

    with matplotlib.style.context("afcharts.afcharts"):
        return Figure(figsize=(WIDTH / 72, height / 72), facecolor="white")


def _add_axes(figure, left: float, bottom: float, width: float, height: float):
    """Return axes for bars, at a place in points; y runs down from 0 to `height`, in points too."""
    import matplotlib.style

    of = (WIDTH, 72 * figure.get_figheight())
    with matplotlib.style.context("afcharts.afcharts"):
        axes = figure.add_axes((left / of[0], bottom / of[1], width / of[0], height / of[1]))
    axes.set_ylim(height, 0)
    axes.grid(False)
    axes.set_xticks([])
    axes.tick_params(left=False)
    axes.spines["left"].set_visible(True)
    axes.spines["bottom"].set_visible(False)
    return axes


@dataclass(frozen=True)
class _Rows:
    """The lines of each row's label, where each row has its middle, in points from the top, and how high all are."""

    labels: list[list[str]]
    places: list[float]
    height: float


def _rows(labels: list[str]) -> _Rows:
    wrapped = [_lines(label, LABELS) for label in labels]
    places, at = [], 0.0
    for lines in wrapped:
        height = max(1.5 * BAR, LINE * TEXT * len(lines) + 10)
        places.append(at + height / 2)
        at += height
    return _Rows(wrapped, places, at)


def _label(axes, rows: _Rows) -> None:
    """Write the rows' labels to the left of their bars."""
    labels = [_plain("\n".join(lines)) for lines in rows.labels]
    axes.set_yticks(rows.places, labels, fontsize=TEXT, family=FONT, linespacing=LINE)


def _laid_out(rows: _Rows, note: str, above: float = GAP, below: float = 0):
    """Return a figure, and axes with labelled rows: a note under them, and room above and below the bars (points)."""
    note_lines = _lines(note, WIDTH - 2 * MARGIN, SMALL)
    foot = GAP + LINE * SMALL * len(note_lines) + GAP + below
    figure = _figure(above + rows.height + foot)
    left = MARGIN + LABELS + GAP
    axes = _add_axes(figure, left, foot, WIDTH - left - 2 * MARGIN, rows.height)
    _label(axes, rows)
    _write(figure, MARGIN, GAP, note_lines, SMALL, DARK, va="bottom")
    return figure, axes


def _bars(key, title, alt, labels, counts, ends, note, intervals=None) -> Chart:
    """Return a chart of single bars, one a label, each with its number written at its end.

    `intervals` has a low and a high end for each label, or None where there is none.
    """
    rows = _rows(labels)
    figure, axes = _laid_out(rows, note, below=LINE * SMALL + GAP)
    intervals = intervals or [None] * len(labels)
    reach = [max(count, interval[1]) if interval else count for count, interval in zip(counts, intervals, strict=True)]
    # The longest bar leaves room for the longest number.
    width = axes.get_position().width * WIDTH
    room = max(_length(end) for end in ends) + 2 * GAP
    scale = max([*reach, 1]) / (width - room)
    axes.set_xlim(0, scale * width)
    axes.barh(rows.places, counts, height=BAR, color=BLUE)
    for place, interval in zip(rows.places, intervals, strict=True):
        if interval:
            _interval(axes, place, *interval)
    for place, end, text in zip(rows.places, reach, ends, strict=True):
        axes.text(end + 6 * scale, place, text, va="center_baseline", fontsize=TEXT, family=FONT)
    axes.set_xlabel("Number of respondents", fontsize=SMALL, family=FONT, loc="left")
    return Chart(key, title, alt, figure)


def _interval(axes, place: float, low: float, high: float) -> None:
    """Draw a line with caps: black, with a white edge so that it is seen on the bar as on the page."""
    for colour, width, more in (("white", 5, 1), ("black", 1.6, 0)):
        axes.plot([low, high], [place, place], color=colour, linewidth=width, solid_capstyle="butt")
        for end in (low, high):
            cap = [place - 5 - more, place + 5 + more]
            axes.plot([end, end], cap, color=colour, linewidth=width, solid_capstyle="butt", clip_on=False)


def _spoken(parts: list[str], of: str) -> str:
    """Return the parts of an alternative text; where they are too many to listen to, the first, and where the others are."""
    if len(parts) <= SPOKEN:
        return "; ".join(parts)
    return f"{parts[0]}; the table behind the chart has all {len(parts)} {of}"


# --- The charts ---------------------------------------------------------------------------------------------------


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
        f"Bar chart of answers by {base}: {_spoken(said, 'answers')}.",
        rows["answer"].tolist(),
        rows["count"].tolist(),
        _ends(rows),
        f"Base: {base}. {source_line(outcome)}",
    )


def _ends(rows: pd.DataFrame) -> list[str]:
    return [
        CONFIDENTIAL if pd.isna(count) else f"{count:,}{in_brackets(count, percent).replace('less than ', '<')}"
        for count, percent in zip(rows["count"], rows["percent"], strict=True)
    ]


def _question(outcome: Outcome, question: Question | str) -> Question:
    return outcome.consultation.question(question) if isinstance(question, str) else question


def _with_base(group: str, base: int) -> str:
    """Return a group's label in a chart; its base stays on the line of the last word."""
    return f"{named(group)}\u00a0({base:,})"


def agreement_bars(outcome: Outcome, question: Question | str, grouping: str | None = None) -> Chart:
    """Draw the nets of a question as one stacked bar for all respondents and one for each group, bases in the labels.

    `grouping` defaults to the first that the outcome is broken down by; groups without respondents keep their place.
    """
    question = _question(outcome, question)
    grouping = grouping or next(iter(outcome.crossed), EVERYONE)
    table = rows_of(outcome.agreement, question, EVERYONE, grouping)
    groups = list(dict.fromkeys(table["group"]))
    cells = {(row.group, row.net): row for row in table.itertuples()}
    nets = question.scale.nets
    bases = [int(cells[group, nets[0].key].base) for group in groups]
    rows = _rows([_with_base(group, base) for group, base in zip(groups, bases, strict=True)])
    note = (
        "Numbers in brackets are bases; small bases move much with one answer. Labels are percentages; parts too "
        f"narrow for theirs have none, and the table has them all. {source_line(outcome)}"
    )
    legend = _legend([net.label for net in nets])
    colours = TWO_COLOURS if len(nets) == 2 else NET_COLOURS[: len(nets)]
    figure, axes = _laid_out(rows, note, above=GAP + legend.height + GAP, below=LINE * SMALL + GAP)
    _draw_legend(figure, legend, colours)
    left = [0.0] * len(groups)
    # A bar of which a part is suppressed would show the part's length, or stand in the wrong place: there is none.
    hidden = [any(pd.isna(cells[group, net.key].count) for net in nets) for group in groups]
    for net, colour in zip(nets, colours, strict=True):
        parts = [None if unseen else cells[group, net.key] for group, unseen in zip(groups, hidden, strict=True)]
        left = _stack(axes, rows.places, left, parts, colour)
    for place, base, unseen in zip(rows.places, bases, hidden, strict=True):
        if not base or unseen:
            words = f"{CONFIDENTIAL} suppressed" if unseen else "no respondents"
            axes.text(1, place, words, va="center_baseline", fontsize=TEXT, color=DARK, family=FONT)
    axes.set_xlim(0, 100)
    axes.set_xticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", "100%"], fontsize=SMALL, family=FONT)
    first = nets[0]
    shares = [
        f"{named(group)}, {CONFIDENTIAL if pd.isna(row.count) else share(row.count, row.base, row.percent)}"
        for group in groups
        if (row := cells[group, first.key]).base
    ]
    alt = f"Stacked bar chart. {first.label}: {_spoken(shares, 'bars')}."
    return Chart(f"{question.id}_by_{grouping}", f"{question.label}: {nets_name(question)} by group", alt, figure)


def _stack(axes, places: list[float], left: list[float], cells: list, colour: str) -> list[float]:
    """Draw one part of each bar from where the last ended, numbered where there is room; return where it ends.

    A cell that is None has no part.
    """
    widths = [100 * cell.count / cell.base if cell is not None and cell.base else 0 for cell in cells]
    axes.barh(places, widths, left=left, height=BAR, color=colour, edgecolor="white", linewidth=1.2)
    unit = axes.get_position().width * WIDTH / 100
    for place, start, width, cell in zip(places, left, widths, cells, strict=True):
        text = "" if cell is None or pd.isna(cell.percent) else f"{cell.percent:g}"
        if _length(text) + 5 <= width * unit:
            where = {"ha": "center", "va": "center_baseline", "fontsize": TEXT, "family": FONT}
            axes.text(start + width / 2, place, text, color=_ink(colour), **where)
    return [a + b for a, b in zip(left, widths, strict=True)]


def _ink(colour: str) -> str:
    """Return the colour of text that is read on a colour of a bar."""
    return "white" if colour in (BLUE, DARK, PLUM) else "black"


@dataclass(frozen=True)
class _Legend:
    """Each label's place in points from the left and from the top, with its lines; and how high they all are."""

    entries: list[tuple[float, float, list[str]]]
    height: float


def _legend(labels: list[str]) -> _Legend:
    """Set the labels beside each other where they fit, and under each other where not."""
    beside = [SWATCH + _length(label) + 2 * GAP for label in labels]
    if MARGIN + sum(beside) <= WIDTH:
        entries = [(MARGIN + sum(beside[:n]), GAP, [label]) for n, label in enumerate(labels)]
        return _Legend(entries, LINE * TEXT)
    entries, at = [], float(GAP)
    for label in labels:
        lines = _lines(label, WIDTH - 2 * MARGIN - SWATCH)
        entries.append((MARGIN, at, lines))
        at += LINE * TEXT * len(lines) + 4
    return _Legend(entries, at - GAP)


def _draw_legend(figure, legend: _Legend, colours: tuple[str, ...]) -> None:
    from matplotlib.patches import Rectangle

    top = 72 * figure.get_figheight()
    for (x, y, lines), colour in zip(legend.entries, colours, strict=True):
        corner = (x / 72, (top - y - TEXT - 1) / 72)
        square = Rectangle(corner, TEXT / 72, TEXT / 72, facecolor=colour, transform=figure.dpi_scale_trans)
        figure.add_artist(square)
        _write(figure, x + SWATCH, top - y, lines, va="top")


def theme_bars(outcome: Outcome, question: Question | str, intervals: pd.DataFrame | None = None) -> Chart:
    """Draw how many respondents raised each theme, in the codebook's order, saying who gave the codes.

    `intervals` may give some themes' counts a range, in the columns theme, low and high (respondents): a line from the low
    to the high end, which the note explains and the alternative text tells.
    """
    question = _question(outcome, question)
    rows = rows_of(outcome.theme_counts, question)
    coding = rows["coding"].iloc[0]
    rows = rows[rows["coding"] == coding]
    labels = {theme.key: theme.label for theme in question.codebook.themes}
    names = [labels[theme] for theme in rows["theme"]]
    ranges = {} if intervals is None else {row.theme: (row.low, row.high) for row in intervals.itertuples()}
    ranges = [ranges.get(theme) for theme in rows["theme"]]
    base = counted(int(rows["base"].iloc[0]), "respondent")
    said = listed(
        [
            f"{name} {count:,}{_from_to(*ends) if ends else ''}"
            for name, count, ends in zip(names, rows["count"], ranges, strict=True)
        ]
    )
    note = (
        f"Codes: {coding}. Base: {base} who wrote something; one answer can raise several themes. "
        f"Themes are in the codebook's order. {INTERVALS if any(ranges) else ''}{source_line(outcome)}"
    )
    return _bars(
        f"{question.id}_themes",
        f"{question.label}: themes raised ({coding})",
        f"Bar chart of the number of respondents who raised each theme, {coding}, of {base}: {said}.",
        names,
        rows["count"].tolist(),
        _ends(rows),
        note,
        ranges,
    )


def _from_to(low: float, high: float) -> str:
    return f" (from {int(low + 0.5):,} to {int(high + 0.5):,})"


def themes_by_group_bars(outcome: Outcome, question: Question | str, grouping: str) -> Chart:
    """Draw the share of each group that raised each theme: small bars beside each other, a column a theme, a row a group.

    All columns have the same scale; bases are in the labels of the groups, counts and shares at the ends of the bars.
    """
    question = _question(outcome, question)
    table = rows_of(outcome.theme_counts, question, EVERYONE, grouping)
    coding = table.loc[table["grouping"] == EVERYONE, "coding"].iloc[0]
    table = table[table["coding"] == coding]
    bases = table.drop_duplicates(["grouping", "group"])
    rows = _rows([_with_base(group, base) for group, base in zip(bases["group"], bases["base"], strict=True)])
    columns = [(theme.label, table[table["theme"] == theme.key]) for theme in question.codebook.themes]
    note = (
        f"Codes: {coding}. Numbers in brackets beside groups are bases: those who wrote something; one answer can raise "
        "several themes. Bars are shares of the base, on one scale; numbers at their ends are respondents and, in "
        f"brackets, percentages. Themes are in the codebook's order. {source_line(outcome)}"
    )
    label = inside(outcome.consultation.grouping(grouping).label)
    everyone = table[table["grouping"] == EVERYONE]
    said = [
        f"{name}, {share(row.count, row.base, row.percent)}"
        for (name, _), row in zip(columns, everyone.itertuples(), strict=True)
    ]
    alt = (
        f"Small bar charts, one for each of {counted(len(columns), 'theme')}, with a bar for each of "
        f"{counted(len(bases) - 1, 'group')} ({coding}). Of all respondents who wrote something: {_spoken(said, 'themes')}. "
        "The table behind the chart has each group."
    )
    title = f"{question.label}: themes raised, by {inside(label)} ({coding})"
    return Chart(f"{question.id}_themes_by_{grouping}", title, alt, _panels(rows, columns, note))


def _panels(rows: _Rows, columns: list[tuple[str, pd.DataFrame]], note: str):
    """Return a figure of bands, each with up to `PANELS` columns of bars under their headings and the rows' labels beside."""
    across = min(PANELS, len(columns))
    bands = [columns[n : n + across] for n in range(0, len(columns), across)]
    left = MARGIN + LABELS + GAP
    step = (WIDTH - left - MARGIN) / across
    headings = [[_lines(name, step - GAP, weight="bold") for name, _ in band] for band in bands]
    heads = [LINE * TEXT * max(map(len, lines)) + GAP for lines in headings]
    note_lines = _lines(note, WIDTH - 2 * MARGIN, SMALL)
    height = sum(heads) + len(bands) * (rows.height + 2 * GAP) + LINE * SMALL * len(note_lines) + 2 * GAP
    figure = _figure(height)
    _write(figure, MARGIN, GAP, note_lines, SMALL, DARK, va="bottom")
    ends = [_ends(part) for _, part in columns]
    room = max(_length(end, SMALL) for column in ends for end in column) + GAP
    top = height - GAP
    for band, lines, head in zip(bands, headings, heads, strict=True):
        top -= head
        for number, ((_, part), heading) in enumerate(zip(band, lines, strict=True)):
            x = left + number * step
            _write(figure, x, top + GAP / 2, heading, va="bottom", weight="bold")
            axes = _add_axes(figure, x, top - rows.height, step - GAP, rows.height)
            _shares(axes, rows.places, part, room)
            if number == 0:
                _label(axes, rows)
            else:
                axes.set_yticks([])
        top -= rows.height + 2 * GAP
    return figure


def _shares(axes, places: list[float], part: pd.DataFrame, room: float) -> None:
    """Draw the share of each group's base, 100% as long as leaves `room` points for the numbers at the ends."""
    width = axes.get_position().width * WIDTH
    scale = 100 / (width - room)
    axes.set_xlim(0, scale * width)
    # A suppressed count has no bar.
    widths = [0 if pd.isna(row.count) or not row.base else 100 * row.count / row.base for row in part.itertuples()]
    axes.barh(places, widths, height=BAR * 0.8, color=BLUE)
    for place, end, text, base in zip(places, widths, _ends(part), part["base"], strict=True):
        text = text if base else "no answers"
        axes.text(end + 4 * scale, place, text, va="center_baseline", fontsize=SMALL, family=FONT)


def respondents_bars(outcome: Outcome, grouping: str) -> Chart:
    """Draw how many respondents each group has, in the order of the survey."""
    rows = outcome.respondents[outcome.respondents["grouping"] == grouping]
    label = outcome.consultation.grouping(grouping).label
    everyone = outcome.respondents.loc[outcome.respondents["grouping"] == EVERYONE, "count"].iloc[0]
    said = [f"{group} {count:,}" for group, count in zip(rows["group"], rows["count"], strict=True)]
    return _bars(
        f"respondents_{grouping}",
        f"Who responded, by {inside(label)}",
        f"Bar chart of the number of respondents by {inside(label)}. {ALL} {everyone:,}: {_spoken(said, 'groups')}.",
        rows["group"].tolist(),
        rows["count"].tolist(),
        [f"{count:,}" for count in rows["count"]],
        f"Base: {counted(int(everyone), 'respondent')}. {source_line(outcome)}",
    )
