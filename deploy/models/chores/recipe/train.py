"""Trains the chores model from nothing on a CPU, in steps that can be interrupted and resumed.

    python train.py --run RUN --steps 9000

RUN holds the tokenizer, `log.csv`, `validation.csv` and `checkpoint.pt`, which is replaced as a whole
every few minutes. Started again with the same RUN, training goes on where the checkpoint was made, with
the same records: record i of the training split depends on the seed and i alone. SIGTERM saves and stops. The rate warms up,
stays, and falls to nothing over the last part; `--steps` may be changed between two starts.
"""

import argparse
import csv
import os
import signal
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from dataset.record import evaluation_records, make_record
from model import ChoresModel
from optimiser import Muon
from settings import MODEL, TOKENIZER_RECORDS, VOCABULARY
from text import PAD, Encoder, train_tokenizer, training_texts

SEED = 20
POOL = 768
WARMUP = 60
DECAY_SHARE = 0.35
BALANCE = 0.01


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=9000)
    parser.add_argument("--tokens", type=int, default=6144, help="tokens of a step, padding included")
    parser.add_argument("--micro", type=int, default=2048, help="tokens that pass the model at once")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rate", type=float, default=0.02, help="Muon's rate; the others are derived from it")
    parser.add_argument("--save-seconds", type=float, default=180)
    parser.add_argument("--stop-seconds", type=float, default=1e9, help="stop after that long, to go on later")
    parser.add_argument("--optimiser", choices=["muon", "adamw"], default="muon")
    return parser.parse_args()


class Batches:
    """An endless stream of batches: records by their index, in pools sorted by length."""

    def __init__(self, encoder, tokens, micro, cursor=0):
        self.encoder, self.tokens, self.micro = encoder, tokens, micro
        self.cursor, self.ready = cursor, []
        self.order = torch.Generator()

    def _refill(self):
        records = [make_record(SEED, "train", self.cursor + i) for i in range(POOL)]
        pairs = sorted(self.encoder.encode_many(records), key=lambda pair: len(pair[0]) + len(pair[1]))
        self.order.manual_seed(self.cursor)
        self.cursor += POOL
        micros, rows = [], []
        for pair in pairs:
            longest = len(pair[0]) + len(pair[1])
            if rows and (len(rows) + 1) * longest > self.micro:
                micros.append(rows)
                rows = []
            rows.append(pair)
        micros.append(rows)
        self.ready = [micros[i] for i in torch.randperm(len(micros), generator=self.order)]

    def step(self):
        """The micro-batches of one step."""
        taken = []
        while len(taken) < max(1, self.tokens // self.micro):
            if not self.ready:
                self._refill()
            taken.append(tensors(self.ready.pop()))
        return taken


def tensors(rows):
    """Input ids, the mask of places whose next token is to be learnt, and those tokens."""
    width = max(len(prompt) + len(completion) for prompt, completion in rows) - 1
    ids = torch.full((len(rows), width), PAD)
    wanted = torch.zeros(len(rows), width, dtype=torch.bool)
    targets = []
    for i, (prompt, completion) in enumerate(rows):
        whole = torch.tensor(prompt + completion)
        ids[i, : len(whole) - 1] = whole[:-1]
        wanted[i, len(prompt) - 1: len(whole) - 1] = True
        targets.append(whole[len(prompt):])
    return ids, wanted, torch.cat(targets)


def rate_factor(step, steps):
    """The share of the full rate at a step: warm up, stay, fall to nothing."""
    falling = max(1, int(steps * DECAY_SHARE))
    return min(1.0, (step + 1) / WARMUP, max(0.0, (steps - step) / falling))


def optimisers(model, kind, rate):
    """Muon for the matrices inside the layers, AdamW for the rest; or AdamW for all."""
    matrices, rest = [], []
    for name, parameter in model.named_parameters():
        inner = parameter.ndim >= 2 and "layers" in name and "gate.weight" not in name
        (matrices if inner and kind == "muon" else rest).append(parameter)
    small = {"muon": rate * 0.15, "adamw": rate * 0.1}[kind]
    adam = torch.optim.AdamW(rest, lr=small, betas=(0.9, 0.98), eps=1e-9, weight_decay=0.01)
    made = [adam] + ([Muon(matrices, lr=rate)] if matrices else [])
    for optimiser in made:
        for group in optimiser.param_groups:
            group["full"] = group["lr"]
    return made


def train_step(model, made, micros, factor):
    """One update; gives the mean loss of a learnt token and the experts' load."""
    total = sum(len(targets) for _, _, targets in micros)
    loss_sum, loads = 0.0, 0
    for ids, wanted, targets in micros:
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(ids, wanted)
        loss = F.cross_entropy(logits.float(), targets, reduction="sum") / total
        sparse = model.sparse_layers()
        balance = sum(layer.imbalance for layer in sparse) / len(sparse)
        (loss + BALANCE * balance / len(micros)).backward()
        loss_sum += loss.item()
        loads = loads + torch.stack([layer.load for layer in sparse]) / len(micros)
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimiser in made:
        for group in optimiser.param_groups:
            group["lr"] = group["full"] * factor
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
    return loss_sum, loads


@torch.no_grad()
def validate(model, micros):
    """Mean loss, the share of learnt tokens that are right, and of completions that are right throughout.

    The last is what greedy decoding would get, because a completion is right throughout exactly if every
    token of it is the likeliest after the right ones before it.
    """
    loss, right, count, whole, rows = 0.0, 0, 0, 0, 0
    for ids, wanted, targets in micros:
        logits = model(ids, wanted)
        loss += F.cross_entropy(logits, targets, reduction="sum").item()
        good = logits.argmax(-1) == targets
        right, count = right + int(good.sum()), count + len(targets)
        owner = wanted.nonzero()[:, 0]
        whole += int((torch.bincount(owner, weights=(~good).float(), minlength=len(ids)) == 0).sum())
        rows += len(ids)
    return loss / count, right / count, whole / rows


def validation_micros(encoder):
    """A fixed part of the validation set as micro-batches."""
    pairs = sorted(encoder.encode_many(list(evaluation_records(SEED, "validation", 300))), key=lambda p: len(p[0]) + len(p[1]))
    return [tensors(pairs[i: i + 20]) for i in range(0, len(pairs), 20)]


def append(path, header, row):
    """One more line of a CSV file."""
    fresh = not path.exists()
    with open(path, "a", newline="") as file:
        writer = csv.writer(file)
        if fresh:
            writer.writerow(header)
        writer.writerow(row)


def save(path, state):
    """Writes a checkpoint beside the old one, then takes its place."""
    beside = path.with_suffix(".new")
    torch.save(state, beside)
    os.replace(beside, path)


def prepare_tokenizer(run):
    """The tokenizer of the run, trained on the first training records if it is not there yet."""
    path = run / "tokenizer.json"
    if not path.exists():
        records = (make_record(SEED, "train", index) for index in range(TOKENIZER_RECORDS))
        tokenizer = train_tokenizer(training_texts(records), VOCABULARY)
        assert tokenizer.get_vocab_size() == VOCABULARY, tokenizer.get_vocab_size()
        tokenizer.save(str(path))
    return Encoder(path)


def main():
    """Trains until the last step or until the time is over."""
    a = arguments()
    torch.set_num_threads(a.threads)
    torch.manual_seed(SEED)
    a.run.mkdir(parents=True, exist_ok=True)
    encoder = prepare_tokenizer(a.run)
    model = ChoresModel(MODEL)
    made = optimisers(model, a.optimiser, a.rate)
    batches, step, seen, spent = Batches(encoder, a.tokens, a.micro), 0, 0, 0.0
    checkpoint = a.run / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint)
        model.load_state_dict(state["model"])
        for optimiser, saved in zip(made, state["optimisers"]):
            optimiser.load_state_dict(saved)
        batches.cursor, step, seen, spent = state["cursor"], state["step"], state["tokens"], state["seconds"]
        print(f"resumed at step {step}", flush=True)
    held = validation_micros(encoder)
    begun = last_save = last_log = time.monotonic()
    spent_before, tokens_logged = spent, seen

    def keep():
        # Micro-batches that wait in the pool are left behind: a resumed run begins with the next pool.
        save(checkpoint, {"model": model.state_dict(), "optimisers": [o.state_dict() for o in made], "cursor": batches.cursor,
                          "step": step, "tokens": seen, "seconds": spent})
        row = validate(model, held)
        append(a.run / "validation.csv", ["step", "loss", "token_accuracy", "exact"], [step] + [f"{value:.4f}" for value in row])
        print(f"step {step} validation loss {row[0]:.4f} tokens {row[1]:.4f} exact {row[2]:.3f}", flush=True)

    asked_to_stop = []
    signal.signal(signal.SIGTERM, lambda number, frame: asked_to_stop.append(number))
    loss_sum, load_sum, summed = 0.0, 0, 0
    while step < a.steps and not asked_to_stop and time.monotonic() - begun < a.stop_seconds:
        micros = batches.step()
        loss, load = train_step(model, made, micros, rate_factor(step, a.steps))
        step, seen = step + 1, seen + sum(ids.numel() for ids, _, _ in micros)
        spent = spent_before + time.monotonic() - begun
        loss_sum, load_sum, summed = loss_sum + loss, load_sum + load, summed + 1
        if step % 20 == 0:
            now = time.monotonic()
            speed = (seen - tokens_logged) / (now - last_log)
            loads = load_sum / summed
            row = [step, seen, f"{spent:.0f}", f"{loss_sum / summed:.4f}", f"{speed:.0f}", f"{loads.min():.4f}", f"{loads.max():.4f}"]
            append(a.run / "log.csv", ["step", "tokens", "seconds", "loss", "tokens_per_second", "least_load", "most_load"], row)
            print(" ".join(map(str, row)), flush=True)
            last_log, tokens_logged, loss_sum, load_sum, summed = now, seen, 0.0, 0, 0
        if time.monotonic() - last_save > a.save_seconds:
            keep()
            last_save = time.monotonic()
    keep()


if __name__ == "__main__":
    main()
