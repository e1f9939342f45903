"""What each question says of the groups of each grouping: the respondents behind every cell, and what ties the cells.

Whoever adds a table by group adds its cells here, so that the control and its attacker know of them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from pipeline.definition import Question
from pipeline.ingest.responses import BY_CHANNEL, EVERYONE
from pipeline.outcome.attack import Link, Place
from pipeline.outcome.outcomes import Outcome
from pipeline.tally.tallies import NOT_STATED
from pipeline.themes.coding import written
from pipeline.themes.prevalence import codings

ANSWERS, NETS, THEMES = "answers", "nets", "themes"


@dataclass(frozen=True)
class Cell:
    """A count of a table by group. `figure` is its id in the figures, '' for those who did not state a group."""

    table: str
    group: str
    answer: str
    place: Place
    count: int
    base: int
    figure: str


@dataclass(frozen=True)
class Breakdown:
    """One question by one grouping.

    `groups` maps each group to those of it in the question's base, in published order, those who did not state one last;
    `merges` what the definition may merge to the groups it is made of. `chose` maps each answer or theme to those
    who gave it; `everyone` are all in the base, None for a channel outside the overall rows. `keys` maps a group to its name in
    ids. A wanted breakdown is to be published if it can be.
    """

    question: Question
    grouping: str
    of: tuple[str, ...]
    wanted: bool
    groups: dict[str, frozenset]
    merges: dict[str, tuple[str, ...]]
    chose: dict[str, frozenset]
    everyone: frozenset | None
    keys: dict[str, str]

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that it makes: themes, or every answer, and the nets where there are some."""
        if not self.question.is_closed:
            return (THEMES,)
        return (ANSWERS, NETS) if self.question.scale.nets else (ANSWERS,)

    @cached_property
    def one_answer(self) -> bool:
        """Whether each respondent of the base gave exactly one of the answers."""
        if not self.question.is_closed or self.question.multiple or self.question.base == "asked":
            return False
        # A ranking can put two options first.
        return sum(map(len, self.chose.values())) == len(frozenset().union(*self.chose.values()))

    def members(self, group: str) -> frozenset:
        """Return those of a group, merged or not, who are in the base."""
        return frozenset().union(*(self.groups[part] for part in self.merges.get(group, (group,))))

    @property
    def stated(self) -> list[str]:
        """The groups, without those who did not state one."""
        return [group for group in self.groups if group != NOT_STATED]

    @property
    def merged(self) -> list[str]:
        """The groups after merging: a merged group stands where the first of its parts stood."""
        whole = {part: merged for merged, parts in self.merges.items() for part in parts}
        return list(dict.fromkeys(whole.get(group, group) for group in self.stated))

    @cached_property
    def extra(self) -> int:
        """How many memberships there are more than respondents: 0 where everybody is in one group."""
        return 0 if self.everyone is None else sum(map(len, self.groups.values())) - len(self.everyone)

    def unknown(self, group: str, answer: str) -> tuple:
        """Return the name of a cell's unknown."""
        return self.grouping, group, answer

    def cells(self, groups: Iterable[str], tables: Iterable[str]) -> list[Cell]:
        """Return the cells of some groups in some tables."""
        tables = tuple(tables)
        return [cell for group in groups for cell in self._cells(group) if cell.table in tables]

    def _cells(self, group: str) -> Iterator[Cell]:
        members = self.members(group)
        suffix = f".{self.grouping}.{self.keys[group]}" if group in self.keys else ""
        marks = self.question.scale.keys if self.question.is_closed else {theme: theme for theme in self.chose}
        table, mark = (ANSWERS, "answer") if self.question.is_closed else (THEMES, "theme")
        for answer, who in self.chose.items():
            id = f"{self.question.id}.{mark}.{marks[answer]}{suffix}" if suffix else ""
            place = (self.unknown(group, answer),)
            yield Cell(table, group, answer, place, len(who & members), len(members), id)
        for net in self.question.scale.nets if self.question.is_closed else ():
            place = tuple(self.unknown(group, point) for point in self.chose if point in net.points)
            who = frozenset().union(*(self.chose[point] for point in net.points)) & members
            id = f"{self.question.id}.{net.key}{suffix}" if suffix else ""
            yield Cell(NETS, group, net.key, place, len(who), len(members), id)

    def truth(self) -> dict[tuple, int]:
        """Return each unknown's true count."""
        groups = (*self.groups, *self.merges)
        return {
            self.unknown(group, answer): len(who & self.members(group))
            for group in groups
            for answer, who in self.chose.items()
        }

    def total(self, answer: str) -> int | None:
        """Return an answer's count in the overall row, None outside it."""
        return None if self.everyone is None else len(self.chose[answer] & self.everyone)

    def highest(self) -> dict[tuple, int]:
        """Return each unknown and the most that anyone knows it can be: its base, and its overall row."""
        found = {}
        for group in (*self.groups, *self.merges):
            for answer in self.chose:
                total = self.total(answer)
                base = len(self.members(group))
                found[self.unknown(group, answer)] = base if total is None else min(base, total)
        if self.extra:
            found |= {self.unknown("extra", answer): self.extra for answer in self.chose}
        return found

    def links(self) -> list[Link]:
        """Return what ties the cells: the base of each group, the overall row of each answer, and the merged groups."""
        links = []
        for group in (*self.groups, *self.merges):
            row = tuple((self.unknown(group, answer), 1) for answer in self.chose)
            base = len(self.members(group))
            if self.one_answer:
                links.append(Link(row, base, base))
            elif self.question.multiple:
                links.append(Link(row, base, np.inf))  # everyone in the base ticked something
            elif self.question.base == "asked":
                links.append(Link(row, 0, base))  # the rest left it blank, and how many these are is not published
        for answer in self.chose if self.everyone is not None else ():
            # Of those who did not give an answer there are no more in a group than in all.
            others = len(self.everyone) - self.total(answer)
            for group in (*self.groups, *self.merges):
                links.append(Link(((self.unknown(group, answer), 1),), len(self.members(group)) - others, np.inf))
            column = [(self.unknown(group, answer), 1) for group in self.groups]
            if self.extra:
                column.append((self.unknown("extra", answer), -1))
                links += [
                    Link(
                        ((self.unknown(group, answer), 1), (self.unknown(NOT_STATED, answer), 1)), 0, self.total(answer)
                    )
                    for group in self.groups
                    if NOT_STATED in self.groups and group != NOT_STATED
                ]
            links.append(Link(tuple(column), self.total(answer), self.total(answer)))
        if self.extra and self.one_answer:
            links.append(Link(tuple((self.unknown("extra", a), 1) for a in self.chose), self.extra, self.extra))
        for group, parts in self.merges.items():
            for answer in self.chose:
                whole = (self.unknown(group, answer), 1)
                minus = tuple((self.unknown(part, answer), -1) for part in parts)
                links.append(Link((whole, *minus), -np.inf if self.extra else 0, 0))
                links += [Link((whole, one), 0, np.inf) for one in minus if self.extra]
        return links


def crossing_links(crossed: Breakdown, sides: list[Breakdown]) -> tuple[dict[tuple, int], list[Link]]:
    """Return the unknowns and links by which a crossed grouping's cells sum to those of the two groupings that it crosses.

    Who is in a group of one side and states none of the other is in no cell; how many those are is known.
    """
    highest, links = {}, []
    names = [side.stated for side in sides]
    pairs = dict(zip(product(*names), crossed.stated, strict=True))
    for number, side in enumerate(sides):
        other = sides[1 - number]
        for group in names[number]:
            parts = [label for pair, label in pairs.items() if pair[number] == group]
            within = frozenset().union(*(crossed.groups[part] for part in parts))
            unsaid = len(side.groups[group] - within)
            for answer in crossed.chose:
                whole = (side.unknown(group, answer), -1)
                cells = tuple((crossed.unknown(part, answer), 1) for part in parts)
                if other.extra:  # someone can be in two of the parts
                    links += [Link((cell, whole), -np.inf, 0) for cell in cells]
                    links.append(Link((*cells, whole), -unsaid, np.inf))
                    continue
                rest = ("unsaid", crossed.grouping, side.grouping, group, answer)
                if unsaid:
                    highest[rest] = unsaid
                links.append(Link((*cells, whole, *([(rest, 1)] if unsaid else [])), 0, 0))
            if unsaid and not other.extra and crossed.one_answer:
                rests = [("unsaid", crossed.grouping, side.grouping, group, answer) for answer in crossed.chose]
                links.append(Link(tuple((rest, 1) for rest in rests), unsaid, unsaid))
    return highest, links


def breakdowns(outcome: Outcome) -> list[list[Breakdown]]:
    """Return what there is to control: lists of breakdowns that have to be looked at together, simple ones first.

    A breakdown that is not wanted stands in a list where a crossed grouping ties it to one that is.
    """
    consultation = outcome.consultation
    found = []
    for question in consultation.questions:
        given = _given(outcome, question)
        if given is None:
            continue
        mine = [_by_group(outcome, question, key, *given) for key in outcome.by]
        found += _families(mine)
        found += [[one] for one in _by_channel(outcome, question, *given)]
    return [family for family in found if any(one.wanted for one in family)]


def _families(mine: list[Breakdown]) -> list[list[Breakdown]]:
    """Return breakdowns in lists that crossed groupings tie together, those that cross nothing first."""
    families: list[list[Breakdown]] = []
    for one in sorted(mine, key=lambda one: len(one.of)):
        tied = [family for family in families if any(other.grouping in one.of for other in family)]
        families = [family for family in families if family not in tied]
        families.append([*(other for family in tied for other in family), one])
    return [sorted(family, key=lambda one: len(one.of)) for family in families]


def _given(outcome: Outcome, question: Question) -> tuple[set, frozenset] | None:
    """Return who was asked a question and who is in its base; None for an open one whose answers are not coded."""
    if question.is_closed:
        rows = outcome.responses.answers[outcome.responses.answers["question"] == question.id]
        blank = rows["answer"].isna() & (question.base == "asked")
        base = rows.loc[rows["answer"].isin(question.scale.points) | blank, "respondent"]
        return set(rows["respondent"]), frozenset(base)
    rows = outcome.responses.comments[outcome.responses.comments["question"] == question.id]
    if question.codebook is None or (outcome.theme_counts["question"] != question.id).all():
        return None
    return set(rows["respondent"]), frozenset(written(outcome.responses.comments, question.id)["respondent"])


def _members(outcome: Outcome, grouping: str, group: str) -> frozenset:
    rows = outcome.responses.groups
    return frozenset(rows.loc[(rows["grouping"] == grouping) & (rows["group"] == group), "respondent"])


def _chose(outcome: Outcome, question: Question, pool: frozenset) -> dict[str, frozenset]:
    """Return who gave each answer, or raised each theme by the way of coding that the report leads with for these."""
    if question.is_closed:
        rows = outcome.responses.answers[outcome.responses.answers["question"] == question.id]
        return {point: frozenset(rows.loc[rows["answer"] == point, "respondent"]) for point in question.scale.points}
    codes = next(iter(codings(outcome.coded[outcome.coded["question"] == question.id], pool).values()), None)
    if codes is None:
        return {theme: frozenset() for theme in question.codebook.keys}
    raised = codes[codes["raised"]]
    return {theme: frozenset(raised.loc[raised["theme"] == theme, "respondent"]) for theme in question.codebook.keys}


def _by_group(outcome: Outcome, question: Question, key: str, asked: set, base: frozenset) -> Breakdown:
    grouping = outcome.consultation.grouping(key)
    everyone = base & _members(outcome, EVERYONE, EVERYONE)
    groups = {group.label: everyone & _members(outcome, key, group.label) for group in grouping.groups}
    unsaid = everyone - frozenset().union(*groups.values())
    return Breakdown(
        question=question,
        grouping=key,
        of=grouping.of,
        wanted=grouping.publish_crossed,
        groups=groups | ({NOT_STATED: unsaid} if unsaid else {}),
        merges={merge.label: merge.groups for merge in grouping.merge},
        chose=_chose(outcome, question, everyone),
        everyone=everyone,
        keys={one.label: one.key for one in (*grouping.groups, *grouping.merge)},
    )


def _by_channel(outcome: Outcome, question: Question, asked: set, base: frozenset) -> Iterator[Breakdown]:
    """Give one breakdown of the channels in the percentages, if there are several, and one of each other that may be told."""
    everyone = base & _members(outcome, EVERYONE, EVERYONE)
    keys = {channel.label: channel.key for channel in outcome.consultation.channels}
    members = {channel.label: _members(outcome, BY_CHANNEL, channel.label) for channel in outcome.consultation.channels}
    counted = [c.label for c in outcome.consultation.channels if c.counted and asked & members[c.label]]
    alone = [
        c.label
        for c in outcome.consultation.channels
        if not c.counted and c.publish_answers and base & members[c.label]
    ]
    if len(counted) > 1:
        groups = {label: base & members[label] for label in counted}
        chose = _chose(outcome, question, everyone)
        yield Breakdown(question, BY_CHANNEL, (), True, groups, {}, chose, everyone, keys)
    for label in alone:
        groups = {label: base & members[label]}
        yield Breakdown(
            question, BY_CHANNEL, (), True, groups, {}, _chose(outcome, question, groups[label]), None, keys
        )
