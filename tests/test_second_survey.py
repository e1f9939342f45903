"""The second shipped survey: every kind of closed question, its published claims in the form in which they were made."""

import csv
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest

from pipeline import read_consultation, read_responses, schemas, summarise, verify
from pipeline.definition import Published
from pipeline.errors import DefinitionError
from pipeline.outcome.tables import headline

from .conftest import ROOT

SLUG = "leaving-care-survey-2022"


@pytest.fixture(scope="module")
def survey():
    consultation = read_consultation(SLUG)
    return summarise(consultation, read_responses(consultation), schemas.build("coded", []))


def cells():
    """The rows that count, read by the csv module alone: question text -> cell."""
    with open(ROOT / "data" / SLUG / "export.csv", encoding="utf-8", newline="") as file:
        _, texts, _, *rows = csv.reader(file)
    found = [dict(zip(texts, row, strict=True)) for row in rows]
    return [
        r
        for r in found
        if r["Response Type"] == "IP Address" and r["Finished"] == "True" and any(list(r.values())[17:])
    ]


def test_every_published_claim_agrees(survey):
    checks = verify(survey)
    assert checks["agrees"].all() and len(checks) == 8
    assert set(checks["measure"]) == {"count", "percent", "about, within 1.5 points", "more than, within 5 points"}


def test_the_tally_equals_an_independent_count_of_the_file(survey):
    rows, figures = cells(), survey.figures.set_index("id")
    assert len(rows) == 255 == figures.at["respondents", "numerator"]
    cared = "How often do you feel cared for by these people? - "
    for key, part in (("adviser", "Your personal adviser"), ("social_worker", "Your social workers")):
        counts = Counter(row[cared + part] for row in rows)
        points = ("always", "most_of_the_time", "sometimes", "never")
        ours = [figures.at[f"cared_{key}.answer.{point}", "numerator"] for point in points]
        assert ours == [counts[text] for text in ("Always", "Most of the time", "Sometimes", "Never")]
        bases = survey.bases[(survey.bases["question"] == f"cared_{key}") & (survey.bases["grouping"] == "all")].iloc[0]
        assert bases["not_asked"] == counts["I do not have one"]
        assert bases["outside_base"] == counts["Prefer not to say"] and bases["not_answered"] == counts[""]
    ages = [float(text) for row in rows if (text := row[next(q for q in row if q.startswith("How old"))]).isdigit()]
    assert figures.at["age_met.answer.n_18_or_over", "numerator"] == sum(age >= 18 for age in ages)
    on_time = next(q for q in rows[0] if q.endswith("- Being on time"))
    given = [int(row[on_time]) for row in rows if row[on_time]]
    assert figures.at["matters.answer.being_on_time", "numerator"] == given.count(1)
    assert figures.at["matters.mean_rank.being_on_time", "value"] == pytest.approx(sum(given) / len(given), abs=0.05)


def test_headlines_of_each_kind(survey):
    asked = survey.consultation.question
    assert headline(survey, asked("cared_adviser"))[0] == "Felt so always or most of the time"
    assert headline(survey, asked("age_met")) == ("gave a number; the median is 16 years", "199 respondents")
    chosen = survey.tally[(survey.tally["question"] == "skills") & (survey.tally["grouping"] == "all")]
    assert headline(survey, asked("skills"))[0] == f"chose {chosen.loc[chosen['count'].idxmax(), 'answer']}"


@pytest.mark.parametrize(
    ("words", "agrees"),
    [
        ({"more_than": Fraction(1, 3)}, False),  # 41 of 123 is a third, and not more
        ({"more_than": Fraction(33, 100)}, True),
        ({"more_than": Fraction(1, 4), "within": 8}, False),  # 8.33 points above
        ({"more_than": Fraction(1, 4), "within": 8.4}, True),
        ({"less_than": Fraction(1, 3)}, False),
        ({"less_than": Fraction(1, 2), "within": 20}, True),
        ({"about": Fraction(3, 10), "within": 3.3}, False),  # 3.33 points away
        ({"about": Fraction(3, 10), "within": 3.4}, True),
    ],
)
def test_a_share_in_words_is_compared_with_the_share_itself(survey, words, agrees):
    figures = survey.figures.copy()
    figures.loc[figures["id"] == "adviser.answer.yes", ["numerator", "base", "percent"]] = [41, 123, 33]
    claim = Published("adviser.answer.yes", "in words", "somewhere", **words)
    outcome = replace(survey, figures=figures, consultation=replace(survey.consultation, published=(claim,)))
    assert verify(outcome)["agrees"].tolist() == [agrees]


@pytest.mark.parametrize(("old", "new", "message"), [
    ('about = "1/5"\nwithin = 1.5', 'about = "1/5"', "says 'about'; say under 'within'"),
    ('about = "1/5"', 'about = "a fifth"', "write a fraction"),
    ('more_than = "1/3"', 'more_than = "1/3"\nabout = "1/3"', "more than one of"),
    ("within = 5", "within = 0", "percentage points above 0"),
])  # fmt: skip
def test_a_claim_that_cannot_be_compared_is_refused(tmp_path, old, new, message):
    text = (ROOT / "data" / SLUG / "consultation.toml").read_text(encoding="utf-8")
    (tmp_path / "consultation.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DefinitionError, match=message):
        read_consultation(tmp_path)
