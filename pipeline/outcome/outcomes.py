"""Outcome: everything a report says, worked out and not yet drawn."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

from pipeline.definition import Consultation
from pipeline.ingest.responses import BY_CHANNEL, Responses
from pipeline.outcome.figures import trace_figures
from pipeline.tally.agreement import net_answers
from pipeline.tally.tallies import count_bases, count_respondents, groups_of, tally_answers
from pipeline.themes.prevalence import count_themes


@dataclass(frozen=True)
class Outcome:
    """The tables of one outcome, as in `schemas`. `by` are the groupings they are broken down by.

    `respondents` is (grouping, group, count); `cards` maps each open question that was machine-coded to its model's
    card. `figures` holds every number with its numerator, base and rule; `figure_rows` the respondents behind each.
    """

    consultation: Consultation
    responses: Responses
    by: tuple[str, ...]
    respondents: pd.DataFrame
    bases: pd.DataFrame
    tally: pd.DataFrame
    agreement: pd.DataFrame
    coded: pd.DataFrame
    theme_counts: pd.DataFrame
    figures: pd.DataFrame
    figure_rows: pd.DataFrame
    cards: dict[str, dict] = field(default_factory=dict)


def summarise(
    consultation: Consultation,
    responses: Responses,
    coded: pd.DataFrame,
    by: Iterable[str] | None = None,
    cards: dict[str, dict] | None = None,
) -> Outcome:
    """Work out every table and figure of an outcome, for everyone, for each channel and for each grouping of `by`.

    `by` defaults to all groupings of the definition; `coded` is the table of coded answers, which may be empty.
    """
    by = tuple(g.key for g in consultation.groupings) if by is None else tuple(by)
    split = tuple(dict.fromkeys((*by, BY_CHANNEL)))
    answers, groups = responses.answers, responses.groups
    tally = tally_answers(consultation, answers, groups, split)
    wanted = groups_of(consultation, split)
    theme_counts = count_themes(consultation, responses.comments, coded, groups, wanted)
    figures, figure_rows = trace_figures(consultation, responses, coded, by)
    return Outcome(
        consultation=consultation,
        responses=responses,
        by=by,
        respondents=count_respondents(groups, consultation, split),
        bases=count_bases(consultation, answers, groups, split),
        tally=tally,
        agreement=net_answers(consultation, tally),
        coded=coded,
        theme_counts=theme_counts,
        figures=figures,
        figure_rows=figure_rows,
        cards=cards or {},
    )
