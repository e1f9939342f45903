"""Export + Consultation -> Responses: the answers, comments and groups of those who count, and a ledger of every row."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from pipeline import schemas
from pipeline.definition import Channel, Consultation, Grouping
from pipeline.errors import ExportError
from pipeline.ingest.answers import asked_rows, given_text, read_answers, ticked
from pipeline.ingest.decisions import SAME_AS, Decisions, check_respondents, check_same, read_decisions
from pipeline.ingest.fates import (
    COUNTED,
    EMPTY,
    ERASED,
    FATES,
    REPEAT,
    Submissions,
    by_decision,
    settle_fates,
)
from pipeline.ingest.hashes import file_hash, joint_hash
from pipeline.ingest.layouts import read_export
from pipeline.ingest.layouts.export import PERSONAL, Export, fold
from pipeline.ingest.letters import Letter, letter_files, read_letters
from pipeline.ingest.matching import Place, choices, find_columns, group_options, is_typed
from pipeline.ingest.personal import personal_table
from pipeline.percent import percent

EVERYONE = "all"
BY_CHANNEL = "channel"


@dataclass(frozen=True)
class Responses:
    """What was read. Tables as in `schemas`; `notes` are sentences on rules that could not be applied to
    channels that are counted, on what was filled in or left out in reading their files, and on rules that leave out more
    than a tenth of a channel.

    `answers` and `comments` have a row for each question asked of each respondent who counts, missing where it was left
    blank; a multiple-choice question has a row for each option ticked, a ranked one for the option put first, and one that
    asks for a number for its band. `ranks` and `numbers` hold the places and the numbers themselves.
    `groups` puts respondents of counted channels in the
    grouping 'all', and everyone in the grouping 'channel'.
    `others` holds what respondents typed in place of a grouping's options, to be recoded; working files only.
    `organisations` holds those that respondents speak for, and `consents` who agreed to be quoted, where the survey asked.
    `ledger` has a row for each row of every file. `sources` says what each file was.
    `personal` says where in the comments something personal was found, for a person to check.
    """

    answers: pd.DataFrame
    ranks: pd.DataFrame
    numbers: pd.DataFrame
    comments: pd.DataFrame
    groups: pd.DataFrame
    others: pd.DataFrame
    organisations: pd.DataFrame
    consents: pd.DataFrame
    ledger: pd.DataFrame
    columns: pd.DataFrame
    sources: pd.DataFrame
    personal: pd.DataFrame
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _File:
    """One file of a channel: its rows, where questions and groupings stand, and the column of the ids, 0 for none."""

    submissions: Submissions
    questions: dict[str, Place]
    groupings: dict[str, Place]
    id: int
    sha256: str

    @property
    def export(self) -> Export:
        return self.submissions.export


@dataclass(frozen=True)
class _Part:
    """What one channel gives."""

    answers: list = field(default_factory=list)
    ranks: list = field(default_factory=list)
    numbers: list = field(default_factory=list)
    comments: list = field(default_factory=list)
    groups: list = field(default_factory=list)
    others: list = field(default_factory=list)
    organisations: list = field(default_factory=list)
    consents: list = field(default_factory=list)
    ledger: list = field(default_factory=list)
    columns: list = field(default_factory=list)
    sources: list = field(default_factory=list)
    notes: list = field(default_factory=list)


def _open_file(channel: Channel, consultation: Consultation, path: Path, prefix: str) -> _File:
    """Return a file read by its own layout and matched; rows without an id are called by `prefix` and their number."""
    export = read_export(path, channel.platform if path in channel.paths else "")
    if export.fault:
        raise ExportError(export.fault)
    if not export.rows:
        raise ExportError(f"{export.name} has headings and no responses under them.")
    questions, groupings = find_columns(export, channel, consultation)
    id_column = _named(export, channel.id, "id") or export.id
    given = [cells[id_column - 1] if id_column else "" for _, cells in export.rows]
    # A row's number names it in one file alone; the first file's rows keep their names when a second one comes.
    numbered = "" if path.name == channel.paths[0].name or path not in channel.paths else f"{path.name}/"
    submissions = Submissions(
        export,
        [prefix + (id or f"{numbered}row-{row}") for id, (row, _) in zip(given, export.rows, strict=True)],
        [bool(id) for id in given],
        [
            tuple(given_text(consultation.question(id), place, cells) for id, place in questions.items())
            for _, cells in export.rows
        ],
        _named(export, channel.submitted, "submitted") or export.submitted,
        channel.date_format or export.date_format,
    )
    return _File(submissions, questions, groupings, id_column, file_hash(path))


def _read_survey(channel: Channel, consultation: Consultation, files: list[_File], decisions: Decisions) -> _Part:
    part = _Part()
    fates, notes = settle_fates(
        [file.submissions for file in files], consultation.rules, consultation.opens, consultation.closes, decisions
    )
    part.notes.extend(notes)
    for file in files:
        _read_file(part, channel, consultation, file, fates[fates["file"] == file.export.name], decisions)
    return part


def _read_file(part: _Part, channel, consultation, file: _File, fates: pd.DataFrame, decisions: Decisions) -> None:
    """Add to a channel's part what one of its files gives."""
    export = file.export
    part.notes.extend(export.notes)
    if file.id == 0:
        part.notes.append(f"{export.name} has no column with the responses' ids: rows are called by their number.")
    counted = [
        (id, row, cells)
        for id, (row, cells), fate in zip(file.submissions.ids, export.rows, fates["fate"], strict=True)
        if fate == COUNTED
    ]
    remarks: dict[str, list[str]] = {name: decisions.remarks(name) for name, _, _ in counted}
    told, in_place = _read_groups(part, channel, consultation, file, counted, decisions, remarks)
    for id, place in file.questions.items():
        question = consultation.question(id)
        rows, strays = asked_rows(counted, place, question, told.get(question.asked_if and question.asked_if.of, {}))
        if strays:
            part.notes.append(
                f"{export.name}: {_answered(strays)} '{question.label}' though not led to it; what they answered counts."
            )
        if not question.is_closed:
            texts = ((name, given_text(question, place, cells) or None) for name, _, cells in rows)
            part.comments.extend((name, channel.key, id, text) for name, text in texts)
            continue
        given = read_answers(rows, place, question, export)
        part.answers.extend((name, channel.key, id, answer) for name, answer in given.answers)
        part.ranks.extend((name, channel.key, id, option, rank) for name, option, rank in given.ranks)
        part.numbers.extend((name, channel.key, id, number) for name, number in given.numbers)
        part.notes.extend(given.notes)
        told[id] = _collected(given.answers)
    if channel.counted:
        part.groups.extend((name, EVERYONE, EVERYONE) for name, _, _ in counted)
    part.groups.extend((name, BY_CHANNEL, channel.label) for name, _, _ in counted)
    part.organisations.extend(_organisations(consultation, export, counted, part.notes))
    part.consents.extend(_consents(consultation, export, counted, part.notes))
    part.ledger.extend(
        (channel.key, *line[:-1], "; ".join(remarks[line[2]]) if line[3] == COUNTED else line[-1])
        for line in fates.itertuples(index=False, name=None)
    )
    part.columns.extend(_uses(consultation, channel, file, in_place))
    part.sources.append(
        (channel.key, export.name, export.platform, export.encoding or "", export.header_rows, file.sha256)
    )


def _read_groups(part: _Part, channel, consultation, file: _File, counted, decisions: Decisions, remarks) -> tuple:
    """Add the groups of those who count to a channel's part.

    Return grouping -> respondent -> their groups, and grouping -> how many typed something in place of an option.
    """
    told: dict[str, dict[str, set[str]]] = {}
    in_place: dict[str, int] = {}
    for key, place in file.groupings.items():
        grouping = consultation.grouping(key)
        if grouping.several:
            groups, typed = _several_groups(counted, place, grouping, file.export, decisions), []
        else:
            groups, typed = _groups_of(counted, place, grouping, file.export, decisions)
        told[key] = _collected(groups)
        if place.other:
            options = group_options(grouping)
            typed_beside = [(name, key, cells[place.other - 1]) for name, _, cells in counted]
            part.others.extend(line for line in typed_beside if is_typed(line[-1], options))
        part.others.extend((name, key, text) for name, text in typed)
        in_place[key] = len(typed)
        for name, _ in typed:
            remarks[name].append(f"{key} typed in place of an option")
    for grouping in consultation.groupings:
        if grouping.of and set(grouping.of) <= set(told):
            told[grouping.key] = _crossed(*(told[key] for key in grouping.of))
    if channel.counted:  # groups describe the respondents that percentages are of
        for key, members in told.items():
            order = [group.label for group in consultation.grouping(key).groups]
            part.groups.extend((name, key, group) for name, own in members.items() for group in order if group in own)
    return told, in_place


def _collected(pairs) -> dict[str, set[str]]:
    """Return respondent -> what they answered, from pairs of which the second may be None."""
    found: dict[str, set[str]] = {}
    for name, answer in pairs:
        if answer is not None:
            found.setdefault(name, set()).add(answer)
    return found


def _crossed(one: dict[str, set[str]], other: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return the groups of a grouping that crosses two: of those who are in groups of both, every pair."""
    return {name: {f"{a}, {b}" for a in one[name] for b in other[name]} for name in one if name in other}


def _several_groups(counted, place: Place, grouping: Grouping, export: Export, decisions: Decisions) -> list:
    """Return (respondent, group) for each group that a row ticks; one decided of a respondent stands in place of all."""
    found = []
    for name, chosen in ticked(counted, place, choices(grouping), export, f"grouping '{grouping.key}'"):
        decided = decisions.group(name, grouping.key)
        found.extend((name, group) for group in ([decided] if decided else chosen))
    return found


def _answered(number: int) -> str:
    return "1 respondent answered" if number == 1 else f"{number:,} respondents answered"


def _organisations(consultation: Consultation, export: Export, counted, notes: list[str]) -> list[tuple]:
    """Return (respondent, name, agreed) for each row that counts and names an organisation; note a column that lacks."""
    asked = consultation.organisations
    if asked is None:
        return []
    if fold(asked.heading) in PERSONAL:
        raise ExportError(
            f"'{asked.heading}' identifies a person and cannot be an organisation's name; name another column."
        )
    columns = {heading: export.column(heading) for heading in (asked.heading, asked.agreed)}
    lacking = [heading for heading, column in columns.items() if not column]
    if lacking:
        notes.append(f"{export.name} has no column '{lacking[0]}': organisations were not looked for in it.")
        return []
    yes = {fold(answer) for answer in asked.agreed_answers}
    name, agreed = columns.values()
    return [
        (id, cells[name - 1], fold(cells[agreed - 1]) in yes) for id, _, cells in counted if cells[name - 1].strip()
    ]


def _consents(consultation: Consultation, export: Export, counted, notes: list[str]) -> list[tuple[str, bool]]:
    """Return (respondent, agreed to be quoted) for each row that counts; note a file that did not ask: nobody there did."""
    quoting = consultation.quoting
    if not quoting.consent:
        return []
    column = export.column(quoting.consent)
    if not column:
        notes.append(f"{export.name} has no column '{quoting.consent}': nobody in it is quoted.")
        return []
    yes = {fold(answer) for answer in quoting.consent_answers}
    return [(id, fold(cells[column - 1]) in yes) for id, _, cells in counted]


def _named(export: Export, heading: str, role: str) -> int:
    """Return the column that the definition names for a role; 0 if it names none, or the file has it by another name."""
    if not heading:
        return 0
    if role == "id" and fold(heading) in PERSONAL:
        raise ExportError(
            f"'{heading}' identifies a person and cannot be the responses' id; name another column or none."
        )
    column = export.column(heading)
    if not column and not getattr(export, role):
        raise ExportError(
            f"{export.name} has no column '{heading}', which the definition names under '{role}'. "
            "Correct the definition or the heading."
        )
    return column


def _groups_of(
    counted, place: Place, grouping: Grouping, export: Export, decisions: Decisions
) -> tuple[list[tuple[str, str | None]], list[tuple[str, str]]]:
    """Return (respondent, group or None) for each row that counts, and (respondent, text) of what stands for an option.

    What was decided of a respondent goes before what the export says. Those who typed their own answer belong to the
    grouping's `other`.
    """
    options = group_options(grouping)
    what = f"grouping '{grouping.key}'"
    groups, typed = [], []
    for name, row, cells in counted:
        cell = cells[place.answer - 1]
        group = options.match(cell) if cell else None
        decided = decisions.group(name, grouping.key)
        if cell and group is None:
            if grouping.other_in_place:
                typed.append((name, cell))
                group = grouping.other
            elif decided is None:
                raise options.refuse(cell, export, row, place.answer, what, _hint(grouping))
            else:
                typed.append((name, cell))
        elif not cell and grouping.other and place.other and cells[place.other - 1]:
            group = grouping.other
        groups.append((name, decided or group))
    return groups, typed


def _hint(grouping: Grouping) -> str:
    if not grouping.other:
        return ""
    return (
        f" Where people could type their own answer here, say other_in_place = true in the grouping '{grouping.key}'."
    )


def _uses(consultation: Consultation, channel: Channel, file: _File, in_place: dict[str, int]) -> Iterator[tuple]:
    export, use = file.export, {}
    for what, places in (("question", file.questions), ("grouping", file.groupings)):
        for key, place in places.items():
            use |= dict.fromkeys(place.columns, f"{what} {key}")
            if what == "grouping" and in_place[key]:
                use[place.answer] += f", {in_place[key]} typed in place of an option"
            if place.other:
                use[place.other] = f"{what} {key}, typed by the respondent"
    asked = consultation.organisations
    if asked:
        use |= {export.column(asked.heading): "organisation", export.column(asked.agreed): "may be named"}
    if consultation.quoting.consent:
        use |= {export.column(consultation.quoting.consent): "may be quoted"}
    use |= {file.id: "response id", file.submissions.submitted: "when it was sent"}
    for heading in export.headings:
        personal = heading.column in export.personal or fold(heading.question) in PERSONAL
        default = "identifies a person: not kept" if personal else "not used"
        if heading.column in export.metadata and not personal:
            default = "the platform's own"
        yield channel.key, export.name, heading.column, str(heading), use.get(heading.column, default)


def _read_letter_folder(channel: Channel, letters: list[Letter], decisions: Decisions) -> _Part:
    """Return what a folder gives; the letters' ids are the respondents'."""
    part = _Part()
    folder = channel.paths[0].name
    for row, letter in enumerate(letters, start=1):
        respondent = letter.id
        fate, detail = by_decision(decisions, respondent) or _of_letter(letter, decisions)
        part.ledger.append((channel.key, folder, row, respondent, fate, detail))
        if fate == COUNTED:
            part.comments.append((respondent, channel.key, channel.letters_to, letter.text))
            part.groups.append((respondent, BY_CHANNEL, channel.label))
            if channel.counted:
                part.groups.append((respondent, EVERYONE, EVERYONE))
    together = joint_hash(letter_files(channel.paths[0]))
    part.sources.append((channel.key, folder, "letters", "", 0, together))
    return part


def _of_letter(letter: Letter, decisions: Decisions) -> tuple[str, str]:
    if not letter.text:
        return EMPTY, letter.detail
    if decisions.is_a(SAME_AS, letter.id):
        return REPEAT, decisions.same_as(letter.id)
    return COUNTED, "; ".join([letter.detail, *decisions.remarks(letter.id)])


def _losses(channel: Channel, ledger: pd.DataFrame) -> Iterator[str]:
    """Return a note for each fate that takes more than a tenth of a channel's rows, in the order of the fates."""
    rows = ledger[ledger["channel"] == channel.key]
    counts = rows["fate"].value_counts()
    for fate in FATES:
        number = int(counts.get(fate, 0))
        if fate != COUNTED and number * 10 > len(rows):
            yield (
                f"'{fate}' leaves out {number:,} of the {len(rows):,} rows of {channel.label} "
                f"({percent(number, len(rows))}%), more than a tenth: see that this is meant."
            )


def _without_erased(ledger: pd.DataFrame) -> pd.DataFrame:
    """Return the ledger with a number in place of each erased row's id."""
    erased = ledger["fate"] == ERASED
    numbers = erased.cumsum().astype(str)
    return ledger.assign(respondent=ledger["respondent"].mask(erased, "erased-" + numbers))


def read_responses(consultation: Consultation, export: str | Path | None = None) -> Responses:
    """Read every channel of a consultation; `export`, if given, stands in place of the first channel's files.

    Raises ExportError where a file cannot be read, lacks a question, holds an option that is not the definition's, or
    gives one respondent's id twice across channels; DefinitionError where a decision cannot be applied.
    """
    decisions = read_decisions(consultation)
    opened: list[tuple[Channel, list]] = []
    asked: dict[str, tuple[str, ...]] = {}
    for number, channel in enumerate(consultation.channels):
        prefix = "" if number == 0 else f"{channel.key}/"
        if channel.letters_to:
            found = [letter._replace(id=prefix + letter.id) for letter in read_letters(channel.paths[0])]
            ids = [letter.id for letter in found]
        else:
            paths = (Path(export),) if export is not None and number == 0 else channel.paths
            found = [_open_file(channel, consultation, path, prefix) for path in paths]
            ids = [id for file in found for id in file.submissions.ids]
        opened.append((channel, found))
        asked |= dict.fromkeys(ids, channel.groupings)
    check_respondents(decisions, asked)
    parts = [
        _read_letter_folder(channel, found, decisions)
        if channel.letters_to
        else _read_survey(channel, consultation, found, decisions)
        for channel, found in opened
    ]

    def gather(table):
        return schemas.build(table, [row for part in parts for row in getattr(part, table)])

    ledger, comments = gather("ledger"), gather("comments")
    counted = ledger[ledger["fate"] == COUNTED]
    twice = counted[counted["respondent"].duplicated()]
    if len(twice):
        row = twice.iloc[0]
        raise ExportError(
            f"The id '{row['respondent']}' of row {row['row']} of the channel '{row['channel']}' stands for another response "
            "too. Give each response its own id."
        )
    of_fate = ledger.groupby("fate")["respondent"].agg(set)
    check_same(decisions, of_fate.get(COUNTED, set()) | of_fate.get(REPEAT, set()), erased=of_fate.get(ERASED, set()))
    notes = [note for (channel, _), part in zip(opened, parts, strict=True) if channel.counted for note in part.notes]
    return Responses(
        answers=gather("answers"),
        ranks=gather("ranks"),
        numbers=gather("numbers"),
        comments=comments,
        groups=gather("groups").drop_duplicates(ignore_index=True),
        others=gather("others"),
        organisations=gather("organisations"),
        consents=gather("consents"),
        ledger=schemas.build("ledger", _without_erased(ledger)),
        columns=gather("columns"),
        sources=gather("sources"),
        personal=personal_table(comments),
        notes=(*notes, *(note for channel, _ in opened for note in _losses(channel, ledger))),
    )
