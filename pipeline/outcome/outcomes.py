"""Outcome: everything a report says, worked out and not yet drawn."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

from pipeline.definition import Consultation, Question
from pipeline.ingest.campaigns import find_campaigns, survey_wordings
from pipeline.ingest.responses import BY_CHANNEL, EVERYONE, Responses
from pipeline.outcome.figures import trace_figures
from pipeline.tally.agreement import net_answers
from pipeline.tally.campaigns import count_signers, count_ways
from pipeline.tally.rankings import count_ranks, summarise_numbers
from pipeline.tally.tallies import count_bases, count_members, groups_of, tally_answers
from pipeline.themes.prevalence import count_themes


@dataclass(frozen=True)
class Outcome:
    """The tables of one outcome, as in `schemas`.

    `by` are the groupings it is broken down by and `crossed` those whose answers by group it holds. `cards` maps each
    open question that was machine-coded to its model's card. `figures` holds every number with its numerator, base and
    rule; `figure_rows` the respondents behind each. `campaigns`, `additions` and `campaign_sizes` tell of letters that
    many sent, and are empty where there are none; `campaign_variants` counts with and without them. `protection` says what
    disclosure control did, where it passed: under ('', '') its rule, under a question's id and a grouping what became of
    its tables.
    """

    consultation: Consultation
    responses: Responses
    by: tuple[str, ...]
    respondents: pd.DataFrame
    bases: pd.DataFrame
    tally: pd.DataFrame
    agreement: pd.DataFrame
    ranking: pd.DataFrame
    number_summary: pd.DataFrame
    coded: pd.DataFrame
    theme_counts: pd.DataFrame
    figures: pd.DataFrame
    figure_rows: pd.DataFrame
    campaigns: pd.DataFrame
    additions: pd.DataFrame
    campaign_sizes: pd.DataFrame
    campaign_variants: pd.DataFrame
    crossed: tuple[str, ...]
    cards: dict[str, dict] = field(default_factory=dict)
    protection: dict[tuple[str, str], str] = field(default_factory=dict)


def rows_of(table: pd.DataFrame, question: Question, *groupings: str) -> pd.DataFrame:
    """Return a table's rows for a question and some groupings; for everyone together where none is named."""
    return table[(table["question"] == question.id) & table["grouping"].isin(groupings or [EVERYONE])]


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
    by = tuple(g.key for g in consultation.groupings) if by is None else tuple(key for key in by if key != BY_CHANNEL)
    split = tuple(dict.fromkeys((*by, BY_CHANNEL)))
    answers, groups = responses.answers, responses.groups
    tally = tally_answers(consultation, answers, groups, split)
    wanted = groups_of(consultation, split)
    theme_counts = count_themes(consultation, responses.comments, coded, groups, wanted)
    campaigns, additions = find_campaigns(
        responses.comments, consultation.campaigns_at_least, survey_wordings(consultation)
    )
    figures, figure_rows = trace_figures(consultation, responses, coded, split, campaigns)
    return Outcome(
        consultation=consultation,
        responses=responses,
        by=by,
        respondents=count_members(groups, consultation, split),
        bases=count_bases(consultation, answers, groups, split),
        tally=tally,
        agreement=net_answers(consultation, tally),
        ranking=count_ranks(consultation, responses.ranks, groups, split),
        number_summary=summarise_numbers(consultation, responses.numbers, groups, split),
        coded=coded,
        theme_counts=theme_counts,
        figures=figures,
        figure_rows=figure_rows,
        campaigns=campaigns,
        additions=additions,
        campaign_sizes=count_signers(campaigns, additions, groups),
        campaign_variants=count_ways(consultation, answers, groups, campaigns),
        crossed=by,
        cards=cards or {},
    )
