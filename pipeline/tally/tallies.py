"""Count each answer to each closed question, for everyone and for each group."""

from collections.abc import Iterable

import pandas as pd

from pipeline import schemas
from pipeline.definition import Consultation
from pipeline.ingest.responses import BY_CHANNEL, EVERYONE
from pipeline.percent import percents

# Those of whom the survey does not say which group they belong to; no group of this name can be defined.
NOT_STATED = "Not stated"


def groups_of(consultation: Consultation, by: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return grouping -> its groups in published order: everyone first, then each grouping of `by`.

    `by` may name the definition's groupings and 'channel'. Raises DefinitionError for any other name.
    """
    found = {EVERYONE: (EVERYONE,)}
    for key in by:
        if key == BY_CHANNEL:
            found[key] = tuple(channel.label for channel in consultation.channels)
        else:
            found[key] = tuple(group.label for group in consultation.grouping(key).groups)
    return found


def count_members(groups: pd.DataFrame, consultation: Consultation, by: Iterable[str]) -> pd.DataFrame:
    """Return the table `respondents`: how many are in each group, and where some did not say, how many of those."""
    by = tuple(by)
    table = count_respondents(groups, consultation, by)
    everyone = set(groups.loc[groups["grouping"] == EVERYONE, "respondent"])
    for key in by:
        unsaid = everyone - set(groups.loc[groups["grouping"] == key, "respondent"]) if key != BY_CHANNEL else ()
        if unsaid:
            table.loc[len(table)] = [key, NOT_STATED, len(unsaid)]
    return schemas.build("respondents", table)


def count_respondents(groups: pd.DataFrame, consultation: Consultation, by: Iterable[str]) -> pd.DataFrame:
    """Return (grouping, group, count): how many respondents are in each group, zeros kept, everyone first."""
    counts = groups.groupby(["grouping", "group"])["respondent"].nunique()
    wanted = [(grouping, group) for grouping, labels in groups_of(consultation, by).items() for group in labels]
    index = pd.MultiIndex.from_tuples(wanted, names=["grouping", "group"])
    return counts.reindex(index, fill_value=0).rename("count").reset_index()


def count_bases(
    consultation: Consultation, answers: pd.DataFrame, groups: pd.DataFrame, by: Iterable[str] = ()
) -> pd.DataFrame:
    """Return the table `bases`: for each closed question and group, who was asked, who answered, who is in the base.

    Respondents are counted once however often they stand in a table. Those of the group who were not asked are
    `not_asked`; left blank is `not_answered`; answers that the scale keeps outside the base ('Don't know') are
    `outside_base`; the base is the rest of those who answered or, where the question says so, of those who were asked.
    Who was asked a multiple-choice question and ticked nothing left it blank.
    """
    parts = []
    everyone = count_respondents(groups, consultation, by).set_index(["grouping", "group"])["count"]
    for question in consultation.closed:
        asked = answers[answers["question"] == question.id]
        given = asked.dropna(subset="answer")
        outside = given[given["answer"].isin(question.scale.outside_base)]
        sizes = {}
        for name, rows in (("asked", asked), ("answered", given), ("outside_base", outside)):
            sizes[name] = _count(rows, groups, consultation, by)
        part = pd.DataFrame(sizes)
        part["not_asked"] = everyone - part["asked"]
        part["base"] = part[question.base] - part["outside_base"]
        part = part.reset_index()
        part.insert(0, "question", question.id)
        parts.append(part)
    bases = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=schemas.columns("bases"))
    bases["not_answered"] = bases["asked"] - bases["answered"]
    # A channel that did not ask a question has no place in its table; an empty group of respondents has.
    bases = bases[(bases["grouping"] != BY_CHANNEL) | (bases["asked"] > 0)]
    return schemas.build("bases", bases)


def _count(rows, groups, consultation, by) -> pd.Series:
    """Return the number of respondents in `rows` by (grouping, group), zeros kept, in published order."""
    joined = rows[["respondent"]].drop_duplicates().merge(groups, on="respondent")
    return count_respondents(joined, consultation, by).set_index(["grouping", "group"])["count"]


def tally_answers(
    consultation: Consultation, answers: pd.DataFrame, groups: pd.DataFrame, by: Iterable[str] = ()
) -> pd.DataFrame:
    """Return the table `tally`: each answer's count, base and percentage, for everyone and for each group of `by`.

    Questions, groups and answers stand in published order, answers that nobody chose are kept, and a percentage of an
    empty base is missing. A respondent counts once for each option ticked, so that those of a multiple-choice question
    may add to more than the base.
    """
    by = tuple(by)
    bases = count_bases(consultation, answers, groups, by).set_index(["question", "grouping", "group"])["base"]
    parts = []
    for question in consultation.closed:
        chosen = answers[answers["question"] == question.id].dropna(subset="answer")
        joined = chosen[["respondent", "question", "answer"]].merge(groups, on="respondent")
        counts = joined.groupby(schemas.columns("tally")[:4])["respondent"].nunique()
        places = bases.loc[question.id].index
        index = pd.MultiIndex.from_tuples(
            [(question.id, *place, answer) for place in places for answer in question.scale.points],
            names=schemas.columns("tally")[:4],
        )
        parts.append(counts.reindex(index, fill_value=0).rename("count").reset_index())
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=schemas.columns("tally")[:5])
    table["base"] = bases.reindex(pd.MultiIndex.from_frame(table[["question", "grouping", "group"]])).to_numpy()
    table["percent"] = percents(table["count"], table["base"], consultation.decimals)
    return schemas.build("tally", table)
