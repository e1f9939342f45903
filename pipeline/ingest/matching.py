"""The export's headings and options against the definition's, whatever the case, spacing, numbering, quotes and dashes.

What cannot be matched is refused, with the nearest candidates named. A respondent's own words are never quoted: a value
that is no option is shown only where it reads like one.
"""

import re
from dataclasses import dataclass

from pipeline.definition import Channel, Consultation, Grouping, Question, Scale
from pipeline.errors import ExportError, did_you_mean, nearest, reads_like
from pipeline.ingest.layouts.export import ANSWER_PARTS, Export, alike, fold

# Before a heading: 'Q4.', '4)', 'Question 4:', 'Q4 -', 'Q3 ', 'b)'. Before an option only what cannot belong to it: a number or
# letter with a full stop or bracket ('1. Yes', 'b) No'), and not '18 - 24' or 'Q1 2024'.
_NUMBER = re.compile(r"^(?:(?:q|question)\s*\d+(?:\.\d+)*[a-z]?\s*[.):\-]?|\d+(?:\.\d+)*[a-z]?\s*[.):]|[a-z][.)])\s+")
_BULLET = re.compile(r"^(?:q?\d+(?:\.\d+)*[a-z]?[.)]|[a-z][.)])\s+")
# What a question's heading leaves of 'Which? - Cats', 'Which? [Cats]' and 'Which? (Cats)'.
_PART = re.compile(r"[?.:;* ]*(?:[-|:]\s*(.+)|\[(.+)\]|\((.+)\))")
# How platforms call the option of those who type their own answer, and how a cell goes on with what was typed.
OTHER = "Other"
OTHERS = (OTHER, "Other (please specify)", "Other, please specify")
_TYPED = re.compile(r"other(?:,? \(?please specify\)?)? ?[:-]")
_A_TICK = frozenset(["yes", "y", "1", "true", "x", "selected"])
# What stands in an option's own column where it was not chosen, as `alike` has it.
NOT_TICKED = frozenset(
    ["", "-", "no", "n", "0", "false"] + [f"not {word}" for word in ("selected", "checked", "ticked", "quoted")]
    + ["unselected", "unchecked", "unticked"]
)  # fmt: skip


def unnumbered(text: str) -> str:
    """Return the folded text of a heading without a question number before it."""
    folded = fold(text)
    return _NUMBER.sub("", folded) or folded


def _unbulleted(text: str) -> str:
    folded = fold(text)
    return _BULLET.sub("", folded) or folded


@dataclass(frozen=True)
class Place:
    """Where a question's answers stand: column numbers from 1, `other` 0 where there is no 'Other' column.

    `options` are the columns of a multiple-choice or ranked question that hold one option each, and `ranks` those of a
    ranked one that hold the option in one place each; `answer` is 0 where it has no others.
    """

    answer: int
    other: int = 0
    options: tuple[tuple[int, str], ...] = ()
    ranks: tuple[tuple[int, int], ...] = ()

    @property
    def columns(self) -> tuple[int, ...]:
        return (*([self.answer] if self.answer else []), *(column for column, _ in (*self.options, *self.ranks)))

    def ticked(self, cells: tuple[str, ...]) -> tuple[str, ...]:
        """Return the options whose own columns hold anything but a no."""
        return tuple(option for column, option in self.options if alike(cells[column - 1]) not in NOT_TICKED)

    def given(self, cells: tuple[str, ...]) -> str:
        """Return what a row holds here as one text, '' where the question was left blank or nothing ticked."""
        placed = (cells[column - 1] for column, _ in self.ranks)
        return "\n".join(filter(None, [cells[self.answer - 1] if self.answer else "", *self.ticked(cells), *placed]))


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
        raise _missing(export, heading, what)
    # Where a column has the question to itself, a 'Comments' beside it is no answer but a part.
    answers = [h for h in under if not h.part] or [h for h in under if fold(h.part) in ANSWER_PARTS]
    others = [h for h in under if fold(h.part).startswith("other")]
    if len(answers) != 1:
        raise _not_one(export, heading, what, [h.column for h in answers or under], len(answers))
    return Place(answers[0].column, others[0].column if others else 0)


def _missing(export: Export, heading: str, what: str) -> ExportError:
    known = nearest(heading, [str(h) for h in export.headings if h.column not in export.metadata and h.question])
    return ExportError(
        f"{export.name} has no column for {what}, '{heading}'.{did_you_mean(heading, known)}"
        " Correct the heading in the definition, or take the export again with this question in it."
    )


def _not_one(export: Export, heading: str, what: str, columns: list[int], answers: int) -> ExportError:
    return ExportError(
        f"{export.name} should have one column for {what}, '{heading}', and has {answers or 'only parts of it'} "
        f"(columns {', '.join(map(str, columns))}). Give the right one its full heading in the definition."
    )


def _find_options(export: Export, heading: str, what: str, question: Question, asked: set[str]) -> Place:
    """Return the place of a multiple-choice question: a column an option, or one whose cells list several.

    `asked` are the headings of the definition, unnumbered: a part that is a question of its own is no option.
    """
    options = tick_options(question)
    for form in (fold, unnumbered):
        answers, columns = [], []
        for h in export.headings:
            own = form(h.question) == form(heading)
            part = h.part if own else _part_of(form(str(h)), form(heading))
            if part is None or (part and unnumbered(str(h)) in asked):
                continue
            option = options.match(part)
            if option is None and fold(part).startswith(("other", fold(question.other) or "other")):
                option = question.other  # what was typed beside it ('Something else - Text')
            if option:
                columns.append((h.column, option))
            elif own and fold(part) in ANSWER_PARTS:
                answers.append(h)
            elif own:
                raise ExportError(
                    f"{export.name}, column {h.column}: '{part}' is not an option of {what}."
                    f"{did_you_mean(part, options.spellings)} Correct the definition, or say there how the export writes "
                    "this option; where people could type their own answer, name its option under 'other'."
                )
        if answers or any(option != question.other for _, option in columns):  # a typed text alone is no question
            break
    else:
        raise _missing(export, heading, what)
    # Where the options have columns, a 'Comments' beside them is no answer; a column without a part always is one.
    whole = [h.column for h in answers if not h.part] or ([] if columns else [h.column for h in answers])
    if len(whole) > 1:
        raise _not_one(export, heading, what, whole, len(whole))
    typed = [column for column, option in columns if question.other and option == question.other]
    return Place(whole[0] if whole else 0, typed[-1] if typed else 0, options=tuple(columns))


def _find_row(export: Export, heading: str, what: str, row: str, also: tuple[str, ...]) -> Place:
    """Return the place of a row of a matrix: the one column whose heading is the question's and whose part is the row."""
    for form in (fold, unnumbered):
        wanted = {form(text) for text in (row, *also)}
        found = []
        for h in export.headings:
            part = h.part if form(h.question) == form(heading) else _part_of(form(str(h)), form(heading))
            if part and form(part) in wanted:
                found.append(h.column)
        if len(found) == 1:
            return Place(found[0])
        if found:
            raise _not_one(export, f"{heading} [{row}]", what, found, len(found))
    raise _missing(export, f"{heading} [{row}]", what)


_RANK = re.compile(
    r"(?:rank(?:ing)?|choice|place|preference|priority)?[ #:]*(\d{1,2})(?:st|nd|rd|th)?"
    r"(?: (?:choice|place|preference|priority))?"
)
_FIRST = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def rank_of(text: str) -> int:
    """Return the place that a part of a heading names ('Rank 1', '2nd choice', 'Third'), 0 where it names none."""
    folded = fold(text)
    found = _RANK.fullmatch(folded)
    if found:
        return int(found.group(1))
    word = folded.split(" ")[0]
    return _FIRST.index(word) + 1 if word in _FIRST else 0


def _find_ranks(export: Export, heading: str, what: str, question: Question) -> Place:
    """Return the place of a ranked question: a column an option, a column a place, or one whose cells list the options."""
    options = scale_options(question.scale)
    for form in (fold, unnumbered):
        answers, columns, ranks = [], [], []
        for h in export.headings:
            own = form(h.question) == form(heading)
            part = h.part if own else _part_of(form(str(h)), form(heading))
            if part is None:
                continue
            option, rank = options.match(part), rank_of(part)
            if option:
                columns.append((h.column, option))
            elif own and (not part or fold(part) in ANSWER_PARTS):
                answers.append(h.column)
            elif rank:
                ranks.append((h.column, rank))
            elif own:
                raise ExportError(
                    f"{export.name}, column {h.column}: '{part}' is neither an option nor a place of {what}."
                    f"{did_you_mean(part, options.spellings)} Correct the definition, or say there how the export writes it."
                )
        # Where options or places have columns, one without a part holds nothing that they do not.
        if columns or ranks or answers:
            break
    else:
        raise _missing(export, heading, what)
    held = [name for _, name in (*columns, *ranks)]
    if (columns and ranks) or len(set(held)) < len(held) or (not held and len(answers) > 1):
        several = [column for column, _ in (*columns, *ranks)] or answers
        raise ExportError(
            f"{export.name} has several columns for the same option or place of {what} (columns "
            f"{', '.join(map(str, several))}). Give the question its full heading in the definition."
        )
    return Place(0, options=tuple(columns), ranks=tuple(ranks)) if held else Place(answers[0])


def _part_of(text: str, heading: str) -> str | None:
    """Return the option that a heading in one row names after its question, None where it is another question's."""
    found = _PART.fullmatch(text.removeprefix(heading)) if text.startswith(heading) else None
    return next(filter(None, found.groups())) if found else None


def find_place(export: Export, heading: str, what: str, question: Question | None, asked: set[str]) -> Place:
    """Return where a question, or a grouping (None), has its answers under this heading.

    `asked` are all headings of the definition, unnumbered. Raises ExportError where the heading leads nowhere or to more
    than the question can have.
    """
    if question and question.multiple:
        return _find_options(export, heading, what, question, asked)
    if question and question.ranked:
        return _find_ranks(export, heading, what, question)
    if question and question.row:
        return _find_row(export, heading, what, question.row, question.row_also_written)
    return _find(export, heading, what)


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
    groupings = [key for key in channel.groupings if not consultation.grouping(key).of]
    wanted |= {
        f"grouping '{key}'": channel.headings.get(key) or consultation.grouping(key).heading for key in groupings
    }
    asked = {unnumbered(heading) for heading in wanted.values()}
    present = {form(text) for h in export.headings for text in (h.question, h.whole) for form in (fold, unnumbered)}
    known = (*asked, *map(fold, wanted.values()))  # 'Q2 - A' without its number says nothing of 'Q2'
    if len(wanted) > 1 and not any(text.startswith(heading) for text in present for heading in known):
        first = next(iter(wanted.values()))
        raise ExportError(
            f"{export.name} is not an export of this survey: none of the {len(wanted)} headings of the definition is"
            f" in its first row, '{first}' among them."
        )
    questions = {f"question '{q.id}'": q for q in consultation.questions}
    questions |= {f"grouping '{g.key}'": choices(g) for g in consultation.groupings if g.several}
    places = {what: find_place(export, heading, what, questions.get(what), asked) for what, heading in wanted.items()}
    used: dict[int, str] = {}
    for what, place in places.items():
        for column in place.columns:
            if column in used:
                raise ExportError(
                    f"{export.name}: column {column} would serve both {used[column]} and {what}. "
                    "Give each its own heading in the definition."
                )
            used[column] = what
    return (
        {id: places[f"question '{id}'"] for id in channel.questions},
        {key: places[f"grouping '{key}'"] for key in groupings},
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
        spellings |= dict.fromkeys(OTHERS, grouping.other)
    return Options(spellings)


def choices(grouping: Grouping) -> Question:
    """Return a grouping of which several groups can be chosen as the question that it is in an export."""
    also = {option: group.label for group in grouping.groups for option in group.options if option != group.label}
    scale = Scale(grouping.key, tuple(group.label for group in grouping.groups), also_written=also)
    return Question(grouping.key, grouping.heading, grouping.label, scale, multiple=True, other=grouping.other)


def is_typed(cell: str, options: Options) -> bool:
    """Say whether what a column of those who typed their own answer holds was typed, and is no tick or option."""
    return alike(cell) not in NOT_TICKED | _A_TICK and options.match(cell) is None


def tick_options(question: Question) -> Options:
    """Return the options of a multiple-choice question, and how platforms call the one of those who typed their own."""
    others = dict.fromkeys(OTHERS, question.other) if question.other else {}
    return Options(others | scale_options(question.scale).spellings)


def is_typed_other(text: str) -> bool:
    """Say whether a text is what platforms write for an answer that was typed: 'Other: ...'."""
    return bool(_TYPED.match(alike(text)))


def split_ticks(cell: str, options: Options, other: str = "") -> tuple[str, ...] | None:
    """Return the options that a cell lists, parted by commas, semicolons, bars or line breaks; None if it holds anything else.

    The cell is covered with options, the longest first, because an option may hold such a mark itself. 'Other: ...' is
    `other`, if there is one, with all that follows up to where the rest of the cell is options again.
    """
    pieces = re.split(r"([,;|\n])", cell)
    longest = max(len(re.split(r"[,;|\n]", text)) for text in options.spellings)
    end = len(pieces) + 1
    covers: dict[int, tuple[str, ...]] = {end: ()}
    for start in range(len(pieces) - 1, -1, -2):  # every second piece is a mark
        if not pieces[start].strip() and start + 2 in covers:  # as at the end of 'A;B;'
            covers[start] = covers[start + 2]
            continue
        for stop in range(min(start + 2 * longest, end), start, -2):
            option = options.match("".join(pieces[start : stop - 1])) if stop in covers else None
            if option:
                covers[start] = (option, *covers[stop])
                break
        else:
            if other and is_typed_other("".join(pieces[start:])):
                covers[start] = (other, *covers[min(covers)])
    return covers.get(0)
