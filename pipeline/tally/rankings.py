"""Rankings and numbers: first places and mean ranks, means and quartiles, for everyone and for each group."""

from collections.abc import Iterable
from fractions import Fraction

import pandas as pd

from pipeline import schemas
from pipeline.definition import Consultation
from pipeline.percent import mean
from pipeline.tally.tallies import groups_of


def _members(consultation: Consultation, groups: pd.DataFrame, by: Iterable[str]):
    """Give each (grouping, group) in published order with its respondents."""
    of = groups.groupby(["grouping", "group"])["respondent"].agg(set)
    for grouping, labels in groups_of(consultation, by).items():
        for group in labels:
            yield grouping, group, of.get((grouping, group), set())


def count_ranks(
    consultation: Consultation, ranks: pd.DataFrame, groups: pd.DataFrame, by: Iterable[str] = ()
) -> pd.DataFrame:
    """Return the table `ranking`: how many put each option first, how many gave it any place, and its mean place.

    The base is those who placed any option; the mean place is of those who placed this one, 1 the first, rounded half up
    to one decimal, and missing where nobody did.
    """
    lines = []
    places = list(_members(consultation, groups, by))
    for question in consultation.closed:
        if not question.ranked:
            continue
        mine = ranks[ranks["question"] == question.id]
        for grouping, group, members in places:
            own = mine[mine["respondent"].isin(members)]
            for option in question.scale.points:
                given = own.loc[own["option"] == option, "rank"]
                first, ranked = int((given == 1).sum()), len(given)
                where = (question.id, grouping, group, option)
                lines.append((*where, first, ranked, own["respondent"].nunique(), mean(int(given.sum()), ranked)))
    return schemas.build("ranking", lines)


def summarise_numbers(
    consultation: Consultation, numbers: pd.DataFrame, groups: pd.DataFrame, by: Iterable[str] = ()
) -> pd.DataFrame:
    """Return the table `number_summary`: the mean, the median and the quartiles of each question that asks for a number.

    Rounded half up to one decimal; missing where there is no number. A quartile is the number in the middle of the lower
    or upper half, the median left out of both where the count is odd (Moore and McCabe's rule); of one number, itself.
    The smallest and the largest number are a single respondent's and are not worked out.
    """
    lines = []
    places = list(_members(consultation, groups, by))
    for question in consultation.closed:
        if question.number is None:
            continue
        mine = numbers[numbers["question"] == question.id]
        for grouping, group, members in places:
            own = sorted(Fraction(str(n)) for n in mine.loc[mine["respondent"].isin(members), "number"])
            half = len(own) // 2
            lower, upper = own[:half] or own, own[len(own) - half :] or own
            middles = [mean(_middle(part), 1) if part else None for part in (lower, own, upper)]
            lines.append((question.id, grouping, group, len(own), mean(sum(own), len(own)), *middles))
    return schemas.build("number_summary", lines)


def _middle(numbers: list[Fraction]) -> Fraction:
    """Return the number in the middle of a sorted list, or the mean of the two in the middle."""
    return (numbers[(len(numbers) - 1) // 2] + numbers[len(numbers) // 2]) / 2
