"""How the figures of a piece of the report were made: which of `figures` it shows, and the rule behind each."""

import pandas as pd

from pipeline.definition import Channel, Question
from pipeline.ingest.responses import EVERYONE
from pipeline.outcome.outcomes import Outcome, rows_of


def _ids(outcome: Outcome, about: str, *groupings: str) -> pd.Series:
    figures = outcome.figures
    return figures.loc[(figures["about"] == about) & figures["grouping"].isin(groupings or [EVERYONE]), "id"]


def _starting(ids: pd.Series, starts: list[str]) -> tuple[str, ...]:
    """Return the ids that begin with one of these, followed by nothing or by a group."""
    return tuple(id for id in ids if any(f"{id}.".startswith(f"{start}.") for start in starts))


def row_figures(outcome: Outcome, channel: Channel) -> tuple[str, ...]:
    """Return the ids of the figures that tell of the rows of a channel's files."""
    figures = outcome.figures
    return _starting(figures.loc[figures["about"] == "rows", "id"], [f"rows.{channel.key}"])


def respondent_figures(outcome: Outcome, *groupings: str) -> tuple[str, ...]:
    """Return the ids of the figures that tell how many responded, in groupings or by 'channel'."""
    return tuple(_ids(outcome, "respondents", *groupings))


def reported_figures(outcome: Outcome, question: Question, *groupings: str) -> tuple[str, ...]:
    """Return the ids of the figures of a question's nets, or of its answers where it has none."""
    if not question.scale.nets:
        return point_figures(outcome, question, *groupings)
    starts = [f"{question.id}.{net.key}" for net in question.scale.nets]
    return _starting(_ids(outcome, "answers", *groupings), starts)


def point_figures(outcome: Outcome, question: Question, *groupings: str) -> tuple[str, ...]:
    """Return the ids of the figures of each answer to a closed question."""
    return _starting(_ids(outcome, "answers", *groupings), [f"{question.id}.answer"])


def headline_figure(outcome: Outcome, question: Question) -> str:
    """Return the id of the figure that a question's line in the summary tells."""
    if question.number:
        return f"{question.id}.median"
    if question.multiple or question.ranked:
        rows = rows_of(outcome.tally, question)
        return f"{question.id}.answer.{question.scale.keys[rows.loc[rows['count'].idxmax(), 'answer']]}"
    return reported_figures(outcome, question)[0]


def value_figures(outcome: Outcome, question: Question) -> tuple[str, ...]:
    """Return the ids of the figures of a ranking's mean places, or of the averages of numbers."""
    starts = [f"{question.id}.{name}" for name in ("mean_rank", "mean", "median")]
    return _starting(_ids(outcome, "answers"), starts)


def theme_figures(outcome: Outcome, question: Question, *groupings: str) -> tuple[str, ...]:
    """Return the ids of the figures of an open question's themes; of groups, by the coding that the report leads with."""
    marks = ["theme"] if groupings else ["theme", "machine"]
    return _starting(_ids(outcome, "themes", *groupings), [f"{question.id}.{mark}" for mark in marks])


def campaign_figures(outcome: Outcome) -> tuple[str, ...]:
    """Return the ids of the figures that are counted with campaigns once or apart."""
    return tuple(_ids(outcome, "campaigns"))


def rules_of(outcome: Outcome, ids: tuple[str, ...]) -> list[tuple[str, list[dict]]]:
    """Return each rule behind some figures with its figures, as rows of the table `figures`."""
    rows = outcome.figures[outcome.figures["id"].isin(ids)]
    return [(rule, part.to_dict("records")) for rule, part in rows.groupby("rule", sort=False)]
