"""Scales and questions of a definition, and of whom each was asked."""

import re
from dataclasses import replace

from pipeline.definition import (
    NO_FIRST,
    NOT_A_NUMBER,
    OUT_OF_RANGE,
    Band,
    Net,
    Number,
    Question,
    Route,
    Scale,
)
from pipeline.errors import did_you_mean
from pipeline.reading.codebooks import read_codebook
from pipeline.reading.table import Table, no_twice, ordinal

# As many as the colours of a stacked bar that can be told apart.
MOST_NETS = 5


def read_scale(key, table):
    """Return the scale under a key of `[scales]`."""
    points = table.texts("points")
    for point in points:
        if not re.search(r"[A-Za-z0-9]", point):
            table.fail(f"has the point '{point}'; accessible tables need a letter from A to Z or a digit in it")
    nets = []
    for net in table.tables("nets"):
        nets.append(Net(net.name("key"), net.take("label", str), net.texts("points")))
        net.done()
        if not nets[-1].points:
            net.fail("has no points")
        for point in nets[-1].points:
            if point not in points:
                net.fail(f"has the point '{point}', which is not in the scale.{did_you_mean(point, points)}", stop="")
    no_twice([net.key for net in nets], "net", table)
    # A spreadsheet's table takes headings that differ in capitals alone for the same.
    no_twice([net.label.casefold() for net in nets], "net", table)
    if len(nets) > MOST_NETS:
        table.fail(f"has {len(nets)} nets; a chart can tell {MOST_NETS} apart")
    outside = table.texts("outside_base", [])
    also = table.text_table("also_written")
    for point in set(points) & set(outside):
        table.fail(f"has '{point}' both as a point and outside the base")
    for written, point in also.items():
        if point not in points + outside:
            table.fail(f"maps to '{point}', which is not in it.{did_you_mean(point, points + outside)}", stop="")
        if written in points + outside and written != point:
            table.fail(f"maps '{written}', one of its own answers, to '{point}'")
    for net in nets:
        if net.key in ("answered", "answer", "not_answered", "outside_base"):
            table.fail(f"calls a net '{net.key}', a name kept for other figures")
    table.done()
    if not points:
        table.fail("has no points")
    return Scale(key, points, tuple(nets), outside, also)


def _read_options(id, table):
    """Return the options of a multiple-choice question as a scale of its own, None where there are none."""
    labels, also = [], []
    for number, option in enumerate(table.take("options", list, []), start=1):
        content = {"label": option} if isinstance(option, str) else option
        one = Table(content, f"the {ordinal(number)} option of {table.place}", table.path)
        labels.append(one.take("label", str))
        also.extend((written, labels[-1]) for written in one.texts("also_written", []))
        one.done()
    no_twice([*labels, *(written for written, _ in also)], "option", table)
    if NO_FIRST in labels:
        table.fail(f"has an option '{NO_FIRST}', a name kept for rankings without a first place")
    outside = (NO_FIRST,) if table.content.get("ranked") is True else ()
    return Scale(id, tuple(labels), outside_base=outside, also_written=dict(also)) if labels else None


def _read_number(id, table):
    """Return what a question asks for a number of, None where it asks for none."""
    if "number" not in table.content:
        return None
    one = Table(table.take("number", dict), f"'number' of {table.place}", table.path)
    limit = (int, float)
    bands = []
    for band in one.tables("bands"):
        bands.append(Band(band.take("label", str), band.take("under", limit, None)))
        band.done()
    number = Number(
        tuple(bands), one.take("unit", str, ""), one.take("least", limit, None), one.take("most", limit, None)
    )
    one.done()
    if not bands:
        one.fail("has no 'bands'; name the ranges in which its numbers are counted and published")
    no_twice([band.label for band in bands], "band", one)
    if {NOT_A_NUMBER, OUT_OF_RANGE} & {band.label for band in bands}:
        one.fail(f"has a band '{NOT_A_NUMBER}' or '{OUT_OF_RANGE}', names kept for answers outside the bands")
    ends = [band.under for band in bands]
    if None in ends[:-1] or ends[-1] is not None or sorted(ends[:-1]) != ends[:-1] or len(set(ends)) < len(ends):
        one.fail("should have bands in rising order, each with 'under' but the last, which takes the rest")
    if number.least is not None and number.most is not None and number.least > number.most:
        one.fail("has 'least' above 'most'")
    return number


def _read_route(table):
    """Return of whom a question was asked, None for everyone; that its names exist is checked when all are read."""
    if "asked_if" not in table.content:
        return None
    one = Table(table.take("asked_if", dict), f"'asked_if' of {table.place}", table.path)
    question, grouping = one.take("question", str, ""), one.take("grouping", str, "")
    route = Route(question or grouping, one.texts("answers"), bool(grouping))
    one.done()
    if bool(question) == bool(grouping):
        one.fail("needs one of 'question' and 'grouping'")
    if not route.answers:
        one.fail("lists no answers; name those who were asked")
    return route


def _read_rows(table):
    """Return (key, label, other spellings) of each row of a matrix; () for a question that is none."""
    rows = []
    for row in table.tables("rows"):
        rows.append((row.name("key"), row.take("label", str), row.texts("also_written", [])))
        row.done()
    no_twice([key for key, _, _ in rows], "row", table)
    no_twice([text for _, label, also in rows for text in (label, *also)], "row", table)
    return tuple(rows)


def read_question(table, scales):
    """Return a question, or the rows of a matrix as a question each."""
    id = table.take("id", str)
    scale = table.take("scale", str, "")
    if scale and scale not in scales:
        table.fail(f"has the scale '{scale}', which is not defined.{did_you_mean(scale, scales)}", stop="")
    options, number, rows = _read_options(id, table), _read_number(id, table), _read_rows(table)
    bands = number and Scale(id, tuple(b.label for b in number.bands), outside_base=(NOT_A_NUMBER, OUT_OF_RANGE))
    codebook = table.file("codebook")
    question = Question(
        id=id,
        heading=table.take("heading", str),
        label=table.take("label", str),
        scale=scales[scale] if scale else options or bands,
        multiple=table.take("multiple", bool, False),
        other=table.take("other", str, ""),
        ranked=table.take("ranked", bool, False),
        number=number,
        asked_if=_read_route(table),
        not_asked=table.texts("not_asked", []),
        base=table.take("base", str, Question.base),
        codebook=read_codebook(codebook) if codebook else None,
        labels=table.file("labels"),
        model=table.file("model"),
        encoder=table.file("encoder"),
        codes=table.file("codes"),
        codes_note=table.take("codes_note", str, ""),
        raised_wording=table.take("raised_wording", str, Question.raised_wording),
    )
    table.done()
    if not re.fullmatch(r"[a-z][a-z0-9_]*", id):
        table.fail(f"has the id '{id}'; ids are lower-case letters, digits and underscores")
    if sum(map(bool, (scale, options, number))) > 1:
        table.fail("has more than one of 'scale', 'options' and 'number'; take the one that the survey asked with")
    if (question.multiple or question.ranked) != bool(options):
        table.fail("needs multiple = true and 'options' together (or ranked = true and 'options')")
    if question.multiple and question.ranked:
        table.fail("is both multiple and ranked; options are either ticked or put in order")
    if question.other and question.other not in (options.points if options else ()):
        table.fail(f"has '{question.other}' under 'other', which is none of its options")
    if rows and not scale:
        table.fail("has 'rows' and no scale; the rows of a matrix share one")
    if question.is_closed and codebook:
        table.fail(f"gives '{id}' both a scale and a codebook; ask them as two questions")
    if (question.labels or question.codes) and not codebook:
        table.fail(f"gives '{id}' labels or codes but no codebook")
    if question.base not in ("answered", "asked") or (question.base == "asked" and not question.is_closed):
        table.fail("should have 'base' as 'answered' or 'asked', and only where it is a closed question")
    if not rows:
        return (question,)
    return tuple(
        replace(
            question, id=f"{id}_{key}", label=f"{question.label}: {label}", matrix=id, row=label, row_also_written=also
        )
        for key, label, also in rows
    )


def check_routes(questions, groupings, top):
    """Refuse a question asked of those who answered something that was not asked before it, or is no answer to it."""
    before: dict[str, Question] = {}
    known = {grouping.key: [group.label for group in grouping.groups] for grouping in groupings}
    for question in questions:
        route = question.asked_if
        if route:
            of = known if route.is_grouping else before
            if route.of not in of:
                kind = "grouping" if route.is_grouping else "earlier question"
                top.fail(
                    f"asks '{question.id}' by the answers to '{route.of}', which is no {kind}.{did_you_mean(route.of, of)}",
                    stop="",
                )
            scale = None if route.is_grouping else before[route.of].scale
            if not route.is_grouping and scale is None:
                top.fail(f"asks '{question.id}' by the answers to '{route.of}', an open question; name a closed one")
            answers = known[route.of] if route.is_grouping else [*scale.points, *scale.outside_base]
            for answer in route.answers:
                if answer not in answers:
                    top.fail(
                        f"asks '{question.id}' of those who answered '{answer}', which is no answer to '{route.of}'."
                        f"{did_you_mean(answer, answers)}",
                        stop="",
                    )
        before[question.id] = question


def rows_of(name, questions):
    """Return the ids of a matrix's rows, or of the one question that a name means."""
    return [question.id for question in questions.values() if question.matrix == name] or [name]
