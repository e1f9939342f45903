"""Labelled answers that a classifier learns from, and codes settled by people: the files and their checks.

A labels file is CSV or JSON lines (`.jsonl`) with, for each answer: `id`, `writer` (who wrote it; folds are split by
writer), `text`, `themes` (keys of the codebook; none is an answer that raises no theme), `coder`, and where marked
`spans` (the words that carry each theme). In CSV, `themes` are separated by ';' and `spans` by ' | ', each 'key: words'.
"""

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path

from pipeline.definition import Codebook
from pipeline.errors import ModelError, did_you_mean
from pipeline.ingest.files import decode

COLUMNS = ("id", "writer", "text", "themes", "coder", "spans")


@dataclass(frozen=True)
class Label:
    """One answer with the themes that a coder gave it; `spans` pairs a theme with the words that carry it."""

    id: str
    text: str
    themes: tuple[str, ...]
    writer: str = ""
    coder: str = ""
    spans: tuple[tuple[str, str], ...] = ()


def read_records(path: Path, what: str) -> list[dict]:
    """Return the records of a CSV (by its header row) or JSON-lines file; raise ModelError if it is neither."""
    try:
        text, _ = decode(path.read_bytes(), path.name)
    except FileNotFoundError:
        raise ModelError(f"There is no {what} {path}.") from None
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}.") from None
    if path.suffix.lower() in (".jsonl", ".ndjson", ".json"):
        records = []
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip():
                try:
                    record = json.loads(line)
                except ValueError:
                    raise ModelError(f"{path}, line {number}, is not a JSON object.") from None
                if not isinstance(record, dict):
                    raise ModelError(f"{path}, line {number}, is not a JSON object.")
                records.append(record)
        return records
    try:
        return list(csv.DictReader(io.StringIO(text, newline=""), restval="", strict=True))
    except csv.Error as error:
        raise ModelError(f"{path} is not a whole CSV file ({error}); export it again.") from None


def _listed(value, separator: str) -> list[str]:
    parts = value if isinstance(value, list) else str(value or "").split(separator)
    return [str(part).strip() for part in parts if str(part).strip()]


def _spans(value, where) -> tuple[tuple[str, str], ...]:
    if isinstance(value, list):
        try:
            return tuple((span["theme"], span["text"]) for span in value)
        except (TypeError, KeyError):
            raise ModelError(f"{where}: spans should each have a 'theme' and a 'text'.") from None
    pairs = [part.partition(":") for part in _listed(value, " | ")]
    if any(not colon for _, colon, _ in pairs):
        raise ModelError(f"{where}: spans should read 'theme: words', with ' | ' between them.")
    return tuple((theme.strip(), words.strip()) for theme, _, words in pairs)


def known_themes(themes: list[str], codebook: Codebook, where: str) -> tuple[str, ...]:
    """Return themes in the codebook's order; raise ModelError, naming the nearest, for one that is not in it."""
    for theme in themes:
        if theme not in codebook.keys:
            raise ModelError(
                f"{where}: '{theme}' is not a theme of {codebook.path.name}.{did_you_mean(theme, codebook.keys)}"
            )
    return tuple(key for key in codebook.keys if key in themes)


def read_labels(path: str | Path, codebook: Codebook) -> list[Label]:
    """Read a labels file. Raises ModelError, with the place, for what is missing, unknown or given twice."""
    path = Path(path)
    labels, seen = [], set()
    for number, record in enumerate(read_records(path, "labels file"), start=1):
        where = f"{path.name}, label {number}"
        for column in ("text", "themes"):
            if column not in record:
                raise ModelError(f"{where}, has no '{column}'; see docs/codebooks.md for the columns.")
        text = str(record["text"] or "").strip()
        if not text:
            continue
        label = Label(
            id=str(record.get("id") or number),
            text=text,
            themes=known_themes(_listed(record["themes"], ";"), codebook, where),
            writer=str(record.get("writer") or ""),
            coder=str(record.get("coder") or ""),
            spans=_spans(record.get("spans"), where),
        )
        known_themes([theme for theme, _ in label.spans], codebook, where)
        if label.id in seen:
            raise ModelError(f"{where}: the id '{label.id}' is given twice.")
        seen.add(label.id)
        for _, words in label.spans:
            if words not in text:
                raise ModelError(f"{where}: a span is not word for word in the text.")
        labels.append(label)
    if not labels:
        raise ModelError(f"{path} holds no labelled answers.")
    return labels


def read_codes(path: str | Path, codebook: Codebook) -> dict[str, tuple[str, ...]]:
    """Read codes settled by people: CSV with `respondent` and `themes` (';' between them, empty for none).

    Returns respondent -> themes. Raises ModelError for an unknown theme or a respondent given twice.
    """
    path = Path(path)
    codes: dict[str, tuple[str, ...]] = {}
    for number, record in enumerate(read_records(path, "file of codes"), start=1):
        where = f"{path.name}, record {number}"
        if "respondent" not in record or "themes" not in record:
            raise ModelError(f"{where}, has no 'respondent' or no 'themes'.")
        if record["respondent"] in codes:
            raise ModelError(f"{where}: the respondent '{record['respondent']}' is given twice.")
        codes[record["respondent"]] = known_themes(_listed(record["themes"], ";"), codebook, where)
    return codes
