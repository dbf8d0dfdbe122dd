"""Holds the files of phrasings/ to their form: fields, kinds, slots, and no line twice.

    python test_phrasings.py
"""

import re
import sys

from dataset.phrasings import AFTER_SLOT, FOLDER, SLOT, entries
from dataset.quantities import UNIT_WEIGHTS
from dataset.source import CLOSE
from dataset.triage import PRODUCTS

REQUESTS = "leave_at_door call_first no_bell no_cutlery less_spicy extra_sauce gift_wrap receipt separate_bags".split()
ORDER = {"items", "when", "day", "time", "customer", "phone", "ref", "item", "old", "new"}
CATEGORIES = "delivery defect refund exchange payment usage stock praise account".split()


def kinds_of(stem):
    """The first fields that a file may have, or None where its lines have one field, and its slots."""
    return {
        "orders.new": ("delivery pickup -".split(), {"items", "when", "day", "time", "customer", "phone"}),
        "orders.change": ("quantity add when delivery pickup customer phone".split(), ORDER),
        "orders.cancel": ("all items when".split(), ORDER - {"item", "old", "new"}),
        "extras": (["hello", "bye", "chat", "customer", "phone", "both", *REQUESTS], {"customer", "phone"}),
        "cues": ("high low negative".split(), set()),
        "refuse": (["any", "shop"], {"topic"}),
        "normalise": (None, {"date", "time", "money", "phone", "address", "otherdate", "othertime", "othermoney", "person"}),
    }.get(stem, ([], set()))


def problems_of_sentence(stem, fields):
    """What is wrong with a line of a file of sentences."""
    kinds, allowed = kinds_of(stem)
    if len(fields) != (1 if kinds is None else 2):
        yield "fields"
        return
    text, kind = fields[-1], fields[0]
    if kinds is not None and not all(part in kinds for part in (kind.split("+") if "+" in kind else [kind])):
        yield f"kind {kind}"
    used = [match.group(1) for match in SLOT.finditer(text)]
    if set(used) - allowed or len(used) != len(set(used)) or re.sub(SLOT, "", text).count("{"):
        yield f"slots {used}"
    if stem == "orders.new" and "items" not in used or kind in ("items", "add") and stem.startswith("orders.c") and "items" not in used:
        yield "no {items}"
    if stem == "orders.change" and kind == "quantity" and not {"item", "new"} <= set(used):
        yield "no {item} or {new}"
    needed = {"when": {"when", "day", "time"}}.get(kind) if stem.startswith("orders.c") else None
    if needed and not needed & set(used):
        yield "no moment"
    if stem == "extras" and set(used) != {"both": {"customer", "phone"}, "customer": {"customer"}, "phone": {"phone"}}.get(kind, set()):
        yield f"slots of {kind}"
    if stem in ("orders.new", "orders.change", "orders.cancel", "normalise") and re.search(r"\d", re.sub(SLOT, "", text)):
        yield "a digit"
    if re.search(CLOSE + r"[가-힣]+/[가-힣]", SLOT.sub(CLOSE, text)) and not AFTER_SLOT.search(SLOT.sub(CLOSE, text)):
        yield "particles"


def problems_of_triage(fields):
    """What is wrong with a line of a file of triage."""
    head = fields[0].split()
    if len(fields) != 2 or len(head) != 4:
        yield "fields"
        return
    category, sentiment, urgency, products = head
    if category not in CATEGORIES or sentiment not in ("negative", "neutral", "positive") or urgency not in ("low", "normal", "high"):
        yield "labels"
    if ("{product}" in fields[1]) != (products != "none") or fields[1].count("{") > 1:
        yield "product"
    if products not in ("any", "none") and not set(products.split(",")) <= set(PRODUCTS):
        yield "products"


def problems():
    """Every problem of every file, with its place."""
    for path in sorted(FOLDER.glob("*.txt")):
        seen = set()
        for fields in entries(path.name):
            stem = path.name.rsplit(".", 2)[0]
            if stem == "triage":
                found = problems_of_triage(fields)
            elif stem == "items":
                found = ["units"] if len(fields) != 2 or not fields[1] or set(fields[1].split()) - set(UNIT_WEIGHTS) else []
            elif stem in ("people", "businesses", "places", "products"):
                found = [] if len(fields) == 2 and all(fields) else ["fields"]
            else:
                found = problems_of_sentence(stem, fields)
            for problem in found:
                yield f"{path.name}: {problem}: {' | '.join(fields)}"
            if fields[-1] in seen and stem not in ("items", "people") or tuple(fields) in seen:
                yield f"{path.name}: twice: {' | '.join(fields)}"
            seen |= {fields[-1], tuple(fields)}


def main():
    """Prints every problem."""
    found = list(problems())
    print("\n".join(found))
    print(f"{len(found)} problems")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
