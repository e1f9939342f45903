"""Errors that an analyst reads: what is wrong, where, and what to do next. One exit code a kind."""

from collections.abc import Iterable


class ConsultationError(Exception):
    """Something an analyst can put right. The message is one sentence or two, with no respondent's words in it."""

    exit_code = 1


class CommandError(ConsultationError):
    """The command line asks for something that is not there."""

    exit_code = 2


class DefinitionError(ConsultationError):
    """The definition, or a codebook that it names, cannot be used as written."""

    exit_code = 11


class ExportError(ConsultationError):
    """The export is not this consultation's, or cannot be read."""

    exit_code = 12


class ModelError(ConsultationError):
    """A model, a labels file or a file of codes is missing or does not fit the codebook."""

    exit_code = 13


class OutputError(ConsultationError):
    """An output could not be written; what was there before is untouched."""

    exit_code = 15


PUBLISHED_FIGURES_DIFFER = 14


def nearest(word: str, candidates: Iterable[str], most: int = 3) -> list[str]:
    """Return up to `most` candidates that read most like `word`, best first."""
    from rapidfuzz import fuzz, process, utils

    def alike(one, other, score_cutoff=0):
        # Spelling first; words in another order or left out count too, a little less.
        return max(fuzz.ratio(one, other), 0.9 * fuzz.token_set_ratio(one, other))

    known = list(dict.fromkeys(candidates))
    found = process.extract(word, known, scorer=alike, processor=utils.default_process, limit=most)
    best = found[0][1] if found else 0
    return [text for text, score, _ in found if score >= max(50, best - 12)]


def reads_like(word: str, candidates: Iterable[str]) -> bool:
    """Say whether a word is a candidate but for a slip of the pen, so that quoting it gives nothing else away."""
    from rapidfuzz import fuzz, utils

    return any(fuzz.ratio(word, text, processor=utils.default_process) >= 80 for text in candidates)


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """Return ' Did you mean: …?' naming the nearest candidates, or all of a few where none is near."""
    candidates = list(dict.fromkeys(candidates))
    close = nearest(word, candidates)
    if close:
        return " Did you mean: " + " or ".join(f"'{text}'" for text in close) + "?"
    if not candidates:
        return ""
    shown = ", ".join(f"'{text}'" for text in candidates[:5])
    return f" Known are: {shown}" + (" and others." if len(candidates) > 5 else ".")
