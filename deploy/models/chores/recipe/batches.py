"""Training records as tensors of few different shapes."""

import torch

from dataset.record import evaluation_records, make_record
from settings import SEED
from text import PAD

POOL = 1536
# Rows are as wide as a multiple of this, because oneDNN compiles a kernel for each shape that it meets.
WIDTH_STRIDE = 8


class Batches:
    """An endless stream of micro-batches: records by their index, in pools sorted by length."""

    def __init__(self, encoder, micro, cursor=0):
        self.encoder, self.micro = encoder, micro
        self.cursor, self.ready = cursor, []
        self.order = torch.Generator()

    def _refill(self):
        records = [make_record(SEED, "train", self.cursor + i) for i in range(POOL)]
        self.order.manual_seed(self.cursor)
        self.cursor += POOL
        micros, rows = [], []
        for pair in sorted(self.encoder.encode_many(records), key=width):
            if rows and (len(rows) + 1) * width(pair) > self.micro:
                micros.append(rows)
                rows = []
            rows.append(pair)
        micros.append(rows)
        self.ready = [micros[i] for i in torch.randperm(len(micros), generator=self.order)]

    def take(self, count):
        """The next micro-batches, as tensors."""
        taken = []
        while len(taken) < count:
            if not self.ready:
                self._refill()
            taken.append(tensors(self.ready.pop()))
        return taken


def width(pair):
    """How many places a prompt with its completion takes in a row."""
    return -(-(len(pair[0]) + len(pair[1]) - 1) // WIDTH_STRIDE) * WIDTH_STRIDE


def tensors(rows):
    """Input ids, the mask of places whose next token is to be learnt, and those tokens."""
    wide = max(width(pair) for pair in rows)
    ids = torch.full((len(rows), wide), PAD)
    wanted = torch.zeros(len(rows), wide, dtype=torch.bool)
    targets = []
    for i, (prompt, completion) in enumerate(rows):
        whole = torch.tensor(prompt + completion)
        ids[i, : len(whole) - 1] = whole[:-1]
        wanted[i, len(prompt) - 1: len(whole) - 1] = True
        targets.append(whole[len(prompt):])
    return ids, wanted, torch.cat(targets)


def validation_micros(encoder, count=400):
    """A fixed part of the validation set as micro-batches."""
    pairs = sorted(encoder.encode_many(list(evaluation_records(SEED, "validation", count))), key=width)
    return [tensors(pairs[i: i + 20]) for i in range(0, len(pairs), 20)]
