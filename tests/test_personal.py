"""Personal data in free text: what the rules find, what they leave alone, what they miss, and what a mask leaves."""

import re
import sys
import time
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import read_consultation, read_responses, schemas
from pipeline.cli import main
from pipeline.ingest import personal
from pipeline.ingest.personal import KINDS, Found, find_personal, mask, personal_table

from .conftest import ROOT, row

SENTENCES = ROOT / "tests" / "fixtures" / "personal" / "sentences.txt"


@pytest.fixture(autouse=True)
def rules_alone(monkeypatch):
    """Whatever is installed where the tests run, they test the rules."""
    monkeypatch.setattr(personal, "_recogniser", lambda: None)
    monkeypatch.setattr(personal, "RECOGNISERS", ())


def marked(line):
    """Return a line's text and its personal data, from '{kind|words}'."""
    text, truth, last = "", [], 0
    line = line.replace("\\n", "\n")
    for match in re.finditer(r"\{([^|{}]+)\|([^{}]+)\}", line):
        text += line[last : match.start()]
        truth.append(Found(match[1], len(text), len(text) + len(match[2])))
        text, last = text + match[2], match.end()
    return text + line[last:], truth


def sentences():
    lines = SENTENCES.read_text(encoding="utf-8").splitlines()
    return [marked(line) for line in lines if not line.startswith("#")]


def measured():
    """Return kind -> (in the sentences, found with its exact place, found and not so)."""
    counts = {kind: [0, 0, 0] for kind in KINDS}
    for text, truth in sentences():
        found = find_personal(text)
        for one in truth:
            counts[one.kind][0] += 1
        for one in found:
            counts[one.kind][1 if one in truth else 2] += 1
    return {kind: tuple(three) for kind, three in counts.items()}


def test_every_kind_is_measured_with_things_to_find_and_things_to_leave_alone():
    counts = measured()
    assert all(there >= 3 for there, _, _ in counts.values())
    assert sum(not truth for _, truth in sentences()) >= 20


@pytest.mark.parametrize("kind", KINDS)
def test_of_the_sentences_the_rules_find_most_and_little_else(kind):
    there, right, wrong = measured()[kind]
    precision, recall = right / (right + wrong), right / there
    # One number in eleven passes the check by chance; names without words around them are beyond the rules.
    least_precision = {"NHS number": 0.7, "address": 0.8}.get(kind, 0.9)
    least_recall = {"name": 0.75, "date of birth": 0.8}.get(kind, 0.9)
    assert precision >= least_precision and recall >= least_recall, (precision, recall)


def test_the_document_quotes_what_is_measured():
    document = (ROOT / "docs" / "personal-data.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+?) \| (\d+) \| (\d+) \| (\d+) \|$", document, re.MULTILINE)
    assert {kind: tuple(map(int, counts)) for kind, *counts in rows} == measured()


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Ring 07700 900123 or jo@example.org.", "Ring [phone] or [email]."),
        ("I live at 14 Elm Road, LS1 4AP", "I live at [address], [postcode]"),
        ("NHS 999 123 4578, NI AB123456C", "NHS [NHS number], NI [National Insurance number]"),
        ("dob 1.2.03, see facebook.com/jo.smith", "dob [date of birth], see [web page]"),
        ("Mr Smith came. Smith left.\nRegards,\nJo Smith", "[name] came. [name] left.\nRegards,\n[name]"),
        ("My son Jack is 9. I told Jack, and J. Jack.", "My son [name] is 9. I told [name], and [name]."),
        ("Already [name] and [email].", "Already [name] and [email]."),
        ("", ""),
    ],
)
def test_a_mask_says_what_stood_there(text, masked):
    assert mask(text) == masked


@pytest.mark.parametrize("digit", "0123456789")
def test_one_check_digit_makes_an_nhs_number_or_none_does(digit):
    # 9x10 + 9x9 + 9x8 + 1x7 + 2x6 + 3x5 + 4x4 + 5x3 + 7x2 = 322 = 29x11 + 3, and 8 makes it 330 = 30x11.
    assert find_personal(f"999 123 457{digit}") == ([Found("NHS number", 0, 12)] if digit == "8" else [])
    # With 6 in place of 7 it is 320 = 29x11 + 1, and no one digit makes it 330.
    assert find_personal(f"999 123 456{digit}") == []


@pytest.mark.parametrize("prefix", ["BG", "GB", "KN", "NK", "NT", "TN", "ZZ", "DA", "FA", "IA", "QA", "UA", "VA", "AO"])
def test_prefixes_that_are_never_given_are_no_national_insurance_number(prefix):
    assert find_personal(f"{prefix}123456C") == []
    assert find_personal("AA123456C") == [Found("National Insurance number", 0, 9)]


@pytest.mark.parametrize("text", ["£07700900123", "07700 90012", "07700 9001234", "1 07 2022 10 30 20", "x07700900123"])
def test_what_is_shorter_longer_or_money_is_no_telephone_number(text):
    assert find_personal(text) == []


# What forms are made of, so that pieces come together to near misses and overlaps.
PIECES = st.sampled_from(
    ["my name is ", "I am ", "called ", "Mr ", "Jo", "Smith", " ", "\n", ", ", ".", "Regards,\n", "07700 900123", "0113",
     " 496 0123", "jo@example.org", "@jo_1", "LS1 4AP", "14 Elm Road", "Flat 2, ", "born ", "1 May 1990", "999 123 4578",
     "AB123456C", "[name]", "[email]", "[", "]", "x.com/jo", "£", "2022", "-", "Dear ", "my son ", " <", "> wrote:", "é", "Ł"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=14).map("".join))


@given(TEXTS)
def test_masking_twice_is_masking_once(text):
    assert mask(mask(text)) == mask(text)
    assert find_personal(mask(text)) == []


@given(TEXTS)
def test_places_are_in_the_text_in_order_and_apart(text):
    last = 0
    for kind, start, end in find_personal(text):
        assert kind in KINDS and last <= start < end <= len(text)
        last = end


@given(TEXTS)
def test_what_was_found_is_gone_and_the_rest_is_as_it_was(text):
    found = find_personal(text)
    masked = mask(text)
    kept = re.split("|".join(re.escape(f"[{kind}]") for kind in KINDS), masked)
    for _, start, end in found:
        for piece in kept:
            assert not re.search(rf"(?<!\w){re.escape(text[start:end])}(?!\w)", piece)
    bounds = [0, *(place for one in found for place in one[1:]), len(text)]
    rest = [text[bounds[i] : bounds[i + 1]] for i in range(0, len(bounds), 2)]
    rebuilt = "".join(part for pair in zip(rest, [*(f"[{f.kind}]" for f in found), ""], strict=True) for part in pair)
    assert rebuilt == masked
    assert found or masked == text


@pytest.mark.parametrize(
    "text", ["Regards," + " \n" * 20_000, "Jo-Jo" * 8_000, "a" * 40_000, "Regards, Jo" + " " * 40_000 + "x"]
)
def test_a_long_odd_text_takes_no_minutes(text):
    begun = time.monotonic()
    find_personal(text)
    assert time.monotonic() - begun < 5


def test_the_table_says_where_and_never_what(small):
    folder = small(row("a", why="ring 07700 900123, I am Dee"), row("b", why="food"), row("c"))
    responses = read_responses(read_consultation(folder))
    assert list(responses.personal.itertuples(index=False, name=None)) == [
        ("a", "why", 5, 17, "phone"),
        ("a", "why", 24, 27, "name"),
    ]
    assert list(personal_table(responses.comments.iloc[:0]).columns) == schemas.columns("personal")


def test_a_run_writes_the_table_for_its_owner_and_says_how_many_comments_hold_something(small, tmp_path, capsys):
    folder = small(row("a", why="ring 07700 900123, I am Dee"), row("b", why="food"), row("c"))
    assert main(["run", str(folder), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "1 of 2 comments holds something personal (phone: 1, name: 1); working/personal.csv says where." in said
    assert "Found by rules alone, which miss names." in said and "Dee" not in said
    written = pd.read_csv(tmp_path / "out" / "working" / "personal.csv")
    assert written.to_dict("records") == [
        {"respondent": "a", "question": "why", "start": 5, "end": 17, "kind": "phone"},
        {"respondent": "a", "question": "why", "start": 24, "end": 27, "kind": "name"},
    ]
    assert not list((tmp_path / "out" / "published").rglob("personal*"))
    assert main(["report", str(folder), "--out", str(tmp_path / "out")]) == 0


# --- The recogniser of names ---------------------------------------------------------------------------------------


def test_names_that_a_recogniser_knows_are_found_beside_the_rules(monkeypatch):
    import spacy

    language = spacy.blank("en")
    language.add_pipe("entity_ruler").add_patterns(
        [{"label": "PERSON", "pattern": "Jayden"}, {"label": "ORG", "pattern": "Ofsted"}]
    )
    text = "Jayden told Ofsted. Jayden rang 07700 900123."
    assert mask(text) == "Jayden told Ofsted. Jayden rang [phone]."
    monkeypatch.setattr(personal, "_recogniser", lambda: language)
    assert mask(text) == "[name] told Ofsted. [name] rang [phone]."


def test_a_recogniser_is_used_only_where_it_is_installed(monkeypatch):
    loaded = []
    language = SimpleNamespace(max_length=0)
    monkeypatch.undo()
    monkeypatch.setattr(personal, "RECOGNISERS", ("no_such_pipeline",))
    personal._recogniser.cache_clear()
    assert personal.recogniser_name() == "" and personal._recogniser() is None
    spacy = SimpleNamespace(load=lambda name: loaded.append(name) or language)
    monkeypatch.setitem(sys.modules, "spacy", spacy)
    monkeypatch.setattr(personal, "RECOGNISERS", ("no_such_pipeline", "json"))
    personal._recogniser.cache_clear()
    assert personal._recogniser() is language and loaded == ["json"]
    personal._recogniser.cache_clear()
