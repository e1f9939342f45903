"""What the forms of the report share, so that they say the same: numbers as text, and the department's Markdown parsed."""

import pandas as pd


def is_number(value) -> bool:
    """Say whether a cell of a table holds a number, which stands to the right."""
    return not isinstance(value, (str, bool)) and pd.api.types.is_number(value)


def as_text(value) -> str:
    """Return a cell as a reader meets it: thousands with a comma, no needless decimals, 'None' for nothing."""
    if pd.isna(value):
        return "None"
    if is_number(value):
        return f"{value:,}" if float(value).is_integer() else f"{value:g}"
    return str(value)


def own_words():
    """Return the parser of the department's own words: Markdown with tables; no HTML, and no pictures to fetch."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
