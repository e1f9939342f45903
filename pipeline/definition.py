"""What describes one consultation: the dataclasses that a `consultation.toml` and its codebooks become.

Everything here is frozen. A definition is checked once, on reading (`reading/`), and trusted afterwards.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path

from pipeline.errors import DefinitionError, did_you_mean

DEFINITION_FILE = "consultation.toml"


def shipped() -> Path:
    """Return the folder of the definitions that come with the product, in a clone or in an installed package."""
    here = Path(__file__).resolve().parent
    inside = here / "shipped"
    return inside if inside.is_dir() else here.parent / "data"


def slugify(label: str) -> str:
    """Return a label as lower-case words joined by underscores, fit for an id or a file name."""
    plain = (
        unicodedata.normalize("NFKD", label.lower().replace("'", "").replace("’", ""))
        .encode("ascii", "ignore")
        .decode()
    )
    slug = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    return slug if slug[:1].isalpha() else f"n_{slug}".rstrip("_")


@dataclass(frozen=True)
class Net:
    """Points of a scale that are reported together, such as 'strongly agree' and 'agree'; the first is the headline."""

    key: str
    label: str
    points: tuple[str, ...]


@dataclass(frozen=True)
class Scale:
    """The answers to a closed question, in published order.

    `also_written` maps how an export may spell an answer to its point; answers in `outside_base` were given but are
    not counted in the base ('Don't know').
    """

    key: str
    points: tuple[str, ...]
    nets: tuple[Net, ...] = ()
    outside_base: tuple[str, ...] = ()
    also_written: dict[str, str] = field(default_factory=dict)

    @property
    def keys(self) -> dict[str, str]:
        """Point -> its name in ids of figures: its words, and a number where two points share them ('A*' and 'A')."""
        keys: dict[str, str] = {}
        for point in self.points:
            key, number = slugify(point), 1
            while (f"{key}_{number}" if number > 1 else key) in keys.values():
                number += 1
            keys[point] = f"{key}_{number}" if number > 1 else key
        return keys


@dataclass(frozen=True)
class Theme:
    """One code of a codebook. `kind` groups codes in the report ('reason', 'concern'), '' where they stand together."""

    key: str
    label: str
    description: str
    kind: str = ""
    boundaries: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    subthemes: tuple["Subtheme", ...] = ()


@dataclass(frozen=True)
class Subtheme:
    """A finer point inside a theme, put as the question that it asks of a service."""

    key: str
    label: str


@dataclass(frozen=True)
class Codebook:
    """The themes that answers to an open question are coded into, in published order."""

    path: Path
    themes: tuple[Theme, ...]
    boundaries: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(theme.key for theme in self.themes)


@dataclass(frozen=True)
class Band:
    """Numbers that are counted together: those under `under` and in no band before it; None where nothing ends it."""

    label: str
    under: float | None = None


@dataclass(frozen=True)
class Number:
    """What a question asks for a number of: in which unit, from `least` to `most` (None: no bound), in which bands."""

    bands: tuple[Band, ...]
    unit: str = ""
    least: float | None = None
    most: float | None = None

    def band(self, number: float) -> str:
        """Return the label of the band that a number is in, or `OUT_OF_RANGE`."""
        if (self.least is not None and number < self.least) or (self.most is not None and number > self.most):
            return OUT_OF_RANGE
        return next(band.label for band in self.bands if band.under is None or number < band.under)


# What stands for an answer to a question about a number that cannot be counted in any band; outside every base.
NOT_A_NUMBER, OUT_OF_RANGE = "Not a number", "Out of range"
# And for a ranking that puts nothing first.
NO_FIRST = "Nothing in first place"


@dataclass(frozen=True)
class Route:
    """Whom a question was asked of: those who gave one of `answers` to an earlier question, or are in one of the groups.

    `of` is the question's id or the grouping's key, as `is_grouping` says.
    """

    of: str
    answers: tuple[str, ...]
    is_grouping: bool = False


@dataclass(frozen=True)
class Question:
    """A question of the survey. Closed questions have a scale; open ones may have a codebook, labels, model and codes.

    With `multiple` a respondent may choose several answers: the points of the scale are the options, without nets, and
    `other` is the option of those who typed their own answer, '' for none. With `ranked` the options were put in order,
    and a respondent's answer is the one put first. With `number` the answer is a number, and the points are its bands.
    A row of a matrix is a question by itself: `matrix` is the matrix's id, `row` the row's label and `row_also_written`
    how else exports write it.
    `asked_if` says of whom it was asked, None for everyone, and `not_asked` how an export may write that somebody was
    not. Percentages are of those who answered, or with `base` 'asked' of all who were asked.
    `labels` are the answers a classifier learns from, `model` the folder of the trained one and `encoder` that of an
    encoder adapted to the codebook, if there is one. `codes` are settled by people for the export's own answers,
    `codes_note` says how, and `raised_wording` what an answer with a theme did.
    """

    id: str
    heading: str
    label: str
    scale: Scale | None = None
    multiple: bool = False
    other: str = ""
    ranked: bool = False
    number: Number | None = None
    matrix: str = ""
    row: str = ""
    row_also_written: tuple[str, ...] = ()
    asked_if: Route | None = None
    not_asked: tuple[str, ...] = ()
    base: str = "answered"
    codebook: Codebook | None = None
    labels: Path | None = None
    model: Path | None = None
    encoder: Path | None = None
    codes: Path | None = None
    codes_note: str = ""
    raised_wording: str = "raised at least one theme"

    @property
    def is_closed(self) -> bool:
        return self.scale is not None


@dataclass(frozen=True)
class Group:
    """One group of respondents. `options` are the survey's answers that belong to it; its label always does."""

    key: str
    label: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Merge:
    """Groups of a grouping, by label, that disclosure control may put together, and what they are called then."""

    key: str
    label: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Grouping:
    """A question that sorts respondents into groups. `other` is the group of those who typed their own answer.

    With `other_in_place` a text that is no option and stands in the option's own column was typed too. With `several` a
    respondent may be in several groups. `merge` says which groups disclosure control may put together. A grouping that
    crosses two others has their keys in `of`; its groups are then their groups' products in order.
    """

    key: str
    label: str
    heading: str
    groups: tuple[Group, ...]
    other: str = ""
    other_in_place: bool = False
    publish_crossed: bool = False
    publish_crossed_because: str = ""
    several: bool = False
    merge: tuple[Merge, ...] = ()
    of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Channel:
    """A way in which responses came: one or several files of survey platforms, or a folder of letters.

    `paths` are the files, or the one folder; the names of files differ, because the ledger tells them apart by name.
    Only `counted` channels enter the published percentages; what came by another stays in the working folder unless
    `publish_answers` says so. `questions` are those the channel asked. `id` and
    `submitted` name columns where the platform does not fix them; `date_format` is strptime's.
    """

    key: str
    label: str
    paths: tuple[Path, ...]
    counted: bool
    questions: tuple[str, ...]
    groupings: tuple[str, ...]
    platform: str = ""
    id: str = ""
    submitted: str = ""
    date_format: str = ""
    headings: dict[str, str] = field(default_factory=dict)
    letters_to: str = ""
    publish_answers: bool = False
    publish_answers_because: str = ""


@dataclass(frozen=True)
class TestRow:
    """A row is a test when the cell under `column` is one of `values`, whatever the case and spacing."""

    __test__ = False
    column: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Rules:
    """Which rows count. `repeats` is 'latest', 'first' or 'keep'; `same_person` names the columns that tell.

    A row counts with `at_least` so many questions answered.
    """

    repeats: str = "latest"
    same_person: tuple[str, ...] = ()
    tests: tuple[TestRow, ...] = ()
    at_least: int = 1


# What disclosure control may do to a table, in the order in which it does it.
REMEDIES = ("merge", "leave out", "suppress")


@dataclass(frozen=True)
class Disclosure:
    """What must not be told of a group. `because` says why, where the control is off.

    Protected is a group's count above 0 and under `threshold`, and what a group of fewer than `small_group` said where all
    of it gave one answer. From all that is published, the highest number that a protected count could be is to be at least
    `least_width` above the lowest. `earlier` is the figures.csv of an outcome that was published before, None for none.
    """

    control: bool = True
    because: str = ""
    threshold: int = 5
    small_group: int = 10
    least_width: int = 4
    remedies: tuple[str, ...] = REMEDIES
    earlier: Path | None = None


@dataclass(frozen=True)
class Organisations:
    """Where an export says for which organisation a respondent speaks, and whether it may be named in the report.

    `heading` and `agreed` are headings of columns; one who gives one of `agreed_answers` under the latter has agreed.
    """

    heading: str
    agreed: str
    agreed_answers: tuple[str, ...]


@dataclass(frozen=True)
class Quoting:
    """How passages are quoted: the file of those that a person approved, the column in which respondents agreed to be quoted
    ('' where the survey did not ask) and the answers that do, how many passages are proposed for a theme, and how many
    respondents a group has at least that is named beside a quote."""

    file: Path | None = None
    consent: str = ""
    consent_answers: tuple[str, ...] = ("Yes",)
    per_theme: int = 3
    smallest_group: int = 5


@dataclass(frozen=True)
class Section:
    """A part of the report: a proposal with the questions that belong to it and the department's own words."""

    title: str
    wording: str = ""
    closed: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    prose: str = ""
    key: str = ""


@dataclass(frozen=True)
class Published:
    """A figure as it was published, to be compared with ours: `figure` is an id in the table of figures.

    A share that was published in words is `about`, `more_than` or `less_than` a fraction such as 1/5, `within` so many
    percentage points of it (None: no bound on the far side).
    """

    figure: str
    claim: str
    where: str
    count: int | None = None
    base: int | None = None
    percent: float | None = None
    about: Fraction | None = None
    more_than: Fraction | None = None
    less_than: Fraction | None = None
    within: float | None = None


@dataclass(frozen=True)
class Inconsistency:
    """Two places in what was published that do not say the same thing."""

    about: str
    says: tuple[tuple[str, str], ...]
    note: str = ""


@dataclass(frozen=True)
class Amount:
    """Words for a count out of a base, and the upper bounds that the count has to keep within for them to apply.

    `people` is the most respondents and `share` the largest share, in tenths of a percent, None where there is no such
    bound; a share that is exactly `share` keeps within it where `including` says so.
    """

    words: str
    people: int | None = None
    share: int | None = None
    including: bool = False

    def holds(self, count: int, base: int) -> bool:
        """Say whether a count out of a base keeps within the bounds, in whole numbers: 99 of 991 is under 10%."""
        if self.people is not None and count > self.people:
            return False
        part, most = (0, 1) if self.share is None else (1000 * count, self.share * base)
        return part < most or (self.including and part == most)


@dataclass(frozen=True)
class FractionWords:
    """Words such as 'about a third', and the shares that they stand for: from `lowest` on and under `under`.

    Both are in tenths of a percent.
    """

    words: str
    lowest: int
    under: int

    def holds(self, count: int, base: int) -> bool:
        """Say whether a count out of a base is such a share, in whole numbers."""
        return self.lowest * base <= 1000 * count < self.under * base


# The scale that a published analysis of consultation responses printed: a few, up to 9 people; a small minority, under
# 10%; a significant minority, from 10 and under 25; a large minority, from 25 to half; a majority, more than half.
# Ours are two additions: 9 of 10 are not a few, and a majority from 75% on is 'most' and from 90% on 'nearly all'.
AMOUNTS = (
    Amount("a few", people=9, share=500, including=True),
    Amount("a small minority", share=100),
    Amount("a significant minority", share=250),
    Amount("a large minority", share=500, including=True),
    Amount("a majority", share=750),
    Amount("most", share=900),
    Amount("nearly all"),
)
# Our own, for want of a published scale; used where the definition names the scales whose first net is support.
SUPPORT = (
    Amount("little support", share=250),
    Amount("some support", share=400),
    Amount("divided opinion", share=600, including=True),
    Amount("support", share=750),
    Amount("strong support"),
)
# Our own: about two percentage points to either side.
FRACTIONS = (
    FractionWords("about a tenth", 90, 110),
    FractionWords("about a fifth", 180, 220),
    FractionWords("about a quarter", 230, 270),
    FractionWords("more than a quarter", 270, 310),
    FractionWords("about a third", 310, 360),
    FractionWords("about two fifths", 380, 420),
    FractionWords("just under half", 450, 480),
    FractionWords("about half", 480, 520),
    FractionWords("just over half", 520, 550),
    FractionWords("about three fifths", 580, 620),
    FractionWords("about two thirds", 640, 690),
    FractionWords("about three quarters", 730, 770),
    FractionWords("about four fifths", 780, 820),
    FractionWords("about nine tenths", 890, 910),
)


@dataclass(frozen=True)
class Wording:
    """How sentences speak of numbers: the house style of percentages, and what words for amounts mean.

    `percent` is '%' or 'per cent'. Of `amounts` the first that holds applies, and the last always does; `support` says the
    same of the first nets of the scales in `support_scales`. `fractions` need not cover every share.
    `prose_numbers_allowed` are texts in the department's own words that hold numbers which are no figures.
    """

    percent: str = "%"
    amounts: tuple[Amount, ...] = AMOUNTS
    support: tuple[Amount, ...] = SUPPORT
    support_scales: tuple[str, ...] = ()
    fractions: tuple[FractionWords, ...] = FRACTIONS
    prose_numbers_allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Consultation:
    """A whole consultation, as its definition describes it. `folder` is where the definition lies.

    `decisions` is the analyst's file of decisions on single respondents, None where there is none.
    `organisations` says which columns hold the organisations that responded, None where the survey did not ask.
    `quoting` says how passages are quoted and `wording` how sentences speak of numbers.
    `campaigns_at_least` is how many respondents must have sent the same text for it to be a campaign.
    """

    slug: str
    folder: Path
    title: str
    department: str
    opens: date | None
    closes: date | None
    data_note: str
    invented: bool
    decimals: int
    channels: tuple[Channel, ...]
    groupings: tuple[Grouping, ...]
    questions: tuple[Question, ...]
    rules: Rules
    sections: tuple[Section, ...]
    published: tuple[Published, ...]
    inconsistencies: tuple[Inconsistency, ...]
    prose: Path
    decisions: Path | None = None
    campaigns_at_least: int = 3
    organisations: Organisations | None = None
    quoting: Quoting = Quoting()
    wording: Wording = field(default_factory=Wording)
    disclosure: Disclosure = Disclosure()

    @property
    def command(self) -> str:
        """How this consultation is named on the command line: its slug where it is shipped, else its folder."""
        return self.slug if self.folder.resolve() == (shipped() / self.slug).resolve() else str(self.folder)

    @property
    def closed(self) -> tuple[Question, ...]:
        return tuple(q for q in self.questions if q.is_closed)

    @property
    def open(self) -> tuple[Question, ...]:
        return tuple(q for q in self.questions if not q.is_closed)

    @property
    def open_channels(self) -> set[str]:
        """The labels of the channels whose answers may be published: those that are counted, or are let out."""
        return {channel.label for channel in self.channels if channel.counted or channel.publish_answers}

    def matrix(self, id: str) -> tuple[Question, ...]:
        """Return the rows of a matrix, in published order; () for an id that is none."""
        return tuple(q for q in self.questions if id and q.matrix == id)

    def question(self, id: str) -> Question:
        """Return the question with this id; raise DefinitionError, naming the nearest, if there is none."""
        return _find(id, {q.id: q for q in self.questions}, "question", self.folder / DEFINITION_FILE)

    def grouping(self, key: str) -> Grouping:
        """Return the grouping with this key; raise DefinitionError, naming the nearest, if there is none."""
        return _find(key, {g.key: g for g in self.groupings}, "grouping", self.folder / DEFINITION_FILE)


def _find(key, known, what, path):
    if key not in known:
        raise DefinitionError(f"{path} has no {what} '{key}'.{did_you_mean(key, known)}")
    return known[key]
