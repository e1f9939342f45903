"""What may be published of an outcome: what the definition allows, after disclosure control."""

from dataclasses import replace

import pandas as pd

from pipeline import schemas
from pipeline.definition import Group
from pipeline.ingest.responses import BY_CHANNEL, EVERYONE
from pipeline.outcome.breakdowns import ANSWERS, NETS, THEMES
from pipeline.outcome.control import Control, Ruling, control_disclosure, rule_in_words, ruling_in_words, why_protected
from pipeline.outcome.figures import trace_campaigns
from pipeline.outcome.outcomes import Outcome, summarise
from pipeline.outcome.wording import sentence
from pipeline.tally.campaigns import APART, AS_SENT, count_signers, count_ways

# Table of a breakdown -> the outcome's table that holds its rows, and the column of its answers.
_HOLDS = {ANSWERS: ("tally", "answer"), NETS: ("agreement", "net"), THEMES: ("theme_counts", "theme")}


def publishable(outcome: Outcome, control: Control | None = None) -> Outcome:
    """Return the outcome with only what may be published.

    The overall rows and the number of respondents in each group and channel stay. What each group answered or raised goes, for
    groupings and channels that the definition does not allow; so do answers, comments, coded answers, all ids, and
    organisations that have not agreed to be named. What is left passes disclosure control (`control`, worked out here where
    it is not given), which may merge groups, leave tables out or suppress counts: these are missing then. Campaigns that
    fewer than the threshold signed go, and what is counted without campaigns is counted with theirs.
    """
    control = control or control_disclosure(outcome)
    consultation = outcome.consultation
    channels = consultation.open_channels
    tables = _controlled(outcome, control) if consultation.disclosure.control else _allowed(outcome, channels)
    sizes, variants, of_campaigns = _open_campaigns(outcome, channels)
    figures = [tables.pop("figures"), *([of_campaigns] if len(of_campaigns) else [])]

    def none_of(name):
        return schemas.build(name, [])

    ledger, organisations = outcome.responses.ledger, outcome.responses.organisations
    named = organisations[organisations["agreed"]].reset_index(drop=True)
    nothing = pd.Series("", index=ledger.index, dtype="str")
    return replace(
        outcome,
        **tables,
        responses=replace(
            outcome.responses,
            answers=none_of("answers"),
            ranks=none_of("ranks"),
            numbers=none_of("numbers"),
            comments=none_of("comments"),
            groups=none_of("groups"),
            others=none_of("others"),
            organisations=named.assign(respondent=pd.Series("", index=named.index, dtype="str")),
            consents=none_of("consents"),
            personal=none_of("personal"),
            # A reason can name a letter's file, and a file can be named after who wrote it.
            ledger=ledger.assign(respondent=nothing, detail=nothing),
        ),
        coded=none_of("coded"),
        figures=pd.concat(figures, ignore_index=True),
        figure_rows=none_of("figure_rows"),
        campaigns=none_of("campaigns"),
        additions=none_of("additions"),
        campaign_sizes=sizes,
        campaign_variants=variants,
    )


def _allowed(outcome: Outcome, channels: set[str]) -> dict:
    """Return the tables, figures and sentences of what the definition allows, with the control switched off."""
    crossed = tuple(key for key in outcome.crossed if outcome.consultation.grouping(key).publish_crossed)

    def allowed(table):
        by_channel = (table["grouping"] == BY_CHANNEL) & table["group"].isin(channels)
        return table["grouping"].isin([EVERYONE, *crossed]) | by_channel

    figures = outcome.figures
    kept = (allowed(figures) & (figures["about"] != "campaigns")) | figures["about"].isin(["rows", "respondents"])
    names = ("bases", "tally", "agreement", "ranking", "number_summary", "theme_counts")
    found = {name: getattr(outcome, name) for name in names}
    found = {name: table[allowed(table)].reset_index(drop=True) for name, table in found.items()}
    told = bool(crossed) or len(outcome.consultation.channels) > 1
    sentences = {("", ""): " ".join(rule_in_words(outcome.consultation))} if told else {}
    return found | {"crossed": crossed, "figures": figures[kept], "protection": sentences}


def _controlled(outcome: Outcome, control: Control) -> dict:
    """Return the tables, figures and sentences that disclosure control leaves."""
    published = [ruling for ruling in control.rulings if ruling.tables]
    merged = _with_merged_groups(outcome) if any(_is_merged(ruling) for ruling in published) else outcome
    alone = _the_only_counted_channel(outcome)

    def overall(table):
        return (table["grouping"] == EVERYONE) | ((table["grouping"] == BY_CHANNEL) & (table["group"] == alone))

    # Mean places and averages by group are worked out of too few to be published, and stay in the working files.
    names = ("bases", "ranking", "number_summary")
    found = {name: getattr(outcome, name)[overall(getattr(outcome, name))].reset_index(drop=True) for name in names}
    for kind, (name, answer) in _HOLDS.items():
        parts = [getattr(outcome, name)[overall(getattr(outcome, name))]]
        for ruling in published:
            if kind in ruling.tables:
                parts.append(_rows(ruling, kind, getattr(merged if _is_merged(ruling) else outcome, name), answer))
        found[name] = schemas.build(name, pd.concat(parts, ignore_index=True))
    figures = outcome.figures
    kept = (overall(figures) & (figures["about"] != "campaigns")) | figures["about"].isin(["rows", "respondents"])
    parts = [figures[kept]]
    for ruling in published:
        source = (merged if _is_merged(ruling) else outcome).figures
        parts.append(source[source["id"].isin(_figures(ruling))])
    groupings = {ruling.breakdown.grouping for ruling in published}
    found["figures"] = pd.concat(parts, ignore_index=True)
    found["crossed"] = tuple(key for key in outcome.crossed if key in groupings)
    found["protection"] = _sentences(outcome, control)
    return found


def _is_merged(ruling: Ruling) -> bool:
    return any(group in ruling.breakdown.merges for group in ruling.groups)


def _sentences(outcome: Outcome, control: Control) -> dict[tuple[str, str], str]:
    """Return what is said of the control: under ('', '') the rule, and under a question and a grouping what became of it."""
    if not control.rulings:
        return {}
    said = {("", ""): " ".join(rule_in_words(outcome.consultation))}
    for ruling in control.rulings:
        place = ruling.breakdown.question.id, ruling.breakdown.grouping
        words = ruling_in_words(outcome.consultation, ruling) if ruling.breakdown.wanted else ""
        if words:
            said[place] = f"{said[place]} {sentence(words)}" if place in said else words
    return said


def _the_only_counted_channel(outcome: Outcome) -> str:
    """Return the label of the channel that is everyone by itself, so that its rows are the overall rows; '' if several are."""
    counted = [channel.label for channel in outcome.consultation.channels if channel.counted]
    return counted[0] if len(counted) == 1 else ""


def _with_merged_groups(outcome: Outcome) -> Outcome:
    """Return the outcome worked out again with the groups that the definition merges put together."""
    consultation, groups = outcome.consultation, outcome.responses.groups.copy()
    groupings = []
    for grouping in consultation.groupings:
        parts = {part: merge for merge in grouping.merge for part in merge.groups}
        mine = groups["grouping"] == grouping.key
        groups.loc[mine, "group"] = groups.loc[mine, "group"].replace({part: m.label for part, m in parts.items()})
        together = [Group(parts[g.label].key, parts[g.label].label) if g.label in parts else g for g in grouping.groups]
        groupings.append(replace(grouping, groups=tuple(dict.fromkeys(together))))
    responses = replace(outcome.responses, groups=schemas.build("groups", groups.drop_duplicates()))
    return summarise(
        replace(consultation, groupings=tuple(groupings)), responses, outcome.coded, outcome.by, outcome.cards
    )


def _rows(ruling: Ruling, kind: str, table: pd.DataFrame, answer: str) -> pd.DataFrame:
    """Return a breakdown's rows of one of the outcome's tables, with what is suppressed missing."""
    one = ruling.breakdown
    mine = (table["question"] == one.question.id) & (table["grouping"] == one.grouping)
    rows = table[mine & table["group"].isin(ruling.groups)]
    if kind == THEMES:  # the way of coding that the report leads with: the other would say nearly the same
        rows = rows.drop_duplicates(["group", "theme"])
    hidden = {
        (cell.group, cell.answer) for cell in ruling.cells if cell.table == kind and cell.place in ruling.suppressed
    }
    shown = pd.Series(
        [place not in hidden for place in zip(rows["group"], rows[answer], strict=True)], index=rows.index, dtype=bool
    )
    return rows.assign(count=rows["count"].where(shown), percent=rows["percent"].where(shown))


def _figures(ruling: Ruling) -> set[str]:
    """Return the ids of the figures that tell no more than a breakdown's tables do.

    Who answered and who did not follow from the base and the number of respondents, and go with them; not so where answers
    outside the base could be told from these.
    """
    question = ruling.breakdown.question
    ids = {cell.figure for cell in ruling.cells if cell.place not in ruling.suppressed}
    if not question.is_closed or not (question.scale.outside_base or question.base == "asked"):
        keys = [ruling.breakdown.keys[group] for group in ruling.groups]
        ids |= {
            f"{question.id}.{name}.{ruling.breakdown.grouping}.{key}"
            for name in ("answered", "not_answered")
            for key in keys
        }
    return ids


def _open_campaigns(outcome: Outcome, channels: set[str]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the tables `campaign_sizes`, `campaign_variants` and `figures` of the campaigns that may be told.

    A campaign is told where enough signed it by channels that may be published, and taken out of the counts where enough
    of them are in the percentages. A question that only a few of these answered stays out: its counts with and without
    them would tell what they answered. So does, with the control on, one where these counts would tell a protected count of the
    signers'.
    """
    consultation, responses = outcome.consultation, outcome.responses
    groups, threshold = responses.groups, consultation.disclosure.threshold
    seen = groups.loc[(groups["grouping"] == BY_CHANNEL) & groups["group"].isin(channels), "respondent"]
    signers = outcome.campaigns[outcome.campaigns["respondent"].isin(set(seen))]
    sizes = count_signers(signers, outcome.additions, groups)
    sizes = sizes[sizes["respondents"] >= threshold].reset_index(drop=True)
    enough = sizes.loc[sizes["counted"] >= threshold, "campaign"]
    campaigns = signers[signers["campaign"].isin(enough)]
    if campaigns.empty:
        return sizes, schemas.build("campaign_variants", []), schemas.build("figures", [])
    variants = count_ways(consultation, responses.answers, groups, campaigns)
    base = variants.drop_duplicates(["question", "way"]).set_index(["question", "way"])["base"]
    few = {q.id for q in consultation.closed if 0 < base[q.id, AS_SENT] - base[q.id, APART] < threshold}
    if consultation.disclosure.control:
        few |= _told_of_signers(outcome, variants)
    figures, _ = trace_campaigns(consultation, responses, campaigns)
    hidden = figures["id"].str.split(".").str[0].isin(few)
    return sizes, variants[~variants["question"].isin(few)].reset_index(drop=True), figures[~hidden]


def _told_of_signers(outcome: Outcome, variants: pd.DataFrame) -> set[str]:
    """Return the questions whose counts with and without campaigns tell what must not be told of the signers."""
    told = set()
    for question in outcome.consultation.closed:
        rows = variants[variants["question"] == question.id]
        with_them, without = (rows[rows["way"] == way].set_index("net") for way in (AS_SENT, APART))
        counts = (with_them["count"] - without["count"]).tolist()
        base = int(with_them["base"].iloc[0] - without["base"].iloc[0])
        if any(why_protected(counts, base, outcome.consultation.disclosure, one_answer=not question.multiple)):
            told.add(question.id)
    return told
