"""A `consultation.toml` and its codebooks -> Consultation, or one sentence on what is wrong with them and where."""

import re
import tomllib
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path

from pipeline.definition import (
    DEFINITION_FILE,
    NO_FIRST,
    NOT_A_NUMBER,
    OUT_OF_RANGE,
    REMEDIES,
    Amount,
    Band,
    Channel,
    Codebook,
    Consultation,
    Disclosure,
    FractionWords,
    Group,
    Grouping,
    Inconsistency,
    Merge,
    Net,
    Number,
    Organisations,
    Published,
    Question,
    Quoting,
    Route,
    Rules,
    Scale,
    Section,
    Subtheme,
    TestRow,
    Theme,
    Wording,
    shipped,
    slugify,
)
from pipeline.errors import CommandError, DefinitionError, did_you_mean, nearest

# As many as the colours of a stacked bar that can be told apart.
MOST_NETS = 5
# What nobody, one and everyone are called, whatever the definition's own words for amounts.
KEPT_AMOUNTS = ("none", "one", "all")
# What no workbook can hold, nor a page show.
_CONTROL = re.compile(r"[\0-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")
# What tables call their other columns, so that no grouping can take the name.
TABLE_HEADINGS = ("Answer", "Base", "Channel", "Kind", "Percentage", "Respondents", "Theme")


def default_slug() -> str:
    """Return the slug of the consultation that commands take when none is named."""
    return tomllib.loads((shipped() / "default.toml").read_text(encoding="utf-8"))["consultation"]


def locate(definition: str | Path | None = None) -> Path:
    """Return the path of a `consultation.toml`, given a file, a folder, a shipped slug, or nothing for the default.

    Raises CommandError, naming the nearest slug, if there is no such definition.
    """
    name = default_slug() if definition is None else str(definition)
    path = Path(name)
    if path.is_file():
        if path.suffix.lower() != ".toml":
            raise CommandError(
                f"'{name}' is not a definition (.toml). Name the definition first and an export after it."
            )
        return path
    for folder in (path, shipped() / name):
        if (folder / DEFINITION_FILE).is_file():
            return folder / DEFINITION_FILE
    if path.is_dir():
        raise CommandError(f"The folder '{name}' has no {DEFINITION_FILE}.")
    slugs = sorted(p.parent.name for p in shipped().glob(f"*/{DEFINITION_FILE}"))
    raise CommandError(
        f"No definition '{name}': it is no file, no folder and no shipped consultation.{did_you_mean(name, slugs)}"
    )


class _Table:
    """A TOML table read key by key, so that what is missing, mistyped or unknown is named with its place."""

    def __init__(self, content: dict, place: str, path: Path):
        if not isinstance(content, dict):
            raise DefinitionError(f"{path}: {place} should be a table of keys and values.")
        self.content, self.place, self.path, self.seen = content, place, path, []

    def take(self, key, kind, default=...):
        self.seen.append(key)
        if key not in self.content:
            if default is ...:
                slips = [near for near in nearest(key, self.content) if near not in self.seen]
                self.fail(f"has no '{key}'" + (f"; is '{slips[0]}' meant" if slips else ""))
            return default
        value = self.content[key]
        # True is no whole number, and a moment is no day, whatever Python says.
        wrong = (isinstance(value, bool) and kind is not bool) or isinstance(value, datetime)
        if wrong or not isinstance(value, kind):
            names = {str: "text", int: "a whole number", bool: "true or false", list: "a list", dict: "a table"}
            names |= {date: "a date such as 2022-06-22", (int, float): "a number"}
            self.fail(f"gives '{key}' something other than {names[kind]}")
        if isinstance(value, str) and _CONTROL.search(value):
            self.fail(f"has a control character in '{key}'")
        if key == "label" and not re.search(r"[A-Za-z0-9]", value):
            self.fail(f"has the label '{value}'; accessible tables need a letter from A to Z or a digit in it")
        return value

    def name(self, key, default=...):
        """Take a name that stands in ids and file names."""
        value = self.take(key, str, default)
        if not re.fullmatch(r"[a-z][a-z0-9_]*", value):
            self.fail(f"has the {key} '{value}'; it should be lower-case letters, digits and underscores")
        return value

    def texts(self, key, default=...):
        values = self.take(key, list, default)
        if any(not isinstance(value, str) for value in values):
            self.fail(f"should list texts under '{key}'")
        if any(_CONTROL.search(value) for value in values):
            self.fail(f"has a control character in '{key}'")
        if len(set(values)) < len(values):
            self.fail(f"lists something twice under '{key}'")
        return tuple(values)

    def text_table(self, key):
        table = self.take(key, dict, {})
        if any(not isinstance(value, str) for value in table.values()):
            self.fail(f"should give each name under '{key}' a text")
        return dict(table)

    def file(self, key):
        name = self.take(key, str, "")
        return self.path.parent / name if name else None

    def tables(self, key):
        content = self.take(key, list, [])
        of = "" if self.place in ("the definition", "the codebook") else f" of {self.place}"
        return [_Table(t, f"the {_ordinal(i)} [[{key}]]{of}", self.path) for i, t in enumerate(content, start=1)]

    def done(self):
        for key in self.content:
            if key not in self.seen:
                self.fail(f"has '{key}', which is not known.{did_you_mean(key, self.seen)}", stop="")

    def fail(self, what, stop="."):
        raise DefinitionError(f"{self.path}: {self.place} {what}{stop}")


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _load(path: Path) -> dict:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise DefinitionError(f"{path} is not there.") from None
    except UnicodeDecodeError:
        raise DefinitionError(f"{path} is not UTF-8 text; save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(f"{path} is not valid TOML: {error}.") from None
    except OSError as error:
        raise DefinitionError(f"{path} cannot be read: {error.strerror}.") from None


def read_codebook(path: str | Path) -> Codebook:
    """Read a codebook (TOML). Raises DefinitionError where it is missing, malformed or names a theme twice."""
    path = Path(path)
    top = _Table(_load(path), "the codebook", path)
    themes = []
    for table in top.tables("themes"):
        subthemes = []
        for sub in table.tables("subthemes"):
            subthemes.append(Subtheme(sub.take("key", str), sub.take("label", str)))
            sub.done()
        themes.append(
            Theme(
                key=table.take("key", str),
                label=table.take("label", str),
                description=table.take("description", str),
                kind=table.take("kind", str, ""),
                boundaries=table.texts("boundaries", []),
                keywords=table.texts("keywords", []),
                subthemes=tuple(subthemes),
            )
        )
        table.done()
    boundaries = top.texts("boundaries", [])
    top.done()
    if not themes:
        top.fail("has no [[themes]]")
    for theme in themes:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", theme.key):
            top.fail(f"has the key '{theme.key}'; keys are lower-case letters, digits and underscores")
        if theme.key == "id" or theme.key.endswith("_score"):
            top.fail(f"has the key '{theme.key}', which coded files use for another column")
    _no_twice([theme.key for theme in themes], "theme", top)
    _no_twice([theme.label for theme in themes], "theme", top)
    _no_twice([sub.key for theme in themes for sub in theme.subthemes], "sub-theme", top)
    return Codebook(path, tuple(themes), boundaries)


def _no_twice(keys, what, table):
    for key in keys:
        if keys.count(key) > 1:
            table.fail(f"names the {what} '{key}' twice")


def _read_scale(key, table):
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
    _no_twice([net.key for net in nets], "net", table)
    # A spreadsheet's table takes headings that differ in capitals alone for the same.
    _no_twice([net.label.casefold() for net in nets], "net", table)
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
        one = _Table(content, f"the {_ordinal(number)} option of {table.place}", table.path)
        labels.append(one.take("label", str))
        also.extend((written, labels[-1]) for written in one.texts("also_written", []))
        one.done()
    _no_twice([*labels, *(written for written, _ in also)], "option", table)
    if NO_FIRST in labels:
        table.fail(f"has an option '{NO_FIRST}', a name kept for rankings without a first place")
    outside = (NO_FIRST,) if table.content.get("ranked") is True else ()
    return Scale(id, tuple(labels), outside_base=outside, also_written=dict(also)) if labels else None


def _read_number(id, table):
    """Return what a question asks for a number of, None where it asks for none."""
    if "number" not in table.content:
        return None
    one = _Table(table.take("number", dict), f"'number' of {table.place}", table.path)
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
    _no_twice([band.label for band in bands], "band", one)
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
    one = _Table(table.take("asked_if", dict), f"'asked_if' of {table.place}", table.path)
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
    _no_twice([key for key, _, _ in rows], "row", table)
    _no_twice([text for _, label, also in rows for text in (label, *also)], "row", table)
    return tuple(rows)


def _read_question(table, scales):
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


def _check_routes(questions, groupings, top):
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


def _read_grouping(table, known):
    crosses = table.texts("of", [])
    groups = _crossed_groups(crosses, known, table) if crosses else []
    for group in table.tables("groups"):
        label = group.take("label", str)
        groups.append(Group(group.name("key", slugify(label)), label, group.texts("options", [])))
        group.done()
    if crosses and table.content.keys() & {"groups", "heading", "other", "several"}:
        table.fail("crosses two groupings under 'of', and so has no heading, groups, 'other' or 'several' of its own")
    grouping = Grouping(
        key=table.name("key"),
        label=table.take("label", str),
        heading="" if crosses else table.take("heading", str),
        groups=tuple(groups),
        other=table.take("other", str, ""),
        other_in_place=table.take("other_in_place", bool, False),
        publish_crossed=table.take("publish_crossed", bool, False),
        publish_crossed_because=table.take("publish_crossed_because", str, ""),
        several=table.take("several", bool, False),
        of=crosses,
        merge=tuple(_read_merge(merge, groups) for merge in table.tables("merge")),
    )
    table.done()
    _no_twice([label for merge in grouping.merge for label in merge.groups], "merged group", table)
    _no_twice([one.key for one in (*groups, *grouping.merge)], "group key", table)
    if not groups:
        table.fail("has no groups")
    if grouping.key in ("all", "channel"):
        table.fail(f"is called '{grouping.key}', a name kept for everyone and for channels")
    labels = [group.label for group in groups]
    _no_twice(labels, "group", table)
    for label in {"Not stated", "all", "All respondents"} & set(labels):
        table.fail(f"has a group '{label}', a name kept for everyone or for those who did not say")
    if grouping.label.casefold() in ("", *(heading.casefold() for heading in TABLE_HEADINGS)):
        table.fail(f"has the label '{grouping.label}', which tables use for another column")
    _no_twice([text for group in groups for text in {group.label, *group.options}], "option", table)
    _no_twice([group.key for group in groups], "group key", table)
    if grouping.other and grouping.other not in labels:
        table.fail(
            f"puts 'Other' under '{grouping.other}', which is no group.{did_you_mean(grouping.other, labels)}", stop=""
        )
    if grouping.several and grouping.other_in_place:
        table.fail(
            "has both several and other_in_place; where several can be chosen, 'other' alone takes what was typed"
        )
    if grouping.other_in_place and not grouping.other:
        table.fail("has other_in_place and no 'other'; name the group of those who typed their own answer")
    if grouping.publish_crossed and not grouping.publish_crossed_because:
        table.fail("publishes answers by group; say why under 'publish_crossed_because'")
    return grouping


def _crossed_groups(crosses, known, table):
    """Return the groups of a grouping that crosses two others: every pair, in their order."""
    of = {grouping.key: grouping for grouping in known}
    for key in crosses:
        if key not in of:
            table.fail(f"crosses '{key}', which is no grouping before it.{did_you_mean(key, of)}", stop="")
    if len(crosses) != 2 or any(of[key].of for key in crosses):
        table.fail("should cross two groupings that were asked; name both under 'of'")
    one, other = (of[key].groups for key in crosses)
    return [Group(f"{a.key}_{b.key}", f"{a.label}, {b.label}") for a in one for b in other]


def _read_merge(table, groups):
    label = table.take("label", str)
    merge = Merge(table.name("key", slugify(label)), label, table.texts("groups"))
    table.done()
    labels = [group.label for group in groups]
    for name in merge.groups:
        if name not in labels:
            table.fail(f"merges '{name}', which is no group.{did_you_mean(name, labels)}", stop="")
    if len(merge.groups) < 2:
        table.fail("needs two groups or more to merge")
    if label in (*labels, "Not stated", "all", "All respondents"):
        table.fail(f"calls the merged group '{label}', which is the name of another")
    return merge


def _read_disclosure(table):
    threshold = table.take("threshold", int, Disclosure.threshold)
    rule = Disclosure(
        control=table.take("control", bool, True),
        because=table.take("because", str, ""),
        threshold=threshold,
        small_group=table.take("small_group", int, Disclosure.small_group),
        least_width=table.take("least_width", int, max(1, threshold - 1)),
        remedies=table.texts("remedies", list(REMEDIES)),
        earlier=table.file("earlier"),
    )
    table.done()
    if not rule.control and not rule.because:
        table.fail("switches disclosure control off; say why under 'because'")
    if rule.threshold < 2 or rule.small_group < 0 or rule.least_width < 1:
        table.fail("needs a threshold of 2 or more, a small_group of 0 or more and a least_width of 1 or more")
    for remedy in rule.remedies:
        if remedy not in REMEDIES:
            table.fail(f"has the remedy '{remedy}', which is none.{did_you_mean(remedy, REMEDIES)}", stop="")
    return rule


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


def _read_channel(table, questions, groupings):
    paths = _paths(table)
    letters_to = table.take("letters_to", str, "")
    listed = () if letters_to else table.texts("questions", list(questions))
    headings = table.text_table("headings")
    channel = Channel(
        key=table.name("key"),
        label=table.take("label", str),
        paths=paths,
        counted=table.take("counted", bool),
        questions=(letters_to,) if letters_to else tuple(id for name in listed for id in _rows_of(name, questions)),
        groupings=() if letters_to else table.texts("groupings", list(groupings)),
        platform=table.take("platform", str, ""),
        id=table.take("id", str, ""),
        submitted=table.take("submitted", str, ""),
        date_format=table.take("date_format", str, ""),
        headings={id: text for name, text in headings.items() for id in _rows_of(name, questions)},
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


def _read_rules(table, channels):
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


def _read_campaigns(table):
    at_least = table.take("at_least", int, Consultation.campaigns_at_least)
    table.done()
    if at_least < 2:
        table.fail(f"has {at_least} under 'at_least'; it takes 2 respondents or more to send the same text")
    return at_least


def _read_organisations(table):
    if not table.content:
        return None
    found = Organisations(table.take("heading", str), table.take("agreed", str), table.texts("agreed_answers", ["Yes"]))
    table.done()
    if not found.agreed_answers:
        table.fail("has no 'agreed_answers'; name the answers by which an organisation agrees to be named")
    return found


def _read_quoting(table):
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


def _tenths(table, key):
    """Take a percentage of at most one decimal place as whole tenths, None where it is not given."""
    number = table.take(key, (int, float), None)
    if number is None:
        return None
    tenths = round(10 * number)
    if abs(10 * number - tenths) > 1e-6:
        table.fail(f"gives '{key}' more than one decimal place")
    if not 0 <= tenths <= 1000:
        table.fail(f"gives '{key}' {number:g}; a share lies between 0 and 100")
    return tenths


def _read_amounts(tables, key, default, people=True):
    """Return words for amounts in their order, seen to leave no count out and to let each of them apply to some."""
    amounts = []
    for table in tables:
        words = table.take("words", str)
        most = table.take("up_to_people", int, None) if people else None
        under, up_to = _tenths(table, "under_percent"), _tenths(table, "up_to_percent")
        table.done()
        if under is not None and up_to is not None:
            table.fail("has both 'under_percent' and 'up_to_percent'; one bound is enough")
        share = under if up_to is None else up_to
        if share in (0, 1000):
            table.fail(f"has the bound {share // 10}; nobody and everyone have words of their own, so give one between")
        if most is not None and most < 2:
            table.fail(f"has {most} under 'up_to_people'; nobody and one have words of their own, so give 2 or more")
        if words in KEPT_AMOUNTS or not words.strip():
            table.fail(f"has the words '{words}'; give a name other than {', '.join(KEPT_AMOUNTS)}")
        amounts.append(Amount(words, most, share, up_to is not None))
        before = amounts[-2] if len(amounts) > 1 else None
        if before and not _further(before, amounts[-1]):
            table.fail(f"does not reach further than '{before.words}' before it, so that '{words}' would never apply")
    if not amounts:
        return default
    if amounts[-1].people is not None or amounts[-1].share is not None:
        table.fail("has a bound and is the last, so that larger amounts have no words; leave its bounds out")
    _no_twice([amount.words for amount in amounts], f"words of {key}", table)
    return tuple(amounts)


def _further(one: Amount, other: Amount) -> bool:
    """Say whether an amount reaches further than the one before it; those in people come before those in shares alone."""
    if other.people is not None:
        return one.people is not None and other.people > one.people
    if one.people is not None or other.share is None:
        return one.people is not None or one.share is not None
    return one.share is not None and (other.share, other.including) > (one.share, one.including)


def _read_fractions(tables, default):
    fractions = []
    for table in tables:
        words, lowest, under = table.take("words", str), _tenths(table, "from_percent"), _tenths(table, "under_percent")
        table.done()
        if lowest is None or under is None or lowest >= under:
            table.fail("needs 'from_percent' and a larger 'under_percent'")
        if fractions and lowest < fractions[-1].under:
            table.fail(f"begins before '{fractions[-1].words}' ends; give them in order and apart")
        fractions.append(FractionWords(words, lowest, under))
    if fractions:
        _no_twice([fraction.words for fraction in fractions], "words of fractions", table)
    return tuple(fractions) or default


def _read_wording(table, scales):
    wording = Wording(
        percent=table.take("percent", str, Wording.percent),
        amounts=_read_amounts(table.tables("amounts"), "amounts", Wording.amounts),
        support=_read_amounts(table.tables("support"), "support", Wording.support, people=False),
        support_scales=table.texts("support_scales", []),
        fractions=_read_fractions(table.tables("fractions"), Wording.fractions),
        prose_numbers_allowed=table.texts("prose_numbers_allowed", []),
    )
    table.done()
    if wording.percent not in ("%", "per cent"):
        table.fail("should have 'percent' as '%' or 'per cent'")
    for key in wording.support_scales:
        if key not in scales:
            table.fail(f"names the scale '{key}', which is not defined.{did_you_mean(key, scales)}", stop="")
        if not scales[key].nets:
            table.fail(f"names the scale '{key}' under 'support_scales'; it has no nets, so that nothing says support")
    if "support" in table.content and not wording.support_scales:
        table.fail("has words of support; name the scales whose first net is support under 'support_scales'")
    for text in wording.prose_numbers_allowed:
        if not re.search("[0-9]", text):
            table.fail(f"allows '{text}' under 'prose_numbers_allowed', which holds no number")
    return wording


def _read_section(table, questions):
    closed = table.content.get("closed", "")
    names = (table.take("closed", str, ""),) if isinstance(closed, str) else table.texts("closed")
    section = Section(
        title=table.take("title", str),
        wording=table.take("wording", str, ""),
        closed=tuple(id for name in names if name for id in _rows_of(name, questions)),
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


def _rows_of(name, questions):
    """Return the ids of a matrix's rows, or of the one question that a name means."""
    return [question.id for question in questions.values() if question.matrix == name] or [name]


def _with_the_rest(sections: list[Section], questions: dict[str, Question]) -> tuple[Section, ...]:
    """Return the sections, and one for each question that stands in none, so that no question is left out of a report."""
    named = {name for section in sections for name in (*section.closed, *section.open)}
    rest = {}
    for question in questions.values():
        if question.id not in named:
            key = question.matrix or question.id
            closed = tuple(id for id in _rows_of(key, questions) if id not in named) if question.is_closed else ()
            label = question.label.removesuffix(f": {question.row}") if question.matrix else question.label
            rest[key] = Section(label, closed=closed, open=() if question.is_closed else (question.id,), key=key)
    return (*sections, *rest.values())


def _read_fraction(table, key):
    text = table.take(key, str, "")
    if text and not re.fullmatch(r"[1-9]\d?/[1-9]\d?", text):
        table.fail(f"has '{text}' under '{key}'; write a fraction such as \"1/5\"")
    return Fraction(text) if text else None


def _read_published(table):
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


def _read_inconsistency(table):
    says = []
    for place in table.tables("says"):
        says.append((place.take("where", str), place.take("what", str)))
        place.done()
    found = Inconsistency(table.take("about", str), tuple(says), table.take("note", str, ""))
    table.done()
    return found


def read_consultation(definition: str | Path | None = None) -> Consultation:
    """Read a definition: a `consultation.toml`, its folder, or the slug of a shipped one (None: the default).

    Raises CommandError if there is none, DefinitionError with the place if something in it is missing, mistyped,
    unknown or contradicts the rest.
    """
    path = locate(definition)
    top = _Table(_load(path), "the definition", path)
    scales = {
        key: _read_scale(key, _Table(content, f"[scales.{key}]", path))
        for key, content in top.take("scales", dict, {}).items()
    }
    asked = [question for table in top.tables("questions") for question in _read_question(table, scales)]
    _no_twice(
        [name for name in (*(q.id for q in asked), *dict.fromkeys(q.matrix for q in asked)) if name], "question", top
    )
    questions = {question.id: question for question in asked}
    groupings: list[Grouping] = []
    for table in top.tables("groupings"):
        groupings.append(_read_grouping(table, groupings))
    _no_twice([g.key for g in groupings], "grouping", top)
    _check_routes(asked, groupings, top)
    channels = [_read_channel(t, questions, [g.key for g in groupings]) for t in top.tables("channels")]
    _no_twice([c.key for c in channels], "channel", top)
    _no_twice([c.label for c in channels], "channel", top)
    rules = _read_rules(_Table(top.take("rules", dict, {}), "[rules]", path), channels)
    consultation = Consultation(
        slug=top.take("slug", str, slugify(path.resolve().parent.name).replace("_", "-")),
        folder=path.parent,
        title=top.take("title", str),
        department=top.take("department", str, ""),
        opens=top.take("opens", date, None),
        closes=top.take("closes", date, None),
        data_note=top.take("data_note", str, ""),
        invented=top.take("invented", bool, False),
        decimals=top.take("decimals", int, 0),
        channels=tuple(channels),
        groupings=tuple(groupings),
        questions=tuple(questions.values()),
        rules=rules,
        sections=_with_the_rest([_read_section(t, questions) for t in top.tables("sections")], questions),
        published=tuple(_read_published(t) for t in top.tables("published")),
        inconsistencies=tuple(_read_inconsistency(t) for t in top.tables("inconsistencies")),
        prose=path.parent / top.take("prose", str, "prose"),
        decisions=top.file("decisions"),
        organisations=_read_organisations(_Table(top.take("organisations", dict, {}), "[organisations]", path)),
        quoting=_read_quoting(_Table(top.take("quotes", dict, {}), "[quotes]", path)),
        wording=_read_wording(_Table(top.take("wording", dict, {}), "[wording]", path), scales),
        disclosure=_read_disclosure(_Table(top.take("disclosure", dict, {}), "[disclosure]", path)),
        campaigns_at_least=_read_campaigns(_Table(top.take("campaigns", dict, {}), "[campaigns]", path)),
    )
    top.done()
    if not questions:
        top.fail("has no [[questions]]")
    if not channels or not channels[0].counted or channels[0].letters_to:
        top.fail("needs a first [[channels]] that is a survey export with counted = true")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", consultation.slug):
        top.fail(f"has the slug '{consultation.slug}'; it should be lower-case letters, digits and hyphens")
    _no_twice([n for s in consultation.sections for n in (*s.closed, *s.open)], "question of a section", top)
    if consultation.decimals not in (0, 1):
        top.fail("should have 'decimals' as 0 or 1")
    if consultation.opens and consultation.closes and consultation.opens > consultation.closes:
        top.fail("opens after it closes")
    if consultation.invented and not consultation.data_note:
        top.fail("has invented data; say so under 'data_note', which every chart and table repeats")
    return consultation
