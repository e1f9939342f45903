"""Run the whole product on a real, human-coded patient survey that it was not built around.

    python tests/benchmarks/patient_feedback.py FOLDER

FOLDER holds `train.jsonl` (id, question, rating, service, text, themes), as docs/patient-feedback.md describes it. Respondents
are split in two: the classifier learns from the one part and the survey of the other is run from its CSV to the report.
Printed are the tally beside an independent count, and the scores of both tiers of the classifier beside those of a TF-IDF
support vector machine, trained and tried on the same respondents and told, as ours is, which question was answered.
"""

import csv
import json
import re
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

from pipeline import read_consultation
from pipeline.cli import main
from pipeline.definition import shipped
from pipeline.themes.scores import micro_f1, scores_by_theme

IMPROVE = ("How could we improve?", "What could we do better?")
HEADINGS = {
    "why": "Why did you give this answer, and what was good?",
    "improve": "What could we do better?",
}


def respondents(source: Path) -> dict[str, dict]:
    """Return respondent -> rating, service and the two answers with their themes; the id loses its question number."""
    people: dict[str, dict] = defaultdict(lambda: {"why": [], "improve": []})
    for line in source.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        person = people[re.sub(r" - Q\d$", "", record["id"])]
        person |= {"rating": record["rating"], "service": record["service"]}
        person["improve" if record["question"] in IMPROVE else "why"].append((record["text"], record["themes"]))
    return dict(people)


def split(people: dict[str, dict]) -> tuple[list[str], list[str]]:
    """Return the respondents to learn from (seven in ten, by the remainder of their place) and those to run on."""
    names = sorted(people)
    return [n for i, n in enumerate(names) if i % 10 < 7], [n for i, n in enumerate(names) if i % 10 >= 7]


def prepare(source: Path, folder: Path) -> dict[str, dict]:
    """Write the definition, the labels of the one part and the CSV of the other into `folder`; return the other part."""
    shutil.copytree(shipped() / "patient-feedback", folder, dirs_exist_ok=True)
    people = respondents(source)
    learn, held_out = split(people)
    with open(folder / "labels.jsonl", "w", encoding="utf-8") as out:
        for name in learn:
            for question in HEADINGS:
                for number, (text, themes) in enumerate(people[name][question]):
                    label = {
                        "id": f"{name} {question} {number}", "writer": name, "question": question,
                        "text": text, "themes": themes,
                    }  # fmt: skip
                    out.write(json.dumps(label) + "\n")
    with open(folder / "export.csv", "w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(
            [
                "Respondent",
                "Which service did you use?",
                "Overall, how was your experience of our service?",
                *HEADINGS.values(),
            ]
        )
        for name in held_out:
            person = people[name]
            answers = ["\n".join(text for text, _ in person[question]) for question in HEADINGS]
            writer.writerow([name, person["service"], person["rating"], *answers])
    return {name: people[name] for name in held_out}


def independent_count(people: dict[str, dict]) -> Counter:
    """Return (service, rating) -> respondents, and ('all', rating), counted without the product."""
    counts = Counter((person["service"], person["rating"]) for person in people.values())
    counts.update(("all", person["rating"]) for person in people.values())
    return counts


def compare_classifiers(folder: Path, people: dict[str, dict]) -> None:
    """Print the micro- and macro-F1 of the trained classifier and of a TF-IDF support vector machine."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.svm import LinearSVC

    from pipeline.themes.classifier import score
    from pipeline.themes.labels import read_labels
    from pipeline.themes.models import load_model

    consultation = read_consultation(folder)
    codebook = consultation.question("why").codebook
    model = load_model(consultation, "why")
    held = [(question, *answer) for person in people.values() for question in HEADINGS for answer in person[question]]
    raised = np.array([[key in themes for key in codebook.keys] for _, _, themes in held])
    asked, texts = [question for question, _, _ in held], [text for _, text, _ in held]
    prefixed = [f"asked_{question} {text}" for question, text, _ in held]
    labels = read_labels(folder / "labels.jsonl", codebook)
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    svm = OneVsRestClassifier(LinearSVC(class_weight="balanced"))
    svm.fit(
        words.fit_transform([f"asked_{label.question} {label.text}" for label in labels]),
        np.array([[key in label.themes for key in codebook.keys] for label in labels]).astype(int),
    )
    for name, found in (
        ("ours, accurate", score(model, texts, "accurate", asked) >= model.tiers["accurate"].threshold),
        ("ours, fast", score(model, texts, "fast", asked) >= model.tiers["fast"].threshold),
        ("TF-IDF and a support vector machine", svm.predict(words.transform(prefixed)).astype(bool)),
    ):
        table = scores_by_theme(found, raised, codebook.keys)
        errors = (abs(table["found"] - table["labelled"]) / table["labelled"]).median()
        print(
            f"{name}: micro-F1 {micro_f1(found, raised):.3f}, macro-F1 {table['f1'].fillna(0).mean():.3f}, "
            f"median error of a theme's count {errors:.0%}, on {len(held)} comments"
        )


def run(source: Path, folder: Path) -> dict[str, dict]:
    """Train and run in `folder`; return the respondents that were run on. Raises AssertionError if a command fails."""
    people = prepare(source, folder)
    assert main(["train", str(folder)]) == 0
    assert main(["run", str(folder), "--out", str(folder / "out")]) == 0
    return people


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        place = Path(place)
        people = run(Path(sys.argv[1]) / "train.jsonl", place)
        counts = independent_count(people)
        print(
            f"Independent count: {counts['all', '1'] + counts['all', '2']} rated the service good or very good, of "
            f"{sum(counts['all', str(r)] for r in range(1, 6))} who gave a rating."
        )
        compare_classifiers(place, people)
