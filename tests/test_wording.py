"""Words for amounts at their edges, the department's numbers checked, and sentences about nobody, one and two."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import code_responses, read_consultation, read_responses, summarise, verify, write_report
from pipeline.definition import AMOUNTS, FRACTIONS, SUPPORT, Amount
from pipeline.errors import DefinitionError
from pipeline.outcome.amounts import Vocabulary, amount, fraction_words, meanings, support
from pipeline.outcome.disclosure import publishable
from pipeline.outcome.folders import write_published
from pipeline.outcome.prose import check_prose, disagreements, numbers_in
from pipeline.outcome.report import compose, render_html, render_markdown
from pipeline.outcome.tables import all_tables
from pipeline.outcome.wording import agrees, share, shown_percent

from .conftest import ROOT, SMALL, row

# --- Words for amounts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "base", "words"),
    [
        (0, 0, "none"),
        (0, 5, "none"),
        (5, 5, "all"),
        (1, 1, "all"),
        (1, 2, "one"),
        (1, 1000, "one"),
        (2, 1000, "a few"),
        (9, 1000, "a few"),
        (10, 1000, "a small minority"),
        (9, 18, "a few"),  # 9 people, and exactly half
        (9, 17, "a majority"),  # 9 people, and more than half: 53%
        (9, 10, "nearly all"),
        (2, 3, "a majority"),
        (999, 10_000, "a small minority"),  # 9.99%
        (99, 991, "a small minority"),  # 9.99%, published as 10%
        (1000, 10_000, "a significant minority"),  # 10% exactly
        (249, 1000, "a significant minority"),  # 24.9%
        (2499, 10_000, "a significant minority"),  # published as 25%
        (25, 100, "a large minority"),
        (50, 100, "a large minority"),  # exactly half
        (51, 100, "a majority"),
        (501, 1001, "a majority"),  # 50.05%, published as 50%
        (749, 1000, "a majority"),
        (75, 100, "most"),
        (899, 1000, "most"),
        (90, 100, "nearly all"),
        (140, 141, "nearly all"),
    ],
)
def test_an_amount_is_told_by_the_counts_and_not_by_the_rounded_percentage(count, base, words):
    assert amount(count, base, AMOUNTS) == words


counts = st.integers(1, 3000).flatmap(lambda base: st.tuples(st.integers(0, base), st.just(base)))


@given(counts)
def test_every_count_has_exactly_one_of_the_default_words(pair):
    count, base = pair
    by_hand = {
        "none": count == 0,
        "all": count == base,
        "one": count == 1 < base,
        "a few": 2 <= count <= 9 and 2 * count <= base and count < base,
        "a small minority": count > 9 and 10 * count < base,
        "a significant minority": count > 9 and base <= 10 * count and 4 * count < base,
        "a large minority": count > 9 and base <= 4 * count and 2 * count <= base,
        "a majority": 2 <= count < base < 2 * count and 4 * count < 3 * base,
        "most": 2 <= count < base and 3 * base <= 4 * count and 10 * count < 9 * base,
        "nearly all": 2 <= count < base and 9 * base <= 10 * count,
    }
    assert [words for words, holds in by_hand.items() if holds] == [amount(count, base, AMOUNTS)]


bounds = st.tuples(st.none() | st.integers(2, 30), st.none() | st.integers(1, 999), st.booleans())


@given(st.lists(bounds, max_size=6), st.integers(1, 120))
def test_a_larger_count_never_has_words_of_a_smaller_amount(drawn, base):
    limits = [Amount(f"amount {n}", people, share, including) for n, (people, share, including) in enumerate(drawn)]
    scale = (*limits, Amount("the rest"))
    order = ["none", "one", *(one.words for one in scale), "all"]
    told = [order.index(amount(count, base, scale)) for count in range(2, base + 1)]
    assert told == sorted(told)


def test_the_meanings_are_the_half_open_bounds():
    assert meanings(AMOUNTS) == [
        ("a few", "up to 9 respondents, where that is up to 50%"),
        ("a small minority", "under 10%"),
        ("a significant minority", "from 10% and under 25%"),
        ("a large minority", "from 25% and up to 50%"),
        ("a majority", "more than 50% and under 75%"),
        ("most", "from 75% and under 90%"),
        ("nearly all", "90% or more"),
    ]
    thirds = (Amount("some", share=333), Amount("many"))
    assert meanings(thirds, "per cent") == [("some", "under 33.3 per cent"), ("many", "33.3 per cent or more")]


def test_a_report_tells_the_words_that_it_used_and_those_in_people_that_go_before_them(consultation):
    words = Vocabulary(consultation.wording)
    assert words.meanings() == []
    assert words.counted(15, 141, 11) == "a significant minority (15 of 141, 11%)"
    assert [name for name, _ in words.meanings()] == ["a few", "a significant minority"]
    assert words.counted(1, 1, 100) == "1 of 1 (100%)"


@pytest.mark.parametrize(
    ("count", "base", "words"),
    [(30, 100, "more than a quarter"), (309, 1000, "more than a quarter"), (31, 100, "about a third"),
     (47, 141, "about a third"), (359, 1000, "about a third"), (36, 100, ""), (52, 100, "just over half"),
     (1, 2, "about half"), (0, 0, ""), (0, 9, "")],
)  # fmt: skip
def test_fractions_are_half_open_and_need_not_be_near(count, base, words):
    assert fraction_words(count, base, FRACTIONS) == words


@given(counts)
def test_no_share_has_two_fractions(pair):
    assert sum(one.holds(*pair) for one in FRACTIONS) <= 1


def test_support_is_told_by_the_first_net_where_the_definition_names_the_scale(outcome, small):
    assert [support(count, 100, SUPPORT) for count in (24, 25, 60, 61, 75)] == [
        "little support", "some support", "divided opinion", "support", "strong support",
    ]  # fmt: skip
    assert support(0, 0, SUPPORT) == ""
    assert "(2 of 141, 1%). This report calls that strong support." in text_of(outcome)
    assert "calls that" not in text_of(survey(small, row("1"), row("2")))


# --- The definition --------------------------------------------------------------------------------------------------


def with_wording(small, wording):
    return read_consultation(small(row("1"), definition=f"{SMALL}\n[wording]\n{wording}\n")).wording


def test_a_definition_sets_the_words_and_their_bounds(small):
    wording = with_wording(
        small,
        'percent = "per cent"\namounts = [{ words = "a handful", up_to_people = 4 }, { words = "some", under_percent = 33.3 },'
        '{ words = "a third", up_to_percent = 33.3 }, { words = "many" }]\n'
        'fractions = [{ words = "half", from_percent = 49.5, under_percent = 50.5 }]',
    )
    told = [amount(count, 1000, wording.amounts) for count in (4, 5, 332, 333, 334)]
    assert told == ["a handful", "some", "some", "a third", "many"]
    assert [fraction_words(count, 1000, wording.fractions) for count in (494, 495, 504, 505)] == [
        "",
        "half",
        "half",
        "",
    ]


@pytest.mark.parametrize(
    ("wording", "message"),
    [
        ('percent = "percent"', "should have 'percent' as '%' or 'per cent'"),
        ('amounts = [{ words = "a", under_percent = 50 }]', "has a bound and is the last"),
        ('amounts = [{ words = "a" }, { words = "b" }]', "the 2nd .*amounts.* not reach further than 'a'"),
        ('amounts = [{ words = "a", under_percent = 25 }, { words = "b", under_percent = 25 }, { words = "c" }]',
         "'b' would never apply"),
        ('amounts = [{ words = "a", up_to_percent = 25 }, { words = "b", under_percent = 25 }, { words = "c" }]',
         "'b' would never apply"),
        ('amounts = [{ words = "a", under_percent = 25 }, { words = "b", up_to_people = 9 }, { words = "c" }]',
         "'b' would never apply"),
        ('amounts = [{ words = "a", up_to_people = 9 }, { words = "b", up_to_people = 9 }, { words = "c" }]',
         "'b' would never apply"),
        ('amounts = [{ words = "a", under_percent = 25, up_to_percent = 30 }, { words = "b" }]', "one bound is enough"),
        ('amounts = [{ words = "a", under_percent = 33.33 }, { words = "b" }]', "more than one decimal place"),
        ('amounts = [{ words = "a", under_percent = 101 }, { words = "b" }]', "between 0 and 100"),
        ('amounts = [{ words = "a", up_to_percent = 100 }, { words = "b" }]', "everyone have words of their own"),
        ('amounts = [{ words = "a", up_to_people = 1 }, { words = "b" }]', "so give 2 or more"),
        ('amounts = [{ words = "a", under_percent = 5 }, { words = "a" }]', "names the words of amounts 'a' twice"),
        ('amounts = [{ words = "none", under_percent = 5 }, { words = "a" }]', "other than none, one, all"),
        ('amounts = [{ words = "a", over_percent = 5 }]', "'over_percent', which is not known"),
        ('support = [{ words = "a" }]', "name the scales"),
        ('support_scales = ["agrement"]', "Did you mean: 'agreement'"),
        ('support_scales = ["agreement"]\nsupport = [{ words = "a", up_to_people = 3 }]', "'up_to_people', which is not"),
        ('fractions = [{ words = "a", from_percent = 10 }]', "a larger 'under_percent'"),
        ('fractions = [{ words = "a", from_percent = 10, under_percent = 20 }, '
         '{ words = "b", from_percent = 19, under_percent = 30 }]', "begins before 'a' ends"),
        ('prose_numbers_allowed = ["Act"]', "holds no number"),
    ],
)  # fmt: skip
def test_words_that_leave_gaps_or_never_apply_are_refused(small, wording, message):
    with pytest.raises(DefinitionError, match=message):
        with_wording(small, wording)


# --- Sentences about nobody, one and two -----------------------------------------------------------------------------


def survey(small, *rows, definition=SMALL, codes="respondent,themes\n"):
    consultation = read_consultation(small(*rows, definition=definition, codes=codes))
    responses = read_responses(consultation)
    return summarise(consultation, responses, code_responses(consultation, responses.comments, {}))


def text_of(outcome):
    blocks, _ = compose(publishable(outcome), verify(outcome))
    lists = [item for block in blocks for item in block.items]
    alts = [block.chart.alt for block in blocks if block.chart]
    notes = [note for block in blocks if block.table for note in block.table.notes]
    return "\n".join([*(block.text for block in blocks), *lists, *alts, *notes])


def test_a_survey_of_one_respondent_is_told_in_the_singular(small):
    text = text_of(survey(small, row("1", why="food"), codes="respondent,themes\n1,food\n"))
    for words in (
        "Online survey: 1 response\n",
        "The file of the online survey held 1 row, and it counts.",
        "The plan: 1 of 1 respondent (100%) agreed",
        "The one respondent who gave an answer other than Don't know agreed.",
        "Reasons: 1 of 1 respondent (100%) wrote an answer.",
        "food: raised by 1 of 1 (100%)",
        "Base: 1 respondent to the online survey who answered this question (1 asked, 1 answered, 0 left it blank).",
        "Bar chart of answers by 1 respondent: Agree, 1 of 1 (100%)",
    ):
        assert words in text, words
    assert not re.search(r"\b1 (respondents|responses|rows|answers)\b", text)


def test_a_question_that_nobody_answered_says_so_and_draws_nothing(small):
    outcome = survey(small, row("1", "Don't know"), row("2", "Don't know"))
    text = text_of(outcome)
    assert "The plan: nobody gave an answer other than Don't know\n" in text
    assert "Nobody gave an answer other than Don't know." in text
    assert "Reasons: 0 of 2 respondents (0%) wrote an answer." in text
    assert "Base: nobody (2 asked, 2 answered, 0 left it blank). 2 answers of Don't know are outside the base." in text
    assert "0 of 0" not in text and "have not been coded" not in text
    blocks, _ = compose(outcome, verify(outcome))
    assert not [block for block in blocks if block.chart and block.chart.key.startswith("plan")]
    plain = SMALL.replace('outside_base = ["Don\'t know"]\n', "")
    assert "The plan: nobody answered\n" in text_of(survey(small, row("1", "", why="food"), definition=plain))


def test_a_survey_that_left_everyone_out_is_told_without_a_number_of_nobody(small):
    text = text_of(survey(small, row("1", name="Test")))
    assert "held 1 row: none counts, and 1 test entry was left out." in text
    assert "The plan: nobody gave an answer" in text and "Reasons: nobody wrote an answer." in text
    assert "0 of 0" not in text


def test_one_row_left_out_and_two_that_count_agree_with_their_verbs(small):
    text = text_of(
        survey(small, row("1"), row("2", "Neither"), row("3", name="Test"), row("4", role="", answer="Agree"))
    )
    assert "held 4 rows: 3 count, and 1 test entry was left out." in text
    assert (
        "A majority of the respondents who gave an answer other than Don't know agreed (2 of 3, 67%); one did not agree"
        in text
    )
    text = text_of(survey(small, row("1"), row("2", name="Test"), row("3", name="Test")))
    assert "held 3 rows: 1 counts, and 2 test entries were left out." in text


def test_all_and_none_have_words_of_their_own(small):
    text = text_of(survey(small, row("1"), row("2")))
    assert "All of the respondents who gave an answer other than Don't know agreed (2 of 2, 100%); none did not" in text


def test_who_did_not_state_a_group_stands_or_stand_in_the_total(small):
    for unsaid, words in (
        (1, "1 respondent did not state a group and stands"),
        (2, "2 respondents did not state a group and stand in"),
    ):
        outcome = survey(small, row("1"), *[row(f"u{n}", role="") for n in range(unsaid)])
        assert any(words in note for table in all_tables(outcome, verify(outcome)) for note in table.notes)


def test_one_published_number_agrees_and_two_agree(small):
    claim = '\n[[published]]\nfigure = "plan.agree"\nclaim = "x"\nwhere = "p. 1"\ncount = {}\n'
    for first, second, words in (
        (1, 2, "1 of 2 published numbers agrees with"),
        (1, 1, "2 of 2 published numbers agree with"),
    ):
        outcome = survey(small, row("1"), definition=SMALL + claim.format(first) + claim.format(second))
        assert words in text_of(outcome)
    assert "1 of 1 published number agrees with ours." in text_of(
        survey(small, row("1"), definition=SMALL + claim.format(1))
    )


def test_options_of_a_question_without_nets_are_told_one_a_line(small):
    nets = SMALL[SMALL.index("nets = [") : SMALL.index("[[questions]]")]
    rows = [row("1"), row("2"), row("3"), row("4", "Disagree")]
    text = text_of(survey(small, *rows, definition=SMALL.replace(nets, "")))
    assert "Of the 4 respondents who gave an answer other than Don't know:" in text
    assert (
        "most answered Agree (3 of 4, 75%)\nnone answered Neither (0 of 4, 0%)\none answered Disagree (1 of 4, 25%)"
        in text
    )


def test_the_house_style_of_percentages_is_kept_in_sentences_and_not_in_charts(outcome):
    assert shown_percent(1, 0, "per cent") == "less than 1 per cent"
    assert share(131, 141, 93, "respondent", "per cent") == "131 of 141 respondents (93 per cent)"
    style = replace(outcome.consultation, wording=replace(outcome.consultation.wording, percent="per cent"))
    blocks, _ = compose(replace(outcome, consultation=style), verify(outcome))
    sentences = "\n".join([block.text for block in blocks] + [item for block in blocks for item in block.items])
    assert "%" not in sentences and "131 of 141 respondents (93 per cent)" in sentences
    assert "a large minority: from 25 per cent and up to 50 per cent" in sentences
    assert any("131 of 141 (93%)" in block.chart.alt for block in blocks if block.chart)


def test_a_verb_goes_with_its_number():
    assert [agrees(n, "is", "are") for n in (0, 1, 2)] == ["are", "is", "are"]


# --- The department's own words --------------------------------------------------------------------------------------


def with_prose(small, text, *rows, more="", name="summary.md"):
    folder = small(*(rows or (row("1"), row("2"), row("3", "Neither"))), definition=SMALL + more)
    (folder / "prose").mkdir(exist_ok=True)
    (folder / "prose" / name).write_text(text, encoding="utf-8")
    consultation = read_consultation(folder)
    responses = read_responses(consultation)
    return summarise(consultation, responses, code_responses(consultation, responses.comments, {}))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("131 of the 141 respondents (93%) agreed", ["131 of 141 (93%)"]),
        ("93 per cent (131 out of 141)", ["131 of 141 (93%)"]),
        ("(131 of 141, 93%)", ["131 of 141 (93%)"]),
        ("131 respondents who answered (93%)", ["131 (93%)"]),
        ("93% of 141 and 78% of those asked", ["93% of 141", "78%"]),
        ("Seven of the 141, and two respondents; seven themes", ["7 of 141", "2"]),
        ("1,234 responses, 0.5 per cent, less than 1%", ["1,234", "0.5%", "less than 1%"]),
        ("22 June to 29 July 2022, 3 May, 2022/23, 2019, 1/2/2023, 2022-06-22 at 10:30", []),
        ("2014 respondents in 2014", ["2,014"]),
        ("1. first\n2) second\n## 3.1 Heading\n> 4. fourth", []),
        ("Proposals 1, 2 and 3, question 4b, section 2.1, table 7", []),
        ("proposal 2, 94% agreed", ["94%"]),
        ("[a 5](http://x/141) https://x/141 <b>7</b> a1@x.org COVID-19 1st `9`", ["5", "7"]),
        ("aged 16 to 25, £5", ["16", "25", "5"]),
        ("{{plan.agree}} and 12", ["12"]),
    ],
)  # fmt: skip
def test_numbers_that_are_claims_are_found_and_others_passed_over(text, found):
    assert [one.shown for one in numbers_in(text)] == found


def test_every_number_is_checked_against_one_figure_and_no_sentence_is_shown(small):
    text = (
        "Secret words.\n\n2 of 3 respondents (67%) agreed, 67% in all; 2 of 3 (66%) did not.\n"
        "94% were glad, 1 of 2 was not; 3 answered. 66.7% is too exact. A majority agreed.\n"
    )
    table = check_prose(publishable(with_prose(small, text)))
    assert table[["line", "number", "kind"]].to_records(index=False).tolist() == [
        (3, "2 of 3 (67%)", "share"),
        (3, "67%", "percentage"),
        (3, "2 of 3 (66%)", "share"),
        (4, "94%", "percentage"),
        (4, "1 of 2", "share"),
        (4, "3", "number"),
        (4, "66.7%", "percentage"),
        (4, "a majority", "words for an amount"),
    ]
    assert table["figures"].map(bool).tolist() == [True, True, False, False, False, True, False, False]
    assert table.loc[0, "figures"] == "plan.answer.agree; plan.agree; plan.answer.agree.channel.online"
    assert disagreements(table) == [
        "prose/summary.md, line 3: 2 of 3 (66%) is no figure of this outcome.",
        "prose/summary.md, line 4: 94% is no figure of this outcome.",
        "prose/summary.md, line 4: 1 of 2 is no figure of this outcome.",
        "prose/summary.md, line 4: 66.7% is no figure of this outcome.",
    ]


def test_a_number_of_a_withheld_figure_is_no_figure_and_an_allowed_one_is_passed_over(small):
    rows = [row("1", "Disagree", role="Dogs"), row("2", role="Dogs"), *[row(f"c{n}") for n in range(5)]]
    text = "50% of Dogs agreed. Those aged 18 to 25 were asked."
    allowed = '\n[wording]\nprose_numbers_allowed = ["18 to 25"]\n'
    outcome = with_prose(small, text, *rows, more=allowed)
    assert check_prose(outcome)["figures"].tolist() == [
        "plan.answer.agree.role.dogs; plan.answer.disagree.role.dogs; plan.agree.role.dogs"
    ]
    assert check_prose(publishable(outcome))[["number", "figures"]].values.tolist() == [["50%", ""]]


def test_a_percentage_may_be_rounded_further_than_the_tables_are(small):
    outcome = with_prose(small, "66.7%, 67%, 66%, 66.67%", more="")
    decimal = replace(outcome, consultation=replace(outcome.consultation, decimals=1))
    decimal = summarise(decimal.consultation, decimal.responses, decimal.coded)
    assert check_prose(decimal)["figures"].map(bool).tolist() == [True, True, False, False]


def test_figures_in_braces_follow_the_responses_in_every_form_of_the_report(small, tmp_path):
    text = (
        "{{plan.agree}} agreed, or {{ plan.agree.percent }}: {{plan.agree.count}} of {{plan.agree.base}}.\n"
        "{{plan.agree.Words}} agreed, {{plan.agree.fraction}}, {{plan.other.words}} did not; {{respondents}} from "
        "{{respondents.channel.online}} in {{rows.online}}."
    )
    said = (
        "2 of 3 respondents (67%) agreed, or 67%: 2 of 3.\n"
        "A majority agreed, about two thirds (2 of 3), one did not; 3 respondents from 3 responses in 3 rows."
    )
    outcome = with_prose(small, text)
    blocks, _ = compose(publishable(outcome), verify(outcome))
    assert [block.text for block in blocks if block.kind == "prose"] == [said]
    assert said in render_markdown(outcome, blocks) and said in render_html(outcome, blocks)
    assert "about two thirds: from 64% and under 69%" in text_of(outcome)
    assert check_prose(outcome).empty
    again = with_prose(small, "{{plan.agree}}, {{plan.agree.fraction}}", row("1", "Neither"), row("2", "Neither"))
    blocks, _ = compose(publishable(again), verify(again))
    assert "0 of 2 respondents (0%), 0 of 2 respondents (0%)" in [block.text for block in blocks]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n{{plan.agre}}", r"summary.md, line 2: 'plan.agre' is no figure .* 'plan.agree'"),
        ("{{plan.agree.percentage}}", r"line 1: .* 'plan.agree.percent'"),
        ("{{plan.agree.role.cats}}", "is no figure that is published"),
        ("{{respondents.percent}}", r"has nothing to be a share of; write '\{\{respondents\}\}'"),
        ("{{plan.agree", r"line 1: '\{\{' stands alone"),
    ],
)
def test_braces_that_name_no_published_figure_are_refused_by_line(small, tmp_path, text, message):
    outcome = with_prose(small, text)
    with pytest.raises(DefinitionError, match=message):
        write_report(outcome, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_run_and_report_list_what_does_not_agree(small, tmp_path, capsys):
    from pipeline.cli import main

    with_prose(small, "94% agreed and 2 of 3 did.", name="next-steps.md")
    out = tmp_path / "out"
    assert main(["run", str(tmp_path), "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "1 of 2 numbers in the department's own words is a figure.\n" in said
    assert "  prose/next-steps.md, line 1: 94% is no figure of this outcome.\n" in said
    assert (out / "working" / "prose_numbers.csv").read_text().splitlines()[
        1
    ] == "prose/next-steps.md,1,94%,percentage,"
    (tmp_path / "prose" / "next-steps.md").write_text("67% agreed: a majority.")
    assert main(["report", str(tmp_path), "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "1 of 1 number in the department's own words is a figure.\n" in said and "no figure of" not in said
    assert "stand there 1 time and cannot be checked" in said
    assert "94%" not in (out / "working" / "prose_numbers.csv").read_text()


def test_the_shipped_prose_follows_its_figures(outcome, written):
    assert check_prose(publishable(outcome)).empty
    report = (written / "published" / "report.md").read_text(encoding="utf-8")
    assert "131 of 141 respondents (93%) agreed, from January 2023" in report and "{{" not in report
    missing = write_published(outcome, written)
    assert missing == []


def test_the_documented_definition_reads_and_the_documented_words_are_the_default(small):
    (example,) = re.findall(
        r"```toml\n(\[wording\].*?)```", (ROOT / "docs" / "definition.md").read_text("utf-8"), re.DOTALL
    )
    wording = read_consultation(small(row("1"), definition=f"{SMALL}\n{example}")).wording
    assert [one.words for one in wording.amounts] == ["a few", "a minority", "some", "a majority"]
    table = (ROOT / "docs" / "wording.md").read_text("utf-8").split("## Support")[0]
    assert re.findall(r"^\| (\w[^|]+) \|", table, re.MULTILINE)[2:] == [one.words for one in AMOUNTS]
