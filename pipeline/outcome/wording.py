"""Numbers in sentences: counts with their noun, shares with their base, dates as people write them."""

from datetime import date

import pandas as pd


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return '1 response' or '2 responses'; thousands have a comma."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def agrees(number: int, one: str, many: str) -> str:
    """Return the form of a word that goes with a number: 'was' with 1, 'were' with 0 and with 2."""
    return one if number == 1 else many


def share(numerator: int, base: int, percent, noun: str = "", style: str = "%") -> str:
    """Return '131 of 141 (93%)', or with a noun '131 of 141 respondents (93%)'; no percentage where the base is 0.

    `style` is how percentages are written, '%' or 'per cent'.
    """
    of = f"{base:,}" if not noun else counted(base, noun)
    return f"{numerator:,} of {of}{in_brackets(numerator, percent, style)}"


def in_brackets(numerator: int, percent, style: str = "%") -> str:
    """Return ' (93%)', or nothing where there is no base to take a percentage of."""
    return "" if pd.isna(percent) else f" ({shown_percent(numerator, percent, style)})"


def shown_percent(numerator: int, percent, style: str = "%") -> str:
    """Return '93%' or '93 per cent', or 'less than 1%' for a share that is something and rounds to nothing."""
    sign = "%" if style == "%" else f" {style}"
    if percent == 0 and numerator > 0:
        return f"less than 1{sign}"
    return f"{percent:g}{sign}"


def long_date(day: date) -> str:
    """Return '22 June 2022'."""
    return f"{day.day} {day:%B %Y}"


def listed(words: list[str]) -> str:
    """Return 'a', 'a and b', or 'a, b and c'."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def inside(text: str) -> str:
    """Return a label as it stands inside a sentence: its first letter small, unless it begins a name in capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def sentence(text: str) -> str:
    """Return text with a capital first letter."""
    return text[:1].upper() + text[1:]
