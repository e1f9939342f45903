"""The definition: what the shipped one says, and how a wrong one is refused."""

import pytest

from pipeline.definition import shipped
from pipeline.errors import CommandError, DefinitionError
from pipeline.reading import locate, read_codebook, read_consultation

from .conftest import CODEBOOK, ROOT, SLUG, SMALL


def test_the_seven_themes_stand_in_published_order_with_their_criteria_questions(consultation):
    themes = consultation.question("criteria").codebook.themes
    assert [theme.key for theme in themes] == [
        "relationships_and_participation",
        "health_and_wellbeing",
        "local_offer",
        "making_good_decisions",
        "helping_and_protecting",
        "learning_and_employment",
        "support_into_adulthood",
    ]
    assert [len(theme.subthemes) for theme in themes] == [4, 2, 3, 3, 2, 2, 6]


def test_the_other_codebooks_hold_the_reasons_concerns_and_points_that_were_published(consultation):
    kinds = {
        question.id: [theme.kind for theme in question.codebook.themes]
        for question in consultation.open
        if question.id != "criteria"
    }
    reasons, concerns = "Reasons for agreeing", "Concerns"
    assert kinds == {
        "reasons_new_judgement": [reasons] * 3 + [concerns] * 2,
        "reasons_timing": [reasons] * 2 + [concerns] * 3,
        "equality": ["Points made"] * 4,
    }


def test_nothing_in_the_code_names_the_shipped_consultation():
    for path in (ROOT / "pipeline").rglob("*"):
        if path.suffix in (".py", ".j2"):
            text = path.read_text(encoding="utf-8").lower()
            for word in ("ofsted", "care leaver", "ilacs", "patient", SLUG):
                assert word not in text, (path, word)


def test_a_slug_is_found_from_any_directory_and_none_means_the_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert locate(SLUG) == locate() == shipped() / SLUG / "consultation.toml"
    assert locate(shipped() / SLUG) == locate()


def test_an_unknown_slug_names_the_nearest():
    with pytest.raises(CommandError, match=f"Did you mean: '{SLUG}'"):
        locate("ilacs-care-leaver-2022")


def test_a_folder_without_a_definition_says_so(tmp_path):
    with pytest.raises(CommandError, match=r"has no consultation\.toml"):
        locate(tmp_path)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('title = "A small survey"', "", "the definition has no 'title'"),
        ('title = "A small survey"', 'titel = "A small survey"', "has no 'title'"),
        ("opens = 2024-01-01", 'opens = "1 January"', "gives 'opens' something other than a date"),
        ("opens = 2024-01-01", "opens = 2025-01-01", "opens after it closes"),
        ('scale = "agreement"', 'scale = "agrement"', "Did you mean: 'agreement'"),
        ('points = ["Agree"]', 'points = ["Agreed"]', "which is not in the scale. Did you mean: 'Agree'"),
        ("counted = true", "counted = false", "needs a first \\[\\[channels\\]\\]"),
        ('closed = "plan"', 'closed = "plam"', "which is no question. Did you mean: 'plan'"),
        ('other = "Others"', 'other = "Other"', "which is no group. Did you mean: 'Others'"),
        ('repeats = "latest"', 'repeats = "last"', "'latest', 'first' or 'keep'"),
        ('key = "role"', 'key = "role"\ncolour = "red"', "has 'colour', which is not known"),
        ('id = "why"', 'id = "plan"', "names the question 'plan' twice"),
        ("[[sections]]", "[[sections", "is not valid TOML"),
        ("opens = 2024-01-01", "opens = 2024-01-01T00:00:00", "gives 'opens' something other than a date"),
        ('"Puppy"]', '"Cats"]', "names the option 'Cats' twice"),
        (
            'outside_base = ["Don\'t know"]',
            'outside_base = ["Agree"]',
            "has 'Agree' both as a point and outside the base",
        ),
        ('key = "other"', 'key = "agree"', "names the net 'agree' twice"),
        ('key = "other"', 'key = "answered"', "calls a net 'answered'"),
        ('points = ["Agree"]', "points = []", "has no points"),
        ('closed = "plan"', 'closed = "why"', "has 'why' under 'closed' or 'open'"),
        ('open = ["why"]', 'open = ["plan"]', "under 'closed' or 'open', where the other belongs"),
        ('file = "export.csv"', 'folder = "letters"\nletters_to = "plan"', "a closed question; name an open one"),
        ('{ label = "Birds" }', '{ label = "Not stated" }', "a name kept for everyone or for those who did not say"),
        ('label = "Role"', 'label = "Answer"', "which tables use for another column"),
        ('{ label = "Birds" }', '{ label = "???" }', "accessible tables need a letter"),
        ('{ label = "Birds" }', '{ label = "all" }', "a name kept for everyone"),
        ('key = "online"', 'key = "on line"', "it should be lower-case letters, digits and underscores"),
        ("counted = true", 'counted = true\ndate_format = "%d/%d/%Y"', "which is none; see strptime"),
        ("counted = true", 'counted = true\nheadings = { q99 = "x" }', "gives a heading to 'q99'"),
        ('title = "A small survey"', 'title = "A small survey"\nslug = "../../x"', "has the slug"),
        ('file = "export.csv"', "", "needs one of 'file'"),
        ('file = "export.csv"', 'file = "export.csv"\nfiles = ["b.csv"]', "needs one of 'file'"),
        ('file = "export.csv"', 'files = ["a/x.csv", "b/x.csv"]', "lists two files called 'x.csv'"),
        ('file = "export.csv"', 'file = "export.csv"\nletters_to = "why"', "has 'letters_to' and no 'folder'"),
        ('repeats = "latest"', 'repeats = "latest"\nat_least = 0', "should have 'at_least' as 1 or more"),
        ('repeats = "latest"', 'repeats = "latest"\nat_least = 3', "the channel 'online' asks 2 questions"),
        ('other = "Others"', "other_in_place = true", "has other_in_place and no 'other'"),
        ("counted = true", "counted = true\npublish_answers = true", "say why under 'publish_answers_because'"),
    ],
)
def test_a_wrong_definition_is_refused_with_its_place(small, before, after, says):
    assert before in SMALL
    folder = small(definition=SMALL.replace(before, after, 1))
    with pytest.raises(DefinitionError, match=says) as error:
        read_consultation(folder)
    assert str(folder / "consultation.toml") in str(error.value)


@pytest.mark.parametrize(
    ("codebook", "says"),
    [
        ("", r"has no \[\[themes\]\]"),
        (CODEBOOK.replace('"sleep"', '"food"', 1), "names the theme 'food' twice"),
        (CODEBOOK.replace('key = "food"', 'key = "Food!"'), "keys are lower-case"),
        (CODEBOOK.replace('key = "food"', 'key = "id"'), "which coded files use"),
        (CODEBOOK.replace('label = "food"', 'label = "sleep"'), "names the theme 'sleep' twice"),
    ],
)
def test_a_wrong_codebook_is_refused(tmp_path, codebook, says):
    path = tmp_path / "codebook.toml"
    path.write_text(codebook, encoding="utf-8")
    with pytest.raises(DefinitionError, match=says):
        read_codebook(path)


def test_points_that_would_share_a_name_are_numbered_apart():
    from pipeline.definition import Scale

    assert Scale("grades", ("A*", "A", "A 2", "B")).keys == {"A*": "a", "A": "a_2", "A 2": "a_2_2", "B": "b"}
