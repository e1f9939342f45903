"""LimeSurvey's CSV and XLSX: one header row of texts, of codes, or of both, in the language of the survey.

Headings are whole questions, questions cut short, codes ('q1[SQ001]'), or a code and a text ('q1[SQ001]. Question
[option]'), the two parted by what stands between them in the platform's own columns. The last bracket is the option of a
multi-select or the row of a matrix; brackets that touch it, as those of a matrix with columns, belong to it.

Seen in real files: the first columns and their order, German headings, the byte order mark, quotation marks round every
cell, both separators, the blank line at the end, 'Question [option]' with a localised yes or no, 'code[SQ001]._.text',
timing columns at the far right, and '1980-01-01 00:00:00' as every submit date of an anonymised survey. Read in the
platform's source: the four kinds of heading, 'q[other]', the answer code '-oth-', the apostrophe before '='. Only
believed: the French and Dutch headings, 'q1_SQ001' for a code, the names of timing columns, a blank submit date for a
response that was not finished. Where the language is not known, the platform's own columns are told by what they hold.
"""

import re

from pipeline.errors import ExportError
from pipeline.ingest.files import Sheet
from pipeline.ingest.layouts.export import (
    UNSENT,
    Export,
    Heading,
    data_rows,
    fold,
    heading_text,
    without_trailing_blanks,
)

DATE_FORMAT = "%Y-%m-%d %H:%M:%S"
# What an anonymised survey writes in place of a date: the response was sent, and nobody may know when.
SENT_WITHOUT_A_DATE = "1980-01-01 00:00:00"

# The platform's own columns: the code, then the headings in English, German, French and Dutch.
OWN = {
    "id": ("Response ID", "Antwort ID", "ID de la réponse", "Antwoord ID", "Respons ID"),
    "submitdate": ("Date submitted", "Datum Abgeschickt", "Date de soumission", "Datum ingestuurd", "Datum verzonden"),
    "lastpage": ("Last page", "Letzte Seite", "Dernière page", "Laatste pagina"),
    "startlanguage": ("Start language", "Start-Sprache", "Startsprache", "Langue de départ", "Starttaal", "Begintaal"),
    "seed": ("Zufallsstartwert", "Tête de série"),
    "startdate": ("Date started", "Datum gestartet", "Date de lancement", "Startdatum"),
    "datestamp": ("Date last action", "Datum letzte Aktivität", "Date de la dernière action", "Datum laatste actie"),
    "refurl": ("Referrer URL", "Weiterleitungs-URL", "URL de référence", "Verwijzende URL"),
    "ipaddr": ("IP address", "IP-Adresse", "Adresse IP", "IP-adres"),
    "token": ("Access code", "Zugangscode", "Zugangsschlüssel", "Code d'accès", "Toegangscode"),
    "firstname": ("First name", "Vorname", "Prénom", "Voornaam"),
    "lastname": ("Last name", "Nachname", "Nom de famille", "Achternaam"),
    "email": ("Email address", "E-Mail-Adresse", "Adresse électronique", "E-mailadres"),
}
PERSONAL_ROLES = ("ipaddr", "token", "firstname", "lastname", "email")
_ROLES = {fold(name): role for role, names in OWN.items() for name in (role, *names)}
_CUT_SHORT = 12  # a heading of at least so many characters may be one of ours with its end cut off

_DATE = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
# What the first columns hold in any language, and what the next may; a seed is what no other platform has.
_SHAPE = (
    ("id", r"\d+"),
    ("submitdate", _DATE),
    ("lastpage", r"-?\d+"),
    ("startlanguage", r"[a-z]{2,3}(?:-\w+)*"),
    ("seed", r"\d{6,10}"),
)
_ALWAYS_THERE = ("id", "startlanguage")
_SHAPE_AFTER = (
    ("startdate", _DATE),
    ("datestamp", _DATE),
    ("ipaddr", r"\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:]+"),
)

_TIMING = re.compile(
    r"interviewtime|grouptime\d*|total time|gesamtzeit|temps total|totale tijd"
    r"|(?:group time|question time|gruppenzeit|fragenzeit)\b.*"
)
_SEPARATOR = re.compile(r"(?:submitdate|lastpage|startlanguage)([\W_]*\W[\W_]*)\S", re.IGNORECASE)
_BRACKET = r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]"
_BRACKETS = re.compile(rf"^(.*?\S)\s*((?:{_BRACKET})+)$", re.DOTALL)
_OTHER = frozenset(["other", "sonstiges", "autre", "anders", "arall"])

_HIDDEN = re.compile(r"<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)


def recognises(rows: list[list[str]]) -> bool:
    """Say whether the id, the submit date and the last page or the language are there, by name or by what they hold."""
    if not rows:
        return False
    _, columns = _codes_and_texts(rows[0])
    named = _named(columns)
    by_name = {"id", "submitdate"} <= named.keys() and ("lastpage" in named or "startlanguage" in named)
    return by_name or bool(_by_shape(rows))


def read(sheet: Sheet, name: str) -> Export:
    """Return the sheet as an Export with one header row; ticks stay 'Y', 'Yes' or 'Ja', as the export has them.

    Without dates (`submitted` 0) where every submit date only says that the response was sent. Raises ExportError
    where the platform's own columns are not there; the export is at fault where submit dates are in part dates only.
    """
    separator, columns = _codes_and_texts(sheet.rows[0]) if sheet.rows else ("", [])
    own = _named(columns)
    if not {"id", "submitdate"} <= own.keys():
        own |= _by_shape(sheet.rows)
    if "id" not in own and "submitdate" not in own:
        raise ExportError(
            f"{name} has neither LimeSurvey's response ids nor its submit dates in its first row. "
            "Export it again with the headings 'Question code & question text', and with these columns."
        )
    rows = [[_restored(cell) for cell in cells] for cells in sheet.rows]
    rows = data_rows(rows, 2, len(columns))
    submitted = own.get("submitdate", 0)
    verdicts = {}
    sent = {cells[submitted - 1] for _, cells in rows} - {""} if submitted else set()
    if sent == {SENT_WITHOUT_A_DATE}:
        verdicts = {
            row: (UNSENT, "begun and not sent") for row, cells in rows if any(cells) and not cells[submitted - 1]
        }
        submitted = 0
    codes = {fold(code) for code, _ in columns if code}
    attributes = {n for n, (code, _) in enumerate(columns, 1) if re.fullmatch(r"attribute_\d+", code)}
    timings = {n for n, (code, text) in enumerate(columns, 1) if _is_timing(code or text, codes)}
    personal = attributes | {own[role] for role in PERSONAL_ROLES if role in own}
    return Export(
        name=name,
        platform="limesurvey",
        encoding=sheet.encoding,
        header_rows=1,
        headings=_headings(columns, separator),
        rows=rows,
        id=own.get("id", 0),
        submitted=submitted,
        date_format=DATE_FORMAT,
        metadata=frozenset(own.values()) | timings | personal,
        personal=frozenset(personal),
        verdicts=verdicts,
        fault=_flags_among_dates(name, submitted) if SENT_WITHOUT_A_DATE in sent and len(sent) > 1 else "",
    )


def _codes_and_texts(top: list[str]) -> tuple[str, list[tuple[str, str]]]:
    """Return what parts codes from texts, '' if nothing does, and (code, text) for each heading, '' for what it lacks."""
    headings = without_trailing_blanks([_without_html(cell) for cell in top])
    found = next((match for match in map(_SEPARATOR.match, headings) if match), None)
    if found:
        code = re.compile(rf"([A-Za-z]\w*?(?:\[[^\]]*\])*){re.escape(found[1].rstrip())}\s*(.*)", re.DOTALL)
        matches = [code.fullmatch(heading) for heading in headings]
        return found[1], [
            match.groups() if match else ("", text) for match, text in zip(matches, headings, strict=True)
        ]
    if any(heading.lower() in ("submitdate", "lastpage", "startlanguage") for heading in headings):
        return "", [(heading, "") for heading in headings]
    return "", [("", heading) for heading in headings]


def _without_html(heading: str) -> str:
    return heading_text(_HIDDEN.sub(" ", heading))


def _named(columns) -> dict[str, int]:
    """Return the platform's own columns by role, where their code or heading is known; of two, the first."""
    found: dict[str, int] = {}
    for number, (code, text) in enumerate(columns, start=1):
        name = fold(code or text)
        role = _ROLES.get(name) or next(
            (role for known, role in _ROLES.items() if len(name) >= _CUT_SHORT and known.startswith(name)), ""
        )
        if role:
            found.setdefault(role, number)
    return found


def _by_shape(rows) -> dict[str, int]:
    """Return the platform's own columns by what the first columns hold; none of them if one does not fit."""
    body = [cells for cells in rows[1:] if any(cells)]

    def fits(column, pattern, always):
        values = [cells[column - 1].strip() if column <= len(cells) else "" for cells in body]
        filled = [value for value in values if value]
        enough = len(filled) == len(values) if always else filled
        return enough and all(re.fullmatch(pattern, value) for value in filled)

    if not body or not all(fits(n, pattern, role in _ALWAYS_THERE) for n, (role, pattern) in enumerate(_SHAPE, 1)):
        return {}
    found = {role: number for number, (role, _) in enumerate(_SHAPE, start=1)}
    for role, pattern in _SHAPE_AFTER:
        if fits(len(found) + 1, pattern, True):
            found[role] = len(found) + 1
    return found


def _restored(cell: str) -> str:
    """Return a cell without the apostrophe that guards a spreadsheet from '=', and with the code of 'Other' spelt out."""
    if cell.strip() == "-oth-":
        return "Other"
    return cell[1:] if cell.startswith("'=") else cell


def _flags_among_dates(name: str, submitted: int) -> str:
    return (
        f"{name}, column {submitted}: some submit dates are {SENT_WITHOUT_A_DATE}, which LimeSurvey writes in place "
        "of a date, and others are dates. Make two files of it, one with dates and one without, each with its channel."
    )


def _is_timing(heading: str, codes: set[str]) -> bool:
    """Say whether a heading is that of a time spent: on the survey, a group of questions, or the question 'q1' ('q1Time')."""
    name = fold(heading)
    return bool(_TIMING.fullmatch(name)) or (name.endswith("time") and name.removesuffix("time") in codes)


def _split(heading: str) -> tuple[str, str]:
    """Return a heading without the brackets that end it, and what stands in them."""
    found = _BRACKETS.match(heading)
    if not found:
        return heading, ""
    return found[1], " ".join(part.strip() for part in re.findall(_BRACKET, found[2]))


def _split_code(code: str) -> tuple[str, str]:
    # A question's code has letters and digits only, so that what follows an underscore is its part.
    expression = re.fullmatch(r"(?!attribute_)([A-Za-z][A-Za-z0-9]*)_(\w+)", code)
    return expression.groups() if expression else _split(code)


def _headings(columns, separator: str) -> tuple[Heading, ...]:
    """Return the headings by their texts, so that one definition serves every kind of them, or by codes where they stand alone.

    A code stays before its text where questions with other codes have the same text.
    """
    told = [_question_and_part(code, text) for code, text in columns]
    with_parts = {fold(question) for question, part in told if part}
    without = {fold(question) for question, part in told if not part}
    codes: dict[str, set[str]] = {}
    for (code, _), (question, _) in zip(columns, told, strict=True):
        codes.setdefault(fold(question), set()).add(_split_code(code)[0])
    headings = []
    for number, ((code, text), (question, part)) in enumerate(zip(columns, told, strict=True), start=1):
        if not code and fold(text) in with_parts:  # 'Which? [Tick one]', beside 'Which? [Tick one] [Other]'
            question, part = text, ""
        shared = bool(code and text and len(codes[fold(question)]) > 1)
        whole = code + separator + text if code and text else code or text
        if _split(text)[1] and not shared and fold(text) not in without:
            whole = text
        question = f"{_split_code(code)[0]}{separator}{question}" if shared else question
        headings.append(Heading(number, question, part, whole=whole if part else ""))
    return tuple(headings)


def _question_and_part(code: str, text: str) -> tuple[str, str]:
    """Return the question and its part; the code, where there is one, says whether there is a part at all."""
    base, under = _split_code(code)
    question, part = _split(text)
    if code and not (under and text):
        question, part = text or base, under
    part = part or under
    if "comment" in (fold(part), fold(under)):  # what was written beside an answer is a question of its own
        return text or code, ""
    return question, "Other" if fold(under) == "other" or fold(part) in _OTHER else part
