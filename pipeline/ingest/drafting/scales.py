"""Scales that surveys use again and again, recognised by the words met and put in their own order.

A family of scales gives each point a letter with its spellings, and lists the sets of points that surveys offer, each cut
into nets by '|': 'AB|N|ba' is strongly agree and agree, neither, disagree and strongly disagree. The words are those of
British government consultations and of the platforms' own templates, as believed; none was counted in real exports.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.definition import Net, Scale
from pipeline.ingest.layouts.export import alike, fold


@dataclass(frozen=True)
class Family:
    """Scales of one kind. `spellings`: letter -> its words, the usual ones first; `order`: all letters, best first, cut into
    nets; `offered`: the sets met in surveys, the most usual first; `nets`: the keys of the nets.

    `poles` are the two words that stand opposite each other, so that a point nobody chose can be worded like its opposite.
    """

    key: str
    spellings: dict[str, tuple[str, ...]]
    order: str
    offered: tuple[str, ...]
    nets: tuple[str, ...] = ()
    poles: tuple[str, str] = ("", "")
    least: int = 2  # distinct points without which the words say too little, 'Good' or 'Never' alone

    def letter(self, words: str) -> str:
        """Return the letter of the point that says these words, '' if none does."""
        return next((letter for letter, known in self.spellings.items() if words in known), "")


# What stands before or after 'agree' or 'satisfied', by letter.
_DEGREES = {
    "E": ("extremely", "completely", "totally", "fully", "entirely"),
    "A": ("very", "strongly", "highly", "definitely"),
    "C": ("fairly", "tend to", "somewhat", "quite", "moderately", "mostly", "partly", "partially", "reasonably"),
    "D": ("slightly", "a little", "mildly"),
}
_OFFERED = (
    "AB|N|ba", "AC|N|ca", "EC|N|ce", "AB||ba", "AC||ca", "AC||vz", "AC|N|vz", "EA|CD|z", "EA|C|vz", "AB|C|Db", "AB||vz",
    "AB|N|vz", "ABC||vz", "ABD|N|dba", "ABC|N|cba", "ABD||dba", "ABC||cba", "ECD|N|dce", "EB|N|be", "B|N|b", "B||b",
)  # fmt: skip


def _between(key: str, good: str, bad: str, usual: dict[str, str] | None = None) -> Family:
    """Return the family of scales between two words, such as 'agree' and 'disagree'; `usual` degrees come first."""
    degrees = {
        letter: (usual[letter], *words) if letter in (usual or {}) else words for letter, words in _DEGREES.items()
    }
    spellings = {"B": (good,), "b": (bad, f"not {good}")}
    for letter, words in degrees.items():
        for pole, name in ((good, letter), (bad, letter.lower())):
            spellings[name] = tuple(text for word in words for text in (f"{word} {pole}", f"{pole} {word}"))
    neither = [f"{n} {one} {nor} {other}" for one, other in ((good, bad), (bad, good)) for n in ("neither", "not")
               for nor in ("nor", "or")]  # fmt: skip
    spellings["N"] = (
        *neither, *(f"{text} neutral" for text in neither), *(f"neutral {text}" for text in neither),
        "neither", "neutral", "neither neutral", "neutral neither", "undecided",
    )  # fmt: skip
    spellings["v"] = tuple(f"not {word} {good}" for word in ("very", "so", "particularly", "that", "too", "really"))
    spellings["z"] = (f"not at all {good}", f"not {good} at all")
    return Family(key, spellings, "EABCD|N|dcvbaez", _OFFERED, (good, "neither", bad), (good, bad), least=1)


_STRONGLY = {"A": "strongly", "C": "tend to"}
FAMILIES = (
    _between("agreement", "agree", "disagree", _STRONGLY),
    _between("support", "support", "oppose", _STRONGLY),
    _between("satisfaction", "satisfied", "dissatisfied"),
    _between("likelihood", "likely", "unlikely"),
    _between("importance", "important", "unimportant"),
    _between("ease", "easy", "difficult"),
    _between("usefulness", "useful", "not useful"),
    _between("clarity", "clear", "unclear"),
    _between("effectiveness", "effective", "ineffective"),
    Family(
        "yes_no",
        {
            "A": ("yes",),
            "B": ("yes definitely", "definitely yes", "yes completely", "yes fully"),
            "C": ("yes to some extent", "to some extent", "partly", "partially", "yes partly", "in part", "yes in part"),
            "M": ("maybe", "possibly", "perhaps", "it depends", "depends"),
            "n": ("no", "no not at all", "no definitely not"),
        },
        "BA|CM|n",
        ("A||n", "B|C|n", "A|C|n", "A|M|n"),
        ("yes", "in_part", "no"),
        least=1,
    ),
    Family(
        "frequency",
        {
            "A": ("always", "every time", "all of the time", "all the time"),
            "B": ("usually", "most of the time", "nearly always", "almost always", "mostly"),
            "C": ("very often", "very frequently"),
            "D": ("often", "frequently", "regularly", "quite often", "fairly often"),
            "E": ("sometimes", "some of the time", "about half the time"),
            "F": ("occasionally", "now and then", "once in a while"),
            "G": ("rarely", "seldom", "hardly ever", "not very often", "very rarely", "almost never"),
            "H": ("never", "none of the time"),
        },
        "ABCD|EF|GH",
        ("AD|E|GH", "AB|E|GH", "CD|E|GH", "AB|F|GH", "AD|F|GH", "AD|E|H", "AB|E|H", "ABD|E|GH", "AC|E|GH", "ABD|EF|GH"),
        ("often", "sometimes", "rarely"),
    ),
    Family(
        "how_often",
        {
            "A": ("daily", "every day", "at least once a day", "most days"),
            "B": ("several times a week", "a few times a week", "2 3 times a week"),
            "C": ("weekly", "once a week", "every week", "at least once a week"),
            "D": ("fortnightly", "every two weeks", "once a fortnight"),
            "E": ("monthly", "once a month", "every month", "at least once a month"),
            "F": ("every few months", "quarterly", "several times a year", "a few times a year"),
            "G": ("yearly", "annually", "once a year", "every year", "at least once a year"),
            "H": ("less often", "less than once a year", "less frequently"),
            "I": ("never",),
        },
        "ABCDEFGHI",
        ("ACEI", "ACEHI", "ACDEI", "ACEGI", "ACEFGI"),
    ),
    Family(
        "quality",
        {
            "A": ("excellent", "outstanding"),
            "B": ("very good",),
            "C": ("good",),
            "N": ("neither good nor poor", "neither good nor bad", "neither poor nor good"),
            "D": ("fair", "average", "adequate", "satisfactory", "acceptable", "ok", "okay", "reasonable",
                  "requires improvement"),
            "E": ("poor", "bad"),
            "F": ("very poor", "very bad", "inadequate", "terrible"),
        },
        "ABC|ND|EF",
        ("BC|N|EF", "ABC|D|E", "BC|D|EF", "AC|D|EF", "AC|D|E", "BC||EF", "AC|D|F", "ABC|D|EF", "C|D|E", "C|N|E", "C||E"),
        ("good", "fair", "poor"),
    ),
    Family(
        "chance",
        {
            "A": ("definitely", "definitely would", "yes definitely"),
            "B": ("probably", "probably would", "yes probably"),
            "C": ("possibly", "might or might not", "may or may not", "maybe"),
            "D": ("probably not", "probably would not", "no probably not"),
            "E": ("definitely not", "definitely would not", "no definitely not"),
        },
        "AB|C|DE",
        ("AB|C|DE", "AB||DE"),
        ("likely", "possibly", "unlikely"),
    ),
)  # fmt: skip
# From 1 up, as the numbers stand; which end is the better one cannot be seen, so it is said to be a guess.
ONE_TO_FIVE = Family("one_to_five", {n: (n,) for n in "12345"}, "12|3|45", ("12|3|45",), ("low", "middle", "high"))

# More different answers than any of these scales has with all that stands outside it.
_MOST_ANSWERS = 20

_UNSURE = re.compile(r"(i )?(dont|do not) know( .{0,30})?|(im )?not sure|unsure|not sure dont know|unsure dont know")
_OUTSIDE = re.compile(
    r"not applicable( .{0,20})?|n ?a|prefer not to (say|answer)|(id )?rather not say|no (opinion|view|answer|response)"
    r"|cant say|cannot say|not answered"
)


def _words(text: str) -> str:
    """Return an answer's words alone: no case, punctuation or number before or after them ('5 - Strongly agree')."""
    text = re.sub(r"^\(?\d{1,2}\)?\s*[-.:)=]?\s+(?=\D)|\s*(?:[(\[]\d{1,2}[)\]]|[-=:]\s*\d{1,2})$", "", fold(text))
    return re.sub(r"[^\w]+", " ", text).strip()


def is_unsure(answer: str) -> bool:
    """Say whether an answer is a "Don't know"."""
    return bool(_UNSURE.fullmatch(_words(answer)))


def outside(answer: str) -> bool:
    """Say whether an answer takes no side, such as "Don't know", 'Not applicable' or 'Prefer not to say'."""
    return is_unsure(answer) or bool(_OUTSIDE.fullmatch(_words(answer)))


def recognise(answers: Iterable[str]) -> Scale | None:
    """Return the known scale whose points these answers are, in its order and in their words; None if they are no such.

    Points that nobody chose are in it. "Don't know" and the like stand outside its base; of a yes and no, "Don't know" is
    the last point. Answers that come first are the more usual spelling.
    """
    answers = list(answers)
    if len(answers) > _MOST_ANSWERS:
        return None
    aside = [answer for answer in answers if outside(answer)]
    rest = [answer for answer in answers if not outside(answer)]
    for family in FAMILIES:
        met = _met(rest, lambda answer, family=family: family.letter(_words(answer)))
        if len(met) >= family.least and set(met) != {"N"}:
            return _scale(family, met, aside)
    met = _met(rest, _number)
    if len(met) >= 3 and "5" in met:
        return _scale(ONE_TO_FIVE, met, aside)
    return None


def _number(answer: str) -> str:
    found = re.fullmatch(r"([1-5])(?:\s*[-.:)=(].*|\s+stars?)?", fold(answer), re.DOTALL)
    return found[1] if found and not re.match(r"\d\s*[-.]\s*\d", answer) else ""


def _met(answers: list[str], letter_of) -> dict[str, str]:
    """Return letter -> the answer that stands for it; empty if an answer has no letter, or two that differ share one."""
    met: dict[str, str] = {}
    for answer in answers:
        letter = letter_of(answer)
        if not letter or fold(met.setdefault(letter, answer)) != fold(answer):
            return {}
    return met


def _scale(family: Family, met: dict[str, str], aside: list[str]) -> Scale:
    parts = _offered(family, set(met)).split("|")
    points = {letter: met.get(letter) or _unmet(family, letter, met) for part in parts for letter in part}
    keys = family.nets if len(parts) > 1 else ()
    nets = [(key, [points[letter] for letter in part]) for key, part in zip(keys, parts, strict=False) if part]
    if family is ONE_TO_FIVE:
        nets.reverse()  # the headline is the high end
    listed = list(points.values())
    if family.key == "yes_no":
        unsure = [answer for answer in aside if is_unsure(answer)]
        aside = [answer for answer in aside if answer not in unsure]
        listed += unsure
        nets += [("dont_know", unsure)] if unsure else []
    named = [Net(key.replace(" ", "_"), _net_label(words), tuple(words)) for key, words in nets]
    return Scale(family.key, tuple(listed), tuple(named), tuple(aside))


def _offered(family: Family, met: set[str]) -> str:
    """Return the set that has these points and no other, else the most usual that has them all, else these alone."""
    plain = [set(offer) - {"|"} for offer in family.offered]
    for fits in (lambda offer: offer == met, lambda offer: offer >= met):
        for offer, letters in zip(family.offered, plain, strict=True):
            if fits(letters):
                return offer
    return "".join(letter for letter in family.order if letter in met or letter == "|")


def _unmet(family: Family, letter: str, met: dict[str, str]) -> str:
    """Return words for a point that nobody chose: those of its opposite turned round, else the usual ones."""
    opposite = met.get(letter.swapcase(), "") if letter != "N" else ""
    good, bad = family.poles if letter.islower() else family.poles[::-1]
    if good and re.search(rf"\b{good}\b", opposite, re.IGNORECASE):
        turned = re.sub(rf"\b{good}\b", bad, re.sub(r"^\W*\d+\W+|\W+\d+\W*$", "", opposite), flags=re.IGNORECASE)
        return turned[:1].upper() + turned[1:]
    return family.spellings[letter][0].capitalize()


def _net_label(words: list[str]) -> str:
    return " or ".join(
        [words[0], *(word if word[1:2].isupper() else word[:1].lower() + word[1:] for word in words[1:])]
    )


def shared(scales: dict[int, Scale], met: dict[int, Iterable[str]]) -> dict[int, Scale]:
    """Return each column's scale, or a wider one of its kind met in the same export that has all the column's points.

    A survey seldom asks about agreement on two scales; a question whose 'Neither' nobody chose is on the scale of the
    others. `met` are the answers met in each column.
    """
    widened = {}
    for column, scale in scales.items():
        mine = {alike(answer) for answer in met[column] if answer in scale.points}
        fitting = [
            (len(other.points), sum(answer in other.points for answer in met[name]), -name)
            for name, other in scales.items()
            if other.key == scale.key and mine <= {alike(point) for point in other.points}
        ]
        widened[column] = scales[-max(fitting)[2]]
    together: dict[tuple[str, ...], dict[str, str]] = {}
    for column, scale in widened.items():
        for text in (*scale.outside_base, *scales[column].outside_base):
            together.setdefault(scale.points, {}).setdefault(alike(text), text)
    return {
        column: Scale(scale.key, scale.points, scale.nets, tuple(together.get(scale.points, {}).values()))
        for column, scale in widened.items()
    }
