"""Labelled answers that a classifier learns from, and codes settled by people: the files and their checks.

A labels file is CSV or JSON lines (`.jsonl`) with, for each answer: `id`, `writer` (who wrote it; folds are split by
writer), `text`, `themes` (keys of the codebook; none is an answer that raises no theme), `coder`, where marked
`spans` (the words that carry each theme; in JSON lines each may name a `subtheme` too), and where several questions
share a codebook `question` (the id of the one that was answered). In CSV, `themes` are separated by ';' and `spans` by
' | ', each 'key: words'.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.definition import Codebook
from pipeline.errors import ExportError, ModelError, did_you_mean
from pipeline.ingest.files import read_records


@dataclass(frozen=True)
class Label:
    """One answer with the themes that a coder gave it.

    `spans` pairs a theme with the words that carry it, `finer` a sub-theme with its words where a coder gave one.
    """

    id: str
    text: str
    themes: tuple[str, ...]
    writer: str = ""
    coder: str = ""
    spans: tuple[tuple[str, str], ...] = ()
    question: str = ""
    group: str = ""
    finer: tuple[tuple[str, str], ...] = ()


def _records(path: Path, what: str) -> list[dict]:
    try:
        return read_records(path, what)
    except ExportError as error:  # the same trouble, in a file of labels or codes
        raise ModelError(str(error)) from None


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


def _finer(value, codebook: Codebook, where: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list):
        return ()
    known = {sub.key: theme.key for theme in codebook.themes for sub in theme.subthemes}
    given = [(span["subtheme"], span) for span in value if span.get("subtheme")]
    for key, span in given:
        if known.get(key) != span["theme"]:
            raise ModelError(f"{where}: '{key}' is not a sub-theme of '{span['theme']}'.{did_you_mean(key, known)}")
    return tuple((key, span["text"]) for key, span in given)


def known_themes(themes: list[str], codebook: Codebook, where: str) -> tuple[str, ...]:
    """Return themes in the codebook's order; raise ModelError, naming the nearest, for one that is not in it."""
    for theme in themes:
        if theme not in codebook.keys:
            # Only what could be a key is quoted: a column in the wrong place would hold an answer.
            shown = f"'{theme}'" if re.fullmatch(r"\w{1,60}", theme) else f"a text of {len(theme)} characters"
            near = did_you_mean(theme, codebook.keys)
            raise ModelError(f"{where}: {shown} is not a theme of {codebook.path.name}.{near}")
    return tuple(key for key in codebook.keys if key in themes)


def read_labels(path: str | Path, codebook: Codebook) -> list[Label]:
    """Read a labels file. Raises ModelError, with the place, for what is missing, unknown or given twice."""
    path = Path(path)
    labels, seen = [], set()
    for number, record in enumerate(_records(path, "labels file"), start=1):
        where = f"{path.name}, label {number}"
        for column in ("text", "themes"):
            if column not in record:
                raise ModelError(f"{where}, has no '{column}'; see docs/codebooks.md for the columns.")
        text = str(record["text"] or "").strip()
        if not text:
            continue
        label = Label(
            id=str(number if record.get("id") in (None, "") else record["id"]),
            text=text,
            themes=known_themes(_listed(record["themes"], ";"), codebook, where),
            writer=str(record.get("writer") or ""),
            coder=str(record.get("coder") or ""),
            spans=_spans(record.get("spans"), where),
            question=str(record.get("question") or ""),
            group=str(record.get("group") or ""),
            finer=_finer(record.get("spans"), codebook, where),
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
    for number, record in enumerate(_records(path, "file of codes"), start=1):
        where = f"{path.name}, record {number}"
        if "respondent" not in record or "themes" not in record:
            raise ModelError(f"{where}, has no 'respondent' or no 'themes'.")
        respondent = str(record["respondent"]).strip()
        if respondent in codes:
            raise ModelError(f"{where}: the respondent '{respondent}' is given twice.")
        codes[respondent] = known_themes(_listed(record["themes"], ";"), codebook, where)
    return codes
