"""Where a number comes from: its rule, the rows behind it, and the same number counted again from the export.

What is read are the working files of an earlier run. The second count is `recount`'s, by another path than the first one's;
rows are told by file, row and respondent, and nothing that anybody wrote is told at all.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from pipeline.definition import Consultation
from pipeline.errors import CommandError, did_you_mean
from pipeline.ingest.decisions import DECISIONS, Decisions, read_decisions
from pipeline.ingest.fates import COUNTED
from pipeline.ingest.responses import BY_CHANNEL
from pipeline.outcome.folders import WORKING, read_table, read_working
from pipeline.outcome.recount import Codes, Count, Evidence, machine_codes, read_cells, recount, uses_of
from pipeline.outcome.wording import counted, listed, share
from pipeline.percent import percent
from pipeline.themes.labels import read_codes
from pipeline.themes.prevalence import BY_HAND, BY_MACHINE

CHANGED_SINCE = "The export, the codes or the working files were changed after the run: see which, and run again."


class Row(NamedTuple):
    """A row of a file: its number counts from the file's first, headings included; 0 where none that counts has the id."""

    file: str
    row: int
    respondent: str

    def __str__(self):
        return f"{self.file}, row {self.row}: {self.respondent}"


@dataclass(frozen=True)
class Explanation:
    """A figure, the rows behind it, and the same figure counted again.

    `number` is what the earlier run's figures.csv says and `again` what the export gives now, None where there is no way to
    count it. `source` says what was counted, and `notes` what else to know. `same_rows` is False where the respondents
    listed behind the figure are not those who were counted again.
    """

    figure: str
    wording: str
    rule: str
    number: "Number"
    rows: tuple[Row, ...]
    again: "Number | None"
    source: str
    same_rows: bool
    notes: tuple[str, ...]

    @property
    def agrees(self) -> bool | None:
        """Whether the second count is the first one, to the respondent; None where there is no second count."""
        if self.again is None:
            return None
        return self.same_rows and self.again == self.number


class Number(NamedTuple):
    """A count, its base and percentage where it has them, and the mean or median worked out from those counted."""

    numerator: int
    base: int | None
    percent: float | None
    value: float | None = None

    def __str__(self):
        said = f"{self.numerator:,}" if self.base is None else share(self.numerator, self.base, self.percent)
        return said if self.value is None else f"{self.value:g}, from {said}"


@dataclass(frozen=True)
class _Trail:
    """An earlier run's figures and what they are traced and counted again by."""

    figures: pd.DataFrame
    figure_rows: pd.DataFrame
    evidence: Evidence
    decisions: Decisions

    @cached_property
    def behind(self) -> dict[str, list[str]]:
        """Figure -> the names of what it counts, as figure_rows has them."""
        return self.figure_rows.groupby("figure")["respondent"].agg(list).to_dict()

    @cached_property
    def places(self) -> dict[str, Row]:
        """A respondent who counts, or a row as figures of rows name it -> where it stands."""
        ledger = self.evidence.ledger
        found = {}
        for line in ledger.itertuples():
            place = Row(line.file, line.row, line.respondent)
            found[f"{line.channel} {line.file} row {line.row}"] = place
            if line.fate == COUNTED:
                found[line.respondent] = place
        return found


def explain(consultation: Consultation, out: str | Path, figure: str, export: str | Path | None = None) -> Explanation:
    """Explain one figure of the outcome in the folder `out`, by its id in figures.csv, and count it again.

    `export` is the file that the run was given in place of the first channel's. Raises CommandError, naming the nearest,
    for an id that is none; OutputError if no run left its working files there or the definition has changed since; and
    ExportError if the export is not as it was.
    """
    trail = _read_trail(consultation, out, export)
    for row in trail.figures[trail.figures["id"] == figure].itertuples():
        return _explained(trail, row)
    raise CommandError(f"There is no figure '{figure}'.{did_you_mean(figure, trail.figures['id'])}")


def explain_all(
    consultation: Consultation,
    out: str | Path,
    export: str | Path | None = None,
    progress: Callable[[list], Iterable] = iter,
) -> list[Explanation]:
    """Explain every figure, as `explain` does one; each file is read once. `progress` wraps the list of what is told of."""
    trail = _read_trail(consultation, out, export)
    parts = [list(rows) for _, rows in groupby(trail.figures.itertuples(), lambda row: row.id.split(".")[0])]
    return [_explained(trail, row) for part in progress(parts) for row in part]


def _read_trail(consultation: Consultation, out: str | Path, export: str | Path | None) -> _Trail:
    responses, coded, _ = read_working(consultation, out)
    decisions = read_decisions(consultation)
    cells = read_cells(consultation, responses.ledger, responses.columns, responses.sources, decisions, export)
    by_hand = {
        question.id: {name: frozenset(themes) for name, themes in read_codes(question.codes, question.codebook).items()}
        for question in consultation.open
        if question.codes
    }
    codes = Codes(by_hand, machine_codes(coded))
    evidence = Evidence(consultation, cells, codes, responses.ledger, read_table(out, "campaigns"))
    return _Trail(read_table(out, "figures"), read_table(out, "figure_rows"), evidence, decisions)


def _explained(trail: _Trail, row) -> Explanation:
    names = trail.behind.get(row.id, [])
    found = recount(trail.evidence, row)
    return Explanation(
        figure=row.id,
        wording=row.wording,
        rule=row.rule,
        number=Number(int(row.numerator), *(None if pd.isna(n) else n for n in (row.base, row.percent, row.value))),
        rows=tuple(trail.places.get(name, Row("no file", 0, name)) for name in names),
        again=_number(found, trail.evidence.consultation.decimals),
        source=_source(trail.evidence, row) if found else "",
        same_rows=_same_rows(found, names, row),
        notes=tuple(_notes(trail, row)),
    )


def _number(found: Count | None, decimals: int) -> Number | None:
    if found is None:
        return None
    share = None if found.base is None else percent(found.numerator, found.base, decimals)
    return Number(found.numerator, found.base, share, found.value)


def _same_rows(found: Count | None, names: list[str], row) -> bool:
    """Say whether as many stand behind a figure as it counts, and where one can say, whether they are the same."""
    if found and found.who is not None and found.who != set(names):
        return False
    return len(set(names)) == row.numerator


def _source(evidence: Evidence, row) -> str:
    """Return what a figure is counted again from: files with their columns, and the working files beside them."""
    channels = {
        channel.key
        for channel in evidence.consultation.channels
        if (channel.label == row.group if row.grouping == BY_CHANNEL else channel.counted)
    }
    files = _columns_of(evidence, uses_of(row), channels) or _files(evidence, channels)
    return " and ".join([files, *_beside(evidence, row)])


def _beside(evidence: Evidence, row) -> Iterator[str]:
    if row.about == "rows" and not pd.isna(row.base):
        yield "the fates in ledger.csv"
    if row.about == "campaigns":
        yield "campaigns.csv"
    if row.about == "themes" and BY_HAND in row.rule:
        codes = evidence.consultation.question(row.id.split(".")[0]).codes
        yield codes.name if codes else "no file of codes"
    if row.about == "themes" and BY_MACHINE in row.rule:
        yield "coded.csv"


def _files(evidence: Evidence, channels: set[str]) -> str:
    ledger = evidence.ledger
    return f"the rows of {listed(list(dict.fromkeys(ledger.loc[ledger['channel'].isin(channels), 'file'])))}"


def _columns_of(evidence: Evidence, uses: list[str], channels: set[str]) -> str:
    """Return 'a.csv, columns 7 and 5; b.csv, column 7' of the channels that a figure speaks of."""
    found: dict[str, list[int]] = {}
    for use in uses:
        for channel, file, column in evidence.cells.columns.get(use, ()):
            if channel in channels:
                found.setdefault(file, []).append(column)
    return "; ".join(_places(file, columns) for file, columns in found.items())


def _places(file: str, columns: list[int]) -> str:
    if columns == [0]:
        return f"the folder {file}"
    return f"{file}, column{'s' * (len(columns) > 1)} {listed([str(column) for column in columns])}"


def _notes(trail: _Trail, row) -> Iterator[str]:
    kinds = Counter(line.decision for line in trail.decisions.lines)
    if kinds:
        said = listed([f"{kinds[kind]} '{kind}'" for kind in DECISIONS if kinds[kind]])
        yield f"The decisions in {trail.decisions.path.name} are followed in both counts: {said}."
    moved = [name for name in trail.behind.get(row.id, []) if trail.decisions.group(name, row.grouping)]
    if moved:
        yield f"{counted(len(moved), 'respondent')} behind it {'is' if len(moved) == 1 else 'are'} in the group by decision."


def verdict(explained: Explanation) -> str:
    """Return in a sentence what the second count gives and whether it is the first one."""
    number = explained.number
    if explained.again is None:
        return "Not counted again: there is no column of its own to count it from."
    again = f"counted again from {explained.source}"
    if explained.agrees:
        return f"{again[0].upper()}{again[1:]}: {explained.again}: the same."
    if explained.again == number:
        return f"DIFFERS: {again}, the number is the same, {number}, but figure_rows.csv lists others behind it."
    return f"DIFFERS: figures.csv says {number}; {again}, it is {explained.again}."


def described(explained: Explanation, out: Path) -> Iterator[str]:
    """Give the lines that tell a reader all of an explanation; `out` is the outcome's folder."""
    yield f"{explained.figure}: {explained.wording}"
    number = explained.number
    parts = [f"Numerator: {number.numerator:,}"]
    if number.base is not None:
        share = "none, for want of a base" if number.percent is None else f"{number.percent:g}"
        parts += [f"base: {number.base:,}", f"percentage: {share}"]
    if number.value is not None:
        parts.append(f"value: {number.value:g}")
    yield "; ".join(parts) + "."
    yield f"Rule: {explained.rule}."
    yield verdict(explained)
    if explained.agrees is False:
        yield CHANGED_SINCE
    yield from explained.notes
    if explained.rows:
        yield "Behind it (rows are numbered from the file's first, headings included):"
        yield from (f"  {place}" for place in explained.rows)
        yield f"The same list is in {out / WORKING / 'figure_rows.csv'}; ledger.csv beside it has the rows."
