"""How responses came, which of them count, and what else an export says of respondents."""

import re
from datetime import datetime

from pipeline.definition import (
    Channel,
    Consultation,
    Organisations,
    Quoting,
    Rules,
    TestRow,
)
from pipeline.errors import did_you_mean
from pipeline.reading.questions import rows_of


def _paths(table):
    """Return the files of a channel, or its one folder; exactly one of the three keys says which."""
    given = {key: table.file(key) for key in ("file", "folder")}
    found = [path for path in given.values() if path]
    listed = tuple(table.path.parent / name for name in table.texts("files", []))
    if len(found) + bool(listed) != 1:
        table.fail("needs one of 'file' (a survey export), 'files' (several of them) and 'folder' (letters)")
    names = [path.name for path in listed]
    for name in names:
        if names.count(name) > 1:
            table.fail(f"lists two files called '{name}'; the ledger tells files by name, so rename one")
    return listed or tuple(found)


def read_channel(table, questions, groupings):
    """Return a channel, given the questions and groupings that there are."""
    paths = _paths(table)
    letters_to = table.take("letters_to", str, "")
    listed = () if letters_to else table.texts("questions", list(questions))
    headings = table.text_table("headings")
    channel = Channel(
        key=table.name("key"),
        label=table.take("label", str),
        paths=paths,
        counted=table.take("counted", bool),
        questions=(letters_to,) if letters_to else tuple(id for name in listed for id in rows_of(name, questions)),
        groupings=() if letters_to else table.texts("groupings", list(groupings)),
        platform=table.take("platform", str, ""),
        id=table.take("id", str, ""),
        submitted=table.take("submitted", str, ""),
        date_format=table.take("date_format", str, ""),
        headings={id: text for name, text in headings.items() for id in rows_of(name, questions)},
        letters_to=letters_to,
        publish_answers=table.take("publish_answers", bool, False),
        publish_answers_because=table.take("publish_answers_because", str, ""),
    )
    table.done()
    if channel.publish_answers and not channel.publish_answers_because:
        table.fail("publishes what came by this channel; say why under 'publish_answers_because'")
    if letters_to in questions and questions[letters_to].is_closed:
        table.fail(f"has letters answer '{letters_to}', a closed question; name an open one")
    if "folder" in table.content and not letters_to:
        table.fail("is a folder of letters; name the question they answer under 'letters_to'")
    if letters_to and "folder" not in table.content:
        table.fail("has 'letters_to' and no 'folder' of letters")
    for name in channel.headings:
        if name not in (*questions, *groupings):
            known = (*questions, *groupings)
            table.fail(f"gives a heading to '{name}', no question or grouping.{did_you_mean(name, known)}", stop="")
    try:
        datetime.strptime(datetime(2022, 12, 31).strftime(channel.date_format), channel.date_format)
    except (ValueError, re.error):
        table.fail(f"has the date_format '{channel.date_format}', which is none; see strptime")
    for name in channel.questions:
        if name not in questions:
            table.fail(f"asks '{name}', which is no question.{did_you_mean(name, questions)}", stop="")
    for name in channel.groupings:
        if name not in groupings:
            table.fail(f"has the grouping '{name}', which is not defined.{did_you_mean(name, groupings)}", stop="")
    return channel


def read_rules(table, channels):
    """Return which rows count, seen to leave some of each channel."""
    tests = []
    for test in table.tables("tests"):
        tests.append(TestRow(test.take("column", str), test.texts("values")))
        test.done()
    rules = Rules(
        repeats=table.take("repeats", str, "latest"),
        same_person=table.texts("same_person", []),
        tests=tuple(tests),
        at_least=table.take("at_least", int, 1),
    )
    table.done()
    if rules.repeats not in ("latest", "first", "keep"):
        table.fail("should have 'repeats' as 'latest', 'first' or 'keep'")
    if rules.at_least < 1:
        table.fail("should have 'at_least' as 1 or more questions")
    for channel in channels:
        if not channel.letters_to and rules.at_least > len(channel.questions):
            table.fail(
                f"has at_least = {rules.at_least}, and the channel '{channel.key}' asks {len(channel.questions)} "
                f"question{'s' * (len(channel.questions) != 1)}, so that none of its rows would count"
            )
    return rules


def read_campaigns(table):
    """Return how many must have sent the same text for it to be a campaign."""
    at_least = table.take("at_least", int, Consultation.campaigns_at_least)
    table.done()
    if at_least < 2:
        table.fail(f"has {at_least} under 'at_least'; it takes 2 respondents or more to send the same text")
    return at_least


def read_organisations(table):
    """Return where an export names organisations, None where the definition does not say."""
    if not table.content:
        return None
    found = Organisations(table.take("heading", str), table.take("agreed", str), table.texts("agreed_answers", ["Yes"]))
    table.done()
    if not found.agreed_answers:
        table.fail("has no 'agreed_answers'; name the answers by which an organisation agrees to be named")
    return found


def read_quoting(table):
    """Return how passages are quoted."""
    usual = Quoting()
    found = Quoting(
        file=table.file("file"),
        consent=table.take("consent", str, ""),
        consent_answers=table.texts("consent_answers", list(usual.consent_answers)),
        per_theme=table.take("per_theme", int, usual.per_theme),
        smallest_group=table.take("smallest_group", int, usual.smallest_group),
    )
    table.done()
    if found.per_theme < 1 or found.smallest_group < 1 or not found.consent_answers:
        table.fail("needs 'per_theme' and 'smallest_group' of 1 or more, and some 'consent_answers'")
    return found
