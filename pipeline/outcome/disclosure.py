"""What may not be published as it is: answers and themes by group, unless the definition allows them."""

from dataclasses import replace

from pipeline.ingest.responses import BY_CHANNEL, EVERYONE
from pipeline.outcome.outcomes import Outcome


def withheld(outcome: Outcome) -> tuple[str, ...]:
    """Return the groupings whose crossed tables stay in the working folder, because the definition does not allow them."""
    return tuple(key for key in outcome.by if not outcome.consultation.grouping(key).publish_crossed)


def publishable(outcome: Outcome) -> Outcome:
    """Return the outcome with only what may be published.

    The number of respondents in each group stays. What each group answered or raised goes, for groupings that the
    definition does not allow; so do ids, answers, comments and coded answers.
    """
    allowed = (EVERYONE, BY_CHANNEL, *(key for key in outcome.by if key not in withheld(outcome)))

    def open_rows(table):
        return table[table["grouping"].isin(allowed)].reset_index(drop=True)

    figures = outcome.figures
    kept = figures["grouping"].isin(("", *allowed)) | figures["id"].str.startswith("respondents.")
    return replace(
        outcome,
        responses=replace(
            outcome.responses,
            answers=outcome.responses.answers.iloc[:0],
            comments=outcome.responses.comments.iloc[:0],
            groups=outcome.responses.groups.iloc[:0],
        ),
        bases=open_rows(outcome.bases),
        tally=open_rows(outcome.tally),
        agreement=open_rows(outcome.agreement),
        theme_counts=open_rows(outcome.theme_counts),
        coded=outcome.coded.iloc[:0],
        figures=figures[kept].reset_index(drop=True),
        figure_rows=outcome.figure_rows.iloc[:0],
    )
