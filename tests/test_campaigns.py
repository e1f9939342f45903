"""Campaigns: one letter sent by many is found, what its signers added is told, and counts are shown with and without."""

import random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import read_consultation, read_responses, summarise, verify, write_report
from pipeline.definition import Net, Question, Scale
from pipeline.errors import DefinitionError
from pipeline.ingest.campaigns import find_campaigns, survey_wordings
from pipeline.outcome.disclosure import publishable
from pipeline.outcome.tables import all_tables, campaigns_sentence
from pipeline.schemas import build
from pipeline.tally.campaigns import answers_by_way, signed, stand_in

from .conftest import SMALL, UNCONTROLLED, row

# 40 words, invented.
LETTER = (
    "We ask the council to keep our village library open on Saturdays. Families with young children use it every week, "
    "older people meet friends there, and nobody without a car can reach the new building beside the motorway before "
    "five."
)
# 38 words, sharing none of the letter's runs.
OTHER_LETTER = (
    "Cycling campaigners welcome these plans because narrow lanes have frightened new riders away for years; give us kerbs, "
    "lights at junctions and somewhere dry to lock up, then count how many people leave cars at home next spring."
)


def table(*texts, question="why"):
    """The table `comments`, with respondents a, b, c and so on."""
    return build("comments", [(chr(97 + i), "online", question, text) for i, text in enumerate(texts)])


def groups_in(comments, *args):
    """The signers of each campaign, by name."""
    campaigns, _ = find_campaigns(comments, *args)
    return {name: set(rows["respondent"]) for name, rows in campaigns.groupby("campaign")}


def added(comments):
    """What each respondent added, in their own words."""
    _, additions = find_campaigns(comments)
    texts = comments.set_index(["respondent", "question"])["text"]
    found: dict[str, list[str]] = {}
    for line in additions.itertuples():
        found.setdefault(line.respondent, []).append(texts[line.respondent, line.question][line.start : line.end])
    return found


# --- Which answers are one letter ------------------------------------------------------------------------------------


def test_the_same_letter_in_another_case_spacing_and_punctuation_is_one_campaign_of_likeness_1():
    same = [LETTER, LETTER.upper(), LETTER.replace(" ", "\n  ").replace(".", " !"), f"  “{LETTER}”"]
    campaigns, additions = find_campaigns(
        table(*same, "Something else that has more than a dozen words in it, all of them mine.")
    )
    assert campaigns.to_records(index=False).tolist() == [("campaign-1", "why", who, 1.0) for who in "abcd"]
    assert additions.empty


def test_curly_apostrophes_soft_hyphens_and_composed_letters_are_not_heard():
    plain = "The library's café isn't one that we would want to lose after all these years of use"
    same = [plain, plain.replace("'", "’"), plain.replace("library", "lib\u00adrary").replace("é", "e\u0301")]
    campaigns, additions = find_campaigns(table(*same))
    assert campaigns["likeness"].tolist() == [1, 1, 1] and additions.empty


def test_up_to_three_words_changed_are_the_same_letter_and_are_told_as_additions():
    changed = [
        LETTER,
        LETTER.replace("village", "town"),
        LETTER.replace("council", "mayor").replace("Saturdays", "Sundays"),
        LETTER.replace("Families", "People").replace("older", "retired").replace("building", "hall"),
    ]
    comments = table(*changed)
    assert groups_in(comments) == {"campaign-1": set("abcd")}
    # Before 'mayor' only three words are the letter's, too few for a run: they go with it.
    told = {"b": ["town"], "c": ["We ask the mayor", "Sundays"], "d": ["People", "retired", "hall"]}
    assert added(comments) == told
    campaigns, _ = find_campaigns(comments)
    assert campaigns["likeness"].tolist() == [1, 0.975, 0.875, 0.925]  # 0, 1, 5 and 3 of 40 words


def test_a_line_before_or_after_is_what_the_respondent_added():
    comments = table(
        LETTER, f"My son learned to read there. {LETTER}", f"{LETTER}\n\nPlease listen to us", f"First. {LETTER} Last"
    )
    assert groups_in(comments) == {"campaign-1": set("abcd")}
    assert added(comments) == {
        "b": ["My son learned to read there"],
        "c": ["Please listen to us"],
        "d": ["First", "Last"],
    }


def test_a_letter_that_nobody_sent_plain_is_found_by_what_all_have():
    comments = table(*[f"{LETTER} {line}" for line in ("I borrow six books a month", "Thursdays matter too", "Do not")])
    assert groups_in(comments) == {"campaign-1": set("abc")}
    assert added(comments)["c"] == ["Do not"]


def test_an_answer_that_is_mostly_ones_own_is_no_signature_and_one_word_more_of_the_letter_makes_it_one():
    own = " ".join(f"mine{i}" for i in range(40))
    assert groups_in(table(LETTER, LETTER, LETTER, f"{LETTER} {own}")) == {"campaign-1": set("abc")}
    fewer = own.removesuffix(" mine39")
    assert groups_in(table(LETTER, LETTER, LETTER, f"{LETTER} {fewer}")) == {"campaign-1": set("abcd")}


def test_a_boilerplate_opening_makes_no_campaign():
    opening = "I am writing in response to your consultation on the future of the library service in our area. "
    rest = ["The hours suit me and the staff are kind, so leave things be and spend the money on roads.",
            "My mother, who is ninety, goes twice a week for large print, and the van has not come since March.",
            "Nobody I know has set foot in it for years and I would sooner have a clinic on that corner instead."]  # fmt: skip
    assert groups_in(table(*[opening + text for text in rest])) == {}
    # Nor where the opening was sent by itself, which is then like none of the others but a text of its own.
    assert groups_in(table(opening, *[opening + text for text in rest])) == {}


def test_short_answers_make_no_campaign_and_twelve_words_do():
    words = "one two three four five six seven eight nine ten eleven twelve"
    assert groups_in(table(*["No comment"] * 5, *["I agree with all of it"] * 5)) == {}
    assert groups_in(table(*[words.removesuffix(" twelve")] * 3)) == {}
    assert groups_in(table(*[words] * 3)) == {"campaign-1": set("abc")}


def test_it_takes_three_respondents_or_as_many_as_are_asked_for():
    assert groups_in(table(LETTER, LETTER)) == {}
    assert groups_in(table(LETTER, LETTER), 2) == {"campaign-1": set("ab")}
    assert groups_in(table(*[LETTER] * 3), 4) == {}


def test_one_respondent_who_pastes_a_text_into_three_boxes_is_no_campaign():
    boxes = pd.concat([table(LETTER, question=question) for question in ("q1", "q2", "q3")])
    assert groups_in(boxes) == {}


def test_a_letter_pasted_into_different_boxes_is_one_campaign():
    boxes = pd.concat([table(LETTER, LETTER, question="q1"), table(None, LETTER, LETTER, question="q2")])
    campaigns, _ = find_campaigns(boxes)
    assert campaigns[["question", "respondent"]].to_records(index=False).tolist() == [
        ("q1", "a"), ("q1", "b"), ("q2", "b"), ("q2", "c"),
    ]  # fmt: skip
    assert set(campaigns["campaign"]) == {"campaign-1"}


def test_repeating_the_question_makes_no_campaign():
    asked = (
        "To what extent do you agree or disagree that the village library should open on Saturday mornings in winter?"
    )
    answers = [asked + " " + text for text in ("Yes of course.", "Not really, no.", "It is all the same to me")]
    assert groups_in(table(*answers)) == {"campaign-1": set("abc")}
    assert groups_in(table(*answers), 3, [f"Q4. {asked}"]) == {}
    assert groups_in(table(*[f"{asked} {LETTER}"] * 3), 3, [asked]) == {"campaign-1": set("abc")}


def test_two_letters_are_two_campaigns_by_size_though_someone_sent_both_at_once():
    comments = table(*[OTHER_LETTER] * 3, *[LETTER] * 4, f"{OTHER_LETTER} {LETTER}")
    assert groups_in(comments) == {"campaign-1": set("defgh"), "campaign-2": set("abc")}


def test_no_comments_no_campaigns():
    campaigns, additions = find_campaigns(build("comments", []))
    assert campaigns.empty and additions.empty


# --- Rules that always hold ------------------------------------------------------------------------------------------

LETTERS = st.integers(60, 100).map(lambda n: [f"w{i}" for i in range(n)])


@st.composite
def signed_letter(draw, marks="abcdefghij"):
    """Three to ten copies of a letter, each with up to three words changed and up to five words added at an end."""
    letter = draw(LETTERS)
    copies = []
    for mark in marks[: draw(st.integers(3, 10))]:
        copy = list(letter)
        for place in draw(st.sets(st.integers(0, len(letter) - 1), max_size=3)):
            copy[place] = f"{mark}{place}"
        line = [f"{mark}own{i}" for i in range(draw(st.integers(0, 5)))]
        copies.append(" ".join(line + copy if draw(st.booleans()) else copy + line))
    return copies


@given(signed_letter(), st.lists(st.text("abc ", max_size=60), max_size=5))
@settings(max_examples=60, deadline=None)
def test_signers_of_one_letter_always_end_in_one_campaign(copies, others):
    comments = build("comments", [(f"s{i}", "online", "why", text) for i, text in enumerate(copies)]
                     + [(f"o{i}", "online", "why", text) for i, text in enumerate(others)])  # fmt: skip
    campaigns, _ = find_campaigns(comments)
    mine = campaigns[campaigns["respondent"].str.startswith("s")]
    assert set(mine["respondent"]) == {f"s{i}" for i in range(len(copies))} and mine["campaign"].nunique() == 1


WORDS = st.lists(st.sampled_from(["red", "green", "blue", "one", "two"]), max_size=30).map(" ".join)


@given(st.lists(WORDS, max_size=12), signed_letter(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_rows_changes_nothing(texts, copies, rng: random.Random):
    rows = [(f"r{i}", "online", f"q{i % 2}", text) for i, text in enumerate([*texts, *texts[:4], *copies])]
    shuffled = rng.sample(rows, len(rows))
    for one, other in zip(
        find_campaigns(build("comments", rows)), find_campaigns(build("comments", shuffled)), strict=True
    ):
        pd.testing.assert_frame_equal(one, other)


@given(signed_letter())
@settings(max_examples=40, deadline=None)
def test_additions_lie_in_their_answers_apart_from_one_another_and_leave_the_likeness(copies):
    comments = build("comments", [(f"s{i}", "online", "why", text) for i, text in enumerate(copies)])
    campaigns, additions = find_campaigns(comments)
    texts = comments.set_index("respondent")["text"]
    for line in campaigns.itertuples():
        text = texts[line.respondent]
        end, own = -1, 0
        for place in additions[additions["respondent"] == line.respondent].itertuples():
            assert end < place.start < place.end <= len(text)
            end, own = place.end, own + len(text[place.start : place.end].split())
        assert line.likeness == pytest.approx(1 - own / len(text.split()), abs=0.001)


# --- Counted in three ways -------------------------------------------------------------------------------------------


def survey(small, *rows, more=""):
    consultation = read_consultation(small(*rows, definition=SMALL + more))
    return summarise(consultation, read_responses(consultation), build("coded", []))


def ways(outcome, question, net):
    rows = outcome.campaign_variants
    rows = rows[(rows["question"] == question) & (rows["net"] == net)]
    return {line.way: (line.count, line.base) for line in rows.itertuples()}


def rows_of_a_campaign(agree=6, disagree=1, others=("Agree", "Disagree", "Disagree", "Neither")):
    signers = ["Agree"] * agree + ["Disagree"] * disagree
    return [
        *(row(f"s{i}", answer, why=LETTER + f" Yours{i}" * (i % 2)) for i, answer in enumerate(signers)),
        *(row(f"o{i}", answer) for i, answer in enumerate(others)),
    ]


def test_a_campaign_counts_in_full_once_and_not_at_all(small):
    outcome = survey(small, *rows_of_a_campaign())
    assert ways(outcome, "plan", "agree") == {
        "everyone": (7, 11), "each campaign once": (2, 5), "campaigns apart": (1, 4),
    }  # fmt: skip
    assert ways(outcome, "plan", "other") == {
        "everyone": (4, 11), "each campaign once": (3, 5), "campaigns apart": (3, 4),
    }  # fmt: skip
    assert ways(outcome, "", "") == {
        "everyone": (11, 11), "each campaign once": (5, 11), "campaigns apart": (4, 11),
    }  # fmt: skip
    assert outcome.campaign_sizes.to_records(index=False).tolist() == [("campaign-1", 7, 7, 3)]


def test_everyone_is_the_ordinary_tally_and_every_way_is_traced_to_its_respondents(small):
    outcome = survey(small, *rows_of_a_campaign())
    nets = outcome.agreement[outcome.agreement["grouping"] == "all"]
    figures = outcome.figures.set_index("id")
    behind = outcome.figure_rows.groupby("figure")["respondent"].nunique()
    for net in nets.itertuples():
        told = ways(outcome, net.question, net.net)
        assert told["everyone"] == (net.count, net.base)
        for way in ("each campaign once", "campaigns apart"):
            id = f"{net.question}.{net.net}.{way.replace(' ', '_')}"
            assert tuple(figures.loc[id, ["numerator", "base"]]) == told[way] and behind.get(id, 0) == told[way][0]
    assert behind["respondents.each_campaign_once"] == 5 and behind["respondents.campaigns_apart"] == 4


def test_a_tie_is_no_common_answer(small):
    outcome = survey(small, *rows_of_a_campaign(agree=3, disagree=3))
    assert ways(outcome, "plan", "agree")["each campaign once"] == (1, 4)
    assert ways(outcome, "", "")["each campaign once"] == (5, 10)


SCALE = Scale(
    "s", ("Very good", "Good", "Poor", "Bad"), (Net("up", "Up", ("Very good", "Good")), Net("down", "Down", ("Poor", "Bad"))),
    ("Don't know",),
)  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "stands"),
    [
        (["Very good", "Good", "Good", "Bad", "Bad"], "Good"),  # three up against two down
        (["Very good", "Good", "Bad"], "Very good"),  # of equally common points of one net, the first on the scale
        (["Good", "Bad"], None),
        (["Good", None, None], "blank"),
        (["Good", None], None),
        (["Don't know", "Don't know", "Bad"], "Don't know"),
    ],
)
def test_who_stands_for_a_campaign(answers, stands):
    question = Question("q", "Q", "Q", SCALE)
    chosen = {f"r{i}": answer for i, answer in enumerate(answers)}
    who = stand_in(question, chosen)
    assert (who and (chosen[who] or "blank")) == stands


def test_without_nets_every_answer_stands_by_itself(small):
    nets = SMALL[SMALL.index("nets = [") : SMALL.index("[[questions]]")]
    folder = small(*rows_of_a_campaign(), definition=SMALL.replace(nets, ""))
    consultation = read_consultation(folder)
    outcome = summarise(consultation, read_responses(consultation), build("coded", []))
    assert ways(outcome, "plan", "Disagree") == {
        "everyone": (3, 11), "each campaign once": (2, 5), "campaigns apart": (2, 4),
    }  # fmt: skip
    assert outcome.figures.set_index("id").loc["plan.answer.disagree.campaigns_apart", "numerator"] == 2


def test_who_signed_two_letters_counts_with_the_larger_campaign():
    campaigns = build("campaigns", [("campaign-1", "q", who, 1.0) for who in "abc"]
                      + [("campaign-2", "r", who, 1.0) for who in "cd"])  # fmt: skip
    assert signed(campaigns) == {"a": "campaign-1", "b": "campaign-1", "c": "campaign-1", "d": "campaign-2"}


def test_signers_outside_the_percentages_change_no_count(small):
    outcome = survey(small, *rows_of_a_campaign())
    groups = outcome.responses.groups
    fewer = groups[(groups["grouping"] != "all") | (groups["respondent"].str.startswith("o"))]
    answers = answers_by_way(outcome.consultation, outcome.responses.answers, fewer, outcome.campaigns)
    assert {way: len(rows) for way, rows in answers.items()} == {
        "everyone": 4, "each campaign once": 4, "campaigns apart": 4,
    }  # fmt: skip


def test_where_everyone_signed_nobody_is_left_and_nothing_breaks(small, tmp_path):
    outcome = survey(small, *rows_of_a_campaign(others=()))
    assert ways(outcome, "plan", "agree") == {
        "everyone": (6, 7), "each campaign once": (1, 1), "campaigns apart": (0, 0),
    }  # fmt: skip
    write_report(outcome, tmp_path / "out")
    assert "nobody with campaigns left out (no longer a majority)" in campaigns_sentence(outcome)


# --- What is said and published --------------------------------------------------------------------------------------


def test_a_headline_that_changes_is_told_with_its_majority(small):
    outcome = survey(small, *rows_of_a_campaign())
    assert campaigns_sentence(outcome) == (
        "1 headline changes with how campaigns are counted. The plan: 64% agreed with everyone counted, 40% with each "
        "campaign counted once (no longer a majority) and 25% with campaigns left out (no longer a majority)."
    )


def test_a_headline_that_stays_is_told_to_stay(small):
    outcome = survey(small, *rows_of_a_campaign(agree=5, disagree=0, others=["Agree"] * 4))
    assert campaigns_sentence(outcome).startswith("No headline changes by a whole percentage point")
    assert campaigns_sentence(survey(small, row("1"))) == "No campaigns were found."


def test_a_campaign_is_published_with_its_three_counts_and_no_word_of_it(small, tmp_path):
    outcome = survey(small, *rows_of_a_campaign(), more=UNCONTROLLED)
    write_report(outcome, tmp_path / "out")
    published = tmp_path / "out" / "published"
    table = pd.read_csv(published / "tables" / "campaigns.csv")
    assert table.values.tolist() == [["Campaign 1", 7, 7, 3]]
    variants = pd.read_csv(published / "tables" / "campaign_variants.csv")
    assert variants.iloc[3].tolist() == ["The plan", "Agreed", "Everyone", 7, 11, 64]
    assert "plan.agree.campaigns_apart" in (published / "figures.csv").read_text()
    for path in published.rglob("*"):
        if path.suffix in (".csv", ".md", ".html"):
            assert "village library" not in path.read_text() and "s0," not in path.read_text()
    working = tmp_path / "out" / "working"
    assert len(pd.read_csv(working / "campaigns.csv")) == 7 and len(pd.read_csv(working / "additions.csv")) == 3
    assert (working / "campaigns.txt").read_text() == campaigns_sentence(outcome) + "\n"


@pytest.mark.parametrize(("signers", "told"), [(4, False), (5, True)])
def test_a_campaign_of_a_few_is_not_published(small, signers, told):
    outcome = survey(small, *rows_of_a_campaign(agree=signers, disagree=0))
    assert len(outcome.campaign_sizes) == 1
    shown = publishable(outcome)
    keys = {table.key for table in all_tables(shown, verify(outcome))}
    assert ({"campaigns", "campaign_variants"} <= keys) is told
    assert shown.figures["about"].eq("campaigns").any() == told
    assert shown.campaigns.empty and shown.additions.empty


def test_beside_a_large_campaign_a_small_one_counts_like_anybody_else(small):
    few = [row(f"f{i}", "Disagree", why=OTHER_LETTER) for i in range(3)]
    outcome = survey(small, *rows_of_a_campaign(), *few, more=UNCONTROLLED)
    assert ways(outcome, "plan", "agree")["campaigns apart"] == (1, 4)
    shown = publishable(outcome)
    assert shown.campaign_sizes["campaign"].tolist() == ["campaign-1"]
    assert ways(shown, "plan", "agree")["campaigns apart"] == (1, 7)
    assert shown.figures.set_index("id").loc["plan.agree.campaigns_apart", "base"] == 7


def test_a_question_that_few_signers_answered_is_not_compared(small, tmp_path):
    rows = [row(f"s{i}", "Agree" if i < 4 else "", why=LETTER) for i in range(8)]
    outcome = survey(small, *rows, row("o1", "Disagree"))
    shown = publishable(outcome)
    assert set(shown.campaign_variants["question"]) == {""}
    assert shown.figures.loc[shown.figures["about"] == "campaigns", "id"].str.startswith("respondents.").all()
    write_report(outcome, tmp_path / "out")
    assert "too few of the signers answered" in (tmp_path / "out" / "published" / "report.md").read_text()


def test_a_claim_whose_figure_is_published_as_another_number_is_not_published(small, tmp_path):
    claim = '\n[[published]]\nfigure = "plan.agree.campaigns_apart"\nclaim = "one"\nwhere = "p. 1"\nbase = 4\n'
    few = [row(f"f{i}", "Disagree", why=OTHER_LETTER) for i in range(3)]
    outcome = survey(small, *rows_of_a_campaign(), *few, more=claim)
    assert verify(outcome)["agrees"].tolist() == [True]
    write_report(outcome, tmp_path / "out")
    assert not (tmp_path / "out" / "published" / "tables" / "checks.csv").exists()
    # And where no campaign was found, the claim is of a figure that could be, and does not agree.
    assert verify(survey(small, row("1"), more=claim))["agrees"].tolist() == [False]


def test_the_definition_says_from_how_many_on_and_refuses_one(small):
    rows = rows_of_a_campaign(agree=2, disagree=0)
    assert survey(small, *rows).campaigns.empty
    assert len(survey(small, *rows, more="\n[campaigns]\nat_least = 2\n").campaigns) == 2
    with pytest.raises(DefinitionError, match=r"\[campaigns\] has 1 under 'at_least'"):
        survey(small, *rows, more="\n[campaigns]\nat_least = 1\n")


def test_the_shipped_consultation_has_no_campaign(consultation, responses):
    wordings = survey_wordings(consultation)
    for at_least in (2, consultation.campaigns_at_least):
        assert groups_in(responses.comments, at_least, wordings) == {}
    shown = publishable(summarise(consultation, responses, build("coded", [])))
    assert "campaigns" not in {table.key for table in all_tables(shown, build("checks", []))}
    assert not shown.figures["about"].eq("campaigns").any()
