"""Qualtrics' CSV, TSV and XLSX of every era, with whatever is left of the header rows.

A whole file has three: names ('Q2_1'), texts ('Which apply? - Parks') and import ids ('{"ImportId":"QID2_1"}'). People
are told to delete the second or third before they read a file elsewhere, so rows 1; 1 and 2; 1 and 3; and all three are
read, and a row of English texts alone.

Seen in real files: the 17 columns of the modern form, its second row in the survey's language; the 'Insights' form of
2016-17 (`ResponseID, ResponseSet, IPAddress, ...`, import ids in Python's quotes, '-' without spaces before an option,
questions cut after 100 characters with '...'); the legacy form (`V1` to `V10`, no import ids, a byte order mark, a trailing
empty column), ' : ' in its side-by-side questions; -99 for a question that was shown and not answered; year-first dates.
Read in others' code: the words and numbers of 'Status', True and False in 'Finished', ' - Selected Choice' and ' - Text',
an XLSX without import ids. Believed: UTF-16 for TSV, loops ('1_Q5'), columns for the order of options ('_DO').
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.errors import ExportError
from pipeline.ingest.files import Sheet
from pipeline.ingest.layouts.export import TEST, UNSENT, Export, Heading, alike, clean, data_rows, heading_text
from pipeline.ingest.layouts.plain import NO_ANSWER as DASHES

NO_ANSWER = DASHES | {"-99"}
DATE_FORMAT = "%Y-%m-%d %H:%M:%S"

# The platform's own columns, by name without spaces; those of `_OLD` only beside 'ResponseSet'.
_DATES = ("recordeddate", "enddate", "startdate")
_PERSONAL = frozenset(
    [
        "ipaddress",
        "recipientlastname",
        "recipientfirstname",
        "recipientemail",
        "externalreference",
        "locationlatitude",
        "locationlongitude",
        "locationaccuracy",
        "name",
        "emailaddress",
    ]
)
_OLD = frozenset(["name", "emailaddress"])
_OWN = (_PERSONAL - _OLD).union(
    _DATES,
    ["responseid", "responseset", "status", "finished", "progress", "duration(inseconds)"],
    ["distributionchannel", "userlanguage"],
)
_ALSO = {
    "_recordid": "responseid",
    "responsesetid": "responseset",
    "externaldatareference": "externalreference",
    "responsetype": "status",
}
# What the legacy form calls V1 to V10.
_LEGACY = ("ResponseID", "ResponseSet", "Name", "ExternalDataReference", "EmailAddress", "IPAddress", "Status",
           "StartDate", "EndDate", "Finished")  # fmt: skip

_IMPORT_ID = re.compile(r"""\s*\{\s*["']ImportId["']\s*:\s*["']([^"']*)["']""")
_QID = re.compile(r"(?:\d+_)?QID\d+")
# 'Q4#1_1', 'Q7_4_TEXT' and 'Q47_violet' begin with 'Q4', 'Q7' and 'Q47'; 'parks_1_TEXT' with 'parks'.
_STEM = re.compile(r"(?:\d+_)?Q\d+(?:\.\d+)*(?=[#_])|.+?(?=(?:#\d+)?(?:_\d+)*(?:_TEXT)?$)")
# Columns that Qualtrics adds to a question and that hold no answer: text analysis, the order in which options were shown.
_ADDED = re.compile(r" - |_DO(?:_|$)")


@dataclass(frozen=True)
class _Header:
    """The header rows of a file, each as wide as the file; `texts` and `ids` are empty where the row is not there."""

    names: list[str]
    texts: list[str]
    ids: list[str]

    @property
    def rows(self) -> int:
        return 1 + bool(self.texts) + bool(self.ids)


def _key(text: str) -> str:
    """Return the name of a platform's column as `_OWN` writes it: 'Recorded Date' and 'panel-RecipientEmail' as well."""
    squashed = re.sub(r"\s", "", alike(text)).removeprefix("panel-").removeprefix("location-")
    return _ALSO.get(squashed, squashed)


def _names(row: list[str]) -> list[str]:
    """Return the first row, the legacy form's V1 to V10 by what they hold."""
    row = [heading_text(cell) for cell in row]
    legacy = [alike(name) for name in row[:10]] == [f"v{n}" for n in range(1, 11)]
    return [*_LEGACY, *row[10:]] if legacy else row


def _has_ids(row: list[str]) -> bool:
    return any(_IMPORT_ID.match(cell) for cell in row)


def _is_texts(names: list[str], row: list[str]) -> bool:
    """Say whether the row under the names is the row of texts: a date's column then holds words, in any language."""
    under = dict(zip(map(_key, names), row, strict=False))
    dates = [under[date] for date in _DATES if under.get(date, "").strip()]
    if dates:
        return not any(any(letter.isdigit() for letter in date) for date in dates)
    return bool(under.get("responseid", "").strip()) and not under["responseid"].strip().startswith("R_")


def _header(rows: list[list[str]]) -> _Header:
    names = _names(rows[0])
    at = next((n for n, row in enumerate(rows[:3]) if n and _has_ids(row)), 0)
    has_texts = at == 2 or (at == 0 and len(rows) > 1 and _is_texts(names, rows[1]))
    texts = [heading_text(cell) for cell in rows[1]] if has_texts else []
    ids = [found.group(1) if (found := _IMPORT_ID.match(cell)) else "" for cell in rows[at]] if at else []
    filled = [number for row in (names, texts, ids) for number, cell in enumerate(row, start=1) if cell]
    width = max(filled, default=0)
    return _Header(*([*row, *[""] * width][:width] if row else [] for row in (names, texts, ids)))


def recognises(rows: list[list[str]]) -> bool:
    """Say whether the second or third row holds import ids, or the first names only Qualtrics' own columns have."""
    if not rows:
        return False
    keys = {_key(name) for name in _names(rows[0])}
    return (
        any(map(_has_ids, rows[1:3]))
        or {"responseid", "recordeddate"} <= keys
        or {"responseid", "responseset", "startdate"} <= keys
    )


def _own_columns(header: _Header) -> list[str]:
    """Return for each column which of the platform's own it is, '' for a question or embedded data."""
    ids = header.ids or [""] * len(header.names)
    own = _OWN | _OLD if "responseset" in map(_key, (*header.names, *ids)) else _OWN
    keys = []
    for name, id in zip(header.names, ids, strict=True):
        key = next((key for key in (_key(id), _key(name)) if key in own), "")
        keys.append(key if not _QID.match(id) and key not in keys else "")
    return keys


def _stems(header: _Header, own: list[str]) -> list[str]:
    """Return for each column what the columns of its question share; '' for one that is no question's."""
    stems = []
    for column, name in enumerate(header.names):
        id = header.ids[column] if header.ids else ""
        qid = _QID.match(id)
        if not name or own[column] or _ADDED.search(name) or (id and not qid):
            stems.append("")
        else:
            # The question's own number is surer than the name, which its author may change, but says nothing to a reader.
            stems.append((qid if qid and header.texts else _STEM.match(name)).group())
    return stems


def _question(texts: list[str], separator: str) -> str:
    """Return the text that a question's columns begin with, up to a separator; '' if they share none."""
    least, most = min(texts), max(texts)
    same = next((n for n, (one, other) in enumerate(zip(least, most, strict=False)) if one != other), len(least))
    shared = least[:same]
    if shared in texts and all(not text[len(shared) :] or re.match(separator, text[len(shared) :]) for text in texts):
        return shared
    cuts = [found.start() for found in re.finditer(separator, shared)]
    return shared[: cuts[-1]] if cuts else ""


def _part(text: str, name: str) -> str:
    """Return the part that a column holds: an option, a row, what was typed beside it; '' for the answer itself."""
    part = re.sub(r"^\s*[-:]\s*", "", text)
    part = re.sub(r"^Selected Choice(?: - |$)", "", part).strip()
    if name.endswith("_TEXT") and not f" - {part}".endswith(" - Text"):
        part = f"{part} - Text" if part else "Text"
    return part


def _headings(header: _Header, own: list[str]) -> tuple[Heading, ...]:
    """Return a heading for each column; columns of one question become its parts."""
    # Before an option: ' - ' today, '-' or ' : ' in older files, where ' - ' may stand in the question.
    separator = r"\s*-|\s+:\s" if "responseset" in own else r" - "
    stems = _stems(header, own)
    columns: dict[str, list[int]] = {}
    for column, stem in enumerate(stems):
        if stem:
            columns.setdefault(stem, []).append(column)
    headings = []
    for column, name in enumerate(header.names):
        text = (header.texts[column] if header.texts and not own[column] else "") or name
        together = columns.get(stems[column], [])
        question, part = text, ""
        if len(together) > 1 and header.texts:
            shared = _question([header.texts[other] for other in together], separator)
            if shared:
                question = shared.removesuffix(" - Selected Choice").strip()
                part = _part(text[len(shared) :], name)
        elif len(together) > 1:
            question, part = stems[column], name[len(stems[column]) :].lstrip("_#")
        headings.append(Heading(column + 1, question, part, whole=text if text != question else ""))
    return tuple(headings)


# Statuses are sums of these; any other part of the number (4 imported, 16 offline, 32 employee) is of a real response.
_TEST_CODES = {1: "preview", 2: "test", 8: "spam", 256: "synthetic"}
_REAL_STATUSES = frozenset(["", "ip address", "imported", "reimported imported", "offline", "ex", "ex offline"])
_FINISHED = {"": True, "1": True, "true": True, "0": False, "false": False}


def _verdict(status: str, finished: str) -> tuple[str, str] | None:
    """Return the fate and the reason that a row's own status gives it, None for a response that was sent."""
    status, finished = alike(status), alike(finished)
    if status.isdecimal():
        kind = next((word for code, word in _TEST_CODES.items() if int(status) & code), "")
    else:
        kind = next((word for word in _TEST_CODES.values() if word in status), "")
    if kind:
        return TEST, f"its status in Qualtrics: {kind}"
    return None if _FINISHED.get(finished, True) else (UNSENT, "not finished, says Qualtrics")


def _unknown(name: str, states: list[tuple[int, str, str]]) -> Iterator[str]:
    """Yield a note where a status or a 'Finished' is none that is known: another language's, for one; the rows count."""
    strange = [
        row
        for row, status, finished in states
        if not (alike(status).isdecimal() or alike(status) in _REAL_STATUSES or _verdict(status, ""))
        or alike(finished) not in _FINISHED
    ]
    if strange:
        yield (
            f"{name}: {len(strange)} rows, row {strange[0]} the first, have a 'Status' or 'Finished' that is not known here, "
            "and were read as real and finished responses. Name test entries in the definition's rules if there are any."
        )


def read(sheet: Sheet, name: str) -> Export:
    """Return the sheet as an Export, with as many header rows as are left in it.

    Raises ExportError if it is not Qualtrics'.
    """
    if not recognises(sheet.rows):
        raise ExportError(
            f"{name} has neither Qualtrics' own columns (ResponseId, RecordedDate) nor a row of import ids; export it again "
            "with its first row."
        )
    header = _header(sheet.rows)
    own = _own_columns(header)
    rows = data_rows(sheet.rows, header.rows + 1, len(header.names), NO_ANSWER)
    place = {key: column for column, key in enumerate(own, start=1) if key}

    def cell(cells, key):
        return clean(cells[place[key] - 1]) if key in place else ""

    states = [(row, cell(cells, "status"), cell(cells, "finished")) for row, cells in rows]
    verdicts = {row: _verdict(status, finished) for row, status, finished in states}
    return Export(
        name=name,
        platform="qualtrics",
        encoding=sheet.encoding,
        header_rows=header.rows,
        headings=_headings(header, own),
        rows=rows,
        id=place.get("responseid", 0),
        submitted=place.get("recordeddate", 0) or place.get("enddate", 0),
        date_format=DATE_FORMAT,
        metadata=frozenset(place.values()),
        personal=frozenset(column for key, column in place.items() if key in _PERSONAL),
        verdicts={row: verdict for row, verdict in verdicts.items() if verdict},
        notes=tuple(_unknown(name, states)),
    )
