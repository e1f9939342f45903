"""The transparency pack: what the classifier is and how well it does, who responded, the ledger, what it was made with.

The first part has the form of the UK's Algorithmic Transparency Recording Standard: an overview (tier 1) and detail (tier 2).
What only the department knows stands as 'To be completed by the department' until a prose file says it.
"""

from dataclasses import dataclass, field

import pandas as pd

from pipeline.definition import Question
from pipeline.errors import DefinitionError, did_you_mean
from pipeline.ingest.responses import EVERYONE
from pipeline.outcome.amounts import Vocabulary
from pipeline.outcome.manifest import RECORD_PROSE
from pipeline.outcome.outcomes import Outcome, rows_of
from pipeline.outcome.prose import fill, read_prose
from pipeline.outcome.report import Block
from pipeline.outcome.tables import (
    CONFIDENTIAL,
    NOT_APPLICABLE,
    Table,
    codings_of,
    crossed_because,
    has_groups,
    ledger_table,
    named,
    protection_notes,
    respondents_table,
    shown,
    source_line,
)
from pipeline.outcome.wording import counted, inside, listed, sentence
from pipeline.percent import percent
from pipeline.themes.classifier import ACCURATE
from pipeline.themes.prevalence import BY_HAND
from pipeline.themes.scores import LENGTHS

TITLE = "Transparency: "
TO_COMPLETE = "To be completed by the department."
# What only the department knows: a file of its prose folder each.
PROSE = tuple(
    RECORD_PROSE.replace("*", name)
    for name in (
        "contact", "team", "third-parties", "benefits", "before", "process", "review", "data", "maintenance", "impact", "risks",
    )
)  # fmt: skip
CONTACT, TEAM, THIRD_PARTIES, BENEFITS, BEFORE, PROCESS, REVIEW, DATA, MAINTENANCE, IMPACT, RISKS = PROSE
CHOSE = "Respondents chose to take part: differences between groups describe these respondents and nobody else."


@dataclass
class _Pack:
    """The pack as it is being put together. `coded` are the questions that a classifier coded."""

    outcome: Outcome
    coded: tuple[Question, ...]
    blocks: list[Block] = field(default_factory=list)

    def heading(self, text, level=2):
        self.blocks.append(Block("heading", text, level))

    def say(self, *texts):
        self.blocks += [Block("text", text) for text in texts]

    def items(self, items):
        self.blocks.append(Block("list", items=tuple(items)))

    def table(self, key, title, notes, columns, rows, source=""):
        frame = pd.DataFrame(rows, columns=columns)
        self.put(Table(f"pack_{key}", title, tuple(notes), frame, source or source_line(self.outcome)))

    def put(self, table):
        self.blocks.append(Block("table", table=table))

    def known(self, title, *texts):
        """Put in a field that the definition and the cards fill."""
        if self.coded:
            self.heading(title, 3)
            self.say(*texts)

    def asked(self, title, file, *texts):
        """Put in a field that the department fills, after what is known of it."""
        consultation = self.outcome.consultation
        path = consultation.prose / file
        prose = read_prose(path).strip()
        if not (self.coded or prose):
            return
        self.heading(title, 3)
        self.say(*(texts if self.coded else ()))
        if prose:
            self.blocks.append(
                Block("prose", fill(prose, path, self.outcome.figures, Vocabulary(consultation.wording)))
            )
        else:
            self.say(TO_COMPLETE)


def compose_pack(outcome: Outcome, tables: list[Table], manifest: dict) -> list[Block]:
    """Return the pack's blocks in order. `outcome` is what may be published, `tables` are those that are, and `manifest` is
    `make_manifest`'s.

    Raises DefinitionError where a prose file has the name of none of its fields, or names a figure that is none.
    """
    _check_prose(outcome)
    consultation = outcome.consultation
    pack = _Pack(outcome, tuple(question for question in consultation.open if question.id in outcome.cards))
    if consultation.invented:
        note = f"This outcome is made from {consultation.data_note}. No real person wrote them."
        pack.blocks.append(Block("inset", note))
    _overview(pack)
    _owner(pack)
    _rationale(pack)
    _process(pack)
    _specification(pack)
    _risks(pack)
    pack.heading("Who responded, and how groups answered")
    _groups(pack, {table.key for table in tables})
    pack.heading("The ledger in numbers")
    pack.put(ledger_table(outcome))
    _made_with(pack, manifest)
    return pack.blocks


def _check_prose(outcome: Outcome) -> None:
    for path in sorted(outcome.consultation.prose.glob(RECORD_PROSE)):
        if path.name not in PROSE:
            raise DefinitionError(f"{path} is no part of the transparency record.{did_you_mean(path.name, PROSE)}")


# --- The record ------------------------------------------------------------------------------------------------------


def _overview(pack: _Pack) -> None:
    consultation = pack.outcome.consultation
    pack.heading("Algorithmic transparency record, tier 1: overview")
    if not pack.coded:
        pack.say("No classifier coded any answer of this outcome, so there is no algorithmic tool to record.")
    pack.known("Name", f"Coding into themes of the open answers to “{consultation.title}”")
    several = counted(len(pack.coded), "open question")
    pack.known(
        "Description",
        f"A text classifier read what respondents wrote in answer to {several} and suggested which themes of a codebook each "
        "answer raises, so that the themes could be counted and a person could find the answers to each.",
    )
    pack.known("Organisation", consultation.department or TO_COMPLETE)
    pack.asked("Website and contact", CONTACT)


def _owner(pack: _Pack) -> None:
    if pack.coded:
        pack.heading("Tier 2: owner and responsibility")
    pack.asked("Team and senior responsible owner", TEAM)
    bases = listed(list(dict.fromkeys(pack.outcome.cards[q.id]["encoder"]["base"] for q in pack.coded)))
    pack.asked("Third parties", THIRD_PARTIES, f"The sentence encoder was made from: {bases}.")


def _rationale(pack: _Pack) -> None:
    if pack.coded:
        pack.heading("Tier 2: description and rationale")
    pack.known(
        "How the tool works",
        "Each answer and each of its sentences is turned into numbers: the words and runs of letters in it, the keywords of "
        "the codebook in it, and what a sentence encoder makes of its meaning; the fast tier reads words alone. Where labelled "
        "answers were learned from, a regularised logistic regression for each theme gives the probability that the answer "
        "raises it; where there were none, nearness to the theme's description does. From a threshold on the theme counts as "
        "raised, and with it comes the sentence that carried it. The tool writes no text.",
        "It was used for:",
    )
    if pack.coded:
        pack.items(f"{question.label}: {_themes(question)}" for question in pack.coded)
    pack.asked("Benefits", BENEFITS)
    pack.asked("Previous process and alternatives considered", BEFORE)


def _themes(question: Question) -> str:
    return f"{counted(len(question.codebook.themes), 'theme')} of a codebook"


def _process(pack: _Pack) -> None:
    if pack.coded:
        pack.heading("Tier 2: decision-making process and human oversight")
    pack.asked(
        "Place in the process",
        PROCESS,
        "What comes out of the tool are counts of answers that raise a theme, as far as it finds them. It codes answers to "
        "open questions alone: answers to closed questions are counted by rule.",
    )
    if pack.coded:
        pack.heading("Human review", 3)
        pack.items(f"{question.label}: {_review(pack.outcome, question)}" for question in pack.coded)
        pack.say("The answers that the classifier is least sure of are marked in the working files, to be read first.")
    pack.asked("Training of staff, appeals and review", REVIEW)


def _review(outcome: Outcome, question: Question) -> str:
    if BY_HAND not in codings_of(outcome, question):
        return "the classifier's codes alone are counted, and are called machine-coded, not yet checked"
    how = f" ({question.codes_note})" if question.codes_note else ""
    return f"the report leads with codes that were settled by hand{how} and shows the classifier's counts beside them"


def _specification(pack: _Pack) -> None:
    outcome, coded = pack.outcome, pack.coded
    if coded:
        pack.heading("Tier 2: tool specification")
    pack.known(
        "System",
        "The classifiers are files of numbers and are run by the program that makes the whole outcome, without a network. "
        "What they have learned does not change while they code. Where enough answers to a question were settled by hand, the "
        "probabilities of the others are calibrated on them.",
    )
    if coded:
        pack.heading("Models and training data", 3)
        pack.items(
            f"{q.label}: {inside(outcome.cards[q.id]['what'])}. Encoder: {inside(outcome.cards[q.id]['encoder']['what'])}."
            for q in coded
        )
        _scores(pack)
    pack.asked(
        "Data",
        DATA,
        "The tool reads the text of an answer and which question it answers; not who wrote it, nor any characteristic of "
        "theirs. Comments are not published. What they hold of personal data is searched for by rules, which miss names.",
    )
    pack.asked("Maintenance", MAINTENANCE)


def _scores(pack: _Pack) -> None:
    """Put in the tables of scores that the models' cards hold."""
    cards = pack.outcome.cards
    lines = [(q.label, cards[q.id]) for q in pack.coded]
    source = "Source: the cards of the models, from cross-validation on the labels kept with the definition"
    source += "; the labelled answers are invented too." if pack.outcome.consultation.invented else "."
    f1 = "F1 is 1 where the classifier gives exactly the coders' themes and 0 where it gives none of them."
    columns = [
        "Question",
        "Tier used",
        "Labelled answers",
        "Writers",
        "Micro-F1",
        "Macro-F1",
        "Micro-F1 of a keyword list",
    ]
    tiers = [
        (label, card, card.get("coded_by", "not recorded"), card.get(card.get("coded_by"), card))
        for label, card in lines
    ]
    pack.table(
        "scores",
        "The classifiers and how well they do",
        [f1, "Calibration error: how far a probability is from the share that turned out true, on average, from 0 to 1.",
         "Micro-F1, macro-F1 and calibration error are of the tier that was used."],
        [*columns, "Calibration error", "How it was tried"],
        [
            (label, used, card["labels"], card["writers"], _two(tier.get("micro_f1")), _two(tier.get("macro_f1")),
             _two(card["keywords_micro_f1"]), _score(tier.get("calibration_error"), 3), sentence(card["evaluated"]))
            for label, card, used, tier in tiers
        ],
        source,
    )  # fmt: skip
    accurate = "" if {used for *_, used, _ in tiers} <= {ACCURATE} else " Scores are of the accurate tier."
    themes = {(q.label, theme.key): theme.label for q in pack.coded for theme in q.codebook.themes}
    rows = [
        (label, themes.get((label, row["theme"]), row["theme"]), row["labelled"], row["found"],
         *(_two(row[score]) for score in ("precision", "recall", "f1", "keyword_f1")))
        for label, card in lines for row in card.get("by_theme", ())
    ]  # fmt: skip
    if not rows:
        return
    columns = ["Question", "Theme", "Labelled", "Found", "Precision", "Recall", "F1", "F1 of a keyword list"]
    note = "Of labelled answers: how many raise the theme by the coders and by the classifier."
    pack.table("by_theme", "Scores by theme", [note + accurate], columns, rows, source)
    groups = {group.key: group.label for grouping in pack.outcome.consultation.groupings for group in grouping.groups}
    _parts(pack, lines, "by_group", "Respondent group", {**groups, "not said": "Not said"}, accurate, source)
    _parts(pack, lines, "by_length", "Length of the answer", {}, accurate, source)
    rows = [
        (label, _two(row["to_a_person"]), _two(row["micro_f1"]))
        for label, card in lines
        for row in card.get("not_sure", ())
    ]
    note = "Micro-F1 of the other answers, if a person codes the share of the answers that the classifier is least sure of."
    columns = ["Question", "Share read by a person", "Micro-F1 of the others"]
    pack.table("doubt", "What a person's eye on the doubtful answers gives", [note + accurate], columns, rows, source)


def _parts(pack: _Pack, lines, key: str, heading: str, names: dict[str, str], accurate: str, source: str) -> None:
    rows = [
        (label, names.get(row["part"], row["part"]), row["answers"], _two(row["micro_f1"]))
        for label, card in lines
        for row in sorted(card.get(key, ()), key=lambda row: LENGTHS.get(row["part"], 0))
    ]
    if rows:
        note = f"Few answers make an uncertain score: look at how many there are.{accurate}"
        columns = ["Question", heading, "Labelled answers", "Micro-F1"]
        pack.table(key, f"Scores by {inside(heading)}", [note], columns, rows, source)


def _two(score) -> str:
    return _score(score, 2)


def _score(score, places: int) -> str:
    return NOT_APPLICABLE if score is None else f"{score:.{places}f}"


def _risks(pack: _Pack) -> None:
    if pack.coded:
        pack.heading("Tier 2: risks, mitigations and impact assessments")
    pack.asked("Impact assessments", IMPACT)
    if not pack.coded:
        pack.asked("Risks and mitigations", RISKS)
        return
    pack.heading("Risks and mitigations", 3)
    control = (
        "disclosure control is applied to what is published"
        if pack.outcome.consultation.disclosure.control
        else f"disclosure control is switched off, because {pack.outcome.consultation.disclosure.because}"
    )
    labels = "were invented for it" if pack.outcome.consultation.invented else "may differ from them"
    pack.items(
        [
            "The classifier misses themes and finds themes that are not there: its scores stand above, and its counts are "
            "called machine-coded, not yet checked.",
            "It may do worse for some groups, or for long or short answers: scores by group and length stand above where the "
            "labels tell them.",
            f"It may do worse on real answers than on the labelled ones, which {labels}: it can be scored on answers of the "
            "department's own.",
            f"A small group could be recognised by what it said: {control}.",
        ]
    )
    path = pack.outcome.consultation.prose / RISKS
    if path.is_file():
        pack.asked("Further risks", RISKS)


# --- Respondents by characteristic -----------------------------------------------------------------------------------


def _groups(pack: _Pack, tables: set[str]) -> None:
    outcome = pack.outcome
    if not outcome.by:
        pack.say("The survey's definition sorts respondents into no groups, so there is none to compare.")
        return
    pack.say(
        "No characteristic is inferred from what anybody wrote: groups come from the survey's own questions about "
        f"respondents. {CHOSE}"
    )
    for key in outcome.by:
        label = inside(outcome.consultation.grouping(key).label)
        pack.heading(sentence(label), 3)
        pack.put(respondents_table(outcome, key))
        if key not in outcome.crossed:
            pack.say(f"Answers by {label} are not published.")
            continue
        if outcome.consultation.grouping(key).publish_crossed_because:
            pack.say(crossed_because(outcome, key))
        _differences(pack, key)
        names = [
            (question.label, [name for name in _table_names(question, key) if name in tables])
            for question in outcome.consultation.questions
        ]
        if any(found for _, found in names):
            pack.say(f"All answers by {label} stand in these files of the folder tables:")
            pack.items(f"{asked}: {listed([f'{name}.csv' for name in found])}" for asked, found in names if found)


def _table_names(question: Question, grouping: str) -> tuple[str, ...]:
    return tuple(f"{question.id}{kind}_by_{grouping}" for kind in ("_nets", "", "_themes"))


def _differences(pack: _Pack, grouping: str) -> None:
    """Put in how far each group's share in the first net of each question lies from all respondents', of published cells."""
    outcome, rows, notes = pack.outcome, [], []
    label = outcome.consultation.grouping(grouping).label
    for question in outcome.consultation.closed:
        if not question.scale.nets or not has_groups(outcome.agreement, question, grouping):
            continue
        net = question.scale.nets[0]
        nets = rows_of(outcome.agreement, question, EVERYONE, grouping)
        nets = nets[nets["net"] == net.key]
        everyone = nets[nets["grouping"] == EVERYONE].iloc[0]
        groups = nets[nets["grouping"] == grouping]
        shares = shown(groups["count"], groups["percent"])
        notes += [f"{question.label}. {note}" for note in protection_notes(outcome, question, grouping)]
        for row, share in zip(groups.itertuples(), shares, strict=True):
            apart = points_apart(
                row.count, row.base, everyone["count"], everyone["base"], outcome.consultation.decimals
            )
            rows.append((named(row.group), question.label, net.label, row.base, share, apart))
    if rows:
        columns = [label, "Question", "Answer", "Base", "Percentage", "Percentage points from all respondents"]
        about = "Percentage points are worked out from counts and rounded half up; with + or − they are above or below."
        pack.table(
            f"differences_{grouping}",
            f"How far groups lie from all respondents, by {inside(label)}",
            [CHOSE, about, *notes],
            columns,
            rows,
        )


def points_apart(count, base, all_count, all_base, decimals: int = 0) -> str:
    """Return a group's share less everyone's, in percentage points: '+7', '−7', '0'.

    It is worked out from counts and rounded half up, away from 0; '[c]' where the group's count is suppressed, '[z]' where
    there is no base.

    >>> points_apart(3, 8, 1, 4), points_apart(1, 4, 3, 8), points_apart(1, 2, 2, 4)
    ('+13', '−13', '0')
    """
    if pd.isna(count) or pd.isna(all_count):
        return CONFIDENTIAL
    if not (base and all_base):
        return NOT_APPLICABLE
    apart = int(count) * int(all_base) - int(all_count) * int(base)
    points = percent(abs(apart), int(base) * int(all_base), decimals)
    sign = "" if points == 0 else "−" if apart < 0 else "+"
    return f"{sign}{points:g}"


# --- What it was made with -------------------------------------------------------------------------------------------


def _made_with(pack: _Pack, manifest: dict) -> None:
    pack.heading("Made with")
    pack.say(
        f"With the same files and versions, this command makes the same figures again: {manifest['command']}",
        "The same is in manifest.json, to be compared by a program. A file with the same SHA-256 is the same file; letters "
        "have one together, because a file's name may be that of who wrote it.",
    )
    versions = list(manifest["versions"].items())
    pack.table("versions", "Versions", (), ["Program", "Version"], versions)
    hashes = [
        (line["what"], _where(line), line["sha256"]) for line in (manifest["code"], *manifest["files"])
    ]  # fmt: skip
    hashes += [("what came out", name, made) for name, made in manifest["made"].items()]
    pack.table("hashes", "Files and their hashes", (), ["What", "File", "SHA-256"], hashes)


def _where(line: dict) -> str:
    if "files" not in line:
        return line["file"]
    together = f"{counted(line['files'], 'file')} together"
    return f"{line['file']}: {together}" if "file" in line else together
