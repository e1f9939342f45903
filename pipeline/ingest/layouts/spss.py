"""SPSS files, .sav and .zsav, known by their first bytes whatever they are called.

A variable's label is its heading (its name, where it has none) and value labels are its answers. A multiple-response set
is one question with a part an option; a tick is 'Yes', an option left without one 'No', and blank means that nobody
asked or answered. What the file declares as user-missing is no answer, and is counted in a note. Seen: files written
with pyreadstat, and sets put into them by hand after the published format; a file that a survey platform made was not
at hand.
"""

import re
from pathlib import Path

from pipeline.errors import ExportError
from pipeline.ingest.files import cell_text
from pipeline.ingest.layouts.export import (
    IDS,
    PERSONAL,
    SUBMITTED,
    Export,
    Heading,
    clean,
    fold,
    heading_text,
    one_row_heading,
)
from pipeline.ingest.layouts.plain import NO_ANSWER

MAGIC = (b"$FL2", b"$FL3")
TICKED, NOT_TICKED = "Yes", "No"

# Variables that platforms name without spaces, beside the headings in PERSONAL.
_PERSONAL_NAMES = {re.sub(r"\W", "", name) for name in PERSONAL} | {
    "recipientlastname",
    "recipientfirstname",
    "recipientemail",
    "locationlatitude",
    "locationlongitude",
}


def is_spss(path: str | Path) -> bool:
    """Say whether the file begins as SPSS's do."""
    path = Path(path)
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return file.read(4) in MAGIC
    except OSError:  # `read_sheets` says why
        return False


def read(path: str | Path, name: str) -> Export:
    """Return the file as an Export without header rows: row 1 is the first case.

    Raises ExportError if the file cannot be read to its end.
    """
    values, meta, notes = _read(path, name)
    sets = {variable: key for key in reversed(meta.mr_sets) for variable in meta.mr_sets[key]["variable_list"]}
    headings: list[Heading] = []
    columns: list[list[str]] = []
    names: list[set[str]] = []
    placed = set()
    for variable in meta.column_names:
        if variable in placed:
            continue
        members = [variable]
        if variable in sets:
            key = sets[variable]
            members = [member for member in meta.column_names if sets.get(member) == key]
            question = heading_text(meta.mr_sets[key]["label"] or "") or key
            read_set = _ticks if meta.mr_sets[key]["is_dichotomy"] else _choices
            for part, cells in read_set(values, meta, members, meta.mr_sets[key]["counted_value"]):
                headings.append(Heading(len(headings) + 1, question, part))
                columns.append(cells)
                names.append(set())
        else:
            label = _label(meta, variable)
            headings.append(one_row_heading(len(headings) + 1, label))
            columns.append(_answers(values, meta, variable))
            names.append({fold(variable), fold(label)})
        placed.update(members)
    personal = frozenset(n for n, known in enumerate(names, 1) if any(_is_personal(text) for text in known))
    return Export(
        name=name,
        platform="spss",
        encoding=None,
        header_rows=0,
        headings=tuple(headings),
        rows=tuple(enumerate(zip(*columns, strict=True), start=1)),
        id=_column(names, IDS),
        submitted=_column(names, SUBMITTED),
        metadata=personal,
        personal=personal,
        notes=notes,
    )


def _read(path, name):
    """Return each variable's values, what the file says of them, and notes: on values declared missing, on the encoding."""
    import pyreadstat

    how, notes = {"output_format": "dict"}, ()
    try:
        try:
            whole, meta = pyreadstat.read_sav(str(path), user_missing=True, **how)
        except (pyreadstat.ReadstatError, UnicodeDecodeError) as error:
            if "encoding" not in str(error) and not isinstance(error, UnicodeDecodeError):
                raise
            how["encoding"] = "WINDOWS-1252"
            notes = (f"{name} is not in the encoding that it names itself, and was read as Windows-1252.",)
            whole, meta = pyreadstat.read_sav(str(path), user_missing=True, **how)
        if not meta.missing_ranges:
            return whole, meta, notes
        values, _ = pyreadstat.read_sav(str(path), **how)
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError, OverflowError):
        raise ExportError(
            f"{name} begins as an SPSS file and cannot be read as one; save it again, or export it as CSV."
        ) from None
    declared = {
        variable: [
            was for was, now in zip(whole[variable], values[variable], strict=True) if now is None and was is not None
        ]
        for variable in meta.missing_ranges
    }
    total = sum(map(len, declared.values()))
    if not total:
        return values, meta, notes
    labels = dict.fromkeys(
        f"'{meta.variable_value_labels[variable][value]}'"
        for variable, missing in declared.items()
        for value in missing
        if value in meta.variable_value_labels.get(variable, {})
    )
    among = f", among them {', '.join(labels)}," if labels else ""
    return (
        values,
        meta,
        (*notes, f"{name}: {total} values that the file declares missing{among} were read as no answer."),
    )


def _label(meta, variable: str) -> str:
    return heading_text(meta.column_names_to_labels.get(variable) or "") or variable


def _answers(values, meta, variable: str) -> list[str]:
    """Return a variable's values as text, by their labels where they have them."""
    labels = meta.variable_value_labels.get(variable, {})
    return [clean(cell_text(labels.get(value, value)), NO_ANSWER) for value in values[variable]]


def _ticks(values, meta, members: list[str], counted):
    """Give the option and the cells of each variable of a set that has a variable an option."""
    for variable in members:
        texts = [cell_text(value).strip() for value in values[variable]]
        yield (
            _label(meta, variable),
            ["" if not text else TICKED if text == str(counted).strip() else NOT_TICKED for text in texts],
        )


def _choices(values, meta, members: list[str], _):
    """Give the option and the cells of a set whose variables each hold the code of one chosen option."""
    answers = [_answers(values, meta, variable) for variable in members]
    chosen = [{answer for answer in case if answer} for case in zip(*answers, strict=True)]
    labelled = [text.strip() for variable in members for text in meta.variable_value_labels.get(variable, {}).values()]
    unlabelled = sorted(set().union(*chosen) - set(labelled))
    for option in dict.fromkeys([*labelled, *unlabelled]):
        yield option, ["" if not case else TICKED if option in case else NOT_TICKED for case in chosen]


def _is_personal(text: str) -> bool:
    return text in PERSONAL or re.sub(r"\W", "", text) in _PERSONAL_NAMES


def _column(names: list[set[str]], known: tuple[str, ...]) -> int:
    """Return the number of the column that has the best of the known names; 0 if none has."""
    return next((n for name in known for n, texts in enumerate(names, 1) if name in texts), 0)
