"""Ours beside the published figures, claim by claim, and where the publication disagrees with itself."""

import pandas as pd

from pipeline import schemas
from pipeline.errors import DefinitionError, did_you_mean
from pipeline.outcome.outcomes import Outcome

MEASURES = {"count": "numerator", "base": "base", "percent": "percent"}


def verify(outcome: Outcome) -> pd.DataFrame:
    """Return the table `checks`: one row for each number published, with ours and whether they agree.

    A figure that this outcome cannot give (no one settled codes for every answer, say) is missing, and does not agree.
    Raises DefinitionError, naming the nearest, for a figure whose question or group no definition knows.
    """
    figures = outcome.figures.set_index("id")
    rows = []
    for claim in outcome.consultation.published:
        if claim.figure not in figures.index and not _could_be(claim.figure, outcome):
            raise DefinitionError(
                f"{outcome.consultation.folder}: the published figure '{claim.figure}' is none of ours."
                f"{did_you_mean(claim.figure, figures.index)}"
            )
        for measure, column in MEASURES.items():
            published = getattr(claim, measure)
            if published is not None:
                ours = figures.at[claim.figure, column] if claim.figure in figures.index else pd.NA
                agrees = bool(not pd.isna(ours) and ours == published)
                rows.append((claim.figure, claim.claim, claim.where, measure, published, ours, agrees))
    return schemas.build("checks", rows)


def _could_be(figure: str, outcome: Outcome) -> bool:
    """Say whether a figure would be there with other data: a fate that no row met, or codes that nobody settled."""
    first, _, rest = figure.partition(".")
    questions = {question.id for question in outcome.consultation.open if question.codebook}
    channels = {channel.key for channel in outcome.consultation.channels}
    if first == "rows":
        return rest.split(".")[0] in channels
    return first in questions and rest.split(".")[0] in ("suggested", "theme", "machine")
