"""Numbers counted a second time, from the cells of the export and by none of the code that counted them first.

Each file is opened by its layout, the rows are those that the ledger of an earlier run counts, and the columns those that its
`columns.csv` names. What a cell says, which option, group, place or number, is asked of `ingest` as on reading; after that
everything is counting by plain Python. A respondent's words are looked at for being there, and never kept.
"""

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import pandas as pd

from pipeline.definition import Channel, Consultation, Grouping, Question, slugify
from pipeline.errors import ExportError, OutputError
from pipeline.ingest.answers import given_text, read_answers, ticked
from pipeline.ingest.decisions import Decisions
from pipeline.ingest.fates import COUNTED, ERASED
from pipeline.ingest.layouts import read_export
from pipeline.ingest.layouts.export import Export, alike
from pipeline.ingest.letters import read_letters
from pipeline.ingest.matching import Place, choices, find_columns, group_options, scale_options
from pipeline.ingest.responses import BY_CHANNEL, EVERYONE
from pipeline.percent import mean
from pipeline.tally.campaigns import ONCE
from pipeline.themes.coding import MACHINE

# What stands for the answer to an open question, so that the words themselves are not carried about.
WRITTEN = "written"
AGAIN = "Run 'consultation run' again, then explain."

Row = tuple[str, ...]
Answers = frozenset[str]


@dataclass(frozen=True)
class Count:
    """A number counted again: the numerator, the base (None for a bare count), and who is counted, where one can say.

    `value` is a mean or a median of what they gave.
    """

    numerator: int
    base: int | None
    who: frozenset[str] | None = None
    value: float | None = None


@dataclass(frozen=True)
class Cells:
    """What the rows that count hold, from the files themselves.

    `rows` is how many rows the files of a channel have, by key; `respondents` who of a channel counts; `answers` what each
    respondent who was asked gave to a question, nothing where it was left blank; `ranks` in which places they put its options
    and `numbers` the number they gave; `members` who is in a grouping's group, by key and
    label; `columns` where 'question ID' and 'grouping KEY' stand, as (channel, file, column), column 0 for a folder of
    letters; `unread` what stands in no column of its own in some file, so that its numbers are not counted again.
    """

    rows: dict[str, int] = field(default_factory=dict)
    respondents: dict[str, set[str]] = field(default_factory=dict)
    answers: dict[str, dict[str, Answers]] = field(default_factory=dict)
    ranks: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    numbers: dict[str, dict[str, float]] = field(default_factory=dict)
    members: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    columns: dict[str, list[tuple[str, str, int]]] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)

    def has(self, use: str) -> bool:
        """Say whether 'question ID' or 'grouping KEY' was read wherever it was asked."""
        return use in self.columns and use not in self.unread


@dataclass(frozen=True)
class Codes:
    """The themes that an answer raises, by question and respondent: as people settled them, and as the classifier did."""

    by_hand: dict[str, dict[str, frozenset[str]]]
    by_machine: dict[str, dict[str, frozenset[str]]]


@dataclass(frozen=True)
class Evidence:
    """All that numbers are counted again from. `ledger` and `campaigns` are the tables of the earlier run."""

    consultation: Consultation
    cells: Cells
    codes: Codes
    ledger: pd.DataFrame
    campaigns: pd.DataFrame


# --- The files ---------------------------------------------------------------------------------------------------


def read_cells(
    consultation: Consultation,
    ledger: pd.DataFrame,
    columns: pd.DataFrame,
    sources: pd.DataFrame,
    decisions: Decisions,
    export: str | Path | None = None,
) -> Cells:
    """Return what the files of every channel hold in the rows that the table `ledger` counts, each file read once.

    `columns` and `sources` are the tables of the same run; `export` stands in place of the first channel's files.
    Raises OutputError if the run read other files, and ExportError if a file is not as it was: a row or a heading that is
    gone, new or another's.
    """
    cells = Cells()
    for number, channel in enumerate(consultation.channels):
        cells.rows[channel.key], cells.respondents[channel.key] = 0, set()
        mine = ledger[ledger["channel"] == channel.key]
        if channel.letters_to:
            _add_letters(cells, channel, mine)
            continue
        paths = (Path(export),) if export is not None and number == 0 else channel.paths
        _check_files(channel, paths, sources)
        for path in paths:
            opened = read_export(path, channel.platform if path in channel.paths else "")
            uses = columns[(columns["channel"] == channel.key) & (columns["file"] == opened.name)]
            lines = mine[mine["file"] == opened.name]
            _check_same(opened, uses, lines, "" if number == 0 else f"{channel.key}/")
            _add_file(cells, consultation, channel, opened, uses, _counted(opened.rows, lines), decisions)
    return cells


def _check_files(channel: Channel, paths: tuple[Path, ...], sources: pd.DataFrame) -> None:
    read, here = set(sources.loc[sources["channel"] == channel.key, "file"]), {path.name for path in paths}
    if read != here:
        raise OutputError(
            f"The earlier run read {', '.join(sorted(read)) or 'nothing'} for the channel '{channel.key}', and here are "
            f"{', '.join(sorted(here))}: name the export that it read after the definition, or run again."
        )


def _check_same(export: Export, uses: pd.DataFrame, lines: pd.DataFrame, prefix: str) -> None:
    """Refuse a file whose rows or headings are no longer those that the run accounted for."""
    if export.fault:
        raise ExportError(export.fault)
    changed = f"{export.name} has changed since the run"
    if [alike(str(heading)) for heading in export.headings] != uses["heading"].map(alike).tolist():
        raise ExportError(f"{changed}: its headings are not those in columns.csv. {AGAIN}")
    rows, known = dict(export.rows), set(lines["row"])
    for row in sorted(set(rows) ^ known):
        raise ExportError(f"{changed}: row {row} is {'new' if row in rows else 'no longer there'}. {AGAIN}")
    id = _column(uses, "response id")
    for row, respondent, fate in zip(lines["row"], lines["respondent"], lines["fate"], strict=True):
        cell = rows[row][id - 1] if id else ""
        same = respondent == prefix + cell if cell else respondent.endswith(f"row-{row}")
        if fate != ERASED and not same:  # of a response that was withdrawn the ledger has a number alone
            raise ExportError(f"{changed}: row {row} has another id than it had. {AGAIN}")


def _counted(rows, lines: pd.DataFrame) -> dict[str, tuple[int, Row]]:
    """Return respondent -> the number and the cells of the row that counts."""
    held, kept = dict(rows), lines[lines["fate"] == COUNTED]
    return {name: (row, held[row]) for name, row in zip(kept["respondent"], kept["row"], strict=True)}


def _columns(uses: pd.DataFrame, use: str) -> list[int]:
    return uses.loc[uses["use"] == use, "column"].tolist()


def _column(uses: pd.DataFrame, use: str) -> int:
    found = _columns(uses, use)
    return found[0] if len(found) == 1 else 0


def _add_file(
    cells: Cells, consultation: Consultation, channel: Channel, export: Export, uses, counted, decisions: Decisions
) -> None:
    cells.rows[channel.key] += len(export.rows)
    cells.respondents[channel.key] |= set(counted)
    questions, groupings = find_columns(export, channel, consultation)
    told: dict[str, dict[str, Answers]] = {}
    for key in channel.groupings:
        grouping = consultation.grouping(key)
        if grouping.of:
            told[key] = _crossed(*(told[part] for part in grouping.of))
            found = [column for part in grouping.of for column in _columns(uses, f"grouping {part}")]
        else:
            told[key] = _groups(grouping, groupings[key], export, counted, decisions)
            found = _named(uses, f"grouping {key}", groupings[key])
        if channel.counted and _noted(cells, f"grouping {key}", channel, export, found):
            for name, labels in told[key].items():
                for label in labels:
                    cells.members.setdefault((key, label), set()).add(name)
    for id in channel.questions:
        question, place = consultation.question(id), questions[id]
        if _noted(cells, f"question {id}", channel, export, _named(uses, f"question {id}", place)):
            led = told.get(question.asked_if.of, {}) if question.asked_if else None
            told[id] = _add_answers(cells, question, place, export, counted, led)


def _named(uses: pd.DataFrame, use: str, place: Place) -> list[int]:
    """Return the columns that columns.csv names for a question or a grouping; none where it names others than are read."""
    found = uses.loc[uses["use"].str.split(",").str[0] == use, "column"].tolist()
    return list(place.columns) if set(place.columns) <= set(found) else []


def _noted(cells: Cells, use: str, channel: Channel, export: Export, columns: list[int]) -> bool:
    """Note where something stands in a file, and say whether it stands anywhere."""
    cells.columns.setdefault(use, []).extend((channel.key, export.name, column) for column in columns)
    if not columns:
        cells.unread.add(use)
    return bool(columns)


def _groups(grouping: Grouping, place: Place, export: Export, counted, decisions: Decisions) -> dict[str, Answers]:
    """Return respondent -> the groups that the row puts them into, or the one that a person decided on."""
    options = group_options(grouping)
    found = {}
    for name, (row, cells) in counted.items():
        decided = decisions.group(name, grouping.key)
        if decided:
            own = [decided]
        elif grouping.several:
            ((_, own),) = ticked([(name, row, cells)], place, choices(grouping), export, f"grouping '{grouping.key}'")
        elif cells[place.answer - 1]:
            typed = grouping.other if grouping.other_in_place else ""
            own = [options.match(cells[place.answer - 1]) or typed]
        else:
            own = [grouping.other if place.other and cells[place.other - 1] else ""]
        found[name] = frozenset(filter(None, own))
    return found


def _crossed(one: dict[str, Answers], other: dict[str, Answers]) -> dict[str, Answers]:
    return {name: frozenset(f"{a}, {b}" for a in one[name] for b in other[name]) for name in one}


def _add_answers(
    cells: Cells, question: Question, place: Place, export: Export, counted, led: dict[str, Answers] | None
) -> dict[str, Answers]:
    """Add what those who were asked a question gave, and return it.

    `led` is what each answered where the question's route asks, None where everyone was asked. Who answered was asked.
    """
    given: dict[str, Answers] = {}
    for name, (row, row_cells) in counted.items():
        answered = bool(given_text(question, place, row_cells))
        was_told = bool(place.given(row_cells)) and not answered  # that the question was not asked
        meant = led is None or bool(led.get(name, frozenset()) & set(question.asked_if.answers))
        if answered or (meant and not was_told):
            given[name] = _answers(cells, question, place, export, name, row, row_cells) if answered else frozenset()
    cells.answers.setdefault(question.id, {}).update(given)
    return given


def _answers(cells: Cells, question: Question, place: Place, export: Export, name: str, row: int, own: Row) -> Answers:
    """Return what one row answers to a question, and keep the places and the number that it gives."""
    if not question.is_closed:
        return frozenset([WRITTEN])
    if question.multiple or question.ranked or question.number:
        found = read_answers([(name, row, own)], place, question, export)
        if found.ranks:
            cells.ranks.setdefault(question.id, {})[name] = {option: rank for _, option, rank in found.ranks}
        if found.numbers:
            cells.numbers.setdefault(question.id, {})[name] = found.numbers[0][1]
        return frozenset(answer for _, answer in found.answers if answer is not None)
    point = scale_options(question.scale).match(own[place.answer - 1])
    if point is None:
        raise ExportError(
            f"{export.name} has changed since the run: row {row} holds an answer that is no option. {AGAIN}"
        )
    return frozenset([point])


def _add_letters(cells: Cells, channel: Channel, lines: pd.DataFrame) -> None:
    letters, folder = read_letters(channel.paths[0]), channel.paths[0].name
    if len(letters) != len(lines):
        raise ExportError(f"The folder {folder} has changed since the run: it held {len(lines)} letters. {AGAIN}")
    cells.rows[channel.key] = len(letters)
    cells.columns.setdefault(f"question {channel.letters_to}", []).append((channel.key, folder, 0))
    for name, row, fate in zip(lines["respondent"], lines["row"], lines["fate"], strict=True):
        if fate == COUNTED:
            cells.respondents[channel.key].add(name)
            text = letters[row - 1].text
            cells.answers.setdefault(channel.letters_to, {})[name] = frozenset([WRITTEN] if text else [])


def machine_codes(coded: pd.DataFrame) -> dict[str, dict[str, frozenset[str]]]:
    """Return question -> respondent -> the themes that the classifier raised, from the table `coded`."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    rows = coded[coded["coder"] == MACHINE]
    for question, name, theme, raised in zip(
        rows["question"], rows["respondent"], rows["theme"], rows["raised"], strict=True
    ):
        themes = found.setdefault(question, {})
        themes[name] = themes.get(name, frozenset()) | ({theme} if raised else set())
    return found


# --- The numbers -------------------------------------------------------------------------------------------------


def recount(evidence: Evidence, figure) -> Count | None:
    """Return a figure, a row of the table `figures`, counted again; None for one that there is no way to count again."""
    count = _COUNTERS.get(figure.about)
    return count(evidence, figure) if count else None


def _rows(evidence: Evidence, figure) -> Count:
    _, channel, *fate = figure.id.split(".")
    lines, total = evidence.ledger[evidence.ledger["channel"] == channel], evidence.cells.rows[channel]
    if not fate:
        return Count(total, None)
    return Count(sum(slugify(own) == fate[0] for own in lines["fate"]), total)


def _people(evidence: Evidence, figure) -> Count | None:
    if figure.grouping in (EVERYONE, BY_CHANNEL):
        who = _members(evidence, figure)
        return Count(len(who), None, who)
    who = _members(evidence, figure)
    read = evidence.cells.has(f"grouping {figure.grouping}")
    return Count(len(who), len(_everyone(evidence)), who) if read else None


def _everyone(evidence: Evidence) -> frozenset[str]:
    channels = [channel.key for channel in evidence.consultation.channels if channel.counted]
    return frozenset().union(*(evidence.cells.respondents[key] for key in channels))


def _members(evidence: Evidence, figure) -> frozenset[str]:
    """Return who belongs to the group that a figure speaks of."""
    if figure.grouping == EVERYONE:
        return _everyone(evidence)
    if figure.grouping == BY_CHANNEL:
        channels = {channel.label: channel.key for channel in evidence.consultation.channels}
        return frozenset(evidence.cells.respondents[channels[figure.group]])
    return frozenset(evidence.cells.members.get((figure.grouping, figure.group), ()))


def uses_of(figure) -> list[str]:
    """Return which columns a figure is counted from, as 'question ID' and 'grouping KEY'; none where rows are counted."""
    head, *rest = figure.id.split(".")
    of_question = figure.about in ("answers", "themes") or (figure.about == "campaigns" and len(rest) > 1)
    grouping = [] if figure.grouping in (EVERYONE, BY_CHANNEL) else [f"grouping {figure.grouping}"]
    return [f"question {head}"] * of_question + grouping


def _asked(evidence: Evidence, figure) -> tuple[str, list[str], dict[str, Answers]] | None:
    """Return the question of a figure, what of it is counted, and what the group's members gave; None if not read."""
    question, *what = figure.id.split(".")
    if not all(evidence.cells.has(use) for use in uses_of(figure)):
        return None
    members, given = _members(evidence, figure), evidence.cells.answers.get(question, {})
    asked = {name: answers for name, answers in given.items() if name in members}
    return question, what if figure.grouping == EVERYONE else what[:-2], asked


def _who(numerator, base) -> Count:
    return Count(len(numerator), len(base), frozenset(numerator))


def _answered(what: list[str], asked: dict[str, Answers]) -> Count | None:
    given = {name for name, answers in asked.items() if answers}
    return {"answered": _who(given, asked), "not_answered": _who(asked.keys() - given, asked)}.get(".".join(what))


def _of_answers(evidence: Evidence, figure) -> Count | None:
    found = _asked(evidence, figure)
    if not found:
        return None
    id, what, asked = found
    question = evidence.consultation.question(id)
    outside = set(question.scale.outside_base)
    given = {name: answers for name, answers in asked.items() if answers}
    if what == ["outside_base"]:
        return _who({name for name, answers in given.items() if answers <= outside}, given)
    points = _points(question, what)
    if not points:
        return _answered(what, asked) or _worked_out(evidence.cells, question, what, asked)
    base = {name: answers for name, answers in asked.items() if _in_base(question, answers)}
    return _who({name for name, answers in base.items() if answers & points}, base)


def _in_base(question: Question, answers: Answers) -> bool:
    """Say whether who was asked and gave these answers is in the base; who left it blank is where the base is who was asked."""
    return not answers <= set(question.scale.outside_base) if answers else question.base == "asked"


def _worked_out(cells: Cells, question: Question, what: list[str], asked: dict[str, Answers]) -> Count | None:
    """Return the mean place of an option, or the mean or median of the numbers given."""
    if what[0] == "mean_rank":
        option = next(point for point, key in question.scale.keys.items() if key == what[1])
        ranks = {name: placed for name, placed in cells.ranks.get(question.id, {}).items() if name in asked}
        places = {name: placed[option] for name, placed in ranks.items() if option in placed}
        return Count(len(places), len(ranks), frozenset(places), mean(sum(places.values()), len(places)))
    given = {name: Fraction(str(n)) for name, n in cells.numbers.get(question.id, {}).items() if name in asked}
    if what == ["median"]:
        ordered = sorted(given.values())
        middle = ordered[(len(ordered) - 1) // 2 : len(ordered) // 2 + 1]  # one number, or the two in the middle
        return Count(len(given), None, frozenset(given), mean(sum(middle), len(middle)))
    return (
        Count(len(given), None, frozenset(given), mean(sum(given.values()), len(given))) if what == ["mean"] else None
    )


def _points(question: Question, what: list[str]) -> set[str]:
    """Return the answers that 'answer.POINT' or a net stands for; none if it is neither."""
    if what[:1] == ["answer"]:
        return {point for point, key in question.scale.keys.items() if what[1:] == [key]}
    return {point for net in question.scale.nets if what == [net.key] for point in net.points}


def _of_comments(evidence: Evidence, figure) -> Count | None:
    found = _asked(evidence, figure)
    if not found:
        return None
    question, what, asked = found
    wrote = {name for name, answers in asked.items() if answers}
    if what[0] not in ("suggested", "theme", "machine"):
        return _answered(what, asked)
    # Whether people settled the codes is asked of a channel by itself, and else of all counted respondents together.
    given = evidence.cells.answers[question]
    pool = wrote if figure.grouping == BY_CHANNEL else {name for name in _everyone(evidence) if given.get(name)}
    ways = _ways_of_coding(evidence, question, pool)
    at = 1 if what[0] == "machine" else 0
    if at >= len(ways):
        return None
    codes = ways[at]
    if what[0] == "suggested":
        return _who({name for name in wrote if codes.get(name)}, asked)
    return _who({name for name in wrote if what[1] in codes.get(name, ())}, wrote)


def _ways_of_coding(evidence: Evidence, question: str, pool: set[str]) -> list[dict[str, frozenset[str]]]:
    """Return the codes that the report leads with, and beside codes settled for all of the pool the classifier's."""
    hand, machine = (
        {name: themes for name, themes in codes.get(question, {}).items() if name in pool}
        for codes in (evidence.codes.by_hand, evidence.codes.by_machine)
    )
    if hand and len(hand) < len(pool):
        return [machine | hand]
    return [codes for codes in (hand, machine) if codes]


def _of_campaigns(evidence: Evidence, figure) -> Count | None:
    """Count with each campaign once, or with campaigns apart.

    Who stands for a campaign is not looked for: it says what most of its signers said, and nothing where two answers are
    equally common.
    """
    head, *what, way = figure.id.split(".")
    everyone = _everyone(evidence)
    campaign_of = {name: campaign for name, campaign in _signers(evidence.campaigns).items() if name in everyone}
    standing = set(campaign_of.values()) if way == slugify(ONCE) else set()
    if not what:
        return Count(len(everyone) - len(campaign_of) + len(standing), len(everyone))
    if not evidence.cells.has(f"question {head}"):
        return None
    question = evidence.consultation.question(head)
    given = {name: answers for name, answers in evidence.cells.answers[head].items() if name in everyone}
    voices = [answers for name, answers in given.items() if name not in campaign_of]
    for campaign in standing:
        signers = [answers for name, answers in given.items() if campaign_of.get(name) == campaign]
        voices += _common(question, signers)
    points = _points(question, what)
    base = [answers for answers in voices if _in_base(question, answers)]
    return Count(sum(bool(answers & points) for answers in base), len(base))


def _signers(campaigns: pd.DataFrame) -> dict[str, str]:
    """Return respondent -> the campaign that they are counted with, the largest where they signed several."""
    signed = set(zip(campaigns["respondent"], campaigns["campaign"], strict=True))
    size = Counter(campaign for _, campaign in signed)
    # The number at the end of the name decides between two of one size.
    ranked = sorted(signed, key=lambda pair: (size[pair[1]], -int(pair[1].split("-")[-1])))
    return dict(ranked)


def _common(question: Question, signers: list[Answers]) -> list[Answers]:
    """Return an answer on the side that most signers are on, none where two sides are equal.

    Answers of the same nets are one side, and so are blanks.
    """

    def side(answers):
        nets = tuple(net.key for net in question.scale.nets if answers & set(net.points))
        return nets or answers

    ranked = Counter(map(side, signers)).most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return []
    return [next(answers for answers in signers if side(answers) == ranked[0][0])]


_COUNTERS = {
    "rows": _rows,
    "respondents": _people,
    "answers": _of_answers,
    "themes": _of_comments,
    "campaigns": _of_campaigns,
}
