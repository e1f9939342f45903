"""Passages that show a theme: proposed by rule for a person to read, and published only where a person approved them.

A passage is word for word what somebody wrote, with its place in the answer; what is personal in it is masked by rules,
which miss names. That is why none leaves without approval.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline import schemas
from pipeline.definition import Question
from pipeline.errors import DefinitionError
from pipeline.ingest.files import read_records
from pipeline.ingest.personal import mask_passage
from pipeline.ingest.responses import BY_CHANNEL
from pipeline.outcome.outcomes import Outcome
from pipeline.themes.coding import MACHINE, PERSON
from pipeline.themes.text import analyse, function_words
from pipeline.writing import as_written

# A shorter passage says little, and a longer one is an answer and no quote.
FEWEST_WORDS, MOST_WORDS = 6, 60
# How much likeness to a passage already chosen takes from a passage's score.
UNLIKE = 0.7
YES = frozenset(["yes", "y", "true", "1", "approved"])
NO = frozenset(["", "no", "n", "false", "0"])


@dataclass(frozen=True)
class Quote:
    """A passage that a person approved: the question and theme that it shows, and the group of who wrote it, '' for none."""

    question: str
    theme: str
    passage: str
    group: str


def propose_quotes(outcome: Outcome) -> pd.DataFrame:
    """Return the table `quotes`: for each theme the passages that show it best, `approved` left blank for a person.

    Of answers that raise a theme (by the settled codes, where there are some) the sentence that carried it most is a
    candidate, if its respondent agreed to be quoted. The best is taken, then the best of those least like it (Carbonell and
    Goldstein's maximal marginal relevance, with the share of words in common as likeness), from groups not quoted yet
    before others.
    """
    consultation = outcome.consultation
    raised, may, groups = _raised(outcome), _may_be_quoted(outcome), _group_shown(outcome)
    lines = []
    for question in consultation.open:
        if question.codebook is None:
            continue
        candidates = _candidates(outcome, question, raised, may, groups)
        for theme in question.codebook.keys:
            mine = [one for one in candidates if one["theme"] == theme]
            for one in _chosen(mine, consultation.quoting.per_theme):
                place = (one["respondent"], one["group"], one["start"], one["end"], one["passage"])
                lines.append((question.id, theme, *place, one["score"], ""))
    return schemas.build("quotes", lines)


def _candidates(
    outcome: Outcome, question: Question, raised: set[tuple[str, str, str]], may: set[str], groups: dict[str, str]
) -> list[dict]:
    """Return the passages of a question's answers that may be proposed, the best first.

    `raised` is as `_raised` has it, `may` are those who may be quoted, and `groups` the group that is named beside each.
    """
    coded = outcome.coded[(outcome.coded["question"] == question.id) & (outcome.coded["coder"] == MACHINE)]
    texts = _texts(outcome, question)
    found = []
    for row in coded[coded["sentence"].notna()].itertuples():
        counts = (row.respondent, question.id, row.theme) in raised
        if not counts or row.respondent not in may or row.respondent not in texts:
            continue
        sentence = row.sentence.strip()
        start = texts[row.respondent].find(sentence)
        if start >= 0 and FEWEST_WORDS <= len(sentence.split()) <= MOST_WORDS:
            end = start + len(sentence)
            found.append(
                {
                    "theme": row.theme,
                    "respondent": row.respondent,
                    "group": groups.get(row.respondent, ""),
                    "start": start,
                    "end": end,
                    "passage": mask_passage(texts[row.respondent], start, end),
                    "score": float(row.score),
                }
            )
    for one, sentences in zip(found, analyse([one["passage"] for one in found]), strict=True):
        words = {word for sentence in sentences for word in sentence.words.split()}
        one["words"] = words - function_words() or words
    return sorted(found, key=lambda one: (-one["score"], one["respondent"]))


def _chosen(candidates: list[dict], most: int) -> list[dict]:
    chosen: list[dict] = []
    rest = list(candidates)
    while rest and len(chosen) < most:
        quoted = {one["group"] for one in chosen}
        fresh = [one for one in rest if one["group"] not in quoted] or rest

        def worth(one):
            return one["score"] - UNLIKE * max([_likeness(one["words"], other["words"]) for other in chosen], default=0)

        best = max(fresh, key=worth)  # the first of equals, which are in order
        chosen.append(best)
        rest.remove(best)
    return chosen


def _likeness(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0


def _texts(outcome: Outcome, question: Question) -> dict[str, str]:
    comments = outcome.responses.comments
    mine = comments[(comments["question"] == question.id) & comments["text"].notna()]
    return dict(zip(mine["respondent"], mine["text"], strict=True))


def _may_be_quoted(outcome: Outcome) -> set[str]:
    """Return who may be quoted: who agreed, where the survey asked, of the channels whose answers may be published."""
    consultation, groups = outcome.consultation, outcome.responses.groups
    channels = groups["group"].isin(consultation.open_channels)
    found = set(groups.loc[(groups["grouping"] == BY_CHANNEL) & channels, "respondent"])
    if consultation.quoting.consent:
        consents = outcome.responses.consents
        found &= set(consents.loc[consents["agreed"], "respondent"])
    return found


def _group_shown(outcome: Outcome) -> dict[str, str]:
    """Return respondent -> the group that may stand beside a quote: of the first grouping, where it is large enough."""
    consultation, groups = outcome.consultation, outcome.responses.groups
    if not consultation.groupings:
        return {}
    mine = groups[groups["grouping"] == consultation.groupings[0].key]
    sizes = mine["group"].map(mine["group"].value_counts())
    large = mine[(sizes >= consultation.quoting.smallest_group) & ~mine["respondent"].duplicated(keep=False)]
    return dict(zip(large["respondent"], large["group"], strict=True))


def approved_quotes(outcome: Outcome) -> tuple[tuple[Quote, ...], tuple[str, ...]]:
    """Return the quotes that a person approved and that still hold, and a sentence on each line that does not.

    The file (`quotes.csv` of the definition) is the table `quotes` with 'yes' under `approved`. A quote is published
    where its respondent counts and agreed, the answer still raises the theme, and the words at its place are, masked,
    the words that were approved. Raises DefinitionError for a file that is not this table.
    """
    path = outcome.consultation.quoting.file
    if path is None or not path.is_file():
        return (), ()
    quotes, problems = [], []
    questions = {question.id: question for question in outcome.consultation.open if question.codebook}
    may, groups = _may_be_quoted(outcome), _group_shown(outcome)
    raised = _raised(outcome)
    texts = {id: _texts(outcome, question) for id, question in questions.items()}
    for number, record in enumerate(read_records(path, "file of quotes"), start=2):
        line = {key: as_written(str(value or "")).strip() for key, value in record.items()}
        where = f"{path.name}, line {number}"
        _check_line(line, where, path)
        if line["approved"].casefold() in NO:
            continue
        text = texts.get(line["question"], {}).get(line["respondent"], "")
        start, end = int(line["start"]), int(line["end"])
        if line["respondent"] not in may:
            problems.append(f"{where}: its respondent does not count, or has not agreed to be quoted.")
        elif (line["respondent"], line["question"], line["theme"]) not in raised:
            problems.append(
                f"{where}: the answer does not raise '{line['theme']}' in the question '{line['question']}'."
            )
        elif not line["passage"] or mask_passage(text, start, end).strip() != line["passage"]:
            problems.append(f"{where}: the passage is not what stands, masked, at its place in the answer.")
        else:
            group = groups.get(line["respondent"], "")
            quotes.append(Quote(line["question"], line["theme"], line["passage"], group))
    return tuple(dict.fromkeys(quotes)), tuple(problems)


def _check_line(line: dict[str, str], where: str, path: Path) -> None:
    lacking = [name for name in schemas.columns("quotes") if name not in line and name not in ("group", "score")]
    if lacking:
        raise DefinitionError(f"{where} has no '{lacking[0]}'; take the file from working/quotes.csv.")
    if line["approved"].casefold() not in YES | NO:
        raise DefinitionError(f"{where} has something other than yes or no under 'approved'; correct {path}.")
    if not (line["start"].isdecimal() and line["end"].isdecimal()):
        raise DefinitionError(
            f"{where} has no whole numbers under 'start' and 'end'; take the file from working/quotes.csv."
        )


def _raised(outcome: Outcome) -> set[tuple[str, str, str]]:
    """Return (respondent, question, theme) of what is raised: by the settled codes of an answer where it has some."""
    coded = outcome.coded
    hand = coded["coder"] == PERSON
    settled = set(zip(coded.loc[hand, "respondent"], coded.loc[hand, "question"], strict=True))
    in_hand = pd.Series(
        [place in settled for place in zip(coded["respondent"], coded["question"], strict=True)], index=coded.index
    )
    counts = coded[coded["raised"] & (hand | ~in_hand)]
    return set(zip(counts["respondent"], counts["question"], counts["theme"], strict=True))
