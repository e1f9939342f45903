"""From a survey export to a published consultation outcome.

>>> from pipeline import read_consultation, read_responses, summarise        # doctest: +SKIP
>>> consultation = read_consultation()                                       # doctest: +SKIP
>>> responses = read_responses(consultation)                                # doctest: +SKIP
"""

import importlib

# name -> the module that has it; opened on first use, so that `import pipeline` loads nothing heavy.
_NAMES = {
    "read_consultation": "pipeline.reading",
    "read_responses": "pipeline.ingest.responses",
    "tally_answers": "pipeline.tally.tallies",
    "read_labels": "pipeline.themes.labels",
    "train": "pipeline.themes.evaluation",
    "evaluate": "pipeline.themes.evaluation",
    "load_model": "pipeline.themes.models",
    "load_models": "pipeline.themes.models",
    "code_comments": "pipeline.themes.coding",
    "code_responses": "pipeline.themes.coding",
    "summarise": "pipeline.outcome.outcomes",
    "verify": "pipeline.outcome.published",
    "write_report": "pipeline.outcome.folders",
    "explain": "pipeline.outcome.explaining",
    "charts": "pipeline.outcome.charts",
}
__all__ = sorted(_NAMES)


def __getattr__(name: str):
    if name not in _NAMES:
        raise AttributeError(f"module 'pipeline' has no attribute '{name}'")
    module = importlib.import_module(_NAMES[name])
    return module if name == "charts" else getattr(module, name)


def __dir__():
    return __all__
