"""One small consultation, invented, written in every layout that is read: each gives the same answers, comments and groups.

A row that a platform cannot express, such as one that was never sent where it exports none of these, is not written in its
layout.
"""

import csv
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape

import openpyxl
import pandas as pd
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import read_consultation, read_responses, tally_answers
from pipeline.cli import main

ROLE, PLAN, WHY = "Q1. Who are you?", "Q2. Do you like the plan, as a whole?", "Q3. Why? This may be “brief”"
OTHER = "Other (please specify)"
TESTER = "test@example.org"

COUNTED, REPEAT, TEST, EMPTY = "counted", "repeat", "test entry", "empty"
OUTSIDE, UNSENT, SAME_ID = "outside the dates", "not submitted", "same id"


@dataclass(frozen=True)
class Response:
    """One row: the number that its id is made of, what is to become of it, and what it holds.

    Who `typed` this chose 'Other'; a `blank` row has nothing in any cell; `same_id` marks a number that stands twice.
    """

    number: int
    fate: str = COUNTED
    sent: datetime | None = datetime(2024, 1, 10, 9, 30, 15)
    email: str = ""
    role: str = "Cats"
    typed: str = ""
    answer: str = "Agree"
    why: str = ""
    same_id: bool = False
    blank: bool = False


RESPONSES = [
    Response(1, email="one@example.org", why='Food, and "more food", twice'),
    Response(2, role="A dog", answer="Disagree", why='Line one,\nline "two"\n\nline four', sent=datetime(2024, 1, 2)),
    Response(3, role="Puppy", answer="Neither", why="It costs £5; or so", sent=datetime(2024, 1, 31, 23, 59, 59)),
    Response(2, REPEAT, sent=datetime(2024, 1, 1), why="too early", same_id=True),
    Response(4, role="Birds", answer="Don't know", why="They’re ‘fine’ – “really”, café"),
    Response(5, role="", typed="a newt, or “eft”", why="50% of them"),
    Response(6, EMPTY, sent=None, role="", answer="", blank=True),
    Response(7, answer="", why='"'),
    Response(8, role="", answer="Disagree"),
    Response(9, REPEAT, email="ONE@example.org", sent=datetime(2024, 1, 9), answer="Disagree", why="I was first"),
    Response(10, TEST, email=TESTER, why="a test"),
    Response(11, EMPTY, role="Birds", answer=""),
    Response(12, OUTSIDE, sent=datetime(2024, 2, 1), why="too late"),
    Response(13, UNSENT, sent=None, why="not sent"),
    Response(14, answer="Neither"),
]
ANSWERS = {1: "Agree", 2: "Disagree", 3: "Neither", 4: "Don't know", 5: "Agree", 7: "", 8: "Disagree", 14: "Neither"}
COMMENTS = {
    1: 'Food, and "more food", twice',
    2: 'Line one,\nline "two"\n\nline four',
    3: "It costs £5; or so",
    4: "They’re ‘fine’ – “really”, café",
    5: "50% of them",
    7: '"',
    8: "",
    14: "",
}
GROUPS = {1: "Cats", 2: "Dogs", 3: "Dogs", 4: "Birds", 5: "Others", 7: "Cats", 14: "Cats"}
TYPED = {5: "a newt, or “eft”"}


DEFINITION = """
title = "A small survey, invented"
opens = 2024-01-01
closes = 2024-01-31

[rules]
same_person = ['{email}']
tests = [{{ column = '{email}', values = ["test@example.org"] }}]

[[channels]]
key = "online"
label = "Online survey"
file = "{file}"
counted = true
{channel}

[[groupings]]
key = "role"
label = "Role"
heading = "Q1. Who are you?"
other = "Others"
other_in_place = {in_place}
groups = [
    {{ label = "Cats" }},
    {{ label = "Dogs", options = ["A dog", "Puppy"] }},
    {{ label = "Birds" }},
    {{ label = "Others" }},
]

[scales.agreement]
points = ["Agree", "Neither", "Disagree"]
outside_base = ["Don't know"]

[[questions]]
id = "plan"
heading = "Q2. Do you like the plan, as a whole?"
label = "The plan"
scale = "agreement"

[[questions]]
id = "why"
heading = "Q3. Why? This may be “brief”"
label = "Reasons"
"""

Cell = Callable[[Response], object]
Column = tuple[tuple[str, ...], Cell]


@dataclass(frozen=True)
class Layout:
    """How a platform writes: its own columns, then those of each question; a column is its headings and its cell.

    `ending` is the file's, `nothing` what stands where nothing was answered, `lacks` the rows that it cannot express;
    `email` is the heading of the column that tells a person, and `channel` what the definition says of the file.
    """

    platform: str
    ending: str
    own: list[Column]
    questions: list[list[Column]]
    email: str = "Email"
    channel: str = ""
    in_place: bool = False
    lists_typed: bool = True
    lacks: frozenset[str] = frozenset()
    nothing: str = ""
    encoding: str = "utf-8"
    under: tuple[list[str], ...] = ()

    def expresses(self, response: Response) -> bool:
        return response.fate not in self.lacks and not (response.same_id and SAME_ID in self.lacks)

    def expressed(self, responses: list[Response]) -> list[Response]:
        return [response for response in responses if self.expresses(response)]

    def table(self, responses: list[Response], questions=None) -> list[list]:
        """Return the rows of the file, the headings first."""
        columns = [*self.own, *(column for question in questions or self.questions for column in question)]
        head = [list(tier) for tier in zip(*(tiers for tiers, _ in columns), strict=True)]
        answers = columns[len(self.own) :]
        rows = [
            [""] * len(columns)
            if response.blank
            else [cell(response) for _, cell in self.own] + [cell(response) or self.nothing for _, cell in answers]
            for response in responses
        ]
        return [*head, *self.under, *rows]


def always(text) -> Cell:
    return lambda response: text


def id(form: str = "{}", first: int = 1000) -> Cell:
    return lambda response: form.format(first + response.number)


def sent(form: str = "") -> Cell:
    """Return the cell of the date: as a date, or as text in this form."""
    return lambda r: r.sent.strftime(form) if r.sent and form else r.sent or ""


def email(response: Response) -> str:
    return response.email


def asked(role, other, plan, why, chosen: str = "") -> list[list[Column]]:
    """Return the questions under these headings: who typed has `chosen` beside it, or no column beside it is there."""
    if other:
        first = [(role, lambda r: chosen if r.typed else r.role), (other, lambda r: r.typed)]
    else:
        first = [(role, lambda r: r.typed or r.role)]
    return [first, [(plan, lambda r: r.answer)], [(why, lambda r: r.why)]]


ISO, BRITISH, AMERICAN = "%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S"
ONE_TIER = asked((ROLE,), (f"{ROLE} - {OTHER}",), (PLAN,), (WHY,))
IN_PLACE = asked((ROLE,), None, (PLAN,), (WHY,))


def smartsurvey(tiers: int, email: Cell = email) -> list[Column]:
    below = ("",) * (tiers - 1)
    names = ("UserID", "UserNo", "Name", "Email", "IP Address", "Unique ID", "Started", "Ended")
    cells = (id(), id(first=0), always("-"), email, always("192.0.2.1"), always("-"), sent(BRITISH), sent(BRITISH))
    return [((name, *below), cell) for name, cell in zip(names, cells, strict=True)]


def import_id(text: str) -> str:
    return '{"ImportId":"' + text + '"}'


def qualtrics(*kept: int, word: str = "IP Address", preview: str = "Survey Preview", yes="True", no="False") -> dict:
    """Return the columns of the modern form with these of its three rows of headings."""

    def column(tiers: tuple[str, str, str], cell: Cell) -> Column:
        return tuple((*tiers[:2], import_id(tiers[2]))[row - 1] for row in kept), cell

    own = [
        column(("StartDate", "Start Date", "startDate"), always("2023-12-31 09:00:00")),
        column(("EndDate", "End Date", "endDate"), always("2024-01-10 09:00:00")),
        column(("Status", "Response Type", "status"), lambda r: preview if r.fate == TEST else word),
        column(("Finished", "Finished", "finished"), lambda r: no if r.fate == UNSENT else yes),
        column(
            ("RecordedDate", "Recorded Date", "recordedDate"), lambda r: (r.sent or datetime(2024, 1, 9)).strftime(ISO)
        ),
        column(("ResponseId", "Response ID", "_recordId"), id("R_{}")),
        column(("RecipientEmail", "Recipient Email", "recipientEmail"), email),
    ]
    questions = asked(
        ("Q1", f"{ROLE} - Selected Choice", "QID1"),
        ("Q1_4_TEXT", f"{ROLE} - {OTHER} - Text", "QID1_4_TEXT"),
        ("Q2", PLAN, "QID2"),
        ("Q3", WHY, "QID3_TEXT"),
        chosen=OTHER,
    )
    return {
        "own": own,
        "questions": [[column(tiers, cell) for tiers, cell in columns] for columns in questions],
        "email": "RecipientEmail",
        "nothing": "-99",
    }


LEGACY = [
    (("V1", "ResponseID"), id("R_{}")),
    (("V2", "ResponseSet"), always("Default Response Set")),
    (("V3", "Name"), always("Anonymous")),
    (("V4", "ExternalDataReference"), always("")),
    (("V5", "EmailAddress"), email),
    (("V6", "IPAddress"), always("192.0.2.1")),
    (("V7", "Status"), lambda r: "1" if r.fate == TEST else "0"),
    (("V8", "StartDate"), always("2023-12-31 09:00:00")),
    (("V9", "EndDate"), lambda r: (r.sent or datetime(2024, 1, 9)).strftime(ISO)),
    (("V10", "Finished"), lambda r: "0" if r.fate == UNSENT else "1"),
]


def surveymonkey(tiers: int) -> list[Column]:
    below = ("",) * (tiers - 1)
    names = ("Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address", "First Name")
    cells = (id(first=10**9), always("77"), sent(AMERICAN), sent(AMERICAN), always("192.0.2.1"), email, always(""))
    return [((name, *below), cell) for name, cell in zip(names, cells, strict=True)]


def limesurvey(*names: str) -> list[Column]:
    cells = (id(first=0), sent(ISO), always("4"), always("en"), always("1234567890"), email)
    return [((name,), cell) for name, cell in zip(names, cells, strict=True)]


def jisc(*names: str) -> list[Column]:
    return [((name,), cell) for name, cell in zip(names, (id(), sent(BRITISH), sent(BRITISH)), strict=True)]


def plain(tiers: int = 1, form: str = ISO) -> list[Column]:
    below = ("",) * (tiers - 1)
    return [(("Response ID", *below), id("r{}")), (("Submitted", *below), sent(form)), (("Email", *below), email)]


BY_NAME = """headings = { role = "Q1", plan = "Q2", why = "Q3" }"""
NEVER_UNSENT = frozenset([UNSENT])
ANSWERED_BELOW = asked((ROLE, "Response"), ("", OTHER), (PLAN, "Response"), (WHY, "Open-Ended Response"), chosen=OTHER)

LAYOUTS = {
    "smartsurvey, one row": Layout("smartsurvey", "csv", smartsurvey(1), IN_PLACE, in_place=True, nothing="-"),
    "smartsurvey, three rows": Layout(
        "smartsurvey",
        "csv",
        smartsurvey(3, email=always("-")),
        [
            *asked((ROLE, "Answer", ""), ("", OTHER, ""), (PLAN, "Answer", ""), (WHY, "Answer", "")),
            [(("Q4. Where may we write to you?", "Answer", ""), email)],
        ],
        email="Q4. Where may we write to you?",
        nothing="-",
    ),
    "qualtrics, three rows": Layout("qualtrics", "csv", **qualtrics(1, 2, 3)),
    "qualtrics, names and texts": Layout(
        "qualtrics", "tsv", **qualtrics(1, 2, word="0", preview="1", yes="1", no="0"), encoding="utf-16"
    ),
    "qualtrics, names": Layout("qualtrics", "xlsx", **qualtrics(1), channel=BY_NAME, lists_typed=False),
    "qualtrics, legacy": Layout(
        "qualtrics",
        "csv",
        LEGACY,
        [
            *asked(("Q1", ROLE), ("Q1_4_TEXT", f"{ROLE}-{OTHER}-TEXT"), ("Q2", PLAN), ("Q3", WHY), chosen=OTHER),
            [(("", ""), always(""))],
        ],
        email="EmailAddress",
        encoding="utf-8-sig",
    ),
    "surveymonkey, two rows": Layout(
        "surveymonkey", "csv", surveymonkey(2), ANSWERED_BELOW, email="Email Address", lacks=NEVER_UNSENT
    ),
    "surveymonkey, condensed": Layout(
        "surveymonkey",
        "xlsx",
        surveymonkey(1),
        asked((ROLE,), (f"{ROLE} - {OTHER}",), (PLAN,), (WHY,), chosen=OTHER),
        email="Email Address",
        lacks=NEVER_UNSENT,
    ),
    "microsoft_forms": Layout(
        "microsoft_forms",
        "xlsx",
        [
            (("ID",), lambda r: r.number),
            (("Start time",), sent()),
            (("Completion time",), sent()),
            (("Email",), lambda r: r.email or "anonymous"),
            (("Name",), always("")),
        ],
        IN_PLACE,
        in_place=True,
        lacks=NEVER_UNSENT,
    ),
    "google_forms": Layout(
        "google_forms",
        "csv",
        [(("Timestamp",), sent(AMERICAN)), (("Email Address",), email)],
        IN_PLACE,
        email="Email Address",
        in_place=True,
        lacks=NEVER_UNSENT | {SAME_ID},
    ),
    "limesurvey, texts": Layout(
        "limesurvey",
        "csv",
        limesurvey("Response ID", "Date submitted", "Last page", "Start language", "Seed", "Email address"),
        asked((ROLE,), (f"{ROLE} [Other]",), (PLAN,), (WHY,), chosen="Other"),
        email="Email address",
        encoding="utf-8-sig",
    ),
    "limesurvey, codes and texts": Layout(
        "limesurvey",
        "xlsx",
        limesurvey(
            "id. Response ID",
            "submitdate. Date submitted",
            "lastpage. Last page",
            "startlanguage. Start language",
            "seed. Seed",
            "email. Email address",
        ),
        asked(
            (f"role. {ROLE}",), (f"role[other]. {ROLE} [Other]",), (f"plan. {PLAN}",), (f"why. {WHY}",), chosen="-oth-"
        ),
        email="Email address",
    ),
    "jisc, texts": Layout(
        "jisc",
        "csv",
        jisc("Unique Response Number", "StartDate", "CompletionDate"),
        [
            *asked(
                ("1. Who are you?",),
                ("1.a. If you selected Other, please specify:",),
                (PLAN.replace("Q2", "2"),),
                (WHY.replace("Q3", "3"),),
                chosen="Other",
            ),
            [(("4. Email address",), email)],
        ],
        email="4. Email address",
        channel='date_format = "%d/%m/%Y %H:%M:%S"',
    ),
    "jisc, codes": Layout(
        "jisc",
        "xlsx",
        jisc("URN", "Start date", "Completion date"),
        [*asked(("Q1",), ("Q1_a",), ("Q2",), ("Q3",), chosen="Other"), [(("Q4",), email)]],
        email="Q4",
        channel=f'{BY_NAME}\ndate_format = "%d/%m/%Y %H:%M:%S"',
        lists_typed=False,
    ),
    "citizen_space": Layout(
        "citizen_space",
        "csv",
        [
            (("Response ID",), id("ANON-AB12-{}-E")),
            (("Date submitted",), sent(ISO)),
            (("What is your email address? - Email",), email),
        ],
        asked((f"{ROLE} - {ROLE}",), (f"{ROLE} - {OTHER}",), (f"{PLAN} - {PLAN}",), (f"{WHY} - {WHY}",)),
        email="What is your email address? - Email",
        nothing="Not Answered",
    ),
    "spss": Layout(
        "spss",
        "sav",
        [(("ResponseId", ""), id()), (("EndDate", ""), sent()), (("email", "Email"), email)],
        asked(("role", ROLE), ("role_other", f"{ROLE} - {OTHER}"), ("plan", PLAN), ("why", WHY)),
    ),
    "plain, CSV": Layout("plain", "csv", plain(), ONE_TIER),
    "plain, CSV of Windows": Layout("plain", "csv", plain(), ONE_TIER, encoding="cp1252"),
    "plain, TSV": Layout("plain", "tsv", plain(), ONE_TIER),
    "plain, XLSX": Layout("plain", "xlsx", plain(form=""), ONE_TIER),
    "plain, ODS": Layout("plain", "ods", plain(), ONE_TIER),
    "plain, a blank row below": Layout("plain", "csv", plain(), ONE_TIER, under=([""] * 7,), nothing="-"),
    "plain, two rows": Layout(
        "plain", "csv", plain(2), asked((ROLE, "Answer"), ("", OTHER), (PLAN, "Answer"), (WHY, "Answer"))
    ),
}


def write_delimited(path: Path, rows: list[list], encoding: str) -> None:
    with open(path, "w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter="\t" if path.suffix == ".tsv" else ",").writerows(rows)


def write_xlsx(path: Path, rows: list[list], encoding: str) -> None:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([None if cell == "" else cell for cell in row])
    book.save(path)


def write_ods(path: Path, rows: list[list], encoding: str) -> None:
    """Write the least that a program takes for a workbook in this form, every cell a text."""

    def table_cell(cell):
        lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in cell.split("\n"))
        return (
            f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'
            if cell
            else "<table:table-cell/>"
        )

    kind = "application/vnd.oasis.opendocument.spreadsheet"
    oasis = "urn:oasis:names:tc:opendocument:xmlns"
    spaces = " ".join(f'xmlns:{space}="{oasis}:{space}:1.0"' for space in ("office", "table", "text"))
    lines = "".join(f"<table:table-row>{''.join(map(table_cell, row))}</table:table-row>" for row in rows)
    entries = "".join(
        f'<m:file-entry m:full-path="{part}" m:media-type="{media}"/>'
        for part, media in (("/", kind), ("content.xml", "text/xml"))
    )
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", kind)
        book.writestr("META-INF/manifest.xml", f'<m:manifest xmlns:m="{oasis}:manifest:1.0">{entries}</m:manifest>')
        book.writestr(
            "content.xml",
            f'<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name="Sheet">{lines}'
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )


def write_sav(path: Path, rows: list[list], encoding: str) -> None:
    """Write variables under their labels, the closed questions as numbers with labels."""
    names, labels, *cases = rows
    columns = {name: [case[n] for case in cases] for n, name in enumerate(names)}
    values = {}
    for name in ("role", "plan"):
        options = dict(enumerate(sorted({*columns[name]} - {""}), start=1))
        numbers = {option: number for number, option in options.items()}
        columns[name] = [float(numbers[option]) if option else None for option in columns[name]]
        values[name] = options
    columns["EndDate"] = [day or None for day in columns["EndDate"]]
    pyreadstat.write_sav(
        pd.DataFrame(columns),
        str(path),
        column_labels={name: label for name, label in zip(names, labels, strict=True) if label},
        variable_value_labels=values,
    )


WRITERS = {"csv": write_delimited, "tsv": write_delimited, "xlsx": write_xlsx, "ods": write_ods, "sav": write_sav}


def write(folder: Path, layout: Layout, responses: list[Response], questions=None) -> Path:
    """Write the responses that the layout can express, and its definition; return the folder."""
    path = folder / f"export.{layout.ending}"
    WRITERS[layout.ending](path, layout.table(layout.expressed(responses), questions), layout.encoding)
    return define(layout, path)


def define(layout: Layout, path: Path, channel: str = "") -> Path:
    """Write the layout's definition beside the file; return the folder."""
    definition = DEFINITION.format(
        file=path.name, email=layout.email, channel=layout.channel + channel, in_place=str(layout.in_place).lower()
    )
    (path.parent / "consultation.toml").write_text(definition, encoding="utf-8")
    return path.parent


def by_number(found, written: list[Response]):
    """Return what was read as (answers, comments, groups, typed), each by the responses' numbers."""
    number = {
        respondent: response.number for respondent, response in zip(found.ledger["respondent"], written, strict=True)
    }

    def table(frame, column):
        cells = zip(frame["respondent"], frame[column].fillna(""), strict=True)
        pairs = [(number[respondent], cell) for respondent, cell in cells]
        assert len(pairs) == len(dict(pairs))
        return dict(pairs)

    roles = found.groups[found.groups["grouping"] == "role"]
    return (
        table(found.answers, "answer"),
        table(found.comments, "text"),
        table(roles, "group"),
        table(found.others, "text"),
    )


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_gives_the_same_answers_comments_groups_and_fates(tmp_path, name):
    layout = LAYOUTS[name]
    found = read_responses(read_consultation(write(tmp_path, layout, RESPONSES)))
    written = layout.expressed(RESPONSES)
    assert found.sources["platform"].tolist() == [layout.platform]
    assert found.ledger["fate"].tolist() == [response.fate for response in written]
    typed = TYPED if layout.lists_typed else {}
    assert by_number(found, written) == (ANSWERS, COMMENTS, GROUPS, typed)
    assert not any("no column" in note for note in found.notes if layout.platform != "google_forms")


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(list(LAYOUTS)), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_of_questions_changes_nothing(name, chance):
    layout = LAYOUTS[name]
    rows = [response for response in RESPONSES if not response.blank]
    chance.shuffle(rows)
    # Between others, because a blank row under the headings belongs to them and one at the end is none.
    rows.insert(chance.randint(1, len(rows) - 4), next(response for response in RESPONSES if response.blank))
    questions = list(layout.questions)
    chance.shuffle(questions)
    with TemporaryDirectory() as folder:
        found = read_responses(read_consultation(write(Path(folder), layout, rows, questions)))
    written = layout.expressed(rows)
    assert found.ledger["fate"].tolist() == [response.fate for response in written]
    assert by_number(found, written) == (ANSWERS, COMMENTS, GROUPS, TYPED if layout.lists_typed else {})


def settled(response: Response) -> Response:
    """Return a made-up response with the fate that it has by itself."""
    if response.blank:
        return replace(response, fate=EMPTY)
    if response.email == TESTER:
        return replace(response, fate=TEST)
    if not response.sent:
        return replace(response, fate=UNSENT)
    if response.sent.strftime("%Y-%m") != "2024-01":
        return replace(response, fate=OUTSIDE)
    return replace(response, fate=COUNTED if response.answer or response.why.strip() else EMPTY)


MADE_UP = st.builds(
    Response,
    number=st.integers(1, 9),
    sent=st.sampled_from(
        [datetime(2023, 12, 31), *[datetime(2024, 1, n, 12) for n in (1, 20, 31)], datetime(2024, 2, 1), None]
    ),
    email=st.sampled_from(["", "", "one@example.org", TESTER]),
    role=st.sampled_from(["", "Cats", "Puppy"]),
    typed=st.sampled_from(["", "a newt"]),
    answer=st.sampled_from(["", "Agree", "Don't know"]),
    why=st.text('ab ,;"\n\t£“’é', max_size=20),  # without dashes: one alone is no answer
    blank=st.sampled_from([False, False, False, True]),
).map(settled)
TEXTS = [name for name, layout in LAYOUTS.items() if layout.ending in ("csv", "tsv")]


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(TEXTS), st.lists(MADE_UP, max_size=12))
def test_every_row_counts_or_is_left_out_and_who_counts_is_heard_in_full(name, responses):
    layout = LAYOUTS[name]
    written = layout.expressed([Response(98, why="the first"), *responses, Response(99, why="the last")])
    with TemporaryDirectory() as folder:
        found = read_responses(read_consultation(write(Path(folder), layout, written)))
    fates = found.ledger["fate"].tolist()
    assert [COUNTED if fate == REPEAT else fate for fate in fates] == [response.fate for response in written]
    heard = [response for response, fate in zip(written, fates, strict=True) if fate == COUNTED]
    assert found.comments["text"].fillna("").tolist() == [response.why.strip() for response in heard]
    assert found.answers["answer"].fillna("").tolist() == [response.answer for response in heard]
    people = [response.email for response in heard if response.email]
    people += [] if SAME_ID in layout.lacks else [response.number for response in heard]
    assert len(people) == len(set(people))


SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
# Commas, quotation marks, UTF-8, from line 1; British or American; not all quoted cells as text; dates as dates.
IN_BRITISH = "CSV:44,34,76,1,,2057,false,true"
IN_AMERICAN = "CSV:44,34,76,1,,1033,false,true"
TO_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1"

# A spreadsheet takes dates for what they are in its own language: those of these platforms have the month first.
MONTH_FIRST = ("surveymonkey", "google_forms")
CSVS = [name for name, layout in LAYOUTS.items() if layout.ending == "csv" and layout.encoding.startswith("utf-8")]
BOOKS = [name for name, layout in LAYOUTS.items() if layout.ending in ("xlsx", "ods")]


def convert(folder: Path, files: list[Path], *options: str) -> None:
    """Have LibreOffice, with a profile of its own, save the files in another form in the folder."""
    command = [SOFFICE, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", *options]
    done = subprocess.run([*command, "--outdir", folder, *files], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def saved_again(tmp_path_factory):
    """Return a folder with every CSV saved as XLSX, and every workbook as CSV and as ODS, under the layout's number."""
    if not SOFFICE:
        pytest.skip("LibreOffice is not installed: no file was saved again by it")
    folder = tmp_path_factory.mktemp("saved")
    files = {}
    for name in [*CSVS, *BOOKS]:
        layout = LAYOUTS[name]
        files[name] = folder / "first" / f"{list(LAYOUTS).index(name)}.{layout.ending}"
        files[name].parent.mkdir(exist_ok=True)
        WRITERS[layout.ending](files[name], layout.table(layout.expressed(RESPONSES)), layout.encoding)
    american = [name for name in CSVS if LAYOUTS[name].platform in MONTH_FIRST]
    british = [name for name in CSVS if name not in american]
    convert(folder, [files[name] for name in british], "--convert-to", "xlsx", f"--infilter={IN_BRITISH}")
    convert(folder, [files[name] for name in american], "--convert-to", "xlsx", f"--infilter={IN_AMERICAN}")
    convert(folder, [files[name] for name in BOOKS], "--convert-to", TO_CSV)
    convert(folder, [files[name] for name in BOOKS], "--convert-to", "ods")
    return folder


@pytest.mark.parametrize(
    ("name", "ending"), [*((name, "xlsx") for name in CSVS), *((name, end) for name in BOOKS for end in ("csv", "ods"))]
)
def test_a_file_that_libreoffice_saved_again_gives_the_same(saved_again, tmp_path, name, ending):
    layout = LAYOUTS[name]
    path = tmp_path / f"export.{ending}"
    shutil.copy(saved_again / f"{list(LAYOUTS).index(name)}.{ending}", path)
    # A true date in a CSV is written as the cell showed it.
    shown = (
        '\ndate_format = "%Y-%m-%d %H:%M:%S"' if ending == "csv" and name in ("microsoft_forms", "plain, XLSX") else ""
    )
    found = read_responses(read_consultation(define(layout, path, shown)))
    written = layout.expressed(RESPONSES)
    assert found.ledger["fate"].tolist() == [response.fate for response in written]
    assert by_number(found, written) == (ANSWERS, COMMENTS, GROUPS, TYPED if layout.lists_typed else {})


# --- A first definition, drafted from each layout -------------------------------------------------------------------

PETS = "Q5. Which pets do you keep?"
CARE = "Q6. How good is our care for them?"
KINDS = ("Cats", "Dogs, big or small", "Fish")
ROWS = ("Food", "A bed")
KEPT = {
    1: KINDS[:1], 2: KINDS[:2], 3: KINDS, 4: KINDS[1:], 5: KINDS[::2], 6: KINDS[:1], 7: KINDS[1:2], 8: (),
}  # fmt: skip
RATED = {
    1: ("Very good", "Good"), 2: ("Good", "Good"), 3: ("Poor", "Good"), 4: ("Good", "Very good"), 5: ("Very good", ""),
    6: ("Good", "Poor"), 7: ("", "Poor"), 8: ("Good", "Good"),
}  # fmt: skip
KEEPERS = [Response(n, why=f"because of number {n}", role=("Cats", "Birds")[n % 2]) for n in KEPT]


def ticked(kind: str, yes: str = "", no: str = "") -> Cell:
    """Return the cell of an option: the option itself, unless the export has a word for yes."""
    return lambda r: (yes or kind) if kind in KEPT[r.number] else no


def kept_in_a_cell(mark: str, end: str = "") -> Cell:
    return lambda r: mark.join(KEPT[r.number]) + end if KEPT[r.number] else ""


def rated(row: str) -> Cell:
    return lambda r: RATED[r.number][ROWS.index(row)]


def a_column_each(pets, care, yes: str = "", no: str = "") -> list[list[Column]]:
    """Return both questions with a column an option and a column a row, under what two functions of their number give."""
    return [
        [(pets(n, kind), ticked(kind, yes, no)) for n, kind in enumerate(KINDS, start=1)],
        [(care(n, row), rated(row)) for n, row in enumerate(ROWS, start=1)],
    ]


def in_one_row(form: str, below: int = 0, **words) -> list[list[Column]]:
    """Return both questions under headings of one row, such as '{} - {}'."""
    tiers = ("",) * below
    return a_column_each(
        lambda n, kind: (form.format(PETS, kind), *tiers), lambda n, row: (form.format(CARE, row), *tiers), **words
    )


def in_two_rows(below: int = 0, **words) -> list[list[Column]]:
    """Return both questions in a row of their own, with the parts beneath."""
    tiers = ("",) * below
    return a_column_each(
        lambda n, kind: (PETS * (n == 1), kind, *tiers), lambda n, row: (CARE * (n == 1), row, *tiers), **words
    )


def of_qualtrics(*kept: int, dash: str = " - ", **words) -> list[list[Column]]:
    def tiers(number, question, n, part):
        whole = (f"Q{number}_{n}", f"{question}{dash}{part}", import_id(f"QID{number}_{n}"))
        return tuple(whole[row - 1] for row in kept)

    return a_column_each(lambda *part: tiers(5, PETS, *part), lambda *part: tiers(6, CARE, *part), **words)


ONE_CELL = [[((PETS,), kept_in_a_cell(", "))]]
FURTHER = {
    "smartsurvey, three rows": in_two_rows(1, yes="Yes", no="No"),
    "qualtrics, three rows": of_qualtrics(1, 2, 3),
    "qualtrics, names and texts": of_qualtrics(1, 2, yes="1"),
    "qualtrics, names": of_qualtrics(1, yes="1"),
    "qualtrics, legacy": of_qualtrics(1, 2, dash="-", yes="1"),
    "surveymonkey, two rows": in_two_rows(),
    "surveymonkey, condensed": in_one_row("{} - {}"),
    "microsoft_forms": [[((PETS,), kept_in_a_cell(";", ";"))]],
    "google_forms": [*ONE_CELL, in_one_row("{} [{}]")[1]],
    "limesurvey, texts": in_one_row("{} [{}]", yes="Yes", no="No"),
    "limesurvey, codes and texts": a_column_each(
        lambda n, kind: (f"pets[SQ00{n}]. {PETS} [{kind}]",),
        lambda n, row: (f"care[SQ00{n}]. {CARE} [{row}]",),
        yes="Y",
    ),
    "jisc, codes": a_column_each(lambda n, _: (f"Q5_{n}",), lambda n, _: (f"Q6_{n}",), yes="1"),
    "citizen_space": [[((f"{PETS} - {PETS}",), kept_in_a_cell(", "))], in_one_row("{} - {}")[1]],
    "spss": a_column_each(
        lambda n, kind: (f"pets_{n}", f"{PETS} [{kind}]"), lambda n, row: (f"care_{n}", f"{CARE} [{row}]"), yes="Yes"
    ),
    "plain, CSV": in_one_row("{} - {}", yes="x"),
    "plain, CSV of Windows": in_one_row("{} ({})", yes="TRUE", no="FALSE"),
    "plain, XLSX": in_one_row("{} [{}]", yes="1", no="0"),
    "plain, ODS": [[((PETS,), kept_in_a_cell(" | "))], in_one_row("{} [{}]")[1]],
    "plain, two rows": in_two_rows(yes="Yes", no="not selected"),
}


@pytest.mark.parametrize("name", FURTHER)
def test_a_drafted_definition_tallies_the_options_and_rows_that_were_put_into_each_layout(tmp_path, name):
    layout = LAYOUTS[name]
    path = tmp_path / f"export.{layout.ending}"
    WRITERS[layout.ending](path, layout.table(KEEPERS, [*layout.questions, *FURTHER[name]]), layout.encoding)
    assert main(["new", str(path), "--to", str(tmp_path / "new")]) == 0
    assert main(["tally", str(tmp_path / "new")]) == 0
    consultation = read_consultation(tmp_path / "new")
    responses = read_responses(consultation)
    assert responses.ledger["fate"].tolist() == [COUNTED] * len(KEEPERS)
    table = tally_answers(consultation, responses.answers, responses.groups)
    counts = table[table["grouping"] == "all"].set_index(["question", "answer"])["count"]
    (pets,) = [question for question in consultation.closed if question.multiple]
    coded = name in ("qualtrics, names", "jisc, codes")
    assert pets.scale.points == (("1", "2", "3") if coded else KINDS)
    # Cats: 1, 2, 3, 5, 6. Dogs: 2, 3, 4, 7. Fish: 3, 4, 5.
    assert [counts[pets.id, kind] for kind in pets.scale.points] == [5, 4, 3]
    assert table.loc[table["question"] == pets.id, "base"].max() == 7
    rows = [question for question in consultation.closed if question.matrix]
    if name == "microsoft_forms":  # the platform does not say which of its columns are one question
        assert rows == []
        return
    assert [row.row for row in rows] == (["1", "2"] if coded else list(ROWS))
    assert [counts[row.id, answer] for row in rows for answer in ("Very good", "Good", "Poor")] == [2, 4, 1, 1, 4, 2]
