"""Trains the chores model from nothing on a CPU, in steps that can be interrupted and resumed.

    python train.py --run RUN --steps 12500

RUN holds the tokenizer, `log.csv`, `validation.csv` and `checkpoint.pt`, which is replaced as a whole
every few minutes. Started again with the same RUN, training goes on where the checkpoint was made, with
the same records: record i of the training split depends on the seed and i alone. SIGTERM saves and stops. The rate warms up,
stays, and falls to nothing over the last part; `--steps` may be changed between two starts.

Every worker is a process with one thread: two threads in one process gain nothing with matrices of this size.
"""

import argparse
import csv
import os
import signal
import socket
import time
from pathlib import Path

# One kernel for each shape of a product; the default of 1,024 would compile some of them again and again.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "20000")

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from torch import distributed, multiprocessing  # noqa: E402

from batches import Batches, validation_micros  # noqa: E402
from dataset.record import make_record  # noqa: E402
from model import ChoresModel  # noqa: E402
from optimiser import Muon  # noqa: E402
from settings import MODEL, SEED, TOKENIZER_RECORDS, VOCABULARY  # noqa: E402
from text import Encoder, train_tokenizer, training_texts  # noqa: E402

WARMUP = 60
DECAY_SHARE = 0.567
BALANCE = 0.01
LOG_STEPS = 20


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=12500)
    parser.add_argument("--micros", type=int, default=2, help="micro-batches of a step, over all workers")
    parser.add_argument("--micro", type=int, default=3072, help="tokens of a micro-batch at most, padding included")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rate", type=float, default=0.02, help="Muon's rate; the others are derived from it")
    parser.add_argument("--save-seconds", type=float, default=240)
    return parser.parse_args()


def rate_factor(step, steps):
    """The share of the full rate at a step: warm up, stay, fall to nothing."""
    falling = max(1, int(steps * DECAY_SHARE))
    return min(1.0, (step + 1) / WARMUP, max(0.0, (steps - step) / falling))


class Trainer:
    """One worker's model and optimisers; all workers' are the same after every step."""

    def __init__(self, rate, rank, ranks):
        self.rank, self.ranks = rank, ranks
        self.model = ChoresModel(MODEL)
        matrices, rest = [], []
        for name, parameter in self.model.named_parameters():
            inner = parameter.ndim >= 2 and "layers" in name and "gate.weight" not in name
            (matrices if inner else rest).append(parameter)
        # Muon for the matrices inside the layers, AdamW for embedding, head, norms and routers.
        self.optimisers = [torch.optim.AdamW(rest, lr=rate * 0.15, betas=(0.9, 0.98), eps=1e-9, weight_decay=0.01),
                           Muon(matrices, lr=rate, rank=rank, ranks=ranks)]
        self.full_rates = [optimiser.param_groups[0]["lr"] for optimiser in self.optimisers]
        self.stop_asked = False

    def step(self, micros, factor):
        """One update; gives the mean loss of a learnt token, the experts' load, and whether to stop."""
        total = sum(len(targets) for _, _, targets in micros)
        loss_sum, loads = torch.zeros(1), 0
        for ids, wanted, targets in micros[self.rank:: self.ranks]:
            with torch.autocast("cpu", torch.bfloat16):
                logits = self.model(ids, wanted)
            loss = F.cross_entropy(logits.float(), targets, reduction="sum") / total
            sparse = self.model.sparse_layers()
            balance = sum(layer.imbalance for layer in sparse) / len(sparse)
            (loss + BALANCE * balance / len(micros)).backward()
            loss_sum += loss.detach()
            loads = loads + torch.stack([layer.load for layer in sparse]) / len(micros)
        loss_sum, loads, stop = self._add_up(loss_sum, loads, torch.tensor([float(self.stop_asked)]))
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimiser, full in zip(self.optimisers, self.full_rates):
            optimiser.param_groups[0]["lr"] = full * factor
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        return loss_sum.item(), loads, bool(stop)

    def _add_up(self, *others):
        """The sums over all workers of the gradients, in place, and of some other tensors."""
        if self.ranks == 1:
            return others
        parameters = list(self.model.parameters())
        grads = [p.grad if p.grad is not None else torch.zeros_like(p) for p in parameters]
        parts = grads + list(others)
        flat = torch.cat([part.reshape(-1) for part in parts])
        distributed.all_reduce(flat)
        sums = [piece.view_as(part) for piece, part in zip(flat.split([part.numel() for part in parts]), parts)]
        for parameter, grad in zip(parameters, sums):
            parameter.grad = grad
        return sums[len(parameters):]

    @torch.no_grad()
    def validate(self, micros):
        """Mean loss, the share of learnt tokens that are right, and of completions that are right throughout.

        The last is what greedy decoding would get, because a completion is right throughout exactly if every
        token of it is the likeliest after the right ones before it.
        """
        loss, right, count, whole, rows = sums = torch.zeros(5)
        for ids, wanted, targets in micros[self.rank:: self.ranks]:
            logits = self.model(ids, wanted)
            good = logits.argmax(-1) == targets
            wrong = torch.bincount(wanted.nonzero()[:, 0], weights=(~good).float(), minlength=len(ids))
            for total, more in zip((loss, right, count, whole, rows), (F.cross_entropy(logits, targets, reduction="sum"), good.sum(), len(targets), (wrong == 0).sum(), len(ids))):
                total += more
        if self.ranks > 1:
            distributed.all_reduce(sums)
        return loss.item() / count.item(), right.item() / count.item(), whole.item() / rows.item()

    def state(self):
        """What a checkpoint holds of the worker."""
        return {"model": self.model.state_dict(), "optimisers": [optimiser.state_dict() for optimiser in self.optimisers]}

    def restore(self, state):
        """Takes a checkpoint's state over."""
        self.model.load_state_dict(state["model"])
        for optimiser, saved in zip(self.optimisers, state["optimisers"]):
            optimiser.load_state_dict(saved)


def append(path, header, row):
    """One more line of a CSV file, and on the screen."""
    fresh = not path.exists()
    with open(path, "a", newline="") as file:
        writer = csv.writer(file)
        if fresh:
            writer.writerow(header)
        writer.writerow(row)
    print(" ".join(f"{key} {value}" for key, value in zip(header, row)), flush=True)


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


def work(rank, a, port):
    """One worker: trains until the last step or until it is asked to stop."""
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    if a.workers > 1:
        distributed.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=a.workers)
    trainer = Trainer(a.rate, rank, a.workers)
    signal.signal(signal.SIGTERM, lambda number, frame: setattr(trainer, "stop_asked", True))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    encoder = Encoder(a.run / "tokenizer.json")
    checkpoint = a.run / "checkpoint.pt"
    cursor, step, seen, spent = 0, 0, 0, 0.0
    if checkpoint.exists():
        state = torch.load(checkpoint)
        trainer.restore(state)
        cursor, step, seen, spent = (state[key] for key in ("cursor", "step", "tokens", "seconds"))
        print(f"worker {rank} resumed at step {step}", flush=True)
    batches, held = Batches(encoder, a.micro, cursor), validation_micros(encoder)
    begun = last_save = last_log = time.monotonic() - spent
    losses, loads, tokens_logged, stop = [], [], seen, False

    def keep():
        # Micro-batches that wait in the pool are left behind: a resumed run begins with the next pool.
        row = trainer.validate(held)
        if rank == 0:
            save(checkpoint, trainer.state() | {"cursor": batches.cursor, "step": step, "tokens": seen, "seconds": time.monotonic() - begun})
            append(a.run / "validation.csv", ["step", "validation_loss", "token_accuracy", "exact"], [step] + [f"{value:.4f}" for value in row])

    last_save = last_log = time.monotonic()
    while step < a.steps and not stop:
        micros = batches.take(a.micros)
        loss, load, stop = trainer.step(micros, rate_factor(step, a.steps))
        step, seen = step + 1, seen + sum(ids.numel() for ids, _, _ in micros)
        losses.append(loss)
        loads.append(load)
        if step % LOG_STEPS == 0:
            now, mean = time.monotonic(), sum(loads) / len(loads)
            if rank == 0:
                append(a.run / "log.csv", ["step", "tokens", "seconds", "loss", "tokens_per_second", "least_load", "most_load"],
                       [step, seen, f"{now - begun:.0f}", f"{sum(losses) / len(losses):.4f}", f"{(seen - tokens_logged) / (now - last_log):.0f}", f"{mean.min():.4f}", f"{mean.max():.4f}"])
            last_log, tokens_logged, losses, loads = now, seen, [], []
            # All workers save at the same step: the first one's clock decides.
            due = torch.tensor([float(now - last_save > a.save_seconds)])
            if a.workers > 1:
                distributed.broadcast(due, 0)
            if due:
                keep()
                last_save = time.monotonic()
    keep()
    if a.workers > 1:
        distributed.destroy_process_group()


def free_port():
    """A port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main():
    """Starts the workers and waits for them."""
    a = arguments()
    a.run.mkdir(parents=True, exist_ok=True)
    prepare_tokenizer(a.run)
    if a.workers == 1:
        return work(0, a, 0)
    workers = multiprocessing.start_processes(work, (a, free_port()), nprocs=a.workers, join=False, start_method="spawn")
    signal.signal(signal.SIGTERM, lambda number, frame: [os.kill(pid, signal.SIGTERM) for pid in workers.pids()])
    signal.signal(signal.SIGINT, lambda number, frame: [os.kill(pid, signal.SIGTERM) for pid in workers.pids()])
    while not workers.join():
        pass


if __name__ == "__main__":
    main()
