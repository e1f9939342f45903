"""What may not be published as it is: answers and themes by group or by channel, unless the definition allows them."""

from dataclasses import replace

import pandas as pd

from pipeline import schemas
from pipeline.ingest.responses import BY_CHANNEL, EVERYONE
from pipeline.outcome.figures import trace_campaigns
from pipeline.outcome.outcomes import Outcome
from pipeline.tally.campaigns import APART, AS_SENT, count_signers, count_ways

# The signers of a smaller campaign could be recognised, and what they answered told by taking them away.
FEWEST_SIGNERS = 5


def publishable(outcome: Outcome) -> Outcome:
    """Return the outcome with only what may be published.

    The number of respondents in each group and channel stays. What each group answered or raised goes, for groupings
    and channels that the definition does not allow; so do answers, comments, coded answers, all ids, and organisations that
    have not agreed to be named. Campaigns of
    fewer than `FEWEST_SIGNERS` go, and what is counted without campaigns is counted with theirs.
    """
    consultation = outcome.consultation
    crossed = tuple(key for key in outcome.crossed if consultation.grouping(key).publish_crossed)
    channels = {channel.label for channel in consultation.channels if channel.counted or channel.publish_answers}

    def allowed(table):
        by_channel = (table["grouping"] == BY_CHANNEL) & table["group"].isin(channels)
        return table["grouping"].isin([EVERYONE, *crossed]) | by_channel

    def open_rows(table):
        return table[allowed(table)].reset_index(drop=True)

    def none_of(name):
        return schemas.build(name, [])

    figures = outcome.figures
    kept = (allowed(figures) & (figures["about"] != "campaigns")) | figures["about"].isin(["rows", "respondents"])
    sizes, variants, of_campaigns = _open_campaigns(outcome, channels)
    figures = [figures[kept], *([of_campaigns] if len(of_campaigns) else [])]
    ledger, organisations = outcome.responses.ledger, outcome.responses.organisations
    named = organisations[organisations["agreed"]].reset_index(drop=True)
    nothing = pd.Series("", index=ledger.index, dtype="str")
    return replace(
        outcome,
        crossed=crossed,
        responses=replace(
            outcome.responses,
            answers=none_of("answers"),
            ranks=none_of("ranks"),
            numbers=none_of("numbers"),
            comments=none_of("comments"),
            groups=none_of("groups"),
            others=none_of("others"),
            organisations=named.assign(respondent=pd.Series("", index=named.index, dtype="str")),
            consents=none_of("consents"),
            personal=none_of("personal"),
            # A reason can name a letter's file, and a file can be named after who wrote it.
            ledger=ledger.assign(respondent=nothing, detail=nothing),
        ),
        bases=open_rows(outcome.bases),
        tally=open_rows(outcome.tally),
        agreement=open_rows(outcome.agreement),
        ranking=open_rows(outcome.ranking),
        number_summary=open_rows(outcome.number_summary),
        theme_counts=open_rows(outcome.theme_counts),
        coded=none_of("coded"),
        figures=pd.concat(figures, ignore_index=True),
        figure_rows=none_of("figure_rows"),
        campaigns=none_of("campaigns"),
        additions=none_of("additions"),
        campaign_sizes=sizes,
        campaign_variants=variants,
    )


def _open_campaigns(outcome: Outcome, channels: set[str]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the tables `campaign_sizes`, `campaign_variants` and `figures` of the campaigns that may be told.

    A campaign is told where enough signed it by channels that may be published, and taken out of the counts where enough
    of them are in the percentages. A question that only a few of these answered stays out: its counts with and without
    them would tell what they answered.
    """
    consultation, responses = outcome.consultation, outcome.responses
    groups = responses.groups
    seen = groups.loc[(groups["grouping"] == BY_CHANNEL) & groups["group"].isin(channels), "respondent"]
    signers = outcome.campaigns[outcome.campaigns["respondent"].isin(set(seen))]
    sizes = count_signers(signers, outcome.additions, groups)
    sizes = sizes[sizes["respondents"] >= FEWEST_SIGNERS].reset_index(drop=True)
    enough = sizes.loc[sizes["counted"] >= FEWEST_SIGNERS, "campaign"]
    campaigns = signers[signers["campaign"].isin(enough)]
    if campaigns.empty:
        return sizes, schemas.build("campaign_variants", []), schemas.build("figures", [])
    variants = count_ways(consultation, responses.answers, groups, campaigns)
    base = variants.drop_duplicates(["question", "way"]).set_index(["question", "way"])["base"]
    few = {q.id for q in consultation.closed if 0 < base[q.id, AS_SENT] - base[q.id, APART] < FEWEST_SIGNERS}
    figures, _ = trace_campaigns(consultation, responses, campaigns)
    hidden = figures["id"].str.split(".").str[0].isin(few)
    return sizes, variants[~variants["question"].isin(few)].reset_index(drop=True), figures[~hidden]
