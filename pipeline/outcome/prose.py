"""The department's own words: figures filled in where they are named in braces, and every other number checked.

`{{new_judgement.agree}}` becomes '131 of 141 respondents (93%)', so that the words follow a rerun. A number that is written
out is looked for among the figures that are published. Dates, years, links and the numbers of proposals, questions and
lists are passed over.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline import schemas
from pipeline.definition import Consultation
from pipeline.errors import DefinitionError, did_you_mean
from pipeline.ingest.files import decode
from pipeline.outcome.amounts import Vocabulary
from pipeline.outcome.outcomes import Outcome
from pipeline.outcome.wording import counted, sentence, share, shown_percent
from pipeline.percent import percent

# Files of the prose folder that every report takes; sections name theirs.
EVERY_REPORT = ("introduction.md", "summary.md", "next-steps.md")
PARTS = ("count", "base", "percent", "words", "Words", "fraction")
# At most so many figures are named beside a number.
FEW = 3
AMOUNT = "words for an amount"
_BRACES = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


def read_prose(path: Path) -> str:
    """Return the text of a prose file, '' where there is none. Raises ExportError if it is no text."""
    return decode(path.read_bytes(), path.name)[0].replace("\r\n", "\n") if path.is_file() else ""


def prose_files(consultation: Consultation) -> list[Path]:
    """Return the prose files that the report takes and that are there, in the order of the report."""
    first, second, last = EVERY_REPORT
    names = [first, second, *(section.prose for section in consultation.sections if section.prose), last]
    return [path for name in dict.fromkeys(names) if (path := consultation.prose / name).is_file()]


# --- Figures named in braces -----------------------------------------------------------------------------------------


def fill(text: str, path: Path, figures: pd.DataFrame, words: Vocabulary) -> str:
    """Return prose with each `{{FIGURE}}` and `{{FIGURE.PART}}` as words, from the table `figures` of what is published.

    Raises DefinitionError, with the file and line and the nearest, for a name that is no such figure or part.
    """
    known = {figure.id: figure for figure in figures.dropna(subset="numerator").itertuples()}

    def words_of(found: re.Match) -> str:
        name = found[1]
        id, _, part = (name, "", "") if name in known else name.rpartition(".")
        place = f"{path}, line {_line(text, found.start())}"
        if id not in known or part not in ("", *PARTS):
            # Which part was meant, of a figure that is there; otherwise which figure.
            near = [f"{id}.{part}" for part in PARTS] if id in known else [*known]
            raise DefinitionError(f"{place}: '{name}' is no figure that is published.{did_you_mean(name, near)}")
        figure = known[id]
        if part not in ("", "count") and (pd.isna(figure.base) or (part != "base" and figure.base == 0)):
            raise DefinitionError(f"{place}: '{name}' has nothing to be a share of; write '{{{{{id}}}}}' or its count.")
        return _in_words(figure, part, words)

    filled, rest = _BRACES.sub(words_of, text), _BRACES.sub(_blank, text)
    for left in re.finditer(r"\{\{|\}\}", rest):
        raise DefinitionError(
            f"{path}, line {_line(rest, left.start())}: '{left[0]}' stands alone; a figure is named between {{{{ and }}}}."
        )
    return filled


def _in_words(figure, part: str, words: Vocabulary) -> str:
    """Return a figure, or one of its parts, as a sentence has it."""
    style, count = words.wording.percent, int(figure.numerator)
    noun = "row" if figure.about == "rows" else "response" if figure.grouping == "channel" else "respondent"
    if pd.isna(figure.base):
        return f"{count:,}" if part else counted(count, noun)
    base = int(figure.base)
    whole = share(count, base, figure.percent, "row" if noun == "row" else "respondent", style)
    if part == "fraction":
        near = words.fraction(count, base)
        return f"{near} ({count:,} of {base:,})" if near else whole
    if part in ("words", "Words"):
        amount = words.amount(count, base)
        return sentence(amount) if part == "Words" else amount
    if part == "percent":
        return shown_percent(count, figure.percent, style)
    return {"": whole, "count": f"{count:,}", "base": f"{base:,}"}[part]


# --- Numbers written out ---------------------------------------------------------------------------------------------

_SPELT = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_WHO = r"(?:respondents?|responses?|people|answers?|comments?|organisations?|letters?)"
# What follows a number that does count something.
_SHARE_OF = rf"\s*(?:%|per\s+cent|(?:out\s+)?of\s+\d|{_WHO}\b)"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_NUMBERED = (
    r"(?:proposals?|questions?|sections?|chapters?|parts?|annex(?:es)?|appendix|appendices|tables?|figures?|charts?|"
    r"paragraphs?|paras?|articles?|regulations?|clauses?|schedules?|steps?|options?|phases?|stages?|pages?|pp?|"
    r"versions?|volumes?|themes?|numbers?|no)"
)
# What holds digits and is no number of anything.
_PASSED_OVER = [
    re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    for pattern in (
        _BRACES.pattern,
        r"<!--.*?-->|<[^<>\n]+>|\]\([^)\s]*[^)]*\)|^\[[^\]\n]+\]:.*$|\[\^[^\]]*\]|`[^`\n]*`",
        r"(?:https?://|www\.|mailto:)\S+|\S+@\S+\.\w+",
        r"^[ \t]*(?:>[ \t]*)*\d+[.)](?=\s)",
        r"^#{1,6}[ \t]*\d+(?:\.\d+)*[.)]?(?=\s)",
        rf"\b{_DAY}(?:\s*(?:to|and|until|[-–])\s*{_DAY})?\s+(?:of\s+)?{_MONTH}(?:,?\s+\d{{4}}(?![-–/]?\d))?(?!\w)",
        rf"\b{_MONTH}\s+{_DAY}(?:\s*(?:to|and|[-–])\s*{_DAY})?(?:,?\s+\d{{4}})?(?![\w,]*\d|{_SHARE_OF})",
        r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}/\d{1,2}/\d{2,4}\b|\b\d{1,2}[:.]\d{2}\s?[ap]m\b|\b\d{1,2}:\d{2}\b",
        rf"(?<![\d,.£$€])\b(?:19|20)\d\d(?:[-–/]\d{{2,4}})?\b(?![,.]\d|{_SHARE_OF})",
        rf"\b{_NUMBERED}\.?\s+\d+(?:\.\d+)*[a-z]?\b(?:(?:\s*,\s*|\s+(?:and|to|or)\s+|\s*[-–]\s*)\d+(?:\.\d+)*[a-z]?\b)*"
        rf"(?!,\d|{_SHARE_OF})",
    )
]
_START, _END = r"(?<!\w)(?<![A-Za-z]-)(?<!\d[.,:])", r"(?!\w|[.,:]\d)"
_DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_NUMBER = rf"{_START}(?P<n>{_DIGITS}|\b(?:{'|'.join(_SPELT)})\b)"
_OF = rf"\s*(?:/|\s(?:out\s+)?of\s+(?:(?:the|all|our)\s+)*)(?P<m>{_DIGITS}){_END}"
_PERCENT = rf"(?P<less>less\s+than\s+)?{_START}(?P<p>{_DIGITS})\s*(?:%|per\s+cent\b|percent\b)"
_WORDS = r"(?:\s+[^\W\d]+){0,6}"
# The longest first: a percentage in brackets belongs to the count before it.
_FORMS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_PERCENT}{_WORDS}\s*\(\s*{_NUMBER}{_OF}",
        rf"{_NUMBER}{_OF}(?:\s*,|{_WORDS}\s*\()\s*{_PERCENT}",
        rf"{_PERCENT}\s+of\s+(?:(?:the|all|our)\s+)*(?P<m>{_DIGITS}){_END}",
        rf"{_NUMBER}{_OF}",
        rf"{_START}(?P<n>{_DIGITS}){_WORDS}\s*\(\s*{_PERCENT}",
        _PERCENT,
        rf"{_START}(?P<n>{_DIGITS}){_END}|\b(?P<w>{'|'.join(_SPELT)})(?=\s+{_WHO}\b)",
    )
]


@dataclass(frozen=True)
class Written:
    """A number as prose has it: where, and what it claims to be; a share may have a count, a base and a percentage."""

    start: int
    count: float | None = None
    base: float | None = None
    percent: str = ""
    less: bool = False

    @property
    def kind(self) -> str:
        given = self.count is not None, self.base is not None, bool(self.percent)
        return {(True, False, False): "number", (False, False, True): "percentage"}.get(given, "share")

    @property
    def shown(self) -> str:
        """The number without the words around it: '131 of 141 (93%)'."""
        whole = ["" if number is None else f"{number:,g}" for number in (self.count, self.base)]
        share = f"{'less than ' * self.less}{self.percent}%" if self.percent else ""
        if not whole[0]:
            return f"{share} of {whole[1]}" if whole[1] else share
        return " of ".join(filter(None, whole)) + (f" ({share})" if share else "")


def numbers_in(text: str, allowed: tuple[str, ...] = ()) -> list[Written]:
    """Return the numbers that prose claims, in order; `allowed` are texts whose numbers are meant as they are."""
    for one in allowed:
        text = re.sub(rf"(?<!\w){re.escape(one)}(?!\w)", _blank, text)
    for pattern in _PASSED_OVER:
        text = pattern.sub(_blank, text)
    found: list[Written] = []
    for pattern in _FORMS:
        found += [_written(match) for match in pattern.finditer(text)]
        text = pattern.sub(_blank, text)
    return sorted(found, key=lambda one: one.start)


def _blank(found: re.Match) -> str:
    return re.sub(r"[^\n]", " ", found[0])


def _written(found: re.Match) -> Written:
    parts = found.groupdict()
    count = parts.get("n") or parts.get("w")
    return Written(
        found.start(),
        None if count is None else _value(count),
        _value(parts["m"]) if parts.get("m") else None,
        (parts.get("p") or "").replace(",", ""),
        bool(parts.get("less")),
    )


def _value(text: str) -> float:
    spelt = text.lower()
    return float(_SPELT.index(spelt) + 1 if spelt in _SPELT else text.replace(",", ""))


def check_prose(outcome: Outcome) -> pd.DataFrame:
    """Return the table `prose_numbers`: each number of the department's own words, and up to three figures that have it.

    No figure beside a number says that none has it. Words for amounts are listed too, and cannot be checked. The prose is
    published, so `outcome` should be what may be published. No other word of the prose is in the table.
    """
    consultation = outcome.consultation
    figures = list(outcome.figures.dropna(subset="numerator").itertuples())
    rows = []
    for path in prose_files(consultation):
        text = read_prose(path)
        name = (
            path.relative_to(consultation.folder).as_posix() if path.is_relative_to(consultation.folder) else path.name
        )
        found = [(one.start, one.shown, one.kind, _having(one, figures, consultation.decimals))
                 for one in numbers_in(text, consultation.wording.prose_numbers_allowed)]  # fmt: skip
        found += [(start, words, AMOUNT, "") for start, words in _amounts_in(text, consultation)]
        rows += [(name, _line(text, start), number, kind, ids) for start, number, kind, ids in sorted(found)]
    return schemas.build("prose_numbers", rows)


def _amounts_in(text: str, consultation: Consultation) -> Iterator[tuple[int, str]]:
    wording = consultation.wording
    words = {one.words.lower(): one.words for one in (*wording.amounts, *wording.fractions)}
    longest_first = sorted(words, key=len, reverse=True)
    for found in re.finditer(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b", text, re.IGNORECASE):
        yield found.start(), words[found[0].lower()]


def _having(written: Written, figures: list, decimals: int) -> str:
    """Return the ids of figures that a number agrees with, the nearest kind of agreement first."""
    ways = [_agrees] if written.kind != "number" else [_agrees, _is_base]
    return "; ".join(list(dict.fromkeys(f.id for way in ways for f in figures if way(written, f, decimals)))[:FEW])


def _is_base(written: Written, figure, decimals: int) -> bool:
    return bool(not pd.isna(figure.base) and figure.base == written.count)


def _agrees(written: Written, figure, decimals: int) -> bool:
    """Say whether all that is written of a share is true of one figure."""
    if written.count is not None and written.count != figure.numerator:
        return False
    if written.base is not None and (pd.isna(figure.base) or written.base != figure.base):
        return False
    return not written.percent or _is_percent(written, figure, decimals)


def _is_percent(written: Written, figure, decimals: int) -> bool:
    """Say whether a figure is this percentage: as it is published, or rounded to fewer places."""
    places = len(written.percent.partition(".")[2])
    if pd.isna(figure.percent) or places > decimals:
        return False
    if written.less:
        return figure.percent == 0 < figure.numerator and float(written.percent) == 1
    return percent(figure.numerator, int(figure.base), places) == float(written.percent)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def disagreements(prose_numbers: pd.DataFrame) -> list[str]:
    """Return a sentence for each number that is no figure: 'prose/summary.md, line 3: 94% is no figure of this outcome.'"""
    wrong = prose_numbers[(prose_numbers["kind"] != AMOUNT) & (prose_numbers["figures"] == "")]
    return [f"{row.file}, line {row.line}: {row.number} is no figure of this outcome." for row in wrong.itertuples()]
