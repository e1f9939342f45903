"""The two folders of an outcome: `working/`, which may not leave the office, and `published/`, which may.

Each is written beside its old self and put in its place when it is complete; what stood there before stays until then.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pandas as pd

from pipeline import schemas
from pipeline.definition import Consultation
from pipeline.errors import OutputError
from pipeline.ingest.responses import Responses
from pipeline.outcome.charts import all_charts
from pipeline.outcome.disclosure import publishable
from pipeline.outcome.outcomes import Outcome
from pipeline.outcome.published import verify
from pipeline.outcome.report import compose, render_html, render_markdown
from pipeline.outcome.spreadsheet import write_workbook
from pipeline.outcome.tables import all_tables, as_csv, as_written

WORKING, PUBLISHED = "working", "published"
# A folder of ours holds this file; a folder that does not is somebody else's and is never replaced.
OURS = "figures.csv"
_RESPONSE_TABLES = ("answers", "comments", "groups", "ledger", "columns")


@contextmanager
def replacing(folder: Path, private: bool) -> Iterator[Path]:
    """Give an empty folder to write into; put it in the place of `folder` if all goes well, and leave no trace if not.

    Raises OutputError if the place cannot be written to or holds something that is not ours.
    """
    beside, old = folder.with_name(folder.name + ".partial"), folder.with_name(folder.name + ".old")
    try:
        if folder.exists() and not folder.is_dir():
            raise OutputError(f"{folder} is a file; choose another folder with --out.")
        if folder.is_dir() and any(folder.iterdir()) and not (folder / OURS).is_file():
            raise OutputError(f"{folder} holds files that are not an outcome's; choose another folder with --out.")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True, mode=0o700)
        yield beside
        if not private:
            beside.chmod(0o755)
        shutil.rmtree(old, ignore_errors=True)
        if folder.exists():
            folder.rename(old)
        beside.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise OutputError(f"{folder} could not be written: {error.strerror or error}.") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def write_file(path: Path, content: str | bytes) -> None:
    """Write one file complete or not at all. Raises OutputError if it cannot be written."""
    beside = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(content.encode() if isinstance(content, str) else content)
        beside.replace(path)
    except OSError as error:
        raise OutputError(f"{path} could not be written: {error.strerror or error}.") from None
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def write_working(outcome: Outcome, out: Path) -> None:
    """Write `working/`: every table as it is, with ids and unmasked text, readable by its owner alone."""
    tables = {name: getattr(outcome.responses, name) for name in (*_RESPONSE_TABLES, "sources")}
    for name in ("respondents", "bases", "tally", "agreement", "coded", "theme_counts", "figures", "figure_rows"):
        tables[name] = getattr(outcome, name)
    with replacing(out / WORKING, private=True) as folder:
        for name, table in tables.items():
            path = folder / f"{name}.csv"
            path.touch(mode=0o600)
            path.write_text(as_csv(table), encoding="utf-8")


def write_published(outcome: Outcome, out: Path, progress: Callable[[list], Iterable] = iter) -> list[str]:
    """Write `published/`: what may leave the office, after disclosure control; return the missing files of prose.

    It holds `report.html`, `report.md`, `tables.xlsx`, `tables/*.csv`, `charts/*.svg`, `charts/*.png` and
    `figures.csv`, the numbers with their numerator, base and rule.
    """
    checks = verify(outcome)
    shown = publishable(outcome)
    with replacing(out / PUBLISHED, private=False) as folder:
        for name in ("tables", "charts"):
            (folder / name).mkdir()
        for draw in progress(all_charts(shown)):
            chart = draw()
            for kind in ("svg", "png"):
                (folder / "charts" / f"{chart.key}.{kind}").write_bytes(chart.bytes(kind))
        tables = all_tables(shown, checks)
        for table in tables:
            (folder / "tables" / f"{table.key}.csv").write_text(as_csv(table.frame), encoding="utf-8")
        write_workbook(shown, tables, folder / "tables.xlsx")
        (folder / OURS).write_text(as_csv(shown.figures.drop(columns="grouping")), encoding="utf-8")
        blocks, missing = compose(shown, checks)
        (folder / "report.html").write_text(render_html(shown, blocks), encoding="utf-8")
        (folder / "report.md").write_text(render_markdown(shown, blocks), encoding="utf-8")
    return missing


def write_report(outcome: Outcome, out: str | Path, progress: Callable[[list], Iterable] = iter) -> list[str]:
    """Write both folders of an outcome under `out`; return the files of the department's own words not there yet.

    Raises OutputError if something cannot be written; what stood there before is then untouched.
    """
    out = Path(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{out} could not be made: {error.strerror}.") from None
    if not os.access(out, os.W_OK):
        raise OutputError(f"{out} cannot be written to; choose another folder with --out.")
    write_working(outcome, out)
    return write_published(outcome, out, progress)


def read_working(consultation: Consultation, out: str | Path) -> tuple[Responses, pd.DataFrame]:
    """Read back the responses and the coded answers that an earlier run left in `working/`.

    Raises OutputError if there are none, or they are of another consultation's questions.
    """
    folder = Path(out) / WORKING
    again = f"Run 'consultation run {consultation.slug}' first."
    tables = {}
    for name in (*_RESPONSE_TABLES, "coded"):
        try:
            frame = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
        except (OSError, ValueError):
            raise OutputError(f"{folder} holds no {name}.csv of an earlier run. {again}") from None
        tables[name] = _as_table(name, frame, folder, again)
    known = {question.id for question in consultation.questions}
    if not set(tables["answers"]["question"]) | set(tables["comments"]["question"]) <= known:
        raise OutputError(f"{folder} holds the answers to other questions than the definition's. {again}")
    coded = tables.pop("coded")
    sources = pd.read_csv(folder / "sources.csv", keep_default_na=False)
    return Responses(**tables, sources=sources), coded


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
            frame[column] = pd.to_numeric(cells)
    return schemas.build(name, frame)
