"""Texts as a draft writes them: TOML values on one line, guesses, and what stands in comments."""

import json
import re
import textwrap
from collections.abc import Iterable

CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def one_line(text: str) -> str:
    return " ".join(text.split())


def quoted(text: str) -> str:
    """Return a text as a TOML string, on one line."""
    return json.dumps(one_line(text), ensure_ascii=False).replace("\x7f", "\\u007f")


def listed(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(quoted, texts))}]"


def listing(key: str, values: Iterable[str], guess: str, end: str = "]") -> list[str]:
    """Return the lines of a list whose values, TOML already, stand in a line each."""
    return [guessed(f"{key} = [", guess), *(f"    {value}," for value in values), end]


def guessed(line: str, guess: str) -> str:
    return f"{line}  # guess: {guess}; confirm"


def commented(block: str) -> str:
    return "\n".join(f"# {line}" for line in block.split("\n"))


def safe(text: str, width: int = 100) -> str:
    """Return text for a comment: one line, no control characters."""
    return textwrap.shorten(CONTROL.sub(" ", text), width, placeholder="…") or "(no heading)"
