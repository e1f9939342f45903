"""What a draft holds of a question: its columns, and how the definition will put it."""

from dataclasses import dataclass, field

from pipeline.definition import Question
from pipeline.ingest.drafting.columns import Column


@dataclass(frozen=True)
class Asked:
    """A question that the definition can name, and the columns that hold it.

    Of a matrix, `rows` has a key and a label for each column. `met` are the answers of a question on a scale and how often
    each was met. `whole` says that nothing else was answered, so that no row would be refused. `why` is what it was told by.
    """

    columns: tuple[Column, ...]
    question: Question
    why: str
    met: dict[str, int] = field(default_factory=dict)
    whole: bool = True
    rows: tuple[tuple[str, str], ...] = ()

    @property
    def first(self) -> int:
        return self.columns[0].column

    @property
    def on_a_scale(self) -> bool:
        """Whether it is a closed question with one answer of several."""
        return bool(self.met)
