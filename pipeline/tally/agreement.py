"""Nets of a scale's points ('agreed', 'neither', 'disagreed'), worked out from counts and never from rounded rows."""

import pandas as pd

from pipeline import schemas
from pipeline.definition import Consultation
from pipeline.percent import percents


def net_answers(consultation: Consultation, tally: pd.DataFrame) -> pd.DataFrame:
    """Return the table `agreement` from the table `tally`: the count, base and percentage of each net.

    `net` holds the net's key; a question whose scale has no nets has no rows.
    """
    parts = []
    for question in consultation.closed:
        rows = tally[tally["question"] == question.id]
        for order, net in enumerate(question.scale.nets):
            part = rows[rows["answer"].isin(net.points)]
            part = part.groupby(["question", "grouping", "group"], sort=False, as_index=False).agg(
                count=("count", "sum"), base=("base", "first")
            )
            parts.append(part.assign(net=net.key, order=order, place=range(len(part)), asked=question.id))
    if not parts:
        return schemas.build("agreement", [])
    table = pd.concat(parts, ignore_index=True)
    asked = {question.id: number for number, question in enumerate(consultation.closed)}
    table = table.sort_values(["asked", "place", "order"], key=lambda s: s.map(asked) if s.name == "asked" else s)
    table["percent"] = percents(table["count"], table["base"], consultation.decimals)
    return schemas.build("agreement", table)
