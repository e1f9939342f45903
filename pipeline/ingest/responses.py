"""Export + Consultation -> Responses: the answers, comments and groups of those who count, and a ledger of every row."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline import schemas
from pipeline.definition import Channel, Consultation
from pipeline.errors import ExportError
from pipeline.ingest.fates import COUNTED, EMPTY, settle_fates
from pipeline.ingest.layouts import read_export
from pipeline.ingest.layouts.export import PERSONAL, Export, fold
from pipeline.ingest.letters import read_letters
from pipeline.ingest.matching import Place, find_columns, group_options, scale_options

EVERYONE = "all"
BY_CHANNEL = "channel"


@dataclass(frozen=True)
class Responses:
    """What was read. Tables as in `schemas`; `notes` are sentences on rules that could not be applied to
    channels that are counted, and on what was filled in or left out in reading their files.

    `answers` and `comments` have a row for each question asked of each respondent who counts, missing where it was left
    blank. `groups` puts respondents of counted channels in the grouping 'all', and everyone in the grouping 'channel'.
    `ledger` has a row for each row of every file. `sources` says what each channel's file was.
    """

    answers: pd.DataFrame
    comments: pd.DataFrame
    groups: pd.DataFrame
    ledger: pd.DataFrame
    columns: pd.DataFrame
    sources: pd.DataFrame
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Part:
    """What one channel gives."""

    answers: list
    comments: list
    groups: list
    ledger: list
    columns: list
    sources: list
    notes: list


def _read_survey(channel: Channel, consultation: Consultation, path: Path, prefix: str) -> _Part:
    export = read_export(path, channel.platform if path == channel.path else "")
    if not export.rows:
        raise ExportError(f"{export.name} has headings and no responses under them.")
    questions, groupings = find_columns(export, channel, consultation)
    id_column = _named(export, channel.id, "id") or export.id
    submitted = _named(export, channel.submitted, "submitted") or export.submitted
    ids = [prefix + ((cells[id_column - 1] if id_column else "") or f"row-{row}") for row, cells in export.rows]
    asked = [place.answer for place in questions.values()]
    answered = [any(cells[column - 1] for column in asked) for _, cells in export.rows]
    fates, notes = settle_fates(
        export,
        ids,
        [bool(id_column and cells[id_column - 1]) for _, cells in export.rows],
        answered,
        consultation.rules,
        submitted,
        channel.date_format or export.date_format,
        consultation.opens,
        consultation.closes,
    )
    notes = [*export.notes, *notes]
    if id_column == 0:
        notes.append(f"{export.name} has no column with the responses' ids: rows are called by their number.")
    counted = [
        (id, row, cells)
        for id, (row, cells), fate in zip(ids, export.rows, fates["fate"], strict=True)
        if fate == COUNTED
    ]
    part = _Part([], [], [], [], [], [], notes)
    for id, place in questions.items():
        question = consultation.question(id)
        if question.is_closed:
            cells = _closed_cells(counted, place, scale_options(question.scale), export, f"question '{id}'")
            part.answers.extend((name, channel.key, id, answer) for name, answer in cells)
        else:
            part.comments.extend((name, channel.key, id, cells[place.answer - 1] or None) for name, _, cells in counted)
    for key, place in groupings.items():
        grouping = consultation.grouping(key)
        options = group_options(grouping)
        cells = _closed_cells(counted, place, options, export, f"grouping '{key}'", grouping.other)
        if channel.counted:  # groups describe the respondents that percentages are of
            part.groups.extend((name, key, group) for name, group in cells if group)
    if channel.counted:
        part.groups.extend((name, EVERYONE, EVERYONE) for name, _, _ in counted)
    part.groups.extend((name, BY_CHANNEL, channel.label) for name, _, _ in counted)
    part.ledger.extend(
        (channel.key, row, id, fate, detail)
        for id, row, fate, detail in zip(ids, fates["row"], fates["fate"], fates["detail"], strict=True)
    )
    part.columns.extend(_uses(export, channel, questions, groupings, id_column, submitted))
    part.sources.append((channel.key, export.name, export.platform, export.encoding or "", export.header_rows))
    return part


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


def _closed_cells(counted, place: Place, options, export, what, other=""):
    """Return (respondent, answer or None) for each row; those who typed their own answer belong to `other`."""
    seen: dict[str, str | None] = {"": None}
    found = []
    for name, row, cells in counted:
        cell = cells[place.answer - 1]
        if cell not in seen:
            answer = options.match(cell)
            if answer is None:
                raise options.refuse(cell, export, row, place.answer, what)
            seen[cell] = answer
        typed = bool(other and place.other and cells[place.other - 1])
        found.append((name, other if not cell and typed else seen[cell]))
    return found


def _uses(export, channel, questions, groupings, id_column, submitted):
    use = {}
    for what, places in (("question", questions), ("grouping", groupings)):
        for key, place in places.items():
            use[place.answer] = f"{what} {key}"
            if place.other:
                use[place.other] = f"{what} {key}, typed by the respondent"
    use |= {id_column: "response id", submitted: "when it was sent"}
    for heading in export.headings:
        personal = heading.column in export.personal or fold(heading.question) in PERSONAL
        default = "identifies a person: not kept" if personal else "not used"
        if heading.column in export.metadata and not personal:
            default = "the platform's own"
        yield channel.key, heading.column, str(heading), use.get(heading.column, default)


def _read_letter_folder(channel: Channel, prefix: str) -> _Part:
    part = _Part([], [], [], [], [], [], [])
    letters = read_letters(channel.path)
    for row, (name, text) in enumerate(letters, start=1):
        respondent = prefix + name
        fate = COUNTED if text else EMPTY
        part.ledger.append((channel.key, row, respondent, fate, "a letter" if text else "a file with no text"))
        if text:
            part.comments.append((respondent, channel.key, channel.letters_to, text))
            part.groups.append((respondent, BY_CHANNEL, channel.label))
            if channel.counted:
                part.groups.append((respondent, EVERYONE, EVERYONE))
    part.sources.append((channel.key, channel.path.name, "letters", "", 0))
    return part


def read_responses(consultation: Consultation, export: str | Path | None = None) -> Responses:
    """Read every channel of a consultation; `export`, if given, stands in place of the first channel's file.

    Raises ExportError where a file cannot be read, lacks a question, holds an option that is not the definition's, or
    gives one respondent's id twice across channels.
    """
    parts = []
    for number, channel in enumerate(consultation.channels):
        prefix = "" if number == 0 else f"{channel.key}/"
        if channel.letters_to:
            parts.append(_read_letter_folder(channel, prefix))
        else:
            path = Path(export) if export is not None and number == 0 else channel.path
            parts.append(_read_survey(channel, consultation, path, prefix))

    def gather(table):
        return schemas.build(table, [row for part in parts for row in getattr(part, table)])

    ledger = gather("ledger")
    counted = ledger[ledger["fate"] == COUNTED]
    twice = counted[counted["respondent"].duplicated()]
    if len(twice):
        row = twice.iloc[0]
        raise ExportError(
            f"The id '{row['respondent']}' of row {row['row']} of the channel '{row['channel']}' stands for another response "
            "too. Give each response its own id, or each letter its own name."
        )
    return Responses(
        answers=gather("answers"),
        comments=gather("comments"),
        groups=gather("groups").drop_duplicates(ignore_index=True),
        ledger=ledger,
        columns=gather("columns"),
        sources=gather("sources"),
        notes=tuple(
            note
            for channel, part in zip(consultation.channels, parts, strict=True)
            if channel.counted
            for note in part.notes
        ),
    )
