"""Sentences worked out from counts, right for nobody, one and many; words for amounts stand beside the counts."""

from pipeline.definition import Question
from pipeline.outcome.amounts import Meaning, Vocabulary
from pipeline.outcome.outcomes import Outcome, rows_of
from pipeline.outcome.tables import did, headline
from pipeline.outcome.wording import inside, listed, sentence, share, shown_percent


def respondents_who(count: int, base: int, percent, style: str = "%") -> str:
    """Return '131 of 141 respondents (93%)', or 'nobody' where there is nobody to take a share of."""
    return "nobody" if base == 0 else share(count, base, percent, "respondent", style)


def headline_sentence(outcome: Outcome, question: Question) -> str:
    """Return a question's first net, or first answer, in words, without a full stop.

    'The plan: 131 of 141 respondents (93%) agreed', or 'The plan: nobody answered'
    """
    if _base(outcome, question) == 0:
        return f"{question.label}: nobody {_answered(question)}"
    label, shares = headline(outcome, question)
    return f"{question.label}: {shares} {inside(label)}"


def answers_in_words(outcome: Outcome, question: Question, vocabulary: Vocabulary) -> tuple[str, list[str]]:
    """Return what respondents answered to a closed question: a sentence, and a line for each answer where it has no nets.

    'Most of the respondents who answered agreed (8 of 10, 80%); one disagreed (1 of 10, 10%).'
    """
    base = _base(outcome, question)
    who = _answered(question, many=base > 1)
    if base == 0:
        return f"Nobody {who}.", []
    rows = rows_of(outcome.agreement if question.scale.nets else outcome.tally, question)
    if question.scale.nets:
        verbs = [inside(net.label) for net in question.scale.nets]
    else:
        verbs = [f"{did(question)} {answer}" for answer in rows["answer"]]
    cells = list(zip(verbs, rows["count"], rows["percent"], strict=True))
    if base == 1:
        gave = [verb for verb, count, _ in cells if count] or ["gave another answer"]
        return f"The one respondent who {who} {listed(gave)}.", []
    several = ", of whom each could choose several answers" if question.multiple else ""
    clauses = [
        (vocabulary.amount(count, base), f"{verb} ({_out_of(count, base, percent, vocabulary)})")
        for verb, count, percent in cells
    ]
    if not question.scale.nets:
        return f"Of the {base:,} respondents who {who}{several}:", [f"{words} {rest}" for words, rest in clauses]
    (words, rest), *others = clauses
    first = f"{sentence(words)} of the respondents who {who} {rest}"
    text = "; ".join([first, *(f"{words} {rest}" for words, rest in others)]) + "."
    called = vocabulary.support(question, int(rows["count"].iloc[0]), base)
    return text + (f" This report calls that {called}." if called else ""), []


def _out_of(count: int, base: int, percent, vocabulary: Vocabulary) -> str:
    return f"{count:,} of {base:,}, {shown_percent(count, percent, vocabulary.wording.percent)}"


def _base(outcome: Outcome, question: Question) -> int:
    return int(rows_of(outcome.tally, question)["base"].iloc[0])


def _answered(question: Question, many: bool = False) -> str:
    outside = question.scale.outside_base
    if question.base == "asked":
        but = f" and did not answer {' or '.join(outside)}" if outside else ""
        return ("were asked" if many else "was asked") + but
    if question.number:
        return "gave a number"
    if question.ranked:
        return "put something first"
    return f"gave an answer other than {' or '.join(outside)}" if outside else "answered"


def meanings_sentences(meanings: list[Meaning]) -> tuple[str, list[str]]:
    """Return what words for amounts mean: a sentence, and a line for each of the words."""
    return (
        "Words for amounts stand beside their counts. They are chosen by the counts, not by rounded percentages. Nobody, one "
        "respondent and everyone are called none, one and all; otherwise the first of these that fits applies:"
    ), [f"{words}: {meaning}" for words, meaning in meanings]
