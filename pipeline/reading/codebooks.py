"""A codebook (TOML) -> Codebook."""

import re
from pathlib import Path

from pipeline.definition import (
    Codebook,
    Subtheme,
    Theme,
)
from pipeline.reading.table import Table, load, no_twice


def read_codebook(path: str | Path) -> Codebook:
    """Read a codebook (TOML). Raises DefinitionError where it is missing, malformed or names a theme twice."""
    path = Path(path)
    top = Table(load(path), "the codebook", path)
    themes = []
    for table in top.tables("themes"):
        subthemes = []
        for sub in table.tables("subthemes"):
            subthemes.append(Subtheme(sub.take("key", str), sub.take("label", str)))
            sub.done()
        themes.append(
            Theme(
                key=table.take("key", str),
                label=table.take("label", str),
                description=table.take("description", str),
                kind=table.take("kind", str, ""),
                boundaries=table.texts("boundaries", []),
                keywords=table.texts("keywords", []),
                subthemes=tuple(subthemes),
            )
        )
        table.done()
    boundaries = top.texts("boundaries", [])
    top.done()
    if not themes:
        top.fail("has no [[themes]]")
    for theme in themes:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", theme.key):
            top.fail(f"has the key '{theme.key}'; keys are lower-case letters, digits and underscores")
        if theme.key == "id" or theme.key.endswith("_score"):
            top.fail(f"has the key '{theme.key}', which coded files use for another column")
    no_twice([theme.key for theme in themes], "theme", top)
    no_twice([theme.label for theme in themes], "theme", top)
    no_twice([sub.key for theme in themes for sub in theme.subthemes], "sub-theme", top)
    return Codebook(path, tuple(themes), boundaries)
