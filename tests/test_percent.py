"""Shares rounded half up, shown at the bases where halves arise."""

from decimal import ROUND_HALF_UP, Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.percent import percent, percents


@pytest.mark.parametrize(
    ("count", "base", "decimals", "expected"),
    [
        (131, 141, 0, 93),
        (110, 141, 0, 78),
        (1, 8, 0, 13),  # 12.5
        (5, 8, 0, 63),  # 62.5
        (3, 40, 0, 8),  # 7.5
        (5, 40, 0, 13),  # 12.5
        (1, 200, 0, 1),  # 0.5
        (25, 200, 0, 13),  # 12.5
        (1, 16, 1, 6.3),  # 6.25
        (3, 16, 1, 18.8),  # 18.75
        (3, 80, 1, 3.8),  # 3.75
        (0, 7, 0, 0),
        (7, 7, 0, 100),
    ],
)
def test_halves_are_rounded_up(count, base, decimals, expected):
    assert percent(count, base, decimals) == expected


def test_a_share_of_nothing_is_missing_and_not_zero():
    assert percent(0, 0) is None
    assert percents(pd.Series([0, 1]), pd.Series([0, 2])).tolist() == [pd.NA, 50]


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.sampled_from([0, 1]))
def test_every_share_is_what_decimal_arithmetic_gives(count, base, decimals):
    count = min(count, base)
    step = Decimal(1).scaleb(-decimals)
    exact = (Decimal(100 * count) / Decimal(base)).quantize(step, ROUND_HALF_UP)
    assert Decimal(str(percent(count, base, decimals))) == exact
