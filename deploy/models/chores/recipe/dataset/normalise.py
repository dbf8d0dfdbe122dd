"""Normalise: dates, times, money, phone numbers and addresses in a text, each in one form."""

from .moments import clock, day
from .numerals import english, grouped, mixed_won, sino, spoken
from .orders import join, phone_number, phone_text
from .source import Pool, protect
from .words import english_word, korean_word

CARRIER = {
    "ko": Pool(["{v}", "{v}", "{v}입니다", "{v}이에요", "정리해 주세요: {v}", "메모: {v}", "{v} 맞나요?", "확인 부탁드려요 {v}", "내용은 {v}입니다", "{v} 이렇게 적어주세요", "네 {v}요", "{v} 기록해 주세요"],
               ["아래대로 적어주세요 {v}", "{v} 참고하세요", "{v}로 부탁드려요"]),
    "en": Pool(["{v}", "{v}", "it is {v}", "please note {v}", "note: {v}", "{v} please", "write down {v}", "the details: {v}", "that's {v}", "{v}, right?"],
               ["for the record: {v}", "kindly note {v}", "as agreed, {v}"]),
}
LABEL = {
    ("ko", "date"): ["", "", "날짜 ", "날짜는 "], ("ko", "time"): ["", "", "시간 ", "시간은 "], ("ko", "money"): ["", "", "금액 ", "총 ", "가격은 "],
    ("ko", "phone"): ["", "", "번호 ", "연락처는 "], ("ko", "address"): ["", "", "주소 ", "주소는 "],
    ("en", "date"): ["", "", "date ", "date: "], ("en", "time"): ["", "", "at ", "time: "], ("en", "money"): ["", "", "total ", "price: "],
    ("en", "phone"): ["", "", "phone ", "tel: "], ("en", "address"): ["", "", "address: ", "at "],
}
CITIES = [("서울", "서울특별시", "Seoul"), ("부산", "부산광역시", "Busan"), ("대구", "대구광역시", "Daegu"), ("인천", "인천광역시", "Incheon"), ("광주", "광주광역시", "Gwangju"),
          ("대전", "대전광역시", "Daejeon"), ("울산", "울산광역시", "Ulsan"), ("수원", "수원시", "Suwon"), ("성남", "성남시", "Seongnam"), ("제주", "제주시", "Jeju")]
DISTRICTS = Pool("강남구 서초구 송파구 마포구 종로구 중구 용산구 성동구 영등포구 해운대구 수성구 유성구 남동구 동래구 분당구 팔달구".split(), "관악구 노원구 사하구 부평구 달서구".split())
ROADS = Pool("테헤란로 강남대로 올림픽로 세종대로 양화로 종로 을지로 청계천로 백범로 센텀로 동성로 대학로 판교로 월드컵로 한강대로".split(), "디지털로 충무로 봉은사로 가로수길 낙성대로".split())
ENGLISH_DISTRICTS = Pool("Gangnam-gu Seocho-gu Mapo-gu Jongno-gu Yongsan-gu Haeundae-gu Suseong-gu Yuseong-gu Bundang-gu Songpa-gu".split(), "Gwanak-gu Nowon-gu Saha-gu".split())
ENGLISH_ROADS = Pool("Teheran-ro Gangnam-daero Sejong-daero Yanghwa-ro Eulji-ro Daehak-ro Pangyo-ro Olympic-ro Jong-ro Centum-ro".split(), "Digital-ro Chungmu-ro Bongeunsa-ro".split())


def normalise(source, today, language):
    """The message, its answer and the steps of thought."""
    sentence = source.one(["ko", "ko", "en"]) if language == "mix" else language
    kinds = list(MAKERS)
    count = source.weighted({1: 52, 2: 33, 3: 15})
    chosen = source.rng.sample(kinds, count) if count > 1 else [source.weighted({"date": 30, "time": 15, "money": 30, "phone": 10, "address": 15})]
    if count > 1:
        source.note("combination", "kinds " + " ".join(chosen))
    texts, values, steps = [], [], []
    for kind in chosen:
        words = source.one(["ko", "en"]) if language == "mix" else language
        text, value, step = MAKERS[kind](source, today, words)
        texts.append(source.one(LABEL[sentence, kind]) + text)
        values.append({"kind": kind, **value})
        steps.append(step)
    listed = texts[0] if count == 1 else join(source, texts, sentence)
    return source.say(CARRIER[sentence]).format(v=listed), {"task": "normalise", "values": values}, steps


def _date(source, today, words):
    moment = day(source, today, words)
    return moment.text, moment.value, moment.step


def _time(source, today, words):
    moment = clock(source, words)
    return moment.text, moment.value, moment.step


def won(source):
    """An amount of won as prices are: a few leading digits, then zeros."""
    unit = source.weighted({100: 20, 1000: 45, 10_000: 35})
    number = unit * source.between(1, 99 if unit > 100 else 999)
    source.note("values", f"won {number}")
    return number


def _money(source, today, words):
    if source.chance(0.18):
        return _dollars(source, words)
    number = won(source)
    if words == "ko":
        text = source.say(_korean_money(source, number))
    else:
        whole = number % 1000 == 0
        seen = [f"₩{grouped(number)}", f"KRW {grouped(number)}", f"{grouped(number)} won", f"{number} won", f"{english(number)} won"]
        seen += [f"{number // 1000}k won", f"{english(number)} won"] if whole else []
        text = source.say(Pool(seen, [f"{grouped(number)} KRW", f"W{grouped(number)}"]))
    return protect(text), {"amount": number, "currency": "KRW"}, f"{text} = {number}"


def _korean_money(source, number):
    seen = [f"{number}원", f"{grouped(number)}원", f"₩{grouped(number)}"]
    if number >= 10_000:
        seen += [mixed_won(number, " ") + "원", mixed_won(number, "") + "원", sino(number) + "원", sino(number).replace("만", "만 ").strip() + " 원"]
        if number % 1000 == 0 and number % 10_000:
            seen += [f"{number / 10_000:.1f}만원"]
    elif number % 1000 == 0:
        seen += [f"{number // 1000}천원", f"{number // 1000}천 원", sino(number) + "원"]
    else:
        seen += [sino(number) + "원"]
    return Pool(seen, [f"{grouped(number)} 원", f"일금 {grouped(number)}원"])


def _dollars(source, words):
    number = source.between(1, 200)
    source.note("values", f"usd {number}")
    if words == "ko":
        text = source.say(Pool([f"{number}달러", f"${number}", f"{number}불"], [f"미화 {number}달러"]))
    else:
        text = source.say(Pool([f"${number}", f"{number} dollars", f"USD {number}", f"{english(number)} dollars"], [f"{number} bucks"]))
    return protect(text), {"amount": number, "currency": "USD"}, f"{text} = {number} USD"


def _phone(source, today, words):
    number = phone_number(source)
    if words == "ko" and source.chance(0.2):
        text = protect(" ".join(spoken(part) for part in number.split("-")))
    else:
        text = phone_text(source, number, words)
    return text, {"phone": number}, number


def _address(source, today, words):
    short, long, english_name = source.one(CITIES)
    number = str(source.between(1, 399)) + (f"-{source.between(1, 30)}" if source.chance(0.2) else "")
    room = str(source.between(1, 25)) + f"{source.between(1, 12):02d}" if source.chance(0.55) else ""
    source.note("combination", f"address {short} {number[-1]}")
    if words == "ko":
        district = source.name(DISTRICTS) if source.chance(0.5) else korean_word(source, 1, 3) + "구"
        road = source.name(ROADS) if source.chance(0.5) else korean_word(source, 2, 3) + source.one(["로", "길"])
        city = source.one([short, long, short + "시"] if not long.endswith("도") else [short, long])
        detail = source.one([f" {room}호", f", {room}호"]) if room else ""
        text = f"{city} {district} {road}{source.one([' ', ' ', ''])}{number}{detail}"
    else:
        district = source.name(ENGLISH_DISTRICTS) if source.chance(0.5) else english_word(source).capitalize() + "-gu"
        road = source.name(ENGLISH_ROADS) if source.chance(0.5) else english_word(source).capitalize() + source.one(["-ro", "-gil", "-daero"])
        detail = source.one([f"Unit {room}, ", f"#{room}, ", f"Apt {room}, "]) if room else ""
        text, short = f"{detail}{number} {road}, {district}, {english_name}", english_name
    value = {"city": short, "district": district, "road": road, "number": number}
    if room:
        value["room"] = room
    return protect(text), value, f"{short} {road} {number}"


MAKERS = {"date": _date, "time": _time, "money": _money, "phone": _phone, "address": _address}
