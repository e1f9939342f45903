"""Personal data in free text: found by rules, with its place, for a person to check or for a mask.

The rules know the forms of email addresses, telephone numbers, postcodes, NHS and National Insurance numbers, dates of
birth, profiles on the web and street addresses, and the words that people put before a name or after a letter. Names that
stand without such words are found only where a trained English pipeline of spaCy is installed (none comes with this
project and none is downloaded). Neither finds every name: docs/personal-data.md says what is missed. The forms follow
what the bodies behind them publish; how people write was seen in the invented responses alone, **not yet in real ones**.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from typing import NamedTuple

import pandas as pd

from pipeline import schemas

KINDS = (
    "email",
    "web page",
    "National Insurance number",
    "NHS number",
    "phone",
    "postcode",
    "date of birth",
    "address",
    "name",
)
# Trained English pipelines of spaCy, the better ones first.
RECOGNISERS = ("en_core_web_lg", "en_core_web_md", "en_core_web_sm")

_MASK = re.compile("|".join(re.escape(f"[{kind}]") for kind in KINDS))


class Found(NamedTuple):
    """A kind of `KINDS` and its place in the text, in characters from 0; `end` is the first character after it."""

    kind: str
    start: int
    end: int


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


# Repeats in the patterns have an upper bound wherever two could share the same characters: an odd text, such as a page of
# blanks, would take minutes otherwise.

# --- What has a form of its own ------------------------------------------------------------------------------------

_EMAIL = re.compile(r"(?<![\w.+'%-])[\w.+'%-]{1,64}@[^\W_](?:[\w-]{0,62}\.)+[^\W\d_]{2,24}(?![\w-])")

_SITES = (
    r"(?:facebook|fb|instagram|twitter|x|tiktok|threads|snapchat|pinterest|tumblr|medium|github|linktr|t|wa|bsky|reddit"
    r"|youtube|linkedin|about)\.(?:com|net|me|ee|app)/"
)
# What these sites have under their own names, which is nobody's page.
_NO_PROFILE = r"(?!(?:groups|events|sharer|watch|hashtag|search|explore|company|jobs|feed|r|p|reel|home|login)\b)"
_WEB_PAGES = (
    re.compile(
        rf"(?<![\w@./-])(?:https?://)?(?:[a-z]{{1,6}}\.)?{_SITES}{_NO_PROFILE}[\w@%./?=-]{{0,100}}[\w%=]", re.IGNORECASE
    ),
    re.compile(r"https?://[\w.-]{3,80}/(?:@|~|users?/|profiles?/|people/)[\w%.-]{0,60}[\w%]", re.IGNORECASE),
    re.compile(r"(?<![\w@./])@(?!(?:all|college|home|least|school|the|uni|work)\b)[^\W\d_][\w.]{1,28}\w"),
    re.compile(
        r"\b(?:instagram|insta|twitter|snapchat|snap|tiktok|facebook|discord)\s?(?:is|:)\s?(?P<found>(?=\w*[\d_])\w{3,30})",
        re.IGNORECASE,
    ),
)

_INSURANCE = re.compile(
    r"\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ -]?\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?[A-D]\b",
    re.IGNORECASE,
)

# Not inside a longer number, nor a sum of money.
_STARTS_A_NUMBER = r"(?<![\w£$€+])(?<!\d[.,:-])(?<![£$€][ ])"
_NHS = re.compile(_STARTS_A_NUMBER + r"\d{3}([ -]?)\d{3}\1\d{4}(?![\w%]|[.,:-]\d)")

_GAP = r"[ .()\u00a0-]{0,2}"
_PHONE = re.compile(
    rf"{_STARTS_A_NUMBER}(?P<country>(?:\+|00)[ ]?44{_GAP}(?:\(0\))?{_GAP})?"
    rf"(?P<number>\(?(?(country)0?|0)[1235789](?:{_GAP}\d){{8,9}})(?![\w%]|[.,:]\d)"
)

_AREAS = _words(
    "AB AL B BA BB BD BF BH BL BN BR BS BT BX CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY",
    "G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW",
    "OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD",
    "WF WN WR WS WV YO ZE",
)
# Letters that the last three characters never have are left out; '2nd' and the like are not the end of a postcode.
_POSTCODE = re.compile(
    r"\b(?:GIR[ \u00a0]{0,2}0AA|(?P<area>[A-PR-UWYZ][A-HK-Y]?)(?:\d{1,2}|\d[A-HJKMNPR-Y])"
    r"[ \u00a0]{0,2}(?!(?-i:1st|2nd|3rd|[04-9]th)\b)\d[ABD-HJLNP-UW-Z]{2})\b",
    re.IGNORECASE,
)

_MONTHS = _words("january february march april may june july august september october november december")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
_YEAR = r"(?:19|20)\d{2}"
_DATE = (
    rf"(?<![\w./-])(?P<found>{_DAY}[./-]\d{{1,2}}[./-](?:{_YEAR}|\d{{2}})|{_YEAR}-\d{{2}}-\d{{2}}"
    rf"|{_DAY}(?:\s+of)?[ -]{_MONTH}(?:,?[ -]{_YEAR})?|{_MONTH}\s{_DAY}(?:,?\s{_YEAR})?|{_MONTH}\s{_YEAR})(?!\w)"
)
_BIRTH = r"(?:\bborn\b|\bd\.?o\.?b\b\.?|\bdate\s+of\s+birth\b|\bbirth\s?(?:date|day)s?\b)"
# What may stand between: not the end of a sentence, nor the beginning of something else that happened.
_BETWEEN = r"(?:(?!\b(?:and|but|then|until|since)\b)[^.!?;\d])"
_BIRTH_DATES = (
    re.compile(rf"{_BIRTH}{_BETWEEN}{{0,40}}?{_DATE}", re.IGNORECASE),
    re.compile(rf"{_DATE}{_BETWEEN}{{0,20}}?{_BIRTH}", re.IGNORECASE),
)


def _always(match: re.Match) -> bool:
    return True


def _is_nhs(match: re.Match) -> bool:
    """Say whether ten digits are an NHS number: the last one makes the weighted sum divisible by 11."""
    digits = [int(digit) for digit in re.findall(r"\d", match.group())]
    return sum(digit * weight for digit, weight in zip(digits, range(10, 0, -1), strict=True)) % 11 == 0


def _is_phone(match: re.Match) -> bool:
    """Say whether digits are parted as a telephone number's: no lone ones, and a first group that is no day or month."""
    first, *others = re.findall(r"\d+", match["number"])
    if any(len(group) < 2 for group in others):
        return False
    mobile_parted = first == "07" and len(others[0]) > 2
    if not (match["country"] or len(first) > 2 or mobile_parted):
        return False
    national = "".join([first, *others]).removeprefix("0")
    # Some numbers of small places and some that are free of charge have nine.
    return len(national) == 10 or national[0] in "158"


def _is_postcode(match: re.Match) -> bool:
    return match["area"] is None or match["area"].upper() in _AREAS


# --- Streets and names, which have only their neighbours ----------------------------------------------------------

_UPPER = "".join(letter for letter in map(chr, range(0x250)) if letter.isupper())
_CAPITAL = rf"\b[{_UPPER}][^\W\d_]{{1,30}}(?:['’][{_UPPER}][^\W\d_]{{1,30}}|-[^\W\d_]{{1,30}}){{0,3}}\b"
_NAME_WORD = rf"(?:\b[{_UPPER}]['’]{_CAPITAL}|{_CAPITAL})"
_INITIALS = rf"(?:\b[{_UPPER}](?:\.|\b(?!['’]))[ ]?){{0,3}}"
_NAME = rf"{_INITIALS}{_NAME_WORD}(?:[ ]{_INITIALS}(?:(?:de|van|der|al|bin|la)[ ])?{_NAME_WORD}){{0,3}}"

_STREET = (
    rf"(?:[{_UPPER}][\w'’.-]*[ ]){{1,3}}"
    r"(?i:road|rd|street|st|avenue|ave|lane|ln|close|drive|way|court|crescent|cres|gardens|gdns|grove|place|terrace|square|sq"
    r"|hill|park|row|mews|walk|view|rise|green|parade|brow|wharf|quay|yard|croft|fold|bank|buildings|house)\b"
)
_ADDRESSES = (
    # Four digits are a house's number unless they are a year.
    re.compile(
        rf"{_STARTS_A_NUMBER}(?:(?i:flat|apartment|apt|unit|room)[ ]\w{{1,4}},?[ ])?(?!(?:19|20)\d\d\b)\d{{1,4}}[A-Za-z]?"
        rf"(?:[ ]?[-/][ ]?\d{{1,4}}[A-Za-z]?)?,?[ ]{_STREET}"
    ),
    re.compile(rf"\b(?i:live|lives|lived|living)[ ](?:at|on|in)[ ](?P<found>{_STREET})"),
)

_TITLE = r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Rev|Reverend|Cllr|Councillor)"
_RELATION = (
    r"(?:son|daughter|husband|wife|partner|mum|mom|mother|dad|father|brother|sister|nan|grandson|granddaughter|grandmother"
    r"|grandfather|uncle|auntie|aunt|cousin|nephew|niece|friend|boyfriend|girlfriend|neighbour|carer|social[ ]worker"
    r"|support[ ]worker|key[ ]?worker|PA|teacher|tutor|manager|GP|doctor|nurse|landlord|advis[eo]r)"
)
_SEVERAL = rf"(?:{_TITLE}\.?[ ])?{_NAME}(?:(?:,[ ]|[ ]and[ ]|[ ]&[ ]){_NAME}){{0,12}}"
_LINE_END = r"[ ]{0,3}[,.]?[ ]{0,3}(?:\([^()\n]{1,30}\))?[ ]{0,9}(?=\n|\Z)"
_LOWER_NAME = r"[a-z]{2,20}(?=[.,!;\n]|[ ](?:and|i|im|i'm)\b|\s*\Z)"
# Where a name is all that can follow, or nearly.
_STATED_NAMES = (
    re.compile(rf"\b{_TITLE}\b\.?[ ]{_INITIALS}{_NAME_WORD}(?:[ ]{_NAME_WORD}){{0,2}}"),
    re.compile(r"\b(?:mr|mrs)\.? [a-z]{2,20}\b"),
    re.compile(
        rf"\b(?i:my[ ](?:full[ ]|first[ ])?name(?:[ ]is|['’]?s)|names?[ ]?:)[ ](?P<found>{_NAME}|{_LOWER_NAME})"
    ),
    re.compile(rf"^[ ]*(?i:dear|hi|hello)[ ](?P<found>(?:{_TITLE}\.?[ ])?{_NAME})(?=[,.!]|[ ]*$)", re.MULTILINE),
    re.compile(rf"^[ >]*(?:From|Name|Signed|Contact)[ ]?:[ ]*(?P<found>{_NAME})(?=[ ]*(?:[,<(\[]|$))", re.MULTILINE),
    re.compile(
        r"(?:^|[.!?][ ])[ ]*(?i:(?:(?:kind|kindest|best|warm|warmest|many|with|yours|all[ ]the)[ ])*"
        r"(?:regards|wishes|thanks|thank[ ]you|cheers|love|sincerely|faithfully|truly|best|signed|respectfully|from))"
        rf"[,.!]?[ \t]{{0,9}}(?:\n[ \t]{{0,9}}){{1,4}}(?P<found>{_SEVERAL}){_LINE_END}",
        re.MULTILINE,
    ),
    re.compile(rf"\b(?i:regards|sincerely|faithfully|thanks|best wishes),?[ ](?P<found>{_SEVERAL}){_LINE_END}"),
    re.compile(rf"(?P<found>{_NAME})(?=[ ]<[^<>\n]{{0,80}}>|[ ]wrote:)"),
)
# Where other words in capital letters follow as well.
_TOLD_NAMES = (
    re.compile(rf"\b(?i:i[ ]am|i['’]?m)[ ](?P<found>{_NAME})"),
    re.compile(rf"\b(?i:my|our|his|her|their)[ ](?:[a-z]+[ ])?(?i:{_RELATION})(?:,|[ ]is)?[ ](?P<found>{_NAME})"),
)
_CALLED = (re.compile(rf"(?P<before>(?:\b[\w'’]{{1,30}}[ ]){{0,2}})(?<!-)\b(?i:called|named)[ ](?P<found>{_NAME})"),)

_ORGANISATION = _words(
    "council team trust association society service services group committee university department school college office",
    "ltd limited charity board authority authorities partnership network centre foundation inspectorate hospital commission",
    "company government nhs surgery practice",
)
# Words that begin no name.
_NO_NAME = _ORGANISATION | _words(
    "the a an and or not no yes so very just still also really now never always currently already all here there",
    "in on of at from by as for to with if it its this that these those we you they he she my our your one who",
    "sir madam colleagues everyone team friend friends minister inspector inspectors social children young honorary",
    "wrong mud known private confidential anonymous mr mrs ms miss mx dr prof professor",
)
# Words that begin a name now and then, and mostly do not where they follow 'I am' or 'called'.
_RARELY_NAME = _MONTHS | _words(
    "a i",
    "monday tuesday wednesday thursday friday saturday sunday easter christmas absolutely happy sorry sure glad",
    "head director chief chair senior deputy assistant manager personal care foster child carer adviser secretary national",
    "worker mum mom dad mother father parent facebook twitter london england wales scotland britain childline",
    "british english scottish welsh irish european african asian american indian pakistani bangladeshi polish romanian",
    "french german italian spanish portuguese chinese japanese somali nigerian ghanaian kenyan jamaican caribbean turkish",
    "kurdish syrian afghan ukrainian russian iranian iraqi eritrean sudanese albanian vietnamese arab jewish muslim",
    "christian catholic hindu sikh buddhist protestant anglican methodist quaker black white mixed deaf blind autistic",
    "disabled dyslexic gay bisexual lesbian trans queer labour conservative tory liberal green independent",
)
# Those with a title who are no persons.
_NOBODY = _words("whippy kipling blobby muscle pepper martens who men right")
# What is called something and is no person: 'the scheme called ...'; 'they called ...' tells of a telephone call.
_THINGS = _words(
    "scheme project programme program charity organisation company group service app course document report team thing",
    "something policy place home house school college website site game song film book band law act initiative model",
    "plan fund campaign box page section form room dog cat",
    "it it's its that this what a an the so no any each every is are was were be been being",
)
_CALLERS = _words("i we you they he she who")
_BE = _words("is are was were am be been being")


def _group(match: re.Match) -> str | int:
    return "found" if "found" in match.re.groupindex else 0


def _is_name(match: re.Match) -> bool:
    """Say whether the words can be a name: not 'Dear Colleagues', 'Mr Whippy' or the name of an office."""
    words = re.findall(r"[^\W_]{2,}", match.group(_group(match)).lower())
    if len(words) > 1 and re.fullmatch(_TITLE, words[0], re.IGNORECASE):
        words = words[1:]
        if words[0] in _NOBODY:
            return False
    return words[0] not in _NO_NAME and _ORGANISATION.isdisjoint(words)


def _is_told_name(match: re.Match) -> bool:
    """Say whether the words can be a name where others are likely: not 'I am British', 'I am FURIOUS', 'my son ADHD'."""
    name = match["found"]
    stressed = name.isupper() and not match.group()[: -len(name)].isupper()
    first = re.findall(r"[^\W_]+", name.lower())[0]
    return _is_name(match) and not stressed and first not in _RARELY_NAME


def _is_called(match: re.Match) -> bool:
    """Say whether it is a person who is called so: not a scheme, and not somebody called on the telephone."""
    *earlier, last = ("", "", *match["before"].lower().split())
    subject, callers = (earlier[-1], frozenset()) if last in _BE else (last, _CALLERS)
    return _is_told_name(match) and subject not in _THINGS | callers


# In this order: what an earlier rule has found is no other's.
_RULES = (
    ("email", (_EMAIL,), _always),
    ("web page", _WEB_PAGES, _always),
    ("National Insurance number", (_INSURANCE,), _always),
    ("date of birth", _BIRTH_DATES, _always),
    ("phone", (_PHONE,), _is_phone),
    ("NHS number", (_NHS,), _is_nhs),
    ("address", _ADDRESSES, _always),
    ("postcode", (_POSTCODE,), _is_postcode),
    ("name", _STATED_NAMES, _is_name),
    ("name", _TOLD_NAMES, _is_told_name),
    ("name", _CALLED, _is_called),
)


# --- spaCy, where it has been trained ------------------------------------------------------------------------------


def recogniser_name() -> str:
    """Return the name of the trained pipeline that is installed and used beside the rules; '' if there is none."""
    return next((name for name in RECOGNISERS if find_spec(name)), "")


@cache
def _recogniser():
    name = recogniser_name()
    if not name:
        return None
    import spacy

    language = spacy.load(name)
    language.max_length = 2**31
    return language


def _recognised(text: str) -> Iterator[tuple[int, int]]:
    language = _recogniser()
    if language is not None:
        yield from ((ent.start_char, ent.end_char) for ent in language(text).ents if ent.label_ == "PERSON")


# --- Finding and masking -------------------------------------------------------------------------------------------


def find_personal(text: str) -> list[Found]:
    """Return what is personal in a text, in order and without overlaps.

    What was found once is found wherever the same words stand in the text; of a name, its parts too. The rules go over
    the masked text again until they find no more, so that masking what was masked changes nothing.
    """
    found: list[Found] = []
    while True:
        known = dict(part for one in found for part in _parts(one.kind, text[one.start : one.end]))
        masked, origin = _masked(text, found)
        more = _look(masked, known)
        if not more:
            return found
        found = sorted(
            [*found, *(Found(kind, origin[start], origin[end - 1] + 1) for kind, start, end in more)],
            key=lambda one: one.start,
        )


def _look(text: str, known: dict[str, str]) -> list[Found]:
    """Return what the rules find in a text, and the words of `known` (words -> kind), outside masks."""
    taken = bytearray(len(text))
    for there in _MASK.finditer(text):
        taken[there.start() : there.end()] = b"\1" * len(there.group())
    found = []

    def take(kind, start, end):
        if start < end and not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            found.append(Found(kind, start, end))

    for kind, patterns, holds in _RULES:
        for pattern in patterns:
            for match in pattern.finditer(text):
                if holds(match):
                    take(kind, *match.span(_group(match)))
    for start, end in _recognised(text):
        take("name", start, end)
    known = known | dict(part for one in found for part in _parts(one.kind, text[one.start : one.end]))
    for words in sorted(known, key=len, reverse=True):
        if all(any(taken[place : place + len(words)]) for place in _places(words, text)):
            continue
        for before in (_INITIALS, "") if known[words] == "name" else ("",):
            for match in re.finditer(rf"(?<!\w){before}{re.escape(words)}(?!\w)", text):
                take(known[words], *match.span())
    return found


def _places(words: str, text: str) -> Iterator[int]:
    place = text.find(words)
    while place >= 0:
        yield place
        place = text.find(words, place + 1)


def _parts(kind: str, words: str) -> Iterator[tuple[str, str]]:
    """Yield what is looked for again of something found: the whole, and of a name each part that can stand alone."""
    yield words, kind
    if kind == "name":
        for part in re.findall(_NAME_WORD, words):
            if len(part) > 2 and part.lower() not in _NO_NAME | _RARELY_NAME:
                yield part, kind


def _masked(text: str, found: list[Found]) -> tuple[str, list[int]]:
    """Return the text with each find replaced by its kind in brackets, and for each character its place in the text."""
    pieces, origin, last = [], [], 0
    for kind, start, end in found:
        pieces += [text[last:start], f"[{kind}]"]
        origin += [*range(last, start), *[start] * len(pieces[-1])]
        last = end
    return "".join([*pieces, text[last:]]), [*origin, *range(last, len(text))]


def mask(text: str) -> str:
    """Return a text with what is personal in it replaced by what it is: '[email]', '[name]' and so on."""
    return _masked(text, find_personal(text))[0]


def mask_passage(text: str, start: int, end: int) -> str:
    """Return a passage of a text, masked as it is in the whole text: what was found elsewhere in it is masked here too."""
    inside = [
        Found(one.kind, max(one.start, start) - start, min(one.end, end) - start)
        for one in find_personal(text)
        if one.start < end and one.end > start
    ]
    return _masked(text[start:end], inside)[0]


def personal_table(comments: pd.DataFrame) -> pd.DataFrame:
    """Return the table `personal`: where in the comments something personal was found, and never the words themselves."""
    written = comments[comments["text"].notna()]
    return schemas.build(
        "personal",
        [
            (row.respondent, row.question, found.start, found.end, found.kind)
            for row in written.itertuples()
            for found in find_personal(row.text)
        ],
    )
