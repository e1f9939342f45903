"""Empty files for the next analyst, each with an example to replace: codebook, labels, codes and decisions."""

CODEBOOK = """\
# A codebook: the themes that answers to one open question are coded into, in the order of the report.
# Keys are lower-case letters, digits and underscores. docs/codebooks.md explains every line.

# Rules that hold for the whole codebook.
boundaries = [
    "A theme counts once an answer, however often it comes up.",
    "Thanks, 'no comment' and remarks on the survey carry no theme.",
]

[[themes]]
key = "first_theme"
label = "first theme, as the report will print it"
description = "What belongs here, in a sentence or two."
# kind = "Concerns"              # themes of one kind stand together in the report
boundaries = ["What is near and does not belong here, and where it goes instead."]
keywords = ["word", "begin*"]    # a hint to the classifier and a baseline to compare it with; '*' is any ending
subthemes = [
    { key = "finer_point", label = "A finer point, as a question?" },
]

[[themes]]
key = "second_theme"
label = "second theme"
description = "What belongs here."
"""

LABELS = """\
id,writer,text,themes,coder,spans
1,the writer,"The whole answer, word for word.",first_theme;second_theme,the coder,first_theme: whole | second_theme: word
2,the writer,No comment.,,the coder,
"""

CODES = """\
respondent,themes,coder
the response's id,first_theme;second_theme,settled
the id of an answer with no theme,,settled
"""

DECISIONS = """\
respondent,decision,value,reason
the id of a response that is not to count,leave out,,why; the ledger shows it
the id of a suspected repeat that is none,keep,,two colleagues share an address
the id of a response sent again,same as,the id of the response that counts,
the id of someone who typed their own answer,group,grouping=group,
the id of someone who withdrew,erase,,
"""

TEMPLATES = {
    "codebook": ("codebook.toml", CODEBOOK),
    "labels": ("labels.csv", LABELS),
    "codes": ("codes.csv", CODES),
    "decisions": ("decisions.csv", DECISIONS),
}
