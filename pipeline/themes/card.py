"""What a model's card says, as lines to read."""

from collections.abc import Iterator

import pandas as pd


def card_lines(card: dict) -> Iterator[str]:
    """Yield a card, or what an evaluation found, line by line: scores, calibration, doubt, parts, and mistakes."""
    if not card.get("by_theme"):
        yield "It has learned from no labelled answers, so nothing is known of how good it is."
        return
    yield f"Micro-F1 {card['micro_f1']:.3f}, macro-F1 {card['macro_f1']:.3f}."
    yield _table(card["by_theme"])
    yield from _calibration(card)
    if "fast" in card:
        yield f"Fast tier: micro-F1 {card['fast']['micro_f1']:.3f}, macro-F1 {card['fast']['macro_f1']:.3f}."
        yield (
            f"Cascade: {card['cascade']['to_accurate']:.0%} of the answers go on to the accurate tier; micro-F1 "
            f"{card['cascade']['micro_f1']:.3f}."
        )
    yield "\nIf the most doubtful answers go to a person, micro-F1 of the others:"
    yield _table(
        [{"share to a person": f"{row['to_a_person']:.0%}", "micro_f1": row["micro_f1"]} for row in card["not_sure"]]
    )
    for name, key in (("respondent group", "by_group"), ("length", "by_length")):
        if card.get(key):
            yield f"\nBy {name}:"
            yield _table(card[key])
    if isinstance(card.get("subthemes"), dict):
        yield f"Finer points told right: {card['subthemes']['right']:.0%} of {card['subthemes']['labelled']} sentences."
    elif card.get("subthemes"):
        yield "\nFiner points told right, by writers not read; by their wording alone; by always giving the commonest:"
        yield _table(card["subthemes"])
    if card.get("learning_curve"):
        yield "\nAs more answers are learned from:"
        yield _table(card["learning_curve"])
    if card["confusions"]:
        yield "\nMost often missed, with another found in its place, and the rule of the codebook between them:"
        for row in card["confusions"]:
            yield f"  {row['missed']}, found {row['found']}: {row['answers']}. {row['rule']}".rstrip()


def _calibration(card: dict) -> Iterator[str]:
    said = f"A probability is off by {100 * card['calibration_error']:.1f} points on average"
    if "calibration_error_by_writer" in card:
        by = card["calibration_error_by_writer"]
        said += f"; for one writer alone by {100 * by['median']:.1f} (median), {100 * by['worst']:.1f} at worst"
    if "calibration_error_in_hand" in card:
        said += f"; by {100 * card['calibration_error_in_hand']:.1f} once 75 of these answers are coded"
    yield f"{said}."


def _table(rows: list[dict]) -> str:
    return pd.DataFrame(rows).round(3).to_string(index=False, na_rep="-")
