"""One record: the messages of the chat, the expected answer and its tags."""

import json
from dataclasses import dataclass

from .drills import drill
from .moments import random_today, system_date
from .noise import roughen
from .normalise import normalise
from .orders import order
from .refuse import refuse
from .source import KINDS, bucket, clean, source_for
from .triage import triage

CHORES = {"orders": order, "normalise": normalise, "triage": triage}
CHORE_WEIGHTS = {"orders": 48, "normalise": 24, "triage": 18, "refuse": 10}
LANGUAGES = {"ko": 50, "en": 32, "mix": 18}
# Of the training records, those that drill dates and copies alone.
DRILLS = 0.25
# How many of a split's messages, out of this many by their hash, belong to it when nothing else tells them apart.
SHARES = 40


@dataclass
class Record:
    """A chore's message with its answer."""

    chore: str
    schema: str
    language: str
    kind: str
    thinking: bool
    system: str
    message: str
    answer: dict
    thought: str
    # The message with the marks of its copied spans, for the tokenizer's training.
    marked: str

    @property
    def answer_text(self):
        """The one line of JSON that is expected."""
        return json.dumps(self.answer, ensure_ascii=False, separators=(",", ":"))

    def messages(self):
        """The chat that asks for it."""
        return [{"role": "system", "content": self.system}, {"role": "user", "content": self.message}]

    def batch_line(self, custom_id):
        """A line of an OpenAI batch file, with the answer and the tags for an evaluation."""
        body = {"model": "chores", "messages": self.messages(), "temperature": 0, "max_tokens": 320,
                "chat_template_kwargs": {"enable_thinking": self.thinking}}
        tags = {"chore": self.chore, "kind": self.kind, "language": self.language, "thinking": self.thinking}
        return {"custom_id": custom_id, "method": "POST", "url": "/v1/chat/completions", "body": body, "expected": self.answer,
                "schema": f"../schemas/{self.schema}.schema.json", "tags": tags}


def make_record(seed, split, index, kind="known", chore=None, thinking_share=0.15):
    """The record of a split at an index: the same for the same arguments, whatever came before."""
    attempt = 0
    while True:
        source = source_for(f"{seed}.{attempt}", split, index, kind)
        record = _draw(source, chore, thinking_share, DRILLS if split == "train" else 0)
        if source.accepts() and _belongs(record.message, split, kind):
            return record
        attempt += 1


def _draw(source, chore, thinking_share, drills):
    if drills and source.chance(drills):
        return _drilled(source, thinking_share)
    chore = chore or source.weighted(CHORE_WEIGHTS)
    language = source.weighted(LANGUAGES)
    schema = chore if chore != "refuse" else source.one(["orders", "normalise", "triage"])
    thinking = source.chance(thinking_share)
    today = random_today(source) if schema != "triage" else None
    text, answer, steps = refuse(source, today, language, schema) if chore == "refuse" else CHORES[chore](source, today, language)
    return _record(source, chore, schema, language, thinking, today, roughen(source, text, language), answer, steps)


def _drilled(source, thinking_share):
    language, today = source.weighted(LANGUAGES), random_today(source)
    schema, text, answer, steps = drill(source, today, language)
    return _record(source, schema, schema, language, source.chance(thinking_share), today, text, answer, steps)


def _record(source, chore, schema, language, thinking, today, marked, answer, steps):
    system = f"{schema}.schema.json" + (f"\ntoday {system_date(today)}" if today else "")
    return Record(chore, schema, language, source.kind, thinking, system, clean(marked).strip(), answer, clean("\n".join(steps)), marked)


def _belongs(message, split, kind):
    """Whether a message's text falls to a split; held-out kinds are apart by what they hold."""
    if kind != "known":
        return True
    share = bucket("split " + message, SHARES)
    return share == {"validation": 0, "heldout": 1}.get(split, share) and (split != "train" or share > 1)


def evaluation_records(seed, split, count):
    """The records of a validation or held-out set, every kind of generalisation in equal parts."""
    kinds = KINDS if split == "heldout" else KINDS[:1]
    seen, index = set(), 0
    while len(seen) < count:
        record = make_record(seed, split, index, kinds[index % len(kinds)])
        index += 1
        if record.message not in seen:
            seen.add(record.message)
            yield record
