"""The report as a web page, opened in a browser: accessible, complete without its script, and without a connection."""

import base64
import html.parser
import io
import json
import re
from dataclasses import replace

import pytest

from pipeline import verify
from pipeline.outcome.disclosure import publishable
from pipeline.outcome.report import compose, render_html

from . import browsers
from .conftest import SMALL, row
from .surveys import long_label, survey_of, survey_with

in_a_browser = pytest.mark.skipif(bool(browsers.missing()), reason=f"there is no {browsers.missing()}")
WIDTHS = (1280, 320)
DESKTOP, PHONE = WIDTHS


def page_of(outcome):
    shown = publishable(outcome)
    blocks, _ = compose(shown, verify(outcome))
    return render_html(shown, blocks)


@pytest.fixture(scope="session")
def page(written):
    return written / "published" / "report.html"


@pytest.fixture(scope="session")
def driver():
    with browsers.browser() as driver:
        yield driver


@pytest.fixture
def small_page(small, tmp_path):
    """Return a function that writes the page of a small survey of so many groups."""

    def write(groups):
        path = tmp_path / "report.html"
        path.write_text(page_of(survey_with(small, groups)), encoding="utf-8")
        return path

    return write


def opened(driver):
    driver.execute_script("document.querySelectorAll('details').forEach((d) => { d.open = true; })")


def press(driver, key, times=1):
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    ActionChains(driver).send_keys(getattr(Keys, key, key) * times).perform()


def soon(driver, true):
    """Whether a script gives true within a few seconds."""
    from selenium.common import TimeoutException
    from selenium.webdriver.support.ui import WebDriverWait

    try:
        return WebDriverWait(driver, 5, 0.1).until(lambda _: driver.execute_script(true))
    except TimeoutException:
        return False


def focused(driver):
    """What has the focus: its tag, class and id, its text, and how its outline, shadow and ground look."""
    return driver.execute_script(
        "const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();"
        "return {tag: e.tagName, cls: e.className, id: e.id, text: e.textContent.trim(), shadow: s.boxShadow,"
        " outline: s.outlineStyle, ground: s.backgroundColor, seen: b.width > 0 && b.bottom > 0 && b.top < innerHeight};"
    )


# --- What the page is, before any browser ------------------------------------------------------------------------


class Outline(html.parser.HTMLParser):
    """The headings, ids, links within the page and tags of a page."""

    def __init__(self, text):
        super().__init__()
        self.levels, self.ids, self.links, self.tags = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if "id" in attrs:
            self.ids.append(attrs["id"])
        if tag == "a":
            self.links.append(attrs["href"])


def test_headings_go_down_one_level_at_a_time_and_every_link_has_its_place(page):
    text = page.read_text(encoding="utf-8")
    outline = Outline(text)
    assert outline.levels[0] == 1 and outline.levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(outline.levels, outline.levels[1:], strict=False))
    assert len(outline.ids) == len(set(outline.ids))
    assert {link.removeprefix("#") for link in outline.links} <= set(outline.ids)
    assert '<html lang="en">' in text and outline.tags.count("main") == 1
    assert "<title>A new ILACS judgement on the experiences and progress of care leavers - Ofsted</title>" in text


def test_the_departments_headings_begin_one_level_below_where_they_stand(small):
    outcome = survey_of(small, ["A", "B"], [row("1", role="A", why="words")])
    outcome.consultation.prose.mkdir()
    (outcome.consultation.prose / "introduction.md").write_text("# Costs\n\n### Pay\n", encoding="utf-8")
    text = page_of(outcome)
    assert "<h3>Costs</h3>" in text and "<h4>Pay</h4>" in text


def test_sections_of_the_same_name_have_links_of_their_own(small):
    definition = SMALL.replace('open = ["why"]\n', '\n[[sections]]\ntitle = "The plan"\nopen = ["why"]\n')
    outcome = survey_of(small, ["A", "B"], [row("1", role="A")], definition)
    outline = Outline(page_of(outcome))
    assert len(outline.ids) == len(set(outline.ids))
    assert len([link for link in outline.links if link.startswith("#section-the-plan")]) == 2


def test_every_figure_of_the_summary_leads_to_its_rule_numerator_and_base(page, outcome):
    text = page.read_text(encoding="utf-8")
    summary = text[text.index('id="section-summary-of-responses"') : text.index('id="section-findings-in-full"')]
    linked = re.findall(r'href="#figure-([^"]+)"', summary)
    assert linked == ["new_judgement.agree", "reasons_new_judgement.suggested", "criteria.suggested", "timing.agree",
                      "reasons_timing.suggested", "equality.suggested"]  # fmt: skip
    made = text[text.index('id="figure-new_judgement.agree"') :]
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", made[: made.index("</tr>")])
    assert cells == ["A separate judgement on care leavers: strongly agreed or agreed, all respondents", "131", "141"]
    rules = [
        place.start() for place in re.finditer("Rule: chose Strongly agree or Agree; base: those who answered<", text)
    ]
    assert any(0 < text.index('id="figure-new_judgement.agree"') - place < 400 for place in rules)


def test_every_table_of_answers_and_themes_by_group_says_how_each_figure_was_made(page, outcome):
    text = page.read_text(encoding="utf-8")
    figures = publishable(outcome).figures
    wanted = figures[figures["grouping"].isin(["all", "respondent_group"])]
    wanted = wanted[wanted["id"].str.contains(r"^\w+\.(?:agree|neither|disagree|theme)(?:\.|$)")]
    assert len(wanted) > 200
    for id in wanted["id"]:
        assert f'id="figure-{id}"' in text, id


def test_nothing_is_explained_that_is_not_published(small):
    rows = [row(f"{n}", role="AB"[n % 2], why="words") for n in range(4)]
    outcome = survey_of(small, ["A", "B"], rows, codes="respondent,themes\n1,food\n2,\n3,\n0,\n")
    text = page_of(outcome)
    assert "figure-plan.agree.role.g0" in text and "why.theme.food.role.g0" in text
    grouping = replace(outcome.consultation.groupings[0], publish_crossed=False)
    text = page_of(replace(outcome, consultation=replace(outcome.consultation, groupings=(grouping,))))
    assert "plan.agree.role" not in text and "why.theme.food.role" not in text and 'id="plan_nets_by_role"' not in text


# --- What axe-core says ------------------------------------------------------------------------------------------


@in_a_browser
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_no_violation_folded_unfolded_or_on_paper(driver, page, width):
    browsers.show(driver, page, width)
    assert browsers.violations(driver) == []
    opened(driver)
    assert browsers.violations(driver) == []
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert browsers.violations(driver) == []


@in_a_browser
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_no_violation_in_the_transparency_pack(driver, written, width):
    browsers.show(driver, written / "published" / "transparency.html", width)
    assert browsers.violations(driver) == []
    assert overflow(driver) == []


@in_a_browser
@pytest.mark.parametrize("groups", [2, 40])
def test_axe_finds_no_violation_with_few_and_many_groups(driver, small_page, groups):
    path = small_page(groups)
    for width in WIDTHS:
        browsers.show(driver, path, width)
        opened(driver)
        assert browsers.violations(driver) == []
        assert overflow(driver) == []


# --- Width and paper ---------------------------------------------------------------------------------------------


def overflow(driver):
    """Where the page has to be moved sideways: what sticks out of the window and is in no region that scrolls."""
    return driver.execute_script(
        "const wide = document.documentElement.scrollWidth > innerWidth ? ['the page'] : [];"
        "return wide.concat([...document.querySelectorAll('body *')].filter((e) => !e.closest('.scroll, .hidden, .skip')"
        " && e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 80)));"
    )


@in_a_browser
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_needs_the_page_to_be_moved_sideways(driver, page, width):
    browsers.show(driver, page, width)
    opened(driver)
    assert overflow(driver) == []


@in_a_browser
def test_a_word_of_90_letters_is_broken_on_a_phone(driver, small, tmp_path):
    words = "W" * 90
    outcome = survey_of(small, [words, "B"], [row("1", role=words, why="words")], codes="respondent,themes\n1,food\n")
    path = tmp_path / "report.html"
    path.write_text(page_of(outcome).replace("The plan", words), encoding="utf-8")
    browsers.show(driver, path, PHONE)
    opened(driver)
    assert overflow(driver) == []


def printed(driver):
    """The words of the page on paper, without spaces."""
    from pypdf import PdfReader

    pdf = base64.b64decode(driver.execute_cdp_cmd("Page.printToPDF", {})["data"])
    return re.sub(r"\s+", "", " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


def without_script(path, tmp_path):
    text = path.read_text(encoding="utf-8")
    plain = tmp_path / "plain.html"
    plain.write_text(re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL), encoding="utf-8")
    return plain


@in_a_browser
@pytest.mark.parametrize("scripted", [True, False])
def test_on_paper_every_folded_table_is_open(driver, page, tmp_path, scripted):
    browsers.show(driver, page if scripted else without_script(page, tmp_path))
    titles = driver.execute_script(
        "return [...document.querySelectorAll('.behind caption')].map((e) => e.textContent.replace(/\\s+/g, ''))"
    )
    rows = driver.execute_script(
        "return [...document.querySelectorAll('#new_judgement_nets_by_respondent_group tbody tr')]"
        ".map((e) => e.textContent.replace(/\\s+/g, ''))"
    )
    words = printed(driver)
    assert len(titles) == 13 and all(title in words for title in titles)
    assert len(rows) == 10 and all(line in words for line in rows)
    assert "Howthesefiguresweremade:" not in words and "Showthetable" not in words


@in_a_browser
def test_what_is_filtered_out_on_the_screen_is_on_the_paper(driver, small_page):
    browsers.show(driver, small_page(9))
    opened(driver)
    choose(driver, "plan_nets_by_role", 1)
    assert "02managersandworkers" in printed(driver).split("Theplan:agreementbyrole")[-1]


# --- Keyboard alone ----------------------------------------------------------------------------------------------


@in_a_browser
def test_the_first_stop_of_the_tab_key_skips_to_the_content(driver, page):
    browsers.show(driver, page)
    press(driver, "TAB")
    skip = focused(driver)
    assert skip["text"] == "Skip to main content" and skip["seen"] and "rgb(255, 221, 0)" in skip["ground"]
    press(driver, "ENTER")
    press(driver, "TAB")
    assert focused(driver)["text"] == "Introduction"


@in_a_browser
@pytest.mark.parametrize("width", WIDTHS)
def test_the_tab_key_stops_at_everything_that_works_and_shows_where_it_is(driver, small_page, width):
    browsers.show(driver, small_page(9), width)
    opened(driver)
    links, summaries, selects, regions = driver.execute_script(
        "const n = (q) => document.querySelectorAll(q).length;"
        "return [n('a'), n('summary'), n('select'),"
        " [...document.querySelectorAll('.scroll')].filter((e) => e.scrollWidth > e.clientWidth).length]"
    )
    assert selects == 3 and (regions > 0) == (width == PHONE)
    driver.execute_script("document.activeElement.blur(); getSelection().removeAllRanges()")
    met = []
    for _ in range(links + summaries + selects + regions):
        press(driver, "TAB")
        met.append(focused(driver))
        assert met[-1]["seen"], met[-1]
        assert met[-1]["shadow"] != "none", met[-1]
    tags = [stop["tag"] for stop in met]
    assert (tags.count("A"), tags.count("SUMMARY"), tags.count("SELECT")) == (links, summaries, selects)
    assert sum("scroll" in stop["cls"] for stop in met) == regions


@in_a_browser
def test_enter_unfolds_a_table_and_the_space_bar_folds_it(driver, page):
    browsers.show(driver, page)
    first = "document.querySelector('details.behind')"
    driver.execute_script(f"{first}.querySelector('summary').focus()")
    assert driver.execute_script(f"return {first}.open") is False
    press(driver, "ENTER")
    assert driver.execute_script(f"return {first}.open && {first}.querySelector('table').checkVisibility()") is True
    press(driver, "SPACE")
    assert driver.execute_script(f"return {first}.open") is False


@in_a_browser
@pytest.mark.parametrize("scripted", [True, False])
@pytest.mark.parametrize("figure", ["new_judgement.agree", "criteria.theme.local_offer"])
def test_a_link_to_a_figure_unfolds_what_it_leads_to(driver, page, tmp_path, figure, scripted):
    browsers.show(driver, page if scripted else without_script(page, tmp_path))
    driver.execute_script(f"document.querySelector('a[href=\"#figure-{figure}\"]').focus()")
    press(driver, "ENTER")
    assert soon(
        driver,
        f"const e = document.getElementById('figure-{figure}'), b = e.getBoundingClientRect();"
        "return e.checkVisibility() && b.top >= 0 && b.bottom <= innerHeight",
    )


@in_a_browser
def test_an_arrow_key_scrolls_a_table_on_a_phone(driver, page):
    browsers.show(driver, page, PHONE)
    opened(driver)
    region = "document.getElementById('new_judgement_nets_by_respondent_group').closest('.scroll')"
    driver.execute_script(f"{region}.focus()")
    press(driver, "ARROW_RIGHT", 3)
    assert soon(driver, f"return {region}.scrollLeft > 0")


# --- The filter --------------------------------------------------------------------------------------------------


def choose(driver, table, down):
    """Choose a group of a table's filter with the keyboard, so many places down the list."""
    driver.execute_script(f"document.getElementById('filter-{table}').focus()")
    press(driver, "ARROW_DOWN", down)


def filtered(driver, table):
    """The rows of a table that are shown, by their first cell; and what the filter says."""
    return driver.execute_script(
        f"const t = document.getElementById('{table}');"
        "return [[...t.tBodies[0].rows].filter((r) => r.checkVisibility()).map((r) => r.cells[0].textContent),"
        " t.closest('.table').querySelector('[role=status]').textContent]"
    )


@in_a_browser
def test_a_table_by_group_shows_the_group_that_is_chosen_and_says_how_many_rows(driver, page):
    browsers.show(driver, page)
    opened(driver)
    table = "criteria_themes_by_respondent_group"
    rows, said = filtered(driver, table)
    assert len(rows) == 70 and said == ""
    choose(driver, table, 2)
    rows, said = filtered(driver, table)
    assert rows == ["All respondents"] * 7 + ["Civil servants/central government employees"] * 7
    assert said == "Showing 14 of 70 rows, with all respondents to compare."
    press(driver, "HOME")
    assert filtered(driver, table)[1] == "Showing all 70 rows." and len(filtered(driver, table)[0]) == 70
    assert browsers.violations(driver) == []


@in_a_browser
def test_a_filter_has_its_label_and_is_of_its_own_table(driver, page):
    browsers.show(driver, page)
    opened(driver)
    nets, other = "new_judgement_nets_by_respondent_group", "timing_nets_by_respondent_group"
    choose(driver, nets, 1)
    assert len(filtered(driver, nets)[0]) == 2 and len(filtered(driver, other)[0]) == 10
    assert driver.execute_script(
        f"const s = document.getElementById('filter-{nets}'); return [s.labels[0].textContent, s.options.length]"
    ) == ["Filter by respondent group", 10]
    made = driver.execute_script(
        f"return [...document.getElementById('{nets}').closest('.table').querySelectorAll('.made tr[data-group]')]"
        ".filter((r) => r.checkVisibility()).map((r) => r.cells[0].textContent)"
    )
    assert made == [f"new_judgement.{net}.respondent_group.care_leavers" for net in ("agree", "neither", "disagree")]


# --- Without script, without connection ---------------------------------------------------------------------------


@in_a_browser
def test_without_its_script_the_page_says_the_same_and_shows_nothing_that_does_not_work(driver, page, tmp_path):
    words = (
        "return [...document.querySelectorAll('main :not(.filter):not(.filter *)')]"
        ".map((e) => e.children.length ? '' : e.textContent).join('|')"
    )
    browsers.show(driver, page)
    scripted = driver.execute_script(words)
    assert driver.execute_script("return document.querySelectorAll('select').length") == 7
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browsers.show(driver, page)
        assert driver.execute_script("return document.querySelectorAll('select, button, input').length") == 0
        assert driver.execute_script(words) == scripted
        assert driver.execute_script("return document.querySelectorAll('[hidden]').length") == 0
    finally:
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    browsers.show(driver, without_script(page, tmp_path))
    opened(driver)
    assert browsers.violations(driver) == []


@in_a_browser
def test_no_request_leaves_the_page_and_it_forbids_them(driver, page):
    driver.get_log("performance")
    browsers.show(driver, page)
    opened(driver)
    resources = driver.execute_script("return performance.getEntriesByType('resource').map((e) => e.name)")
    assert all(name.startswith("data:") for name in resources)
    sent = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    urls = [s["params"]["request"]["url"] for s in sent if s["method"] == "Network.requestWillBeSent"]
    assert urls and all(url.startswith("data:") or url == page.as_uri() for url in urls)
    assert driver.get_log("browser") == []
    blocked = driver.execute_async_script(
        "const done = arguments[0]; addEventListener('securitypolicyviolation', (e) => done(e.violatedDirective));"
        "const i = new Image(); i.src = 'https://example.org/a.png'; document.body.append(i);"
    )
    assert blocked == "img-src"
    driver.get_log("browser")


@in_a_browser
def test_pictures_are_drawn_and_have_words(driver, page):
    browsers.show(driver, page)
    sizes = driver.execute_script(
        "return Promise.all([...document.images].map((i) => i.decode().then(() => [i.naturalWidth, i.alt.length])))"
    )
    assert len(sizes) == 13 and all(width > 500 and alt > 40 for width, alt in sizes)


def test_group_names_of_the_survey_with_many_groups_are_as_long_as_they_should_be():
    assert len({long_label(n) for n in range(40)}) == 40 and all(len(long_label(n)) == 90 for n in range(40))
