"""The command `consultation`: one function a command, no logic of its own.

This is the only place that reads the working directory, the clock or the environment, prints, or exits.
"""

import argparse
import sys
from pathlib import Path

from pipeline.errors import PUBLISHED_FIGURES_DIFFER, CommandError, ConsultationError, OutputError, did_you_mean

# Names kept here too, so that help opens no heavy library; `themes.classifier` has what they mean.
CODING_TIERS = ("accurate", "fast", "cascade")


def _progress(words: str, at_least: int = 1):
    """Return an iterator wrapper that shows how far a list has come: a bar on a terminal, a line an item when piped.

    Lists of fewer than `at_least` items are passed through in silence.
    """

    def wrap(items):
        items = list(items)
        if len(items) < at_least:
            yield from items
            return
        if sys.stderr.isatty():
            from tqdm import tqdm

            yield from tqdm(items, desc=words, leave=False)
            return
        for number, item in enumerate(items, start=1):
            print(f"{words}: {number} of {len(items)}", file=sys.stderr, flush=True)
            yield item

    return wrap


def _say(text=""):
    print(text, flush=True)


def _question(consultation, id):
    """Return the question that an option names; a name that is none is the command line's mistake."""
    known = [question.id for question in consultation.questions]
    if id not in known:
        raise CommandError(f"There is no question '{id}'.{did_you_mean(id, known)}")
    return consultation.question(id)


def _apart(out, *inputs):
    """Return the path of an output that is none of the inputs, so that nothing is written over what was given."""
    out = Path(out)
    for given in inputs:
        if given and out.exists() and out.samefile(given):
            raise CommandError(f"{out} is an input of this command; choose another file with --out.")
    return out


def _read(args):
    """Return the consultation and the responses that a command's arguments name."""
    from pipeline.ingest.responses import read_responses
    from pipeline.reading import read_consultation

    consultation = _controlled(args, read_consultation(args.definition))
    return consultation, read_responses(consultation, args.export)


def _controlled(args, consultation):
    """Return the consultation with disclosure control switched on, where the command line says so."""
    from dataclasses import replace

    if not getattr(args, "control", False):
        return consultation
    return replace(consultation, disclosure=replace(consultation.disclosure, control=True))


def _out(args, consultation) -> Path:
    return Path(args.out) if args.out else Path("outputs") / consultation.slug


def _outcome(consultation, responses, tier=None):
    """Return the outcome, with answers coded by the kept models, or by one trained here where none is kept."""
    from pipeline.outcome.outcomes import summarise
    from pipeline.outcome.wording import agrees, counted
    from pipeline.themes.coding import cards_of, code_responses, unused_codes
    from pipeline.themes.described import describe_codebook
    from pipeline.themes.evaluation import train
    from pipeline.themes.labels import read_labels
    from pipeline.themes.models import CARD, is_stale, load_model

    models = {}
    for question in consultation.open:
        if question.model and (question.model / CARD).is_file():
            models[question.id] = load_model(consultation, question.id)
            if is_stale(models[question.id], question):
                _say(
                    f"Note: labels or keywords for '{question.id}' changed since its model was trained; train it again."
                )
        elif question.labels:
            _say(
                f"No model is kept for '{question.id}': training one for this run; 'consultation train' would keep it."
            )
            labels = read_labels(question.labels, question.codebook)
            models[question.id], _ = train(
                labels, question.codebook, question.id, question.encoder, progress=_progress("Training")
            )
        elif question.codebook and not question.codes:
            _say(
                f"Note: '{question.id}' has no model, no labels and no settled codes: its answers are coded by the codebook's "
                "descriptions alone, and nothing is known of how good that is. Label 150 answers to know and to do better."
            )
            models[question.id] = describe_codebook(question.codebook, question.id)
        passed_over = unused_codes(question, responses.comments) if question.codebook else 0
        if passed_over:
            belong = (
                f"{counted(passed_over, 'settled code')} for '{question.id}' {agrees(passed_over, 'belongs', 'belong')}"
            )
            _say(f"Note: {belong} to no answer of this export.")
    coded = code_responses(consultation, responses.comments, models, tier, _progress("Coding", at_least=2))
    return summarise(consultation, responses, coded, cards=cards_of(models, responses.comments, tier))


def _ledger_line(responses):
    from pipeline.outcome.wording import counted

    for source in responses.sources.itertuples():
        rows = responses.ledger[
            (responses.ledger["channel"] == source.channel) & (responses.ledger["file"] == source.file)
        ]
        encoding = f", {source.encoding}" if source.encoding else ""
        fates = " + ".join(f"{n} {fate}" for fate, n in rows["fate"].value_counts().items())
        _say(f"Read {source.file} ({source.platform}{encoding}): {counted(len(rows), 'row')} = {fates}.")
    for note in responses.notes:
        _say(f"Note: {note}")
    unused = responses.columns.loc[responses.columns["use"] == "not used", "heading"]
    if len(unused):
        _say(f"Columns that the definition does not know: {', '.join(dict.fromkeys(unused))}.")


def _personal_line(responses):
    from pipeline.ingest.personal import recogniser_name
    from pipeline.outcome.wording import agrees, counted

    personal, written = responses.personal, int(responses.comments["text"].notna().sum())
    if not written:
        return
    holding = len(personal[["respondent", "question"]].drop_duplicates())
    kinds = ", ".join(f"{kind}: {n}" for kind, n in personal["kind"].value_counts().items())
    by = f"rules and {recogniser_name()}" if recogniser_name() else "rules alone"
    where = f" ({kinds}); working/personal.csv says where" if holding else ""
    comments, hold = counted(written, "comment"), agrees(holding, "holds", "hold")
    _say(f"Note: {holding:,} of {comments} {hold} something personal{where}. Found by {by}, which miss names.")


def _headlines(outcome):
    from pipeline.outcome.sentences import headline_sentence
    from pipeline.outcome.tables import campaigns_sentence
    from pipeline.outcome.wording import counted

    for question in outcome.consultation.closed:
        _say(f"{headline_sentence(outcome, question)}.")
    if len(outcome.campaigns):
        found = counted(len(outcome.campaign_sizes), "campaign")
        signers = counted(outcome.campaigns["respondent"].nunique(), "respondent")
        _say(f"{found} of {signers}. {campaigns_sentence(outcome)}")


def _comparison(checks) -> bool:
    """Print how our figures compare with the published ones; return whether all agree."""
    import pandas as pd

    from pipeline.outcome.wording import agrees, counted

    if checks.empty:
        _say("No published figures to compare with.")
        return True
    wrong = checks[~checks["agrees"]]
    right, numbers = len(checks) - len(wrong), counted(len(checks), "published number")
    _say(f"{right:,} of {numbers} {agrees(right, 'agrees', 'agree')} with ours.")
    for row in wrong.itertuples():
        ours = "not known" if pd.isna(row.ours) else f"{row.ours:.10g}"
        _say(f"  differs: {row.claim} ({row.where}): {row.measure} published {row.published:.10g}, ours {ours}.")
    return wrong.empty


def run(args) -> int:
    """Do all of it: read, tally, code, compare, and write the outcome's two folders."""
    from pipeline.outcome.folders import replaces_another, write_report
    from pipeline.outcome.published import verify

    consultation, responses = _read(args)
    out = _out(args, consultation)
    _say(consultation.title)
    if consultation.invented:
        _say(f"Data: {consultation.data_note}.")
    _ledger_line(responses)
    _personal_line(responses)
    outcome = _outcome(consultation, responses, args.tier)
    _headlines(outcome)
    _comparison(verify(outcome))
    if replaces_another(outcome, out):
        _say(
            f"Note: {out / 'published'} held an outcome of other respondents. If that was published, keep its figures.csv "
            "and name it as 'earlier' under [disclosure], so that the difference does not tell what a few said."
        )
    return _publish(write_report, outcome, out)


def _publish(write, outcome, out) -> int:
    """Write an outcome and say what became of quotes and prose, and what changed since the one that stood there."""
    before = _kept(out)
    missing = write(outcome, out, _progress("Charts"))
    _quotes(outcome)
    _prose(out)
    _written(out, missing)
    _changed(before, out)
    return 0


def _prose(out):
    """Print which numbers in the department's own words are no published figures."""
    from pipeline.outcome.folders import read_table
    from pipeline.outcome.prose import AMOUNT, disagreements
    from pipeline.outcome.wording import agrees, counted

    found = read_table(out, "prose_numbers")
    amounts = int((found["kind"] == AMOUNT).sum())
    wrong = disagreements(found)
    if len(found) > amounts:
        numbers, right = counted(len(found) - amounts, "number"), len(found) - amounts - len(wrong)
        _say(f"{right} of {numbers} in the department's own words {agrees(right, 'is a figure', 'are figures')}.")
    for line in wrong:
        _say(f"  {line}")
    if amounts:
        times = counted(amounts, "time")
        _say(
            f"  Words such as 'a majority' stand there {times} and cannot be checked; working/prose_numbers.csv says where."
        )


def _quotes(outcome):
    """Print how many passages a person approved, and which lines of theirs hold no longer."""
    from pipeline.outcome.quotes import approved_quotes
    from pipeline.outcome.wording import agrees, counted

    quotes, problems = approved_quotes(outcome)
    if quotes or problems:
        _say(f"{counted(len(quotes), 'passage')} {agrees(len(quotes), 'is', 'are')} quoted, as approved.")
    for problem in problems:
        _say(f"  Not quoted: {problem}")


def _kept(out):
    """Return what an earlier outcome in a folder left of itself, None where there is none to compare with."""
    from pipeline.outcome.changes import read_kept

    try:
        return read_kept(out)
    except OutputError as error:
        _say(f"Note: nothing can be compared with the earlier outcome. {error}")
        return None


def _changed(before, out):
    """Keep and print what changed since the outcome that stood in a folder."""
    from pipeline.outcome.changes import CHANGES, compare, described, read_kept, write_changes

    if before is None:
        return
    changes = compare(before, read_kept(out))
    write_changes(changes, out)
    _say()
    for line in described(changes):
        _say(line)
    if len(changes.figures):
        _say(f"Every one that moved is in {out / 'working' / CHANGES}.")


def _written(out, missing):
    if missing:
        _say(f"The report leaves out what the department has not written yet: {', '.join(missing)}.")
    _say(f"The report is {out / 'published' / 'report.html'}; all that may be published is beside it.")
    _say(f"{out / 'working'} holds ids and comments and may not leave the office.")


def tally(args) -> int:
    """Count each answer by respondent group, print the nets and write the tally as CSV where asked."""
    from pipeline.tally.agreement import net_answers
    from pipeline.tally.tallies import tally_answers
    from pipeline.writing import as_csv, write_file

    consultation, responses = _read(args)
    _ledger_line(responses)
    by = _by(args, consultation)
    table = tally_answers(consultation, responses.answers, responses.groups, by)
    nets = net_answers(consultation, table)
    for question in consultation.closed:
        _say(f"\n{question.label}{' (several answers could be chosen)' if question.multiple else ''}")
        rows = nets if question.scale.nets else table
        column = "net" if question.scale.nets else "answer"
        rows = rows[rows["question"] == question.id]
        rows = rows.replace({column: {net.key: net.label for net in question.scale.nets}})
        wide = rows.assign(cell=[_cell(row) for row in rows.itertuples()])
        wide = wide.pivot_table(
            index=["grouping", "group", "base"], columns=column, values="cell", aggfunc="first", sort=False
        )
        _say(wide.reset_index().rename_axis(None, axis=1).to_string(index=False))
    if args.out:
        write_file(_apart(args.out, *_inputs(args, consultation)), as_csv(table))
        _say(f"\nThe tally is in {args.out}.")
    return 0


def _by(args, consultation) -> list[str]:
    """Return the groupings to break down by: those that were asked for, or all of the definition."""
    known = [*(grouping.key for grouping in consultation.groupings), "channel"]
    for name in args.by or ():
        if name not in known:
            raise CommandError(f"There is no grouping '{name}'.{did_you_mean(name, known)}")
    return list(dict.fromkeys(args.by or known[:-1]))


def _inputs(args, consultation) -> list:
    """Return the files that a command reads and may not write over."""
    from pipeline.reading import locate

    given = [path for channel in consultation.channels for path in channel.paths if path.is_file()]
    return [args.export, locate(args.definition), consultation.decisions, *given]


def _cell(row) -> str:
    from pipeline.outcome.wording import in_brackets

    return f"{row.count}{in_brackets(row.count, row.percent)}"


def differences(args) -> int:
    """Say how often groups differ as much as they do when their labels are shuffled among the respondents."""
    from pipeline.tally.differences import SEED, find_differences
    from pipeline.writing import as_csv, write_file

    if args.shuffles < 1:
        raise CommandError(f"--shuffles is how often labels are shuffled: 1 or more, not {args.shuffles}.")
    consultation, responses = _read(args)
    _ledger_line(responses)
    by = _by(args, consultation)
    out = _apart(args.out, *_inputs(args, consultation)) if args.out else None
    table = find_differences(
        consultation,
        responses.answers,
        responses.groups,
        by,
        args.shuffles,
        progress=_progress("Shuffling", at_least=2),
    )
    if table.empty:
        raise CommandError("The definition has no closed question, or no grouping, to compare groups by.")
    for wording in table.loc[table["group"] == "", "wording"]:
        _say(f"\n{wording}")
    _say(f"\nThis describes these respondents, who chose to take part, and nobody else. Seed of the shuffling: {SEED}.")
    if out:
        write_file(out, as_csv(table))
        _say(f"{out} has each group too; keep it with the working files, because groups may be small.")
    return 0


def train(args) -> int:
    """Train a classifier from the labels of each open question, or of one, and keep it with the definition."""
    from pipeline.reading import read_consultation
    from pipeline.themes.evaluation import train as train_model
    from pipeline.themes.labels import read_labels
    from pipeline.themes.models import save_model

    consultation = read_consultation(args.definition)
    questions = [_question(consultation, args.question)] if args.question else list(consultation.open)
    done: dict[Path, Path] = {}
    for question in questions:
        labels_file = Path(args.labels) if args.labels else question.labels
        folder = Path(args.out) if args.out else question.model
        if question.codebook is None or labels_file is None or folder is None:
            if args.question:
                raise CommandError(f"The question '{question.id}' has no codebook, no labels or no place for a model.")
            continue
        if done.get(folder, labels_file) != labels_file:
            raise CommandError(f"Two questions keep their models in {folder} and learn from different labels.")
        if folder in done:
            continue
        done[folder] = labels_file
        labels = read_labels(labels_file, question.codebook)
        _say(f"{question.label}: learning from {len(labels)} labelled answers.")
        model, scores = train_model(
            labels, question.codebook, question.id, question.encoder, progress=_progress("Training")
        )
        save_model(model, folder)
        _say(f"Tried on answers it had not learned from: {model.card['evaluated']}; threshold {model.threshold:g}.")
        _say(scores.round(2).to_string(index=False, na_rep="-"))
        _say(f"The model is in {folder}.\n")
    if not done:
        raise CommandError(f"No open question of '{consultation.slug}' has both a codebook and labels.")
    return 0


def evaluate(args) -> int:
    """Score the kept classifier of a question on labelled answers that it has not learned from."""
    import json

    from pipeline.reading import read_consultation
    from pipeline.themes.card import card_lines
    from pipeline.themes.evaluation import evaluate as evaluate_model
    from pipeline.themes.labels import read_labels
    from pipeline.themes.models import load_model

    consultation = read_consultation(args.definition)
    question = _question(consultation, args.question)
    model = load_model(consultation, question.id)
    tier = args.tier or "accurate"
    if args.labels:
        labels = read_labels(args.labels, question.codebook)
        table, about = evaluate_model(model, labels, question.codebook, tier)
        about["by_theme"] = table.astype(object).where(table.notna(), None).to_dict("records")
        heading = f"{question.label}: {about['answers']} labelled answers that the classifier has not learned from."
        heading += f" 95% interval of micro-F1: {about['micro_f1_low']:.3f} to {about['micro_f1_high']:.3f}."
    elif tier != "accurate":
        raise CommandError("The card speaks of the accurate tier; give labels to score the fast one on.")
    else:
        about = model.card
        heading = f"{question.label}: {about['labels']} labelled answers, {about['evaluated']}."
    if args.json:
        _say(json.dumps({"question": question.id, **about}, ensure_ascii=False))
        return 0
    _say(heading)
    for line in card_lines(about):
        _say(line)
    return 0


def code(args) -> int:
    """Code a file of texts with the trained classifier of a question."""
    from pipeline.errors import ExportError
    from pipeline.ingest.files import read_records
    from pipeline.reading import locate, read_consultation
    from pipeline.themes.coding import code_texts
    from pipeline.themes.models import load_model
    from pipeline.writing import as_csv, write_file

    consultation = read_consultation(args.definition)
    model = load_model(consultation, _question(consultation, args.question).id)
    records = read_records(args.texts, "file of texts")
    if not records:
        raise ExportError(f"{args.texts} holds no texts.")
    lacking = [number for number, record in enumerate(records, start=1) if "text" not in record]
    if lacking:
        which = "" if len(lacking) == len(records) else f" in record {lacking[0]}"
        raise ExportError(f"{args.texts} has no column or field 'text'{which}; name the one with the answers 'text'.")
    ids = [str(n if record.get("id") in (None, "") else record["id"]) for n, record in enumerate(records, start=1)]
    texts = ["" if record["text"] is None else str(record["text"]) for record in records]
    out = _apart(args.out, args.texts, locate(args.definition))
    why_out = _apart(args.why, args.texts, locate(args.definition)) if args.why else None
    if why_out and why_out.resolve() == out.resolve():
        raise CommandError(f"{out} cannot hold both the codes and the reasons; name another file under --why.")
    coded, why = code_texts(ids, texts, model, args.tier, _progress("Coding", at_least=2), bool(args.why))
    write_file(out, as_csv(coded))
    if why_out:
        write_file(why_out, as_csv(why))
    _say(f"Coded {len(coded)} texts into {len(model.themes)} themes (machine-coded, not yet checked): {args.out}.")
    return 0


def report(args) -> int:
    """Make `published/` again from the working files of an earlier run, with the department's words as they are now."""
    from pipeline.outcome.folders import read_working, write_published
    from pipeline.outcome.outcomes import summarise
    from pipeline.reading import read_consultation

    consultation = _controlled(args, read_consultation(args.definition))
    out = _out(args, consultation)
    responses, coded, cards = read_working(consultation, out)
    outcome = summarise(consultation, responses, coded, cards=cards)
    return _publish(write_published, outcome, out)


def compare(args) -> int:
    """Say what changed from one outcome to another: respondents, figures and sentences of the report."""
    from pipeline.outcome.changes import as_json, described, read_kept
    from pipeline.outcome.changes import compare as compare_outcomes

    kept = []
    for folder in (args.old, args.new):
        found = read_kept(folder)
        if found is None:
            raise CommandError(f"{folder} holds no outcome; name a folder that 'consultation run' wrote to.")
        kept.append(found)
    changes = compare_outcomes(*kept)
    if args.json:
        _say(as_json(changes))
        return 0
    for line in described(changes):
        _say(line)
    return 0


def verify(args) -> int:
    """Compare our figures with the published ones; 14 if any differs."""
    from pipeline.outcome.published import verify as verify_outcome

    consultation, responses = _read(args)
    checks = verify_outcome(_outcome(consultation, responses))
    for row in checks[checks["agrees"]].itertuples():
        _say(f"  agrees: {row.claim} ({row.where}): {row.measure} {row.published:g}.")
    agree = _comparison(checks)
    for found in consultation.inconsistencies:
        said = "; ".join(f"{where}: {what}" for where, what in found.says)
        _say(f"The publication does not agree with itself or with others. {found.about}: {said}. {found.note}".strip())
    return 0 if agree else PUBLISHED_FIGURES_DIFFER


def explain(args) -> int:
    """Say where a figure of an earlier run comes from and count it again from the export; 14 if the counts differ."""
    from pipeline.outcome.explaining import described, explain_all
    from pipeline.outcome.explaining import explain as explain_figure
    from pipeline.reading import read_consultation

    names = [args.figure, args.definition, args.export]
    figure, definition, export = [None, *names[:2]] if args.all else names
    if (figure is None) != args.all or (args.all and args.export):
        raise CommandError("Name one figure by its id in figures.csv, or say --all and no figure.")
    consultation = read_consultation(definition)
    out = _out(args, consultation)
    if args.all:
        return _all_explained(explain_all(consultation, out, export, _progress("Counting again")))
    explained = explain_figure(consultation, out, figure, export)
    for line in described(explained, out):
        _say(line)
    return PUBLISHED_FIGURES_DIFFER if explained.agrees is False else 0


def _all_explained(found) -> int:
    """Print how many figures are the same when counted again, and those that are not; return the exit code."""
    from pipeline.outcome.explaining import CHANGED_SINCE, verdict

    again = [explained for explained in found if explained.agrees is not None]
    differ = [explained for explained in again if not explained.agrees]
    _say(f"{len(again) - len(differ)} of {len(again)} figures are the same when counted again from the export.")
    if len(again) < len(found):
        _say(f"{len(found) - len(again)} more were not counted again:")
    for explained in [*(one for one in found if one.agrees is None), *differ]:
        _say(f"  {explained.figure} ({explained.wording}). {verdict(explained)}")
    if differ:
        _say(CHANGED_SINCE)
    return PUBLISHED_FIGURES_DIFFER if differ else 0


def inspect(args) -> int:
    """Say what an export is and what each of its columns holds, without a word of what people wrote."""
    import json
    from dataclasses import asdict

    from pipeline.ingest.drafting.columns import inspect_export
    from pipeline.ingest.layouts import read_export

    found = inspect_export(read_export(args.export, args.platform or ""))
    if args.json:
        _say(json.dumps(asdict(found), ensure_ascii=False))
        return 0
    encoding = f", {found.encoding}" if found.encoding else ""
    _say(f"{args.export}: {found.platform}{encoding}; rows of headings: {found.header_rows}, rows below: {found.rows}.")
    for note in found.notes:
        _say(f"Note: {note}")
    for column in found.columns:
        heading = " ".join(column.heading.split()) or "(no heading)"
        _say(f"\n{column.column:>4}  {heading}")
        _say(f"      {column.kind}, {column.answered} answered: {column.why}")
        for option, count in (column.options or {}).items():
            _say(f"      {count:>6}  {' '.join(option.split())}")
    return 0


def new(args) -> int:
    """Write a first definition for an export into a folder, to be corrected, and see that the export runs under it."""
    from pipeline.ingest.drafting.columns import inspect_export
    from pipeline.ingest.drafting.draft import draft_definition, file_name, write_draft
    from pipeline.ingest.layouts import read_export
    from pipeline.ingest.responses import read_responses
    from pipeline.reading import read_consultation

    path, folder, platform = Path(args.export), Path(args.to), args.platform or ""
    export = read_export(path, platform)
    text = draft_definition(export, inspect_export(export), path.stem, file_name(path), platform)
    definition = write_draft(folder, text, path, file_name(path))
    _say(f"{definition} is a first definition: {text.count('# guess')} lines of it are guesses to confirm or correct.")
    consultation = read_consultation(folder)
    _ledger_line(read_responses(consultation))
    groups = "".join(f", by '{grouping.heading}'" for grouping in consultation.groupings)
    _say(f"Closed questions: {len(consultation.closed)}{groups}. Open questions: {len(consultation.open)}.")
    _say(f"Next: consultation tally {folder}")
    return 0


def template(args) -> int:
    """Write an empty codebook, labels file, file of codes or file of decisions to fill in."""
    from pipeline.themes.templates import TEMPLATES
    from pipeline.writing import write_file

    name, content = TEMPLATES[args.what]
    path = Path(args.out or name)
    if path.exists():
        raise CommandError(f"{path} is there already; choose another name with --out.")
    write_file(path, content)
    _say(f"Wrote {path}.")
    return 0


def _version() -> str:
    from importlib.metadata import version

    return version("consultation")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="consultation",
        description="From a survey export to a published consultation outcome.",
        epilog="Exit codes: 0 done; 2 the command line; 11 the definition; 12 the export; 13 a model or labels; "
        "14 published figures differ, or a second count; 15 an output could not be written.",
    )
    parser.add_argument("--version", action="version", version=f"consultation {_version()}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(function, help, definition="?", export=False, out=""):
        sub = commands.add_parser(function.__name__, help=help, description=function.__doc__)
        if definition:
            sub.add_argument(
                "definition",
                nargs=definition if definition == "?" else None,
                metavar="DEFINITION",
                help="a consultation.toml, its folder, or the slug of a shipped consultation",
            )
        if export:
            sub.add_argument(
                "export", nargs="?", metavar="EXPORT", help="the survey export, in place of the definition's"
            )
        if out:
            sub.add_argument("--out", metavar=out, help=f"where to write ({out.lower()})")
        sub.set_defaults(function=function)
        return sub

    def tiers(sub, *names):
        sub.add_argument("--tier", choices=names, metavar="TIER", help=f"which classifier: {' or '.join(names)}")

    def controls(sub):
        sub.add_argument(
            "--control", action="store_true", help="apply disclosure control, even where it is switched off"
        )

    sub = command(run, "do all of it: tally, code, report and compare", export=True, out="FOLDER")
    tiers(sub, *CODING_TIERS)
    controls(sub)
    sub = command(tally, "count the closed questions by respondent group", export=True, out="FILE")
    sub.add_argument("--by", action="append", metavar="GROUPING", help="a grouping to break down by (default: all)")
    sub = command(differences, "say how often groups differ as much when labels are shuffled", export=True, out="FILE")
    sub.add_argument("--by", action="append", metavar="GROUPING", help="a grouping to compare by (default: all)")
    sub.add_argument("--shuffles", type=int, default=10_000, metavar="N", help="how many shufflings (default: 10000)")
    sub = command(train, "train the classifiers from labelled answers", out="FOLDER")
    sub.add_argument("--question", metavar="ID", help="train this question alone")
    sub.add_argument(
        "--labels", metavar="FILE", help="labelled answers, in place of the definition's (with --question)"
    )
    sub = command(evaluate, "score a classifier on labelled answers it has not seen")
    sub.add_argument("--question", metavar="ID", required=True, help="whose classifier")
    sub.add_argument("--labels", metavar="FILE", help="labelled answers (default: show the scores of the model's card)")
    sub.add_argument("--json", action="store_true", help="print the scores as JSON")
    tiers(sub, "accurate", "fast")
    sub = command(code, "code a file of texts into themes", definition="1")
    sub.add_argument("texts", metavar="TEXTS", help="a CSV or JSON-lines file with 'text' and optionally 'id'")
    sub.add_argument("--question", metavar="ID", required=True, help="whose codebook and model to use")
    sub.add_argument("--out", metavar="FILE", required=True, help="the CSV to write")
    sub.add_argument("--why", metavar="FILE", help="a CSV of the sentence and words behind each theme")
    tiers(sub, *CODING_TIERS)
    controls(command(report, "make the report again after its words changed", out="FOLDER"))
    command(verify, "compare our figures with the published ones", export=True)

    sub = command(explain, "say where a figure comes from and count it again", definition="", out="FOLDER")
    sub.add_argument("figure", nargs="?", metavar="FIGURE", help="an id in figures.csv; left out with --all")
    sub.add_argument("definition", nargs="?", metavar="DEFINITION", help="as for the run that wrote the figure")
    sub.add_argument("export", nargs="?", metavar="EXPORT", help="as for the run that wrote the figure")
    sub.add_argument("--all", action="store_true", help="count every figure again and list those that differ")

    sub = command(compare, "say what changed from one outcome to another", definition="")
    sub.add_argument("old", metavar="OLD", help="the folder of an outcome, as given under --out")
    sub.add_argument("new", metavar="NEW", help="the folder of a later one")
    sub.add_argument("--json", action="store_true", help="print it as JSON")

    def of_an_export(function, help):
        sub = command(function, help, definition="")
        sub.add_argument("export", metavar="EXPORT", help="the file that the survey platform exports")
        sub.add_argument("--platform", metavar="NAME", help="whose layout it has (default: recognised by its headings)")
        return sub

    sub = of_an_export(inspect, "say what the columns of an export hold")
    sub.add_argument("--json", action="store_true", help="print it as JSON")
    sub = of_an_export(new, "write a first definition for an export")
    sub.add_argument("--to", metavar="FOLDER", required=True, help="the folder to write it into")
    sub = command(template, "write an empty codebook, labels, codes or decisions file", definition="")
    kinds = ("codebook", "labels", "codes", "decisions")
    sub.add_argument("what", choices=kinds, metavar="WHAT", help="codebook, labels, codes or decisions")
    sub.add_argument("--out", metavar="FILE", help="where to write it (default: here, under its usual name)")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run a command and return its exit code; an error of the analyst's is one line on standard error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that knows no 'é' shows a question mark, and work goes on
            stream.reconfigure(errors="replace")
    args = _parser().parse_args(argv)
    if args.command == "train" and (args.labels or args.out) and not args.question:
        _parser().error("--labels and --out go with --question")
    try:
        return args.function(args)
    except ConsultationError as error:
        print(f"consultation: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # whoever read our output has had enough
        sys.stderr.close()
        return 0
    except OSError as error:
        print(f"consultation: {error.filename or 'a file'} cannot be used: {error.strerror or error}.", file=sys.stderr)
        return OutputError.exit_code
    except KeyboardInterrupt:
        print("consultation: stopped; nothing half-written is left. Run it again to begin afresh.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
