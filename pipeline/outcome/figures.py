"""Every number of the report with its numerator, base and rule, and the respondents it counts.

A figure is worked out here from the respondents themselves, by another path than the tables are, so that a number
which could not be traced to its rows would not agree with its table.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from statistics import median

import pandas as pd

from pipeline import schemas
from pipeline.definition import Consultation, Question, slugify
from pipeline.ingest.fates import FATES
from pipeline.ingest.responses import BY_CHANNEL, EVERYONE, Responses
from pipeline.outcome.wording import inside
from pipeline.percent import mean, percent
from pipeline.tally.campaigns import APART, ONCE, answers_by_way, reported, signed
from pipeline.themes.prevalence import BY_HAND, codings


@dataclass(frozen=True)
class Figure:
    """A number: the respondents it counts, out of which base (None for a bare count), by which rule.

    `value` is what is worked out from them where that is no count: a mean or a median.
    `about` is 'rows', 'respondents', 'answers', 'themes' or 'campaigns'; `place` is the group that it speaks of.
    """

    id: str
    about: str
    place: "Place"
    wording: str
    respondents: tuple[str, ...]
    base: int | None
    rule: str
    value: float | None = None


@dataclass(frozen=True)
class Place:
    """A group as figures need it: the end of their ids, its name in words, and its members."""

    suffix: str
    words: str
    grouping: str
    group: str
    members: frozenset[str] = frozenset()


EVERYONE_OF_ALL = Place("", "all respondents", EVERYONE, EVERYONE)
_BY_WAY = {way: Place(f".{slugify(way)}", way, EVERYONE, EVERYONE) for way in (ONCE, APART)}


def trace_figures(
    consultation: Consultation, responses: Responses, coded: pd.DataFrame, by: Iterable[str], campaigns: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables `figures` (one row a number) and `figure_rows` (the respondents behind each).

    `by` may name the definition's groupings and 'channel'. `campaigns` is the table of them; without one, no number
    speaks of campaigns.
    """
    places = [_with_members(place, responses) for place in _places(consultation, by)]
    found = (
        *_row_figures(consultation, responses),
        *_respondent_figures(consultation, responses, places),
        *_answer_figures(consultation, responses, places),
        *_ranking_figures(consultation, responses, places),
        *_number_figures(consultation, responses, places),
        *_comment_figures(consultation, responses, coded, places),
        *_campaign_figures(consultation, responses, campaigns),
    )
    return _as_tables(consultation, found)


def trace_campaigns(
    consultation: Consultation, responses: Responses, campaigns: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return `figures` and `figure_rows` as `trace_figures` does, of nothing but how these campaigns change the counts."""
    return _as_tables(consultation, tuple(_campaign_figures(consultation, responses, campaigns)))


def _as_tables(consultation: Consultation, found: tuple[Figure, ...]) -> tuple[pd.DataFrame, pd.DataFrame]:
    figures = []
    for f in found:
        share = None if f.base is None else percent(len(f.respondents), f.base, consultation.decimals)
        place = (f.place.grouping, f.place.group)
        figures.append((f.id, f.about, *place, f.wording, len(f.respondents), f.base, share, f.value, f.rule))
    rows = [(f.id, respondent) for f in found for respondent in f.respondents]
    return schemas.build("figures", figures), schemas.build("figure_rows", rows)


def possible_figures(consultation: Consultation) -> set[str]:
    """Return the ids of figures that some data would give: fates that no row met, codes that nobody settled yet."""
    places = _places(consultation, [*(grouping.key for grouping in consultation.groupings), BY_CHANNEL])
    ids = {f"rows.{channel.key}.{slugify(fate)}" for channel in consultation.channels for fate in FATES}
    ids |= {f"respondents{place.suffix}" for place in _BY_WAY.values()}
    ids |= {
        f"{question.id}.{name}{place.suffix}"
        for question in consultation.closed
        for name in _reported_ids(question).values()
        for place in _BY_WAY.values()
    }
    for question in consultation.open:
        if question.codebook:
            ids.add(f"{question.id}.suggested")
            ids |= {
                f"{question.id}.{mark}.{theme}{place.suffix}"
                for mark in ("theme", "machine")
                for theme in question.codebook.keys
                for place in places
            }
    return ids


def headline_figures(consultation: Consultation, figures: pd.DataFrame) -> list[str]:
    """Return the ids of the figures that the report leads with: all respondents, then a number for each question in order.

    Of a closed question it is the first that is reported; of an open one who suggested something, or who answered.
    """
    ids = ["respondents"]
    known = set(figures["id"])
    for section in consultation.sections:
        for id in section.closed:
            first = next(iter(_reported_ids(consultation.question(id)).values()))
            ids.append(f"{id}.{first}")
        ids += [f"{id}.{'suggested' if f'{id}.suggested' in known else 'answered'}" for id in section.open]
    return [id for id in ids if id in known]


def _places(consultation: Consultation, by: Iterable[str]) -> list[Place]:
    """Return everyone, and each group of `by`."""
    places = [EVERYONE_OF_ALL]
    for key in by:
        if key == BY_CHANNEL:
            groups = [(channel.key, channel.label) for channel in consultation.channels]
        else:
            groups = [(group.key, group.label) for group in consultation.grouping(key).groups]
        places += [Place(f".{key}.{name}", label, key, label) for name, label in groups]
    return places


def _with_members(place: Place, responses: Responses) -> Place:
    groups = responses.groups
    members = groups.loc[(groups["grouping"] == place.grouping) & (groups["group"] == place.group), "respondent"]
    return replace(place, members=frozenset(members))


def _row_figures(consultation: Consultation, responses: Responses) -> Iterator[Figure]:
    for channel in consultation.channels:
        ledger = responses.ledger[responses.ledger["channel"] == channel.key]
        place = Place("", channel.label, BY_CHANNEL, channel.label)
        names = tuple(ledger["channel"] + " " + ledger["file"] + " row " + ledger["row"].astype(str))
        words = f"{channel.label}: rows read"
        yield Figure(
            f"rows.{channel.key}", "rows", place, words, names, None, "every row of the file under its headings"
        )
        for fate in dict.fromkeys(ledger["fate"]):
            mine = tuple(name for name, own in zip(names, ledger["fate"], strict=True) if own == fate)
            id, words = f"rows.{channel.key}.{slugify(fate)}", f"{channel.label}: rows with the fate '{fate}'"
            yield Figure(
                id, "rows", place, words, mine, len(ledger), "rows of the file by fate, as the ledger has them"
            )


def _respondent_figures(consultation: Consultation, responses: Responses, places: list[Place]) -> Iterator[Figure]:
    everyone = places[0].members
    for place in places:
        of_everyone = None if place.grouping in (EVERYONE, BY_CHANNEL) else len(everyone)
        rule = "rows of the channel that count" if place.grouping == BY_CHANNEL else "respondents of counted channels"
        words = f"Respondents: {place.words}"
        yield Figure(
            f"respondents{place.suffix}", "respondents", place, words, tuple(sorted(place.members)), of_everyone, rule
        )


def _answer_figures(consultation: Consultation, responses: Responses, places: list[Place]) -> Iterator[Figure]:
    for question in consultation.closed:
        rows = responses.answers[responses.answers["question"] == question.id]
        given = rows.dropna(subset="answer")
        in_base = given[~given["answer"].isin(question.scale.outside_base)]
        counted = [(f"answer.{key}", point, (point,)) for point, key in question.scale.keys.items()]
        counted += [(net.key, net.label, net.points) for net in question.scale.nets]
        for place in places:
            if place.grouping == BY_CHANNEL and not set(rows["respondent"]) & place.members:
                continue  # a channel that did not ask
            yield from _answered(question, "answers", place, rows, given, "of those asked, those who gave an answer")
            if question.scale.outside_base:
                outside = set(given["respondent"]) - set(in_base["respondent"])
                words = f"{question.label}: {' or '.join(question.scale.outside_base).lower()}, {place.words}"
                rule = "of those who answered, those whose answer is outside the base"
                who, of = tuple(sorted(outside & place.members)), len(set(given["respondent"]) & place.members)
                yield Figure(f"{question.id}.outside_base{place.suffix}", "answers", place, words, who, of, rule)
            base = set(in_base["respondent"]) & place.members
            if question.base == "asked":
                base |= (set(rows["respondent"]) - set(given["respondent"])) & place.members
            for key, label, points in counted:
                chose = set(in_base.loc[in_base["answer"].isin(points), "respondent"]) & place.members
                words = f"{question.label}: {inside(label)}, {place.words}"
                chose_words = "put first" if question.ranked else "gave a number in" if question.number else "chose"
                rule = (
                    f"{chose_words} {' or '.join(points)}; base: those who {_counted_as(question)}{_without(question)}"
                )
                yield Figure(
                    f"{question.id}.{key}{place.suffix}", "answers", place, words, tuple(sorted(chose)), len(base), rule
                )


def _counted_as(question: Question) -> str:
    """Return what those in a question's base did."""
    if question.base == "asked":
        return "were asked"
    return "ticked at least one option" if question.multiple else "answered"


def _ranking_figures(consultation: Consultation, responses: Responses, places: list[Place]) -> Iterator[Figure]:
    for question in (q for q in consultation.closed if q.ranked):
        placed: dict[str, dict[str, int]] = {}
        for row in responses.ranks[responses.ranks["question"] == question.id].itertuples():
            placed.setdefault(row.respondent, {})[row.option] = row.rank
        for place in places:
            base = sorted(set(placed) & place.members)
            if place.grouping == BY_CHANNEL and not base:
                continue
            for option, key in question.scale.keys.items():
                who = tuple(name for name in base if option in placed[name])
                value = mean(sum(placed[name][option] for name in who), len(who))
                words = f"{question.label}: mean place of {inside(option)}, {place.words}"
                rule = (
                    "the mean of the places that the option was given, 1 the first; base: those who placed any option"
                )
                id = f"{question.id}.mean_rank.{key}{place.suffix}"
                yield Figure(id, "answers", place, words, who, len(base), rule, value)


def _number_figures(consultation: Consultation, responses: Responses, places: list[Place]) -> Iterator[Figure]:
    for question in (q for q in consultation.closed if q.number):
        mine = responses.numbers[responses.numbers["question"] == question.id]
        given = dict(zip(mine["respondent"], mine["number"], strict=True))
        for place in places:
            who = tuple(sorted(set(given) & place.members))
            if place.grouping == BY_CHANNEL and not who:
                continue
            numbers = [Fraction(str(given[name])) for name in who]
            for key, value in (
                ("mean", mean(sum(numbers), len(numbers))),
                ("median", mean(Fraction(median(numbers)), 1) if numbers else None),
            ):
                words = f"{question.label}: {key}, {place.words}"
                rule = f"the {key} of the numbers given, rounded half up to one decimal"
                yield Figure(f"{question.id}.{key}{place.suffix}", "answers", place, words, who, None, rule, value)


def _reported_ids(question: Question) -> dict[str, str]:
    """Return what is reported of a closed question -> its name in ids of figures."""
    if question.scale.nets:
        return {key: key for key in reported(question)}
    return {point: f"answer.{key}" for point, key in question.scale.keys.items()}


def _campaign_figures(consultation: Consultation, responses: Responses, campaigns: pd.DataFrame) -> Iterator[Figure]:
    if campaigns.empty:
        return
    everyone = _with_members(EVERYONE_OF_ALL, responses).members
    campaign_of = {who: campaign for who, campaign in signed(campaigns).items() if who in everyone}
    first = {campaign_of[who]: who for who in sorted(campaign_of, reverse=True)}
    ways = answers_by_way(consultation, responses.answers, responses.groups, campaigns)
    for way, place in _BY_WAY.items():
        rule = "one signer for each campaign" if way == ONCE else "without the signers of campaigns"
        who = (everyone - set(campaign_of)) | (set(first.values()) if way == ONCE else set())
        words = f"Respondents: {way}"
        yield Figure(f"respondents{place.suffix}", "campaigns", place, words, tuple(sorted(who)), len(everyone), rule)
        for question in consultation.closed:
            rows = ways[way]
            rows = rows[rows["question"] == question.id]
            asked = rows["answer"].notna() | (question.base == "asked")
            base = set(rows.loc[asked & ~rows["answer"].isin(question.scale.outside_base), "respondent"])
            points = {net.key: net.points for net in question.scale.nets}
            for key, name in _reported_ids(question).items():
                chose = set(rows.loc[rows["answer"].isin(points.get(key, (key,))), "respondent"])
                words = f"{question.label}: {inside(reported(question)[key])}, {way}"
                id, who = f"{question.id}.{name}{place.suffix}", tuple(sorted(chose))
                yield Figure(
                    id, "campaigns", place, words, who, len(base), f"base: those who {_counted_as(question)}, {rule}"
                )


def _answered(question: Question, about: str, place: Place, asked, given, rule: str) -> Iterator[Figure]:
    """Give the figure of those who answered a question, of those asked; a channel that did not ask has none."""
    asked = set(asked["respondent"]) & place.members
    if asked or place.grouping != BY_CHANNEL:
        answered = tuple(sorted(set(given["respondent"]) & place.members))
        words = f"{question.label}: answered, {place.words}"
        yield Figure(f"{question.id}.answered{place.suffix}", about, place, words, answered, len(asked), rule)
        words = f"{question.label}: not answered, {place.words}"
        blank = tuple(sorted(asked - set(answered)))
        rule = "of those asked, those who left it blank"
        yield Figure(f"{question.id}.not_answered{place.suffix}", about, place, words, blank, len(asked), rule)


def _without(question: Question) -> str:
    outside = question.scale.outside_base
    return f", without {' or '.join(outside)}" if outside else ""


def _comment_figures(
    consultation: Consultation, responses: Responses, coded: pd.DataFrame, places: list[Place]
) -> Iterator[Figure]:
    everyone = places[0].members
    for question in consultation.open:
        rows = responses.comments[responses.comments["question"] == question.id]
        given = rows.dropna(subset="text")
        for place in places:
            yield from _answered(question, "themes", place, rows, given, "of those asked, those whose box is not blank")
        if question.codebook is None:
            continue
        mine = coded[coded["question"] == question.id]
        for place in places:
            answered = set(given["respondent"]) & place.members
            if place.grouping == BY_CHANNEL and not answered:
                continue
            # Who coded is asked of a channel by itself and of all counted respondents together, as the tables do.
            pool = answered if place.grouping == BY_CHANNEL else set(given["respondent"]) & everyone
            for number, (coding, codes) in enumerate(codings(mine, pool).items()):
                raised = codes[codes["raised"] & codes["respondent"].isin(answered)]
                if coding == BY_HAND and place.grouping == EVERYONE:
                    words = f"{question.label}: {question.raised_wording}, {place.words}"
                    rule = f"of those asked, those whose answer raises a theme; {coding}"
                    who = tuple(sorted(set(raised["respondent"])))
                    asked = len(set(rows["respondent"]) & everyone)
                    yield Figure(f"{question.id}.suggested", "themes", place, words, who, asked, rule)
                # The first way of coding is the one that the report leads with; the other is the classifier's.
                mark = "theme" if number == 0 else "machine"
                for theme in question.codebook.themes:
                    who = tuple(sorted(set(raised.loc[raised["theme"] == theme.key, "respondent"])))
                    id = f"{question.id}.{mark}.{theme.key}{place.suffix}"
                    words = f"{question.label}: {theme.label}, {place.words}"
                    rule = f"raised the theme; base: those whose box is not blank; {coding}"
                    yield Figure(id, "themes", place, words, who, len(answered), rule)
