"""Charts: the same bytes each time, nothing cut off or overlapping, readable without colour, and honest about their data."""

import re

import pytest

from pipeline import charts, read_consultation, read_responses, summarise, verify
from pipeline.outcome.report import compose
from pipeline.schemas import build

from .conftest import SMALL, row


def boxes(chart):
    """The rectangles of every text of a chart, in pixels, drawn."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(chart.figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    (axes,) = chart.figure.axes
    texts = [*axes.texts, *axes.get_xticklabels(), *axes.get_yticklabels(), axes.xaxis.label, *chart.figure.texts]
    if axes.get_legend():
        texts += axes.get_legend().get_texts()
    return [(text.get_text(), text.get_window_extent(renderer)) for text in texts if text.get_text()]


def assert_legible(chart):
    found = boxes(chart)
    page = chart.figure.bbox
    for text, box in found:
        assert box.x0 >= page.x0 and box.x1 <= page.x1 and box.y0 >= page.y0 and box.y1 <= page.y1, f"cut off: {text}"
    for i, (one, a) in enumerate(found):
        for other, b in found[i + 1 :]:
            apart = a.x1 <= b.x0 + 1 or b.x1 <= a.x0 + 1 or a.y1 <= b.y0 + 1 or b.y1 <= a.y0 + 1
            assert apart, f"overlap: {one!r} and {other!r}"


def test_the_shipped_charts_are_legible_and_say_that_responses_are_invented(outcome):
    blocks, _ = compose(outcome, verify(outcome))
    drawn = [block.chart for block in blocks if block.chart]
    assert len(drawn) == 9
    for chart in drawn:
        assert_legible(chart)
        words = " ".join(text.get_text() for text in chart.figure.texts).replace("\n", " ")
        assert "invented responses with the published totals" in words, chart.key
        if "_themes" in chart.key:
            assert "settled by hand" in words and "settled by hand" in chart.title


def test_a_chart_of_machine_codes_says_that_nobody_checked_them(outcome):
    machine = outcome.coded[outcome.coded["coder"] == "classifier"]
    unchecked = summarise(outcome.consultation, outcome.responses, machine, cards=outcome.cards)
    for question in ("criteria", "reasons_timing"):
        chart = charts.theme_bars(unchecked, question)
        words = " ".join(text.get_text() for text in chart.figure.texts).replace("\n", " ")
        assert all("machine-coded, not yet checked" in text for text in (words, chart.title, chart.alt))


@pytest.mark.parametrize("groups", [2, 9, 40])
def test_charts_are_legible_with_few_and_many_groups_and_long_labels(small, groups):
    long = [f"Group {i}: managers and workers in registered settings and those who share their views, {i}"
            for i in range(groups)]  # fmt: skip
    assert all(len(label) > 80 for label in long)
    listed = ", ".join(f'{{ label = "{label}" }}' for label in long)
    definition = re.sub(r'other = "Others"\ngroups = \[.*?\n', f"groups = [{listed}]\n", SMALL)
    rows = [row(f"{i}-{n}", ["Agree", "Neither", "Disagree"][n % 3], role=label)
            for i, label in enumerate(long) for n in range(1 + i % 7)]  # fmt: skip
    consultation = read_consultation(small(*rows, definition=definition))
    outcome = summarise(consultation, read_responses(consultation), build("coded", []))
    for chart in (charts.respondents_bars(outcome, "role"), charts.agreement_bars(outcome, "plan", "role"),
                  charts.points_bars(outcome, "plan")):  # fmt: skip
        assert_legible(chart)


def test_a_group_without_respondents_keeps_its_place_and_says_so(small):
    consultation = read_consultation(small(row("1"), row("2", role="Dogs")))
    outcome = summarise(consultation, read_responses(consultation), build("coded", []))
    words = [text for text, _ in boxes(charts.agreement_bars(outcome, "plan"))]
    assert "Birds\u00a0(0)" in words and words.count("no respondents") == 2


def test_alternative_text_gives_the_numbers(outcome):
    chart = charts.points_bars(outcome, "new_judgement")
    assert "Strongly agree, 92 of 141 (65%)" in chart.alt
    assert (
        "Civil servants/central government employees, 5 of 6 (83%)"
        in charts.agreement_bars(outcome, "new_judgement").alt
    )


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_labels_on_bars_and_notes_have_the_contrast_that_text_needs():
    # 4.5 to 1 for text (WCAG 1.4.3); bars of one series stand at 3 to 1 against the page (1.4.11).
    for colour in charts.NET_COLOURS:
        ink = "#ffffff" if colour in (charts.BLUE, charts.DARK, charts.PLUM) else "#000000"
        assert contrast(colour, ink) >= 4.5
    assert contrast(charts.DARK, "#ffffff") >= 4.5 and contrast(charts.BLUE, "#ffffff") >= 3


def test_the_same_chart_is_the_same_bytes(outcome):
    for kind in ("svg", "png"):
        one, other = (charts.theme_bars(outcome, "criteria").bytes(kind) for _ in range(2))
        assert one == other
