"""What a text means, as numbers: the one door to onnxruntime and tokenizers.

An encoder is a folder: a small transformer (`encoder.onnx`, 8-bit weights), its `tokenizer.json` and a `card.json`
that says where it came from and holds the files' SHA-256. Two kinds are used. A general one gives vectors of meaning.
One adapted to a codebook gives, in place of a vector, how strongly each theme of that codebook is spoken of.
"""

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from pipeline.definition import shipped
from pipeline.errors import ModelError
from pipeline.themes.text import Sentence

NETWORK, TOKENIZER, CARD, HELD_OUT = "encoder.onnx", "tokenizer.json", "card.json", "held-out.npz"
# The most wordpieces read at once; what is longer is read in several windows, and nothing is cut off.
WINDOW = 254
# Texts read side by side.
WORKERS = 2


@dataclass(frozen=True)
class Encoder:
    """A loaded encoder. `themes` are those it was adapted to, none for a general one; `sha256` is its network's.

    `held_out` maps the hash of a text that an adapted encoder learned from to what encoders gave that had not
    learned from it: a row for the whole text and one a sentence.
    """

    folder: Path
    card: dict
    sha256: str
    session: object = field(repr=False, compare=False)
    tokenizer: object = field(repr=False, compare=False)
    held_out: dict[str, np.ndarray] = field(default_factory=dict, repr=False, compare=False)

    @property
    def themes(self) -> tuple[str, ...]:
        return tuple(self.card.get("themes", ()))


def general_encoder() -> Path:
    """Return the folder of the general encoder that comes with the product."""
    return shipped() / "encoders" / "minilm"


def text_hash(text: str) -> str:
    """Return a short hash of a text's words, whatever its case and spacing: enough to tell that it was learned from."""
    return hashlib.sha256(" ".join(text.lower().split()).encode()).hexdigest()[:12]


def load_encoder(folder: str | Path) -> Encoder:
    """Load an encoder. Loading runs no code of the files': a network of known operations, a vocabulary and JSON.

    Raises ModelError if a file is missing, cannot be read or is not the one that the card describes.
    """
    folder = Path(folder)
    try:
        stamp = tuple(path.stat().st_mtime_ns for path in (folder / NETWORK, folder / TOKENIZER, folder / CARD))
    except OSError:
        raise ModelError(
            f"There is no encoder in {folder}: it should hold {NETWORK}, {TOKENIZER} and {CARD}."
        ) from None
    return _load(folder, stamp)


@lru_cache(maxsize=4)
def _load(folder: Path, stamp: tuple) -> Encoder:
    import onnxruntime
    from tokenizers import Tokenizer

    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        content = {name: (folder / name).read_bytes() for name in card["sha256"]}
        for name, expected in card["sha256"].items():
            if hashlib.sha256(content[name]).hexdigest() != expected:
                raise ModelError(f"{folder / name} is not the file that the encoder's card describes; copy it again.")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # texts run side by side instead, see `encode`
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(content[NETWORK], options, providers=["CPUExecutionProvider"])
        tokenizer = Tokenizer.from_str(content[TOKENIZER].decode())
        tokenizer.no_truncation()
        tokenizer.no_padding()
        held_out = _held_out(folder / HELD_OUT) if HELD_OUT in content else {}
    except ModelError:
        raise
    except Exception as error:  # whatever onnxruntime and tokenizers make of a broken file
        raise ModelError(f"The encoder in {folder} cannot be read ({type(error).__name__}); copy it again.") from None
    return Encoder(folder, card, card["sha256"][NETWORK], session, tokenizer, held_out)


def _held_out(path: Path) -> dict[str, np.ndarray]:
    arrays = np.load(path, allow_pickle=False)
    rows = np.split(arrays["values"].astype(np.float32), np.cumsum(arrays["rows"])[:-1])
    return dict(zip(arrays["hashes"].tolist(), rows, strict=True))


def save_held_out(path: Path, found: dict[str, np.ndarray]) -> None:
    """Write what `Encoder.held_out` holds, in half precision."""
    with open(path, "wb") as out:
        np.savez_compressed(
            out,
            hashes=np.array(list(found)),
            rows=np.array([len(rows) for rows in found.values()]),
            values=np.concatenate(list(found.values())).astype(np.float16),
        )


def windows(offsets: Sequence[tuple[int, int]], sentences: Sequence[Sentence]) -> tuple[list, list]:
    """Return where a text is cut into windows, and where its sentences' wordpieces are.

    `offsets` are the places of the wordpieces in the text. Both results are lists of (first, last + 1) wordpieces;
    windows end where a sentence does as long as one fits, and together hold every wordpiece.
    """
    starts = np.array([start for start, _ in offsets], dtype=int)
    ends = np.array([end for _, end in offsets], dtype=int)
    places = [(int((ends <= s.start).sum()), int((starts < s.end).sum())) for s in sentences]
    cuts, first = [], 0
    while first < len(offsets):
        last = first + WINDOW
        if last < len(offsets):
            last = max((end for _, end in places if first < end <= last), default=last)
        cuts.append((first, min(last, len(offsets))))
        first = cuts[-1][1]
    return cuts, places


def encode(
    encoder: Encoder, texts: Sequence[str], sentences: Sequence[Sequence[Sentence]]
) -> tuple[np.ndarray, np.ndarray]:
    """Return what the encoder gives for whole texts (texts × width) and for their sentences (sentences × width).

    Each is the mean over its wordpieces, read in the context of the whole text (or of its window, where it is long). A
    text goes through by itself: what stands beside it changes nothing. A text without wordpieces gives zeros.
    """
    width = encoder.session.get_outputs()[0].shape[-1]
    whole = np.zeros((len(texts), width), dtype=np.float32)
    parts: list[np.ndarray] = []
    with ThreadPoolExecutor(WORKERS) as pool:
        given = pool.map(lambda i: _encode_one(encoder, texts[i], sentences[i]), range(len(texts)))
        for number, (mean, spans) in enumerate(given):
            whole[number] = mean
            parts.extend(spans)
    return whole, np.array(parts, dtype=np.float32).reshape(-1, width)


def _encode_one(encoder: Encoder, text: str, sentences: Sequence[Sentence]):
    encoding = encoder.tokenizer.encode(text, add_special_tokens=False)
    cuts, places = windows(encoding.offsets, sentences)
    width = encoder.session.get_outputs()[0].shape[-1]
    if not cuts:
        return np.zeros(width, dtype=np.float32), np.zeros((len(places), width), dtype=np.float32)
    before, after = (encoder.tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]"))
    pieces = []
    for first, last in cuts:
        ids = np.array([[before, *encoding.ids[first:last], after]], dtype=np.int64)
        (out,) = encoder.session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        pieces.append(out[0, 1:-1])
    tokens = np.concatenate(pieces)
    means = [tokens[first:last].mean(axis=0) if last > first else np.zeros(width) for first, last in places]
    return tokens.mean(axis=0), np.array(means, dtype=np.float32).reshape(-1, width)


def of_length_one(vectors: np.ndarray) -> np.ndarray:
    """Return vectors (rows) scaled to length 1; zeros stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)


def meaning_of(texts: Sequence[str]) -> np.ndarray:
    """Return the general encoder's vector of each text (texts × width), of length 1."""
    return of_length_one(encode(load_encoder(general_encoder()), texts, [[]] * len(texts))[0])
