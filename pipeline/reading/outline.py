"""The sections of a report, and what was published before."""

import re
from fractions import Fraction

from pipeline.definition import (
    Inconsistency,
    Published,
    Question,
    Section,
    slugify,
)
from pipeline.errors import did_you_mean
from pipeline.reading.questions import rows_of


def read_section(table, questions):
    """Return a section of the report; a matrix stands for its rows."""
    closed = table.content.get("closed", "")
    names = (table.take("closed", str, ""),) if isinstance(closed, str) else table.texts("closed")
    section = Section(
        title=table.take("title", str),
        wording=table.take("wording", str, ""),
        closed=tuple(id for name in names if name for id in rows_of(name, questions)),
        open=table.texts("open", []),
        prose=table.take("prose", str, ""),
        key=table.take("key", str, slugify(table.content.get("title", ""))),
    )
    table.done()
    for name, closed in (*((name, True) for name in section.closed), *((name, False) for name in section.open)):
        if name not in questions:
            table.fail(f"names '{name}', which is no question.{did_you_mean(name, questions)}", stop="")
        if questions[name].is_closed != closed:
            table.fail(f"has '{name}' under 'closed' or 'open', where the other belongs")
    return section


def with_the_rest(sections: list[Section], questions: dict[str, Question]) -> tuple[Section, ...]:
    """Return the sections, and one for each question that stands in none, so that no question is left out of a report."""
    named = {name for section in sections for name in (*section.closed, *section.open)}
    rest = {}
    for question in questions.values():
        if question.id not in named:
            key = question.matrix or question.id
            closed = tuple(id for id in rows_of(key, questions) if id not in named) if question.is_closed else ()
            label = question.label.removesuffix(f": {question.row}") if question.matrix else question.label
            rest[key] = Section(label, closed=closed, open=() if question.is_closed else (question.id,), key=key)
    return (*sections, *rest.values())


def _read_fraction(table, key):
    text = table.take(key, str, "")
    if text and not re.fullmatch(r"[1-9]\d?/[1-9]\d?", text):
        table.fail(f"has '{text}' under '{key}'; write a fraction such as \"1/5\"")
    return Fraction(text) if text else None


def read_published(table):
    """Return a figure as it was published."""
    published = Published(
        figure=table.take("figure", str),
        claim=table.take("claim", str),
        where=table.take("where", str),
        count=table.take("count", int, None),
        base=table.take("base", int, None),
        percent=table.take("percent", (int, float), None),
        about=_read_fraction(table, "about"),
        more_than=_read_fraction(table, "more_than"),
        less_than=_read_fraction(table, "less_than"),
        within=table.take("within", (int, float), None),
    )
    table.done()
    in_words = [share for share in (published.about, published.more_than, published.less_than) if share is not None]
    if published.count is None and published.base is None and published.percent is None and not in_words:
        table.fail("gives no count, base, percent or share in words to compare")
    if len(in_words) > 1:
        table.fail("has more than one of 'about', 'more_than' and 'less_than'")
    if published.about is not None and published.within is None:
        table.fail("says 'about'; say under 'within' how many percentage points away is still about it")
    if published.within is not None and (not in_words or published.within <= 0):
        table.fail("has 'within', which is percentage points above 0 and goes with 'about', 'more_than' or 'less_than'")
    return published


def read_inconsistency(table):
    """Return two places in what was published that do not say the same."""
    says = []
    for place in table.tables("says"):
        says.append((place.take("where", str), place.take("what", str)))
        place.done()
    found = Inconsistency(table.take("about", str), tuple(says), table.take("note", str, ""))
    table.done()
    return found
