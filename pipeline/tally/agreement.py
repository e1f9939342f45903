"""Nets of a scale's points ('agreed', 'neither', 'disagreed'), worked out from counts and never from rounded rows."""

import pandas as pd

from pipeline import schemas
from pipeline.definition import Consultation
from pipeline.percent import percents


def net_answers(consultation: Consultation, tally: pd.DataFrame) -> pd.DataFrame:
    """Return the table `agreement` from the table `tally`: the count, base and percentage of each net.

    `net` holds the net's key; a question whose scale has no nets has no rows.
    """
    nets = []
    for question in consultation.closed:
        rows = tally[tally["question"] == question.id]
        for (grouping, group), answers in rows.groupby(["grouping", "group"], sort=False):
            base = int(answers["base"].iloc[0])
            for net in question.scale.nets:
                count = int(answers.loc[answers["answer"].isin(net.points), "count"].sum())
                nets.append((question.id, grouping, group, net.key, count, base))
    table = pd.DataFrame(nets, columns=schemas.columns("agreement")[:-1])
    table["percent"] = percents(table["count"], table["base"], consultation.decimals)
    return schemas.build("agreement", table)
