"""What changed from one outcome to the next: respondents, figures and the sentences of the report.

A second export or a correction replaces the outcome that stood in the folder, so it is read before and compared after. What is
found stays in `working/`: a difference between two tables can tell what one person answered.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path

import pandas as pd

from pipeline import schemas
from pipeline.errors import OutputError
from pipeline.ingest.responses import BY_CHANNEL
from pipeline.outcome.folders import MADE_WITH, OURS, SENTENCES, WORKING, read_table
from pipeline.outcome.wording import counted, listed, share
from pipeline.writing import as_csv, write_file

MEASURES = ("numerator", "base", "percent", "value")
CHANGES, CHANGED_SENTENCES = "changes.csv", "changed-sentences.txt"
UNSAID = "(not said)"
NO_CHANGE = "Nothing changed since the earlier outcome: the same respondents, figures and sentences."


@dataclass(frozen=True)
class Kept:
    """What an outcome left of itself: the tables `figures` and `groups`, the ids that it leads with, and its sentences."""

    figures: pd.DataFrame
    groups: pd.DataFrame
    headlines: tuple[str, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Changes:
    """What is new, gone or moved. `figures` is the table `changes`, and `headlines` (wording, before, after) in words.

    `respondents` are (channel, how many are new, how many are gone) where any are, and `sentences` (before, after), '' where
    there was or is none.
    """

    respondents: tuple[tuple[str, int, int], ...]
    figures: pd.DataFrame
    headlines: tuple[tuple[str, str, str], ...]
    sentences: tuple[tuple[str, str], ...]

    @property
    def none(self) -> bool:
        """Whether nothing changed at all."""
        return not (self.respondents or len(self.figures) or self.sentences)


def read_kept(out: str | Path) -> Kept | None:
    """Read what an outcome in the folder `out` left of itself; None if there is none.

    Raises OutputError if it cannot be read.
    """
    working = Path(out) / WORKING
    if not (working / OURS).is_file():
        return None
    try:
        headlines = json.loads((working / MADE_WITH).read_text(encoding="utf-8"))["headlines"]
        sentences = (working / SENTENCES).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError, KeyError, TypeError):
        raise OutputError(
            f"{working} does not tell what its report said, as later versions do; run it again."
        ) from None
    return Kept(read_table(out, "figures"), read_table(out, "groups"), tuple(headlines), tuple(sentences))


def compare(before: Kept, after: Kept) -> Changes:
    """Return what changed from one outcome to another."""
    old, new = (kept.figures.set_index("id") for kept in (before, after))
    figures = _moved(old, new)
    moved = set(figures["figure"])
    return Changes(
        respondents=tuple(_respondents(before.groups, after.groups)),
        figures=figures,
        headlines=tuple(
            (new.at[id, "wording"], _shown(old, id), _shown(new, id))
            for id in after.headlines
            if id in moved and id in new.index
        ),
        sentences=tuple(_rewritten(before.sentences, after.sentences)),
    )


def _respondents(before: pd.DataFrame, after: pd.DataFrame) -> Iterator[tuple[str, int, int]]:
    """Give for each channel how many respondents count now and did not, and how many no longer do, by their ids."""
    old, new = (
        groups[groups["grouping"] == BY_CHANNEL].groupby("group", sort=False)["respondent"].agg(set).to_dict()
        for groups in (before, after)
    )
    for channel in {**new, **old}:
        come, gone = (
            new.get(channel, set()) - old.get(channel, set()),
            old.get(channel, set()) - new.get(channel, set()),
        )
        if come or gone:
            yield channel, len(come), len(gone)


def _moved(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return the table `changes`: each measure of each figure that is another than it was, in the new figures' order."""
    rows = []
    for id in dict.fromkeys([*new.index, *old.index]):
        wording = (new if id in new.index else old).at[id, "wording"]
        for measure in MEASURES:
            was, now = (table.at[id, measure] if id in table.index else pd.NA for table in (old, new))
            if not (pd.isna(was) and pd.isna(now)) and (pd.isna(was) or pd.isna(now) or was != now):
                rows.append((id, wording, measure, was, now))
    return schemas.build("changes", rows)


def _shown(figures: pd.DataFrame, id: str) -> str:
    if id not in figures.index:
        return UNSAID
    row = figures.loc[id]
    return f"{row['numerator']:,}" if pd.isna(row["base"]) else share(row["numerator"], row["base"], row["percent"])


def _rewritten(before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Give the sentences that differ, old beside new: those that are the same but for their numbers are paired."""
    old, new = ([re.sub(r"\d[\d,.]*", "0", text) for text in texts] for texts in (before, after))
    for kind, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        was, now = before[start:end], after[first:last]
        if kind == "replace" and len(was) != len(now):
            yield from ((text, "") for text in was)
            yield from (("", text) for text in now)
        else:
            yield from ((one, other) for one, other in zip_longest(was, now, fillvalue="") if one != other)


def write_changes(changes: Changes, out: str | Path) -> None:
    """Keep changes in `working/`: the figures in changes.csv, the sentences in changed-sentences.txt, if there are any.

    Raises OutputError if they cannot be written.
    """
    working = Path(out) / WORKING
    if len(changes.figures):
        write_file(working / CHANGES, as_csv(changes.figures))
    if changes.sentences:
        write_file(working / CHANGED_SENTENCES, "\n".join(_told(changes.sentences)) + "\n")


def _told(sentences: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for was, now in sentences:
        yield f"was: {was or UNSAID}"
        yield f"now: {now or UNSAID}"


def described(changes: Changes) -> Iterator[str]:
    """Give the lines that tell a reader what changed."""
    if changes.none:
        yield NO_CHANGE
        return
    for channel, come, gone in changes.respondents:
        parts = [f"{counted(n, 'respondent')} {_are(n)} {what}" for n, what in ((come, "new"), (gone, "gone")) if n]
        yield f"{channel}: {listed(parts)}."
    yield _counts_of(changes.figures)
    yield from (f"  {wording}: {was} -> {now}" for wording, was, now in changes.headlines)
    if not changes.sentences:
        yield "No sentence of the report changed."
        return
    said = counted(len(changes.sentences), "sentence")
    yield f"{said} of the report changed:"
    yield from (f"  {line}" for line in _told(changes.sentences))


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _counts_of(figures: pd.DataFrame) -> str:
    """Return how many figures moved, are new and are no more, in a sentence."""
    numerators = figures[figures["measure"] == "numerator"].set_index("figure")
    new, gone = (int(numerators[column].isna().sum()) for column in ("before", "after"))
    moved = figures["figure"].nunique() - new - gone
    others = [f"{n:,} {_are(n)} {what}" for n, what in ((new, "new"), (gone, "gone")) if n]
    return listed([f"{counted(moved, 'figure')} moved", *others]) + "."


def as_json(changes: Changes) -> str:
    """Return changes as JSON."""
    rows = changes.figures.to_dict("records")
    content = {
        "respondents": [dict(zip(("channel", "new", "gone"), row, strict=True)) for row in changes.respondents],
        "figures": [{column: _plain(cell) for column, cell in row.items()} for row in rows],
        "headlines": [dict(zip(("wording", "before", "after"), row, strict=True)) for row in changes.headlines],
        "sentences": [dict(zip(("before", "after"), row, strict=True)) for row in changes.sentences],
    }
    return json.dumps(content, ensure_ascii=False)


def _plain(value):
    """Return a cell as JSON has it: missing as null, and whole numbers without a point."""
    if pd.isna(value):
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value
