"""How many respondents raised each theme, for everyone and for each group."""

from collections.abc import Iterable

import pandas as pd

from pipeline import schemas
from pipeline.definition import Consultation
from pipeline.ingest.responses import BY_CHANNEL, EVERYONE
from pipeline.percent import percents
from pipeline.themes.coding import MACHINE, PERSON, written

BY_MACHINE = "machine-coded, not yet checked"
BY_HAND = PERSON


def codings(coded: pd.DataFrame, respondents: Iterable[str]) -> dict[str, pd.DataFrame]:
    """Return how a question's answers were coded -> their codes, (respondent, theme, raised).

    People's codes for every answer stand by themselves, with the classifier's beside them for comparison. Where people
    checked some of the answers, their codes replace the classifier's and the name says how many. What no person looked
    at is called not yet checked. `coded` holds one question; `respondents` are those who answered it.
    """
    everyone = set(respondents)
    coded = coded[coded["respondent"].isin(everyone)]
    hand, machine = (coded[coded["coder"] == coder] for coder in (PERSON, MACHINE))
    checked = set(hand["respondent"])
    found = {}
    some = f"{len(checked)} of {len(everyone)} answers {BY_HAND}"
    if checked and checked != everyone:
        rest = machine[~machine["respondent"].isin(checked)]
        coding = f"{some}, the others {BY_MACHINE}" if len(machine) else f"{some}, the others not coded"
        found[coding] = pd.concat([hand, rest])
    else:
        if checked:
            found[BY_HAND] = hand
        if len(machine):
            found[BY_MACHINE] = machine
    return {coding: codes[["respondent", "theme", "raised"]] for coding, codes in found.items()}


def count_themes(
    consultation: Consultation,
    comments: pd.DataFrame,
    coded: pd.DataFrame,
    groups: pd.DataFrame,
    wanted: dict[str, tuple[str, ...]],
) -> pd.DataFrame:
    """Return the table `theme_counts`: the respondents who raised each theme, of those who answered the question.

    `wanted` maps groupings to their groups in order. Themes stand in the codebook's order, never ranked; themes that
    nobody raised are kept. `coding` says who gave the codes: asked of the counted respondents together, and of each
    channel by itself, so that what is known of one is not said of another.
    """
    names = schemas.columns("theme_counts")
    parts = []
    for question in consultation.open:
        if question.codebook is None:
            continue
        mine = coded[coded["question"] == question.id]
        given = written(comments, question.id)
        for grouping, labels in wanted.items():
            for group in labels:
                members = groups[(groups["grouping"] == grouping) & (groups["group"] == group)]["respondent"]
                answered = set(given["respondent"]) & set(members)
                if grouping == BY_CHANNEL and not answered:
                    continue
                # Who coded is asked of the whole channel or of everyone, not of one group's handful.
                pool = answered if grouping == BY_CHANNEL else _counted(given, groups)
                for coding, codes in codings(mine, pool).items():
                    raised = codes[codes["raised"] & codes["respondent"].isin(answered)]
                    counts = raised.groupby("theme")["respondent"].nunique()
                    parts.extend(
                        (question.id, grouping, group, theme, coding, int(counts.get(theme, 0)), len(answered))
                        for theme in question.codebook.keys
                    )
    table = pd.DataFrame(parts, columns=names[:-1])
    table["percent"] = percents(table["count"], table["base"], consultation.decimals)
    return schemas.build("theme_counts", table)


def _counted(given: pd.DataFrame, groups: pd.DataFrame) -> set[str]:
    everyone = groups[groups["grouping"] == EVERYONE]["respondent"]
    return set(given["respondent"]) & set(everyone)
