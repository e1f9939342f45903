"""A first `consultation.toml` for an unknown export, to be corrected by who knows the survey.

It runs as it stands. What rests on a guess says so on its line (`# guess: ...; confirm`); what could be a question and is none
yet stands below as comments, which become part of the definition when their first '# ' is taken off.
"""

import json
import re
from pathlib import Path

from pipeline.definition import DEFINITION_FILE, Scale
from pipeline.errors import ExportError, OutputError
from pipeline.ingest.drafting.asked import Asked
from pipeline.ingest.drafting.columns import CLOSED, IDENTIFIES, Column, Inspection, date_formats
from pipeline.ingest.drafting.plan import Plan, as_met, plan_draft, short_name, unused
from pipeline.ingest.drafting.respondents import Grouped, has_other_column
from pipeline.ingest.drafting.toml import CONTROL, commented, guessed, listed, listing, one_line, quoted, safe
from pipeline.ingest.layouts.export import Export, fold
from pipeline.writing import write_file

# Groups' labels that the definition keeps for others.
_KEPT_LABELS = ("Not stated", "all", "All respondents")


def draft_definition(export: Export, inspection: Inspection, title: str, file: str, platform: str = "") -> str:
    """Return the text of a definition for this export, which will lie beside it under the name `file`.

    `platform` is the one the analyst named, '' if it was recognised. Raises ExportError if no column reads as a question.
    """
    if export.fault:
        raise ExportError(export.fault)
    plan = plan_draft(export, inspection)
    blocks = [_top(export, title), _channel(export, inspection, file, platform)]
    blocks += [_grouping(export, grouped) for grouped in plan.groupings]
    blocks += _scales(plan, plan.questions)
    blocks += [_question(one, plan) for one in plan.questions]
    if plan.suggested:
        blocks.append(
            "## Closed questions whose answers are no known scale. Order the points, take off the first '# ', and the\n"
            "## question is counted; or make a [[groupings]] of it, to break the others down by."
        )
        blocks += map(commented, _scales(plan, plan.suggested, but=plan.questions))
        blocks += [commented(_question(one, plan)) for one in plan.suggested]
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
    return f"export{export.suffix}" if CONTROL.search(export.name) else export.name


def _top(export: Export, title: str) -> str:
    return "\n".join(
        [
            f"# A first definition for {safe(export.name)}, drafted from the file alone. Each line marked 'guess' is for",
            "# you to confirm or correct; take the mark off when you have. docs/definition.md explains every key.",
            "",
            guessed(f"title = {quoted(CONTROL.sub(' ', title).strip() or 'A consultation')}", "the file's name"),
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
        lines.append(f"platform = {quoted(platform)}")
    else:
        lines.append(f"# platform = {quoted(export.platform)}" + " " * 4 + "# as recognised by its headings")
    for role, number in (("id", export.id), ("submitted", export.submitted)):
        heading = one_line(next((h.question for h in export.headings if h.column == number), ""))
        named = heading and not CONTROL.search(heading) and export.column(heading) == number
        if named and number not in export.metadata:  # the platform's own need no naming
            lines.append(guessed(f"{role} = {quoted(heading)}", "by its heading"))
    ways = _ways_of_dates(export)
    if ways and "" not in ways and export.date_format not in ways:
        unsure = ", and month-day-year would do too" if "%m/%d" in "".join(ways[1:]) else ""
        lines.append(guessed(f"date_format = {quoted(ways[0])}", f"every date can be read so{unsure}"))
    emails = [column.question for column in inspection.columns if column.kind == IDENTIFIES and _tells_a_person(column)]
    lines += [
        "",
        "[rules]",
        'repeats = "latest"                 # of responses with the same id, or from the same person, the latest counts',
    ]
    if emails:
        lines.append(f"# same_person = {listed(map(safe, emails))}    # where one address is one person")
    return "\n".join(lines)


def _tells_a_person(column: Column) -> bool:
    return column.answered > 0 and bool(re.search(r"\be-?mail\b", fold(column.heading)))


def _ways_of_dates(export: Export) -> list[str]:
    if not export.submitted:
        return []
    given = (cells[export.submitted - 1] for _, cells in export.rows)
    return date_formats(filter(None, given), export.date_format)


def _grouping(export: Export, grouped: Grouped) -> str:
    asked = grouped.asked
    scale = as_met(asked.met)
    answers = sorted(
        (*scale.points, *scale.outside_base), key=lambda text: fold(text).startswith(("other", "prefer not"))
    )
    other = ""
    if has_other_column(export, asked):
        other = next((text for text in answers if fold(text).startswith("other")), "Other")
        answers += [other] if other not in answers else []
    lines = [
        "[[groupings]]",
        f"key = {quoted(grouped.key)}",
        f"label = {quoted(grouped.label)}",
        guessed(f"heading = {quoted(asked.question.heading)}", grouped.why),
    ]
    if other:
        lines.append(guessed(f"other = {quoted(_group_label(other))}", "the group of those who typed their own answer"))
    groups, keys = [], set()
    for text in answers:
        options = f", options = {listed([text])}" if _group_label(text) != one_line(text) else ""
        groups.append(
            f"{{ key = {quoted(unused(short_name(text), keys))}, label = {quoted(_group_label(text))}{options} }}"
        )
    lines += listing("groups", groups, "the answers met; put them in order, and add those that nobody chose")
    return "\n".join(lines)


def _group_label(answer: str) -> str:
    return f"{one_line(answer)} (as answered)" if one_line(answer) in _KEPT_LABELS else one_line(answer)


def _scales(plan: Plan, asked: tuple[Asked, ...], but: tuple[Asked, ...] = ()) -> list[str]:
    """Return a block for each scale of these questions that no question of `but` has."""
    met = {one_line(answer) for one in asked for answer in one.met}
    done = {_scale_name(one, plan) for one in but}
    scales = {_scale_name(one, plan): one.question.scale for one in reversed(asked)}
    names = dict.fromkeys(_scale_name(one, plan) for one in asked)
    return [_scale(name, scales[name], met) for name in names if name and name not in done]


def _scale_name(one: Asked, plan: Plan) -> str:
    scale = one.question.scale
    return plan.names[scale.points, scale.outside_base] if one.on_a_scale else ""


def _scale(name: str, scale: Scale, met: set[str]) -> str:
    unmet = [point for point in scale.points if one_line(point) not in met]
    known = scale.key != "answers"
    guess = "the answers' usual order" if known else "the answers met, in no order that is known"
    if unmet:
        guess += f"; nobody chose {', '.join(map(quoted, unmet))}, which may not have been offered"
    lines = [f"[scales.{name}]", guessed(f"points = {listed(scale.points)}", guess)]
    if scale.outside_base:
        lines.append(guessed(f"outside_base = {listed(scale.outside_base)}", "given and not counted in percentages"))
    if scale.nets:
        nets = (
            f"{{ key = {quoted(net.key)}, label = {quoted(net.label)}, points = {listed(net.points)} }}"
            for net in scale.nets
        )
        lines += listing("nets", nets, "reported together; the first is the headline")
    return "\n".join(lines)


def _question(one: Asked, plan: Plan) -> str:
    question = one.question
    label = f"label = {quoted(question.label)}"
    lines = [
        "[[questions]]",
        f"id = {quoted(question.id)}",
        f"heading = {quoted(question.heading)}",
        guessed(label, "from the heading") if question.label != question.heading else label,
    ]
    return "\n".join([*lines, *_answers(one, plan)])


def _answers(one: Asked, plan: Plan) -> list[str]:
    """Return the lines that say how a question is answered."""
    question = one.question
    if question.number:
        bands = (
            f"{{ label = {quoted(band.label)}" + (f", under = {band.under}" if band.under is not None else "") + " }"
            for band in question.number.bands
        )
        return listing("number = { bands", bands, f"{one.why}; parted at round numbers near the quartiles", "] }")
    if question.multiple or question.ranked:
        kind = "multiple = true" if question.multiple else "ranked = true"
        lines = [guessed(kind, one.why), *listing("options", map(quoted, question.scale.points), _order(one))]
        if question.other:
            lines.append(guessed(f"other = {quoted(question.other)}", "the option of those who typed their own answer"))
        if not one.whole:
            lines.append(
                "# Some cells hold what is no option; add it to the options, or as an option's 'also_written'."
            )
        return lines
    if one.on_a_scale:
        lines = [guessed(f"scale = {quoted(_scale_name(one, plan))}", one.why)]
        if one.rows:
            rows = (f"{{ key = {quoted(key)}, label = {quoted(label)} }}" for key, label in one.rows)
            lines += listing("rows", rows, "the parts of its columns, in their order")
        if not one.whole:
            lines.append(
                "# Some answers are not among the points; add them under the scale's 'points' or 'also_written'."
            )
        return lines
    return [
        f"# guess: an open question ({one.why}); confirm",
        '# codebook = "codebook.toml"         # its themes: consultation template codebook',
    ]


def _order(one: Asked) -> str:
    """Return how the options were found, and in which order they stand."""
    if len(one.columns) == 1 or one.columns[0].kind == CLOSED:
        return "the answers met, the most frequent first; add those that nobody chose"
    if one.question.ranked:
        return "the parts of its columns, in their order"
    return "the parts of its columns, in their order; if each was asked as a yes or no, make it a matrix"


def _left_line(left: tuple[Column, str]) -> str:
    column, reason = left
    return f"##   column {column.column}, {safe(column.heading)}: {reason}"
