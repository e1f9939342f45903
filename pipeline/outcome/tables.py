"""The tables of a report: words for headings, one row a line, with what a reader must know above them."""

import re
from dataclasses import dataclass

import pandas as pd

from pipeline.definition import Question
from pipeline.ingest.fates import COUNTED
from pipeline.ingest.responses import BY_CHANNEL, EVERYONE
from pipeline.outcome.outcomes import Outcome, rows_of
from pipeline.outcome.wording import agrees, counted, inside, listed, long_date, sentence, share, shown_percent
from pipeline.percent import percent
from pipeline.tally.campaigns import APART, AS_SENT, ONCE, reported
from pipeline.tally.tallies import NOT_STATED
from pipeline.themes.prevalence import BY_HAND, BY_MACHINE

ALL = "All respondents"
LOW, NOT_APPLICABLE, CONFIDENTIAL = "[low]", "[z]", "[c]"
SHORTHAND = {
    CONFIDENTIAL: "confidential: suppressed so that nobody's answer can be told",
    LOW: "a percentage that is more than nothing and rounds to 0",
    NOT_APPLICABLE: "not applicable: there is nothing to work it out from",
}
ROUNDED = "Percentages are worked out from counts and rounded half up."
UNEVEN = "Percentages may not sum to 100 because of rounding."
SEVERAL = "Respondents could choose several answers, so percentages may add to more than 100."
# No workbook can hold these, and nobody means them in a name.
_CONTROL = re.compile(r"[\0-\x1f\x7f-\x9f\ufffe\uffff]")


@dataclass(frozen=True)
class Table:
    """A table as a reader meets it. `frame` has its headings in words; counts and percentages are numbers.

    `notes` are the sentences above the table; `source` is its source line.
    """

    key: str
    title: str
    notes: tuple[str, ...]
    frame: pd.DataFrame
    source: str

    @property
    def shorthand(self) -> dict[str, str]:
        """What the marks in this table's cells mean, for those that stand in it."""
        cells = {cell for column in self.frame for cell in self.frame[column] if isinstance(cell, str)}
        return {mark: meaning for mark, meaning in SHORTHAND.items() if mark in cells}


def source_line(outcome: Outcome) -> str:
    """Return where the numbers come from, saying so where the responses are invented."""
    consultation = outcome.consultation
    parts = [consultation.title]
    if consultation.opens and consultation.closes:
        parts.append(f"{long_date(consultation.opens)} to {long_date(consultation.closes)}")
    if consultation.data_note:
        parts.append(consultation.data_note)
    return "Source: " + "; ".join(parts) + "."


def shown(counts: pd.Series, percents: pd.Series) -> list:
    """Return percentages as a table shows them: numbers, '[low]' for something that rounds to 0, '[z]' for no base.

    Where the count is suppressed the percentage is '[c]' too.
    """
    cells = []
    for count, rounded in zip(counts, percents, strict=True):
        if pd.isna(count):
            cells.append(CONFIDENTIAL)
        elif pd.isna(rounded):
            cells.append(NOT_APPLICABLE)
        elif rounded == 0 and count > 0:
            cells.append(LOW)
        else:
            cells.append(int(rounded) if float(rounded).is_integer() else float(rounded))
    return cells


def shown_counts(counts: pd.Series) -> list:
    """Return counts as a table shows them: numbers, '[c]' for those that are suppressed."""
    return [CONFIDENTIAL if pd.isna(count) else int(count) for count in counts]


def named(group: str) -> str:
    """Return a group's name as a reader meets it."""
    return ALL if group == EVERYONE else group


def _counted_channels(outcome: Outcome) -> str:
    labels = [inside(channel.label) for channel in outcome.consultation.channels if channel.counted]
    return listed(labels)


def base_note(outcome: Outcome, question: Question) -> str:
    """Return who was asked, who answered and what the base is, in a sentence or two."""
    row = rows_of(outcome.bases, question).iloc[0]
    not_asked = f"{row['not_asked']:,} not asked, " if row["not_asked"] else ""
    were = agrees(row["base"], "was", "were")
    did = f"{were} asked" if question.base == "asked" else "answered"
    who = f"{counted(row['base'], 'respondent')} to the {_counted_channels(outcome)} who {did} this question"
    text = (
        f"Base: {who if row['base'] else 'nobody'}"
        f" ({not_asked}{row['asked']:,} asked, {row['answered']:,} answered, {row['not_answered']:,} left it blank)."
    )
    if question.scale.outside_base:
        text += (
            f" {counted(row['outside_base'], 'answer')} of {' or '.join(question.scale.outside_base)}"
            f" {agrees(row['outside_base'], 'is', 'are')} outside the base."
        )
    return text


def of_whom(question: Question) -> str:
    """Return who of the respondents are in a question's base, for the titles of tables."""
    without = f", without {listed([f'“{answer}”' for answer in question.scale.outside_base])}"
    who = "who were asked" if question.base == "asked" else "who answered"
    return who + (without if question.scale.outside_base else "")


def _rounding_notes(question: Question, rows: pd.DataFrame) -> tuple[str, ...]:
    """Return how percentages are rounded and, where the parts make up the whole and the shares do not, why."""
    if question.multiple:
        return SEVERAL, ROUNDED
    if question.base == "asked":
        return "Those who left it blank are in the base, so percentages may add to less than 100.", ROUNDED
    whole = len(rows) and rows["count"].sum() == rows["base"].iloc[0] > 0
    off = whole and round(float(rows["percent"].sum()), 1) != 100
    return (ROUNDED, "Percentages do not sum to 100 because of rounding.") if off else (ROUNDED,)


def respondents_table(outcome: Outcome, grouping: str) -> Table:
    """Return how many respondents each group of a grouping has, all of them first, those who did not say last."""
    label = outcome.consultation.grouping(grouping).label
    rows = outcome.respondents[outcome.respondents["grouping"].isin([EVERYONE, grouping])]
    notes = [f"Respondents to the {_counted_channels(outcome)}. Groups stand in the order of the survey."]
    total, *groups = rows["count"].tolist()
    if sum(groups) > total:
        notes.append("A respondent can be in several groups, so the groups sum to more than all respondents.")
    frame = pd.DataFrame({label: [named(group) for group in rows["group"]], "Respondents": rows["count"].tolist()})
    return Table(
        f"respondents_{grouping}", f"Who responded, by {inside(label)}", tuple(notes), frame, source_line(outcome)
    )


def channels_table(outcome: Outcome) -> Table:
    """Return how many responses came by each channel, and whether the percentages count them."""
    rows = outcome.responses.ledger
    kept = rows.loc[rows["fate"] == COUNTED, "channel"].value_counts()
    lines = [
        (channel.label, int(kept.get(channel.key, 0)), "Yes" if channel.counted else "No")
        for channel in outcome.consultation.channels
    ]
    frame = pd.DataFrame(lines, columns=["How it came", "Responses", "In the percentages"])
    notes = ("Percentages in this outcome are of the channels marked Yes alone.",)
    return Table("channels", "Responses received, by channel", notes, frame, source_line(outcome))


def ledger_table(outcome: Outcome) -> Table:
    """Return the rows of each channel's file by fate: the ledger in numbers, never its rows."""
    ledger = outcome.responses.ledger
    labels = {channel.key: channel.label for channel in outcome.consultation.channels}
    files = outcome.responses.sources["channel"].value_counts()
    lines = []
    for key, label in labels.items():
        rows = ledger[ledger["channel"] == key]
        lines.append((label, f"All rows of the {'file' if files[key] == 1 else 'files'}", len(rows)))
        lines.extend((label, fate.capitalize(), int(n)) for fate, n in rows["fate"].value_counts(sort=False).items())
    frame = pd.DataFrame(lines, columns=["Channel", "What became of the row", "Rows"])
    notes = ("Every row of every file is counted or left out for one stated reason.",)
    return Table("ledger", "Rows read, counted and left out", notes, frame, source_line(outcome))


def campaigns_table(outcome: Outcome) -> Table | None:
    """Return how many signed each campaign; None where there are none."""
    sizes = outcome.campaign_sizes
    if sizes.empty:
        return None
    frame = pd.DataFrame(
        {
            "Campaign": [sentence(name.replace("-", " ")) for name in sizes["campaign"]],
            "Respondents": sizes["respondents"].tolist(),
            "In the percentages": sizes["counted"].tolist(),
            "With words of their own": sizes["with_own_words"].tolist(),
        }
    )
    notes = (
        "The answers of a campaign are the same word for word, or more than half of the words of each, and at least 12, are "
        "a text that others sent too.",
        f"Respondents who sent the same text count as a campaign from {outcome.consultation.campaigns_at_least} on. "
        "A respondent can be in several campaigns.",
    )
    return Table("campaigns", "Campaigns", notes, frame, source_line(outcome))


def campaign_variants_table(outcome: Outcome) -> Table | None:
    """Return the respondents and each net counted with campaigns, with each once, and without; None without campaigns."""
    rows = outcome.campaign_variants
    if outcome.campaign_sizes.empty or rows.empty:
        return None
    questions = {question.id: question for question in outcome.consultation.closed}
    labels = {("", ""): ("Respondents", ALL)}
    labels |= {(q.id, key): (q.label, label) for q in questions.values() for key, label in reported(q).items()}
    named = [labels[place] for place in zip(rows["question"], rows["net"], strict=True)]
    frame = pd.DataFrame(
        {
            "Question": [question for question, _ in named],
            "Answer": [answer for _, answer in named],
            "Counted": [sentence(way) for way in rows["way"]],
            "Respondents": rows["count"].tolist(),
            "Base": rows["base"].tolist(),
            "Percentage": shown(rows["count"], rows["percent"]),
        }
    )
    notes = (
        "Counted once, a campaign gives each question the most common answer of its signers; answers that are reported "
        "together are one answer, leaving it blank is one too, and where two are equally common it has none. Apart, its "
        "signers are left out.",
        ROUNDED,
    )
    return Table(
        "campaign_variants", "Agreement with campaigns counted in three ways", notes, frame, source_line(outcome)
    )


def campaigns_sentence(outcome: Outcome) -> str:
    """Return whether a headline changes with how campaigns are counted, in a sentence or two.

    It changes where its percentage is another whole number, or where a majority (more than half of the base) is one no
    longer or becomes one.
    """
    if outcome.campaign_sizes.empty:
        return "No campaigns were found."
    rows = outcome.campaign_variants.set_index(["question", "net", "way"])
    style = outcome.consultation.wording.percent
    changes = []
    for question in outcome.consultation.closed:
        key, label = next(iter(reported(question).items()))
        if (question.id, key, AS_SENT) in rows.index:
            ways = {
                way: rows.loc[(question.id, key, way), ["count", "base"]].tolist() for way in (AS_SENT, ONCE, APART)
            }
            told = [_changed(ways[AS_SENT], ways[way], way, style) for way in (ONCE, APART)]
            if any(told):
                changes.append(
                    f"{question.label}: {_whole(*ways[AS_SENT], style)} {inside(label)} with {AS_SENT} counted, "
                    f"{listed([change for change in told if change])}."
                )
    if not changes:
        return (
            "No headline changes by a whole percentage point, and none becomes a majority or ceases to be one, whether "
            "each campaign is counted once or left out."
        )
    return (
        f"{counted(len(changes), 'headline')} {agrees(len(changes), 'changes', 'change')} with how campaigns are counted. "
        + " ".join(changes)
    )


def _whole(count: int, base: int, style: str) -> str:
    return shown_percent(count, percent(count, base), style) if base else "nobody"


def _changed(before: list[int], after: list[int], way: str, style: str) -> str:
    """Return a headline's share when counted in another way, '' where it is the same."""
    is_majority, was_majority = (2 * count > base for count, base in (after, before))
    if percent(*before) == percent(*after) and is_majority == was_majority:
        return ""
    words = {ONCE: "with each campaign counted once", APART: "with campaigns left out"}[way]
    majority = "" if is_majority == was_majority else " (now a majority)" if is_majority else " (no longer a majority)"
    return f"{_whole(*after, style)} {words}{majority}"


def nets_name(question: Question) -> str:
    """Return what the nets of a question's scale are called in titles."""
    agree = any("agree" in point.casefold() for point in question.scale.points)
    return "agreement" if agree else "answers taken together"


def agreement_table(outcome: Outcome, question: Question) -> Table:
    """Return the nets of a question for all respondents: count and percentage."""
    rows = rows_of(outcome.agreement, question)
    labels = {net.key: net.label for net in question.scale.nets}
    rows = rows.assign(answer=[labels[net] for net in rows["net"]])
    return _answers_table(outcome, question, rows, "nets", nets_name(question))


def points_table(outcome: Outcome, question: Question) -> Table:
    """Return each answer to a closed question for all respondents: count and percentage."""
    return _answers_table(outcome, question, rows_of(outcome.tally, question), "answers", "each answer")


def _answers_table(outcome: Outcome, question: Question, rows: pd.DataFrame, key: str, words: str) -> Table:
    frame = pd.DataFrame(
        {
            "Answer": rows["answer"].tolist(),
            "Respondents": rows["count"].tolist(),
            "Percentage": shown(rows["count"], rows["percent"]),
        }
    )
    title = f"{question.label}: {words}, all respondents {of_whom(question)}"
    notes = (base_note(outcome, question), *_rounding_notes(question, rows))
    return Table(f"{question.id}_{key}", title, notes, frame, source_line(outcome))


def matrix_table(outcome: Outcome, rows: tuple[Question, ...]) -> Table:
    """Return the rows of a matrix side by side: each with its base and the count and percentage of each net or answer."""
    first = rows[0]
    label = first.label.removesuffix(f": {first.row}")
    table, column = (outcome.agreement, "net") if first.scale.nets else (outcome.tally, "answer")
    lines = []
    for question in rows:
        parts = rows_of(table, question).set_index(column)
        line: dict = {"Row": question.row, "Base": int(parts["base"].iloc[0])}
        for key, name in reported(question).items():
            line[f"{name}: respondents"] = int(parts.at[key, "count"])
            line[f"{name}: percentage"] = shown(parts.loc[[key], "count"], parts.loc[[key], "percent"])[0]
        lines.append(line)
    notes = (
        f"Base: the respondents to the {_counted_channels(outcome)} {of_whom(first)}, row by row.",
        UNEVEN,
        ROUNDED,
    )
    title = f"{label}: all rows, all respondents {of_whom(first)}"
    return Table(f"{first.matrix}_rows", title, notes, pd.DataFrame(lines), source_line(outcome))


def ranking_table(outcome: Outcome, question: Question) -> Table:
    """Return how often each option of a ranking was put first, how often it was given a place, and its mean place."""
    rows = rows_of(outcome.ranking, question)
    first = rows_of(outcome.tally, question)
    frame = pd.DataFrame(
        {
            "Option": rows["option"].tolist(),
            "Put first: respondents": rows["first"].tolist(),
            "Put first: percentage": shown(first["count"], first["percent"]),
            "Gave it a place: respondents": rows["ranked"].tolist(),
            "Mean place": [_number(value) for value in rows["mean_rank"]],
        }
    )
    notes = (
        base_note(outcome, question),
        "The mean place is of those who gave the option a place; 1 is the first. Options stand in the order of the survey.",
        ROUNDED,
    )
    title = f"{question.label}: places given, all respondents {of_whom(question)}"
    return Table(f"{question.id}_places", title, notes, frame, source_line(outcome))


def numbers_table(outcome: Outcome, question: Question) -> Table:
    """Return the mean, median and quartiles of the numbers that a question was answered with."""
    row = rows_of(outcome.number_summary, question).iloc[0]
    unit = f" ({question.number.unit})" if question.number.unit else ""
    names = {"mean": "Mean", "lower_quartile": "Lower quartile", "median": "Median", "upper_quartile": "Upper quartile"}
    frame = pd.DataFrame(
        {
            "Measure": [f"{name}{unit}" for name in names.values()],
            "Value": [_number(row[key]) for key in names],
        }
    )
    notes = (
        base_note(outcome, question),
        "Rounded half up to one decimal. A quarter of the numbers are at or below the lower quartile, and a quarter at or "
        "above the upper one.",
    )
    title = f"{question.label}: averages, all respondents {of_whom(question)}"
    return Table(f"{question.id}_averages", title, notes, frame, source_line(outcome))


def _by(outcome: Outcome, grouping: str) -> tuple[str, list[str]]:
    """Return a grouping's name for a reader, and the groupings whose rows its tables show: everyone first, or channels."""
    if grouping == BY_CHANNEL:
        return "Channel", [BY_CHANNEL]
    return outcome.consultation.grouping(grouping).label, [EVERYONE, grouping]


def _crossed_notes(outcome: Outcome, question: Question, grouping: str) -> tuple[str, ...]:
    notes = [SEVERAL, ROUNDED] if question.multiple else [ROUNDED, UNEVEN]
    if grouping == BY_CHANNEL:
        notes.insert(0, "Base: those of each channel who answered this question.")
        notes.append("Only the channels that are in the percentages count elsewhere; the others stand here to compare.")
    else:
        notes.insert(0, base_note(outcome, question))
        notes += [*_unsaid(outcome, grouping), crossed_because(outcome, grouping)]
    return (*notes, *protection_notes(outcome, question, grouping))


def protection_notes(outcome: Outcome, question: Question, grouping: str) -> list[str]:
    """Return what disclosure control did to what a question says of a grouping's groups, and why; nothing if it did nothing."""
    said = outcome.protection.get((question.id, grouping))
    return [f"Disclosure control {said}"] if said else []


def has_groups(table: pd.DataFrame, question: Question, grouping: str) -> bool:
    """Say whether a table has rows by this grouping to be shown: of channels, of several."""
    return rows_of(table, question, grouping)["group"].nunique() > (grouping == BY_CHANNEL)


def crossed_table(outcome: Outcome, question: Question, grouping: str) -> Table:
    """Return each group's answers to a closed question: one row a group and answer, with count, base and percentage."""
    label, by = _by(outcome, grouping)
    rows = rows_of(outcome.tally, question, *by)
    frame = pd.DataFrame(
        {
            label: [named(group) for group in rows["group"]],
            "Answer": rows["answer"].tolist(),
            "Respondents": shown_counts(rows["count"]),
            "Base": rows["base"].tolist(),
            "Percentage": shown(rows["count"], rows["percent"]),
        }
    )
    return Table(
        f"{question.id}_by_{grouping}",
        f"{question.label}: answers by {inside(label)}",
        _crossed_notes(outcome, question, grouping),
        frame,
        source_line(outcome),
    )


def nets_table(outcome: Outcome, question: Question, grouping: str) -> Table:
    """Return each group's nets of a closed question: one row a group, with its base and a count and percentage a net."""
    label, by = _by(outcome, grouping)
    rows = rows_of(outcome.agreement, question, *by)
    groups = rows.drop_duplicates(["grouping", "group"])
    frame = pd.DataFrame({label: [named(group) for group in groups["group"]], "Base": groups["base"].tolist()})
    for net in question.scale.nets:
        part = rows[rows["net"] == net.key]
        frame[f"{net.label}: respondents"] = shown_counts(part["count"])
        frame[f"{net.label}: percentage"] = shown(part["count"], part["percent"])
    return Table(
        f"{question.id}_nets_by_{grouping}",
        f"{question.label}: {nets_name(question)} by {inside(label)}",
        _crossed_notes(outcome, question, grouping),
        frame,
        source_line(outcome),
    )


def crossed_because(outcome: Outcome, grouping: str) -> str:
    """Return why answers by group are published, in a sentence."""
    asked = outcome.consultation.grouping(grouping)
    return f"Answers by {inside(asked.label)} are published because {asked.publish_crossed_because}."


def _unsaid(outcome: Outcome, grouping: str) -> list[str]:
    rows = outcome.respondents
    rows = rows[(rows["grouping"] == grouping) & (rows["group"] == NOT_STATED)]
    return [
        f"{counted(int(n), 'respondent')} did not state a group and {agrees(n, 'stands', 'stand')} in the total alone."
        for n in rows["count"]
    ]


def codings_of(outcome: Outcome, question: Question, grouping: str = EVERYONE) -> list[str]:
    """Return how the answers to an open question were coded, those settled by hand first."""
    rows = rows_of(outcome.theme_counts, question, grouping)
    return list(dict.fromkeys(rows["coding"]))


def themes_table(outcome: Outcome, question: Question, group: str = EVERYONE, grouping: str = EVERYONE) -> Table | None:
    """Return the respondents who raised each theme, a count and percentage for each way of coding; None if none coded."""
    rows = rows_of(outcome.theme_counts, question, grouping)
    rows = rows[rows["group"] == group]
    if rows.empty:
        return None
    themes = {theme.key: theme for theme in question.codebook.themes}
    frame = pd.DataFrame({"Theme": [theme.label for theme in themes.values()]})
    if any(theme.kind for theme in themes.values()):
        frame.insert(0, "Kind", [theme.kind or "Themes" for theme in themes.values()])
    for coding, part in rows.groupby("coding", sort=False):
        part = part.set_index("theme").loc[list(themes)]
        frame[f"Respondents ({coding})"] = shown_counts(part["count"])
        frame[f"Percentage ({coding})"] = shown(part["count"], part["percent"])
    base = int(rows["base"].iloc[0])
    where = f"{group}: " if grouping == BY_CHANNEL else ""
    notes = [
        f"Base: {counted(base, 'respondent')} who wrote something in answer to this question.",
        "An answer can raise several themes or none, so percentages do not sum to 100. "
        "Themes stand in the order of the codebook and are not ranked.",
        *coding_notes(outcome, question, list(dict.fromkeys(rows["coding"]))),
        *protection_notes(outcome, question, grouping),
    ]
    suffix = f"_{_channel_key(outcome, group)}" if grouping == BY_CHANNEL else ""
    return Table(
        f"{question.id}_themes{suffix}",
        f"{where}{question.label}: themes raised",
        tuple(notes),
        frame,
        source_line(outcome),
    )


def _channel_key(outcome: Outcome, label: str) -> str:
    return next(channel.key for channel in outcome.consultation.channels if channel.label == label)


def coding_notes(outcome: Outcome, question: Question, codings: list[str]) -> list[str]:
    """Return what a reader must know of how answers were coded: by whom, and how well the classifier did elsewhere."""
    notes = []
    card = outcome.cards.get(question.id)
    for coding in codings:
        if BY_HAND in coding:
            notes.append(f"{sentence(BY_HAND)}: {question.codes_note or 'people settled these codes'}.")
        if BY_MACHINE in coding:
            text = f"{sentence(BY_MACHINE)}: a classifier gave these codes, and its counts carry its errors."
            if card and not card["labels"]:
                text += (
                    " It knows the codebook's descriptions alone, and nothing is known of how good it is: read its counts "
                    "as a pointer at most."
                )
            elif card:
                text += (
                    f" Tried on {counted(card['labels'], 'labelled answer')} that it had not learned from"
                    f" ({card['evaluated']}), its micro-F1 was {card['micro_f1']:.2f}"
                )
                listed = card["keywords_micro_f1"]
                text += "." if listed is None else f"; a list of keywords reached {listed:.2f}."
                if listed is not None and listed >= card["micro_f1"]:
                    text += (
                        " The classifier does no better than the keywords here: read its counts as a pointer at most."
                    )
            notes.append(text)
    return notes


def themes_by_group_table(outcome: Outcome, question: Question, grouping: str) -> Table | None:
    """Return the respondents of each group who raised each theme, by the first way of coding; None if none coded."""
    rows = rows_of(outcome.theme_counts, question, EVERYONE, grouping)
    codings = codings_of(outcome, question)
    if not codings or not has_groups(outcome.theme_counts, question, grouping):
        return None
    rows = rows[rows["coding"] == codings[0]]
    labels = {theme.key: theme.label for theme in question.codebook.themes}
    label = outcome.consultation.grouping(grouping).label
    frame = pd.DataFrame(
        {
            label: [named(group) for group in rows["group"]],
            "Theme": [labels[theme] for theme in rows["theme"]],
            f"Respondents ({codings[0]})": shown_counts(rows["count"]),
            "Base": rows["base"].tolist(),
            "Percentage": shown(rows["count"], rows["percent"]),
        }
    )
    notes = (
        "Base: the respondents of each group who wrote something in answer to this question.",
        *coding_notes(outcome, question, codings[:1]),
        *_unsaid(outcome, grouping),
        crossed_because(outcome, grouping),
        *protection_notes(outcome, question, grouping),
    )
    return Table(
        f"{question.id}_themes_by_{grouping}",
        f"{question.label}: themes raised, by {inside(label)}",
        notes,
        frame,
        source_line(outcome),
    )


def checks_table(outcome: Outcome, checks: pd.DataFrame) -> Table:
    """Return our figures beside the published ones, line by line."""
    frame = pd.DataFrame(
        {
            "Claim": checks["claim"].tolist(),
            "Where": checks["where"].tolist(),
            "Measure": checks["measure"].tolist(),
            "Published": [_number(value) for value in checks["published"]],
            "Ours": [_number(value) for value in checks["ours"]],
            "Agrees": ["Yes" if agrees else "No" for agrees in checks["agrees"]],
        }
    )
    notes = ("Each number that was published, beside the same number worked out from the responses at hand.",)
    return Table("checks", "Our figures beside the published figures", notes, frame, source_line(outcome))


def _number(value):
    if pd.isna(value):
        return NOT_APPLICABLE
    return int(value) if float(value).is_integer() else float(value)


def organisations_table(outcome: Outcome) -> Table | None:
    """Return the organisations that responded and agreed to be named, by name and each once; None if there are none."""
    found = outcome.responses.organisations
    spellings = [" ".join(_CONTROL.sub(" ", name).split()) for name in found.loc[found["agreed"], "name"]]
    names = [name for _, name in sorted({name.casefold(): name for name in reversed(spellings)}.items())]
    if not names:
        return None
    notes = ("As respondents wrote them. Organisations that did not agree to be named are not listed.",)
    frame = pd.DataFrame({"Organisation": names})
    title = "Organisations that responded and agreed to be named"
    return Table("organisations", title, notes, frame, source_line(outcome))


def all_tables(outcome: Outcome, checks: pd.DataFrame) -> list[Table]:
    """Return every table of an outcome, in the order of the report; groupings whose rows were withheld have none."""
    tables: list[Table | None] = [channels_table(outcome), ledger_table(outcome)]
    tables += [respondents_table(outcome, key) for key in outcome.by]
    tables += [campaigns_table(outcome), campaign_variants_table(outcome)]
    crossed = outcome.crossed
    for question in outcome.consultation.questions:
        if question.is_closed:
            if question.scale.nets:
                tables.append(agreement_table(outcome, question))
            tables.append(points_table(outcome, question))
            if question.ranked:
                tables.append(ranking_table(outcome, question))
            if question.number:
                tables.append(numbers_table(outcome, question))
            if question.row and question == outcome.consultation.matrix(question.matrix)[-1]:
                tables.append(matrix_table(outcome, outcome.consultation.matrix(question.matrix)))
            for key in [*crossed, BY_CHANNEL]:
                if has_groups(outcome.agreement, question, key):
                    tables.append(nets_table(outcome, question, key))
                if has_groups(outcome.tally, question, key):
                    tables.append(crossed_table(outcome, question, key))
        elif question.codebook:
            tables.append(themes_table(outcome, question))
            tables += [themes_by_group_table(outcome, question, key) for key in crossed]
            for channel in outcome.consultation.channels:
                if not channel.counted:
                    tables.append(themes_table(outcome, question, channel.label, BY_CHANNEL))
    tables.append(organisations_table(outcome))
    if len(checks):
        tables.append(checks_table(outcome, checks))
    return [table for table in tables if table is not None]


def headline(outcome: Outcome, question: Question) -> tuple[str, str]:
    """Return a question's first net, or where it has no nets its first answer (of options the most chosen), and its share.

    ('Strongly agreed or agreed', '131 of 141 respondents (93%)')
    """
    rows = rows_of(outcome.agreement if question.scale.nets else outcome.tally, question)
    style = outcome.consultation.wording.percent
    if question.number:
        summary = rows_of(outcome.number_summary, question).iloc[0]
        middle = "no number" if pd.isna(summary["median"]) else f"{summary['median']:g} {question.number.unit}".strip()
        return f"gave a number; the median is {middle}", counted(int(summary["base"]), "respondent")
    # Options without an order have no first one: the most chosen stands for them, the first of several equal ones.
    row = rows.loc[rows["count"].idxmax()] if question.multiple or question.ranked else rows.iloc[0]
    label = question.scale.nets[0].label if question.scale.nets else f"{did(question)} {row['answer']}"
    return label, share(row["count"], row["base"], row["percent"], "respondent", style)


def did(question: Question) -> str:
    """Return what respondents did with an answer to a question whose scale has no nets."""
    return "chose" if question.multiple else "put first" if question.ranked else "answered"
