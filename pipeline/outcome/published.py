"""Ours beside the published figures, claim by claim."""

import pandas as pd

from pipeline import schemas
from pipeline.definition import DEFINITION_FILE
from pipeline.errors import DefinitionError, did_you_mean
from pipeline.outcome.figures import possible_figures
from pipeline.outcome.outcomes import Outcome

MEASURES = {"count": "numerator", "base": "base", "percent": "percent"}


def verify(outcome: Outcome) -> pd.DataFrame:
    """Return the table `checks`: one row for each number published, with ours and whether they agree.

    A figure that these data cannot give (nobody settled codes for every answer, say) is missing, and does not agree.
    Raises DefinitionError, naming the nearest, for a figure that no data of this definition could give.
    """
    figures = outcome.figures.set_index("id")
    possible = possible_figures(outcome.consultation)
    rows = []
    for claim in outcome.consultation.published:
        if claim.figure not in figures.index and claim.figure not in possible:
            raise DefinitionError(
                f"{outcome.consultation.folder / DEFINITION_FILE}: the published figure '{claim.figure}' is none of ours."
                f"{did_you_mean(claim.figure, [*figures.index, *possible])}"
            )
        for measure, column in MEASURES.items():
            published = getattr(claim, measure)
            if published is not None:
                ours = figures.at[claim.figure, column] if claim.figure in figures.index else pd.NA
                agrees = bool(not pd.isna(ours) and ours == published)
                rows.append((claim.figure, claim.claim, claim.where, measure, published, ours, agrees))
    return schemas.build("checks", rows)
