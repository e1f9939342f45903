"""What each column of an unknown export holds, and why one would think so.

Nothing here is certain: a kind is read off the platform's own columns, the heading and the answers. Columns that identify a
person and open texts are counted and never shown.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.errors import ExportError
from pipeline.ingest.drafting.numbers import asks_for_count
from pipeline.ingest.drafting.options import closed_options, count_answers, find_listed, reads_personal
from pipeline.ingest.drafting.parts import PLACES, RANKED, Block, find_blocks, typed_beside
from pipeline.ingest.drafting.scales import recognise
from pipeline.ingest.fates import parse_date
from pipeline.ingest.layouts.export import PERSONAL, Export, alike, fold
from pipeline.ingest.matching import NOT_TICKED, rank_of

METADATA = "metadata"
IDENTIFIES = "personal"
CLOSED = "closed"
MULTIPLE = "multi-select"
OPEN = "open text"
DATE = "date"
NUMBER = "number"
EMPTY = "empty"


@dataclass(frozen=True)
class Column:
    """One column: its place, heading and kind. `options` are answers and how often each was met, None where not shown."""

    column: int
    heading: str
    question: str
    part: str
    kind: str
    why: str
    options: dict[str, int] | None
    answered: int


@dataclass(frozen=True)
class Inspection:
    """An export as it was found. `rows` are the records below the headings; `encoding` is None for a workbook.

    `notes` say what was filled in or left out in reading it, and what keeps it from being counted.
    """

    platform: str
    encoding: str | None
    header_rows: int
    rows: int
    columns: tuple[Column, ...]
    notes: tuple[str, ...] = ()


def inspect_export(export: Export) -> Inspection:
    """Return what an export is and what each of its columns holds. Raises ExportError if it has no headings."""
    if not export.headings:
        raise ExportError(
            f"{export.name} has no headings in its first row; put the questions there, or export it again."
        )
    answers = {
        heading.column: [cells[heading.column - 1] for _, cells in export.rows if cells[heading.column - 1]]
        for heading in export.headings
    }
    roles = {heading.column: _by_role(export, heading, answers[heading.column]) for heading in export.headings}
    of_blocks = {n: found for block in blocks_of(export) for n, found in _by_block(block, answers).items()}
    others = typed_beside(export.headings)
    columns = []
    for heading in export.headings:
        given = answers[heading.column]
        kind, why, options = (
            roles[heading.column]
            or of_blocks.get(heading.column)
            or ((EMPTY, "nobody answered", None) if not given else None)
            or ((OPEN, "typed beside the options of its question", None) if heading.column in others else None)
            or _by_answers(str(heading), given, export.date_format)
        )
        columns.append(
            Column(heading.column, str(heading), heading.question, heading.part, kind, why, options, len(given))
        )
    notes = (*export.notes, *([export.fault] if export.fault else []))
    return Inspection(export.platform, export.encoding, export.header_rows, len(export.rows), tuple(columns), notes)


def blocks_of(export: Export) -> list[Block]:
    """Return the questions of an export that have several columns, those of the platform and of persons left out."""
    own = export.metadata | export.personal | {export.id, export.submitted}
    headings = [h for h in export.headings if h.column not in own and fold(h.question) not in PERSONAL]
    return find_blocks(headings, {h.column: [cells[h.column - 1] for _, cells in export.rows] for h in headings})


def _by_role(export, heading, given):
    """Return the kind of a column that is no question's: it identifies a person, or it is the platform's own."""
    if heading.column in export.personal or fold(heading.question) in PERSONAL:
        return IDENTIFIES, "its heading is one that identifies a person", None
    if heading.column in export.metadata:
        return METADATA, "one of the platform's own columns", None
    if heading.column == export.id:
        return METADATA, "its heading is that of the responses' ids", None
    if heading.column == export.submitted and not date_formats(given, export.date_format):
        return METADATA, "its heading says when a response was sent", None
    return None


def _by_block(block: Block, answers) -> dict[int, tuple]:
    """Return the kind of each column of a question that has several."""
    found = {}
    for n, part in block.columns:
        if block.kind == RANKED:
            what = "an option of a ranking: its place, from 1 on, and none twice in a row"
            found[n] = (NUMBER, f"{what}, among {len(block.columns)} columns", None)
        elif block.kind == PLACES:
            why = f"place {rank_of(part)} of a ranking: the option that was put there"
            found[n] = (CLOSED, why, count_answers(answers[n]))
        else:
            ticks = sum(alike(text) not in NOT_TICKED for text in answers[n])
            why = f"one of {len(block.columns)} options of a question that are each ticked or not"
            found[n] = (MULTIPLE, why, {part: ticks})
    return found


# --- What the answers look like -------------------------------------------------------------------------------------

_NAMED = re.compile(
    r"\b(your|full|first|last|middle|family|contact|organisations?|its|persons?) names?\b|\bname of (your|the) \w+"
    r"|\bsurname\b|\be-?mail\b|\bpost ?code\b|\b(tele)?phone\b|\bmobile number\b|\b(home|postal|your|ip) address\b"
    r"|\bdate of birth\b|\bcontact details\b|\bjob title\b"
)
_NUMBER = re.compile(r"[-+]?[£$€]?\s?\d[\d,]*(\.\d+)?\s?%?")
_ASKS_FOR_WORDS = re.compile(
    r"\bwhy\b|\bcomments?\b|\bexplain\b|\breasons?\b|\bdescribe\b|\bsuggest|\banything (else|to add)\b"
    r"|\btell us (why|more)\b|\bin your own words\b|\bfurther (details?|information)\b|\bother \(please"
)


def _by_answers(heading, given, date_format):
    counts = count_answers(given)
    asks_for_words = bool(_ASKS_FOR_WORDS.search(alike(heading)))
    numbers = all(_NUMBER.fullmatch(text) for text in given)
    scale = None if numbers and asks_for_count(heading) else recognise(counts)
    if scale and not (asks_for_words and len(counts) == 1):
        known = {alike(text): count for text, count in counts.items()}
        met = [answer for answer in (*scale.points, *scale.outside_base) if alike(answer) in known]
        options = {answer: known[alike(answer)] for answer in met} | counts
        return CLOSED, f"every answer belongs to a known scale ({scale.key.replace('_', ' ')})", options
    if _NAMED.search(alike(heading)):
        return IDENTIFIES, "its heading asks for what identifies a person", None
    if date_formats(given, date_format):
        return DATE, "every answer is a date", None
    if sum(map(reads_personal, given)) * 2 >= len(given):
        return (
            IDENTIFIES,
            "half of its answers or more read like email addresses, numbers or postcodes of persons",
            None,
        )
    if numbers:
        return NUMBER, "every answer is a number", None
    listed = find_listed(given)
    if listed:
        named = {"\n": "line break"}.get(listed.delimiter, listed.delimiter)
        what = "the same answers in different orders, a ranking," if listed.in_order else "answers"
        why = f"its cells list {what} parted by '{named}'" + (" that repeat" if not listed.in_order else "")
        return MULTIPLE, f"{why}{_not_shown(listed.hidden)}", listed.options
    options = closed_options(counts, asks_for_words)
    if options:
        hidden = sum(counts.values()) - sum(options.values())
        return CLOSED, f"{len(counts)} different answers in {len(given)}{_not_shown(hidden)}", options
    return OPEN, f"{len(counts)} different answers in {len(given)}", None


def _not_shown(hidden: int) -> str:
    return f"; {hidden} not shown, which respondents may have typed" if hidden else ""


# Day-first before month-first: the platforms of this country write it so.
_DAYS = (
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%Y/%m/%d",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%d %B %Y",
    "%d %b %Y",
    "%B %d, %Y",
    "%d/%m/%y",
    "%m/%d/%y",
)
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")


def date_formats(given: Iterable[str], date_format: str = "") -> list[str]:
    """Return the ways of writing dates under which every answer is one, '' for year-month-day; most likely first."""
    given = set(given)
    if not given or any(text.isdigit() or not re.search(r"\d", text) for text in given):
        return []
    ways = dict.fromkeys([date_format, "", *(f"{day}{time}" for day in _DAYS for time in _TIMES)])
    return [way for way in ways if all(parse_date(text, way) for text in given)]
