"""Passages proposed for a person to approve, and only those that were approved and still hold let out."""

import csv

import docx
import pytest

from pipeline import read_consultation, read_responses, schemas, summarise, write_report
from pipeline.errors import DefinitionError
from pipeline.outcome.quotes import approved_quotes, propose_quotes

from .conftest import HEADER, SMALL, row, write_csv

QUOTES = '[quotes]\nfile = "quotes.csv"\nconsent = "May we quote you?"\nper_theme = 2\nsmallest_group = 2\n\n'
DEFINITION = SMALL.replace("[[channels]]", QUOTES + "[[channels]]", 1).replace('codes = "codes.csv"\n', "")
# Who, group, consent, what they wrote, and the sentence and probability that a classifier gave.
FOOD = "More fresh food in every shop please, says Mr Alan Whitby."
PEOPLE = [
    ("1", "Cats", "Yes", f"Thank you. {FOOD}", FOOD, 0.9),
    ("2", "Cats", "Yes", *2 * ["More fresh food in every shop please, thanks."], 0.8),
    ("3", "Dogs", "Yes", *2 * ["Bones should be on the menu each day."], 0.6),
    ("4", "Dogs", "No", *2 * ["Biscuits are what we are really all here for."], 0.99),
    ("5", "Birds", "yes", *2 * ["Seeds and nuts for all the little ones."], 0.5),
    ("6", "Cats", "Yes", *2 * ["More fish."], 0.97),
]  # fmt: skip


@pytest.fixture
def survey(small):
    """Return a function that gives the outcome of those six, all of whom raise food."""

    def make(people=PEOPLE, quotes=None, settled=()):
        rows = [[*row(id, role=group, why=text), consent] for id, group, consent, text, _, _ in people]
        folder = small(*rows, definition=DEFINITION, header=[*HEADER, "May we quote you?"])
        if quotes is not None:
            write_csv(folder / "quotes.csv", quotes)
        consultation = read_consultation(folder)
        machine = [
            (id, "why", "food", score, True, "classifier", False, None, sentence, None)
            for id, _, _, _, sentence, score in people
        ]
        hand = [
            (id, "why", "food", float(raised), raised, "settled by hand", False, None, None, None)
            for id, raised in settled
        ]
        return summarise(consultation, read_responses(consultation), schemas.build("coded", [*machine, *hand]))

    return make


def test_the_best_passage_is_proposed_and_then_the_best_of_another_group(survey):
    outcome = survey()
    quotes = propose_quotes(outcome)
    # 6 is too short and 4 did not agree. 1 is the best; 2 says the same in the same group, so 3, of another group, is next.
    assert quotes["respondent"].tolist() == ["1", "3"]
    assert quotes["passage"].tolist() == [
        "More fresh food in every shop please, says [name].", "Bones should be on the menu each day.",
    ]  # fmt: skip
    assert quotes[["start", "end"]].values.tolist() == [[11, 69], [0, 37]]
    assert quotes["approved"].tolist() == ["", ""] and quotes["group"].tolist() == ["Cats", "Dogs"]


def test_a_group_smaller_than_the_smallest_is_not_named(survey):
    outcome = survey(people=[PEOPLE[0], PEOPLE[4], PEOPLE[5]])
    quotes = propose_quotes(outcome)
    assert dict(zip(quotes["respondent"], quotes["group"], strict=True)) == {"1": "Cats", "5": ""}


def test_what_people_settled_goes_before_what_the_classifier_says(survey):
    quotes = propose_quotes(survey(settled=[("1", False), ("2", True)]))
    assert quotes["respondent"].tolist() == ["2", "3"]


def approved(outcome, **changes):
    lines = propose_quotes(outcome).astype(str).to_dict("records")
    lines[0] |= {"approved": "yes"} | changes
    return [schemas.columns("quotes"), *(list(line.values()) for line in lines)]


def test_nothing_leaves_without_approval_and_what_is_approved_is_as_it_stands(survey):
    assert approved_quotes(survey()) == ((), ())
    found, problems = approved_quotes(survey(quotes=approved(survey())))
    assert [(q.theme, q.passage, q.group) for q in found] == [
        ("food", "More fresh food in every shop please, says [name].", "Cats")
    ]
    assert problems == ()


def test_an_approved_passage_stands_in_every_form_of_the_report(survey, tmp_path):
    write_report(survey(quotes=approved(survey())), tmp_path / "out")
    published = tmp_path / "out" / "published"
    words = "“More fresh food in every shop please, says [name].”"
    assert f'<p>{words}</p><p class="note">Cats</p>' in (published / "report.html").read_text(encoding="utf-8")
    assert f"> {words.replace('[', chr(92) + '[').replace(']', chr(92) + ']')}\n>\n> Cats\n" in (
        (published / "report.md").read_text(encoding="utf-8")
    )
    texts = [paragraph.text for paragraph in docx.Document(published / "report.docx").paragraphs]
    assert texts[texts.index(words) + 1] == "Cats"
    for path in published.rglob("*"):
        assert path.is_dir() or b"Whitby" not in path.read_bytes()


@pytest.mark.parametrize(("changes", "problem"), [
    ({"passage": FOOD}, "is not what stands, masked, at its place"),
    ({"passage": "", "end": "11"}, "is not what stands, masked, at its place"),
    ({"start": "0"}, "is not what stands, masked, at its place"),
    ({"respondent": "4", "start": "0", "end": "45"}, "does not count, or has not agreed"),
    ({"respondent": "99"}, "does not count, or has not agreed"),
    ({"theme": "sleep"}, "does not raise 'sleep'"),
])  # fmt: skip
def test_an_approved_passage_that_no_longer_holds_stays_in(survey, changes, problem):
    found, problems = approved_quotes(survey(quotes=approved(survey(), **changes)))
    assert found == () and len(problems) == 1
    assert problems[0].startswith("quotes.csv, line 2: ") and problem in problems[0]
    assert "food in every" not in problems[0] and "Whitby" not in problems[0]


def test_a_file_that_is_no_table_of_quotes_is_refused(survey):
    with pytest.raises(DefinitionError, match="line 2 has something other than yes or no"):
        approved_quotes(survey(quotes=approved(survey(), approved="perhaps")))
    with pytest.raises(DefinitionError, match="line 2 has no whole numbers under 'start' and 'end'"):
        approved_quotes(survey(quotes=approved(survey(), start="²")))
    with pytest.raises(DefinitionError, match="line 2 has no 'approved'"):
        approved_quotes(survey(quotes=[line[:-1] for line in approved(survey())]))


def test_where_a_file_did_not_ask_nobody_in_it_is_quoted(small):
    folder = small(row("1", why="More fresh food in every shop please."), definition=DEFINITION)
    responses = read_responses(read_consultation(folder))
    assert responses.consents.empty
    assert "export.csv has no column 'May we quote you?': nobody in it is quoted." in responses.notes


def test_the_proposals_are_written_for_a_person_and_not_published(written):
    with open(written / "working" / "quotes.csv", encoding="utf-8", newline="") as file:
        quotes = list(csv.DictReader(file))
    assert quotes and all(quote["approved"] == "" for quote in quotes)
    page = (written / "published" / "report.md").read_text(encoding="utf-8")
    assert not any(quote["passage"] in page for quote in quotes)
