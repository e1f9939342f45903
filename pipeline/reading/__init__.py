"""A `consultation.toml` and its codebooks -> Consultation, or one sentence on what is wrong with them and where."""

import re
import tomllib
from datetime import date
from pathlib import Path

from pipeline.definition import DEFINITION_FILE, Consultation, Grouping, shipped, slugify
from pipeline.errors import CommandError, did_you_mean
from pipeline.reading.channels import read_campaigns, read_channel, read_organisations, read_quoting, read_rules
from pipeline.reading.codebooks import read_codebook
from pipeline.reading.groupings import read_disclosure, read_grouping
from pipeline.reading.outline import read_inconsistency, read_published, read_section, with_the_rest
from pipeline.reading.questions import check_routes, read_question, read_scale
from pipeline.reading.table import Table, load, no_twice
from pipeline.reading.words import read_wording

__all__ = ["locate", "read_codebook", "read_consultation"]


def default_slug() -> str:
    """Return the slug of the consultation that commands take when none is named."""
    return tomllib.loads((shipped() / "default.toml").read_text(encoding="utf-8"))["consultation"]


def locate(definition: str | Path | None = None) -> Path:
    """Return the path of a `consultation.toml`, given a file, a folder, a shipped slug, or nothing for the default.

    Raises CommandError, naming the nearest slug, if there is no such definition.
    """
    name = default_slug() if definition is None else str(definition)
    path = Path(name)
    if path.is_file():
        if path.suffix.lower() != ".toml":
            raise CommandError(
                f"'{name}' is not a definition (.toml). Name the definition first and an export after it."
            )
        return path
    for folder in (path, shipped() / name):
        if (folder / DEFINITION_FILE).is_file():
            return folder / DEFINITION_FILE
    if path.is_dir():
        raise CommandError(f"The folder '{name}' has no {DEFINITION_FILE}.")
    slugs = sorted(p.parent.name for p in shipped().glob(f"*/{DEFINITION_FILE}"))
    raise CommandError(
        f"No definition '{name}': it is no file, no folder and no shipped consultation.{did_you_mean(name, slugs)}"
    )


def read_consultation(definition: str | Path | None = None) -> Consultation:
    """Read a definition: a `consultation.toml`, its folder, or the slug of a shipped one (None: the default).

    Raises CommandError if there is none, DefinitionError with the place if something in it is missing, mistyped,
    unknown or contradicts the rest.
    """
    path = locate(definition)
    top = Table(load(path), "the definition", path)
    scales = {
        key: read_scale(key, Table(content, f"[scales.{key}]", path))
        for key, content in top.take("scales", dict, {}).items()
    }
    asked = [question for table in top.tables("questions") for question in read_question(table, scales)]
    no_twice(
        [name for name in (*(q.id for q in asked), *dict.fromkeys(q.matrix for q in asked)) if name], "question", top
    )
    questions = {question.id: question for question in asked}
    groupings: list[Grouping] = []
    for table in top.tables("groupings"):
        groupings.append(read_grouping(table, groupings))
    no_twice([g.key for g in groupings], "grouping", top)
    check_routes(asked, groupings, top)
    channels = [read_channel(t, questions, [g.key for g in groupings]) for t in top.tables("channels")]
    no_twice([c.key for c in channels], "channel", top)
    no_twice([c.label for c in channels], "channel", top)
    rules = read_rules(Table(top.take("rules", dict, {}), "[rules]", path), channels)
    consultation = Consultation(
        slug=top.take("slug", str, slugify(path.resolve().parent.name).replace("_", "-")),
        folder=path.parent,
        title=top.take("title", str),
        department=top.take("department", str, ""),
        opens=top.take("opens", date, None),
        closes=top.take("closes", date, None),
        data_note=top.take("data_note", str, ""),
        invented=top.take("invented", bool, False),
        decimals=top.take("decimals", int, 0),
        channels=tuple(channels),
        groupings=tuple(groupings),
        questions=tuple(questions.values()),
        rules=rules,
        sections=with_the_rest([read_section(t, questions) for t in top.tables("sections")], questions),
        published=tuple(read_published(t) for t in top.tables("published")),
        inconsistencies=tuple(read_inconsistency(t) for t in top.tables("inconsistencies")),
        prose=path.parent / top.take("prose", str, "prose"),
        decisions=top.file("decisions"),
        organisations=read_organisations(Table(top.take("organisations", dict, {}), "[organisations]", path)),
        quoting=read_quoting(Table(top.take("quotes", dict, {}), "[quotes]", path)),
        wording=read_wording(Table(top.take("wording", dict, {}), "[wording]", path), scales),
        disclosure=read_disclosure(Table(top.take("disclosure", dict, {}), "[disclosure]", path)),
        campaigns_at_least=read_campaigns(Table(top.take("campaigns", dict, {}), "[campaigns]", path)),
    )
    top.done()
    if not questions:
        top.fail("has no [[questions]]")
    if not channels or not channels[0].counted or channels[0].letters_to:
        top.fail("needs a first [[channels]] that is a survey export with counted = true")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", consultation.slug):
        top.fail(f"has the slug '{consultation.slug}'; it should be lower-case letters, digits and hyphens")
    no_twice([n for s in consultation.sections for n in (*s.closed, *s.open)], "question of a section", top)
    if consultation.decimals not in (0, 1):
        top.fail("should have 'decimals' as 0 or 1")
    if consultation.opens and consultation.closes and consultation.opens > consultation.closes:
        top.fail("opens after it closes")
    if consultation.invented and not consultation.data_note:
        top.fail("has invented data; say so under 'data_note', which every chart and table repeats")
    return consultation
