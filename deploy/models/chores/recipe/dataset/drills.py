"""Drills: bare dates and bare orders, which are short, so that training meets many more of the parts that are hard.

Sums of days and exact copies take a model of this size more repetitions than anything else in a message.
"""

from .moments import clock, day, together
from .orders import one_item
from .values import money

def drill(source, today, language):
    """The schema, the message, its answer and the steps of thought."""
    words = source.one(["ko", "en"]) if language == "mix" else language
    if source.chance(0.65):
        return _dates(source, today, words)
    return _order(source, today, language, words)


def _dates(source, today, words):
    texts, values, steps = [], [], []
    for _ in range(source.weighted({1: 15, 2: 30, 3: 35, 4: 20})):
        if source.chance(0.1):
            text, value, step = money(source, words)
            kind = "money"
        else:
            kind = "time" if source.chance(0.1) else "date"
            moment = clock(source, words) if kind == "time" else day(source, today, words)
            text, value, step = moment.bare, moment.value, moment.step
        texts.append(text)
        values.append({"kind": kind, **value})
        steps.append(step)
    joint = source.one([", ", " / ", "\n", "; "])
    return "normalise", joint.join(texts), {"task": "normalise", "values": values}, steps


def _order(source, today, language, words):
    items, texts = [], []
    for _ in range(source.weighted({1: 40, 2: 40, 3: 20})):
        text, entry = one_item(source, language)
        texts.append(text)
        items.append(entry)
    steps = ["new"] + [f"{entry['name']}: {entry['qty']} {entry['unit']}" for entry in items]
    answer = {"task": "order", "action": "new", "items": items}
    message = source.one([", ", ", ", "\n"]).join(texts)
    if source.chance(0.7):
        parts = [day(source, today, words)] + ([clock(source, words)] if source.chance(0.4) else [])
        for part in parts:
            answer |= part.value
        when = together(source, words, parts)[0]
        steps += [part.step for part in parts]
        message = f"{message}{source.one([', ', ' ', ' / '])}{when}"
    return "orders", message, answer, steps
