"""Money, phone numbers and addresses as people write them, with the one form that an answer has."""

from .numerals import english, grouped, mixed_won, sino, spoken
from .source import Pool, protect
from .words import place

# Short name, official name, English name.
CITIES = [("서울", "서울특별시", "Seoul"), ("부산", "부산광역시", "Busan"), ("대구", "대구광역시", "Daegu"), ("인천", "인천광역시", "Incheon"), ("광주", "광주광역시", "Gwangju"),
          ("대전", "대전광역시", "Daejeon"), ("울산", "울산광역시", "Ulsan"), ("세종", "세종특별자치시", "Sejong"), ("수원", "경기도 수원시", "Suwon"), ("성남", "경기도 성남시", "Seongnam"),
          ("고양", "경기도 고양시", "Goyang"), ("용인", "경기도 용인시", "Yongin"), ("안양", "경기도 안양시", "Anyang"), ("안산", "경기 안산시", "Ansan"), ("제주", "제주특별자치도 제주시", "Jeju"),
          ("청주", "충북 청주시", "Cheongju"), ("천안", "충남 천안시", "Cheonan"), ("전주", "전북 전주시", "Jeonju"), ("창원", "경남 창원시", "Changwon"), ("포항", "경북 포항시", "Pohang"),
          ("김해", "경남 김해시", "Gimhae"), ("춘천", "강원도 춘천시", "Chuncheon"), ("강릉", "강원도 강릉시", "Gangneung"), ("원주", "강원 원주시", "Wonju"), ("여수", "전남 여수시", "Yeosu")]
AREAS = {"010": 76, "02": 8, "070": 3, "031": 3, "032": 1, "033": 1, "041": 1, "042": 1, "043": 1, "051": 2, "052": 1, "053": 1, "054": 1, "055": 1, "061": 1, "062": 1, "063": 1, "064": 1}


def money(source, language):
    """An amount of won or dollars: the text, the part of the answer, the step of thought."""
    if source.chance(0.2):
        return _dollars(source, language)
    number = won(source)
    text = source.say(_korean_won(number) if language == "ko" else _english_won(number))
    return protect(text), {"amount": number, "currency": "KRW"}, f"{text} = {number}"


def won(source):
    """An amount of won as prices are: a few leading digits, then zeros."""
    unit = source.weighted({10: 5, 100: 30, 1000: 33, 10_000: 20, 100_000: 7, 1_000_000: 5})
    number = unit * source.between(1, {10: 2_000, 100: source.one([999, 30_000])}.get(unit, 99))
    source.note("values", f"won {number}")
    return number


def _korean_won(number):
    seen = [f"{number}원", f"{grouped(number)}원", f"{grouped(number)}원", f"₩{grouped(number)}"]
    if number >= 10_000:
        seen += [mixed_won(number, " ") + "원", mixed_won(number, " ") + " 원", mixed_won(number, "") + "원", sino(number) + "원", sino(number).replace("만", "만 ").strip() + " 원", mixed_won(number, "")]
        if number % 1000 == 0 and number % 10_000 and number < 1_000_000:
            seen += [f"{number / 10_000:.1f}만원", f"{number / 10_000:.1f}만 원"]
        if number % 1_000_000 == 0 and number < 10_000_000:
            seen += [f"{number // 1_000_000}백만원", f"{sino(number // 1_000_000) if number > 1_000_000 else ''}백만 원"]
        if number % 10_000_000 == 0:
            seen += [f"{number // 10_000_000}천만원", f"{number // 10_000_000}천만 원"]
    elif number % 1000 == 0:
        seen += [f"{number // 1000}천원", f"{number // 1000}천 원", sino(number) + "원", sino(number) + " 원"]
    else:
        seen += [sino(number) + "원", sino(number).replace("천", "천 ") + "원"]
    return Pool(seen, [f"{grouped(number)} 원", f"일금 {grouped(number)}원"])


def _english_won(number):
    seen = [f"₩{grouped(number)}", f"KRW {grouped(number)}", f"{grouped(number)} won", f"{grouped(number)} won", f"{number} won", f"{english(number)} won", f"{grouped(number)} KRW", f"{english(number)} won"]
    if number % 1000 == 0:
        seen += [f"{number // 1000}k won"] if number < 1_000_000 else []
    if number >= 1_000_000 and number % 100_000 == 0:
        millions = f"{number / 1_000_000:.1f}".removesuffix(".0")
        seen += [f"{millions} million won", f"{millions}M won", f"{millions} million KRW"]
    return Pool(seen, [f"KRW{grouped(number)}", f"W{grouped(number)}"])


def _dollars(source, language):
    number = source.between(100, 9_999) if source.chance(0.25) else source.weighted({1: 60, 10: 20, 50: 10, 100: 10}) * source.between(1, 99)
    cents = source.one([50, 99, 25, 75, 5, 10, 95, 49, source.between(1, 99)]) if source.chance(0.4) else 0
    source.note("values", f"usd {number}")
    value = number + cents / 100 if cents else number
    if cents:
        shown = f"{value:,.2f}" if source.chance(0.7) else f"{value:.2f}"
        pool = Pool([f"${shown}", f"{shown}달러", f"{shown} 달러", f"USD {shown}"], [f"US${shown}"]) if language == "ko" else Pool(
            [f"${shown}", f"${shown}", f"{shown} dollars", f"USD {shown}", f"{number} dollars and {cents} cents", f"{shown} USD"], [f"US${shown}"])
    elif language == "ko":
        pool = Pool([f"{number}달러", f"{number} 달러", f"${grouped(number)}", f"{number}불", f"{sino(number)} 달러", f"{grouped(number)}달러"], [f"미화 {number}달러"])
    else:
        pool = Pool([f"${grouped(number)}", f"${grouped(number)}", f"{grouped(number)} dollars", f"USD {grouped(number)}", f"{english(number)} dollars", f"{number} USD", f"US${grouped(number)}"], [f"{number} bucks"])
    text = source.say(pool)
    return protect(text), {"amount": value, "currency": "USD"}, f"{text} = {value} USD"


def phone_number(source):
    """A mobile or a landline number in its one form."""
    area = source.weighted(AREAS)
    middle = "".join(str(source.between(0, 9)) for _ in range(4 if area in ("010", "070") or source.chance(0.4) else 3))
    return f"{area}-{middle}-{''.join(str(source.between(0, 9)) for _ in range(4))}"


def phone_text(source, number, language):
    """A phone number as people type it or, rarely, read it out."""
    if language == "ko" and source.chance(0.1):
        return protect(source.one([" ", " ", "-", ""]).join(spoken(part) for part in number.split("-")))
    area, middle, last = number.split("-")
    shapes = [number] * 5 + [area + middle + last] * 2 + [f"{area} {middle} {last}", f"{area}.{middle}.{last}", f"{area} {middle}-{last}", f"{area}-{middle} {last}"]
    if area != "010":
        shapes += [f"({area}) {middle}-{last}", f"{area}){middle}-{last}", f"({area}){middle}-{last}"]
    if language != "ko":
        shapes += [f"+82 {area[1:]} {middle} {last}", f"+82-{area[1:]}-{middle}-{last}", f"+82 {area[1:]}-{middle}-{last}"]
    return protect(source.one(shapes))


def address(source, language):
    """A street address in Korean or romanised: the text, the part of the answer, the step of thought."""
    short, long, english_name = source.one(CITIES)
    number = str(source.between(1, 399)) + (f"-{source.between(1, 30)}" if source.chance(0.2) else "")
    room = str(source.between(1, 25)) + f"{source.between(1, 12):02d}" if source.chance(0.5) else ""
    source.note("combination", f"address {short} {number[-1]}")
    district, road = place(source, "district", language), place(source, "road", language)
    if language == "ko":
        city = source.one([short, short, long, long.split()[-1], short + "시"])
        detail = source.one([f" {room}호", f" {room}호", f", {room}호"]) if room else ""
        text = f"{city} {district} {road}{source.one([' ', ' ', ' ', ''])}{number}{detail}"
    else:
        short = english_name
        street = source.one([f"{number} {road}", f"{number} {road}", f"{road} {number}"])
        end = source.one([", ", ", ", " "])
        where = source.one([f"{street}{end}{district}{end}{english_name}"] * 3 + [f"{english_name}{end}{district}{end}{street}"])
        flat = source.one([f"Unit {room}", f"#{room}", f"Apt {room}", f"Room {room}", f"Suite {room}"]) if room else ""
        text = (f"{flat}, {where}" if source.chance(0.6) else f"{where}, {flat}") if flat else where
    value = {"city": short, "district": district, "road": road, "number": number, **({"room": room} if room else {})}
    return protect(text), value, ", ".join(value.values())
