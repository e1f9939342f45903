"""A first `consultation.toml` for an unknown export, to be corrected by who knows the survey.

It runs as it stands. What rests on a guess says so on its line (`# guess: ...; confirm`); what could be a question and is none
yet stands below as comments, which become part of the definition when their first '# ' is taken off.
"""

import json
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

from pipeline.definition import DEFINITION_FILE, Scale, slugify
from pipeline.errors import ExportError, OutputError
from pipeline.ingest.drafting.columns import (
    CLOSED,
    IDENTIFIES,
    OPEN,
    Column,
    Inspection,
    date_formats,
    typed_beside,
)
from pipeline.ingest.drafting.scales import is_unsure, outside, recognise, shared
from pipeline.ingest.layouts.export import Export, fold
from pipeline.ingest.matching import addresses, unnumbered
from pipeline.writing import write_file

# Headings that ask who the respondent is, the plainest first.
_WHO = (
    r"best describes? (you|your role|your organisation)\b",
    r"\brespond(ing|ent|ents)\b.*\b(as|type|group|behalf|capacity|category)\b",
    r"\borgani[sz]ation or (an? )?individual\b|\bindividual or (an? |on behalf of an? )?organi[sz]ation\b",
    r"\bin (what|which) capacity\b|\bwho are you\b|\bare you an?\b|\bstakeholder (type|group)\b",
    r"\brole\b|\boccupation\b|\bprofession\b|\bsector\b|\btype of organi[sz]ation\b",
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_KEPT_LABELS = ("Not stated", "all", "All respondents")


@dataclass(frozen=True)
class _Asked:
    """A column that the definition can name, by the heading that leads to it."""

    column: Column
    heading: str
    id: str
    label: str


@dataclass(frozen=True)
class _Plan:
    """What the draft says. `scales` are those of the closed columns by number, `names` what the draft calls them, and `left`
    the columns that nothing reads, with the reason."""

    group: _Asked | None
    questions: tuple[_Asked, ...]
    suggested: tuple[_Asked, ...]
    scales: dict[int, Scale]
    names: dict[tuple, str]
    left: tuple[tuple[Column, str], ...]


def draft_definition(export: Export, inspection: Inspection, title: str, file: str, platform: str = "") -> str:
    """Return the text of a definition for this export, which will lie beside it under the name `file`.

    `platform` is the one the analyst named, '' if it was recognised. Raises ExportError if no column reads as a question.
    """
    if export.fault:
        raise ExportError(export.fault)
    plan = _plan(export, inspection)
    blocks = [_top(export, title), _channel(export, inspection, file, platform)]
    if plan.group:
        blocks.append(_grouping(export, plan.group))
    used = [question.column.column for question in plan.questions if question.column.column in plan.scales]
    blocks += _scales(plan, used)
    blocks += [_question(question, plan) for question in plan.questions]
    if plan.suggested:
        blocks.append(
            "## Closed questions whose answers are no known scale. Order the points, take off the first '# ', and the\n"
            "## question is counted; or make a [[groupings]] of it, to break the others down by."
        )
        numbers = [question.column.column for question in plan.suggested]
        blocks += [_commented(block) for block in _scales(plan, numbers, but=used)]
        blocks += [_commented(_question(question, plan)) for question in plan.suggested]
    if plan.left:
        blocks.append("\n".join(["## Columns of the export that nothing above reads.", *map(_left_line, plan.left)]))
    return "\n\n".join(blocks) + "\n"


def write_draft(folder: Path, text: str, export: Path, file: str) -> Path:
    """Write a definition into a folder, with a copy of the export unless it lies there; return the definition's path.

    Raises OutputError, and writes nothing, if the folder holds a definition or another file of the export's name.
    """
    definition, copy = folder / DEFINITION_FILE, folder / file
    if definition.exists():
        raise OutputError(f"{folder} has a {DEFINITION_FILE} already; name another folder, or move that one away.")
    content = export.read_bytes()
    if copy.exists() and copy.read_bytes() != content:
        raise OutputError(f"{folder} has another file {file} already; name another folder, or move that one away.")
    if not copy.exists():
        write_file(copy, content)
    write_file(definition, text)
    return definition


def file_name(export: Path) -> str:
    """Return the name by which a definition can call the export: its own, unless that has control characters."""
    return f"export{export.suffix}" if _CONTROL.search(export.name) else export.name


# --- What to ask ----------------------------------------------------------------------------------------------------


def _plan(export: Export, inspection: Inspection) -> _Plan:
    asked, left = {}, []
    ids, labels = {"respondents", "rows"}, set()  # ids of figures begin with these two
    typed = typed_beside(export.headings)
    for column in inspection.columns:
        heading = _heading(export, column) if column.kind in (CLOSED, OPEN) and column.column not in typed else ""
        reason = "typed beside the options of its question" if column.column in typed else _no_question(column, heading)
        if reason:
            left += [(column, reason)] if column.column not in (export.id, export.submitted) else []
        else:
            asked[column.column] = _Asked(column, heading, _id(heading, ids), _label(heading, column, labels))
    closed = {n: one.column.options for n, one in asked.items() if one.column.kind == CLOSED}
    known = {n: recognise(options) for n, options in closed.items() if _is_whole(asked[n].column)}
    known = {n: scale for n, scale in known.items() if scale and _can_be_written(scale.points)}
    known = shared(known, {n: closed[n] for n in known})
    others = {n: _as_met(options) for n, options in closed.items() if n not in known}
    group = _group(export, [asked[n] for n in others])
    questions = [n for n in asked if n not in others]
    if not questions:  # a definition needs a question: what could be one is one
        questions, group = [n for n in others if _is_whole(asked[n].column)], None
    if not questions:
        raise ExportError(
            f"{export.name} has no column that reads as a question of a survey; see it with 'consultation inspect' and write"
            " the definition by hand."
        )
    scales = known | others
    return _Plan(
        group=group,
        questions=tuple(asked[n] for n in questions),
        suggested=tuple(asked[n] for n in others if n not in questions and asked[n] is not group),
        scales=scales,
        names=_scale_names(scales, asked, [*questions, *others]),
        left=tuple(left),
    )


def _heading(export: Export, column: Column) -> str:
    """Return the heading that leads to a column and no other, '' if none does."""
    for text in (column.question, column.heading):
        text = _line(text)
        if text and not _CONTROL.search(text) and addresses(export, text, column.column):
            return text
    return ""


def _no_question(column: Column, heading: str) -> str:
    """Return why a column can be no question of the definition, '' if it can."""
    if column.kind not in (CLOSED, OPEN):
        return column.kind
    if not heading:
        return (
            f"{column.kind}; no heading of its own: a part of a question, or its heading stands over other columns too"
        )
    if column.kind == CLOSED and not _can_be_written(column.options):
        return "closed; an answer without a letter from A to Z or a digit, which tables cannot show"
    return ""


def _can_be_written(answers) -> bool:
    return bool(answers) and all(
        re.search(r"[A-Za-z0-9]", text) and not _CONTROL.search(_line(text)) for text in answers
    )


def _is_whole(column: Column) -> bool:
    """Say whether all that was answered is among the options, so that no row would be refused."""
    return sum(column.options.values()) == column.answered


def _group(export: Export, closed: list[_Asked]) -> _Asked | None:
    """Return the column that most plainly asks who the respondent is."""
    for pattern in _WHO:
        for one in closed:
            several = len(one.column.options) > 1 or _has_other_column(export, one)
            if several and _is_whole(one.column) and re.search(pattern, fold(one.heading)):
                return one
    return None


def _as_met(options: dict[str, int]) -> Scale:
    """Return answers that are no known scale as one: by the number in them where each has one, else the most met first."""
    aside = tuple(_line(text) for text in options if outside(text) and not is_unsure(text))
    points = [_line(text) for text in options if _line(text) not in aside] or [_line(text) for text in options]
    if all(re.search(r"\d", point) for point in points):
        points.sort(key=lambda point: (int(re.search(r"\d+", point)[0]), not re.match("under|up to|less", fold(point))))
    return Scale("answers", tuple(points), outside_base=tuple(text for text in aside if text not in points))


def _scale_names(scales, asked, numbers) -> dict[tuple, str]:
    """Return points and what is outside their base -> the scale's name: its kind, or the question's id if it is none known."""
    names: dict[tuple, str] = {}
    used: set[str] = set()
    for n in numbers:
        scale = scales.get(n)
        if scale and _points(scale) not in names:
            base = asked[n].id if scale.key == "answers" else scale.key
            names[_points(scale)] = _unused(base, used)
    return names


def _id(heading: str, used: set[str]) -> str:
    numbered = re.match(r"q\d", fold(heading))
    return _unused(_slug(heading if numbered else unnumbered(heading)), used)


def _slug(text: str) -> str:
    """Return a text's first words as a name, up to 40 characters."""
    slug = slugify(text)
    return slug if len(slug) <= 40 else slug[:41].rpartition("_")[0] or slug[:40]


def _unused(name: str, used: set[str]) -> str:
    """Return a name, with a number where it is used already, and note that it is used now."""
    number = 2
    found = name
    while found in used:
        found, number = f"{name}_{number}", number + 1
    used.add(found)
    return found


def _label(heading: str, column: Column, used: set[str]) -> str:
    text = re.sub(r"^(?:(?:q|question)\s*)?\d+(?:\.\d+)*[a-z]?\s*[.):]\s+", "", heading, flags=re.IGNORECASE)
    label = textwrap.shorten(text, 90, placeholder="…")
    if not re.search(r"[A-Za-z0-9]", label) or label in used:
        label = f"{label} (column {column.column})"
    used.add(label)
    return label


# --- The TOML -------------------------------------------------------------------------------------------------------


def _line(text: str) -> str:
    return " ".join(text.split())


def _quoted(text: str) -> str:
    return json.dumps(_line(text), ensure_ascii=False).replace("\x7f", "\\u007f")


def _listed(texts) -> str:
    return f"[{', '.join(map(_quoted, texts))}]"


def _guess(line: str, guess: str) -> str:
    return f"{line}  # guess: {guess}; confirm"


def _commented(block: str) -> str:
    return "\n".join(f"# {line}" for line in block.split("\n"))


def _safe(text: str, width: int = 100) -> str:
    """Return text for a comment: one line, no control characters."""
    return textwrap.shorten(_CONTROL.sub(" ", text), width, placeholder="…") or "(no heading)"


def _top(export: Export, title: str) -> str:
    return "\n".join(
        [
            f"# A first definition for {_safe(export.name)}, drafted from the file alone. Each line marked 'guess' is for",
            "# you to confirm or correct; take the mark off when you have. docs/definition.md explains every key.",
            "",
            _guess(f"title = {_quoted(_CONTROL.sub(' ', title).strip() or 'A consultation')}", "the file's name"),
            '# department = "Who consulted"',
            "# opens = 2024-01-31               # the first and last day on which responses count",
            "# closes = 2024-03-31",
        ]
    )


def _channel(export: Export, inspection: Inspection, file: str, platform: str) -> str:
    lines = [
        "[[channels]]",
        'key = "survey"',
        'label = "Online survey"',
        f"file = {json.dumps(file, ensure_ascii=False)}",
    ]
    lines.append("counted = true")
    if platform:
        lines.append(f"platform = {_quoted(platform)}")
    else:
        lines.append(f"# platform = {_quoted(export.platform)}" + " " * 4 + "# as recognised by its headings")
    for role, number in (("id", export.id), ("submitted", export.submitted)):
        heading = _line(next((h.question for h in export.headings if h.column == number), ""))
        named = heading and not _CONTROL.search(heading) and export.column(heading) == number
        if named and number not in export.metadata:  # the platform's own need no naming
            lines.append(_guess(f"{role} = {_quoted(heading)}", "by its heading"))
    ways = _ways_of_dates(export)
    if ways and "" not in ways and export.date_format not in ways:
        unsure = ", and month-day-year would do too" if "%m/%d" in "".join(ways[1:]) else ""
        lines.append(_guess(f"date_format = {_quoted(ways[0])}", f"every date can be read so{unsure}"))
    emails = [column.question for column in inspection.columns if column.kind == IDENTIFIES and _tells_a_person(column)]
    lines += [
        "",
        "[rules]",
        'repeats = "latest"                 # of responses with the same id, or from the same person, the latest counts',
    ]
    if emails:
        lines.append(f"# same_person = {_listed(map(_safe, emails))}    # where one address is one person")
    return "\n".join(lines)


def _tells_a_person(column: Column) -> bool:
    return column.answered > 0 and bool(re.search(r"\be-?mail\b", fold(column.heading)))


def _ways_of_dates(export: Export) -> list[str]:
    if not export.submitted:
        return []
    given = (cells[export.submitted - 1] for _, cells in export.rows)
    return date_formats(filter(None, given), export.date_format)


def _grouping(export: Export, group: _Asked) -> str:
    scale = _as_met(group.column.options)
    answers = sorted(
        (*scale.points, *scale.outside_base), key=lambda text: fold(text).startswith(("other", "prefer not"))
    )
    other = ""
    if _has_other_column(export, group):
        other = next((text for text in answers if fold(text).startswith("other")), "Other")
        answers += [other] if other not in answers else []
    keys: set[str] = set()
    lines = [
        "[[groupings]]",
        'key = "respondent_group"',
        'label = "Respondent group"',
        _guess(f"heading = {_quoted(group.heading)}", "this asks who the respondent is"),
    ]
    if other:
        lines.append(_guess(f"other = {_quoted(_group_label(other))}", "the group of those who typed their own answer"))
    lines.append(_guess("groups = [", "the answers met, the most frequent first; add those that nobody chose"))
    for text in answers:
        key = _unused(_slug(text), keys)
        options = f", options = {_listed([text])}" if _group_label(text) != _line(text) else ""
        lines.append(f"    {{ key = {_quoted(key)}, label = {_quoted(_group_label(text))}{options} }},")
    return "\n".join([*lines, "]"])


def _group_label(answer: str) -> str:
    return f"{_line(answer)} (as answered)" if _line(answer) in _KEPT_LABELS else _line(answer)


def _has_other_column(export: Export, group: _Asked) -> bool:
    return any(
        fold(h.part).startswith("other") and fold(h.question) == fold(group.column.question) for h in export.headings
    )


def _scales(plan: _Plan, numbers: list[int], but: list[int] = ()) -> list[str]:
    """Return a block for each scale of these columns that no column of `but` has."""
    met = {answer for n in numbers for answer in _options(plan, n)}
    done = {plan.names[_points(plan.scales[n])] for n in but}
    blocks = []
    for n in numbers:
        name = plan.names[_points(plan.scales[n])]
        if name not in done:
            done.add(name)
            blocks.append(_scale(name, plan.scales[n], met))
    return blocks


def _points(scale: Scale):
    return scale.points, scale.outside_base


def _options(plan: _Plan, number: int) -> list[str]:
    asked = next(one for one in (*plan.questions, *plan.suggested) if one.column.column == number)
    return list(map(_line, asked.column.options))


def _scale(name: str, scale: Scale, met: set[str]) -> str:
    unmet = [point for point in scale.points if _line(point) not in met]
    known = scale.key != "answers"
    guess = "the answers' usual order" if known else "the answers met, in no order that is known"
    if unmet:
        guess += f"; nobody chose {', '.join(map(_quoted, unmet))}, which may not have been offered"
    lines = [f"[scales.{name}]", _guess(f"points = {_listed(scale.points)}", guess)]
    if scale.outside_base:
        lines.append(_guess(f"outside_base = {_listed(scale.outside_base)}", "given and not counted in percentages"))
    if scale.nets:
        lines.append(_guess("nets = [", "reported together; the first is the headline"))
        lines += [
            f"    {{ key = {_quoted(net.key)}, label = {_quoted(net.label)}, points = {_listed(net.points)} }},"
            for net in scale.nets
        ]
        lines.append("]")
    return "\n".join(lines)


def _question(one: _Asked, plan: _Plan) -> str:
    scale = plan.scales.get(one.column.column)
    lines = [
        "[[questions]]",
        f"id = {_quoted(one.id)}",
        f"heading = {_quoted(one.heading)}",
        _guess(f"label = {_quoted(one.label)}", "from the heading")
        if one.label != one.heading
        else f"label = {_quoted(one.label)}",
    ]
    if scale:
        lines.append(_guess(f"scale = {_quoted(plan.names[_points(scale)])}", f"{one.column.why}"))
        if not _is_whole(one.column):
            lines.append(
                "# Some answers are not among the points; add them under the scale's 'points' or 'also_written'."
            )
    else:
        lines.append(f"# guess: an open question ({one.column.why}); confirm")
        lines.append('# codebook = "codebook.toml"         # its themes: consultation template codebook')
    return "\n".join(lines)


def _left_line(left: tuple[Column, str]) -> str:
    column, reason = left
    return f"##   column {column.column}, {_safe(column.heading)}: {reason}"
