"""Dates and times of day as customers write them, with the one form that an answer has."""

from dataclasses import dataclass
from datetime import date, timedelta

from .numerals import english, native, sino
from .source import Pool, protect

WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
WEEKDAYS_FULL = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
WEEKDAYS_KO = "월화수목금토일"
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
MONTHS_FULL = ["January", "February", "March", "April", "May", "June", "July", "August", "September",
               "October", "November", "December"]

# Words for a fixed number of days from today.
DAYS_KO = {
    0: Pool(["오늘", "오늘", "오늘", "금일", "당일"], ["오늘 중"]),
    1: Pool(["내일", "내일", "내일", "낼", "명일", "익일"], ["다음날"]),
    2: Pool(["모레", "모레", "내일모레", "낼모레", "이틀 뒤", "이틀 후"], ["이틀뒤"]),
    3: Pool(["글피", "사흘 뒤", "사흘 후", "사흘 있다가"], ["사흘뒤"]),
    4: Pool(["나흘 뒤", "나흘 후"], ["나흘뒤"]),
    5: Pool(["닷새 뒤", "닷새 후"], ["닷새뒤"]),
    7: Pool(["일주일 뒤", "일주일 후", "1주일 뒤", "1주 뒤"], ["1주일 후"]),
    10: Pool(["열흘 뒤", "열흘 후"], ["열흘뒤"]),
    14: Pool(["2주 뒤", "2주 후", "이주일 뒤", "두 주 뒤"], ["2주일 후"]),
    15: Pool(["보름 뒤", "보름 후"], ["보름뒤"]),
}
DAYS_EN = {
    0: Pool(["today", "today", "today", "this very day", "later today"], ["sometime today"]),
    1: Pool(["tomorrow", "tomorrow", "tomorrow", "tmrw", "tommorow", "tmr"], ["2moro"]),
    2: Pool(["the day after tomorrow", "day after tomorrow"], ["overmorrow"]),
    7: Pool(["in a week", "a week from today", "one week from today", "a week from now"], ["one week from now"]),
    8: Pool(["a week from tomorrow", "a week tomorrow"], []),
    14: Pool(["in two weeks", "two weeks from today", "in a fortnight", "in 2 weeks"], ["a fortnight from today"]),
}
WEEKS_KO = {"this": Pool(["이번 주 ", "이번주 ", "금주 ", "이번 "], ["요번 주 "]), "next": Pool(["다음 주 ", "다음주 ", "담주 ", "차주 ", "다음 "], ["담 주 "]),
            "nearest": Pool(["", "", "", "", "오는 ", "돌아오는 "], ["다가오는 "]), "after next": Pool(["다다음 주 ", "다다음주 "], [])}
WEEKS_EN = {"this": Pool(["this {}", "{} this week", "this week {}"], ["{} of this week"]), "next": Pool(["next {}", "next {}", "{} next week", "next week {}", "next week on {}"], ["{} of next week"]),
            "nearest": Pool(["on {}", "on {}", "on {}", "{}", "this coming {}", "on the coming {}"], ["the coming {}"]), "after next": Pool(["the {} after next", "{} the week after next"], [])}
AFTER_KO = Pool(["일 뒤", "일 후", "일뒤", "일후", "일 있다가"], ["일 지나서"])
AFTER_EN = Pool(["in {} days", "{} days from now", "{} days from today", "in {} days' time"], ["after {} days"])
# A part of the day without an hour says no time.
PARTS_KO = ["아침", "오전", "오후", "저녁", "오전 중", "점심"]
PARTS_EN = ["morning", "afternoon", "evening"]


@dataclass
class Moment:
    """What was written, without the preposition too; what it means, and the step of thought from one to the other."""

    text: str
    bare: str
    value: dict
    step: str


def random_today(source):
    """The day that the system prompt gives: one of 2026 and 2027."""
    today = date(2026, 1, 1) + timedelta(days=source.between(0, 729))
    source.note("values", f"today {today:%m-%d}")
    return today


def system_date(today):
    """A day as the system prompt writes it: 2026-03-04 Wed."""
    return f"{today.isoformat()} {WEEKDAYS[today.weekday()]}"


def day(source, today, language):
    """A date relative to today, by its weekday or by the calendar."""
    shape = source.weighted({"near": 34, "after": 10, "weekday": 38, "calendar": 18})
    if shape == "calendar":
        return _calendar(source, today, language)
    if shape == "near":
        words = DAYS_KO if language == "ko" else DAYS_EN
        weights = {0: 24, 1: 42, 2: 16, 3: 4, 4: 2, 5: 2, 7: 5, 10: 2, 14: 3, 15: 1} if language == "ko" else {0: 26, 1: 44, 2: 16, 7: 6, 8: 2, 14: 4}
        offset = source.weighted(weights)
        text = source.say(words[offset])
        if offset < 2 and source.chance(0.12):
            text = _with_part(source, text, offset, language)
        return _relative(source, today, offset, text, text)
    if shape == "after":
        offset = source.between(2, 12)
        text = _after(source, offset, language)
        return _relative(source, today, offset, text, text)
    return _weekday(source, today, language)


def _with_part(source, text, offset, language):
    if language == "ko":
        return f"{text} {source.one(PARTS_KO)}"
    if offset == 0:
        return source.one(["tonight", "this evening", "this afternoon", "this morning", "tonite"])
    return f"{text} {source.one(PARTS_EN)}"


def _relative(source, today, offset, text, bare, weekday=None):
    """What is said relative to today; a weekday that it goes by comes first: the number of days follows from it."""
    then = today + timedelta(days=offset)
    source.note("values", f"offset {today.day} {offset}")
    named = {} if weekday is None else {"weekday": WEEKDAYS[weekday].lower()}
    value = named | {"in_days": offset, "date": then.isoformat()}
    meaning = " ".join([*named.values(), f"+{offset}"])
    return Moment(protect(text), protect(bare), value, f"{bare} = {meaning} = {then.isoformat()}")


def _after(source, offset, language):
    if language == "ko":
        return f"{offset}{source.say(AFTER_KO)}"
    number = english(offset) if source.chance(0.4) else str(offset)
    return source.say(AFTER_EN).format(number)


def _weekday(source, today, language):
    """A day of this week, of next week (weeks begin on Monday), or the nearest one to come."""
    now, then = today.weekday(), source.between(0, 6)
    weights = {"this": 28 if then > now else 0, "next": 30, "nearest": 38, "after next": 4}
    week = source.weighted(weights)
    offset = {"this": then - now, "next": 7 - now + then, "nearest": (then - now - 1) % 7 + 1, "after next": 14 - now + then}[week]
    if language == "ko":
        text = source.say(WEEKS_KO[week]) + WEEKDAYS_KO[then] + source.one(["요일", "요일", "요일", "욜"])
        return _relative(source, today, offset, text, text, then)
    name = source.one([WEEKDAYS_FULL, WEEKDAYS_FULL, WEEKDAYS_FULL, WEEKDAYS])[then]
    name = name.lower() if source.chance(0.25) else name
    text = source.say(WEEKS_EN[week]).format(name)
    if week in ("this", "next", "nearest") and source.chance(0.06):
        text += " " + source.one(PARTS_EN)
    return _relative(source, today, offset, text, text.removeprefix("on "), then)


def _next_numbered(today, number):
    """The next day, today included, whose number in its month is given."""
    then = today
    while then.day != number:
        then += timedelta(days=1)
    return then


def _calendar(source, today, language):
    """A month and a day; without a year it is the next such day, today included."""
    then = today + timedelta(days=source.between(0, 120))
    month, number = then.month, then.day
    weekday = then.weekday()
    preposition = "on "
    if source.chance(0.12) and number <= 28:
        then = _next_numbered(today, number)
        month, weekday = then.month, then.weekday()
        text = f"{number}일" if language == "ko" else f"the {ordinal(number)}"
    elif language == "ko":
        texts = Pool([f"{month}월 {number}일", f"{month}월 {number}일", f"{month}월{number}일", f"{month}/{number}", f"{sino_month(month)} {sino(number)}일",
                      f"{month}월 {number}일({WEEKDAYS_KO[weekday]})", f"{month}월 {number}일 {WEEKDAYS_KO[weekday]}요일", f"{then.year}년 {month}월 {number}일"],
                     [f"{month}.{number}", f"{month}/{number}({WEEKDAYS_KO[weekday]})"])
        text = source.say(texts)
    else:
        name, full = MONTHS[month - 1], MONTHS_FULL[month - 1]
        texts = Pool([f"{full} {number}", f"{name} {number}", f"{number} {full}", f"{full} {ordinal(number)}", f"{number} {name}", f"{ordinal(number)} {full}", f"{ordinal(number)} of {full}",
                      f"{month}/{number}", f"{WEEKDAYS_FULL[weekday]}, {full} {number}", f"{WEEKDAYS[weekday]} {name} {number}", f"{full} {number}, {then.year}", f"{name} {ordinal(number)}"],
                     [f"the {ordinal(number)} of {full}", f"{WEEKDAYS_FULL[weekday]} {number} {full}"])
        text = source.say(texts)
        if source.chance(0.2):
            text = text.lower()
    if source.chance(0.07):
        text = source.one([then.isoformat(), then.isoformat().replace("-", "."), then.isoformat().replace("-", "/")])
    source.note("values", f"calendar {month}-{number}")
    whole = preposition + text if language == "en" and source.chance(0.8) else text
    return Moment(protect(whole), protect(text), {"date": then.isoformat()}, f"{text} = {then.isoformat()}")


def ordinal(number):
    """A number as the days of a month are counted: 1st, 22nd, 13th."""
    suffix = "th" if number in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def sino_month(month):
    """A month in Korean words: 유월 and 시월 lose a consonant."""
    return {6: "유월", 10: "시월"}.get(month, sino(month) + "월")


HOURS = {4: 1, 5: 2, 6: 3, 7: 4, 8: 7, 9: 10, 10: 11, 11: 11, 12: 9, 13: 8, 14: 10, 15: 10, 16: 9, 17: 10, 18: 10, 19: 8, 20: 6, 21: 3, 22: 2}
# The hours of the parts of a day, by what names them behind a day.
PARTS = [(range(4, 12), ("morning", "아침", "오전")), (range(12, 18), ("afternoon", "오후", "점심")), (range(17, 23), ("tonight", "tonite", "evening", "저녁"))]


def part_of_day(text):
    """The hours of the part of the day that a day's text names; None where it names none."""
    return next((hours for hours, words in PARTS if any(word in text for word in words)), None)


def clock(source, language, within=None):
    """A time of day, in a part of it if `within` has its hours.

    An hour without its half is one of a shop's day, 7 to 11 in the morning, 12 to 6 after noon, or of the part that was named.
    """
    hour = source.weighted({hour: weight for hour, weight in HOURS.items() if within is None or hour in within})
    minute = source.weighted({0: 56, 30: 26, 15: 4, 45: 4, 10: 3, 20: 3, 40: 3, 50: 3, 5: 1, 25: 1, 35: 1, 55: 1})
    source.note("values", f"time {hour}:{minute}")
    if within is not None and source.chance(0.5):
        number = (hour - 1) % 12 + 1
        spoken = f"{number}시{f' {minute}분' if minute else ''}" if language == "ko" else f"{number}:{minute:02d}" if minute else f"{number}"
        text, preposition = source.one([spoken, spoken, f"{number}:{minute:02d}"]), "" if language == "ko" else "at "
    else:
        text, preposition = _korean_clock(source, hour, minute) if language == "ko" else _english_clock(source, hour, minute)
    value = f"{hour:02d}:{minute:02d}"
    return Moment(protect(preposition + text), protect(text), {"time": value}, f"{text} = {value}")


def _korean_clock(source, hour, minute):
    if hour == 12 and minute == 0 and source.chance(0.5):
        return source.say(Pool(["정오", "낮 12시", "점심 12시", "12시"], ["한낮 12시"])), ""
    if source.chance(0.15):
        return (source.one([f"{hour}:{minute:02d}", f"{hour}시" + (f" {minute}분" if minute else "")]) if hour > 12 else f"{hour:02d}:{minute:02d}"), ""
    spoken_hour = (hour - 1) % 12 + 1
    number = native(spoken_hour) if source.chance(0.35) else str(spoken_hour)
    tail = "" if minute == 0 else source.one([" 반", "반", " 반"]) if minute == 30 and source.chance(0.7) else f"{source.one([' ', ' ', ''])}{minute if source.chance(0.85) else sino(minute)}분"
    part = "" if 7 <= hour <= 18 and source.chance(0.22) else f"{_korean_part(source, hour)}{source.one([' ', ' ', ' ', ''])}"
    return f"{part}{number}{source.one(['시', '시', '시', ' 시'])}{tail}", ""


def _korean_part(source, hour):
    if hour < 7:
        return source.one(["새벽", "새벽", "아침", "오전"] if hour > 4 else ["새벽", "새벽", "오전"])
    if hour < 12:
        return source.say(Pool(["오전", "오전", "오전", "아침"], ["이른 아침"])) if hour < 10 else "오전"
    if hour == 12:
        return source.one(["낮", "점심", "오후"])
    if hour < 18:
        return source.say(Pool(["오후", "오후", "오후", "낮"] if hour < 15 else ["오후"], []))
    return source.say(Pool(["오후", "저녁", "저녁"] if hour < 21 else ["오후", "밤", "밤"], ["늦은 저녁"]))


def _english_clock(source, hour, minute):
    preposition = "at " if source.chance(0.75) else "around " if source.chance(0.15) else ""
    if hour == 12 and minute == 0 and source.chance(0.6):
        return source.say(Pool(["noon", "noon", "12 noon", "12"], ["midday"])), preposition
    if source.chance(0.12):
        return f"{hour:02d}:{minute:02d}", preposition
    half = "am" if hour < 12 else "pm"
    part = "in the morning" if hour < 12 else "in the afternoon" if hour < 18 else source.one(["in the evening", "in the evening", "at night"]) if hour > 19 else "in the evening"
    number = (hour - 1) % 12 + 1
    if 7 <= hour <= 18 and source.chance(0.15):
        return (f"{number}:{minute:02d}" if minute else source.one([str(number), f"{number} o'clock", english(number)])), preposition
    seen = [f"{number}{half}", f"{number}{half}", f"{number} {half}", f"{number} {half}", f"{number}:{minute:02d}{half}", f"{number}:{minute:02d} {half}", f"{number}{half.upper()}", f"{number} {half.upper()}", f"{number} {half[0]}.m."]
    if minute:
        seen = [f"{number}:{minute:02d}{half}", f"{number}:{minute:02d} {half}", f"{number}:{minute:02d} {half.upper()}", f"{number}:{minute:02d}{half.upper()}"]
        if minute == 30:
            seen += [f"half past {english(number)} {part}", f"half past {number} {half}", f"{english(number)} thirty {half}", f"{number}:30 {part}"]
        seen += [f"quarter past {number} {half}", f"a quarter past {english(number)} {part}"] if minute == 15 else []
        seen += [f"quarter to {number % 12 + 1} {'am' if hour + 1 < 12 else 'pm'}"] if minute == 45 else []
        return source.one(seen), preposition
    seen += [f"{number} o'clock {part}", f"{english(number)} {part}", f"{number} {part}", f"{english(number)} {half}", f"{number}:00 {half}"]
    return source.say(Pool(seen, [f"{english(number)} o'clock {part}", f"{number}.00 {half}"])), preposition


def together(source, language, parts):
    """A day and a time of day in one, in the order that the language likes: the text, and the text without a preposition."""
    if len(parts) == 1:
        return parts[0].text, parts[0].bare
    on, at = parts
    if language == "ko":
        both = f"{on.text}{source.one([' ', ' ', ' ', ', ', ''])}{at.text}"
        return both, both
    if source.chance(0.7):
        joint = source.one([" ", " ", " ", ", "])
        return f"{on.text}{joint}{at.text}", f"{on.bare}{joint}{at.text}"
    return f"{at.text} {on.text}", f"{at.bare} {on.text}"


