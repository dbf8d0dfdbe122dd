"""Quantities with their counters, in digits and in words."""

from dataclasses import dataclass

from .numerals import english, native, native_alone, sino
from .source import Pool, protect

# For every unit of an answer: Korean counters, English counters, and whether it can be a fraction.
KOREAN_UNITS = {
    "ea": ["개", "개", "개", "알"], "bottle": ["병"], "box": ["박스", "상자", "box"], "pack": ["팩", "봉", "봉지"], "cup": ["잔", "컵"], "can": ["캔"],
    "kg": ["kg", "킬로", "키로"], "g": ["g", "그램"], "l": ["L", "리터"], "roll": ["줄", "롤"], "serving": ["인분", "그릇"], "set": ["세트", "셋트"],
    "whole": ["마리", "판", "통"], "sheet": ["장"], "slice": ["조각", "쪽"], "bunch": ["다발", "묶음", "단"],
}
ENGLISH_UNITS = {
    "bottle": ["bottle"], "box": ["box"], "pack": ["pack", "bag"], "cup": ["cup", "glass"], "can": ["can"], "kg": ["kg", "kilo"], "g": ["g", "gram"],
    "l": ["L", "liter"], "roll": ["roll"], "serving": ["serving", "plate"], "set": ["set"], "sheet": ["sheet"], "slice": ["slice", "piece"],
    "bunch": ["bunch", "bundle"],
}
UNIT_WEIGHTS = {"ea": 30, "bottle": 8, "box": 8, "pack": 8, "cup": 8, "can": 5, "kg": 7, "g": 3, "l": 3, "roll": 4, "serving": 5, "set": 5,
                "whole": 5, "sheet": 3, "slice": 3, "bunch": 4}
# Counters that take Sino-Korean numerals in words: 삼 인분, 이 킬로.
SINO_COUNTERS = {"인분", "킬로", "키로", "그램", "리터", "kg", "g", "L"}


@dataclass
class Amount:
    """A quantity: how it was written, what it means."""

    text: str
    number: object
    unit: str


def _number(source, unit):
    if unit == "g":
        return source.one([100, 200, 250, 300, 400, 500, 600, 700, 800])
    if unit in ("kg", "l") and source.chance(0.3):
        return source.one([0.5, 0.5, 1.5, 2.5])
    return source.between(1, 12) if source.chance(0.8) else source.one([13, 14, 15, 16, 18, 20, 24, 25, 30, 36, 40, 50, 100])


def amount(source, language):
    """A quantity of one unit. Pairs of unit and number are partly held out."""
    unit = source.weighted(UNIT_WEIGHTS)
    if language == "en" and unit == "whole":
        unit = "ea"
    number = _number(source, unit)
    source.note("combination", f"{unit} {number}")
    return korean_amount(source, number, unit) if language == "ko" else english_amount(source, number, unit)


def korean_amount(source, number, unit):
    """Such as 3개, 세 개, 열두 병, 반 킬로, 일 점 오 리터; 하나 and 둘 for pieces."""
    counter = source.one(KOREAN_UNITS[unit])
    if number == 0.5 and source.chance(0.6):
        return Amount(protect(source.say(Pool([f"반 {counter}", f"반{counter}"], [f"{counter} 반"]))), number, unit)
    if number == 1.5 and source.chance(0.4):
        return Amount(protect(f"1{counter} 반"), number, unit)
    if unit == "ea" and number <= 10 and source.chance(0.2):
        return Amount(protect(native_alone(number)), number, unit)
    if isinstance(number, int) and source.chance(0.45):
        word = None
        if counter in SINO_COUNTERS:
            word = sino(number) if number <= 20 and unit != "g" else None
        elif number <= 40:
            word = native(number)
        if word:
            return Amount(protect(word + source.one([" ", " ", ""]) + counter), number, unit)
    return Amount(protect(f"{number}{source.one(['', '', '', ' '])}{counter}"), number, unit)


def english_amount(source, number, unit):
    """Such as 3 bottles of, two dozen, half a kilo of; a following name completes it."""
    if unit == "ea":
        if number in (6, 12, 24, 36) and source.chance(0.6):
            words = {6: ["half a dozen", "half dozen"], 12: ["a dozen", "one dozen", "12"], 24: ["two dozen", "2 dozen"], 36: ["three dozen", "3 dozen"]}
            return Amount(protect(source.one(words[number])), number, unit)
        if number == 2 and source.chance(0.2):
            return Amount(protect("a couple of"), number, unit)
        digits = source.one([str(number), str(number), f"{number} x", f"{number}x", english(number)])
        return Amount(protect(digits if number <= 20 or digits[0].isdigit() else str(number)), number, unit)
    counter = source.one(ENGLISH_UNITS[unit])
    if number == 0.5:
        return Amount(protect(f"half a {counter} of" if len(counter) > 2 else f"0.5{counter} of"), number, unit)
    if number == 1.5 and len(counter) > 2 and source.chance(0.5):
        return Amount(protect(f"one and a half {counter}s of"), number, unit)
    plural = counter if len(counter) < 3 or number == 1 else counter + ("es" if counter[-1] in "xsh" else "s")
    word = english(number) if isinstance(number, int) and number <= 20 and source.chance(0.4) else str(number)
    if number == 1 and source.chance(0.3):
        word = "a"
    joint = "" if len(counter) < 3 and word[0].isdigit() and source.chance(0.6) else " "
    return Amount(protect(f"{word}{joint}{plural} of"), number, unit)


def bare(text):
    """An English amount without its closing "of", for where no name follows."""
    return text.replace(" of\ue001", "\ue001")
