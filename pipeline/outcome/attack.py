"""What anyone can work out from what is published: bounds on hidden counts, by integer programmes, SciPy's.

A programme knows nothing of consultations: it has unknowns, what ties them, and sums of them that are published. The bounds are
those of an attacker who reasons without a flaw; the cheapest cells to hide with a protected one come from the programme of
Fischetti and Salazar-González (2001), "Solving the cell suppression problem on tabular data with linear constraints".
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np

# A count: the unknowns whose sum it is, in order, so that one count has one name.
Place = tuple[Hashable, ...]


@dataclass(frozen=True)
class Link:
    """What is known of some unknowns: the sum of each times its factor is at least `low` and at most `high`."""

    terms: tuple[tuple[Hashable, int], ...]
    low: float
    high: float


class Programme:
    """Unknowns that are whole and not negative, each with the highest value that it can have, and the links between them.

    It falls into parts that share no link, and every question to it is asked of one part alone.
    """

    def __init__(self, highest: dict[Hashable, int], links: Iterable[Link]):
        links = [link for link in links if link.terms]
        part_of = _parts(highest, links)
        self.parts: list[_Part] = []
        self.part_of: dict[Hashable, int] = {}
        numbers = {first: number for number, first in enumerate(dict.fromkeys(part_of.values()))}
        members: list[list] = [[] for _ in numbers]
        ties: list[list] = [[] for _ in numbers]
        for unknown in highest:
            self.part_of[unknown] = numbers[part_of[unknown]]
            members[self.part_of[unknown]].append(unknown)
        for link in links:
            ties[self.part_of[link.terms[0][0]]].append(link)
        for unknowns, mine in zip(members, ties, strict=True):
            self.parts.append(_Part(unknowns, [highest[unknown] for unknown in unknowns], mine))


def _parts(unknowns: Iterable[Hashable], links: list[Link]) -> dict[Hashable, Hashable]:
    """Return unknown -> the one that stands for all it is tied to, directly or through others."""
    stands = {unknown: unknown for unknown in unknowns}

    def root(unknown):
        while stands[unknown] != unknown:
            stands[unknown] = unknown = stands[stands[unknown]]
        return unknown

    for link in links:
        first = root(link.terms[0][0])
        for unknown, _ in link.terms[1:]:
            stands[root(unknown)] = first
    return {unknown: root(unknown) for unknown in stands}


class _Part:
    """Some unknowns in order, as arrays: their highest values, and the matrix and the limits of their links."""

    def __init__(self, unknowns: list, highest: list[int], links: list[Link]):
        self.column = {unknown: number for number, unknown in enumerate(unknowns)}
        self.highest = np.array(highest, dtype=float)
        self.matrix = np.zeros((len(links), len(unknowns)))
        for row, link in enumerate(links):
            for unknown, factor in link.terms:
                self.matrix[row, self.column[unknown]] = factor
        self.low = np.array([link.low for link in links], dtype=float)
        self.high = np.array([link.high for link in links], dtype=float)

    def sum_of(self, place: Place) -> np.ndarray:
        row = np.zeros(len(self.column))
        row[[self.column[unknown] for unknown in place]] = 1
        return row


def _solve(aim, matrix, low, high, highest, gap: float = 0.0) -> np.ndarray | None:
    """Return whole numbers from 0 to `highest` that make `aim` least within the links; None if there are none."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    ties = [LinearConstraint(matrix, low, high)] if len(matrix) else []
    found = milp(
        aim,
        integrality=np.ones(len(aim)),
        bounds=Bounds(np.zeros(len(aim)), highest),
        constraints=ties,
        options={"mip_rel_gap": gap},
    )
    return None if found.x is None else np.rint(found.x)


class Attacker:
    """Someone who knows a programme and what is published of it, and asks how far a count can be told.

    `published` maps places to their counts, `truth` every unknown that a place can name to its value. Tables of unknowns that
    agree with all of this are kept as witnesses: what they leave open needs no solving.
    """

    def __init__(self, programme: Programme, published: dict[Place, int], truth: dict[Hashable, int]):
        self.programme, self.published, self.truth = programme, dict(published), truth
        self._ends: dict[tuple[Place, int], int] = {}
        self._witnesses = [
            [np.array([truth.get(unknown, 0) for unknown in part.column], dtype=float)] for part in programme.parts
        ]

    def value(self, place: Place) -> int:
        """Return the true count at a place."""
        return sum(self.truth[unknown] for unknown in place)

    def knowing(self, places: Iterable[Place]) -> "Attacker":
        """Return an attacker who is told the counts at some more places."""
        told = {place: self.value(place) for place in places}
        other = Attacker(self.programme, self.published | told, self.truth)
        other._witnesses = [
            [table for table in tables if all(self._agrees(number, table, *one) for one in told.items())]
            for number, tables in enumerate(self._witnesses)
        ]
        return other

    def without(self, places: Iterable[Place]) -> "Attacker":
        """Return an attacker who is not told the counts at some places."""
        hidden = set(places)
        rest = {place: count for place, count in self.published.items() if place not in hidden}
        other = Attacker(self.programme, rest, self.truth)
        other._witnesses = [list(tables) for tables in self._witnesses]
        return other

    def _agrees(self, number: int, table: np.ndarray, place: Place, count: int) -> bool:
        return self._part_of(place) != number or table @ self.programme.parts[number].sum_of(place) == count

    def _part_of(self, place: Place) -> int:
        return self.programme.part_of[place[0]]

    def _told(self, number: int) -> dict[Place, int]:
        return {place: count for place, count in self.published.items() if self._part_of(place) == number}

    def bounds(self, place: Place) -> tuple[int, int]:
        """Return the lowest and the highest count that may stand at a place, for all that is known."""
        if place in self.published:
            return self.published[place], self.published[place]
        return self._end(place, 1), self._end(place, -1)

    def leaves(self, place: Place, width: int) -> bool:
        """Say whether the bounds of a place are at least `width` apart."""
        return self.width(place, width) >= width

    def width(self, place: Place, enough: int) -> int:
        """Return how far apart the bounds of a place are, or `enough` where they are at least that."""
        if enough <= 0 or place in self.published:
            return 0
        number = self._part_of(place)
        row = self.programme.parts[number].sum_of(place)
        for sign in (None, 1, -1):
            if sign:
                self._end(place, sign)
            seen = [table @ row for table in self._witnesses[number]]
            if max(seen) - min(seen) >= enough:
                return enough
        return int(max(seen) - min(seen))

    def _end(self, place: Place, sign: int) -> int:
        if (place, sign) not in self._ends:
            self._ends[place, sign] = self._find_end(place, sign)
        return self._ends[place, sign]

    def _find_end(self, place: Place, sign: int) -> int:
        number = self._part_of(place)
        part = self.programme.parts[number]
        row, told = part.sum_of(place), self._told(number)
        matrix = np.vstack([part.matrix, *(part.sum_of(other) for other in told)])
        counts = np.array(list(told.values()), dtype=float)
        low, high = np.append(part.low, counts), np.append(part.high, counts)
        table = _solve(sign * row, matrix, low, high, part.highest)
        self._witnesses[number].append(table)
        return int(table @ row)

    def told_less(self, place: Place, width: int, may_hide: dict[Place, float]) -> "Attacker | None":
        """Return an attacker who is not told so much, at the lowest cost, that a place's bounds are `width` apart or more.

        `may_hide` maps the published places that may be hidden to their costs. None where hiding all of them is not enough. Two
        tables that agree with what stays published, one with a high count at the place and one with a low one, show that it is.
        """
        number = self._part_of(place)
        part, told = self.programme.parts[number], self._told(number)
        choice = [other for other in told if other in may_hide]
        size, n = len(part.column), len(choice)
        nothing = np.zeros((len(part.matrix), size))
        rows = [
            np.hstack([part.matrix, nothing, np.zeros((len(part.matrix), n))]),
            np.hstack([nothing, part.matrix, np.zeros((len(part.matrix), n))]),
        ]
        low, high = [part.low, part.low], [part.high, part.high]
        for other, count in told.items():
            row, most = part.sum_of(other), part.highest @ part.sum_of(other)
            hide = np.zeros(n)
            if other in may_hide:
                hide[choice.index(other)] = 1
            for first, second in ((row, 0 * row), (0 * row, row)):
                # Published, the count stands; hidden, it is anything from 0 to the most that it can be.
                rows.append(np.vstack([np.hstack([first, second, count * hide]),
                                       np.hstack([first, second, -(most - count) * hide])]))  # fmt: skip
                low.append(np.array([count, -np.inf]))
                high.append(np.array([np.inf, count]))
        row = part.sum_of(place)
        rows.append(np.hstack([row, -row, np.zeros(n)])[None, :])
        low.append(np.array([width]))
        high.append(np.array([np.inf]))
        aim = np.concatenate([np.zeros(2 * size), [may_hide[other] for other in choice]])
        most = np.concatenate([part.highest, part.highest, np.ones(n)])
        found = _solve(aim, np.vstack(rows), np.concatenate(low), np.concatenate(high), most, gap=0.01)
        if found is None:
            return None
        other = self.without(place for place, hidden in zip(choice, found[2 * size :], strict=True) if hidden)
        other._witnesses[number] += [found[:size], found[size : 2 * size]]
        return other
