"""Quantities with their counters, in digits and in words."""

from dataclasses import dataclass

from .numerals import english, native, native_alone, sino
from .source import Pool, protect

# For every unit of an answer: Korean and English counters.
KOREAN_UNITS = {
    "ea": ["개", "개", "개", "알", "송이", "자루", "권", "대", "켤레", "벌", "덩이", "모", "포기"], "bottle": ["병"], "box": ["박스", "상자", "box", "박스", "궤짝"], "pack": ["팩", "봉", "봉지", "포", "갑", "포대", "망"],
    "cup": ["잔", "컵"], "can": ["캔"], "kg": ["kg", "킬로", "키로", "킬로그램", "KG"], "g": ["g", "그램", "그람"], "l": ["L", "리터", "l"], "roll": ["줄", "롤", "두루마리"],
    "serving": ["인분", "인분", "그릇", "접시"], "set": ["세트", "셋트", "세트"], "whole": ["마리", "판", "통"], "sheet": ["장", "매"], "slice": ["조각", "쪽", "피스"], "bunch": ["다발", "묶음", "단"],
}
ENGLISH_UNITS = {
    "bottle": ["bottle", "bottle", "jar"], "box": ["box", "box", "carton", "crate", "case"], "pack": ["pack", "bag", "packet", "package", "sack"], "cup": ["cup", "glass", "mug"],
    "can": ["can", "tin"], "kg": ["kg", "kilo", "kilogram"], "g": ["g", "gram"], "l": ["L", "liter", "litre"], "roll": ["roll"], "serving": ["serving", "plate", "portion", "bowl"],
    "set": ["set"], "sheet": ["sheet"], "slice": ["slice", "piece"], "bunch": ["bunch", "bundle", "bouquet"], "whole": ["whole"],
}
UNIT_WEIGHTS = {"ea": 30, "bottle": 8, "box": 9, "pack": 9, "cup": 8, "can": 5, "kg": 7, "g": 3, "l": 3, "roll": 4, "serving": 6, "set": 5,
                "whole": 5, "sheet": 3, "slice": 3, "bunch": 4}
# Counters that take Sino-Korean numerals in words: 삼 인분, 이 킬로.
SINO_COUNTERS = {"인분", "킬로", "키로", "킬로그램", "그램", "그람", "리터", "kg", "KG", "g", "L", "l"}
DOZENS = {6: ["half a dozen", "half dozen", "a half dozen"], 12: ["a dozen", "one dozen", "a dozen", "12"], 24: ["two dozen", "2 dozen"], 36: ["three dozen", "3 dozen"], 48: ["four dozen", "4 dozen"], 60: ["five dozen", "5 dozen"]}


@dataclass
class Amount:
    """A quantity: how it was written, what it means."""

    text: str
    number: object
    unit: str


def _number(source, unit, language):
    if unit == "g":
        return source.one([50, 100, 150, 200, 250, 300, 350, 400, 450, 500, 600, 700, 800, 900])
    if unit in ("kg", "l") and source.chance(0.3):
        return source.one([0.5, 0.5, 1.5, 2.5, 3.5])
    if unit == "ea" and language == "en" and source.chance(0.12):
        return source.one(sorted(DOZENS))
    if source.chance(0.8):
        return source.between(1, 12) if source.chance(0.6) else source.between(1, 4)
    return source.one([13, 14, 15, 16, 17, 18, 20, 20, 22, 24, 25, 30, 30, 35, 36, 40, 45, 50, 50, 60, 70, 80, 100, 100, 120, 150, 200, 300, 500])


def amount(source, language, usual=None):
    """A quantity of one unit, mostly a usual one of the thing. Pairs of unit and number are partly held out."""
    unit = source.one((usual[:1] + usual) if usual else ["ea"]) if usual and source.chance(0.7) else source.weighted(UNIT_WEIGHTS)
    number = _number(source, unit, language)
    source.note("combination", f"{unit} {number}")
    return korean_amount(source, number, unit) if language == "ko" else english_amount(source, number, unit)


def korean_amount(source, number, unit):
    """Such as 3개, 세 개, 열두 병, 반 킬로, 일 점 오 리터; 하나 and 둘 for pieces."""
    counter = source.one(KOREAN_UNITS[unit])
    if number == 0.5 and source.chance(0.6):
        return Amount(protect(source.say(Pool([f"반 {counter}", f"반{counter}"], [f"{counter} 반"]))), number, unit)
    if number in (1.5, 2.5, 3.5) and source.chance(0.4):
        return Amount(protect(f"{int(number)}{counter} 반"), number, unit)
    if unit == "ea" and number <= 10 and source.chance(0.2):
        return Amount(protect(native_alone(number)), number, unit)
    if isinstance(number, int) and source.chance(0.42):
        word = None
        if counter in SINO_COUNTERS:
            word = sino(number) if number <= 20 and unit != "g" else None
        elif number <= 59:
            word = native(number)
        elif number % 10 == 0:
            word = sino(number)
        if word:
            return Amount(protect(word + source.one([" ", " ", ""]) + counter), number, unit)
    return Amount(protect(f"{number}{source.one(['', '', '', ' '])}{counter}"), number, unit)


def english_amount(source, number, unit):
    """Such as 3 bottles of, two dozen, half a kilo of; a following name completes it."""
    if unit == "ea":
        return Amount(protect(_english_pieces(source, number)), number, unit)
    counter = source.one(ENGLISH_UNITS[unit])
    if number == 0.5:
        text = source.one([f"half a {counter} of", f"half {counter} of", f"a half {counter} of"]) if len(counter) > 2 else source.one([f"0.5{counter} of", f"half a {counter} of", f"0.5 {counter}"])
        return Amount(protect(text), number, unit)
    if number in (1.5, 2.5, 3.5) and len(counter) > 2 and source.chance(0.5):
        return Amount(protect(f"{english(int(number))} and a half {counter}s of"), number, unit)
    if unit == "whole":
        return Amount(protect(f"{_spelled(source, number)} whole"), number, unit)
    plural = counter if len(counter) < 3 or number == 1 else counter + ("es" if counter[-1] in "xsh" else "s")
    word = "a" if number == 1 and source.chance(0.35) else _spelled(source, number)
    joint = "" if len(counter) < 3 and word[-1].isdigit() and source.chance(0.6) else " "
    return Amount(protect(f"{word}{joint}{plural}{source.one([' of', ' of', ' of', ' of', ''])}"), number, unit)


def _spelled(source, number):
    """A number in words now and then, else in digits."""
    words = isinstance(number, int) and (number <= 20 or number % 10 == 0 and number <= 100) and source.chance(0.42)
    return english(number) if words else str(number)


def _english_pieces(source, number):
    """A number of pieces: in digits, in words, by the dozen."""
    if number in DOZENS and source.chance(0.7):
        return source.one(DOZENS[number])
    if number == 2 and source.chance(0.15):
        return source.one(["a couple of", "a pair of"])
    if number == 1:
        return source.one(["1", "one", "a", "a", "1x", "1 x"])
    spelled = _spelled(source, number)
    return source.one([spelled, spelled, spelled, f"{number} x", f"{number}x"])


def bare(text):
    """An English amount without its closing "of", for where no name follows."""
    return text.replace(" of\ue001", "\ue001")
