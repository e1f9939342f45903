"""What a draft asks: which columns of an export are which questions and groupings of a definition.

Whatever is planned is tried first: a question goes into the draft in earnest only where its heading leads to its own columns
and every row of the export can be read under it.
"""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeline.definition import NO_FIRST, NOT_A_NUMBER, OUT_OF_RANGE, Number, Question, Scale, slugify
from pipeline.errors import ExportError
from pipeline.ingest.answers import read_answers
from pipeline.ingest.drafting.asked import Asked
from pipeline.ingest.drafting.columns import CLOSED, MULTIPLE, NUMBER, OPEN, Column, Inspection, blocks_of
from pipeline.ingest.drafting.numbers import find_bands, no_amount
from pipeline.ingest.drafting.options import Listed, count_answers, find_listed
from pipeline.ingest.drafting.parts import PLACES, RANKED, TICKED, Block, is_other, question_parts, typed_beside
from pipeline.ingest.drafting.respondents import Grouped, find_groupings
from pipeline.ingest.drafting.scales import is_unsure, outside, recognise, shared
from pipeline.ingest.drafting.toml import CONTROL, one_line
from pipeline.ingest.layouts.export import ANSWER_PARTS, Export, fold
from pipeline.ingest.matching import OTHER, OTHERS, find_place, unnumbered

_PLAIN_OTHERS = {fold(text) for text in OTHERS}


@dataclass(frozen=True)
class Plan:
    """What the draft says. `suggested` are questions that have to be corrected first, `names` what the draft calls scales, by
    their points and what is outside their base, and `left` the columns that nothing reads, with the reason."""

    groupings: tuple[Grouped, ...]
    questions: tuple[Asked, ...]
    suggested: tuple[Asked, ...]
    names: dict[tuple, str]
    left: tuple[tuple[Column, str], ...]


def plan_draft(export: Export, inspection: Inspection) -> Plan:
    """Return what the draft says. Raises ExportError if no column reads as a question."""
    asked, left = _find_asked(export, inspection)
    on_scales = {one.first: one for one in asked if one.on_a_scale}
    known = {n: recognise(one.met) for n, one in on_scales.items() if one.whole}
    known = {n: scale for n, scale in known.items() if scale and can_be_written(scale.points)}
    known = shared(known, {n: on_scales[n].met for n in known})
    asked = [_on_scale(one, known.get(one.first)) for one in asked]
    unknown = [one for one in asked if one.on_a_scale and one.first not in known and not one.rows]
    groupings = find_groupings(export, [one for one in asked if one.on_a_scale and one.whole and not one.rows], known)
    taken = [grouped.asked for grouped in groupings]
    questions = [one for one in asked if one not in unknown and one not in taken and one.whole]
    if not questions:  # a definition needs a question: what could be one is one
        questions, groupings, taken = [one for one in asked if one.whole], [], []
    if not questions:
        raise ExportError(
            f"{export.name} has no column that reads as a question of a survey; see it with 'consultation inspect' and write"
            " the definition by hand."
        )
    suggested = [one for one in asked if one not in questions and one not in taken]
    return Plan(
        tuple(groupings), tuple(questions), tuple(suggested), _scale_names([*questions, *suggested]), tuple(left)
    )


# --- The questions --------------------------------------------------------------------------------------------------


def _find_asked(export: Export, inspection: Inspection) -> tuple[list[Asked], list[tuple[Column, str]]]:
    """Return the questions in the order of their columns, named, and the columns that are none with the reason."""
    by_number = {column.column: column for column in inspection.columns}
    blocks = blocks_of(export)
    of_blocks = {n for block in blocks for n in (*(n for n, _ in block.columns), *block.typed)}
    typed = typed_beside(export.headings)
    rest = [column for column in inspection.columns if column.column not in of_blocks | typed]
    found, left = [], [(by_number[n], "typed beside the options of its question") for n in typed - of_blocks]
    matrices = [one for one in _matrices(export, rest) if _is_read(export, one)]
    in_matrices = {column.column for one in matrices for column in one.columns}
    for column in rest:
        if column.column not in in_matrices:
            one, reason = _single(export, column)
            found += [one] if one else []
            left += [(column, reason)] if reason and column.column not in (export.id, export.submitted) else []
    found += matrices
    asked = {unnumbered(one.question.heading) for one in found}
    for block in blocks:
        one, reason = _block(export, block, by_number, asked)
        found += [one] if one else []
        left += [(by_number[n], reason) for n in (*(n for n, _ in block.columns), *block.typed) if reason]
    found.sort(key=lambda one: one.first)
    ids, labels = {"respondents", "rows"}, set()  # ids of figures begin with these two
    return [_named(one, ids, labels) for one in found], sorted(left, key=lambda pair: pair[0].column)


def _single(export: Export, column: Column) -> tuple[Asked | None, str]:
    """Return the question that a column holds by itself, or why there is none."""
    if column.kind not in (CLOSED, OPEN, MULTIPLE, NUMBER):
        return None, column.kind
    heading = _heading(export, column)
    if not heading:
        reason = "no heading of its own: a part of a question, or its heading stands over other columns too"
        return None, f"{column.kind}; {reason}"
    question = Question("", heading, heading)
    given = [cells[column.column - 1] for _, cells in export.rows if cells[column.column - 1]]
    if column.kind == OPEN:
        return Asked((column,), question, column.why), ""
    if column.kind == NUMBER:
        return _number(column, question, given)
    if not can_be_written(column.options):
        return None, f"{column.kind}; an answer without a letter from A to Z or a digit, which tables cannot show"
    if column.kind == MULTIPLE:
        return _several(export, column, question, find_listed(given))
    return Asked((column,), question, column.why, column.options, sum(column.options.values()) == column.answered), ""


def _number(column: Column, question: Question, given: list[str]) -> tuple[Asked | None, str]:
    reason, bands = no_amount(question.heading, given), find_bands(given)
    if reason or not bands:
        return None, f"number; {reason or 'all are the same, so that nothing parts them into bands'}"
    scale = Scale("", tuple(band.label for band in bands), outside_base=(NOT_A_NUMBER, OUT_OF_RANGE))
    return Asked(
        (column,), replace(question, number=Number(bands), scale=scale), "numbers, and the heading asks for one"
    ), ""


def _several(export: Export, column: Column, question: Question, listed: Listed) -> tuple[Asked | None, str]:
    """Return the question of a column whose cells list answers; it is whole where every cell is made up of these."""
    points = [one_line(text) for text in listed.options]
    other = next((point for point in points if fold(point) in _PLAIN_OTHERS), OTHER) if listed.other else ""
    points += [other] if other and other not in points else []
    kind = {"ranked": True} if listed.in_order else {"multiple": True, "other": other}
    question = replace(question, scale=_options(points, listed.in_order), **kind)
    one = Asked((column,), question, column.why)
    return replace(one, whole=_is_read(export, one)), ""


def _options(points: list[str], ranked: bool) -> Scale:
    return Scale("options", tuple(points), outside_base=(NO_FIRST,) if ranked else ())


_BLOCKS = {
    TICKED: "a column an option, each ticked or not",
    RANKED: "a column an option, each with its place and none twice in a row",
    PLACES: "a column a place, each with the option that was put there",
}


def _block(export: Export, block: Block, by_number, asked: set[str]) -> tuple[Asked | None, str]:
    """Return the question that several columns hold, an option or a place each, or why there is none."""
    columns = tuple(by_number[n] for n in sorted((*(n for n, _ in block.columns), *block.typed)))
    kind, ticked = by_number[block.columns[0][0]].kind, block.kind == TICKED
    points, other = _ticked_options(block) if ticked else (block.options or [part for _, part in block.columns], "")
    points = list(map(one_line, points))
    if len({fold(point) for point in points}) < len(points):
        return None, f"{kind}; an option of its question stands over more than one column"
    if not can_be_written(points):
        return None, f"{kind}; an option without a letter from A to Z or a digit, which tables cannot show"
    heading, scale = one_line(block.question), _options(points, ranked=not ticked)
    question = Question("", heading, heading, scale, multiple=ticked, ranked=not ticked, other=other)
    one = Asked(columns, question, _BLOCKS[block.kind])
    if not _can_be_asked(heading) or not _is_read(export, one, asked):
        return None, f"{kind}; its question's heading leads to other columns too, or to cells that are no answers to it"
    return one, ""


def _ticked_options(block: Block) -> tuple[list[str], str]:
    """Return the options of a question in the order of its columns, and the one of those who typed their own answer.

    That is 'Other', however the export calls it, but for an option that goes on ('Other pets') with what was typed beside it.
    """
    points: list[str] = []
    for _, part in block.columns:
        if fold(part) not in _PLAIN_OTHERS:
            points.append(part)
        elif OTHER not in points:
            points.append(OTHER)
    others = [point for point in points if is_other(point)]
    if not block.typed:
        return points, OTHER if OTHER in points else ""
    if not others:
        return [*points, OTHER], OTHER
    return points, OTHER if OTHER in others else others[-1]


def _matrices(export: Export, columns: list[Column]) -> Iterator[Asked]:
    """Give the questions whose rows have a column each: parts of one question with answers of one scale, or the same ones."""
    told = question_parts(export.headings)
    together: dict[tuple[str, str], list[Column]] = {}
    for column in columns:
        question, part = told[column.column]
        whole = column.kind == CLOSED and sum(column.options.values()) == column.answered
        if whole and part and fold(part) not in ANSWER_PARTS and can_be_written([part, *column.options]):
            scale = recognise(column.options)
            together.setdefault((fold(question), scale.key if scale else ""), []).append(column)
    for (_, kind), rows in together.items():
        met = _merged(rows)
        same = bool(recognise(met)) if kind else any(len(column.options) == len(met) for column in rows)
        labels = [one_line(told[column.column][1]) for column in rows]
        heading = one_line(told[rows[0].column][0])
        if len(rows) > 1 and same and _can_be_asked(heading) and len(set(map(fold, labels))) == len(labels):
            used: set[str] = set()
            named = tuple((unused(short_name(label), used), label) for label in labels)
            why = "a row a column: " + (rows[0].why if kind else "all have the same answers")
            yield Asked(tuple(rows), Question("", heading, heading, as_met(met)), why, met, rows=named)


def _merged(columns: list[Column]) -> dict[str, int]:
    return count_answers(text for column in columns for text, count in column.options.items() for _ in range(count))


def _is_read(export: Export, one: Asked, asked: set[str] = frozenset()) -> bool:
    """Say whether the question's heading leads to its columns and no other, and every row can be read under it.

    `asked` are the headings of the other questions, unnumbered.
    """
    rows = [("", row, cells) for row, cells in export.rows]
    parts = [replace(one.question, row=label) for _, label in one.rows] or [one.question]
    found: set[int] = set()
    try:
        for question in parts:
            place = find_place(export, question.heading, "a question", question, asked)
            read_answers(rows, place, question, export)
            found.update(place.columns)
    except ExportError:
        return False
    return found == {column.column for column in one.columns}


def _heading(export: Export, column: Column) -> str:
    """Return the heading that leads to a column and no other, '' if none does."""
    for text in map(one_line, (column.question, column.heading)):
        if _can_be_asked(text) and _leads_to(export, text, column.column):
            return text
    return ""


def _leads_to(export: Export, heading: str, column: int) -> bool:
    try:
        return find_place(export, heading, "a question", None, set()).answer == column
    except ExportError:
        return False


def _can_be_asked(heading: str) -> bool:
    return bool(fold(heading)) and not CONTROL.search(heading)


def can_be_written(answers) -> bool:
    """Say whether tables can show these: there are some, each with a letter or digit and without control characters.

    The name that stands for a ranking without a first place is no answer.
    """
    texts = list(map(one_line, answers))
    return (
        bool(texts)
        and all(re.search(r"[A-Za-z0-9]", text) and not CONTROL.search(text) for text in texts)
        and NO_FIRST not in texts
    )


# --- Scales ---------------------------------------------------------------------------------------------------------


def _on_scale(one: Asked, known: Scale | None) -> Asked:
    """Return a closed question with one answer on its scale, any other as it is."""
    if not one.on_a_scale:
        return one
    return replace(one, question=replace(one.question, scale=known or as_met(one.met)))


def as_met(options: dict[str, int]) -> Scale:
    """Return answers that are no known scale as one: by the number in them where each has one, else the most met first."""
    aside = tuple(one_line(text) for text in options if outside(text) and not is_unsure(text))
    points = [one_line(text) for text in options if one_line(text) not in aside] or [one_line(text) for text in options]
    if all(re.search(r"\d", point) for point in points):
        points.sort(key=lambda point: (int(re.search(r"\d+", point)[0]), not re.match("under|up to|less", fold(point))))
    return Scale("answers", tuple(points), outside_base=tuple(text for text in aside if text not in points))


# --- Names ----------------------------------------------------------------------------------------------------------


def _named(one: Asked, ids: set[str], labels: set[str]) -> Asked:
    """Return a question with an id and a label of its own; those of a matrix's rows are taken with it."""
    heading = one.question.heading
    numbered = re.match(r"q\d", fold(heading))
    base = short_name(heading if numbered else unnumbered(heading))
    id = unused(base, ids, [key for key, _ in one.rows])
    return replace(one, question=replace(one.question, id=id, label=_label(heading, one.columns[0], labels)))


def short_name(text: str) -> str:
    """Return a text's first words as a name, up to 40 characters."""
    slug = slugify(text)
    return slug if len(slug) <= 40 else slug[:41].rpartition("_")[0] or slug[:40]


def unused(name: str, used: set[str], rows: list[str] = ()) -> str:
    """Return a name, with a number where it or the name of one of its rows is used already, and note that it is used now."""
    number, found = 2, name
    while used & (own := {found, *(f"{found}_{row}" for row in rows)}):
        found, number = f"{name}_{number}", number + 1
    used |= own
    return found


def _label(heading: str, column: Column, used: set[str]) -> str:
    text = re.sub(r"^(?:(?:q|question)\s*)?\d+(?:\.\d+)*[a-z]?\s*[.):]\s+", "", heading, flags=re.IGNORECASE)
    label = textwrap.shorten(text, 90, placeholder="…")
    if not re.search(r"[A-Za-z0-9]", label) or label in used:
        label = f"{label} (column {column.column})"
    used.add(label)
    return label


def _scale_names(asked: list[Asked]) -> dict[tuple, str]:
    """Return points and what is outside their base -> the scale's name: its kind, or the question's id if it is none known."""
    names: dict[tuple, str] = {}
    used: set[str] = set()
    for one in asked:
        scale = one.question.scale
        if one.on_a_scale and (scale.points, scale.outside_base) not in names:
            base = one.question.id if scale.key == "answers" else scale.key
            names[scale.points, scale.outside_base] = unused(base, used)
    return names
