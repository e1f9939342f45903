"""Charts: the same bytes each time, nothing cut off or overlapping, readable without colour, and honest about their data."""

import itertools
import xml.etree.ElementTree as ElementTree

import pandas as pd
import pytest

from pipeline import charts, read_consultation, read_responses, summarise, verify
from pipeline.outcome.report import compose
from pipeline.schemas import build

from .conftest import CODEBOOK, SMALL, row
from .surveys import long_label, survey_of, survey_with


def boxes(chart):
    """Every text of a chart that is drawn, with its rectangle in pixels and the text itself."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    canvas = FigureCanvasAgg(chart.figure)
    with charts.drawing():
        canvas.draw()
        renderer = canvas.get_renderer()
        texts = [text for text in chart.figure.findobj(Text) if text.get_text() and text.get_visible()]
        return [(text.get_text(), text.get_window_extent(renderer), text) for text in texts]


def bars(chart):
    """The rectangles of every bar that has a width, in pixels, with their colours."""
    from matplotlib.colors import to_hex

    return [
        (patch.get_window_extent(), to_hex(patch.get_facecolor()))
        for axes in chart.figure.axes
        for patch in axes.patches
        if patch.get_width()
    ]


def inside(box, other, slack=0.5):
    return (
        box.x0 >= other.x0 - slack
        and box.x1 <= other.x1 + slack
        and box.y0 >= other.y0 - slack
        and box.y1 <= other.y1 + slack
    )


def apart(a, b):
    return a.x1 <= b.x0 + 1 or b.x1 <= a.x0 + 1 or a.y1 <= b.y0 + 1 or b.y1 <= a.y0 + 1


def assert_legible(chart):
    """No text is cut off or on another; a number is wholly on one bar, which it contrasts with, or on none."""
    found, drawn = boxes(chart), bars(chart)
    for text, box, drawn_text in found:
        assert inside(box, chart.figure.bbox), f"cut off: {text}"
        assert drawn_text.get_fontsize() >= 10
        under = [(bar, colour) for bar, colour in drawn if not apart(box, bar)]
        assert len(under) <= 1 and all(inside(box, bar) for bar, _ in under), f"not in its bar: {text}"
        paper = under[0][1] if under else "#ffffff"
        assert contrast(hexed(drawn_text.get_color()), paper) >= 4.5, f"too faint: {text}"
    for (one, a, _), (other, b, _) in itertools.combinations(found, 2):
        assert apart(a, b), f"overlap: {one!r} and {other!r}"


def words_of(chart):
    return " ".join(text for text, _, _ in boxes(chart)).replace("\n", " ")


def drawn_of(outcome, question="plan", codebook_question="why", grouping="role"):
    """Every kind of chart of a small survey."""
    return [
        charts.respondents_bars(outcome, grouping),
        charts.points_bars(outcome, question),
        charts.agreement_bars(outcome, question, grouping),
        charts.theme_bars(outcome, codebook_question),
        charts.themes_by_group_bars(outcome, codebook_question, grouping),
    ]


def test_the_shipped_charts_are_legible_and_say_that_responses_are_invented(outcome):
    blocks, _ = compose(outcome, verify(outcome))
    drawn = [block.chart for block in blocks if block.chart]
    assert len(drawn) == 13
    for chart in drawn:
        assert_legible(chart)
        words = words_of(chart)
        assert "invented responses with the published totals" in words, chart.key
        if "_themes" in chart.key:
            assert "settled by hand" in words and "settled by hand" in chart.title


def test_a_chart_of_machine_codes_says_that_nobody_checked_them(outcome):
    machine = outcome.coded[outcome.coded["coder"] == "classifier"]
    unchecked = summarise(outcome.consultation, outcome.responses, machine, cards=outcome.cards)
    for question in ("criteria", "reasons_timing"):
        chart = charts.theme_bars(unchecked, question)
        words = words_of(chart)
        assert all("machine-coded, not yet checked" in text for text in (words, chart.title, chart.alt))


@pytest.mark.parametrize("groups", [2, 9, 40])
def test_charts_are_legible_with_few_and_many_groups_and_long_labels(small, groups):
    assert {len(long_label(n)) for n in range(groups)} == {90}
    outcome = survey_with(small, groups)
    for chart in drawn_of(outcome):
        assert_legible(chart)
    assert len(charts.agreement_bars(outcome, "plan", "role").figure.axes[0].get_yticks()) == groups + 1


@pytest.mark.parametrize("decimals", [0, 1])
@pytest.mark.parametrize(
    "labels",
    [
        ["Cats", "Dogs"],
        ["W" * 90, "i" * 90],
        ["Ysgolion yn Nhŷ’r Cyffredin a’r dŵr", "$5 to $10_a^b {frac}"],
        ["同意 (agree)", "não"],
    ],
    ids=["short", "one long word", "Welsh, and formulas", "letters the font has not"],
)
def test_charts_are_legible_whatever_the_words_and_the_answers(small, labels, decimals):
    sets = {
        "one respondent": [row("1", role=labels[0], why="words")],
        "all agree": [row(f"{n}", role=labels[n % 2], why="words") for n in range(3)],
        "thirds and a sliver": [
            row(f"{n}", ["Disagree", *["Agree", "Neither", "Disagree"] * 101][n], role=labels[0], why="words")
            for n in range(304)
        ],
    }
    for rows in sets.values():
        definition = f"decimals = {decimals}\n{SMALL}"
        outcome = survey_of(small, labels, rows, definition, codes="respondent,themes\n1,food\n")
        for chart in drawn_of(outcome):
            assert_legible(chart)


def test_long_answers_nets_and_themes_are_wrapped_too(small):
    wordy = "agrees in part with what is proposed, and would rather see how it goes in other places first"
    definition = SMALL.replace('"Neither"', f'"Neither {wordy}"').replace("Did not agree", f"Did not {wordy}")
    definition = definition.replace('"Agreed"', f'"Who {wordy}"')
    rows = [row("1", f"Neither {wordy}", role="A", why="words"), row("2", role="B", why="words")]
    folder = small(*rows, definition=definition)
    outcome = survey_of(small, ["A", "B"], rows, definition, codes="respondent,themes\n1,food\n2,food\n")
    for chart in drawn_of(outcome):
        assert_legible(chart)
    codebook = CODEBOOK.replace('label = "food"', f'label = "food, as {wordy}"')
    more = "".join(
        f'\n[[themes]]\nkey = "t{n}"\nlabel = "theme {n} {"w" * 80}"\ndescription = "d"\n' for n in range(20)
    )
    (folder / "codebook.toml").write_text(codebook + more, encoding="utf-8")
    consultation = read_consultation(folder)
    outcome = summarise(consultation, read_responses(consultation), outcome.coded)
    for chart in drawn_of(outcome)[3:]:
        assert_legible(chart)


def test_no_word_of_a_label_is_lost_in_wrapping():
    for text in ("one two three", "W" * 90, f"a {'b' * 70} c", "同意 " * 30):
        lines = charts._lines(text, 100)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert all(charts._length(line) <= 100 for line in lines) and all(lines)
    assert charts._lines("one two three", 1000) == ["one two three"]


def test_a_number_stands_on_its_part_only_where_it_fits(small):
    # 1 of 50 is 2% of 427 points: room for 8.5, and "2" with its edges takes more. 2 of 50 has room for "4".
    answers = ["Disagree"] + ["Neither"] * 2 + ["Agree"] * 47
    rows = [row(f"{n}", answer) for n, answer in enumerate(answers)]
    definition = SMALL.replace(
        '{ key = "other", label = "Did not agree", points = ["Neither", "Disagree"] }',
        '{ key = "neither", label = "Neither", points = ["Neither"] },\n{ key = "other", label = "No", points = ["Disagree"] }',
    )
    outcome = survey_of(small, ["Cats", "Dogs"], rows, definition)
    texts = [text for text, _, _ in boxes(charts.agreement_bars(outcome, "plan", "role"))]
    assert texts.count("94") == 2 and texts.count("4") == 2 and texts.count("2") == 0


def test_an_interval_is_drawn_told_and_explained_and_its_number_stands_beyond_it(small):
    rows = [row(f"{n}", role="A", why="words") for n in range(10)]
    outcome = survey_of(small, ["A", "B"], rows, codes="respondent,themes\n0,food\n1,food\n2,food\n")
    intervals = pd.DataFrame([("food", 1.0, 6.5)], columns=["theme", "low", "high"])
    plain, chart = charts.theme_bars(outcome, "why"), charts.theme_bars(outcome, "why", intervals)
    assert_legible(chart)
    assert "food 3 (from 1 to 7)" in chart.alt and "from" not in plain.alt
    assert "Lines across the ends of bars" in words_of(chart) and "Lines" not in words_of(plain)
    (axes,) = chart.figure.axes
    assert {tuple(line.get_xdata()) for line in axes.lines} == {(1.0, 6.5), (1.0, 1.0), (6.5, 6.5)}
    (number,) = [box for text, box, _ in boxes(chart) if text.startswith("3 (")]
    assert number.x0 > axes.transData.transform((6.5, 0))[0] + 1


def test_themes_by_group_are_shares_of_each_groups_base(small):
    rows = [row("1", role="A", why="words"), row("2", role="A", why="words"), row("3", role="B", why="words")]
    outcome = survey_of(small, ["A", "B", "C"], rows, codes="respondent,themes\n1,food\n2,\n3,food; sleep\n")
    chart = charts.themes_by_group_bars(outcome, "why", "role")
    food, sleep = chart.figure.axes
    assert [label.get_text() for label in food.get_yticklabels()] == [
        "All respondents\u00a0(3)", "A\u00a0(2)", "B\u00a0(1)", "C\u00a0(0)",
    ]  # fmt: skip
    assert [round(bar.get_width()) for bar in food.patches] == [67, 50, 100, 0]
    assert [text.get_text() for text in food.texts] == ["2 (67%)", "1 (50%)", "1 (100%)", "no answers"]
    assert [text.get_text() for text in sleep.texts] == ["1 (33%)", "0 (0%)", "1 (100%)", "no answers"]
    assert food.get_xlim() == sleep.get_xlim()
    assert "food, 2 of 3 (67%); sleep, 1 of 3 (33%)" in chart.alt


def test_a_group_without_respondents_keeps_its_place_and_says_so(small):
    consultation = read_consultation(small(row("1"), row("2", role="Dogs")))
    outcome = summarise(consultation, read_responses(consultation), build("coded", []))
    words = [text for text, _, _ in boxes(charts.agreement_bars(outcome, "plan"))]
    assert "Birds\u00a0(0)" in words and words.count("no respondents") == 2


def test_alternative_text_gives_the_numbers(outcome):
    chart = charts.points_bars(outcome, "new_judgement")
    assert "Strongly agree, 92 of 141 (65%)" in chart.alt
    assert (
        "Civil servants/central government employees, 5 of 6 (83%)"
        in charts.agreement_bars(outcome, "new_judgement").alt
    )


def test_alternative_text_of_many_bars_names_the_first_and_says_where_the_others_are(small):
    # Groups of 1 to 7, five times over, and 1 to 4: 150 respondents. Of those 1, 1, 1, 2, 2, 2, 3 agree, and 1, 1, 1, 2: 65.
    outcome = survey_with(small, 40)
    alt = charts.agreement_bars(outcome, "plan", "role").alt
    assert alt == (
        "Stacked bar chart. Agreed: All respondents, 65 of 150 (43%); the table behind the chart has all 40 bars."
    )


def test_the_files_carry_their_title_and_alternative_text(outcome):
    chart = charts.points_bars(outcome, "new_judgement")
    svg = ElementTree.fromstring(chart.bytes("svg"))
    assert svg.find("{http://www.w3.org/2000/svg}title").text == chart.title
    assert chart.alt in "".join(svg.itertext())
    png = chart.bytes("png")
    assert chart.title.encode() in png and chart.alt.encode() in png


def hexed(colour):
    from matplotlib.colors import to_hex

    return to_hex(colour)


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_what_is_read_and_what_is_drawn_have_the_contrast_they_need():
    # 4.5 to 1 for text on a part (WCAG 1.4.3). Every part stands at 3 to 1 against white (1.4.11), which is the page
    # and the gap between parts; neighbours need not differ so much from each other, as the gap is between them.
    for colour in charts.NET_COLOURS:
        assert contrast(colour, hexed(charts._ink(colour))) >= 4.5
        assert contrast(colour, "#ffffff") >= 3
    assert contrast(charts.DARK, "#ffffff") >= 4.5


def test_parts_of_a_bar_have_a_white_gap_between_them(outcome):
    from matplotlib.colors import to_hex

    (axes,) = charts.agreement_bars(outcome, "new_judgement").figure.axes
    assert all(to_hex(bar.get_edgecolor()) == "#ffffff" and bar.get_linewidth() >= 1 for bar in axes.patches)


def test_the_same_chart_is_the_same_bytes(outcome):
    intervals = pd.DataFrame([("local_offer", 10, 20)], columns=["theme", "low", "high"])
    for draw in (
        lambda: charts.theme_bars(outcome, "criteria", intervals),
        lambda: charts.themes_by_group_bars(outcome, "criteria", "respondent_group"),
        lambda: charts.agreement_bars(outcome, "timing"),
    ):
        for kind in ("svg", "png"):
            assert draw().bytes(kind) == draw().bytes(kind)
