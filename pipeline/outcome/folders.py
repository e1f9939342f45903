"""The two folders of an outcome: `working/`, which may not leave the office, and `published/`, which may.

Both are written beside their old selves and put in their places when both are complete; what stood there stays until then.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pandas as pd

from pipeline import schemas
from pipeline.definition import Consultation
from pipeline.errors import DefinitionError, OutputError
from pipeline.ingest.responses import Responses
from pipeline.outcome.control import Control, control_disclosure
from pipeline.outcome.disclosure import publishable
from pipeline.outcome.figures import headline_figures
from pipeline.outcome.manifest import make_manifest, used_by_run
from pipeline.outcome.opendocument import write_opendocument
from pipeline.outcome.outcomes import Outcome
from pipeline.outcome.prose import check_prose
from pipeline.outcome.published import verify
from pipeline.outcome.quotes import approved_quotes, propose_quotes
from pipeline.outcome.report import compose, render_html, render_markdown, sentences
from pipeline.outcome.sheets import lay_out
from pipeline.outcome.spreadsheet import write_workbook
from pipeline.outcome.tables import Table, all_tables, campaigns_sentence, source_line
from pipeline.outcome.transparency import TITLE, compose_pack
from pipeline.outcome.word import render_word
from pipeline.writing import as_csv, as_written, write_file

WORKING, PUBLISHED = "working", "published"
# A folder of ours holds this file; a folder that does not is somebody else's and is never replaced.
OURS = "figures.csv"
MADE_WITH = "made-with.json"
MANIFEST = "manifest.json"
PROSE_NUMBERS = "prose_numbers.csv"
# What the report says in sentences, one a line, so that the next outcome can be compared with it.
SENTENCES = "sentences.txt"
_RESPONSE_TABLES = (
    "answers",
    "ranks",
    "numbers",
    "comments",
    "groups",
    "others",
    "organisations",
    "consents",
    "ledger",
    "columns",
    "sources",
    "personal",
)
_OUTCOME_TABLES = (
    "respondents", "bases", "tally", "agreement", "ranking", "number_summary", "coded", "theme_counts",
    "figures", "figure_rows", "campaigns", "additions", "campaign_sizes", "campaign_variants",
)  # fmt: skip

ABOUT = """\
# {title}: what is in this folder

{source}

| file | what it is |
|---|---|
| report.html | the report as a web page that needs nothing else |
| report.docx | the report as a Word document, to edit |
| report.md | the report in Govspeak, the Markdown of GOV.UK's publishing tool |
| tables.ods | all tables, one a sheet, as an OpenDocument spreadsheet |
| tables.xlsx | the same as an Excel workbook |
| tables/ | the same tables as CSV |
| charts/ | the charts, as SVG and PNG |
| figures.csv | every number with its numerator, its base and the rule that makes it |
| transparency.html | what the classifier is and how well it does, who responded, the ledger in numbers, what it was made with |
| transparency.md | the same in Govspeak |
| manifest.json | versions and hashes of what it was made with, for those who rerun it |
"""


@contextmanager
def replacing(*folders: Path) -> Iterator[list[Path]]:
    """Give an empty folder to write into for each of some folders; put all in their places if all goes well.

    If anything goes wrong what stood there is there as before and nothing else is left. Raises OutputError if a place
    cannot be written to or holds something that is not ours.
    """
    beside: list[Path] = []
    try:
        for folder in folders:
            if folder.exists() and not folder.is_dir():
                raise OutputError(f"{folder} is a file; choose another folder with --out.")
            if folder.is_dir() and any(folder.iterdir()) and not (folder / OURS).is_file():
                raise OutputError(f"{folder} holds files that are not an outcome's; choose another folder with --out.")
            # A name of its own for each run, so that two runs at once do not write into each other's folders.
            beside.append(Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent)))
        yield beside
        _swap(folders, beside)
    except OSError as error:
        raise OutputError(f"{folders[0].parent} could not be written to: {error.strerror or error}.") from None
    finally:
        for leftover in beside:
            shutil.rmtree(leftover, ignore_errors=True)


def _swap(folders, beside) -> None:
    """Put new folders in the places of old ones; put the old ones back if one of them will not move."""
    moved: list[tuple[Path, Path | None]] = []
    try:
        for folder, partial in zip(folders, beside, strict=True):
            before = None
            if folder.exists():
                before = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent)) / folder.name
                folder.rename(before)
            moved.append((folder, before))
            partial.rename(folder)
    except OSError:
        for folder, before in moved:
            if before:
                shutil.rmtree(folder, ignore_errors=True)
                before.rename(folder)
        raise
    finally:
        for _, before in moved:
            if before:
                shutil.rmtree(before.parent, ignore_errors=True)


def _control(outcome: Outcome) -> Control:
    """Return what disclosure control decides, beside the earlier outcome that the definition names."""
    path = outcome.consultation.disclosure.earlier
    if path is None:
        return control_disclosure(outcome)
    try:
        earlier = pd.read_csv(path)[["id", "numerator", "base"]]
        earlier[["numerator", "base"]] = earlier[["numerator", "base"]].apply(pd.to_numeric)
    except (OSError, ValueError, KeyError):
        raise DefinitionError(
            f"{path}, the earlier outcome under [disclosure], is not the figures.csv of an outcome; name the one that was "
            "published."
        ) from None
    return control_disclosure(outcome, earlier)


def replaces_another(outcome: Outcome, out: str | Path) -> bool:
    """Say whether `published/` holds an outcome of other respondents, and the definition names no earlier one.

    Only a person knows whether that was published; if it was, the difference can tell what a few said.
    """
    path = Path(out) / PUBLISHED / OURS
    if outcome.consultation.disclosure.earlier or not path.is_file():
        return False
    try:
        before = pd.read_csv(path).set_index("id")["numerator"]
    except (OSError, ValueError, KeyError):
        return False
    ours = outcome.figures[outcome.figures["about"] == "respondents"].set_index("id")["numerator"]
    return any(before.get(id, count) != count for id, count in ours.items())


def _fill_working(outcome: Outcome, folder: Path) -> None:
    tables = {name: getattr(outcome.responses, name) for name in _RESPONSE_TABLES}
    tables |= {name: getattr(outcome, name) for name in _OUTCOME_TABLES}
    for name, table in tables.items():
        _private(folder / f"{name}.csv", as_csv(table))
    _private(folder / "quotes.csv", as_csv(propose_quotes(outcome)))
    (folder / "campaigns.txt").write_text(campaigns_sentence(outcome) + "\n", encoding="utf-8")
    made_with = {
        "definition": fingerprint(outcome.consultation),
        "cards": outcome.cards,
        "notes": outcome.responses.notes,
        "headlines": headline_figures(outcome.consultation, outcome.figures),
        "used": used_by_run(outcome),
    }
    (folder / MADE_WITH).write_text(json.dumps(made_with, indent=2, ensure_ascii=False), encoding="utf-8")


def _private(path: Path, content: str) -> None:
    """Write a file that its owner alone can read."""
    path.touch(mode=0o600)
    path.write_text(content, encoding="utf-8")


def fingerprint(consultation: Consultation) -> str:
    """Return a hash of what a definition and its decisions say of the responses: not of titles, words or sections."""
    decisions = consultation.decisions
    about = (
        consultation.opens,
        consultation.closes,
        consultation.rules,
        consultation.campaigns_at_least,
        (consultation.quoting.consent, consultation.quoting.consent_answers),
        [
            (c.key, c.label, c.counted, c.questions, c.groupings, c.headings, c.letters_to)
            for c in consultation.channels
        ],
        consultation.groupings,
        decisions.read_bytes() if decisions and decisions.is_file() else b"",
        [
            (
                *(q.id, q.heading, q.scale, q.multiple, q.other, q.ranked, q.number, q.row, q.row_also_written),
                *(q.asked_if, q.not_asked, q.base, q.codebook.keys if q.codebook else ()),
            )
            for q in consultation.questions
        ],
    )
    return hashlib.sha256(repr(about).encode()).hexdigest()


def _fill_published(
    outcome: Outcome, control: Control, folder: Path, working: Path, progress: Callable[[list], Iterable]
) -> list[str]:
    checks = verify(outcome)
    shown = publishable(outcome, control)
    # A claim about a figure that is withheld, or is published as another number, would give it away.
    withheld = {id for id, *_ in _told(outcome.figures) - _told(shown.figures)}
    checks = checks[~checks["figure"].isin(withheld)].reset_index(drop=True)
    for name in ("tables", "charts"):
        (folder / name).mkdir()
    blocks, missing = compose(shown, checks, approved_quotes(outcome)[0])
    for chart in progress([block.chart for block in blocks if block.chart]):
        for kind in ("svg", "png"):
            (folder / "charts" / f"{chart.key}.{kind}").write_bytes(chart.bytes(kind))
    tables = all_tables(shown, checks)
    for table in tables:
        (folder / "tables" / f"{table.key}.csv").write_text(as_csv(table.frame), encoding="utf-8")
    book = lay_out(shown, tables)
    write_workbook(book, folder / "tables.xlsx")
    write_opendocument(book, folder / "tables.ods")
    figures = shown.figures.drop(columns=["about", "grouping", "group"])
    (folder / OURS).write_text(as_csv(figures), encoding="utf-8")
    (folder / "report.html").write_text(render_html(shown, blocks), encoding="utf-8")
    (folder / "report.md").write_text(render_markdown(shown, blocks), encoding="utf-8")
    (folder / "report.docx").write_bytes(render_word(shown, blocks))
    _write_pack(shown, tables, folder, working)
    about = ABOUT.format(title=shown.consultation.title, source=source_line(shown))
    (folder / "README.md").write_text(about, encoding="utf-8")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    write_file(working / "disclosure.csv", as_csv(control.table))
    write_file(working / PROSE_NUMBERS, as_csv(check_prose(shown)))
    write_file(working / SENTENCES, "\n".join(sentences(blocks)) + "\n")
    return missing


def _write_pack(shown: Outcome, tables: list[Table], folder: Path, working: Path) -> None:
    """Write the transparency pack beside the figures, which stand in the folder."""
    kept = working / MADE_WITH
    # An outcome that is published without a run's working files rests on the files as they are.
    used = json.loads(kept.read_text(encoding="utf-8"))["used"] if kept.is_file() else used_by_run(shown)
    manifest = make_manifest(shown, used, (folder / OURS).read_bytes())
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    blocks = compose_pack(shown, tables, manifest)
    titled = replace(shown, consultation=replace(shown.consultation, title=f"{TITLE}{shown.consultation.title}"))
    (folder / "transparency.html").write_text(render_html(titled, blocks), encoding="utf-8")
    (folder / "transparency.md").write_text(render_markdown(titled, blocks), encoding="utf-8")


def _told(figures: pd.DataFrame) -> set[tuple]:
    return set(zip(figures["id"], figures["numerator"], figures["base"].astype(str), strict=True))


def _ready(out: str | Path) -> Path:
    out = Path(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{out} could not be made: {error.strerror}.") from None
    if not os.access(out, os.W_OK):
        raise OutputError(f"{out} cannot be written to; choose another folder with --out.")
    return out


def write_report(outcome: Outcome, out: str | Path, progress: Callable[[list], Iterable] = iter) -> list[str]:
    """Write both folders of an outcome under `out`; return the files of the department's own words not there yet.

    `working/` holds every table as it is, with ids and unmasked text, readable by its owner alone. `published/` holds
    what may leave the office, after disclosure control: the report as HTML, Word and Markdown, the tables as ODS, XLSX and
    CSV, the charts as SVG and PNG, and the figures. Raises OutputError if something cannot be written; what stood there
    before is then untouched.
    """
    out = _ready(out)
    control = _control(outcome)
    with replacing(out / WORKING, out / PUBLISHED) as (working, published):
        _fill_working(outcome, working)
        return _fill_published(outcome, control, published, working, progress)


def write_published(outcome: Outcome, out: str | Path, progress: Callable[[list], Iterable] = iter) -> list[str]:
    """Write `published/` as `write_report` does, and what it changes in `working/`; return the files of prose not there."""
    out, control = _ready(out), _control(outcome)
    with replacing(out / PUBLISHED) as (published,):
        return _fill_published(outcome, control, published, out / WORKING, progress)


def read_working(consultation: Consultation, out: str | Path) -> tuple[Responses, pd.DataFrame, dict[str, dict]]:
    """Read back the responses, the coded answers and the models' cards that an earlier run left in `working/`.

    Raises OutputError if there are none, or if the definition says something else of the responses by now.
    """
    folder = Path(out) / WORKING
    again = f"Run 'consultation run {consultation.command}' first."
    tables = {name: read_table(out, name, again) for name in (*_RESPONSE_TABLES, "coded")}
    try:
        made_with = json.loads((folder / MADE_WITH).read_text(encoding="utf-8"))
        same = made_with["definition"] == fingerprint(consultation)
        cards, notes, _ = made_with["cards"], tuple(made_with["notes"]), made_with["used"]
    except (OSError, ValueError, KeyError, TypeError):
        raise OutputError(f"{folder} holds no {MADE_WITH} of an earlier run. {again}") from None
    if not same:
        raise OutputError(f"The definition has changed since {folder} was written. {again}")
    coded = tables.pop("coded")
    return Responses(**tables, notes=notes), coded, cards


def read_table(out: str | Path, name: str, again: str = "Run 'consultation run' first.") -> pd.DataFrame:
    """Read back one table that an earlier run left in `working/`.

    Raises OutputError if it is not there or damaged; `again` says what to do then.
    """
    folder = Path(out) / WORKING
    try:
        frame = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
    except (OSError, ValueError):
        raise OutputError(f"{folder} holds no {name}.csv of an earlier run. {again}") from None
    return _as_table(name, frame, folder, again)


def _as_table(name: str, frame: pd.DataFrame, folder: Path, again: str) -> pd.DataFrame:
    """Return a table read back from CSV: the apostrophe before formulas gone, blanks missing where they may be."""
    for column, kind in schemas.TABLES[name].items():
        if column not in frame:
            raise OutputError(f"{folder}/{name}.csv has no column '{column}'. {again}")
        cells = frame[column]
        if kind.startswith("text"):
            cells = cells.map(as_written)
            frame[column] = cells.where(cells != "") if kind == "text?" else cells
        elif kind == "flag":
            frame[column] = cells == "True"
        else:
            try:
                frame[column] = pd.to_numeric(cells)
            except ValueError:
                raise OutputError(
                    f"{folder}/{name}.csv has something other than numbers under '{column}'. {again}"
                ) from None
    return schemas.build(name, frame)
