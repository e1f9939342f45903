"""The analyst's decisions on single respondents: a small CSV beside the definition, applied afresh on every run.

The export stays as the platform gave it; what a person decided about one response stands in a file of its own, with the
reason. An erased respondent's id is quoted in no message and written nowhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipeline.definition import Consultation, Grouping
from pipeline.errors import DefinitionError, ExportError, did_you_mean, reads_like
from pipeline.ingest.files import read_sheets
from pipeline.ingest.layouts.export import fold

LEAVE_OUT = "leave out"
KEEP = "keep"
SAME_AS = "same as"
ERASE = "erase"
GROUP = "group"
DECISIONS = (LEAVE_OUT, KEEP, SAME_AS, ERASE, GROUP)
COLUMNS = ("respondent", "decision", "value", "reason")


@dataclass(frozen=True)
class Decision:
    """One line of the file. `value` is the other respondent of 'same as'; `place` the grouping and group of 'group'."""

    row: int
    respondent: str
    decision: str
    value: str = ""
    reason: str = ""
    place: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Decisions:
    """All lines of a file, and what they say of a respondent."""

    path: Path = Path()
    lines: tuple[Decision, ...] = ()

    @cached_property
    def _one(self) -> dict[str, Decision]:
        return {line.respondent: line for line in self.lines if line.decision != GROUP}

    @cached_property
    def _groups(self) -> dict[str, dict[str, Decision]]:
        groups: dict[str, dict[str, Decision]] = {}
        for line in self.lines:
            if line.decision == GROUP:
                groups.setdefault(line.respondent, {})[line.place[0]] = line
        return groups

    @cached_property
    def erased(self) -> frozenset[str]:
        """The respondents who withdrew, and those who are the same as one of them."""
        named = {line.respondent for line in self.lines if line.decision == ERASE}
        return frozenset(named | {name for name in self._one if self.root(name) in named})

    def of(self, respondent: str) -> Decision | None:
        """Return the decision on a respondent that is none on a group."""
        return self._one.get(respondent)

    def is_a(self, decision: str, respondent: str) -> bool:
        """Say whether this is what was decided on the respondent."""
        line = self.of(respondent)
        return line is not None and line.decision == decision

    def group(self, respondent: str, grouping: str) -> str | None:
        """Return the label of the group that the respondent was put into."""
        line = self._groups.get(respondent, {}).get(grouping)
        return line.place[1] if line else None

    def root(self, respondent: str) -> str:
        """Return the respondent that this one is the same as in the end: itself, where nothing is said."""
        while self.is_a(SAME_AS, respondent):
            respondent = self._one[respondent].value
        return respondent

    def person(self, respondent: str) -> str:
        """Return what respondents have in common whom decisions call the same; '' for all others."""
        return self.root(respondent) if respondent in self._of_same else ""

    @cached_property
    def _of_same(self) -> frozenset[str]:
        same = [line for line in self.lines if line.decision == SAME_AS]
        return frozenset(name for line in same for name in (line.respondent, line.value))

    def remarks(self, respondent: str) -> list[str]:
        """Return what the ledger says of decisions on a respondent who counts."""
        said = [_with_reason("kept by decision", self._one[respondent])] if self.is_a(KEEP, respondent) else []
        for grouping, line in self._groups.get(respondent, {}).items():
            said.append(_with_reason(f"{grouping} by decision: {line.place[1]}", line))
        return said

    def same_as(self, respondent: str) -> str:
        """Return what the ledger says of a respondent who is the same as another."""
        return _with_reason(f"same as '{self._one[respondent].value}', by decision", self._one[respondent])

    def fail(self, line: Decision, what: str):
        raise DefinitionError(f"{self.path}, row {line.row}: {what}")


def _with_reason(text: str, line: Decision) -> str:
    return f"{text} ({line.reason})" if line.reason else text


def read_decisions(consultation: Consultation) -> Decisions:
    """Read the file of decisions that a definition names; one without a file has none.

    Raises DefinitionError, with the row, for a missing column, respondent, value or reason, for a decision, grouping or
    group that is not known, and for two lines that contradict each other.
    """
    path = consultation.decisions
    if path is None:
        return Decisions()
    if not path.is_file():
        raise DefinitionError(
            f"There is no file of decisions {path}; 'consultation template decisions' writes an example."
        )
    try:
        sheet = read_sheets(path)[0]
        if sheet.fault:
            raise ExportError(sheet.fault)
    except ExportError as error:
        raise DefinitionError(f"The file of decisions cannot be used: {error}") from None
    rows = sheet.rows
    headings = [cell.strip().lower() for cell in rows[0]]
    for column in COLUMNS:
        if column not in headings:
            raise DefinitionError(f"{path} has no column '{column}'.{did_you_mean(column, filter(None, headings))}")
    lines = []
    for number, cells in enumerate(rows[1:], start=2):
        if any(cell.strip() for cell in cells):
            texts = dict(zip(headings, [*(cell.strip() for cell in cells), *[""] * len(headings)], strict=False))
            lines.append(_read_line(f"{path}, row {number}", number, texts, consultation))
    decisions = Decisions(path, tuple(lines))
    _check_contradictions(decisions)
    return decisions


def _read_line(where: str, row: int, texts: Mapping[str, str], consultation: Consultation) -> Decision:
    respondent, value, reason = texts["respondent"], texts["value"], texts["reason"]
    decision = fold(texts["decision"])
    if decision not in DECISIONS:
        # Only what could be a decision is quoted: a column in the wrong place would hold an id.
        shown = f"'{decision}'" if reads_like(decision, DECISIONS) else "what stands under 'decision'"
        shown = f"{shown} is no decision" if decision else "there is no decision"
        raise DefinitionError(f"{where}: {shown}.{did_you_mean(decision, DECISIONS)}")
    if not respondent:
        raise DefinitionError(f"{where}: '{decision}' names no respondent.")
    if decision == LEAVE_OUT and not reason:
        raise DefinitionError(f"{where}: '{LEAVE_OUT}' needs a reason, which the ledger shows.")
    if decision in (SAME_AS, GROUP) and not value:
        wanted = "the respondent it is the same as" if decision == SAME_AS else "'grouping=group'"
        raise DefinitionError(f"{where}: '{decision}' needs a value: {wanted}.")
    if decision not in (SAME_AS, GROUP) and value:
        raise DefinitionError(f"{where}: '{decision}' takes no value; what was decided belongs under 'reason'.")
    place = _read_place(where, value, consultation) if decision == GROUP else ("", "")
    return Decision(row, respondent, decision, value, reason, place)


def _read_place(where: str, value: str, consultation: Consultation) -> tuple[str, str]:
    """Return the key of the grouping and the label of the group that 'grouping=group' names."""
    key, sign, group = (part.strip() for part in value.partition("="))
    groupings = {grouping.key: grouping for grouping in consultation.groupings}
    if not sign or key not in groupings:
        raise DefinitionError(
            f"{where}: '{GROUP}' needs the value 'grouping=group', and '{key}' is no grouping."
            f"{did_you_mean(key, groupings)}"
        )
    return key, _label(where, group, groupings[key])


def _label(where: str, name: str, grouping: Grouping) -> str:
    # A label is looked for first: a key that is another group's label would otherwise hide it.
    labels = {fold(group.label): group.label for group in grouping.groups}
    keys = {group.key: group.label for group in grouping.groups}
    found = labels.get(fold(name)) or keys.get(name)
    if not found:
        raise DefinitionError(
            f"{where}: '{name}' is no group of '{grouping.key}'.{did_you_mean(name, labels.values())}"
        )
    return found


def _check_contradictions(decisions: Decisions) -> None:
    """Refuse two lines on one respondent that cannot both hold. The same line twice is no contradiction."""
    # Found without `Decisions.erased`, which follows 'same as' and would not come to an end on a circle.
    withdrew = {line.respondent for line in decisions.lines if line.decision == ERASE}
    seen: dict[str, list[Decision]] = {}
    for line in decisions.lines:
        for other in seen.setdefault(line.respondent, []):
            if _contradict(line, other):
                who = "a respondent who is to be erased" if line.respondent in withdrew else f"'{line.respondent}'"
                decisions.fail(
                    line,
                    f"'{line.decision}' contradicts '{other.decision}' in row {other.row}, both on {who}; "
                    "take one of the two lines out.",
                )
        seen[line.respondent].append(line)
    same = {line.respondent: line for line in decisions.lines if line.decision == SAME_AS}
    for line in same.values():
        met, name = {line.respondent}, line.value
        while name in same and name not in met:
            met.add(name)
            name = same[name].value
        if name == line.respondent:
            decisions.fail(
                line,
                f"'{line.respondent}' is the same as itself in the end, so that no row of it would count; "
                "name under 'value' the respondent that counts.",
            )


def _contradict(one: Decision, other: Decision) -> bool:
    kinds = {one.decision, other.decision}
    if kinds == {GROUP}:
        return one.place[0] == other.place[0] and one.place != other.place
    if len(kinds) == 1:
        return one.value != other.value
    return kinds != {KEEP, GROUP}


def check_respondents(decisions: Decisions, groupings: Mapping[str, tuple[str, ...]]) -> None:
    """Refuse decisions on respondents that no channel has, and groups of groupings that their channel did not ask.

    `groupings` maps each respondent to the keys of the groupings that its channel asked. Raises DefinitionError naming
    the nearest respondent, never one who is to be erased.
    """
    shown = [name for name in groupings if name not in decisions.erased]
    for line in decisions.lines:
        for name in (line.respondent, line.value) if line.decision == SAME_AS else (line.respondent,):
            if name not in groupings:
                if name in decisions.erased:
                    decisions.fail(
                        line, "no response has the id that is to be erased; correct it, or take the line out."
                    )
                decisions.fail(line, f"no response has the id '{name}'.{did_you_mean(name, shown)}")
        if line.decision == GROUP and line.place[0] not in groupings[line.respondent]:
            decisions.fail(line, f"the channel of '{line.respondent}' does not ask the grouping '{line.place[0]}'.")


def check_same(decisions: Decisions, stands: set[str], erased: set[str]) -> None:
    """Refuse a repeat by decision of a response that does not count, which would lose both, or that was erased.

    `stands` are the respondents that count or are repeats, `erased` those whose rows were erased, by decision or
    because a rule told them to be the same person. Raises DefinitionError.
    """
    for line in decisions.lines:
        if line.decision != SAME_AS:
            continue
        ends = {line.respondent, line.value}
        if ends & erased and ends & stands:
            decisions.fail(
                line,
                "one of the two is told to be the same person as a respondent who is erased, and the other still "
                "stands; erase that one too, or take the line out.",
            )
        if line.respondent in stands and line.value not in stands:
            decisions.fail(
                line,
                f"'{line.respondent}' is called the same as '{line.value}', whose row does not count; "
                f"say '{LEAVE_OUT}' if neither is to count, or take the line out.",
            )
