"""Scores, calibration and doubt, by hand; evidence, tiers and the first pass without labels, on small answers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.definition import Codebook, Subtheme, Theme
from pipeline.errors import ModelError
from pipeline.themes import classifier, evaluation, scores
from pipeline.themes.card import card_lines
from pipeline.themes.classifier import ACCURATE, CASCADE, FAST, Tier
from pipeline.themes.coding import code_comments, code_texts, tier_for
from pipeline.themes.described import describe_codebook
from pipeline.themes.evaluation import HeldOut, cascade_of
from pipeline.themes.labels import Label
from pipeline.themes.subthemes import fit_subthemes, suggest_subthemes

FOOD = Theme(
    "food", "food", "What people eat and drink, meals and cooking.", boundaries=("Eating in bed is sleep.",),
    keywords=("food", "meal*"),
    subthemes=(Subtheme("cold", "Is the food warm?"), Subtheme("cost", "Can people pay for it with their money?")),
)  # fmt: skip
SLEEP = Theme("sleep", "sleep", "Beds, rest and quiet nights.", keywords=("bed*",))
CODEBOOK = Codebook(None, (FOOD, SLEEP))
SAID = {
    "food": ["The dinner was cold", "More fruit at breakfast", "They eat too late here", "Cook us a hot lunch", "Soup again"],
    "sleep": ["I lie awake at night", "A softer mattress", "Too noisy to rest", "My bed broke", "We slept badly"],
}  # fmt: skip
LABELS = [
    Label(f"{theme}{i}", text, (theme,), writer=f"w{i % 3}", group="cats" if i else "dogs")
    for theme, texts in SAID.items()
    for i, text in enumerate(texts)
]


@pytest.fixture(scope="module")
def trained():
    return evaluation.train(LABELS, CODEBOOK, "why")[0]


def yes(*rows):
    return np.array(rows, dtype=bool)


def test_calibration_error_by_hand():
    # One bin holds 0.9 and 0.9, of which one is true: off by 0.4; the other 0.1 and 0.1, none true: off by 0.1.
    assert scores.calibration_error(np.array([[0.9, 0.9], [0.1, 0.1]]), yes([1, 0], [0, 0])) == pytest.approx(0.25)
    assert scores.calibration_error(np.array([[1.0, 0.0]]), yes([1, 0])) == 0


def test_the_doubtful_half_goes_to_a_person_and_the_rest_is_scored():
    found, raised = yes([1], [1], [0], [0]), yes([1], [0], [1], [0])
    table = scores.trade_off(found, raised, np.array([0.1, 0.9, 0.8, 0.2]))
    assert table[["to_a_person", "micro_f1"]].iloc[[0, -1]].to_numpy().tolist() == [[0, 0.5], [0.5, 1]]


def test_confusions_name_the_rule_between_two_themes():
    found, raised = yes([0, 1], [0, 1], [1, 0]), yes([1, 0], [1, 0], [1, 1])
    assert scores.confusions(found, raised, CODEBOOK).to_numpy().tolist() == [
        ["food", "sleep", 2, "Eating in bed is sleep."]
    ]


def test_parts_are_scored_by_themselves():
    table = scores.scores_by(yes([1], [1], [0]), yes([1], [0], [1]), ["b", "a", "b"])
    assert table.to_numpy().tolist() == [["b", 2, 2 / 3], ["a", 1, 0]]
    assert [scores.length_of("x " * n) for n in (10, 11, 101)] == ["up to 10 words", "11 to 40 words", "over 100 words"]


def test_calibration_finds_the_shares_behind_the_scores():
    # 1,000 answers at each of two scores, of which 1 and 6 in 10 are true.
    logits = np.repeat([[-0.5], [0.5]], 1000, axis=0)
    raised = np.concatenate([np.arange(1000) % 10 < 1, np.arange(1000) % 10 < 6])[:, None]
    slope, offsets = classifier.calibrate(logits, raised, hold=0.0)
    assert classifier.logistic(slope * logits + offsets)[[0, -1], 0] == pytest.approx([0.1, 0.6], abs=1e-3)


@given(st.lists(st.floats(-4, 4), min_size=1, max_size=6), st.integers(0, 2**6))
def test_few_answers_move_a_calibration_little_and_never_turn_it_round(logits, bits):
    raised = np.array([[bool(bits >> i & 1)] for i in range(len(logits))])
    slope, offsets = classifier.calibrate(np.array(logits)[:, None], raised, hold=1e6)
    assert slope == pytest.approx(1, abs=0.01) and offsets == pytest.approx(0, abs=0.01)


def test_doubt_is_highest_at_the_threshold():
    tier = Tier(None, np.zeros((2, 0)), np.zeros(2), threshold=0.4)
    doubt = classifier.doubts(tier, np.array([[0.4, 0.0], [1.0, 0.0], [0.7, 0.1]]))
    assert doubt == pytest.approx([1, 0, 0.5])


def test_the_cascade_asks_for_no_more_than_it_needs():
    raised = yes(*[[1]] * 10)
    accurate = HeldOut(raised.astype(float), raised, np.zeros(10))
    found = raised.copy()
    found[:2] = False  # the two most doubtful answers are the fast tier's mistakes
    fast = HeldOut(found.astype(float), found, np.linspace(1, 0.1, 10))
    clear, about = cascade_of(fast, accurate, raised)
    assert about == {"to_accurate": 0.2, "micro_f1": 1.0} and (fast.doubt >= clear).sum() == 2


def test_each_fold_is_calibrated_on_the_others():
    raw = np.array([[0.6], [0.6], [0.6], [0.6]])
    raised = yes([1], [1], [0], [0])
    held = evaluation.cross_calibrated(raw, raised, [np.array([0, 1]), np.array([2, 3])])
    # Those that were raised were judged by those that were not, and the other way round.
    assert held.scores[0] < held.scores[2]


def test_the_words_and_the_sentence_behind_a_theme_are_given(trained):
    texts = ["Thank you for asking. The dinner was cold.", "..."]
    found = classifier.assess(trained, texts)
    start, end, words = found.evidence[0, 0]
    assert texts[0][start:end] == "The dinner was cold."
    assert words and all(word in "the dinner was cold" for word in words)
    assert not any(text == 1 for text, _ in found.evidence)


def test_a_cascade_gives_each_answer_one_of_the_two_tiers_codes(trained):
    texts = [text for said in SAID.values() for text in said]
    fast, accurate, both = (classifier.assess(trained, texts, tier).scores for tier in (FAST, ACCURATE, CASCADE))
    asked = classifier.doubts(trained.tiers[FAST], fast) >= trained.tiers[FAST].clear
    np.testing.assert_allclose(both, np.where(asked[:, None], accurate, fast), atol=1e-6)


def test_very_many_answers_go_through_the_cascade_unless_a_tier_is_asked_for():
    assert (tier_for(10, None), tier_for(10**6, None), tier_for(10**6, ACCURATE)) == (ACCURATE, CASCADE, ACCURATE)


def test_the_question_that_was_answered_is_learned():
    said = ["nothing", "no", "nothing at all", "none", "all good", "nope"]
    asked = [
        Label(
            f"{question}{i}", text, (("food",) if question == "praise" else ("sleep",)), f"w{i % 3}", question=question
        )
        for question in ("praise", "blame")
        for i, text in enumerate(said)
    ]
    model, _ = evaluation.train(asked, CODEBOOK, "praise")
    given = classifier.score(model, ["nothing", "nothing"], asked=["praise", "blame"])
    assert given.argmax(axis=1).tolist() == [0, 1]


def test_labels_that_were_learned_from_are_no_test(trained):
    long = [Label("x", "A long enough answer about food and drink, word for word the same", ("food",), "w")]
    model, _ = evaluation.train([*LABELS, *long], CODEBOOK, "why")
    with pytest.raises(ModelError, match="has learned from some of these labels"):
        evaluation.evaluate(model, long, CODEBOOK)


def test_an_evaluation_says_how_the_parts_do_and_a_card_can_be_read(trained):
    fresh = [Label(f"{i}", text, (theme,), group="cats") for i, (text, theme) in enumerate(
        [("Dinner late again", "food"), ("I cannot rest at night", "sleep"), ("A hot breakfast", "food")])]  # fmt: skip
    for tier in (ACCURATE, FAST):
        table, about = evaluation.evaluate(trained, fresh, CODEBOOK, tier, rounds=20)
        assert about["answers"] == 3 and about["tier"] == tier
        assert about["micro_f1_low"] <= about["micro_f1"] <= about["micro_f1_high"]
        about["by_theme"] = table.to_dict("records")
        assert "up to 10 words" in "\n".join(card_lines(about))
    lines = "\n".join(card_lines(trained.card))
    for words in ("Fast tier", "Cascade", "learned from", "By respondent group", "points on average"):
        assert words in lines


def test_an_encoder_for_other_themes_is_refused(tmp_path, monkeypatch):
    other = classifier.load_encoder(evaluation.general_encoder())
    monkeypatch.setattr(evaluation, "load_encoder", lambda place: type(other)(
        tmp_path, {"themes": ["rest"]}, "", other.session, other.tokenizer))  # fmt: skip
    with pytest.raises(ModelError, match="was adapted to other themes"):
        evaluation.train(LABELS, Codebook(tmp_path / "c.toml", CODEBOOK.themes), "why", tmp_path)


def test_a_model_refuses_an_encoder_it_was_not_trained_with(trained):
    from dataclasses import replace

    other = replace(trained, card={**trained.card, "encoder": {"sha256": "another"}})
    with pytest.raises(ModelError, match="trained with another encoder"):
        classifier.score(other, ["a bed"])
    assert classifier.score(other, ["a bed"], FAST).shape == (1, 2)


def test_descriptions_alone_give_a_first_pass_that_says_so():
    model = describe_codebook(CODEBOOK, "why")
    given = classifier.score(model, ["We cook and drink together", "Nobody rests on a noisy night", "meals"])
    assert given.argmax(axis=1).tolist() == [0, 1, 0] and given[2, 0] > 0.5
    assert model.card["labels"] == 0 and "no labelled answers" in " ".join(card_lines(model.card))
    assert classifier.score(model, ["a bed", "a chair"], FAST)[:, 1].round(1).tolist() == [0.7, 0.3]


def test_the_nearest_subtheme_is_suggested_and_a_theme_without_any_has_none():
    said = ["It costs too much money", "The soup was warm", "My bed"]
    finer, told = fit_subthemes((), CODEBOOK)
    assert suggest_subthemes(finer, ["food", "food", "sleep"], said) == ["cost", "cold", None] and told == []


def test_labelled_sentences_teach_the_subthemes():
    labels = [
        Label(f"{i}", f"Number {i}. {words} {i}.", ("food",), f"w{i % 3}", finer=((key, words),))
        for i, (key, words) in enumerate([("cold", "It is purple"), ("cost", "It is green")] * 24)
    ]  # what the coder calls warmth and cost has nothing to do with their wording
    finer, told = fit_subthemes(labels, CODEBOOK)
    assert suggest_subthemes(finer, ["food", "food"], ["It is purple 7.", "It is green 8."]) == ["cold", "cost"]
    assert told[0]["labelled"] == 48 and told[0]["right"] == 1 and told[0]["commonest"] == 0.5


def test_settled_codes_of_some_answers_calibrate_the_others(trained):
    texts = [f"{text}, number {i}" for i in range(8) for said in SAID.values() for text in said]
    comments = pd.DataFrame(
        {"respondent": [str(i) for i in range(80)], "question": "why", "text": texts, "channel": "online"}
    )
    settled = {str(i): () for i in range(60)}  # people found no theme in any of them
    before = code_comments(comments, trained)
    after = code_comments(comments, trained, settled=settled)
    assert after["score"].mean() < before["score"].mean() / 2
    few = code_comments(comments, trained, settled={"1": ()})
    assert few["score"].tolist() == before["score"].tolist()


def test_coded_texts_come_with_their_reasons(trained):
    coded, why = code_texts(["a", "b"], ["The dinner was cold", "Too noisy to rest"], trained)
    assert coded.columns.tolist() == ["id", "food", "food_score", "sleep", "sleep_score", "not_sure"]
    assert why.set_index("id").loc["a", ["theme", "sentence"]].tolist() == ["food", "The dinner was cold"]
