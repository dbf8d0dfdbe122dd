"""Normalise: dates, times, money, phone numbers and addresses in a text, each in one form."""

import re

from .moments import clock, day
from .phrasings import fill, sentences, slots
from .source import Pool, protect
from .values import address, money, phone_number, phone_text
from .words import person

KINDS = ("date", "time", "money", "phone", "address")
LABEL = {
    ("ko", "date"): ["", "", "날짜 ", "날짜는 ", "날짜: "], ("ko", "time"): ["", "", "시간 ", "시간은 ", "시간: "], ("ko", "money"): ["", "", "금액 ", "총 ", "가격은 ", "금액: "],
    ("ko", "phone"): ["", "", "번호 ", "연락처는 ", "전화: "], ("ko", "address"): ["", "", "주소 ", "주소는 ", "주소: "],
    ("en", "date"): ["", "", "date ", "date: "], ("en", "time"): ["", "", "at ", "time: "], ("en", "money"): ["", "", "total ", "price: ", "amount: "],
    ("en", "phone"): ["", "", "phone ", "tel: ", "phone: "], ("en", "address"): ["", "", "address: ", "at "],
}
CARRIER = {"ko": Pool(["{}", "{}", "메모: {}", "정리해 주세요: {}", "{}입니다"], ["{} 참고하세요"]), "en": Pool(["{}", "{}", "please note {}", "note: {}", "{} please"], ["for the record: {}"])}


def normalise(source, today, language):
    """The message, its answer and the steps of thought."""
    sentence = source.one(["ko", "ko", "en"]) if language == "mix" else language
    if source.chance(0.2):
        return _listed(source, today, language, sentence)
    frame = source.say(sentences(f"normalise.{sentence}.txt")[""])
    named = sorted(slots(frame) - {"person"}, key=lambda slot: re.search(rf"\{{{slot}[:}}]", frame).start())
    made = {slot: _make(source, slot.removeprefix("other"), today, _words(source, language)) for slot in named}
    if len(made) > 1:
        source.note("combination", "kinds " + " ".join(made))
    values = [{"kind": slot.removeprefix("other"), **value} for slot, (_, value, _) in made.items()]
    texts = {f"{slot}{form}": text for slot, (text, _, _) in made.items() for form in ("", ":bare")}
    texts["person"] = protect(person(source, _words(source, language)))
    return fill(frame, texts), {"task": "normalise", "values": values}, [step for _, _, step in made.values()]


def _listed(source, today, language, sentence):
    """Bare values one after the other, some with a label."""
    kinds = source.rng.sample(KINDS + ("money", "time"), source.weighted({1: 45, 2: 30, 3: 17, 4: 8}))
    if len(kinds) > 1:
        source.note("combination", "kinds " + " ".join(kinds))
    made = [(kind, *_make(source, kind, today, _words(source, language))) for kind in kinds]
    joint = source.one([", ", ", ", "\n", " / ", " ", ". "])
    listed = joint.join(source.one(LABEL[sentence, kind]) + text for kind, text, _, _ in made)
    return source.say(CARRIER[sentence]).format(listed), {"task": "normalise", "values": [{"kind": kind, **value} for kind, _, value, _ in made]}, [step for *_, step in made]


def _words(source, language):
    return source.one(["ko", "en"]) if language == "mix" else language


def _make(source, kind, today, language):
    """A value of a kind: its text, its part of the answer, its step of thought."""
    if kind in ("date", "time"):
        moment = day(source, today, language) if kind == "date" else clock(source, language)
        return moment.bare, moment.value, moment.step
    if kind == "phone":
        number = phone_number(source)
        return phone_text(source, number, language), {"phone": number}, number
    return money(source, language) if kind == "money" else address(source, language)
