"""Orders: new ones, changes and cancellations."""

from .moments import clock, day
from .quantities import amount, bare
from .source import Pool, protect
from .words import item, person, with_particle

HELLO = {
    "ko": Pool(["안녕하세요", "안녕하세요~", "수고하십니다", "사장님 안녕하세요", "저기요", "수고 많으세요", "안녕하세요 사장님", "네 안녕하세요"],
               ["늘 감사합니다", "좋은 하루예요", "여보세요"]),
    "en": Pool(["hi", "hello", "Hi there", "good morning", "hey", "Hello team", "Dear shop"], ["good day", "greetings", "hiya"]),
}
FILLER = {
    "ko": Pool(["음", "저번에 너무 맛있었어요", "매번 감사해요", "오늘 날씨가 춥네요", "손님이 갑자기 오셔서요", "어 그게", "회사에서 쓸 거예요", "급하게 필요해서요",
                "지난번처럼 해주시면 돼요", "생일이라서요"],
               ["요즘 바쁘시죠", "행사가 있어서요", "아이들이 좋아해서요"]),
    "en": Pool(["um", "loved it last time", "hope you are well", "we have guests", "it's for the office", "sorry for the rush", "long time customer here",
                "same as last time if possible", "it's a birthday"],
               ["we are having a party", "my kids love it", "hope business is good"]),
}
BYE = {
    "ko": Pool(["감사합니다", "감사해요", "고맙습니다", "부탁드려요", "잘 부탁드립니다", "확인 부탁드려요", "답장 주세요"], ["미리 감사드려요", "수고하세요", "그럼 이만"]),
    "en": Pool(["thanks", "thank you", "Thanks a lot", "please confirm", "cheers", "thank you so much"], ["much appreciated", "let me know", "best regards"]),
}
HOW = {
    ("ko", "delivery"): Pool(["배달", "배송", "배달로", "택배로", "배송으로", "택배"], ["집으로 배달"]),
    ("ko", "pickup"): Pool(["포장", "픽업", "방문 수령", "포장으로", "픽업으로", "방문 포장"], ["매장 수령"]),
    ("en", "delivery"): Pool(["for delivery", "delivery", "delivered", "with delivery", "by delivery"], ["to be delivered"]),
    ("en", "pickup"): Pool(["for pickup", "pickup", "to pick up", "for pick-up", "picking up", "to go", "as pickup"], ["for collection"]),
}
NEW = {
    "ko": Pool(["{I} {H} 부탁드려요", "{I} {H} 주문할게요", "{W} {I} {H} 해주세요", "{W} {H} {I} 부탁드립니다", "{I} {W} {H} 가능할까요?", "{W}까지 {I} {H}요",
                "{I} 주문하고 싶어요. {W} {H}요", "{W} {I} {H} 예약할게요", "{I} {H} 주문이요 {W}", "주문이요! {I} {W} {H}", "{W}에 {I} 필요해요. {H} 해주세요",
                "{H} 주문할게요. {I} {W}", "{I} {W} {H}", "{H} 되나요? {I} {W}에요", "{W} {H} 주문합니다: {I}", "{I} {W} {H} 부탁해요", "{W} {I} {H}로 주문할게요", "{I} 주문이요. {W} {H}입니다", "{W}에 {I} {H} 부탁드립니다",
                "{I} {W} {H} 갈게요", "{W} {I} {H} 하러 갈게요", "{I} {H}요 {W}", "{I} 보내주세요 {W} {H}", "{W} {I} 준비해 주세요 {H}", "{I}, {W}, {H}요"],
               ["{I} 좀 {W} {H} 될까요", "{H} 하려고 하는데요 {W} {I} 주문 가능한가요", "{W}에 받을 수 있게 {I} {H} 준비해 주세요", "{W} {I} 챙겨주세요 {H}"]),
    "en": Pool(["{I} {H} {W} please", "can I get {I} {H} {W}?", "I would like {I} {H} {W}", "order {H} {W}: {I}", "{W} {H}: {I}", "I'd like to order {I}. {H} {W}",
                "please send {I} {W}, {H}", "could we have {I} {W} {H}?", "{I} please. {W} {H}", "We need {I} {H} {W}", "new order: {I}, {W}, {H}", "{H} {W}, {I}", "hello, {I} {H} {W} thanks", "I need {I} {W} {H}", "could I get {I} {W} {H}?", "{I}, {H} {W}", "can you do {I} {W}, {H}?",
                "may we get {I}, {H}, {W}", "{I} {W}. {H}", "I want {I} {H} {W}", "we'd like {I} {W} {H}", "{W} I'd like {I}, {H}", "please prepare {I} {H} {W}"],
               ["may I order {I} {H} {W}", "put me down for {I} {H} {W}", "{W} we want {I} {H}", "kindly prepare {I} {H} {W}"]),
}
CHANGE_QUANTITY = {
    "ko": Pool(["{R}{N} {old} 말고 {new}로 바꿔주세요", "{R}{N} {old}에서 {new}로 변경해 주세요", "{R}{N} {old}를 {new}로 수정 부탁드려요", "{R}주문 변경이요. {N} {old} 아니고 {new}요", "{R}{N} {old} 말고 {new}요",
                "{R}{N} {old}에서 {new}로 바꿀게요", "{R}{N} {new}로 변경이요 {old} 말고요"],
               ["{R}{N} 수량을 {old}에서 {new}로 고쳐주세요", "{R}{N} {old} 대신 {new} 할게요"]),
    "en": Pool(["{R}please change {N} from {old} to {new}", "{R}change of order: {N} {new}, not {old}", "{R}make the {N} {new} instead of {old}", "{R}update {N} to {new} not {old}", "{R}change {N} from {old} to {new}",
                "{R}could you make it {new} {N} instead of {old}", "{R}{new} {N} instead of {old} please", "{R}can I have {new} {N} and not {old}?"],
               ["{R}I'd rather have {new} than {old} for the {N}", "{R}could the {N} be {new} rather than {old}"]),
}
CHANGE_TIME = {
    "ko": Pool(["{R}시간을 {W}로 바꿔주세요", "{R}{W}로 변경 부탁드려요", "{R}{W}로 주문 시간 수정해 주세요", "{R}날짜 변경이요 {W}로요", "{R}{W}로 옮겨주세요", "{R}{W}로 미뤄주세요", "{R}{W}에 받을게요 변경해 주세요"], ["{R}{W}로 미룰 수 있을까요", "{R}{W}에 받는 걸로 고쳐주세요"]),
    "en": Pool(["{R}please move it to {W}", "{R}change the time to {W}", "{R}can we change to {W}?", "{R}reschedule to {W} please", "{R}make it {W} please", "{R}I'd like it {W} now, please change", "{R}please change it to {W}"], ["{R}could you shift it to {W}", "{R}{W} suits us better, please update"]),
}
CHANGE_HOW = {
    "ko": Pool(["{R}{H} 바꿔주세요", "{R}{H} 변경할게요", "{R}{H} 수정 부탁드려요"], ["{R}{H} 바꾸고 싶어요"]),
    "en": Pool(["{R}please change it {H}", "{R}switch {H} please", "{R}change {H} please"], ["{R}I want it changed {H}"]),
}
CANCEL = {
    "ko": Pool(["{R}취소해주세요", "{R}주문 취소할게요", "{R}취소 부탁드립니다", "{R}주문 취소요", "{R}취소하고 싶어요", "{R}못 갈 것 같아요 취소해주세요", "{R}취소합니다", "{R}취소 가능할까요?", "{R}사정이 생겨서 취소할게요", "{R}취소요"],
               ["{R}없던 걸로 해주세요", "{R}취소 처리 좀요", "{R}주문 안 할게요 취소요"]),
    "en": Pool(["{R}please cancel", "{R}cancel my order", "{R}I need to cancel", "{R}please cancel the order", "{R}cancel it please", "{R}we have to cancel", "{R}please cancel, sorry", "{R}can I cancel?", "{R}cancel please, something came up", "{R}please cancel it all"],
               ["{R}kindly cancel everything", "{R}I no longer need it, cancel", "{R}call off the order"]),
}
REFERENCE = {
    "ko": Pool(["주문번호 {r} ", "{r} 주문 ", "{r}번 ", "주문번호 {r}인데요 ", "주문 {r} 건 "], ["접수번호 {r} "]),
    "en": Pool(["order {r}: ", "order number {r}, ", "re order {r}: ", "order no. {r} - "], ["ref {r}: "]),
}
NO_REFERENCE = {"ko": Pool(["아까 주문한 거 ", "어제 주문한 ", "제 주문 ", "방금 주문한 건 "], ["전에 시킨 것 "]),
                "en": Pool(["my order: ", "about my order, ", "the order I made: ", "about yesterday's order: "], ["regarding my order "])}
CUSTOMER = {
    "ko": Pool(["이름은 {n}입니다", "{n}입니다", "{n} 이름으로요", "주문자 {n}", "저는 {n}이에요", "성함 {n}", "{n}이에요", "{n} 앞으로 해주세요", "주문자는 {n}입니다"], ["{n}라고 합니다", "받는 사람 {n}"]),
    "en": Pool(["my name is {n}", "name: {n}", "this is {n}", "for {n}", "under the name {n}", "I'm {n}", "thanks, {n}", "regards, {n}", "the name is {n}"], ["put it under {n}", "{n} speaking"]),
}
PHONE = {
    "ko": Pool(["연락처 {p}", "전화번호는 {p}입니다", "번호 {p}", "{p}로 연락주세요", "폰 {p}", "연락처는 {p}입니다", "제 번호 {p}", "전화 {p}"], ["제 번호는 {p}예요", "전화는 {p}"]),
    "en": Pool(["phone {p}", "my number is {p}", "call me at {p}", "tel: {p}", "mobile {p}", "my phone is {p}", "number: {p}", "reach me at {p}"], ["you can reach me on {p}", "contact {p}"]),
}
REQUESTS = {
    "leave_at_door": (Pool(["문 앞에 놔주세요", "문앞에 두고 가주세요", "현관 앞에 놓아주세요"], ["문 앞에 두세요"]), Pool(["leave it at the door", "please leave at the door", "drop it at the door"], ["leave it by the door"])),
    "call_first": (Pool(["오기 전에 전화 주세요", "도착 전에 연락 주세요", "출발할 때 전화해 주세요"], ["오시기 전에 연락 주세요"]), Pool(["call before you come", "please call first", "call me before delivery"], ["call me first"])),
    "no_bell": (Pool(["벨 누르지 마세요", "초인종은 누르지 말아주세요", "아기가 자니 벨 누르지 마세요"], ["벨은 누르지 말아주세요"]), Pool(["don't ring the bell", "no bell please", "please do not ring the bell"], ["do not ring"])),
    "no_cutlery": (Pool(["수저는 필요 없어요", "일회용품 빼주세요", "젓가락 안 주셔도 돼요"], ["수저는 안 주셔도 돼요"]), Pool(["no cutlery", "no forks needed", "skip the cutlery please"], ["no cutlery needed"])),
    "less_spicy": (Pool(["덜 맵게 해주세요", "안 맵게 부탁드려요", "맵지 않게 해주세요"], ["덜 맵게 부탁드려요"]), Pool(["not too spicy", "make it less spicy", "less spicy please"], ["please make it not spicy"])),
    "extra_sauce": (Pool(["소스 많이 주세요", "소스 추가해 주세요", "소스 넉넉히요"], ["소스 더 주세요"]), Pool(["extra sauce please", "with extra sauce", "more sauce please"], ["lots of extra sauce"])),
    "gift_wrap": (Pool(["선물 포장 해주세요", "선물용으로 포장해 주세요", "선물할 거라 예쁘게 포장해 주세요"], ["선물 포장 부탁드려요"]), Pool(["gift wrap please", "please wrap it as a gift", "it's a gift, please wrap"], ["wrap it as a gift"])),
    "receipt": (Pool(["영수증 주세요", "현금영수증 해주세요", "세금계산서 부탁드려요"], ["영수증 부탁드려요"]), Pool(["I need a receipt", "receipt please", "send the receipt too"], ["please include a receipt"])),
    "separate_bags": (Pool(["따로 담아주세요", "각각 포장해 주세요", "봉투 나눠서 주세요"], ["각각 담아주세요"]), Pool(["separate bags please", "pack them separately", "in separate bags"], ["please pack separately"])),
}


def order(source, today, language):
    """The message, its answer and the steps of thought."""
    action = source.weighted({"new": 66, "change": 20, "cancel": 14})
    answer, steps = {"task": "order", "action": action}, []
    build = {"new": _new, "change": _change, "cancel": _cancel}[action]
    frame = build(source, today, language, answer, steps)
    steps.insert(0, " ".join([action] + [answer[key] for key in ("ref", "how") if key in answer]))
    extras = _extras(source, language, answer)
    return _assemble(source, language, frame, extras), _ordered(answer), steps


def join(source, parts, language):
    """Several things in one enumeration, as the language does it."""
    if language == "ko":
        shape = source.one([", ", ", ", " 하고 ", "particle", " 그리고 ", ",", " / "])
        if shape == "particle":
            return " ".join(p + with_particle(p.rstrip("\ue001"), "이랑", "랑") for p in parts[:-1]) + " " + parts[-1]
        return shape.join(parts)
    last = source.one([" and ", " and ", ", ", ", and ", " plus ", " & "])
    return ", ".join(parts[:-1]) + last + parts[-1]


def _other(source, language):
    """The language of names and quantities: in mixed messages sometimes not the sentence's."""
    return source.one(["ko", "en"]) if language == "mix" else language


def _sentence(language, source):
    return source.one(["ko", "ko", "en"]) if language == "mix" else language


def one_item(source, language):
    """One ordered thing with its quantity: the text and the part of the answer."""
    words = _other(source, language)
    form = words if language != "mix" or source.chance(0.6) else _other(source, language)
    name = item(source, words)
    quantity = amount(source, form)
    if form == "ko":
        text = source.one(["{n} {q}"] * 5 + ["{n}{q}" if quantity.text[1].isdigit() else "{n} {q}"])
    elif quantity.unit == "ea" and str(quantity.number) == quantity.text.strip("\ue000\ue001") and source.chance(0.4):
        text = source.one(["{n} x{q}", "{n} x {q}", "{n} {q}"])
    else:
        text = "{q} {n}"
    shown = text.format(n=protect(name), q=quantity.text)
    return shown, {"name": name, "qty": quantity.number, "unit": quantity.unit}


def _items(source, language, answer, steps):
    texts, count = [], source.weighted({1: 45, 2: 33, 3: 17, 4: 5})
    answer["items"] = []
    while len(texts) < count:
        text, entry = one_item(source, language)
        if entry["name"] not in [other["name"] for other in answer["items"]]:
            texts.append(text)
            answer["items"].append(entry)
            steps.append(f"{entry['name']}: {entry['qty']} {entry['unit']}")
    return join(source, texts, "en" if language == "en" else "ko") if len(texts) > 1 else texts[0]


def _when(source, today, language, answer, steps, need=False):
    shape = source.weighted({"both": 55, "day": 20, "time": 10, "none": 0 if need else 15})
    parts = []
    if shape in ("both", "day"):
        parts.append(day(source, today, _other(source, language)))
    if shape in ("both", "time"):
        parts.append(clock(source, _other(source, language)))
    for part in parts:
        answer.update(part.value)
        steps.append(part.step)
    texts = [part.text for part in parts]
    if len(texts) == 2 and language == "en":
        texts = [texts[0], source.one(["at ", "at ", ""]) + texts[1]] if source.chance(0.6) else [source.one(["at ", ""]) + texts[1], texts[0]]
    return " ".join(texts)


def _how(source, sentence, answer, need=False):
    if not need and source.chance(0.25):
        return ""
    answer["how"] = source.one(["delivery", "pickup"])
    return source.say(HOW[sentence, answer["how"]])


def _new(source, today, language, answer, steps):
    sentence = _sentence(language, source)
    frame = source.say(NEW[sentence])
    items = _items(source, language, answer, steps)
    when = _when(source, today, language, answer, steps) if "{W}" in frame else ""
    return _filled(frame, I=items, W=when, H=_how(source, sentence, answer)), sentence


def _reference(source, sentence, answer, steps):
    if source.chance(0.65):
        answer["ref"] = source.one(["", "A", "K", "B-", "T"]) + "".join(str(source.between(0, 9)) for _ in range(source.between(4, 5)))
        return source.say(REFERENCE[sentence]).format(r=protect(answer["ref"]))
    return source.say(NO_REFERENCE[sentence])


def _change(source, today, language, answer, steps):
    sentence = _sentence(language, source)
    reference = _reference(source, sentence, answer, steps)
    shape = source.weighted({"quantity": 50, "time": 30, "how": 20})
    if shape == "time":
        return _filled(source.say(CHANGE_TIME[sentence]), R=reference, W=_when(source, today, language, answer, steps, need=True)), sentence
    if shape == "how":
        how = _how(source, sentence, answer, need=True)
        if sentence == "ko" and not how.endswith("로"):
            how += "로" if how.endswith("달") else with_particle(how, "으로", "로")
        return _filled(source.say(CHANGE_HOW[sentence]), R=reference, H=how), sentence
    name, words = item(source, _other(source, language)), _other(source, language)
    new, old = amount(source, words), amount(source, words)
    while old.number == new.number:
        old = amount(source, words)
    answer["items"] = [{"name": name, "qty": new.number, "unit": new.unit}]
    steps.append(f"{name}: {new.number} {new.unit}")
    return _filled(source.say(CHANGE_QUANTITY[sentence]), R=reference, N=protect(name), old=bare(old.text), new=bare(new.text)), sentence


def _cancel(source, today, language, answer, steps):
    sentence = _sentence(language, source)
    reference = _reference(source, sentence, answer, steps)
    return _filled(source.say(CANCEL[sentence]), R=reference), sentence


def _filled(frame, **fields):
    """A frame with its fields, without the gaps that empty ones leave."""
    text = frame.format(**fields)
    for gap, mended in (("  ", " "), (" ,", ","), (" .", "."), (" ?", "?"), (": :", ":"), (" :", ":"), (",,", ","), ("까지 까지", "까지")):
        text = text.replace(gap, mended)
    return text.replace(" 까지 ", " ").replace(" 에 ", " ").strip(" ,")


def phone_number(source):
    """A mobile or a landline number in its one form."""
    area = source.weighted({"010": 80, "02": 8, "031": 6, "051": 6})
    middle = "".join(str(source.between(0, 9)) for _ in range(4 if area == "010" or source.chance(0.5) else 3))
    return f"{area}-{middle}-{''.join(str(source.between(0, 9)) for _ in range(4))}"


def phone_text(source, number, language):
    """A phone number as people type it."""
    shape = source.one(["-", "-", "-", "", " ", ".", "+82"])
    if shape == "+82":
        return protect("+82 " + number[1:].replace("-", source.one(["-", " "]))) if language != "ko" else protect(number)
    return protect(number.replace("-", shape))


def _extras(source, language, answer):
    """Sentences about the customer, the phone and special requests, in any order."""
    sentences = []
    sentence = _sentence(language, source)
    if source.chance(0.4):
        answer["customer"] = person(source, _other(source, language))
        sentences.append(source.say(CUSTOMER[sentence]).format(n=protect(answer["customer"])))
    if source.chance(0.3):
        answer["phone"] = phone_number(source)
        sentences.append(source.say(PHONE[sentence]).format(p=phone_text(source, answer["phone"], sentence)))
    if answer["action"] == "new" and source.chance(0.28):
        codes = source.rng.sample(sorted(REQUESTS), source.weighted({1: 80, 2: 20}))
        answer["requests"] = sorted(codes)
        if len(codes) > 1:
            source.note("combination", "requests " + " ".join(answer["requests"]))
        sentences += [source.say(REQUESTS[code][sentence == "en"]) for code in codes]
    source.rng.shuffle(sentences)
    return sentences


def _assemble(source, language, framed, extras):
    frame, sentence = framed
    before, after = [], list(extras)
    if source.chance(0.3):
        before.append(source.say(HELLO[sentence]))
    if source.chance(0.12):
        before.append(source.say(FILLER[sentence]))
    if after and source.chance(0.15):
        before.append(after.pop())
    if source.chance(0.22):
        after.append(source.say(BYE[sentence]))
    joint = source.one([". ", ". ", ", ", " ", "\n"])
    parts = before + [frame] + after
    out = parts[0]
    for part in parts[1:]:
        out += (joint if out[-1] not in ".?!~" else " " if joint != "\n" else joint) + part
    return out


KEYS = ("task", "action", "ref", "items", "in_days", "date", "time", "how", "customer", "phone", "requests")


def _ordered(answer):
    return {key: answer[key] for key in KEYS if key in answer}
