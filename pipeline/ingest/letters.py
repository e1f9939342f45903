"""Letters and emails: a folder of text files becomes comments under their own channel."""

from pathlib import Path

from pipeline.errors import ExportError
from pipeline.ingest.files import decode

ENDINGS = (".txt", ".md")


def read_letters(folder: Path) -> list[tuple[str, str]]:
    """Return (file name without its ending, text) of each letter, by name.

    Raises ExportError if the folder is missing, or holds a file that is not a letter in text, so that none is lost.
    """
    if not folder.is_dir():
        raise ExportError(f"There is no folder {folder} of letters.")
    letters = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name == "README.md":
            continue
        if path.suffix.lower() not in ENDINGS or not path.is_file():
            raise ExportError(
                f"{path} is not a letter as text ({' or '.join(ENDINGS)}); convert it, or move it elsewhere."
            )
        letters.append((path.stem, decode(path.read_bytes(), path.name)[0].strip()))
    return letters
