"""Closed questions of an export that ask who the respondent is: those of which a draft makes groupings.

One that asks in which role people respond, and one for each characteristic that consultations ask of them. A heading has to
ask for the characteristic and for nothing else: 'What is your age?', and not 'Does age matter?'.
"""

import re
from dataclasses import dataclass

from pipeline.definition import Scale
from pipeline.ingest.drafting.asked import Asked
from pipeline.ingest.drafting.parts import is_other
from pipeline.ingest.layouts.export import Export, fold
from pipeline.ingest.matching import unnumbered

# Headings that ask who the respondent is, the plainest first.
_WHO = (
    r"best describes? (you|your role|your organisation)\b",
    r"\brespond(ing|ent|ents)\b.*\b(as|type|group|behalf|capacity|category)\b",
    r"\borgani[sz]ation or (an? )?individual\b|\bindividual or (an? |on behalf of an? )?organi[sz]ation\b",
    r"\bin (what|which) capacity\b|\bwho are you\b|\bare you an?\b|\bstakeholder (type|group)\b",
    r"\brole\b|\boccupation\b|\bprofession\b|\bsector\b|\btype of organi[sz]ation\b",
)

_YOUR = r"(?:(?:what|which) (?:is|are) |which of these (?:best )?describes? )?(?:your )?"
_HERE = r"(?:do you live in|are you (?:from|in|based in))"
_LONG_TERM = (
    r"(?:a|any) (?:physical|mental|long[- ]term|longstanding)\b.*\b(?:conditions?|illness(?:es)?|disabilit(?:y|ies))\b"
)
# Key, label, and the ways in which a whole heading asks for it.
_CHARACTERISTICS = (
    ("age", "Age", (
        rf"{_YOUR}age(?: (?:group|range|band|bracket|category))?", r"(?:how old|what age) are you",
        r"(?:which|what) age (?:group|range|band|bracket) (?:are you in|do you belong to|applies to you)",
    )),
    ("sex", "Sex", (
        rf"{_YOUR}(?:sex|gender|gender identity)", r"are you (?:a )?(?:male|man) or (?:a )?(?:female|woman)",
    )),
    ("ethnic_group", "Ethnic group", (rf"{_YOUR}(?:ethnicity|ethnic (?:group|background|origin)|race)",)),
    ("disability", "Disability", (
        r"disability(?: status)?", r"are you disabled", r"(?:do you have|have you) (?:a|any) disabilit(?:y|ies)",
        r"do you consider yourself (?:as |to be )?disabled",
        r"do you consider yourself (?:to have|as having) a disability",
        rf"do you have {_LONG_TERM}.*",
    )),
    ("religion", "Religion", (rf"{_YOUR}(?:religion|faith|religion or belief|religious belief)",)),
    ("orientation", "Sexual orientation", (rf"{_YOUR}(?:sexual orientation|sexuality)",)),
    ("country", "Country", (
        rf"{_YOUR}(?:country|nation|country of residence|home country)",
        rf"(?:which|what) (?:country|nation|part of the uk) {_HERE}", r"in (?:which|what) (?:country|nation) do you live",
    )),
    ("region", "Region", (
        rf"{_YOUR}(?:region|county|local authority)",
        rf"(?:which|what) (?:region|area|county|local authority)(?: of (?:england|the uk|the country))? {_HERE}",
        r"in (?:which|what) (?:region|area|county) do you live", r"where do you live", r"where are you based",
    )),
)  # fmt: skip
# More groups than tables by group can show at a glance.
_MOST_GROUPS = 20


@dataclass(frozen=True)
class Grouped:
    """A question that sorts respondents, as a grouping of this key and label; `why` is what it was told by."""

    asked: Asked
    key: str
    label: str
    why: str


def find_groupings(export: Export, closed: list[Asked], known: dict[int, Scale]) -> list[Grouped]:
    """Return the closed question that most plainly asks who the respondent is, and one for each characteristic.

    `known` are the known scales, by a question's first column: a question on one is no grouping, but for a disability, of
    which surveys ask by yes and no.
    """
    several = [one for one in closed if len(one.met) > 1 or has_other_column(export, one)]
    unknown = [one for one in several if one.first not in known]
    roles = [one for one in unknown if not _characteristic(one)]
    group = next((one for who in _WHO for one in roles if re.search(who, fold(one.question.heading))), None)
    found = [Grouped(group, "respondent_group", "Respondent group", "this asks who the respondent is")] if group else []
    for key, label, _ in _CHARACTERISTICS:
        asked = [one for one in (several if key == "disability" else unknown) if _characteristic(one) == key]
        if asked and len(asked[0].met) <= _MOST_GROUPS:
            found.append(Grouped(asked[0], key, label, f"this asks for the respondent's {label.lower()}"))
    return found


def _characteristic(one: Asked) -> str:
    """Return the key of what a question asks of the respondent, '' if it plainly asks for none."""
    heading = unnumbered(one.question.heading)
    return next((key for key, _, ways in _CHARACTERISTICS if any(re.fullmatch(way, heading) for way in ways)), "")


def has_other_column(export: Export, one: Asked) -> bool:
    """Say whether those who found no option here could type their own answer in another column."""
    return any(
        is_other(heading.part) and fold(heading.question) == fold(one.columns[0].question)
        for heading in export.headings
    )
