"""A question's cells -> who was asked and what they answered, for every kind of question.

Three things stay apart: who was not asked (no row), who was asked and left it blank (a row without an answer), and who
answered, be it with one of the answers that the scale keeps outside its base ('Prefer not to say').
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from pipeline.definition import NO_FIRST, NOT_A_NUMBER, Question, Route
from pipeline.errors import ExportError
from pipeline.ingest.layouts.export import Export, fold
from pipeline.ingest.matching import Place, scale_options, split_ticks, tick_options


@dataclass(frozen=True)
class Given:
    """What a question's cells give: (respondent, answer or None), and beside it for rankings (respondent, option, place)
    and for numbers (respondent, number). `notes` are sentences on what was met."""

    answers: list[tuple[str, str | None]] = field(default_factory=list)
    ranks: list[tuple[str, str, int]] = field(default_factory=list)
    numbers: list[tuple[str, float]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def given_text(question: Question, place: Place, cells: tuple[str, ...]) -> str:
    """Return what a row holds for a question as one text, '' where it was left blank or not asked."""
    text = place.given(cells)
    return "" if _says_not_asked(question, text) else text


def _says_not_asked(question: Question, text: str) -> bool:
    if not question.not_asked:  # as of most questions; every cell comes by here
        return False
    words = {fold(word) for word in question.not_asked}
    return bool(text) and all(fold(line) in words for line in text.split("\n"))


def asked_rows(counted: list, place: Place, question: Question, told: dict[str, set[str]]) -> tuple[list, int]:
    """Return the rows of those who were asked, and how many of them answered though the question was not meant for them.

    `told` is what each respondent answered where the route asks (`Question.asked_if`). An answer that was given counts,
    whatever the route says: on paper nobody is kept from answering.
    """
    kept, strays = [], 0
    for name, row, cells in counted:
        text = place.given(cells)
        led = _led(question.asked_if, told.get(name, set()))
        if (text or led) and not _says_not_asked(question, text):
            kept.append((name, row, cells))
            strays += not led
    return kept, strays


def _led(route: Route | None, told: set[str]) -> bool:
    return route is None or bool(told & set(route.answers))


def read_answers(rows: list, place: Place, question: Question, export: Export) -> Given:
    """Return what the rows of those who were asked give for a closed question.

    Raises ExportError, with the place and never with the words, for a cell that is none of the question's answers.
    """
    if question.multiple:
        return Given(_ticks(rows, place, question, export), notes=list(_without_column(place, question, export)))
    if question.ranked:
        return _ranking(rows, place, question, export)
    if question.number:
        return _numbers(rows, place, question, export)
    return Given(closed_cells(rows, place, scale_options(question.scale), export, f"question '{question.id}'"))


def closed_cells(rows, place: Place, options, export, what) -> list[tuple[str, str | None]]:
    """Return (respondent, answer or None) for each row of a question with one answer."""
    seen: dict[str, str | None] = {"": None}
    found = []
    for name, row, cells in rows:
        cell = cells[place.answer - 1]
        if cell not in seen:
            seen[cell] = options.match(cell)
            if seen[cell] is None:
                raise options.refuse(cell, export, row, place.answer, what)
        found.append((name, seen[cell]))
    return found


def _ticks(rows, place: Place, question: Question, export: Export) -> list[tuple[str, str | None]]:
    """Return (respondent, option) for each option that a row ticks, in published order, (respondent, None) for none."""
    found: list[tuple[str, str | None]] = []
    for name, chosen in ticked(rows, place, question, export, f"question '{question.id}'"):
        found.extend((name, option) for option in question.scale.points if option in chosen)
        if not chosen:
            found.append((name, None))
    return found


def ticked(rows, place: Place, question: Question, export: Export, what: str) -> Iterator[tuple[str, set[str]]]:
    """Give each respondent with the options that their row ticks, none where it was left blank."""
    options = tick_options(question)
    for name, row, cells in rows:
        listed = split_ticks(cells[place.answer - 1], options, question.other) if place.answer else ()
        if listed is None:
            raise ExportError(
                f"{export.name}, row {row}, column {place.answer}: the cell is not made up of options of {what}. Correct "
                "the definition, or say there how the export writes an option; where people could type their own answer after "
                "'Other:', name its option under 'other'."
            )
        yield name, {*listed, *place.ticked(cells)}


def _without_column(place: Place, question: Question, export: Export) -> Iterator[str]:
    """Return a note for each option that has no column where the others have one."""
    for option in question.scale.points if not place.answer else ():
        if option not in [own for _, own in place.options]:
            yield f"{export.name} has no column for '{option}' of question '{question.id}': nobody there counts for it."


# What a column of a ranking holds where the option was given no place.
_NO_PLACE = frozenset(["", "-", "0", "n/a", "na", "not ranked"])


def _ranking(rows, place: Place, question: Question, export: Export) -> Given:
    """Return who put which option in which place; the answer is the option that was put first.

    Two options in one place are taken as they stand, and both count as first where they share it.
    """
    options = scale_options(question.scale)
    given = Given(notes=list(_without_column(place, question, export)) if place.options else [])
    for name, row, cells in rows:
        placed = dict(_placed(place, options, cells, len(question.scale.points)))
        if None in placed or None in placed.values():
            raise ExportError(
                f"{export.name}, row {row}: question '{question.id}' should hold each of its {len(question.scale.points)} "
                "options once, in places from 1, and holds something else. Correct the definition, say there how the export "
                "writes an option, or set the response aside by a decision."
            )
        given.ranks.extend((name, option, placed[option]) for option in question.scale.points if option in placed)
        first = [option for option in question.scale.points if placed.get(option) == 1]
        given.answers.extend((name, option) for option in first or [NO_FIRST if placed else None])
    return given


def place_in(cell: str) -> int | None:
    """Return the place that a cell under an option gives it, 0 where it was given none; None for anything else."""
    if fold(cell) in _NO_PLACE:
        return 0
    number = re.fullmatch(r"(\d{1,2})(?:\.0+)?(?:st|nd|rd|th)?", fold(cell))
    return int(number[1]) or None if number else None


def _placed(place: Place, options, cells: tuple[str, ...], most: int) -> Iterator[tuple[str | None, int | None]]:
    """Give each option with its place; None for what is no option or no place, or where an option stands twice."""
    if place.options:
        for column, option in place.options:
            rank = place_in(cells[column - 1])
            if rank != 0:
                yield option, rank if rank and rank <= most else None
        return
    if place.ranks:
        found = [(options.match(cells[column - 1]), rank) for column, rank in place.ranks if cells[column - 1]]
    else:
        listed = split_ticks(cells[place.answer - 1], options)
        found = [(None, None)] if listed is None else [(option, n) for n, option in enumerate(listed, start=1)]
    names = [option for option, _ in found]
    for option, rank in found:
        yield option if names.count(option) == 1 else None, rank if rank and rank <= most else None


def read_number(cell: str, unit: str = "") -> Decimal | None:
    """Return the number that a cell holds ('1,200', '£12.50', '12 years' where the unit is years); None if it is none."""
    text = fold(cell).removeprefix("£").strip()
    for ending in filter(None, (fold(unit), fold(unit).removesuffix("s"), "%")):
        text = text.removesuffix(ending).strip()
    number = re.fullmatch(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?", text)
    return Decimal(text.replace(",", "")) if number else None


def _numbers(rows, place: Place, question: Question, export: Export) -> Given:
    """Return the numbers and the band that each is in; what is no number is an answer outside the base."""
    given, not_numbers = Given(), 0
    for name, _, cells in rows:
        cell = cells[place.answer - 1]
        number = read_number(cell, question.number.unit)
        band = question.number.band(float(number)) if number is not None else NOT_A_NUMBER
        given.answers.append((name, band if cell else None))
        if cell and number is None:
            not_numbers += 1
        elif number is not None and band in question.scale.points:
            given.numbers.append((name, float(number)))
    if not_numbers:
        given.notes.append(
            f"{export.name}: {not_numbers:,} answer{'s' * (not_numbers != 1)} to '{question.label}' "
            f"{'is' if not_numbers == 1 else 'are'} no number, and outside its base."
        )
    return given
