"""How sentences speak of numbers."""

import re

from pipeline.definition import (
    Amount,
    FractionWords,
    Wording,
)
from pipeline.errors import did_you_mean
from pipeline.reading.table import no_twice

# What nobody, one and everyone are called, whatever the definition's own words for amounts.
KEPT_AMOUNTS = ("none", "one", "all")


def _tenths(table, key):
    """Take a percentage of at most one decimal place as whole tenths, None where it is not given."""
    number = table.take(key, (int, float), None)
    if number is None:
        return None
    tenths = round(10 * number)
    if abs(10 * number - tenths) > 1e-6:
        table.fail(f"gives '{key}' more than one decimal place")
    if not 0 <= tenths <= 1000:
        table.fail(f"gives '{key}' {number:g}; a share lies between 0 and 100")
    return tenths


def _read_amounts(tables, key, default, people=True):
    """Return words for amounts in their order, seen to leave no count out and to let each of them apply to some."""
    amounts = []
    for table in tables:
        words = table.take("words", str)
        most = table.take("up_to_people", int, None) if people else None
        under, up_to = _tenths(table, "under_percent"), _tenths(table, "up_to_percent")
        table.done()
        if under is not None and up_to is not None:
            table.fail("has both 'under_percent' and 'up_to_percent'; one bound is enough")
        share = under if up_to is None else up_to
        if share in (0, 1000):
            table.fail(f"has the bound {share // 10}; nobody and everyone have words of their own, so give one between")
        if most is not None and most < 2:
            table.fail(f"has {most} under 'up_to_people'; nobody and one have words of their own, so give 2 or more")
        if words in KEPT_AMOUNTS or not words.strip():
            table.fail(f"has the words '{words}'; give a name other than {', '.join(KEPT_AMOUNTS)}")
        amounts.append(Amount(words, most, share, up_to is not None))
        before = amounts[-2] if len(amounts) > 1 else None
        if before and not _further(before, amounts[-1]):
            table.fail(f"does not reach further than '{before.words}' before it, so that '{words}' would never apply")
    if not amounts:
        return default
    if amounts[-1].people is not None or amounts[-1].share is not None:
        table.fail("has a bound and is the last, so that larger amounts have no words; leave its bounds out")
    no_twice([amount.words for amount in amounts], f"words of {key}", table)
    return tuple(amounts)


def _further(one: Amount, other: Amount) -> bool:
    """Say whether an amount reaches further than the one before it; those in people come before those in shares alone."""
    if other.people is not None:
        return one.people is not None and other.people > one.people
    if one.people is not None or other.share is None:
        return one.people is not None or one.share is not None
    return one.share is not None and (other.share, other.including) > (one.share, one.including)


def _read_fractions(tables, default):
    fractions = []
    for table in tables:
        words, lowest, under = table.take("words", str), _tenths(table, "from_percent"), _tenths(table, "under_percent")
        table.done()
        if lowest is None or under is None or lowest >= under:
            table.fail("needs 'from_percent' and a larger 'under_percent'")
        if fractions and lowest < fractions[-1].under:
            table.fail(f"begins before '{fractions[-1].words}' ends; give them in order and apart")
        fractions.append(FractionWords(words, lowest, under))
    if fractions:
        no_twice([fraction.words for fraction in fractions], "words of fractions", table)
    return tuple(fractions) or default


def read_wording(table, scales):
    """Return how sentences speak of numbers."""
    wording = Wording(
        percent=table.take("percent", str, Wording.percent),
        amounts=_read_amounts(table.tables("amounts"), "amounts", Wording.amounts),
        support=_read_amounts(table.tables("support"), "support", Wording.support, people=False),
        support_scales=table.texts("support_scales", []),
        fractions=_read_fractions(table.tables("fractions"), Wording.fractions),
        prose_numbers_allowed=table.texts("prose_numbers_allowed", []),
    )
    table.done()
    if wording.percent not in ("%", "per cent"):
        table.fail("should have 'percent' as '%' or 'per cent'")
    for key in wording.support_scales:
        if key not in scales:
            table.fail(f"names the scale '{key}', which is not defined.{did_you_mean(key, scales)}", stop="")
        if not scales[key].nets:
            table.fail(f"names the scale '{key}' under 'support_scales'; it has no nets, so that nothing says support")
    if "support" in table.content and not wording.support_scales:
        table.fail("has words of support; name the scales whose first net is support under 'support_scales'")
    for text in wording.prose_numbers_allowed:
        if not re.search("[0-9]", text):
            table.fail(f"allows '{text}' under 'prose_numbers_allowed', which holds no number")
    return wording
