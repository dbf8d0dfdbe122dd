"""Orders: new ones, changes and cancellations."""

import re

from .moments import clock, day, part_of_day, together
from .phrasings import fill, sentences, slots
from .quantities import amount, bare, korean_amount, english_amount
from .source import CLOSE, OPEN, protect
from .values import phone_number, phone_text
from .words import item, person, with_particle

# A quantity in words at the beginning of a text, with the mark of its span.
BEGINNING = re.compile(f"^({OPEN}?)(half|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|fifty)(?=[ {CLOSE}])")
KEYS = ("task", "action", "ref", "items", "weekday", "in_days", "date", "time", "how", "customer", "phone", "requests")
JOINTS = [". ", ". ", ". ", ", ", " ", " ", "\n", "! "]
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ADDED = ("customer", "phone", "both")


def order(source, today, language):
    """The message, its answer and the steps of thought."""
    action = source.weighted({"new": 64, "change": 22, "cancel": 14})
    sentence = _sentence(language, source)
    answer, steps = {"task": "order", "action": action}, []
    kind, frame = _frame(source, action, sentence)
    if kind in ("delivery", "pickup"):
        answer["how"] = kind
    text = fill(frame, _values(source, today, language, frame, answer, steps))
    if action == "new" and "how" not in answer and source.chance(0.1):
        text += _how(source, sentence, answer)
    text = capitalised(text) if sentence == "en" and source.chance(0.6) else text
    message = assemble(source, sentence, text, _extras(source, language, sentence, answer))
    steps.insert(0, " ".join([action] + [answer[key] for key in ("ref", "how") if key in answer]))
    return message, {key: answer[key] for key in KEYS if key in answer}, steps


def capitalised(text):
    """A sentence that begins with a quantity in words, as it is written at the beginning of one: never a name, which is copied."""
    return BEGINNING.sub(lambda match: match.group(1) + match.group(2).capitalize(), text, count=1)


def _sentence(language, source):
    return source.one(["ko", "ko", "en"]) if language == "mix" else language


def _other(source, language):
    """The language of names and values: in mixed messages sometimes not the sentence's."""
    return source.one(["ko", "en"]) if language == "mix" else language


def _frame(source, action, sentence):
    pools = sentences(f"orders.{action}.{sentence}.txt")
    kind = source.rng.choices(list(pools), [len(pool.seen) for pool in pools.values()])[0]
    return kind, source.say(pools[kind])


def _how(source, sentence, answer):
    """A word for delivery or pick-up behind an order that says nothing of it."""
    answer["how"] = source.one(["delivery", "pickup"])
    words = {("ko", "delivery"): [" 배달이요", " 배송 부탁드려요", ", 택배로요", " 배달로", " (배송)"], ("ko", "pickup"): [" 포장이요", " 픽업할게요", ", 찾으러 갈게요", " 방문 수령", " (픽업)"],
             ("en", "delivery"): [", delivery please", " for delivery", ", delivered", " (delivery)"], ("en", "pickup"): [", pickup please", " for pickup", ", I'll pick it up", " (pickup)", ", to go"]}
    return source.one(words[sentence, answer["how"]])


def _values(source, today, language, frame, answer, steps):
    """The text of every slot of a frame; the answer and the thought grow with them, in the order of the frame."""
    texts = {}
    for slot in sorted(slots(frame), key=lambda slot: frame.index("{" + slot)):
        if slot in ("when", "day", "time"):
            texts |= _moment(source, today, _other(source, language), slot, answer, steps)
        elif slot == "items":
            texts[slot] = _items(source, language, answer, steps)
        elif slot == "item":
            texts |= _changed(source, language, answer, steps)
        elif slot == "ref":
            answer["ref"] = _reference(source)
            texts[slot] = protect(answer["ref"])
        elif slot in ("customer", "phone"):
            texts[slot] = _contact(source, language, slot, answer)
    return texts


def _moment(source, today, language, slot, answer, steps):
    shape = {"day": "day", "time": "time"}.get(slot) or source.weighted({"both": 55, "day": 30, "time": 15})
    parts = [day(source, today, language)] if shape != "time" else []
    parts += [clock(source, language, part_of_day(parts[0].text) if parts else None)] if shape != "day" else []
    for part in parts:
        answer.update(part.value)
        steps.append(part.step)
    text, without = together(source, language, parts)
    return {slot: text, f"{slot}:bare": without}


def _contact(source, language, slot, answer):
    if slot == "customer":
        answer["customer"] = person(source, _other(source, language))
        return protect(answer["customer"])
    answer["phone"] = phone_number(source)
    return phone_text(source, answer["phone"], _other(source, language))


def _reference(source):
    """An order's number as shops give it."""
    digits = "".join(str(source.between(0, 9)) for _ in range(source.between(3, 6)))
    letters = "".join(source.one(LETTERS) for _ in range(source.weighted({1: 60, 2: 30, 3: 10})))
    head = source.weighted({"": 26, letters: 30, letters + "-": 30, "ORD-": 4, "No-": 4, "KR-": 3, "20260": 3})
    if source.chance(0.15):
        return digits[:2] + source.one(["-", "A", "X"]) + digits[2:]
    return head.lower() + digits if source.chance(0.05) else head + digits


def one_item(source, language):
    """One ordered thing with its quantity: the text and the part of the answer."""
    words = _other(source, language)
    form = words if language != "mix" or source.chance(0.7) else _other(source, language)
    name, usual = item(source, words)
    quantity = amount(source, form, usual)
    if form == "en" and quantity.unit == "ea" and quantity.number == 1 and words == "en":
        name = _singular(name)
    shown = _shape(source, form, name, quantity).format(n=protect(name), q=quantity.text, d=protect(str(quantity.number)))
    return shown, {"name": name, "qty": quantity.number, "unit": quantity.unit}


def _shape(source, form, name, quantity):
    """How a thing and its quantity stand together."""
    digits = quantity.text.strip("\ue000\ue001")[0].isdigit()
    if quantity.unit == "ea" and source.chance(0.1):
        return source.one(["{n} x{d}", "{n} {d}", "{n} x {d}", "{n} ({d})", "{n}: {d}", "{n} - {d}"] + (["{n} {d}"] if form == "ko" else ["{d} x {n}", "{n} * {d}"]))
    if form == "ko":
        return source.one(["{n} {q}"] * 12 + ["{n}{q}" if digits else "{n} {q}", "{n}({q})", "{n} : {q}", "{n} - {q}", "{n}, {q}"])
    if quantity.text.endswith(" of\ue001") or quantity.unit in ("ea", "whole"):
        return "{q} {n}"
    return source.one(["{q} {n}", "{q} {n}", "{n}, {q}", "{n} ({q})", "{n}: {q}"])


def _singular(name):
    """A plural in its singular, as it stands behind "a" or "one"."""
    for ending, mended in (("ies", "y"), ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("sses", "ss"), ("oes", "o"), ("ss", "ss"), ("us", "us"), ("s", "")):
        if name.endswith(ending) and len(name) > len(ending) + 2:
            return name[: -len(ending)] + mended
    return name


def _items(source, language, answer, steps):
    texts, count = [], source.weighted({1: 46, 2: 31, 3: 16, 4: 6, 5: 1})
    answer["items"] = []
    while len(texts) < count:
        text, entry = one_item(source, language)
        if entry["name"] not in [other["name"] for other in answer["items"]]:
            texts.append(text)
            answer["items"].append(entry)
    if count == 2 and source.chance(0.08):
        texts = [_each(source, language, answer["items"])]
    steps += [f"{entry['name']}: {entry['qty']} {entry['unit']}" for entry in answer["items"]]
    return join(source, texts, "en" if language == "en" else "ko") if len(texts) > 1 else texts[0]


def _each(source, language, items):
    """Two things of the same quantity, which is said once."""
    number, unit = items[0]["qty"], items[0]["unit"]
    items[1]["qty"], items[1]["unit"] = number, unit
    first, second = (protect(entry["name"]) for entry in items)
    if language == "en":
        quantity = bare(english_amount(source, number, unit).text) if unit != "ea" else protect(str(number))
        return source.one([f"{first} and {second}, {quantity} each", f"{quantity} each of {first} and {second}", f"{first} and {second} ({quantity} each)"])
    quantity = korean_amount(source, number, unit).text
    joint = with_particle(items[0]["name"], "이랑", "랑") if source.chance(0.6) else with_particle(items[0]["name"], "과", "와")
    return source.one([f"{first}{joint} {second} 각각 {quantity}", f"{first}{joint} {second} {quantity}씩", f"{first}, {second} 각 {quantity}", f"{first} {second} {quantity}씩"])


def join(source, parts, language):
    """Several things in one enumeration, as the language does it."""
    if source.chance(0.07):
        return source.one(["\n", "\n- ", "\n* "]).join(["", *parts]).removeprefix("\n" if source.chance(0.5) else "")
    if language == "ko":
        shape = source.one([", ", ", ", ", ", " 하고 ", "particle", "particle", "with", " 그리고 ", ",", " / ", " ", "하고 ", " + ", ", 그리고 "])
        if shape in ("particle", "with"):
            forms = ("이랑", "랑") if shape == "particle" else ("과", "와")
            return " ".join(part + with_particle(part.rstrip("\ue001)"), *forms) for part in parts[:-1]) + " " + parts[-1]
        return shape.join(parts)
    if source.chance(0.12):
        return source.one([" and ", " and also ", "; ", " / ", ", "]).join(parts)
    last = source.one([" and ", " and ", " and ", ", ", ", and ", " plus ", " & ", " + ", " as well as "])
    return ", ".join(parts[:-1]) + last + parts[-1]


def _changed(source, language, answer, steps):
    """A thing whose quantity changes: only the new one is in the answer."""
    words = _other(source, language)
    name, usual = item(source, words)
    new, old = amount(source, words, usual), amount(source, words, usual)
    while old.number == new.number or old.unit != new.unit and source.chance(0.85):
        old = amount(source, words, usual)
    answer["items"] = [{"name": name, "qty": new.number, "unit": new.unit}]
    steps.append(f"{name}: {new.number} {new.unit}")
    return {"item": protect(name), "old": bare(old.text), "new": bare(new.text)}


def _extras(source, language, sentence, answer):
    """Sentences around the order: (before, after)."""
    pools = sentences(f"extras.{sentence}.txt")
    requests = [kind for kind, pool in pools.items() if pool.seen and kind not in (*ADDED, "hello", "bye", "chat")]
    said = []
    contact = source.weighted({"": 56, "customer": 20, "phone": 10, "both": 6, "apart": 8})
    for kind in {"": (), "apart": ("customer", "phone")}.get(contact, (contact,)):
        wanted = {"both": {"customer", "phone"}}.get(kind, {kind})
        if not wanted & set(answer):
            said.append(fill(source.say(pools[kind]), {slot: _contact(source, language, slot, answer) for slot in sorted(wanted)}))
    if answer["action"] == "new" and source.chance(0.26):
        codes = set()
        for kind in source.rng.sample(requests, source.weighted({1: 82, 2: 18})):
            if not codes & set(kind.split("+")):
                codes |= set(kind.split("+"))
                said.append(source.say(pools[kind]))
        answer["requests"] = sorted(codes)
        if len(codes) > 1:
            source.note("combination", "requests " + " ".join(answer["requests"]))
    for _ in range(source.weighted({0: 62, 1: 30, 2: 8})):
        said.append(source.say(pools["chat"]))
    source.rng.shuffle(said)
    return said


def assemble(source, sentence, core, around):
    """The sentences of a message in one text: a greeting, some before, the core, some after, a closing."""
    pools = sentences(f"extras.{sentence}.txt")
    turn = source.weighted({0: 60, 1: 32, 2: 8})
    parts = [source.say(pools["hello"])] if source.chance(0.26) else []
    parts += around[:turn] + [core] + around[turn:]
    if source.chance(0.24):
        parts.append(source.say(pools["bye"]))
    joint = source.one(JOINTS)
    out = parts[0]
    for part in parts[1:]:
        ended = out.rstrip("\ue001")[-1:] in ".?!~,;:)\n"
        out += (joint if not ended or joint == "\n" else " ") + part
    return out
