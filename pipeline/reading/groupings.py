"""Groupings of a definition, and what may be published by them."""

from pipeline.definition import (
    REMEDIES,
    Disclosure,
    Group,
    Grouping,
    Merge,
    slugify,
)
from pipeline.errors import did_you_mean
from pipeline.reading.table import no_twice

# What tables call their other columns, so that no grouping can take the name.
TABLE_HEADINGS = ("Answer", "Base", "Channel", "Kind", "Percentage", "Respondents", "Theme")


def read_grouping(table, known):
    """Return a grouping; `known` are those before it, which it may cross."""
    crosses = table.texts("of", [])
    groups = _crossed_groups(crosses, known, table) if crosses else []
    for group in table.tables("groups"):
        label = group.take("label", str)
        groups.append(Group(group.name("key", slugify(label)), label, group.texts("options", [])))
        group.done()
    if crosses and table.content.keys() & {"groups", "heading", "other", "several"}:
        table.fail("crosses two groupings under 'of', and so has no heading, groups, 'other' or 'several' of its own")
    grouping = Grouping(
        key=table.name("key"),
        label=table.take("label", str),
        heading="" if crosses else table.take("heading", str),
        groups=tuple(groups),
        other=table.take("other", str, ""),
        other_in_place=table.take("other_in_place", bool, False),
        publish_crossed=table.take("publish_crossed", bool, False),
        publish_crossed_because=table.take("publish_crossed_because", str, ""),
        several=table.take("several", bool, False),
        of=crosses,
        merge=tuple(_read_merge(merge, groups) for merge in table.tables("merge")),
    )
    table.done()
    no_twice([label for merge in grouping.merge for label in merge.groups], "merged group", table)
    no_twice([one.key for one in (*groups, *grouping.merge)], "group key", table)
    if not groups:
        table.fail("has no groups")
    if grouping.key in ("all", "channel"):
        table.fail(f"is called '{grouping.key}', a name kept for everyone and for channels")
    labels = [group.label for group in groups]
    no_twice(labels, "group", table)
    for label in {"Not stated", "all", "All respondents"} & set(labels):
        table.fail(f"has a group '{label}', a name kept for everyone or for those who did not say")
    if grouping.label.casefold() in ("", *(heading.casefold() for heading in TABLE_HEADINGS)):
        table.fail(f"has the label '{grouping.label}', which tables use for another column")
    no_twice([text for group in groups for text in {group.label, *group.options}], "option", table)
    no_twice([group.key for group in groups], "group key", table)
    if grouping.other and grouping.other not in labels:
        table.fail(
            f"puts 'Other' under '{grouping.other}', which is no group.{did_you_mean(grouping.other, labels)}", stop=""
        )
    if grouping.several and grouping.other_in_place:
        table.fail(
            "has both several and other_in_place; where several can be chosen, 'other' alone takes what was typed"
        )
    if grouping.other_in_place and not grouping.other:
        table.fail("has other_in_place and no 'other'; name the group of those who typed their own answer")
    if grouping.publish_crossed and not grouping.publish_crossed_because:
        table.fail("publishes answers by group; say why under 'publish_crossed_because'")
    return grouping


def _crossed_groups(crosses, known, table):
    """Return the groups of a grouping that crosses two others: every pair, in their order."""
    of = {grouping.key: grouping for grouping in known}
    for key in crosses:
        if key not in of:
            table.fail(f"crosses '{key}', which is no grouping before it.{did_you_mean(key, of)}", stop="")
    if len(crosses) != 2 or any(of[key].of for key in crosses):
        table.fail("should cross two groupings that were asked; name both under 'of'")
    one, other = (of[key].groups for key in crosses)
    return [Group(f"{a.key}_{b.key}", f"{a.label}, {b.label}") for a in one for b in other]


def _read_merge(table, groups):
    label = table.take("label", str)
    merge = Merge(table.name("key", slugify(label)), label, table.texts("groups"))
    table.done()
    labels = [group.label for group in groups]
    for name in merge.groups:
        if name not in labels:
            table.fail(f"merges '{name}', which is no group.{did_you_mean(name, labels)}", stop="")
    if len(merge.groups) < 2:
        table.fail("needs two groups or more to merge")
    if label in (*labels, "Not stated", "all", "All respondents"):
        table.fail(f"calls the merged group '{label}', which is the name of another")
    return merge


def read_disclosure(table):
    """Return the rule of disclosure control."""
    threshold = table.take("threshold", int, Disclosure.threshold)
    rule = Disclosure(
        control=table.take("control", bool, True),
        because=table.take("because", str, ""),
        threshold=threshold,
        small_group=table.take("small_group", int, Disclosure.small_group),
        least_width=table.take("least_width", int, max(1, threshold - 1)),
        remedies=table.texts("remedies", list(REMEDIES)),
        earlier=table.file("earlier"),
    )
    table.done()
    if not rule.control and not rule.because:
        table.fail("switches disclosure control off; say why under 'because'")
    if rule.threshold < 2 or rule.small_group < 0 or rule.least_width < 1:
        table.fail("needs a threshold of 2 or more, a small_group of 0 or more and a least_width of 1 or more")
    for remedy in rule.remedies:
        if remedy not in REMEDIES:
            table.fail(f"has the remedy '{remedy}', which is none.{did_you_mean(remedy, REMEDIES)}", stop="")
    return rule
