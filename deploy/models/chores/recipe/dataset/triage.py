"""Triage: a customer's message to category, urgency, product and sentiment."""

from functools import cache

from .orders import assemble
from .phrasings import entries, fill, sentences, split
from .source import protect

PRODUCTS = "earphones keyboard monitor charger lamp kettle blender chair backpack shoes jacket watch".split()


@cache
def _frames(language):
    """For every category the pool of its sentences, as (sentiment, urgency, products, text)."""
    by_category = {}
    for head, text in entries(f"triage.{language}.txt"):
        category, sentiment, urgency, products = head.split()
        choice = PRODUCTS if products == "any" else products.split(",") if products != "none" else []
        by_category.setdefault(category, []).append((sentiment, urgency, tuple(choice), text))
    return {category: split("sentence", frames, key=lambda frame: frame[3]) for category, frames in by_category.items()}


@cache
def _called(language):
    """How customers call each product."""
    return {product: [row[1] for row in entries("products.txt") if row[0] == f"{product} {language}"] for product in PRODUCTS}


def triage(source, today, language):
    """The message, its answer and the steps of thought."""
    sentence = source.one(["ko", "ko", "en"]) if language == "mix" else language
    pools = _frames(sentence)
    category = source.one(sorted(pools))
    sentiment, urgency, choice, frame = source.say(pools[category])
    product, texts = "none", {}
    if "{product}" in frame:
        product = source.one(choice)
        source.note("combination", f"triage {category} {product}")
        words = source.one(["ko", "en", "en"]) if language == "mix" else language
        texts["product"] = protect(source.one(_called(words)[product]))
    cues = []
    if urgency == "normal" and category != "praise" and source.chance(0.25):
        urgency = source.one(["high", "high", "low"])
        cues.append(source.say(sentences(f"cues.{sentence}.txt")[urgency]))
    if sentiment != "positive" and source.chance(0.15):
        sentiment = "negative"
        cues.append(source.say(sentences(f"cues.{sentence}.txt")[sentiment]))
    source.rng.shuffle(cues)
    answer = {"task": "triage", "category": category, "urgency": urgency, "product": product, "sentiment": sentiment}
    message = assemble(source, sentence, fill(frame, texts), cues)
    return message, answer, [f"{category}, {product}", f"{sentiment}, {urgency}"]
