"""A TOML file read key by key, so that what is missing, mistyped or unknown is named with its place."""

import re
import tomllib
from datetime import date, datetime
from pathlib import Path

from pipeline.errors import DefinitionError, did_you_mean, nearest

# What no workbook can hold, nor a page show.
_CONTROL = re.compile(r"[\0-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")


class Table:
    """A TOML table read key by key, so that what is missing, mistyped or unknown is named with its place."""

    def __init__(self, content: dict, place: str, path: Path):
        if not isinstance(content, dict):
            raise DefinitionError(f"{path}: {place} should be a table of keys and values.")
        self.content, self.place, self.path, self.seen = content, place, path, []

    def take(self, key, kind, default=...):
        self.seen.append(key)
        if key not in self.content:
            if default is ...:
                slips = [near for near in nearest(key, self.content) if near not in self.seen]
                self.fail(f"has no '{key}'" + (f"; is '{slips[0]}' meant" if slips else ""))
            return default
        value = self.content[key]
        # True is no whole number, and a moment is no day, whatever Python says.
        wrong = (isinstance(value, bool) and kind is not bool) or isinstance(value, datetime)
        if wrong or not isinstance(value, kind):
            names = {str: "text", int: "a whole number", bool: "true or false", list: "a list", dict: "a table"}
            names |= {date: "a date such as 2022-06-22", (int, float): "a number"}
            self.fail(f"gives '{key}' something other than {names[kind]}")
        if isinstance(value, str) and _CONTROL.search(value):
            self.fail(f"has a control character in '{key}'")
        if key == "label" and not re.search(r"[A-Za-z0-9]", value):
            self.fail(f"has the label '{value}'; accessible tables need a letter from A to Z or a digit in it")
        return value

    def name(self, key, default=...):
        """Take a name that stands in ids and file names."""
        value = self.take(key, str, default)
        if not re.fullmatch(r"[a-z][a-z0-9_]*", value):
            self.fail(f"has the {key} '{value}'; it should be lower-case letters, digits and underscores")
        return value

    def texts(self, key, default=...):
        values = self.take(key, list, default)
        if any(not isinstance(value, str) for value in values):
            self.fail(f"should list texts under '{key}'")
        if any(_CONTROL.search(value) for value in values):
            self.fail(f"has a control character in '{key}'")
        if len(set(values)) < len(values):
            self.fail(f"lists something twice under '{key}'")
        return tuple(values)

    def text_table(self, key):
        table = self.take(key, dict, {})
        if any(not isinstance(value, str) for value in table.values()):
            self.fail(f"should give each name under '{key}' a text")
        return dict(table)

    def file(self, key):
        name = self.take(key, str, "")
        return self.path.parent / name if name else None

    def tables(self, key):
        content = self.take(key, list, [])
        of = "" if self.place in ("the definition", "the codebook") else f" of {self.place}"
        return [Table(t, f"the {ordinal(i)} [[{key}]]{of}", self.path) for i, t in enumerate(content, start=1)]

    def done(self):
        for key in self.content:
            if key not in self.seen:
                self.fail(f"has '{key}', which is not known.{did_you_mean(key, self.seen)}", stop="")

    def fail(self, what, stop="."):
        raise DefinitionError(f"{self.path}: {self.place} {what}{stop}")


def ordinal(number: int) -> str:
    """Return '1st', '2nd', '3rd' and so on."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def load(path: Path) -> dict:
    """Return what a TOML file holds; refuse one that cannot be read, in one sentence."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise DefinitionError(f"{path} is not there.") from None
    except UnicodeDecodeError:
        raise DefinitionError(f"{path} is not UTF-8 text; save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(f"{path} is not valid TOML: {error}.") from None
    except OSError as error:
        raise DefinitionError(f"{path} cannot be read: {error.strerror}.") from None


def no_twice(keys, what, table):
    """Refuse a list in which a name stands twice."""
    for key in keys:
        if keys.count(key) > 1:
            table.fail(f"names the {what} '{key}' twice")
