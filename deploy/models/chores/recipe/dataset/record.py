"""One record: the messages of the chat, the expected answer and its tags."""

import json
from dataclasses import dataclass

from .moments import random_today, system_date
from .noise import roughen
from .normalise import normalise
from .orders import order
from .refuse import refuse
from .source import KINDS, bucket, source_for
from .triage import triage

CHORES = {"orders": order, "normalise": normalise, "triage": triage, "refuse": refuse}
CHORE_WEIGHTS = {"orders": 48, "normalise": 30, "triage": 13, "refuse": 9}
LANGUAGES = {"ko": 50, "en": 32, "mix": 18}
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


def make_record(seed, split, index, kind="known", chore=None, thinking_share=0.2):
    """The record of a split at an index: the same for the same arguments, whatever came before."""
    attempt = 0
    while True:
        source = source_for(f"{seed}.{attempt}", split, index, kind)
        record = _draw(source, chore, thinking_share)
        if source.accepts() and _belongs(record.message, split, kind):
            return record
        attempt += 1


def _draw(source, chore, thinking_share):
    chore = chore or source.weighted(CHORE_WEIGHTS)
    language = source.weighted(LANGUAGES)
    schema = chore if chore != "refuse" else source.one(["orders", "normalise", "triage"])
    thinking = source.chance(thinking_share)
    today = random_today(source) if schema != "triage" else None
    text, answer, steps = CHORES[chore](source, today, language)
    message = roughen(source, text, language)
    system = f"{schema}.schema.json" + (f"\ntoday {system_date(today)}" if today else "")
    return Record(chore, schema, language, source.kind, thinking, system, message, answer, "\n".join(steps).replace("\ue000", "").replace("\ue001", ""))


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
