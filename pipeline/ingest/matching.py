"""The export's headings and options against the definition's, whatever the case, spacing, numbering, quotes and dashes.

What cannot be matched is refused, with the nearest candidates named. A respondent's own words are never quoted: a value
that is no option is shown only where it reads like one.
"""

import re
from dataclasses import dataclass

from pipeline.definition import Channel, Consultation, Grouping, Scale
from pipeline.errors import ExportError, did_you_mean, nearest, reads_like
from pipeline.ingest.layouts.export import ANSWER_PARTS, Export, alike, fold

# Before a heading: 'Q4.', '4)', 'Question 4:', 'Q4 -', 'Q3 ', 'b)'. Before an option only what cannot belong to it: a number or
# letter with a full stop or bracket ('1. Yes', 'b) No'), and not '18 - 24' or 'Q1 2024'.
_NUMBER = re.compile(r"^(?:(?:q|question)\s*\d+(?:\.\d+)*[a-z]?\s*[.):\-]?|\d+(?:\.\d+)*[a-z]?\s*[.):]|[a-z][.)])\s+")
_BULLET = re.compile(r"^(?:q?\d+(?:\.\d+)*[a-z]?[.)]|[a-z][.)])\s+")


def unnumbered(text: str) -> str:
    """Return the folded text of a heading without a question number before it."""
    folded = fold(text)
    return _NUMBER.sub("", folded) or folded


def _unbulleted(text: str) -> str:
    folded = fold(text)
    return _BULLET.sub("", folded) or folded


@dataclass(frozen=True)
class Place:
    """Where a question's answers stand: column numbers from 1, `other` 0 where there is no 'Other' column."""

    answer: int
    other: int = 0


def _find(export: Export, heading: str, what: str) -> Place:
    for form in (fold, unnumbered):
        wanted = form(heading)
        whole = [h for h in export.headings if h.whole and form(h.whole) == wanted]
        if len(whole) == 1:  # a question that itself ends in 'Other …'
            return Place(whole[0].column)
        under = [h for h in export.headings if form(h.question) == wanted]
        if under:
            break
    else:
        known = nearest(heading, [str(h) for h in export.headings if h.column not in export.metadata and h.question])
        raise ExportError(
            f"{export.name} has no column for {what}, '{heading}'.{did_you_mean(heading, known)}"
            " Correct the heading in the definition, or take the export again with this question in it."
        )
    # Where a column has the question to itself, a 'Comments' beside it is no answer but a part.
    answers = [h for h in under if not h.part] or [h for h in under if fold(h.part) in ANSWER_PARTS]
    others = [h for h in under if fold(h.part).startswith("other")]
    if len(answers) != 1:
        columns = ", ".join(str(h.column) for h in answers or under)
        raise ExportError(
            f"{export.name} should have one column for {what}, '{heading}', and has "
            f"{len(answers) or 'only parts of it'} (columns {columns}). Give the right one its full heading in the definition."
        )
    return Place(answers[0].column, others[0].column if others else 0)


def addresses(export: Export, heading: str, column: int) -> bool:
    """Say whether this heading in a definition would lead to this column of the export and no other."""
    try:
        return _find(export, heading, "a question").answer == column
    except ExportError:
        return False


def find_columns(
    export: Export, channel: Channel, consultation: Consultation
) -> tuple[dict[str, Place], dict[str, Place]]:
    """Return the place of each question and of each grouping that the channel asked, by id and key.

    Raises ExportError for a heading that is missing or stands twice, with the nearest headings; one sentence says so
    where none of them is there, because then the file is another survey's.
    """
    wanted = {
        f"question '{id}'": channel.headings.get(id) or consultation.question(id).heading for id in channel.questions
    }
    wanted |= {
        f"grouping '{key}'": channel.headings.get(key) or consultation.grouping(key).heading
        for key in channel.groupings
    }
    present = {unnumbered(text) for h in export.headings for text in (h.question, h.whole)}
    if len(wanted) > 1 and not any(unnumbered(heading) in present for heading in wanted.values()):
        first = next(iter(wanted.values()))
        raise ExportError(
            f"{export.name} is not an export of this survey: none of the {len(wanted)} headings of the definition is"
            f" in its first row, '{first}' among them."
        )
    places = {what: _find(export, heading, what) for what, heading in wanted.items()}
    used: dict[int, str] = {}
    for what, place in places.items():
        if place.answer in used:
            raise ExportError(
                f"{export.name}: column {place.answer} would serve both {used[place.answer]} and {what}. "
                "Give each its own heading in the definition."
            )
        used[place.answer] = what
    return (
        {id: places[f"question '{id}'"] for id in channel.questions},
        {key: places[f"grouping '{key}'"] for key in channel.groupings},
    )


class Options:
    """The answers that a column may hold, found by ever looser forms of their text.

    A form under which two answers look the same ('A*' and 'A' without punctuation) tells neither.
    """

    FORMS = (alike, fold, _unbulleted)

    def __init__(self, spellings: dict[str, str]):
        self.spellings = spellings
        self.answers = []
        for form in self.FORMS:
            found: dict[str, set[str]] = {}
            for text, answer in spellings.items():
                found.setdefault(form(text), set()).add(answer)
            self.answers.append({text: answers.pop() for text, answers in found.items() if len(answers) == 1})

    def match(self, cell: str) -> str | None:
        """Return the answer that a cell means, None if it is no option."""
        for form, answers in zip(self.FORMS, self.answers, strict=True):
            if form(cell) in answers:
                return answers[form(cell)]
        return None

    def refuse(self, cell: str, export: Export, row: int, column: int, what: str, hint: str = "") -> ExportError:
        """Return the error for a cell that is no option: its place, the nearest options, and a hint at the end."""
        shown = (
            f"'{cell}'"
            if reads_like(cell, self.spellings)
            else f"an answer of {len(cell)} character{'s' * (len(cell) != 1)}"
        )
        return ExportError(
            f"{export.name}, row {row}, column {column}: {shown} is not an option of {what}."
            f"{did_you_mean(cell, self.spellings)}"
            f" Correct the definition, or say there how the export writes this option.{hint}"
        )


def scale_options(scale: Scale) -> Options:
    """Return the options of a closed question: its points, those outside the base, and how else they may be written."""
    own = {point: point for point in (*scale.points, *scale.outside_base)}
    return Options(own | scale.also_written)


def group_options(grouping: Grouping) -> Options:
    """Return the options of a grouping: each group's label and the survey's options that belong to it."""
    spellings = {}
    for group in grouping.groups:
        spellings |= dict.fromkeys((group.label, *group.options), group.label)
    if grouping.other:
        spellings |= dict.fromkeys(("Other", "Other (please specify)", "Other, please specify"), grouping.other)
    return Options(spellings)
