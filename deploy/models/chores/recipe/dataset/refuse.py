"""Refuse: messages that are none of what the schema in the prompt is for."""

from .orders import assemble
from .phrasings import fill, names, sentences
from .source import protect
from .triage import triage
from .words import item, person, word

# What customers write to a shop's support is neither an order nor holds a value.
FOREIGN = ("defect", "usage", "account", "praise", "payment")


def refuse(source, today, language, schema):
    """The message, the schema's "none" answer and the steps of thought."""
    sentence = source.one(["ko", "en"]) if language == "mix" else language
    if schema == "orders" and source.chance(0.2):
        message, answer, _ = triage(source, today, language)
        if answer["category"] in FOREIGN:
            return message, {"task": "none"}, ["none"]
    words = source.one(["ko", "en"]) if language == "mix" else language
    pools = sentences(f"refuse.{sentence}.txt")
    # What asks for days and hours holds values.
    frame = source.say(pools["shop" if schema != "normalise" and source.chance(0.25) else "any"])
    topic = protect(_topic(source, words)) if "{topic}" in frame else ""
    text = fill(frame, {"topic": topic})
    return assemble(source, sentence, text, []) if source.chance(0.4) else text, {"task": "none"}, ["none"]


def _topic(source, language):
    shape = source.weighted({"listed": 35, "item": 30, "word": 25, "person": 10})
    if shape == "listed":
        return source.name(names("places.txt", "topic"))
    if shape == "item":
        return item(source, language)[0]
    return word(source, language) if shape == "word" else person(source, language)
