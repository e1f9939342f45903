"""What every layout gives: cells under headings, with the columns that are not questions told apart."""

import html
import re
import unicodedata
from dataclasses import dataclass, field

# Columns that identify a person, by heading. They never reach a table; a rule may compare them, hashed.
PERSONAL = frozenset(
    [
        "name",
        "full name",
        "first name",
        "last name",
        "surname",
        "email",
        "email address",
        "e-mail",
        "e-mail address",
        "ip address",
        "ip",
        "unique id",
        "tracking link",
        "telephone",
        "phone",
        "phone number",
        "address",
        "postcode",
        "custom data",
        "respondent name",
        "contact details",
    ]
)

# Columns of a plain table that give the response's id and when it was sent, by heading, best first.
IDS = (
    "respondent",
    "respondent id",
    "respondentid",
    "response id",
    "responseid",
    "userid",
    "user id",
    "unique response number",
    "urn",
    "id",
    "reference",
)
SUBMITTED = ("ended", "submitted", "date submitted", "completion time", "end date", "enddate", "timestamp")

# What stands over the answer itself, in a row of parts under the questions.
ANSWER_PARTS = ("", "answer", "response", "open-ended response", "comment", "comments", "please write here")

# Fates that a platform itself may give a row; `ingest.fates` has the others.
TEST = "test entry"
UNSENT = "not submitted"


@dataclass(frozen=True)
class Heading:
    """A column's heading: its number from 1, the question, and the part of the question that the column holds.

    `whole` is the heading as it stands, where question and part were told apart by its ending, or as it would stand in one
    row: the name by which a definition asks for the part alone.
    """

    column: int
    question: str
    part: str = ""
    whole: str = ""

    def __str__(self):
        return self.whole or (f"{self.question} [{self.part}]" if self.part else self.question)


@dataclass(frozen=True)
class Export:
    """A file under its headings.

    `rows` pairs each row's number in the file (1 is the first record) with its cells as text, '' for no answer;
    `id` and `submitted` are column numbers or 0; `date_format` is strptime's. `metadata` are the platform's own columns
    and `personal` those that identify a person, by number. `verdicts` maps a row's number to the fate and the reason
    that the platform itself gives it, such as a preview. `notes` are sentences on what was filled in or left out in
    reading the file; `fault` is one that says why its rows must not be counted, '' where they may.
    """

    name: str
    platform: str
    encoding: str | None
    header_rows: int
    headings: tuple[Heading, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    id: int = 0
    submitted: int = 0
    date_format: str = ""
    metadata: frozenset[int] = field(default_factory=frozenset)
    personal: frozenset[int] = field(default_factory=frozenset)
    verdicts: dict[int, tuple[str, str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    fault: str = ""

    def column(self, heading: str) -> int:
        """Return the number of the column with this heading, whatever its case and spacing; 0 if there is none.

        A question's only answer goes by the question, as does one under 'Answer' or the like; a part by its whole heading.
        """
        wanted = fold(heading)
        named = [h for h in self.headings if fold(h.question) == wanted]
        found = (
            [h for h in named if not h.part]
            or [h for h in self.headings if h.whole and fold(h.whole) == wanted]
            or [h for h in named if fold(h.part) in ANSWER_PARTS]
        )
        return found[0].column if found else 0


_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
_QUOTES = dict.fromkeys(map(ord, "'\"‘’‚‛“”„‟`´′″"), None)


def alike(text: str) -> str:
    """Return text with case, spacing, quotation marks and the shape of dashes taken out of account."""
    text = unicodedata.normalize("NFKC", text).translate(_DASHES).translate(_QUOTES).replace("\u200b", "")
    return re.sub(r"\s+", " ", text).strip().casefold()


def fold(text: str) -> str:
    """Return text as `alike` does, and without the punctuation that ends it."""
    return alike(text).rstrip("?.:;* ")


# Tags that part words, and those that stand inside them. Only what is certainly HTML, so that '<18', '<name>' and '<b and c>'
# stay; a tag does not reach into the brackets of an option.
_ATTRIBUTES = r"(?:\s[^<>\[\]]*=[^<>\[\]]*)?\s*/?>"
_BREAKS = re.compile(rf"</?(?:br|p|div|li|ul|ol|tr|td|table|h[1-6]|hr){_ATTRIBUTES}", re.IGNORECASE)
_INLINE = re.compile(rf"</?(?:span|b|i|u|em|strong|font|a|sup|sub|small|big|img|label){_ATTRIBUTES}", re.IGNORECASE)
_INVISIBLE = re.compile("[\ufeff\u200b\u200c\u200d\u00ad]")


def heading_text(cell: str) -> str:
    """Return a heading as a respondent saw it: without HTML and what cannot be seen, on one line, with plain spaces.

    One that is nothing but tags, such as a picture, keeps them, because a blank one may belong to the question on its left.
    """
    cell = _INVISIBLE.sub("", cell.replace("_x000D_", " "))
    for text in (_INLINE.sub("", _BREAKS.sub(" ", cell)), cell):
        seen = " ".join(_INVISIBLE.sub("", html.unescape(text)).split())
        if seen:
            return seen
    return ""


def without_trailing_blanks(headings: list) -> list:
    """Return headings, or tuples of them, without the blank ones at the end."""
    width = max((number for number, heading in enumerate(headings, start=1) if any(heading)), default=0)
    return headings[:width]


_OTHER = re.compile(r"^(.*?\S)\s*(?:[-–—:]\s*|[\[(]\s*)(other\b[^\[\]]*?)\]?$", re.IGNORECASE | re.DOTALL)


def one_row_heading(column: int, text: str) -> Heading:
    """Return a heading that stands alone over its column; 'Which are you? - Other' is the 'Other' part of its question."""
    other = _OTHER.match(text)
    return Heading(column, *other.groups(), whole=text) if other else Heading(column, text)


def clean(cell: str, no_answer: frozenset[str] = frozenset()) -> str:
    """Return a cell's text without the marks of its journey, and '' where it says that nothing was answered."""
    cell = cell.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").strip()
    return "" if cell in no_answer else cell


def data_rows(rows, first: int, width: int, no_answer: frozenset[str] = frozenset()):
    """Return (row number, cells) from `first` on, each as wide as the headings; a row's trailing blanks may be absent."""
    kept = []
    for number, cells in enumerate(rows[first - 1 :], start=first):
        cells = [clean(cell, no_answer) for cell in cells]
        cells = (cells + [""] * width)[:width]
        kept.append((number, tuple(cells)))
    while kept and not any(kept[-1][1]):  # a blank line at the very end is not a row
        kept.pop()
    return tuple(kept)
