"""The sentences and words of `../phrasings/`: what people wrote, with slots that the generator fills.

A line of a file is an entry; fields are separated by " | ", and "#" begins a comment. An eighth of the sentences, by
their hash, belongs to the held-out set alone, and so does an eighth of the names.
"""

import re
from functools import cache
from pathlib import Path

from .source import CLOSE, OPEN, Pool, is_reserved

FOLDER = Path(__file__).parent.parent / "phrasings"
SLOT = re.compile(r"\{([a-z]+)(:bare)?\}")
# Particles after a slot, as the files write them: after a consonant, after a vowel.
PARTICLES = "을/를 이/가 은/는 과/와 이랑/랑 으로/로 이요/요 이에요/예요 이고/고 이나/나 이라/라 이며/며 이네/네 이야/야 아/야 이여/여 이란/란 이면/면 이든/든 이지/지 이라도/라도 이라고/라고 이고요/고요 으로요/로요 이니까/니까 이니/니 이라도요/라도요 이거든요/거든요".split()
AFTER_SLOT = re.compile(CLOSE + "(" + "|".join(sorted(PARTICLES, key=len, reverse=True)) + ")")


def entries(name):
    """The lines of a file, each as the list of its fields."""
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield [part.strip().replace("\\n", "\n") for part in line.split(" | ")]


def split(kind, options, key=lambda option: option):
    """Options as a pool: an eighth of them, by their hash, is held out."""
    pool = Pool([], [])
    for option in options:
        (pool.unseen if is_reserved(f"{kind} {key(option)}") else pool.seen).append(option)
    return pool


@cache
def sentences(name):
    """The pools of a file of sentences by their first field: "" where the lines have one field alone."""
    by_kind = {}
    for *head, text in entries(name):
        by_kind.setdefault(head[0] if head else "", []).append(text)
    return {kind: split("sentence", texts) for kind, texts in by_kind.items()}


@cache
def names(name, kind=None):
    """The pool of a file of names: of all its entries, or of those whose first field is `kind`."""
    rows = [row for row in entries(name) if kind is None or row[0] == kind]
    return split("word", [row[0] if kind is None else row[1] for row in rows])


def slots(text):
    """The names of a sentence's slots."""
    return {match.group(1) for match in SLOT.finditer(text)}


def fill(text, values):
    """A sentence with its slots filled: `values` gives a slot's text, and with ":bare" the one without a preposition."""
    filled = SLOT.sub(lambda match: values[match.group(1) + (match.group(2) or "")], text)
    return AFTER_SLOT.sub(lambda match: CLOSE + _particle(filled[: match.start()], match.group(1)), filled)


def _particle(before, forms):
    consonant, vowel = forms.split("/")
    final = last_sound(before.rstrip(OPEN + CLOSE))
    if forms == "으로/로" and final == "l":
        return vowel
    return consonant if final else vowel


def last_sound(word):
    """How a word ends when it is said: "" for a vowel, "l" for ㄹ, else "c"."""
    last = word[-1:].lower()
    if "가" <= last <= "힣":
        final = (ord(last) - 0xAC00) % 28
        return {0: "", 8: "l"}.get(final, "c")
    return {"1": "l", "7": "l", "8": "l", "0": "c", "3": "c", "6": "c", "l": "l", "m": "c", "n": "c"}.get(last, "")
