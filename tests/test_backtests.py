"""Percentages that governments published, worked out again from the counts that they published beside them.

`backtests/published.csv` holds facts read in published pages; docs/back-tests.md says which and what was found.
"""

import csv
from itertools import groupby

import pytest

from pipeline.percent import percent

from .conftest import ROOT

REASONS = {"adjusted to sum to 100", "rounded half to even", "truncated", "no rule found"}
with open(ROOT / "tests" / "backtests" / "published.csv", encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))
SETS = {key: list(rows) for key, rows in groupby(ROWS, key=lambda row: (row["title"], row["table"]))}


def worked_out(row):
    return percent(int(row["count"]), int(row["base"]), int(row["decimals"]))


@pytest.mark.parametrize("rows", SETS.values(), ids=[" / ".join(key) for key in SETS])
def test_published_percentages_come_out_of_published_counts(rows):
    for row in rows:
        agrees = worked_out(row) == float(row["published_percent"])
        assert agrees or row["exception"] in REASONS, row
        assert not (agrees and row["exception"]), ("an exception that is none", row)


def test_every_fact_says_where_it_was_read():
    for row in ROWS:
        assert all(row[column] for column in row if column != "exception")
        assert row["address"].startswith("http") and int(row["count"]) <= int(row["base"])
        _, _, places = row["published_percent"].partition(".")
        assert len(places) == int(row["decimals"])
    assert len({tuple(row.values()) for row in ROWS}) == len(ROWS)


def test_every_published_half_was_rounded_up():
    # Twice the share times ten to the decimals, as a fraction of the base, is odd where the share ends on a half.
    halves = [row for row in ROWS if 200 * int(row["count"]) * 10 ** int(row["decimals"]) % (2 * int(row["base"]))
              == int(row["base"])]  # fmt: skip
    assert len(halves) == 10 and all(worked_out(row) == float(row["published_percent"]) for row in halves)
    # Rounded half to even, six of them would be one less: 12.5 three times, 2.5, 32.5 and 62.5.
    assert sum(round(100 * int(row["count"]) / int(row["base"])) != worked_out(row) for row in halves) == 6


def test_the_note_says_how_many_were_found_and_agree():
    note = " ".join((ROOT / "docs" / "back-tests.md").read_text(encoding="utf-8").split())
    publishers, titles = {row["publisher"] for row in ROWS}, {row["title"] for row in ROWS}
    exceptions = [row for row in ROWS if row["exception"]]
    assert (
        f"{len(ROWS)} percentages in {len(SETS)} sets of {len(titles)} consultations by {len(publishers)} publishers"
        in note
    )
    assert f"{len(ROWS) - len(exceptions)} agree" in note
    for publisher in publishers:
        mine = [row for row in ROWS if row["publisher"] == publisher]
        assert f"| {publisher} | {len({row['title'] for row in mine})} | {len(mine)} |" in note
