"""The whole product on a real survey of another kind, from a definition alone; the data are kept outside the project."""

import csv

import pandas as pd
import pytest

from .benchmarks import patient_feedback
from .conftest import ROOT

SOURCE = ROOT.parent / "shared" / "benchmarks" / "patient-feedback" / "train.jsonl"

pytestmark = pytest.mark.skipif(
    not SOURCE.is_file(), reason="the patient feedback is not beside this checkout (see docs/patient-feedback.md)"
)


@pytest.fixture(scope="module")
def survey(tmp_path_factory):
    folder = tmp_path_factory.mktemp("patients")
    return folder, patient_feedback.run(SOURCE, folder)


def test_the_tally_equals_an_independent_count(survey):
    folder, people = survey
    tally = pd.read_csv(folder / "out" / "working" / "tally.csv")
    counts = patient_feedback.independent_count(people)
    points = ["Very good", "Good", "Neither good nor poor", "Poor", "Very poor"]
    services = {"all": "all", "Emergency ambulance": "See and Convey", "Patient transport": "PTS  - Patient Transport",
                "NHS 111": "111", "Mental health, local partnerships": "Local partnerships- MH",
                "Forensic services": "Forensic", "Community health services": "Community health services",
                "Service not recorded": "Unknown"}  # fmt: skip
    ours = tally[tally["grouping"] != "channel"].set_index(["group", "answer"])["count"].to_dict()
    assert ours == {
        (group, point): counts[service, str(number)]
        for group, service in services.items()
        for number, point in enumerate(points, start=1)
    }


def test_ratings_six_and_seven_are_outside_the_base(survey):
    folder, people = survey
    bases = pd.read_csv(folder / "out" / "working" / "bases.csv").query("grouping == 'all'").iloc[0]
    outside = sum(person["rating"] in ("6", "7") for person in people.values())
    assert outside > 0
    assert bases[["asked", "outside_base", "base"]].tolist() == [len(people), outside, len(people) - outside]


def test_every_comment_is_coded_into_the_24_themes_and_reported(survey):
    folder, people = survey
    coded = pd.read_csv(folder / "out" / "working" / "coded.csv")
    answered = {(name, q) for name, person in people.items() for q in ("why", "improve") if person[q]}
    assert set(zip(coded["respondent"], coded["question"], strict=True)) == answered
    assert coded["theme"].nunique() == 24 and len(coded) == 24 * len(answered)
    page = (folder / "out" / "published" / "report.html").read_text(encoding="utf-8")
    assert "machine-coded, not yet checked" in page and "Referals &amp; continuity of care" in page
    with open(folder / "out" / "published" / "figures.csv", encoding="utf-8") as file:
        assert not any(figure["id"].startswith("rating.good.service") for figure in csv.DictReader(file))
