"""Small surveys of any number of groups, whose answers by group are published without disclosure control."""

import re

from pipeline import code_responses, read_consultation, read_responses, summarise

from .conftest import SMALL, row

WORDS = "managers and workers in registered settings and those who share their views of it all"
PUBLISHED = 'publish_crossed = true\npublish_crossed_because = "nobody is real"\n'


def long_label(number: int) -> str:
    """Return a group's name of 90 characters."""
    return f"{number:02} {WORDS} and more"[:90].ljust(90, "n")


def survey_of(small, labels, rows, definition=SMALL, **more):
    """Return the outcome of a small survey with these groups and rows."""
    groups = ", ".join(f'{{ label = "{label}", key = "g{n}" }}' for n, label in enumerate(labels))
    definition = re.sub(r'other = "Others"\ngroups = \[.*?\n', f"{PUBLISHED}groups = [{groups}]\n", definition)
    definition += '\n[disclosure]\ncontrol = false\nbecause = "nobody is real"\n'
    consultation = read_consultation(small(*rows, definition=definition, **more))
    responses = read_responses(consultation)
    return summarise(consultation, responses, code_responses(consultation, responses.comments, {}))


def survey_with(small, groups: int, definition=SMALL):
    """Return the outcome of a small survey of so many groups with names of 90 characters, each of 1 to 7 respondents.

    Answers go round the three points, and themes round none, one and both. The last group is empty.
    """
    labels = [long_label(n) for n in range(groups)]
    rows, codes = [], []
    for group, label in enumerate(labels[:-1]):
        for n in range(1 + group % 7):
            id = f"{group}-{n}"
            rows.append(row(id, ["Agree", "Neither", "Disagree"][n % 3], role=label, why="words"))
            codes.append(f'{id},"{["", "food", "food; sleep"][n % 3]}"')
    return survey_of(small, labels, rows, definition, codes="respondent,themes\n" + "\n".join(codes) + "\n")
