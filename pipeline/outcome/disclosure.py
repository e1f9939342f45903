"""What may not be published as it is: answers and themes by group or by channel, unless the definition allows them."""

from dataclasses import replace

import pandas as pd

from pipeline import schemas
from pipeline.ingest.responses import BY_CHANNEL, EVERYONE
from pipeline.outcome.outcomes import Outcome


def publishable(outcome: Outcome) -> Outcome:
    """Return the outcome with only what may be published.

    The number of respondents in each group and channel stays. What each group answered or raised goes, for groupings
    and channels that the definition does not allow; so do answers, comments, coded answers, and all ids.
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
    kept = allowed(figures) | figures["about"].isin(["rows", "respondents"])
    ledger = outcome.responses.ledger
    nothing = pd.Series("", index=ledger.index, dtype="str")
    return replace(
        outcome,
        crossed=crossed,
        responses=replace(
            outcome.responses,
            answers=none_of("answers"),
            comments=none_of("comments"),
            groups=none_of("groups"),
            others=none_of("others"),
            personal=none_of("personal"),
            # A reason can name a letter's file, and a file can be named after who wrote it.
            ledger=ledger.assign(respondent=nothing, detail=nothing),
        ),
        bases=open_rows(outcome.bases),
        tally=open_rows(outcome.tally),
        agreement=open_rows(outcome.agreement),
        theme_counts=open_rows(outcome.theme_counts),
        coded=none_of("coded"),
        figures=figures[kept].reset_index(drop=True),
        figure_rows=none_of("figure_rows"),
    )
