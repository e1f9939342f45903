"""Labels, the classifier, its file, and how coded answers become counts."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from pipeline import code_comments, load_model, read_consultation, read_labels, read_responses, train
from pipeline.errors import ModelError
from pipeline.reading import read_codebook
from pipeline.themes import classifier, evaluation, scores
from pipeline.themes.coding import code_responses, settled_codes
from pipeline.themes.features import find_keywords
from pipeline.themes.labels import read_codes
from pipeline.themes.models import data_hash, learned_from, save_model
from pipeline.themes.prevalence import BY_HAND, BY_MACHINE, codings, count_themes
from pipeline.themes.text import analyse, analyse_plainly, normal_words

from .conftest import CODEBOOK, row

FOOD = ["I want more food", "we eat too late", "hot meals and food please", "the food is cold", "let us eat fish"]
SLEEP = ["a softer bed", "I sleep badly", "quiet so that we sleep", "my bed is broken", "sleep sleep sleep"]


@pytest.fixture
def codebook(tmp_path):
    path = tmp_path / "codebook.toml"
    path.write_text(CODEBOOK, encoding="utf-8")
    return read_codebook(path)


@pytest.fixture
def labels(tmp_path, codebook):
    path = tmp_path / "labels.jsonl"
    records = [
        {"id": f"{theme}{i}", "writer": f"w{i % 3}", "text": text, "themes": [theme], "coder": "c"}
        for theme, texts in (("food", FOOD), ("sleep", SLEEP))
        for i, text in enumerate(texts)
    ]
    records.append({"id": "both", "writer": "w0", "text": "Food first. Then a bed.", "themes": ["food", "sleep"],
                    "spans": [{"theme": "food", "text": "Food first"}, {"theme": "sleep", "text": "a bed"}]})  # fmt: skip
    records.append({"id": "none", "writer": "w1", "text": "no comment", "themes": []})
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return read_labels(path, codebook)


def test_words_lose_case_and_punctuation_and_lists_become_sentences():
    def words(text):
        return [sentence.words for sentence in analyse([text])[0]]

    assert words("Safe HOME!\n- a G.P.\n* can't wait") == ["safe home", "a g.p.", "can not wait"]
    assert words("only one offer of support to") == ["only one offer of support to"]
    assert words("o a home\no a job") == ["a home", "a job"]
    assert words("") == words(" ... ") == []


@pytest.mark.parametrize("splits", [analyse, analyse_plainly])
def test_sentences_point_at_the_text_itself(splits):
    text = "One here. Two there!\n - Three’s İ list\r\nFour"
    assert [text[s.start : s.end].strip(" -.!\r") for s in splits([text])[0]] == [
        "One here", "Two there", "Three’s İ list", "Four",
    ]  # fmt: skip


def test_keywords_match_whole_words_and_a_star_any_ending():
    found = find_keywords(["we were eating", "great beds", "a bed"], [["eat*"], ["bed"], []])
    assert found.tolist() == [[True, False, False], [False, False, False], [False, True, False]]
    assert find_keywords([normal_words("I can't sleep")], [["can't"]]).tolist() == [[True]]


def test_a_score_is_the_mean_of_the_answer_and_its_best_sentence():
    whole = np.array([[0.2], [0.4], [0.0]])
    sentences = np.array([[0.6], [0.8], [0.4]])
    assert classifier.combine(whole, sentences, np.array([0, 0, 1])).ravel().tolist() == [0.5, 0.4, 0.0]


def test_labels_read_alike_from_csv_and_json_lines(tmp_path, codebook):
    (tmp_path / "a.csv").write_text(
        "id,writer,text,themes,coder,spans\n1,w,Food in bed.,sleep; food,c,food: Food | sleep: in bed\n",
        encoding="utf-8",
    )
    (tmp_path / "a.jsonl").write_text(
        '{"id": "1", "writer": "w", "text": "Food in bed.", "themes": ["sleep", "food"], "coder": "c", '
        '"spans": [{"theme": "food", "text": "Food"}, {"theme": "sleep", "text": "in bed"}]}\n',
        encoding="utf-8",
    )
    one, other = read_labels(tmp_path / "a.csv", codebook), read_labels(tmp_path / "a.jsonl", codebook)
    assert one == other
    assert one[0].themes == ("food", "sleep") and one[0].spans == (("food", "Food"), ("sleep", "in bed"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("text,themes\nhello,foood\n", "label 1: 'foood' is not a theme of codebook.toml. Did you mean: 'food'"),
        ("text,codes\nhello,food\n", "has no 'themes'"),
        ("id,text,themes\n1,a,food\n1,b,food\n", "the id '1' is given twice"),
        ("text,themes,spans\nhello,food,food: goodbye\n", "a span is not word for word"),
        ("text,themes,spans\nhello,food,hello\n", "'theme: words'"),
        ("text,themes\n", "holds no labelled answers"),
        ("text,themes\n\x00,food\n", "is not a text file"),
    ],
)
def test_wrong_labels_are_refused_with_their_place(tmp_path, codebook, content, says):
    path = tmp_path / "labels.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=says):
        read_labels(path, codebook)


def test_a_line_that_is_no_json_is_named(tmp_path, codebook):
    path = tmp_path / "labels.jsonl"
    path.write_text('{"text": "a", "themes": []}\nnot json\n', encoding="utf-8")
    with pytest.raises(ModelError, match="line 2, is not a JSON object"):
        read_labels(path, codebook)


def test_folds_keep_a_writers_answers_together(labels):
    splits, how = evaluation.folds(labels)
    assert how == "3 folds split by writer, 3 writers"
    where = {labels[i].writer: fold for fold, held_out in enumerate(splits) for i in held_out}
    assert all(where[labels[i].writer] == fold for fold, held_out in enumerate(splits) for i in held_out)
    assert sorted(i for held_out in splits for i in held_out) == list(range(len(labels)))


def test_an_answer_without_a_writer_counts_as_a_writer_of_its_own(labels):
    from dataclasses import replace

    some = [replace(labels[0], writer=""), *labels[1:]]
    assert evaluation.folds(some)[1] == "4 folds split by writer, 4 writers"


def test_one_label_is_too_few(labels, codebook):
    with pytest.raises(ModelError, match="too few to learn from"):
        train(labels[:1], codebook, "why")


def test_the_threshold_finds_about_as_many_themes_as_the_coders_gave():
    given = np.array([[0.9], [0.8], [0.3], [0.2], [0.1]])
    raised = np.array([[True], [True], [False], [False], [False]])
    assert 0.3 < evaluation.best_threshold(given, raised) <= 0.8


def test_micro_f1_by_hand():
    found = np.array([[True, False], [True, True]])
    raised = np.array([[True, True], [False, True]])
    assert scores.micro_f1(found, raised) == 4 / 6
    table = scores.scores_by_theme(found, raised, ["a", "b"])
    assert table[["labelled", "found", "precision", "recall"]].to_numpy().tolist() == [[1, 2, 0.5, 1], [2, 1, 1, 0.5]]


def test_a_trained_model_knows_its_themes_and_gives_none_to_no_words(labels, codebook):
    model, table = train(labels, codebook, "why")
    for tier in classifier.TIERS:
        given = classifier.score(model, ["some food", "a bed", "", "!!!"], tier)
        assert given.argmax(axis=1)[:2].tolist() == [0, 1]
        assert given[2:].tolist() == [[0, 0], [0, 0]] and ((given >= 0) & (given <= 1)).all()
    assert table["theme"].tolist() == ["food", "sleep", "all themes"]


def test_the_same_labels_and_seed_give_the_same_file_and_scores(labels, codebook, tmp_path):
    for name in ("one", "two"):
        save_model(train(labels, codebook, "why")[0], tmp_path / name)
    for file in ("model.npz", "card.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


@pytest.fixture
def trained(small, labels):
    """The small survey with a model in its folder."""
    from .conftest import SMALL

    folder = small(
        row("1", why="food and a bed"),
        row("2", why="I sleep badly"),
        row("3"),
        definition=SMALL.replace('codes = "codes.csv"', 'codes = "codes.csv"\nmodel = "model"'),
        codes="respondent,themes\n1,food;sleep\n9,food\n",
    )
    consultation = read_consultation(folder)
    save_model(train(labels, consultation.question("why").codebook, "why")[0], folder / "model")
    return consultation


def test_a_saved_model_scores_as_it_did_before(trained, labels):
    model = load_model(trained, "why")
    fresh = train(labels, trained.question("why").codebook, "why")[0]
    texts = [label.text for label in labels]
    np.testing.assert_array_equal(classifier.score(model, texts), classifier.score(fresh, texts))


def test_a_model_that_was_tampered_with_or_belongs_to_other_themes_is_refused(trained, small):
    folder = trained.folder / "model"
    card = (folder / "card.json").read_text()
    (folder / "card.json").write_text(card.replace('"sleep"', '"rest"', 1))
    with pytest.raises(ModelError, match=r"trained for other themes than those of codebook.toml \(rest, sleep\)"):
        load_model(trained, "why")
    (folder / "card.json").write_text(card)
    (folder / "model.npz").write_bytes((folder / "model.npz").read_bytes() + b"x")
    with pytest.raises(ModelError, match="not the one that its card describes"):
        load_model(trained, "why")
    (folder / "model.npz").unlink()
    with pytest.raises(ModelError, match="There is no trained model"):
        load_model(trained, "why")


def test_a_model_file_that_would_run_code_is_not_loaded(trained):
    import hashlib
    import io

    folder = trained.folder / "model"
    arrays = dict(np.load(folder / "model.npz"))
    content = io.BytesIO()
    np.savez(
        content, **{**arrays, "fast_intercepts": np.array([print, print], dtype=object)}
    )  # a pickled object inside
    (folder / "model.npz").write_bytes(content.getvalue())
    card = json.loads((folder / "card.json").read_text())
    card["sha256"] = hashlib.sha256(content.getvalue()).hexdigest()
    (folder / "card.json").write_text(json.dumps(card))
    with pytest.raises(ModelError, match="cannot be read"):
        load_model(trained, "why")


def test_every_answer_has_a_row_for_every_theme_and_blanks_have_none(trained):
    responses = read_responses(trained)
    coded = code_comments(responses.comments, load_model(trained, "why"))
    assert coded[["respondent", "theme"]].to_records(index=False).tolist() == [
        ("1", "food"), ("1", "sleep"), ("2", "food"), ("2", "sleep"),
    ]  # fmt: skip
    assert (coded["raised"] == (coded["score"] >= load_model(trained, "why").threshold)).all()


def test_settled_codes_of_respondents_in_another_export_are_passed_over(trained):
    responses = read_responses(trained)
    settled = settled_codes(trained.question("why"), responses.comments)
    assert settled["respondent"].unique().tolist() == ["1"]


def test_codes_of_an_unknown_theme_or_given_twice_are_refused(tmp_path, codebook):
    path = tmp_path / "codes.csv"
    path.write_text("respondent,themes\n1,food\n1,sleep\n", encoding="utf-8")
    with pytest.raises(ModelError, match="'1' is given twice"):
        read_codes(path, codebook)
    path.write_text("respondent,themes\n1,snooze\n", encoding="utf-8")
    with pytest.raises(ModelError, match="'snooze' is not a theme"):
        read_codes(path, codebook)


def coded(*rows):
    return pd.DataFrame(rows, columns=["respondent", "theme", "raised", "coder"])


def test_what_no_person_checked_is_called_so_and_what_some_checked_says_how_many():
    machine = [("1", "food", True, "classifier"), ("2", "food", True, "classifier")]
    one = ("1", "food", False, "settled by hand")
    two = ("2", "food", True, "settled by hand")
    assert list(codings(coded(*machine), ["1", "2"])) == [BY_MACHINE]
    partly = codings(coded(*machine, one), ["1", "2"])
    assert list(partly) == [f"1 of 2 answers settled by hand, the others {BY_MACHINE}"]
    (codes,) = partly.values()
    assert codes.to_records(index=False).tolist() == [("1", "food", False), ("2", "food", True)]
    assert list(codings(coded(*machine, one, two), ["1", "2"])) == [BY_HAND, BY_MACHINE]
    assert codings(coded(*machine), []) == {}


def test_themes_are_counted_once_a_respondent_in_the_codebooks_order_with_zeros(trained):
    responses = read_responses(trained)
    table = coded(("1", "sleep", True, "classifier"), ("1", "food", False, "classifier"),
                  ("2", "sleep", True, "classifier"), ("2", "food", False, "classifier"))  # fmt: skip
    table["question"], table["score"] = "why", 0.5
    wanted = {"all": ("all",), "role": ("Cats", "Birds")}
    counts = count_themes(trained, responses.comments, table, responses.groups, wanted)
    assert counts[["group", "theme", "count", "base"]].to_records(index=False).tolist() == [
        ("all", "food", 0, 2),
        ("all", "sleep", 2, 2),
        ("Cats", "food", 0, 2),
        ("Cats", "sleep", 2, 2),
        ("Birds", "food", 0, 0),
        ("Birds", "sleep", 0, 0),
    ]
    assert set(counts["coding"]) == {BY_MACHINE}


def test_the_shipped_models_are_those_of_the_shipped_labels(consultation):
    for question in consultation.open:
        card = load_model(consultation, question.id).card
        labels = read_labels(question.labels, question.codebook)
        assert card["labels_sha256"] == data_hash(labels), f"run 'consultation train' for {question.id}"
        assert card["labels"] == len(labels)


def test_training_again_gives_the_shipped_scores(consultation):
    question = consultation.question("reasons_timing")
    model, _ = train(read_labels(question.labels, question.codebook), question.codebook, question.id)
    kept = load_model(consultation, question.id)
    texts = ["Get on with it, it is overdue", "December to January is no time at all"]
    np.testing.assert_allclose(classifier.score(model, texts), classifier.score(kept, texts), atol=1e-3)
    assert model.card["micro_f1"] == pytest.approx(kept.card["micro_f1"], abs=0.01)


def test_the_shipped_criteria_classifier_beats_its_keyword_list(consultation):
    card = load_model(consultation, "criteria").card
    assert card["evaluated"].startswith("5 folds split by writer")
    assert card["micro_f1"] > card["keywords_micro_f1"]


def test_the_exports_own_answers_are_not_among_the_labels(consultation, responses):
    def plain(text):
        return " ".join(text.lower().split())

    own = {plain(text) for text in responses.comments["text"].dropna() if len(text) > 30}
    for question in consultation.open:
        labels = {plain(label.text) for label in read_labels(question.labels, question.codebook)}
        assert not own & labels


def test_every_answer_of_the_export_has_settled_codes(consultation, responses):
    coded = code_responses(consultation, responses.comments, {})
    for question in consultation.open:
        online = responses.comments.query(f"channel == 'online' and question == '{question.id}'").dropna()
        assert set(coded.loc[coded["question"] == question.id, "respondent"]) == set(online["respondent"])


def test_the_machine_codes_of_the_export_agree_with_the_settled_ones_better_than_chance(outcome):
    coded = outcome.coded[outcome.coded["question"] == "criteria"]
    wide = coded.pivot_table(index=["respondent", "theme"], columns="coder", values="raised", aggfunc="first").dropna()
    found, raised = wide["classifier"].astype(bool).to_numpy(), wide["settled by hand"].astype(bool).to_numpy()
    assert len(wide) == 138 * 7
    assert scores.micro_f1(found, raised) > 0.6


def test_scoring_needs_no_network_and_loading_imports_no_unpickler(tmp_path):
    code = (
        "import socket\n"
        "def refuse(*a, **k): raise OSError('no network')\n"
        "socket.socket.connect = refuse\n"
        "from pipeline import load_model, read_consultation\n"
        "from pipeline.themes.classifier import score\n"
        "print(score(load_model(read_consultation(), 'criteria'), ['a safe home']).shape)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout.strip() == "(1, 7)"


def test_evaluate_scores_unseen_labels_and_refuses_those_it_learned_from(labels, codebook):
    from dataclasses import replace

    long = [replace(label, text=f"{label.text}, and that is all that I have to say about it today") for label in labels]
    model, _ = train(long, codebook, "why")
    table, overall = evaluation.evaluate(model, labels, codebook, rounds=50)
    assert overall["answers"] == len(labels) and overall["micro_f1"] > 0.8
    assert overall["micro_f1_low"] <= overall["micro_f1"] <= overall["micro_f1_high"]
    assert table["theme"].tolist() == ["food", "sleep", "all themes"]
    with pytest.raises(ModelError, match="has learned from some of these labels"):
        evaluation.evaluate(model, [*labels, long[0]], codebook)


def test_the_development_set_is_by_writers_that_the_labels_do_not_know(consultation):
    question = consultation.question("criteria")
    development = read_labels(question.labels.with_name("criteria-development.jsonl"), question.codebook)
    labels = read_labels(question.labels, question.codebook)
    assert len(development) >= 200
    assert not {label.writer for label in development} & {label.writer for label in labels}
    assert not learned_from(load_model(consultation, "criteria"), development)


def test_no_two_labelled_answers_are_near_copies(consultation):
    from collections import Counter

    question = consultation.question("criteria")
    labels = read_labels(question.labels, question.codebook)
    labels += read_labels(question.labels.with_name("criteria-development.jsonl"), question.codebook)
    texts = [" ".join(label.text.lower().split()) for label in labels]
    assert max(Counter(text for text in texts if len(text.split()) > 8).values()) == 1
    runs = Counter()
    for text in texts:
        words = text.split()
        runs.update({" ".join(words[i : i + 8]) for i in range(len(words) - 7)})
    # Eight words in a row that three answers share would be a template.
    assert not [run for run, count in runs.items() if count > 2]
