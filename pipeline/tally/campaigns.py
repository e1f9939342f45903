"""Nets counted three ways: everyone, each campaign once, and campaigns apart."""

from collections import Counter

import pandas as pd

from pipeline import schemas
from pipeline.definition import Consultation, Question
from pipeline.ingest.responses import EVERYONE
from pipeline.percent import percents
from pipeline.tally.agreement import net_answers
from pipeline.tally.tallies import tally_answers

AS_SENT, ONCE, APART = "everyone", "each campaign once", "campaigns apart"
WAYS = (AS_SENT, ONCE, APART)


def count_signers(campaigns: pd.DataFrame, additions: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """Return the table `campaign_sizes`, largest first: the signers, those in the percentages, those who added words."""
    counted = set(groups.loc[groups["grouping"] == EVERYONE, "respondent"])
    places = set(zip(additions["respondent"], additions["question"], strict=True))
    sizes = []
    for campaign, rows in campaigns.groupby("campaign"):
        signers = set(rows["respondent"])
        added = {r for r, q in zip(rows["respondent"], rows["question"], strict=True) if (r, q) in places}
        sizes.append((campaign, len(signers), len(signers & counted), len(added)))
    sizes.sort(key=lambda size: _rank(size[0], size[1]))
    return schemas.build("campaign_sizes", sizes)


def _rank(campaign: str, signers: int) -> tuple:
    """Return what sorts campaigns by size, and those of one size by their numbers: 9 before 10."""
    return -signers, len(campaign), campaign


def signed(campaigns: pd.DataFrame) -> dict[str, str]:
    """Return respondent -> the campaign that they are counted with: of several, the one with the most signers."""
    sizes = campaigns.groupby("campaign")["respondent"].nunique()
    rows = sorted(
        zip(campaigns["campaign"], campaigns["respondent"], strict=True),
        key=lambda row: _rank(row[0], sizes[row[0]]),
    )
    found: dict[str, str] = {}
    for campaign, respondent in rows:
        found.setdefault(respondent, campaign)
    return found


def answers_by_way(
    consultation: Consultation, answers: pd.DataFrame, groups: pd.DataFrame, campaigns: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Return for each way of counting the rows of `answers` that count: those of respondents in the percentages.

    Counting each campaign once, one of its signers stands for it at each closed question, as `stand_in` has it; where
    none can, the campaign is not counted there.
    """
    counted = set(groups.loc[groups["grouping"] == EVERYONE, "respondent"])
    answers = answers[answers["respondent"].isin(counted)]
    campaign = answers["respondent"].map(signed(campaigns))
    apart = answers[campaign.isna()]
    standing = []
    for question in consultation.closed:
        mine = answers[(answers["question"] == question.id) & campaign.notna()]
        for _, rows in mine.groupby(campaign[mine.index]):
            chosen = {respondent: _together(own) for respondent, own in rows.groupby("respondent")["answer"]}
            respondent = stand_in(question, chosen)
            standing.append(rows[rows["respondent"] == respondent])
    return {AS_SENT: answers, ONCE: pd.concat([apart, *standing]), APART: apart}


def _together(answers: pd.Series) -> str | None:
    """Return a respondent's answers to a question as one: those who ticked the same options gave the same answer."""
    return "\n".join(sorted(set(answers.dropna()))) or None


def stand_in(question: Question, chosen: dict[str, str | None]) -> str | None:
    """Return who stands for a campaign at a question, given what each signer answered; None for no common answer.

    It is a signer whose answer is the most common one. Answers of one net are one answer here, and leaving the question
    blank is an answer too. Where two are equally common there is no common answer. Within a net, the most common point
    is taken, then the first on the scale: the net's count is the same.
    """
    sides = {respondent: _side(question, answer) for respondent, answer in chosen.items()}
    ranked = Counter(sides.values()).most_common(2)
    if len(ranked) == 2 and ranked[0][1] == ranked[1][1]:
        return None
    of_side = {respondent: chosen[respondent] for respondent, side in sides.items() if side == ranked[0][0]}
    often = Counter("" if pd.isna(answer) else answer for answer in of_side.values())
    order = {point: place for place, point in enumerate(question.scale.points)}

    def first(respondent):
        answer = "" if pd.isna(of_side[respondent]) else of_side[respondent]
        return -often[answer], order.get(answer, len(order)), answer, respondent

    return min(of_side, key=first)


def _side(question: Question, answer) -> tuple[str, ...]:
    """Return what an answer counts as in the nets: the nets it is in, or the answer itself where it is in none."""
    if pd.isna(answer):
        return ("blank",)
    nets = [net.key for net in question.scale.nets if answer in net.points]
    return ("nets", *nets) if nets else ("answer", answer)


def reported(question: Question) -> dict[str, str]:
    """Return what is reported of a closed question -> its label: its nets by key, or its answers where it has none."""
    return {net.key: net.label for net in question.scale.nets} or {point: point for point in question.scale.points}


def count_ways(
    consultation: Consultation, answers: pd.DataFrame, groups: pd.DataFrame, campaigns: pd.DataFrame
) -> pd.DataFrame:
    """Return the table `campaign_variants`: respondents, and each net of each closed question, counted in three ways.

    The rows of respondents have no question and no net, and all respondents as their base. `net` holds a net's key, or
    the answer itself where the question's scale has no nets.
    """
    everyone = set(groups.loc[groups["grouping"] == EVERYONE, "respondent"])
    campaign_of = {who: campaign for who, campaign in signed(campaigns).items() if who in everyone}
    apart = len(everyone) - len(campaign_of)
    numbers = {AS_SENT: len(everyone), ONCE: apart + len(set(campaign_of.values())), APART: apart}
    rows = {("", "", way): (numbers[way], len(everyone)) for way in WAYS}
    for way, mine in answers_by_way(consultation, answers, groups, campaigns).items():
        tally = tally_answers(consultation, mine, groups)
        points = tally.rename(columns={"answer": "net"})
        for row in pd.concat([points, net_answers(consultation, tally)]).itertuples():
            rows[row.question, row.net, way] = (row.count, row.base)
    places = [("", ""), *((q.id, key) for q in consultation.closed for key in reported(q))]
    table = pd.DataFrame(
        [(*place, way, *rows[*place, way]) for place in places for way in WAYS],
        columns=schemas.columns("campaign_variants")[:-1],
    )
    table["percent"] = percents(table["count"], table["base"], consultation.decimals)
    return schemas.build("campaign_variants", table)
