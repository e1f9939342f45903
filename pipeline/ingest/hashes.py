"""SHA-256 of files: what tells, without the files, whether two people have the same ones."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def file_hash(path: Path) -> str:
    """Return a file's SHA-256, as `sha256sum` prints it."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def joint_hash(paths: Iterable[Path]) -> str:
    """Return one SHA-256 for files whose names are not to be told: of their own hashes, sorted, one a line."""
    return _hash_of_lines(sorted(file_hash(path) for path in paths))


def tree_hash(folder: Path, paths: Iterable[Path]) -> str:
    """Return one SHA-256 for files under a folder and for where they lie: of lines 'hash, two spaces, path', sorted by path.

    Paths are relative to the folder, with slashes; `sha256sum` prints the same lines.
    """
    named = sorted((path.relative_to(folder).as_posix(), path) for path in paths)
    return _hash_of_lines(f"{file_hash(path)}  {name}" for name, path in named)


def _hash_of_lines(lines: Iterable[str]) -> str:
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
