"""How often groups differ by chance as much as they do: their labels are shuffled among the respondents and compared anew.

Respondents chose to take part, so nothing here speaks of anybody else: the counts describe these respondents alone.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline import schemas
from pipeline.definition import Consultation, Question
from pipeline.ingest.responses import BY_CHANNEL
from pipeline.tally.tallies import groups_of

SEED = 1
SHUFFLES = 10_000

# Cells of the arrangements that are worked on at once, and the most arrangements: what a laptop's memory bears, and
# often enough to show how far the work has come.
_CELLS, _AT_ONCE = 2_000_000, 1_000
# Spreads are sums of fractions; those that differ by less than this share of themselves are the same.
_SAME = 1e-9


@dataclass(frozen=True)
class _Question:
    """A closed question by one grouping, as numbers.

    `base` holds the places, among all respondents, of those who are in the question's base and in a group. `scores` has
    a row for each of them: the mid-rank of the answer, or a 0 or 1 for each of several options. `members` says who is
    in which of `groups`: those that have somebody in them and somebody outside. `empty` are the grouping's other groups.
    """

    question: Question
    grouping: str
    label: str
    groups: tuple[str, ...]
    empty: tuple[str, ...]
    base: np.ndarray
    scores: np.ndarray
    members: np.ndarray

    @property
    def answers(self) -> tuple[str, ...]:
        return self.question.scale.points if self.question.multiple else ("",)

    @property
    def comparisons(self) -> list[tuple[str, str]]:
        """(group, answer) of what is compared, in the order of `compare`: all groups, then each with the rest."""
        return [("", ""), *((group, answer) for group in self.groups for answer in self.answers)]


def compare(scores: np.ndarray, members: np.ndarray, arrangements: np.ndarray) -> np.ndarray:
    """Return how far groups are apart in each arrangement of respondents over the rows of `members`.

    `scores` is respondents × answers, `members` respondents × groups (0 or 1), and a row of `arrangements` says whose
    scores each row of `members` is given. The first column is the spread between all groups: Kruskal and Wallis's H
    with its correction for ties (1952, Journal of the American Statistical Association 47), which for an option that is
    ticked or not is (n - 1) / n of Pearson's chi-square, summed over the options (Bilder, Loughin and Nettleton 2000,
    Communications in Statistics - Simulation and Computation 29). Then, for each group and answer, the mean score of
    the group less that of the others.
    """
    n, sizes = len(scores), members.sum(axis=0)
    spread = np.zeros(len(arrangements))
    apart = np.zeros((len(arrangements), members.shape[1], scores.shape[1]))
    for answer, column in enumerate(scores.T):
        # n × the group's sum less its share of the whole: halves at most, so that equal differences are found equal.
        away = n * (column[arrangements] @ members) - sizes * column.sum()
        apart[:, :, answer] = away / (sizes * (n - sizes))
        whole = ((column - column.mean()) ** 2).sum()
        if whole > 0:
            spread += (n - 1) * (away**2 / sizes).sum(axis=1) / n**2 / whole
    return np.column_stack([spread, apart.reshape(len(arrangements), -1)])


def within(arrangements: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Return each arrangement of all respondents as one of those in `base` alone, by their places in it.

    Who would be given the scores of somebody outside the base is given those that this one would be given, and so on
    until they are of somebody inside. Every arrangement of the base is then as likely as any other, and where all are
    in the base it is the arrangement itself.
    """
    places = np.full(arrangements.shape[1], -1)
    places[base] = np.arange(len(base))
    found = arrangements[:, base]
    rows, columns = np.nonzero(places[found] < 0)
    while len(rows):
        found[rows, columns] = arrangements[rows, found[rows, columns]]
        outside = places[found[rows, columns]] < 0
        rows, columns = rows[outside], columns[outside]
    return places[found]


def arrange(respondents: int, shuffles: int, seed: int = SEED) -> Iterator[np.ndarray]:
    """Yield arrangements of respondents in parts, `shuffles` in all; the first leaves each in their place."""
    rng = np.random.default_rng(seed)
    for start, size in _parts(respondents, shuffles):
        part = rng.permuted(np.tile(np.arange(respondents), (size, 1)), axis=1)
        if start == 0:
            part[0] = np.arange(respondents)
        yield part


def _parts(respondents: int, shuffles: int) -> list[tuple[int, int]]:
    """Return where each part of the arrangements starts and how many are in it."""
    size = max(1, min(_AT_ONCE, _CELLS // max(1, respondents)))
    return [(start, min(size, shuffles - start)) for start in range(0, shuffles, size)]


def as_large(sizes: np.ndarray) -> int:
    """Return in how many arrangements a difference is as large as in the first, which is the one that was observed."""
    return int((sizes >= sizes[0] * (1 - _SAME)).sum())


def standing_out(sizes: np.ndarray) -> np.ndarray:
    """Return differences on the scale on which comparisons are held against each other: how far each is above its mean
    over the arrangements, in standard deviations. What never changes stands out nowhere."""
    deviation = sizes.std()
    if deviation <= _SAME * max(1.0, sizes.max()):
        return np.full(len(sizes), -np.inf)
    return (sizes - sizes.mean()) / deviation


def find_differences(
    consultation: Consultation,
    answers: pd.DataFrame,
    groups: pd.DataFrame,
    by: Iterable[str],
    shuffles: int = SHUFFLES,
    seed: int = SEED,
    progress: Callable[[list], Iterator] = iter,
) -> pd.DataFrame:
    """Return the table `differences`: each closed question by each grouping of `by`, all groups and each with the rest.

    Takes the tables `answers` and `groups`. Of `shuffles` arrangements the first is the observed one and the others are
    random, so that `as_large` of `shuffles` is the (b + 1) of (m + 1) of Phipson and Smyth (2010, Statistical
    Applications in Genetics and Molecular Biology 9, article 39) and is never 0. A respondent's places in all groupings move
    together, the same way for all questions. `as_large_allowing` counts the arrangements in which any comparison of the
    question and grouping stands out as much as this one, and `as_large_allowing_all` those in which any of the table does:
    the single-step maximum of Westfall and Young (1993, Resampling-Based Multiple Testing, Wiley).
    Raises DefinitionError for an unknown grouping.
    """
    by = list(by)
    respondents = sorted(set(groups.loc[groups["grouping"].isin(by), "respondent"]))
    questions = [
        _as_numbers(consultation, question, key, labels, answers, groups, respondents)
        for question in consultation.closed
        for key, labels in groups_of(consultation, by).items()
        if key in by
    ]
    compared = [question for question in questions if question.groups]
    counts = iter(count_as_large(_shuffle(compared, len(respondents), shuffles, seed, progress)) if compared else ())
    made = sum(len(question.comparisons) for question in compared)
    rows = []
    for question in questions:
        rows.extend(_rows(question, next(counts), shuffles, made) if question.groups else [_not_compared(question)])
    if consultation.invented:  # a sentence travels further than the file that it stands in
        rows = [(*row[:-1], f"{row[-1]} Data: {consultation.data_note}.") for row in rows]
    return schemas.build("differences", rows)


def _shuffle(questions, respondents, shuffles, seed, progress) -> list[np.ndarray]:
    """Return what `compare` finds of each question in every arrangement, the observed one first."""
    found = [[] for _ in questions]
    parts = arrange(respondents, shuffles, seed)
    for _ in progress(_parts(respondents, shuffles)):
        part = next(parts)
        inside: dict[bytes, np.ndarray] = {}
        for question, measured in zip(questions, found, strict=True):
            key = question.base.tobytes()
            if key not in inside:
                inside[key] = within(part, question.base)
            measured.append(compare(question.scores, question.members, inside[key]))
    return [np.concatenate(measured) for measured in found]


def _as_numbers(consultation, question, key, labels, answers, groups, respondents) -> _Question:
    """Return a question by one grouping as numbers; no groups where there are no two to compare."""
    mine = answers[(answers["question"] == question.id) & answers["answer"].isin(question.scale.points)]
    stated = groups[(groups["grouping"] == key) & groups["respondent"].isin(mine["respondent"])]
    who = sorted(set(stated["respondent"]))
    members = pd.crosstab(stated["respondent"], stated["group"]).reindex(index=who, columns=list(labels), fill_value=0)
    members = members.clip(upper=1)
    comparable = [label for label in labels if 0 < members[label].sum() < len(who)]
    mine = mine[mine["respondent"].isin(who)]
    if question.multiple:
        scores = pd.crosstab(mine["respondent"], mine["answer"]).clip(upper=1)
        scores = scores.reindex(index=who, columns=list(question.scale.points), fill_value=0)
    else:
        order = {point: place for place, point in enumerate(question.scale.points)}
        given = mine.drop_duplicates("respondent").set_index("respondent")["answer"].reindex(who)
        scores = given.map(order).rank(method="average").to_frame()
    places = {respondent: place for place, respondent in enumerate(respondents)}
    return _Question(
        question,
        key,
        key if key == BY_CHANNEL else consultation.grouping(key).label,
        tuple(comparable),
        tuple(label for label in labels if label not in comparable),
        np.array([places[respondent] for respondent in who], dtype=int),
        scores.to_numpy(dtype=float),
        members[comparable].to_numpy(dtype=float),
    )


def count_as_large(found: list[np.ndarray]) -> list[list[tuple[float, int, int, int]]]:
    """Return for each question, and each comparison of it, what was observed and three numbers of arrangements.

    `found` holds for each question what `compare` gives, arrangements × comparisons. The numbers are those of arrangements
    in which this comparison is as large, in which any of the question is as far out, and in which any of all is.
    """
    sizes = [np.abs(measured) for measured in found]
    most = [np.maximum.reduce([standing_out(column) for column in columns.T]) for columns in sizes]
    most_of_all = np.maximum.reduce(most)
    counts = []
    for measured, columns, here in zip(found, sizes, most, strict=True):
        observed = [standing_out(column)[0] - _SAME for column in columns.T]
        counts.append(
            [
                (float(value), as_large(column), int((here >= at).sum()), int((most_of_all >= at).sum()))
                for value, column, at in zip(measured[0], columns.T, observed, strict=True)
            ]
        )
    return counts


def _rows(question: _Question, counts: list, shuffles: int, made: int) -> Iterator[tuple]:
    """Yield the rows of one question and grouping: all groups first, then each group with the rest.

    `made` is how many comparisons there are in all.
    """
    place = (question.question.id, question.grouping)
    for (group, answer), (observed, *often) in zip(question.comparisons, counts, strict=True):
        wording = _wording(question, group, answer, often, shuffles, made)
        # Four places: what is left of the sums of fractions differs from machine to machine.
        observed = round(observed, 4)
        yield *place, group, answer, _statistic(question, group), observed, often[0], shuffles, *often[1:], wording
    for group in question.empty:
        wording = (
            f"'{group}' is not compared: none or all of those in the base of '{question.question.label}' are in it."
        )
        yield *place, group, "", _statistic(question, group), None, None, 0, None, None, wording


def _not_compared(question: _Question) -> tuple:
    """Return the row of a question that has no two groups to compare."""
    wording = (
        f"Answers to '{question.question.label}' are not compared between the groups of '{question.label}': fewer than "
        "two of them have anybody in the base."
    )
    return question.question.id, question.grouping, "", "", _statistic(question, ""), None, None, 0, None, None, wording


def _statistic(question: _Question, group: str) -> str:
    if question.question.multiple:
        return (
            "share of the group less that of the others, from -1 to 1"
            if group
            else "chi-square, summed over the options"
        )
    if not group:
        return "Kruskal and Wallis's H"
    first, last = question.question.scale.points[0], question.question.scale.points[-1]
    return f"mean mid-rank of the group less that of the others, ranked from '{first}' to '{last}'"


def _wording(question: _Question, group: str, answer: str, often: list[int], shuffles: int, made: int) -> str:
    """Return what was found of one comparison as sentences that are exactly true."""
    once, allowing, allowing_all = (f"{number:,}" for number in often)
    if answer:
        differ = (
            f"The shares that chose '{answer}' at '{question.question.label}' differ between '{group}' and the others"
        )
    elif group:
        differ = f"Answers to '{question.question.label}' differ between '{group}' and the others"
    else:
        differ = f"Answers to '{question.question.label}' differ between the groups"
    return (
        f"{differ} of '{question.label}' as much as this, or more, in {once} of {shuffles:,} shufflings of the group labels "
        f"among these respondents, the labels as observed being one of them. At least one of the "
        f"{len(question.comparisons):,} comparisons of this question and grouping stands out as much in {allowing} of "
        f"them, and at least one of all {made:,} in {allowing_all}."
    )
