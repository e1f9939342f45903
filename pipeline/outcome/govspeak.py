"""Text that Markdown and Govspeak, the Markdown of GOV.UK's publishing tool, leave as it is.

What a label, a claim or an organisation's name holds is shown and never obeyed. Escaped is what any of three readers would
take for markup: Markdown as CommonMark has it, kramdown, on which Govspeak is built, and Govspeak's own extensions, which
are searched for in the text before kramdown sees it, backslashes and all (alphagov/govspeak, lib/govspeak.rb at 06a08dc6).
"""

import re
from itertools import pairwise

from pipeline.outcome.forms import as_text, own_words

# A character becomes an entity where kramdown knows no backslash before it or Govspeak looks past one: {barchart},
# [Contact: 1], :england:, and ^ or % at the beginning of a line. Elsewhere a backslash reads better.
_MARKUP = re.compile(
    r"""(?P<entity> [{}<>~] | &(?=[\w\#:][\w.:\#-]*;) | \[(?=\w+:) | :(?=[a-z-]+:) | \A[\^%@] )
      | (?P<marked> [\\`*_\[\]\#|$] | \A[-+=:!] )
      | \A(?P<number> s?\d+ )(?=[.)](?:\s|\Z))""",
    re.VERBOSE,
)


def escaped(text: str) -> str:
    """Return text, on one line, in which no reader of Markdown or Govspeak finds markup."""

    def safe(match):
        if match["entity"]:
            return f"&#{ord(match['entity'])};"
        return f"\\{match['marked']}" if match["marked"] else f"{match['number']}\\"

    return _MARKUP.sub(safe, re.sub(r"[ \t\r\n\f\v]+", " ", text).strip(" "))


def cell(value) -> str:
    """Return a table's cell: a number with its commas, text escaped."""
    return escaped(value) if isinstance(value, str) else as_text(value)


def in_quotes(text: str) -> str:
    """Return text as it may stand between the quotation marks of a link's title."""
    return escaped(text).replace('"', "&quot;")


def below(text: str) -> str:
    """Return the department's Markdown with its headings below those of the report, whichever way they are written."""
    lines = text.split("\n")
    tokens = own_words().parse(text)
    # From the end, so that a heading that loses its underline moves none that is yet to come.
    for heading, content in reversed(list(pairwise(tokens))):
        if heading.type == "heading_open":
            start, end = heading.map
            marks = "#####" if heading.tag in ("h5", "h6") else "####"
            if heading.markup.startswith("#"):
                lines[start] = re.sub(r"#{1,6}(?=\s|$)", marks, lines[start], count=1)
            else:
                words = content.content.split("\n")
                before = lines[start][: lines[start].index(words[0])]
                lines[start:end] = [f"{before}{marks} {' '.join(words)}"]
    return "\n".join(lines)
