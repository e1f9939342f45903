"""The encoder's files, its windows, and what it gives for one text whatever stands beside it."""

import json
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ModelError
from pipeline.themes import encoder
from pipeline.themes.encoder import encode, general_encoder, load_encoder, windows
from pipeline.themes.text import Sentence, analyse


def given_by(texts):
    return encode(load_encoder(general_encoder()), texts, analyse(texts))


def test_a_text_gives_the_same_alone_and_among_others():
    alone, _ = given_by(["A safe home."])
    among, parts = given_by(["Someone to ring. A job!", "A safe home.", ""])
    np.testing.assert_array_equal(among[1], alone[0])
    assert len(parts) == 3 and not among[2].any()


def test_likeness_of_meaning_is_likeness_of_vectors():
    whole, _ = given_by(["The food was cold.", "Lunch had gone chilly.", "The bus came late."])
    unit = whole / np.linalg.norm(whole, axis=1, keepdims=True)
    assert unit[0] @ unit[1] > unit[0] @ unit[2]


def test_a_long_text_is_read_to_its_end():
    start = "We waited for a long time and nobody came to see us. " * 60
    (plain, ended), _ = given_by([start, start + "The dog barked at a blue bicycle."])
    assert not np.allclose(plain, ended)


@given(st.lists(st.integers(1, 700), max_size=8), st.integers(0, 9))
def test_windows_hold_every_wordpiece_once_and_end_with_sentences_where_they_can(lengths, between):
    offsets, sentences, at = [], [], 0
    for length in lengths:  # a sentence is so many wordpieces of one letter
        offsets += [(at + i, at + i + 1) for i in range(length)]
        sentences.append(Sentence(at, at + length, ""))
        at += length + between
    cuts, places = windows(offsets, sentences)
    assert [i for first, last in cuts for i in range(first, last)] == list(range(len(offsets)))
    assert all(0 < last - first <= encoder.WINDOW for first, last in cuts)
    assert [last - first for first, last in places] == lengths
    ends = {last for _, last in places}
    for first, last in cuts:
        assert last in ends or not any(first < end <= first + encoder.WINDOW for end in ends)


@pytest.fixture
def copied(tmp_path):
    return shutil.copytree(general_encoder(), tmp_path / "encoder")


def test_an_encoder_that_is_not_what_its_card_says_is_refused(copied):
    (copied / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError, match=r"tokenizer.json is not the file that the encoder's card describes"):
        load_encoder(copied)


def test_an_encoder_that_is_missing_or_broken_is_refused(copied, tmp_path):
    with pytest.raises(ModelError, match="There is no encoder in"):
        load_encoder(tmp_path)
    card = json.loads((copied / "card.json").read_text())
    (copied / "encoder.onnx").write_bytes(b"nothing")
    card["sha256"]["encoder.onnx"] = encoder.hashlib.sha256(b"nothing").hexdigest()
    (copied / "card.json").write_text(json.dumps(card))
    with pytest.raises(ModelError, match="cannot be read"):
        load_encoder(copied)


def test_the_shipped_encoders_name_their_source_and_licence():
    for card in general_encoder().parent.parent.glob("**/card.json"):
        card = json.loads(card.read_text())
        if "base_sha256" in card:
            assert card["licence"] == "Apache-2.0" and "all-MiniLM-L6-v2" in card["base"]
