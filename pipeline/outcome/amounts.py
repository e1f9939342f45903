"""Words for amounts: 'most', 'a few', 'about a third' and 'strong support', each bound to declared thresholds.

Which words apply is asked of the counts themselves, in whole numbers, never of a rounded percentage: 99 of 991 is under 10%
although it is published as 10%. Every count out of every base has one of the words, and only one.
"""

from dataclasses import dataclass, field

from pipeline.definition import Amount, FractionWords, Question, Wording
from pipeline.outcome.wording import shown_percent

NONE, ONE, ALL = "none", "one", "all"
# An amount as the report lists it: its words and what they mean.
Meaning = tuple[str, str]


def amount(count: int, base: int, amounts: tuple[Amount, ...]) -> str:
    """Return the words for a count out of a base: 'none', 'all' and 'one', or the first of the amounts that holds.

    >>> from pipeline.definition import AMOUNTS
    >>> [amount(count, 141, AMOUNTS) for count in (0, 1, 9, 10, 15, 70, 71, 131, 141)]  # doctest: +NORMALIZE_WHITESPACE
    ['none', 'one', 'a few', 'a small minority', 'a significant minority', 'a large minority', 'a majority',
     'nearly all', 'all']
    """
    if count == 0:
        return NONE
    if count == base:
        return ALL
    if count == 1:
        return ONE
    return next(one.words for one in amounts if one.holds(count, base))


def support(count: int, base: int, amounts: tuple[Amount, ...]) -> str:
    """Return what a first net's share is called, such as 'strong support'; '' where the base is 0."""
    return next(one.words for one in amounts if one.holds(count, base)) if base else ""


def fraction_words(count: int, base: int, fractions: tuple[FractionWords, ...]) -> str:
    """Return 'about a third' and the like for a count out of a base, '' where none of the fractions is near.

    >>> from pipeline.definition import FRACTIONS
    >>> fraction_words(47, 141, FRACTIONS), fraction_words(1, 141, FRACTIONS)
    ('about a third', '')
    """
    return next((one.words for one in fractions if one.holds(count, base)), "")


def meanings(amounts: tuple[Amount, ...], style: str = "%") -> list[Meaning]:
    """Return each of the words with its bounds: ('a significant minority', 'from 10% and under 25%')."""
    found, below = [], None
    for one in amounts:
        parts = [f"up to {one.people:,} respondents"] if one.people is not None else []
        if one.people is None and below:
            edge, last = _tenths(below.share, style), one.share is None
            parts.append(f"more than {edge}" if below.including else f"{edge} or more" if last else f"from {edge}")
        if one.share is not None:
            parts.append(f"{'up to' if one.including else 'under'} {_tenths(one.share, style)}")
        found.append((one.words, (", where that is " if one.people else " and ").join(parts) or "any other amount"))
        below = one if one.people is None else below
    return found


def fraction_meanings(fractions: tuple[FractionWords, ...], style: str = "%") -> list[Meaning]:
    """Return each of the fractions with its bounds: ('about a third', 'from 31% and under 36%')."""
    return [
        (one.words, f"from {_tenths(one.lowest, style)} and under {_tenths(one.under, style)}") for one in fractions
    ]


def _tenths(share: int, style: str) -> str:
    return shown_percent(share, share / 10, style)


@dataclass
class Vocabulary:
    """The words for amounts that one report may use, and those that it has used, so that it can say what they mean."""

    wording: Wording
    used: set[str] = field(default_factory=set)

    def amount(self, count: int, base: int) -> str:
        """Return the words for a count out of a base."""
        return self._note(amount(count, base, self.wording.amounts))

    def fraction(self, count: int, base: int) -> str:
        """Return the fraction that is near, '' where none is."""
        return self._note(fraction_words(count, base, self.wording.fractions))

    def support(self, question: Question, count: int, base: int) -> str:
        """Return what the share of a question's first net is called, '' where its scale does not tell support."""
        if question.multiple or question.scale.key not in self.wording.support_scales:
            return ""
        return self._note(support(count, base, self.wording.support))

    def counted(self, count: int, base: int, percent) -> str:
        """Return 'a few (2 of 141, 1%)': the words beside the count, its base and its percentage, never instead.

        One respondent out of one is no 'all': there the counts stand alone.
        """
        of = f"{count:,} of {base:,}"
        if base == 0:
            return of
        share = shown_percent(count, percent, self.wording.percent)
        return f"{of} ({share})" if base == 1 else f"{self.amount(count, base)} ({of}, {share})"

    def meanings(self) -> list[Meaning]:
        """Return the words that were used, with what they mean, in the order of the definition.

        Words bound to a number of respondents are told wherever words bound to a share are, because they go first.
        """
        style = self.wording.percent
        told = meanings(self.wording.amounts, style)
        if {words for words, _ in told} & self.used:
            first = {one.words for one in self.wording.amounts if one.people is not None}
            told = [meaning for meaning in told if meaning[0] in self.used | first]
        else:
            told = []
        of_support = [
            (words, f"{meaning} for the answers named first at a question")
            for words, meaning in meanings(self.wording.support, style)
        ]
        rest = [*of_support, *fraction_meanings(self.wording.fractions, style)]
        return told + [meaning for meaning in rest if meaning[0] in self.used]

    def _note(self, words: str) -> str:
        self.used.add(words)
        return words
