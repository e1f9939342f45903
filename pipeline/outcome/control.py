"""Disclosure control: which counts of a group must not be told, and what becomes of the tables that would tell them.

`docs/disclosure.md` explains the rule, the attacker and the remedies in words, and what they do not defend against.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import pandas as pd

from pipeline import schemas
from pipeline.definition import Consultation, Disclosure
from pipeline.ingest.responses import BY_CHANNEL
from pipeline.outcome.attack import Attacker, Link, Place, Programme
from pipeline.outcome.breakdowns import NETS, Breakdown, Cell, breakdowns, crossing_links
from pipeline.outcome.outcomes import Outcome
from pipeline.outcome.wording import counted, inside, listed

AS_IT_IS, MERGED, LEFT_OUT, SUPPRESSED, WITHHELD = "as it is", "merged", "left out", "suppressed", "withheld"
NOT_WANTED = "not published"
# Why a table is withheld, in words that tell nothing of what was answered.
IMPOSSIBLE = (
    "so few respondents gave one of the answers in all, or are in one of the groups, that no table by group could keep open "
    "what a group said"
)
NO_REMEDY = "the remedies that the definition allows do not keep open what a group said"
NOTHING_LEFT = "every number in it would have been suppressed"


@dataclass(frozen=True)
class Protected:
    """A cell that must not be told, and why. `at_all` says that it may be printed only where `least_width` is kept."""

    cell: Cell
    why: str
    at_all: bool
    width: int = 0


@dataclass(frozen=True)
class Ruling:
    """What becomes of a breakdown: the groups and tables that are published and the places suppressed in them.

    `remedies` are those that were used, in order; `because` says why where it is withheld. `protected` are the cells that must
    not be told, with the width that each has to keep.
    """

    breakdown: Breakdown
    groups: tuple[str, ...]
    tables: tuple[str, ...]
    suppressed: frozenset[Place]
    remedies: tuple[str, ...]
    protected: tuple[Protected, ...]
    because: str = ""

    @property
    def cells(self) -> list[Cell]:
        """The cells that stand in its tables, suppressed or not."""
        return self.breakdown.cells(self.groups, self.tables)

    @property
    def told(self) -> dict[Place, int]:
        """The counts that are published."""
        return {cell.place: cell.count for cell in self.cells if cell.place not in self.suppressed}

    def remedy(self, cell: Cell) -> str:
        """Return what was done about a cell."""
        if not self.tables:
            return WITHHELD if self.breakdown.wanted else NOT_WANTED
        if cell.place in self.suppressed and cell.group in self.groups and cell.table in self.tables:
            return SUPPRESSED
        if cell.table not in self.tables:
            return LEFT_OUT
        return AS_IT_IS if cell.group in self.groups else MERGED


@dataclass(frozen=True)
class Control:
    """The rulings on all breakdowns of an outcome, and the table `disclosure` of every protected cell and its bounds."""

    rulings: tuple[Ruling, ...]
    table: pd.DataFrame


def why_protected(counts: list[int], base: int, rule: Disclosure, one_answer: bool) -> list[str]:
    """Return for each count of one group why it must not be told, '' where it may.

    A count from 1 to under the threshold; where all of a small group gave one answer or one net, that count, and with one
    answer each the zeros too, because they say so.
    """
    of_one_mind = 0 < base < rule.small_group and base in counts
    reasons = []
    for count in counts:
        if 0 < count < rule.threshold:
            reasons.append(f"fewer than {rule.threshold}")
        elif of_one_mind and count == base:
            reasons.append("all of a small group")
        elif of_one_mind and one_answer and count == 0:
            reasons.append("a zero that says what all of a small group answered")
        else:
            reasons.append("")
    return reasons


def control_disclosure(outcome: Outcome, earlier: pd.DataFrame | None = None) -> Control:
    """Decide what becomes of every table by group or channel, and attack what is left.

    `earlier` is the figures.csv of an outcome that was published before (id, numerator, base), None for none. With the control
    switched off everything that is wanted is published as it is, and the table says what an attacker can tell.
    """
    known = {}
    if earlier is not None:
        rows = earlier.dropna(subset=["numerator", "base"])
        known = {row.id: (int(row.numerator), int(row.base)) for row in rows.itertuples()}
    rulings: list[Ruling] = []
    lines = []
    for family in breakdowns(outcome):
        protected = {id(one): _protected(one, outcome.consultation.disclosure, known) for one in family}
        attacker = _attacker(family, known)
        settled = _settle(family, protected, attacker, outcome.consultation.disclosure)
        if outcome.consultation.disclosure.control:
            settled = [_unless_it_tells_of_another(outcome, ruling, rulings) for ruling in settled]
        rulings += settled
        lines += _lines(settled, attacker)
    return Control(tuple(rulings), schemas.build("disclosure", lines))


def _unless_it_tells_of_another(outcome: Outcome, ruling: Ruling, before: list[Ruling]) -> Ruling:
    """Return a ruling, withheld where its bases would tell counts that another question must not.

    Those who were asked a question are those who gave certain answers to the one that leads to it, so that its bases by group
    are counts of that one.
    """
    route = ruling.breakdown.question.asked_if
    if route is None or route.is_grouping or not ruling.tables:
        return ruling
    leads = [
        one
        for one in before
        if one.breakdown.question.id == route.of and one.breakdown.grouping == ruling.breakdown.grouping
    ]
    if not any(one.protected or WITHHELD in one.remedies for one in leads):
        return ruling
    label = outcome.consultation.question(route.of).label
    because = f"who was asked it gave certain answers to '{label}', of which some counts are confidential"
    return replace(ruling, tables=(), suppressed=frozenset(), remedies=(WITHHELD,), because=because)


def _protected(one: Breakdown, rule: Disclosure, known: dict) -> list[Protected]:
    found = []
    for group in (*one.groups, *one.merges):
        cells = one.cells([group], one.tables)
        reasons = why_protected([cell.count for cell in cells], cells[0].base, rule, one.one_answer)
        since = _since(cells, rule, known, one.one_answer)
        for cell, why, other in zip(cells, reasons, since, strict=True):
            if why or other:
                found.append(Protected(cell, why or other, at_all=bool(why)))
    return found


def _changes(cells: list[Cell], known: dict) -> list[int | None]:
    """Return by how much each cell of a group differs from the earlier outcome, None where that did not tell it."""
    return [cell.count - known[cell.figure][0] if cell.figure in known else None for cell in cells]


def _grown(cells: list[Cell], known: dict) -> int | None:
    """Return by how much a group's base grew since the earlier outcome; None if that did not tell of it."""
    bases = [cell.base - known[cell.figure][1] for cell in cells if cell.figure in known]
    return bases[0] if bases else None


def _since(cells: list[Cell], rule: Disclosure, known: dict, one_answer: bool) -> list[str]:
    """Return why each cell of a group must not be told after what an earlier outcome told of it, '' where it may."""
    changes, grown = _changes(cells, known), _grown(cells, known)
    if grown is None or (grown == 0 and not any(changes)):
        return [""] * len(cells)
    if grown < 0 or any(change is not None and change < 0 for change in changes):
        # Answers were taken out or changed: what changed is the answer of those few.
        return ["an earlier outcome, less a few" if c and abs(c) < rule.threshold else "" for c in changes]
    reasons = why_protected([-1 if change is None else change for change in changes], grown, rule, one_answer)
    return [f"added since an earlier outcome: {why}" if why else "" for why in reasons]


def _attacker(family: list[Breakdown], known: dict) -> Attacker:
    """Return someone who knows what anyone knows: sizes, bases, overall rows, and what an earlier outcome told."""
    highest, links, truth = {}, [], {}
    for one in family:
        highest |= one.highest()
        links += [*one.links(), *_additions(one, known)]
        truth |= one.truth()
    for one in family:
        sides = [other for key in one.of for other in family if other.grouping == key]
        if len(sides) == 2:
            more, ties = crossing_links(one, sides)
            highest |= more
            links += ties
    return Attacker(Programme(highest, links), {}, truth)


def _additions(one: Breakdown, known: dict) -> Iterator[Link]:
    """Give what an earlier outcome tells of the groups that only grew: no count fell, and none rose by more than the base."""
    for group in (*one.stated, *one.merges):
        cells = one.cells([group], one.tables)
        changes, grown = _changes(cells, known), _grown(cells, known)
        if grown and grown > 0 and not any(change is not None and change < 0 for change in changes):
            for cell in cells:
                if cell.figure in known:
                    before = known[cell.figure][0]
                    yield Link(tuple((unknown, 1) for unknown in cell.place), before, before + grown)


def _settle(family: list[Breakdown], protected: dict, attacker: Attacker, rule: Disclosure) -> list[Ruling]:
    """Return a ruling for each breakdown, each made with those before it published and none of them told any more."""
    rulings: list[Ruling] = []
    for one in family:
        mine = protected[id(one)]
        if not rule.control or not one.wanted:
            tables = one.tables if one.wanted else ()
            ruling = Ruling(one, tuple(one.stated), tables, frozenset(), (), tuple(mine))
            if rule.control:
                ruling = replace(ruling, protected=tuple(_with_widths(mine, (), attacker, rule)))
        else:
            ruling = _rule(one, mine, attacker, [p for r in rulings for p in r.protected], rule)
        attacker = attacker.knowing(ruling.told)
        rulings.append(ruling)
    return rulings


def _with_widths(
    mine: list[Protected], printed: Iterable[Place], attacker: Attacker, rule: Disclosure
) -> list[Protected]:
    """Return protected cells with the width that each has to keep.

    A cell in a table keeps the whole of it. One that no table shows, or that only an earlier outcome puts at risk, is to be no
    better known than it is without the table.
    """
    printed = set(printed)
    return [
        replace(p, width=rule.least_width)
        if p.at_all and p.cell.place in printed
        else replace(p, width=attacker.width(p.cell.place, rule.least_width))
        for p in mine
    ]


def _rule(
    one: Breakdown, mine: list[Protected], attacker: Attacker, others: list[Protected], rule: Disclosure
) -> Ruling:
    """Try the remedies in their order and return the first publication in which every protected cell keeps its width."""
    because = NO_REMEDY
    for groups, tables, remedies in _stages(one, rule):
        cells = one.cells(groups, tables)
        told = {cell.place: cell.count for cell in cells}
        watched = [*_with_widths(mine, told, attacker, rule), *others]
        if not all(attacker.leaves(p.cell.place, p.width) for p in watched):
            because = IMPOSSIBLE  # not even with nothing of this table told
            continue
        after = attacker.knowing(told)
        if remedies[-1:] == (SUPPRESSED,):
            after = _suppress(after, told, watched)
            if after is None:
                because = NO_REMEDY
                continue
        elif not all(after.leaves(p.cell.place, p.width) for p in watched):
            continue
        hidden = frozenset(place for place in told if place not in after.published)
        if hidden and len(hidden) == len(told):
            because = NOTHING_LEFT
            continue
        return Ruling(one, tuple(groups), tables, hidden, remedies, tuple(watched[: len(mine)]))
    watched = _with_widths(mine, (), attacker, rule)
    return Ruling(one, tuple(one.stated), (), frozenset(), (WITHHELD,), tuple(watched), because)


def _stages(one: Breakdown, rule: Disclosure) -> Iterator[tuple[list[str], tuple[str, ...], tuple[str, ...]]]:
    """Give the publications to try, mildest first: groups, tables and the remedies that lead there."""
    groups, tables, remedies = one.stated, one.tables, ()
    yield groups, tables, remedies
    if "merge" in rule.remedies and one.merges:
        groups, remedies = one.merged, (*remedies, MERGED)
        yield groups, tables, remedies
    if "leave out" in rule.remedies and NETS in tables:
        tables, remedies = (NETS,), (*remedies, LEFT_OUT)
        yield groups, tables, remedies
    if "suppress" in rule.remedies:
        yield groups, tables, (*remedies, SUPPRESSED)


def _suppress(attacker: Attacker, told: dict[Place, int], watched: list[Protected]) -> Attacker | None:
    """Return an attacker who is not told the protected cells, nor what gives them away; None where that is not enough.

    For each protected cell that is still told too well, as few and as small counts as will do are hidden besides; in the
    end each of these is told again if the others suffice, the largest first.
    """
    first = {p.cell.place for p in watched if p.width and p.cell.place in told}
    attacker = attacker.without(first)
    largest = max([1, *told.values()])
    for p in watched:
        if p.width and not attacker.leaves(p.cell.place, p.width):
            # Few cells, and of as many the smaller ones.
            costs = {place: 1 + told[place] / largest for place in told if place in attacker.published}
            attacker = attacker.told_less(p.cell.place, p.width, costs)
            if attacker is None:
                return None
    besides = [place for place in told if place not in attacker.published and place not in first]
    for place in sorted(besides, key=lambda place: -told[place]):
        trial = attacker.knowing([place])
        if all(trial.leaves(p.cell.place, p.width) for p in watched):
            attacker = trial
    return attacker


def _lines(settled: list[Ruling], attacker: Attacker) -> Iterator[tuple]:
    """Give the rows of the table `disclosure`: each protected cell with its bounds, for all that these rulings publish."""
    for ruling in settled:
        attacker = attacker.knowing(ruling.told)
    for ruling in settled:
        one = ruling.breakdown
        for p in ruling.protected:
            cell = p.cell
            if cell.group in one.groups or cell.group in ruling.groups:
                place = (one.question.id, cell.table, one.grouping, cell.group, cell.answer)
                bounds = attacker.bounds(cell.place)
                yield (*place, p.why, cell.count, cell.base, *bounds, ruling.remedy(cell))


# --- What a reader is told ---------------------------------------------------------------------------------------------


def rule_in_words(consultation: Consultation) -> list[str]:
    """Return the rule of the definition in sentences: what is exempt, what is protected, or why nothing is."""
    rule = consultation.disclosure
    if not rule.control:
        return [f"No disclosure control was applied to the tables by group or channel, because {rule.because}."]
    return [
        "Disclosure control was applied to everything by group or channel that is published here, taken together. The overall "
        "rows and the number of respondents in each group, of all and of those who answered, are exempt from it and stand as "
        "they are.",
        f"Protected are counts of 1 to {rule.threshold - 1} in a group, and what a group of fewer than {rule.small_group} said "
        f"where all of it gave one answer. From all that is published, nobody can work such a count out more closely than to "
        f"a range from one number to another that is at least {rule.least_width} higher.",
    ]


def ruling_in_words(consultation: Consultation, ruling: Ruling) -> str:
    """Return what was done to a breakdown's tables and why, beginning 'by …:'; '' where nothing was."""
    one = ruling.breakdown
    if not ruling.remedies:
        return ""
    name = f"by {_grouping_in_words(consultation, one)}"
    if not ruling.tables:
        return f"{name}: withheld, because {ruling.because}."
    said = []
    if MERGED in ruling.remedies:
        merged = [group for group in ruling.groups if group in one.merges]
        said.append(
            f"groups were merged ({'; '.join(f'{group}: {listed(list(one.merges[group]))}' for group in merged)})"
        )
    if LEFT_OUT in ruling.remedies:
        said.append("the table of every answer was left out and the answers reported together were kept")
    if SUPPRESSED in ruling.remedies:
        shown = sum(cell.place in ruling.suppressed for cell in ruling.cells)
        verb = "is" if shown == 1 else "are"
        said.append(
            f"{counted(shown, 'count')} with {'its' if shown == 1 else 'their'} percentages {verb} shown as [c]"
        )
    return f"{name}: {'; '.join(said)}. Otherwise what must not be told could have been worked out."


def _grouping_in_words(consultation: Consultation, one: Breakdown) -> str:
    if one.grouping != BY_CHANNEL:
        return inside(consultation.grouping(one.grouping).label)
    return "channel" if len(one.groups) > 1 else f"channel ({', '.join(one.groups)})"
