"""Ours beside the published figures, claim by claim."""

from fractions import Fraction

import pandas as pd

from pipeline import schemas
from pipeline.definition import DEFINITION_FILE, Published
from pipeline.errors import DefinitionError, did_you_mean
from pipeline.outcome.figures import possible_figures
from pipeline.outcome.outcomes import Outcome
from pipeline.percent import percent

MEASURES = {"count": "numerator", "base": "base", "percent": "percent"}


def _in_words(claim: Published, figures: pd.DataFrame):
    """Give (measure, published, ours, whether they agree) for a share that was published in words, in percent.

    It is compared with the share itself and not with a rounded one: 41 of 123 are not more than a third.
    """
    share, count, base = None, pd.NA, pd.NA
    if claim.figure in figures.index:
        count, base = figures.loc[claim.figure, ["numerator", "base"]]
        share = Fraction(int(count), int(base)) if not pd.isna(base) and base else None
    far = "" if claim.within is None else f", within {claim.within:g} points"
    for words, said in (("about", claim.about), ("more than", claim.more_than), ("less than", claim.less_than)):
        if said is not None:
            apart = None if share is None else share - said
            side = apart is not None and (words == "about" or (apart > 0 if words == "more than" else apart < 0))
            near = side and (claim.within is None or abs(apart) * 100 <= Fraction(str(claim.within)))
            ours = pd.NA if share is None else percent(int(count), int(base), 1)
            yield f"{words}{far}", float(round(said * 100, 1)), ours, bool(near)


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
        rows += [(claim.figure, claim.claim, claim.where, *line) for line in _in_words(claim, figures)]
    return schemas.build("checks", rows)
