"""The tables that cross a boundary between stages: their columns, in order, and the check of them.

A column's name is written here and nowhere invented. `respondent` is a response's id, never a person's name.
"""

from functools import cache

import pandas as pd

# Table -> column -> kind. "text?" may be missing: asked and not answered, or a share of nothing; a count that is missing is
# suppressed, or has no base.
TABLES = {
    "answers": {"respondent": "text", "channel": "text", "question": "text", "answer": "text?"},
    "ranks": {"respondent": "text", "channel": "text", "question": "text", "option": "text", "rank": "count"},
    "numbers": {"respondent": "text", "channel": "text", "question": "text", "number": "number"},
    "comments": {"respondent": "text", "channel": "text", "question": "text", "text": "text?"},
    "groups": {"respondent": "text", "grouping": "text", "group": "text"},
    "others": {"respondent": "text", "grouping": "text", "text": "text"},
    "organisations": {"respondent": "text", "name": "text", "agreed": "flag"},
    "consents": {"respondent": "text", "agreed": "flag"},
    "quotes": {
        "question": "text",
        "theme": "text",
        "respondent": "text",
        "group": "text",
        "start": "count",
        "end": "count",
        "passage": "text",
        "score": "number",
        "approved": "text",
    },
    "ledger": {
        "channel": "text",
        "file": "text",
        "row": "count",
        "respondent": "text",
        "fate": "text",
        "detail": "text",
    },
    "columns": {"channel": "text", "file": "text", "column": "count", "heading": "text", "use": "text"},
    "sources": {
        "channel": "text",
        "file": "text",
        "platform": "text",
        "encoding": "text",
        "header_rows": "count",
        "sha256": "text",
    },
    "personal": {"respondent": "text", "question": "text", "start": "count", "end": "count", "kind": "text"},
    "respondents": {"grouping": "text", "group": "text", "count": "count"},
    "bases": {
        "question": "text",
        "grouping": "text",
        "group": "text",
        "not_asked": "count",
        "asked": "count",
        "answered": "count",
        "not_answered": "count",
        "outside_base": "count",
        "base": "count",
    },
    "tally": {
        "question": "text",
        "grouping": "text",
        "group": "text",
        "answer": "text",
        "count": "count?",
        "base": "count",
        "percent": "number?",
    },
    "agreement": {
        "question": "text",
        "grouping": "text",
        "group": "text",
        "net": "text",
        "count": "count?",
        "base": "count",
        "percent": "number?",
    },
    "ranking": {
        "question": "text",
        "grouping": "text",
        "group": "text",
        "option": "text",
        "first": "count",
        "ranked": "count",
        "base": "count",
        "mean_rank": "number?",
    },
    "number_summary": {
        "question": "text",
        "grouping": "text",
        "group": "text",
        "base": "count",
        "mean": "number?",
        "lower_quartile": "number?",
        "median": "number?",
        "upper_quartile": "number?",
    },
    "differences": {
        "question": "text",
        "grouping": "text",
        "group": "text",
        "answer": "text",
        "statistic": "text",
        "observed": "number?",
        "as_large": "count?",
        "shuffles": "count",
        "as_large_allowing": "count?",
        "as_large_allowing_all": "count?",
        "wording": "text",
    },
    "coded": {
        "respondent": "text",
        "question": "text",
        "theme": "text",
        "score": "number",
        "raised": "flag",
        "coder": "text",
        "not_sure": "flag",
        "subtheme": "text?",
        "sentence": "text?",
        "words": "text?",
    },
    "theme_counts": {
        "question": "text",
        "grouping": "text",
        "group": "text",
        "theme": "text",
        "coding": "text",
        "count": "count?",
        "base": "count",
        "percent": "number?",
    },
    "figures": {
        "id": "text",
        "about": "text",
        "grouping": "text",
        "group": "text",
        "wording": "text",
        "numerator": "count",
        "base": "count?",
        "percent": "number?",
        "value": "number?",
        "rule": "text",
    },
    "disclosure": {
        "question": "text",
        "table": "text",
        "grouping": "text",
        "group": "text",
        "answer": "text",
        "why": "text",
        "count": "count",
        "base": "count",
        "lower": "count",
        "upper": "count",
        "remedy": "text",
    },
    "figure_rows": {"figure": "text", "respondent": "text"},
    "campaigns": {"campaign": "text", "question": "text", "respondent": "text", "likeness": "number"},
    "additions": {"respondent": "text", "question": "text", "start": "count", "end": "count"},
    "campaign_sizes": {"campaign": "text", "respondents": "count", "counted": "count", "with_own_words": "count"},
    "campaign_variants": {
        "question": "text",
        "net": "text",
        "way": "text",
        "count": "count",
        "base": "count",
        "percent": "number?",
    },
    "prose_numbers": {"file": "text", "line": "count", "number": "text", "kind": "text", "figures": "text"},
    "changes": {"figure": "text", "wording": "text", "measure": "text", "before": "number?", "after": "number?"},
    "checks": {
        "figure": "text",
        "claim": "text",
        "where": "text",
        "measure": "text",
        "published": "number",
        "ours": "number?",
        "agrees": "flag",
    },
}


def columns(table: str) -> list[str]:
    """Return the column names of a table, in order."""
    return list(TABLES[table])


@cache
def _schema(table: str):
    import pandera.pandas as pa

    kinds = {
        "text": {"checks": pa.Check(lambda s: s.map(lambda v: isinstance(v, str)), error="is not text")},
        "text?": {
            "checks": pa.Check(lambda s: s.dropna().map(lambda v: isinstance(v, str)), error="is not text"),
            "nullable": True,
        },
        "count": {"checks": [pa.Check(lambda s: pd.api.types.is_integer_dtype(s)), pa.Check.ge(0)]},
        "count?": {"checks": pa.Check.ge(0), "nullable": True},
        "number": {"checks": pa.Check(lambda s: pd.api.types.is_numeric_dtype(s))},
        "number?": {"checks": pa.Check(lambda s: pd.api.types.is_numeric_dtype(s)), "nullable": True},
        "flag": {"checks": pa.Check(lambda s: pd.api.types.is_bool_dtype(s))},
    }
    return pa.DataFrameSchema(
        {name: pa.Column(None, **kinds[kind]) for name, kind in TABLES[table].items()}, strict=True, ordered=True
    )


def check(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` if it has exactly the columns and kinds of `table`; raise pandera's SchemaError if not."""
    return _schema(table).validate(frame)


_DTYPES = {
    "text": "str",
    "text?": "str",
    "count": "int64",
    "count?": "Int64",
    "number": "float64",
    "number?": "Float64",
    "flag": "bool",
}


def build(table: str, rows: list | pd.DataFrame) -> pd.DataFrame:
    """Return rows (tuples in the order of the columns, or a frame that has them) as a checked table with its kinds."""
    frame = pd.DataFrame(rows, columns=columns(table)).reset_index(drop=True)
    for name, kind in TABLES[table].items():
        # Whole percentages stay whole: a nullable whole number is a number too.
        if not (kind == "number?" and pd.api.types.is_integer_dtype(frame[name]) and len(frame)):
            whole = kind == "count?" and frame[name].notna().all()
            frame[name] = frame[name].astype("int64" if whole else _DTYPES[kind])
    return check(table, frame)
