"""What each column of an unknown export holds, and why one would think so.

Nothing here is certain: a kind is read off the platform's own columns, the heading and the answers. Columns that identify a
person and open texts are counted and never shown. Of a closed question those answers are shown that were chosen more than
once, and a few others that are short or no longer than these: a longer one may be what a respondent typed in its place.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.errors import ExportError
from pipeline.ingest.drafting.scales import recognise
from pipeline.ingest.fates import parse_date
from pipeline.ingest.layouts.export import PERSONAL, Export, Heading, alike, fold

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
    ticks = _ticked(export.headings, answers)
    others = typed_beside(export.headings)
    columns = []
    for heading in export.headings:
        given = answers[heading.column]
        kind, why, options = (
            _by_role(export, heading, given)
            or ((EMPTY, "nobody answered", None) if not given and heading.column not in ticks else None)
            or ticks.get(heading.column)
            or ((OPEN, "typed beside the options of its question", None) if heading.column in others else None)
            or _by_answers(str(heading), given, export.date_format)
        )
        columns.append(
            Column(heading.column, str(heading), heading.question, heading.part, kind, why, options, len(given))
        )
    notes = (*export.notes, *([export.fault] if export.fault else []))
    return Inspection(export.platform, export.encoding, export.header_rows, len(export.rows), tuple(columns), notes)


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


# --- Several answers to one question --------------------------------------------------------------------------------

_UNTICKED = frozenset(["no", "n", "0", "false", "not selected", "not checked", "unchecked", "unticked", "not quoted"])
_TICKED = frozenset(["yes", "y", "1", "true", "x", "✓", "✔", "on", "selected", "checked", "ticked", "quoted"])
_PART = re.compile(r"^(.*\S)(?:\s*\[([^\[\]]+)\]|\s[-–—]\s(\S.*))$", re.DOTALL)


def _stem(heading: Heading) -> tuple[str, str]:
    """Return question and part, told apart by the heading's ending where the layout has not done it."""
    if heading.part:
        return fold(heading.question), heading.part
    found = _PART.match(heading.question)
    return (fold(found[1]), found[2] or found[3]) if found else (fold(heading.question), "")


def typed_beside(headings: Iterable[Heading]) -> set[int]:
    """Return the columns in which respondents typed what the options beside them lack."""
    beside = Counter(fold(heading.question) for heading in headings)
    return {h.column for h in headings if fold(h.part).startswith("other") and beside[fold(h.question)] > 1}


def _ticked(headings, answers):
    """Return column -> kind, why and options, for the parts of questions whose cells are ticks."""
    questions: dict[str, list[tuple[int, str]]] = {}
    for heading in headings:
        question, part = _stem(heading)
        if part:
            questions.setdefault(question, []).append((heading.column, part))
    found = {}
    for parts in questions.values():
        ticky = [(n, part) for n, part in parts if all(_is_tick(text, part) for text in set(answers[n]))]
        typed = [part for n, part in parts if (n, part) not in ticky and not fold(part).startswith("other")]
        options = [n for n, part in ticky if not fold(part).startswith("other")]
        if len(options) > 1 and not typed and any(answers[n] for n, _ in ticky):
            for n, part in ticky:
                ticks = sum(alike(text) not in _UNTICKED for text in answers[n])
                why = f"one of {len(ticky)} options of a question that are each ticked or not"
                found[n] = (MULTIPLE, why, {part: ticks})
    return found


def _is_tick(text: str, part: str) -> bool:
    return alike(text) in _TICKED | _UNTICKED or fold(text) == fold(part)


def _pieces(counts: dict[str, int], given: list[str]) -> tuple[str, dict[str, int], int] | None:
    """Return the delimiter, the pieces and how often each was met, and how many are not shown, where each cell lists several.

    The pieces have to repeat, and in other company than before: an option with a comma in it is still one option.
    """
    for delimiter in (";", "|", "\n", ","):
        several = {text for text in counts if len(_split(text, delimiter)) > 1}
        if len(several) < 2:
            continue
        pieces = count_answers(
            piece for text in given for piece in {alike(p): p for p in _split(text, delimiter)}.values()
        )
        together = {frozenset(map(alike, _split(text, delimiter))) for text in counts}
        repeated = sum(count for count in pieces.values() if count > 1)
        if repeated >= 0.8 * sum(pieces.values()) and len(together) >= len(pieces) and max(map(len, pieces)) <= 120:
            options, hidden = _shown(pieces)
            return delimiter, options, hidden
    return None


def _split(text: str, delimiter: str) -> list[str]:
    return [piece.strip() for piece in text.split(delimiter) if piece.strip()]


# --- What the answers look like -------------------------------------------------------------------------------------

_NAMED = re.compile(
    r"\b(your|full|first|last|middle|family|contact|organisations?|its|persons?) names?\b|\bname of (your|the) \w+"
    r"|\bsurname\b|\be-?mail\b|\bpost ?code\b|\b(tele)?phone\b|\bmobile number\b|\b(home|postal|your|ip) address\b"
    r"|\bdate of birth\b|\bcontact details\b|\bjob title\b"
)
# An address has at most so many characters before and after its @; without an end, long cells would take minutes.
_EMAIL = r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s]{1,63}"
_PERSON = re.compile(
    rf"{_EMAIL}|(\d{{1,3}}\.){{3}}\d{{1,3}}|(\+\d{{1,3}}|\(?0)[\d ()-]{{8,14}}\d"
    r"|[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}",
    re.IGNORECASE,
)
_CONTAINS_PERSON = re.compile(rf"{_EMAIL}|(\+\d|\b0)[\d ()-]{{8,14}}\d", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?[£$€]?\s?\d[\d,]*(\.\d+)?\s?%?")
_ASKS_FOR_WORDS = re.compile(
    r"\bwhy\b|\bcomments?\b|\bexplain\b|\breasons?\b|\bdescribe\b|\bsuggest|\banything (else|to add)\b"
    r"|\btell us (why|more)\b|\bin your own words\b|\bfurther (details?|information)\b|\bother \(please"
)
_NOTHING = frozenset(["none", "no", "n/a", "na", "nil", "nothing", "no comment", "no comments", "yes", "."])
# Far above what a survey offers, far below what people write.
_MOST_OPTIONS, _LONGEST_OPTION = 40, 200
_SHORT = 20
# As many options chosen once as any small survey may have; more of them are what people wrote.
_FEW = 3


def count_answers(given: Iterable[str]) -> dict[str, int]:
    """Return each answer in its most usual spelling and how often it was met in any case and spacing, most met first."""
    spellings: dict[str, Counter] = {}
    for text, count in Counter(given).items():
        spellings.setdefault(alike(text), Counter())[text] += count
    found = {min(spelled, key=lambda text: (-spelled[text], text)): spelled.total() for spelled in spellings.values()}
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _by_answers(heading, given, date_format):
    counts = count_answers(given)
    asks_for_words = bool(_ASKS_FOR_WORDS.search(alike(heading)))
    scale = recognise(counts)
    if scale and not (asks_for_words and len(counts) == 1):
        known = {alike(text): count for text, count in counts.items()}
        met = [answer for answer in (*scale.points, *scale.outside_base) if alike(answer) in known]
        options = {answer: known[alike(answer)] for answer in met} | counts
        return CLOSED, f"every answer belongs to a known scale ({scale.key.replace('_', ' ')})", options
    if _NAMED.search(alike(heading)):
        return IDENTIFIES, "its heading asks for what identifies a person", None
    if sum(bool(_PERSON.fullmatch(text)) for text in given) * 2 >= len(given):
        return (
            IDENTIFIES,
            "half of its answers or more read like email addresses, numbers or postcodes of persons",
            None,
        )
    if date_formats(given, date_format):
        return DATE, "every answer is a date", None
    if all(_NUMBER.fullmatch(text) for text in given):
        return NUMBER, "every answer is a number", None
    several = _pieces(counts, given)
    if several:
        delimiter, options, hidden = several
        named = {"\n": "line break"}.get(delimiter, delimiter)
        return MULTIPLE, f"its cells list answers parted by '{named}' that repeat{_not_shown(hidden)}", options
    options = _closed(counts, asks_for_words)
    if options:
        hidden = sum(counts.values()) - sum(options.values())
        return CLOSED, f"{len(counts)} different answers in {len(given)}{_not_shown(hidden)}", options
    return OPEN, f"{len(counts)} different answers in {len(given)}", None


def _closed(counts: dict[str, int], asks_for_words: bool) -> dict[str, int] | None:
    """Return the options to show if the answers repeat as those of a closed question do, else None."""
    answered = sum(counts.values())
    repeated = {text: count for text, count in counts.items() if count > 1}
    single = len(counts) - len(repeated)
    if not repeated or len(repeated) > _MOST_OPTIONS or max(map(len, repeated)) > _LONGEST_OPTION:
        return None
    if asks_for_words and (single or len([text for text in repeated if fold(text) not in _NOTHING]) < 2):
        return None
    options, hidden = _shown(counts)
    mostly = sum(repeated.values()) >= 0.6 * answered and hidden <= 0.2 * answered
    return options if mostly and single <= max(_FEW, len(repeated), 0.1 * answered) else None


def _shown(counts: dict[str, int]) -> tuple[dict[str, int], int]:
    """Return the answers that may be shown, and how many may not: long ones met once, which may be typed."""
    longest = max([_SHORT, *(len(text) for text, count in counts.items() if count > 1)])
    repeated = sum(count > 1 for count in counts.values())
    few = len(counts) - repeated <= max(_FEW, repeated)
    options = {
        text: count
        for text, count in counts.items()
        if (count > 1 or (few and len(text) <= longest)) and not _CONTAINS_PERSON.search(text)
    }
    return options, sum(counts.values()) - sum(options.values())


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
