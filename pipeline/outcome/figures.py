"""Every number of the report with its numerator, base and rule, and the respondents it counts.

A figure is worked out here from the respondents themselves, by another path than the tables are, so that a number
which could not be traced to its rows would not agree with its table.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from pipeline import schemas
from pipeline.definition import Consultation, Question, slugify
from pipeline.ingest.fates import COUNTED
from pipeline.ingest.responses import EVERYONE, Responses
from pipeline.percent import percent
from pipeline.themes.prevalence import BY_HAND, codings


@dataclass(frozen=True)
class Figure:
    """A number: the respondents it counts, out of which base (None for a bare count), by which rule.

    `grouping` is the grouping that the figure is broken down by, '' where it speaks of everyone.
    """

    id: str
    wording: str
    respondents: tuple[str, ...]
    base: int | None
    rule: str
    grouping: str = ""


def trace_figures(
    consultation: Consultation, responses: Responses, coded: pd.DataFrame, by: Iterable[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables `figures` (one row a number) and `figure_rows` (the respondents behind each)."""
    found = [
        *_row_figures(consultation, responses),
        *_respondent_figures(consultation, responses, by),
        *_answer_figures(consultation, responses, by),
        *_comment_figures(consultation, responses, coded, by),
    ]
    figures = [
        (
            f.id,
            f.grouping,
            f.wording,
            len(f.respondents),
            f.base,
            None if f.base is None else percent(len(f.respondents), f.base, consultation.decimals),
            f.rule,
        )
        for f in found
    ]
    rows = [(f.id, respondent) for f in found for respondent in f.respondents]
    return schemas.build("figures", figures), schemas.build("figure_rows", rows)


def _row_figures(consultation: Consultation, responses: Responses) -> Iterator[Figure]:
    for channel in consultation.channels:
        ledger = responses.ledger[responses.ledger["channel"] == channel.key]
        yield Figure(
            f"rows.{channel.key}",
            f"{channel.label}: rows read",
            tuple(ledger["respondent"]),
            None,
            "every row of the file under its headings",
        )
        for fate, rows in ledger.groupby("fate", sort=False):
            yield Figure(
                f"rows.{channel.key}.{slugify(fate)}",
                f"{channel.label}: rows with the fate '{fate}'",
                tuple(rows["respondent"]),
                len(ledger),
                "rows of the file by fate, as the ledger has them",
            )


def _members(responses: Responses, grouping: str, group: str) -> set[str]:
    groups = responses.groups
    return set(groups.loc[(groups["grouping"] == grouping) & (groups["group"] == group), "respondent"])


def _places(consultation: Consultation, responses: Responses, by) -> list[tuple[str, str, str, set[str]]]:
    """Return (suffix of the id, words, grouping, members) for everyone and for each group of `by`."""
    places = [("", "all respondents", "", _members(responses, EVERYONE, EVERYONE))]
    for key in by:
        for group in consultation.grouping(key).groups:
            members = _members(responses, key, group.label)
            places.append((f".{key}.{group.key}", group.label, key, members))
    return places


def _respondent_figures(consultation: Consultation, responses: Responses, by) -> Iterator[Figure]:
    ledger = responses.ledger[responses.ledger["fate"] == COUNTED]
    everyone = _members(responses, EVERYONE, EVERYONE)
    for suffix, words, grouping, members in _places(consultation, responses, by):
        yield Figure(
            f"respondents{suffix}",
            f"Respondents: {words}",
            tuple(sorted(members)),
            len(everyone) if suffix else None,
            "respondents of counted channels whose row counts",
            grouping,
        )
    for channel in consultation.channels:
        rows = ledger[ledger["channel"] == channel.key]
        yield Figure(
            f"respondents.channel.{channel.key}",
            f"Responses: {channel.label}",
            tuple(rows["respondent"]),
            None,
            "rows of the channel that count",
        )


def _answer_figures(consultation: Consultation, responses: Responses, by) -> Iterator[Figure]:
    places = _places(consultation, responses, by)
    for question in consultation.closed:
        rows = responses.answers[responses.answers["question"] == question.id]
        given = rows.dropna(subset="answer")
        in_base = given[~given["answer"].isin(question.scale.outside_base)]
        counted = [(f"answer.{slugify(point)}", point, (point,)) for point in question.scale.points]
        counted += [(net.key, net.label, net.points) for net in question.scale.nets]
        for suffix, words, grouping, members in places:
            asked = set(rows["respondent"]) & members
            yield Figure(
                f"{question.id}.answered{suffix}",
                f"{question.label}: answered, {words}",
                tuple(sorted(set(given["respondent"]) & members)),
                len(asked),
                "of those asked, those who gave an answer",
                grouping,
            )
            base = set(in_base["respondent"]) & members
            for key, label, points in counted:
                chose = set(in_base.loc[in_base["answer"].isin(points), "respondent"]) & members
                yield Figure(
                    f"{question.id}.{key}{suffix}",
                    f"{question.label}: {label.lower()}, {words}",
                    tuple(sorted(chose)),
                    len(base),
                    f"chose {' or '.join(points)}; base: those who answered{_without(question)}",
                    grouping,
                )


def _without(question: Question) -> str:
    outside = question.scale.outside_base
    return f", without {' or '.join(outside)}" if outside else ""


def _comment_figures(consultation: Consultation, responses: Responses, coded: pd.DataFrame, by) -> Iterator[Figure]:
    places = _places(consultation, responses, by)
    everyone = places[0][3]
    for question in consultation.open:
        rows = responses.comments[responses.comments["question"] == question.id]
        given = set(rows.loc[rows["text"].notna(), "respondent"])
        for suffix, words, grouping, members in places:
            yield Figure(
                f"{question.id}.answered{suffix}",
                f"{question.label}: wrote something, {words}",
                tuple(sorted(given & members)),
                len(set(rows["respondent"]) & members),
                "of those asked, those whose box is not blank",
                grouping,
            )
        if question.codebook is None:
            continue
        mine = coded[coded["question"] == question.id]
        for number, (coding, codes) in enumerate(codings(mine, given & everyone).items()):
            raised = codes[codes["raised"]]
            if coding == BY_HAND:
                yield Figure(
                    f"{question.id}.suggested",
                    f"{question.label}: suggested at least one thing, all respondents",
                    tuple(sorted(set(raised["respondent"]))),
                    len(set(rows["respondent"]) & everyone),
                    f"of those asked, those whose answer raises a theme; {coding}",
                )
            mark = "theme" if number == 0 else "machine"
            for suffix, words, grouping, members in places:
                for theme in question.codebook.themes:
                    who = set(raised.loc[raised["theme"] == theme.key, "respondent"]) & members
                    yield Figure(
                        f"{question.id}.{mark}.{theme.key}{suffix}",
                        f"{question.label}: {theme.label}, {words}",
                        tuple(sorted(who)),
                        len(given & members),
                        f"raised the theme; base: those whose box is not blank; {coding}",
                        grouping,
                    )
