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
    0: Pool(["오늘", "오늘", "금일"], ["오늘 중"]),
    1: Pool(["내일", "내일", "낼", "명일"], ["다음날"]),
    2: Pool(["모레", "모레", "내일모레"], ["낼모레"]),
    3: Pool(["글피", "3일 뒤", "사흘 뒤"], ["사흘 후"]),
    7: Pool(["일주일 뒤", "일주일 후"], ["1주일 후"]),
}
DAYS_EN = {
    0: Pool(["today", "today", "this day"], ["later today"]),
    1: Pool(["tomorrow", "tomorrow", "tmrw", "tommorow"], ["tmr"]),
    2: Pool(["the day after tomorrow", "day after tomorrow"], ["overmorrow"]),
    7: Pool(["in a week", "a week from today"], ["one week from now"]),
}
WEEKS_KO = {"this": Pool(["이번 주 ", "이번주 ", "금주 "], ["요번 주 "]),
            "next": Pool(["다음 주 ", "다음주 ", "담주 ", "차주 "], ["담 주 "])}
AFTER_KO = Pool(["일 뒤", "일 후", "일뒤", "일 있다가"], ["일 지나서"])
AFTER_EN = Pool(["in {} days", "{} days from now", "{} days later"], ["after {} days"])


@dataclass
class Moment:
    """What was written, what it means, and the step of thought from one to the other."""

    text: str
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
    shape = source.weighted({"near": 32, "after": 14, "weekday": 38, "calendar": 16})
    if shape == "calendar":
        return _calendar(source, today, language)
    if shape == "near":
        words = DAYS_KO if language == "ko" else DAYS_EN
        offset = source.weighted({0: 24, 1: 46, 2: 20, 3: 5, 7: 6} if language == "ko" else {0: 28, 1: 48, 2: 18, 7: 7})
        text = source.say(words[offset])
    elif shape == "after":
        offset = source.between(2, 10)
        text = _after(source, offset, language)
    else:
        text, offset = _weekday(source, today, language)
    return _relative(source, today, offset, text)


def _relative(source, today, offset, text):
    then = today + timedelta(days=offset)
    source.note("values", f"offset {today.day} {offset}")
    value = {"in_days": offset, "date": then.isoformat()}
    return Moment(protect(text), value, f"{text} = +{offset} = {then.isoformat()}")


def _after(source, offset, language):
    if language == "ko":
        return f"{offset}{source.say(AFTER_KO)}"
    number = english(offset) if source.chance(0.4) else str(offset)
    return source.say(AFTER_EN).format(number)


def _weekday(source, today, language):
    """A day of this week, of next week (weeks begin on Monday), or the nearest one to come."""
    now, then = today.weekday(), source.between(0, 6)
    week = source.one(["this", "next", "nearest"] if then > now else ["next", "nearest"])
    offset = {"this": then - now, "next": 7 - now + then, "nearest": (then - now - 1) % 7 + 1}[week]
    if language == "ko":
        name = WEEKDAYS_KO[then] + source.one(["요일", "요일", "욜"])
        return ("" if week == "nearest" else source.say(WEEKS_KO[week])) + name, offset
    name = source.one([WEEKDAYS_FULL, WEEKDAYS_FULL, WEEKDAYS])[then]
    name = name.lower() if source.chance(0.25) else name
    return (f"on {name}" if week == "nearest" else f"{week} {name}"), offset


def _calendar(source, today, language):
    """A month and a day; without a year it is the next such day, today included."""
    then = today + timedelta(days=source.between(0, 120))
    month, number = then.month, then.day
    if language == "ko":
        pool = Pool([f"{month}월 {number}일", f"{month}월{number}일", f"{month}/{number}", f"{sino_month(month)} {sino(number)}일"],
                    [f"{month}.{number}"])
    else:
        name, full = MONTHS[month - 1], MONTHS_FULL[month - 1]
        suffix = "th" if number in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
        pool = Pool([f"{full} {number}", f"{name} {number}", f"{number} {full}", f"{full} {number}{suffix}",
                     f"{month}/{number}"], [f"the {number}{suffix} of {full}"])
    text = source.say(pool)
    if source.chance(0.1):
        text = source.one([then.isoformat(), then.isoformat().replace("-", "."), then.isoformat().replace("-", "/")])
    source.note("values", f"calendar {month}-{number}")
    return Moment(protect(text), {"date": then.isoformat()}, f"{text} = {then.isoformat()}")


def sino_month(month):
    """A month in Korean words: 유월 and 시월 lose a consonant."""
    return {6: "유월", 10: "시월"}.get(month, sino(month) + "월")


def clock(source, language):
    """A time of day, never one that could mean two."""
    hour, minute = source.between(7, 22), source.weighted({0: 60, 30: 25, 15: 3, 45: 3, 10: 3, 20: 3, 40: 3, 50: 3})
    source.note("values", f"time {hour}:{minute}")
    text = _korean_clock(source, hour, minute) if language == "ko" else _english_clock(source, hour, minute)
    value = f"{hour:02d}:{minute:02d}"
    return Moment(protect(text), {"time": value}, f"{text} = {value}")


def _korean_clock(source, hour, minute):
    if hour == 12 and minute == 0 and source.chance(0.5):
        return source.say(Pool(["정오", "낮 12시", "점심 12시"], ["한낮 12시"]))
    if source.chance(0.18):
        return source.one([f"{hour}:{minute:02d}", f"{hour}시" + (f" {minute}분" if minute else "")]) if hour > 12 else f"{hour:02d}:{minute:02d}"
    part = _korean_part(source, hour)
    spoken_hour = (hour - 1) % 12 + 1
    number = native(spoken_hour) if source.chance(0.35) else str(spoken_hour)
    tail = "" if minute == 0 else source.one([" 반", "반"]) if minute == 30 and source.chance(0.7) else f" {minute}분"
    return f"{part}{source.one([' ', ' ', ''])}{number}{source.one(['시', '시', ' 시'])}{tail}"


def _korean_part(source, hour):
    if hour < 12:
        return source.say(Pool(["오전", "오전", "아침"] if hour < 10 else ["오전"], ["이른 아침"] if hour < 10 else []))
    if hour == 12:
        return source.one(["낮", "점심", "오후"])
    if hour < 18:
        return "오후"
    return source.say(Pool(["오후", "저녁", "저녁"] if hour < 21 else ["오후", "밤"], ["늦은 저녁"]))


def _english_clock(source, hour, minute):
    if hour == 12 and minute == 0 and source.chance(0.5):
        return source.say(Pool(["noon", "12 noon"], ["midday"]))
    if source.chance(0.15):
        return f"{hour:02d}:{minute:02d}"
    half = "am" if hour < 12 else "pm"
    part = "in the morning" if hour < 12 else "in the afternoon" if hour < 18 else "in the evening"
    number = (hour - 1) % 12 + 1
    seen = [f"{number}{half}", f"{number} {half}", f"{number}:{minute:02d}{half}", f"{number}:{minute:02d} {half}", f"{number}{half.upper()}"]
    if minute:
        seen = seen[2:4] + ([f"half past {english(number)} {part}", f"half past {number} {half}"] if minute == 30 else [])
        seen += [f"quarter past {number} {half}"] if minute == 15 else []
        seen += [f"quarter to {number % 12 + 1} {'am' if hour + 1 < 12 else 'pm'}"] if minute == 45 else []
        return source.one(seen)
    seen += [f"{number} o'clock {part}", f"{english(number)} {part}", f"{number} {part}"]
    return source.say(Pool(seen, [f"{english(number)} o'clock {part}", f"{number} {half[0]}.m."]))
