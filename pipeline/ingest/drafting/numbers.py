"""Columns of numbers: which ask for an amount, an age or a count, and in which bands to count them."""

import math
import re
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from pipeline.definition import Band
from pipeline.ingest.answers import read_number
from pipeline.ingest.layouts.export import fold

# A number of these is counted, even where the answers read like points from 1 to 5.
_COUNTS = re.compile(r"\bhow (?:many|old)\b|\bnumber of\b|\bage\b")
# Not 'How far do you agree?' nor 'How much did it help?'.
_AMOUNT = re.compile(
    rf"{_COUNTS.pattern}|\bhow long\b|\bhow far (?:is|away|(?:do|did|must|would) you (?:live|travel|walk|drive|go|have to))\b"
    r"|\bhow much (?:money|time|is|was|are|were|(?:do|did|does|would|will) (?:you|it) (?:pay|spend|earn|cost|save|owe|lose))\b"
    r"|\b(?:amount|percentage|proportion) of\b"
    r"|\b(?:amount|cost|price|income|salary|rent|distance|hours|days|weeks|months|minutes|miles)\b"
)
_NOT_AN_AMOUNT = re.compile(
    r"\byear\b|\bage (?:group|range|band|bracket|category)\b|\bpost ?codes?\b|\b(?:tele)?phone\b|\bcodes?\b|\breference\b"
    r"|\bids?\b"
)
# As many digits as no count of a survey has, and those that begin a code.
_MOST_DIGITS = 9
_CODE = re.compile(r"[-+]?0\d+")
_LONG = 5
_YEARS = range(1900, 2101)


def asks_for_count(heading: str) -> bool:
    """Say whether a heading asks how many there are, or how old somebody is."""
    return bool(_COUNTS.search(fold(heading))) and not _NOT_AN_AMOUNT.search(fold(heading))


def no_amount(heading: str, given: Iterable[str]) -> str:
    """Return why a column of numbers is no question about an amount, '' if it is one."""
    given = list(given)
    numbers = [read_number(text) for text in given]
    if None in numbers:
        return "some are written so that they would not be read as numbers"
    if _NOT_AN_AMOUNT.search(fold(heading)) or not _AMOUNT.search(fold(heading)):
        return "its heading does not ask for an amount, an age or a count"
    if any(_CODE.fullmatch(text) or len(re.sub(r"\D", "", text)) > _MOST_DIGITS for text in given):
        return "they read like codes or telephone numbers"
    if (
        len(given) > 1
        and len(set(numbers)) == len(given)
        and all(len(re.sub(r"\D", "", text)) >= _LONG for text in given)
    ):
        return "all are long and none is met twice, as with codes"
    if all(number in _YEARS for number in numbers):
        return "they read like years"
    return ""


def find_bands(given: Iterable[str]) -> tuple[Band, ...]:
    """Return up to four bands that part the numbers at round ones near their quartiles; () where nothing parts them.

    A quartile is the number at a quarter, the middle and three quarters of the way up. It is rounded half up to a multiple of
    the largest of 1, 2 and 5 times a power of ten that is no more than a quarter of what lies between the outer two (or
    the smallest and the largest number, where these are the same), of whole numbers to a whole one. No band is empty.
    """
    numbers = sorted(Fraction(number) for text in given if (number := read_number(text)) is not None)
    if not numbers or numbers[0] == numbers[-1]:
        return ()
    quartiles = [numbers[len(numbers) * n // 4] for n in (1, 2, 3)]
    whole = all(number.denominator == 1 for number in numbers)
    step = _step((quartiles[2] - quartiles[0] or numbers[-1] - numbers[0]) / 4, whole)
    edges: list[Fraction] = []
    for edge in sorted({math.floor(quartile / step + Fraction(1, 2)) * step for quartile in quartiles}):
        below = [number for number in numbers if number < edge and (not edges or number >= edges[-1])]
        if below and numbers[-1] >= edge:
            edges.append(edge)
    if not edges:
        return ()
    labels = [f"Under {_text(edges[0])}", *(_between(*ends, whole) for ends in pairwise(edges))]
    bands = [Band(label, _plain(edge)) for label, edge in zip(labels, edges, strict=True)]
    return (*bands, Band(f"{_text(edges[-1])} or over"))


def _step(most: Fraction, whole: bool) -> Fraction:
    """Return the largest of 1, 2 and 5 times a power of ten that is no more than `most`; 1 at least for whole numbers."""
    steps = [digit * Fraction(10) ** power for power in range(-9, _MOST_DIGITS) for digit in (1, 2, 5)]
    found = max((step for step in steps if step <= most), default=steps[0])
    return max(found, Fraction(1)) if whole else found


def _between(least: Fraction, under: Fraction, whole: bool) -> str:
    if not whole:
        return f"{_text(least)} to under {_text(under)}"
    return _text(least) if under - least == 1 else f"{_text(least)} to {_text(under - 1)}"


def _text(number: Fraction) -> str:
    """Return a number in digits, with commas between thousands and no more decimals than it has."""
    return f"{Decimal(number.numerator) / Decimal(number.denominator):,f}"


def _plain(number: Fraction) -> int | float:
    return int(number) if number.denominator == 1 else float(number)
