"""What an outcome was made with: versions, and the SHA-256 of every input, model and line of code, for those who rerun it.

A path is told from the definition's folder, or from `data/` where the file comes with the product, and otherwise by its
name alone. Letters are told together, because a file's name may be that of who wrote it.
"""

import hashlib
import platform
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pipeline
from pipeline.definition import DEFINITION_FILE, Consultation, shipped
from pipeline.ingest.hashes import file_hash, tree_hash
from pipeline.outcome.outcomes import Outcome
from pipeline.outcome.prose import prose_files
from pipeline.themes.classifier import ACCURATE
from pipeline.themes.encoder import general_encoder

LIBRARIES = (
    "numpy", "scipy", "pandas", "scikit-learn", "spacy", "onnxruntime", "tokenizers", "matplotlib", "jinja2", "pandera",
    "markdown-it-py", "python-calamine", "pyreadstat", "python-docx", "pypdf", "odfdo", "gptables",
)  # fmt: skip
# What of the package is run: modules, and what pages and workbooks are filled into.
_CODE = (".py", ".j2", ".js", ".xml")
# The prose of the record begins so; what stands in a file is published in it.
RECORD_PROSE = "transparency-*.md"


def used_by_run(outcome: Outcome) -> list[dict]:
    """Return (what, file, sha256) of the files beside the responses that coding rests on, as they are now.

    Call it when the answers are coded: what is made from an earlier run's working files rests on the files of that run.
    """
    consultation = outcome.consultation
    found = [("decisions on single respondents", consultation.decisions)]
    for question in consultation.open:
        found += [(f"codebook of {question.id}", question.codebook and question.codebook.path)]
        found += [(f"settled codes of {question.id}", question.codes)]
        if question.id in outcome.cards:
            found += [(f"labels of {question.id}", question.labels)]
            found += [(f"model of {question.id}", path) for path in _files_in(question.model)]
            found += [(f"encoder of {question.id}", path) for path in _files_in(question.encoder or general_encoder())]
    return list(_hashed(consultation, found))


def _used_by_report(consultation: Consultation) -> Iterator[dict]:
    """Give the same of what the report is written from beside a run's working files."""
    found = [("definition", consultation.folder / DEFINITION_FILE)]
    found += [("approved quotes", consultation.quoting.file), ("earlier outcome", consultation.disclosure.earlier)]
    record = sorted(consultation.prose.glob(RECORD_PROSE))
    found += [("the department's words", path) for path in (*prose_files(consultation), *record)]
    return _hashed(consultation, found)


def _files_in(folder: Path | None) -> list[Path]:
    if folder is None or not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def _hashed(consultation: Consultation, found) -> Iterator[dict]:
    for what, path in found:
        if path is not None and path.is_file():
            yield {"what": what, "file": _named(consultation, path), "sha256": file_hash(path)}


def _named(consultation: Consultation, path: Path) -> str:
    whole = path.resolve()
    for folder, prefix in ((consultation.folder.resolve(), ""), (shipped().resolve(), "data/")):
        if whole.is_relative_to(folder):
            return prefix + whole.relative_to(folder).as_posix()
    return path.name


def _responses(outcome: Outcome) -> Iterator[dict]:
    """Give what was read of each channel, with the hashes of when it was read."""
    consultation, sources = outcome.consultation, outcome.responses.sources
    for channel in consultation.channels:
        paths = {path.name: path for path in channel.paths}
        for source in sources[sources["channel"] == channel.key].itertuples():
            name = _named(consultation, paths[source.file]) if source.file in paths else source.file
            row = {"what": f"responses: {channel.label}", "file": name, "sha256": source.sha256}
            if channel.letters_to:
                ledger = outcome.responses.ledger
                row |= {"files": int((ledger["channel"] == channel.key).sum())}
            yield row


def _code() -> dict:
    folder = Path(pipeline.__file__).resolve().parent
    inside = [path for path in folder.rglob("*") if path.is_file() and path.suffix in _CODE]
    paths = [path for path in inside if path.relative_to(folder).parts[0] != shipped().name]
    return {"what": "the package pipeline", "files": len(paths), "sha256": tree_hash(folder.parent, paths)}


def rerun_command(outcome: Outcome) -> str:
    """Return the command that makes the outcome again.

    DEFINITION stands for the folder of a definition that does not come with the product, and EXPORT for the first channel's
    file where it is not the one that the definition names.
    """
    consultation, sources = outcome.consultation, outcome.responses.sources
    first = consultation.channels[0]
    named = consultation.slug if consultation.command == consultation.slug else "DEFINITION"
    read = set(sources.loc[sources["channel"] == first.key, "file"])
    words = ["consultation run", named]
    if read != {path.name for path in first.paths}:
        words.append("EXPORT")
    tiers = {card.get("coded_by", ACCURATE) for card in outcome.cards.values()}
    # Several tiers are those that a run takes by itself, by the number of answers.
    if len(tiers) == 1 and tiers != {ACCURATE}:
        words.append(f"--tier {min(tiers)}")
    # The definition says why it is off, and yet it is on.
    if consultation.disclosure.control and consultation.disclosure.because:
        words.append("--control")
    return " ".join(words)


def make_manifest(outcome: Outcome, used: list[dict], figures: bytes) -> dict:
    """Return all of it: the command, versions, the code's hash, the files', and the hash of the figures that come out.

    `used` is what `used_by_run` found when the answers were coded; `figures` is the content of figures.csv.
    """
    consultation = outcome.consultation
    return {
        "consultation": consultation.title,
        "data": consultation.data_note,
        "command": rerun_command(outcome),
        "versions": {
            "consultation": version("consultation"),
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
        "code": _code(),
        "files": [*_responses(outcome), *used, *_used_by_report(consultation)],
        "made": {"figures.csv": hashlib.sha256(figures).hexdigest()},
    }
