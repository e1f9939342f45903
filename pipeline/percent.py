"""Shares worked out from counts and rounded half up: the only place where a percentage is made.

Python, NumPy and pandas round halves to even and on binary fractions (62.5 becomes 62); readers of official
statistics expect 63. Working in whole numbers avoids both.
"""

import math
from fractions import Fraction

import pandas as pd


def percent(count: int, base: int, decimals: int = 0) -> float | int | None:
    """Return 100 × count ÷ base rounded half up to `decimals` places; None where the base is 0.

    >>> percent(131, 141), percent(5, 8), percent(1, 16, decimals=1)
    (93, 63, 6.3)
    """
    if base == 0:
        return None
    count, base = int(count), int(base)
    steps = (200 * 10**decimals * count + base) // (2 * base)
    return steps if decimals == 0 else steps / 10**decimals


def mean(total: int | Fraction, count: int, decimals: int = 1) -> float | None:
    """Return total ÷ count rounded half up to `decimals` places; None where nothing was counted.

    >>> mean(9, 4), mean(5, 4)
    (2.3, 1.3)
    """
    if count == 0:
        return None
    return math.floor(Fraction(total) / count * 10**decimals + Fraction(1, 2)) / 10**decimals


def percents(counts: pd.Series, bases: pd.Series, decimals: int = 0) -> pd.Series:
    """Return `percent` of each pair, as nullable whole numbers (or floats with decimals); missing where the base is 0."""
    shares = [percent(count, base, decimals) for count, base in zip(counts, bases, strict=True)]
    return pd.Series(shares, index=counts.index, dtype="Int64" if decimals == 0 else "Float64")
