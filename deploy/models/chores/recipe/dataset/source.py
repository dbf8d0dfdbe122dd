"""Where every random choice of a record is made, and what a split may see."""

import random
import zlib
from dataclasses import dataclass, field

KINDS = ("known", "names", "phrasing", "combination", "values")
SPLITS = ("train", "validation", "heldout")

# Protected spans are never touched by the noise: names, values, what an answer copies.
OPEN, CLOSE = "\ue000", "\ue001"


def protect(text):
    """Marks a span that spelling and spacing errors leave as it is."""
    return f"{OPEN}{text}{CLOSE}"


def clean(text):
    """Takes the marks of protected spans away."""
    return text.replace(OPEN, "").replace(CLOSE, "")


def bucket(key, count):
    """A stable number below `count` for a key, the same in every run and on every machine."""
    return zlib.crc32(key.encode("utf-8")) % count


def is_reserved(key):
    """Whether a value, a combination or an invented word belongs to the held-out set alone."""
    return bucket("reserved " + key, 8) == 0


@dataclass
class Pool:
    """Ways to say or name one thing: those of training, and those kept for the held-out set."""

    seen: list
    unseen: list = field(default_factory=list)


class Source:
    """The randomness of one record, and a note of every held-out thing that it uses.

    A record is asked for one kind of generalisation. `accepts` says whether what was drawn is
    exactly that: training records hold nothing reserved, held-out records of a kind hold
    something reserved of that kind and of no other.
    """

    def __init__(self, rng, kind="known"):
        self.rng = rng
        self.kind = kind
        self.novel = set()

    def chance(self, probability):
        """True with the given probability."""
        return self.rng.random() < probability

    def one(self, options):
        """One of the options, all of them open to every split."""
        return options[int(self.rng.random() * len(options))]

    def weighted(self, options):
        """One key of a mapping from option to weight."""
        return self.rng.choices(list(options), list(options.values()))[0]

    def between(self, low, high):
        """A whole number from low to high, both included."""
        return low + int(self.rng.random() * (high - low + 1))

    def say(self, pool):
        """A phrasing out of a pool; an unseen one only in records about phrasings."""
        return self._draw(pool, "phrasing", 0.75)

    def name(self, pool):
        """A name out of a pool; an unseen one only in records about names."""
        return self._draw(pool, "names", 0.75)

    def note(self, kind, key):
        """Notes that a value or a combination is used, and so whether it is a reserved one."""
        if is_reserved(f"{kind} {key}"):
            self.novel.add(kind)

    def accepts(self):
        """Whether the record holds what its kind asks for and nothing else that is held out."""
        return self.novel == (set() if self.kind == "known" else {self.kind})

    def _draw(self, pool, kind, probability):
        if self.kind == kind and pool.unseen and self.chance(probability):
            self.novel.add(kind)
            return self.one(pool.unseen)
        return self.one(pool.seen)


def source_for(seed, split, index, kind):
    """The source of one record: the same for the same seed, split, index and kind."""
    return Source(random.Random(f"{seed}/{split}/{index}/{kind}"), kind)
