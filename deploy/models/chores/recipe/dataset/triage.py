"""Triage: a customer's message to category, urgency, product and sentiment."""

from .orders import BYE, HELLO
from .source import Pool, protect

# For every product of the closed list: how Korean and English customers call it.
PRODUCTS = {
    "earphones": (["이어폰", "무선 이어폰", "블루투스 이어폰"], ["earphones", "earbuds", "wireless earphones"]),
    "keyboard": (["키보드", "기계식 키보드"], ["keyboard", "mechanical keyboard"]),
    "monitor": (["모니터", "27인치 모니터"], ["monitor", "screen"]),
    "charger": (["충전기", "고속 충전기", "보조배터리"], ["charger", "fast charger", "power bank"]),
    "lamp": (["조명", "스탠드", "스탠드 조명"], ["lamp", "desk lamp"]),
    "kettle": (["전기포트", "주전자", "커피포트"], ["kettle", "electric kettle"]),
    "blender": (["믹서기", "블렌더"], ["blender", "mixer"]),
    "chair": (["의자", "사무용 의자"], ["chair", "office chair"]),
    "backpack": (["가방", "백팩", "배낭"], ["backpack", "bag"]),
    "shoes": (["신발", "운동화", "구두"], ["shoes", "sneakers"]),
    "jacket": (["자켓", "점퍼", "재킷"], ["jacket", "coat"]),
    "watch": (["시계", "스마트워치"], ["watch", "smartwatch"]),
}
# For every category: sentences about a product, sentences about none, in Korean and English.
CATEGORIES = {
    "delivery": (
        Pool(["{p} 아직 안 왔어요", "{p} 배송이 너무 늦어요", "주문한 {p} 언제 와요?", "{p} 택배가 안 왔어요", "{p} 배송 조회가 안 돼요", "{p} 언제 도착하나요", "{p} 배송 언제 되나요?", "{p} 다른 집으로 갔어요", "{p} 도착을 안 하네요",
              "{p} 주문한 지 일주일 됐는데 안 와요", "{p} 출발했나요?", "{p} 배송 추적이 멈췄어요"],
             ["{p} 배송이 아직 안 됐어요", "{p} 언제쯤 와요?", "{p} 택배 언제 도착해요", "아직 {p} 못 받았어요"]),
        Pool(["my {p} has not arrived yet", "where is my {p}?", "the {p} is late", "when will the {p} arrive?", "I did not receive the {p}", "tracking for the {p} does not move", "the {p} went to the wrong address", "still waiting for my {p}",
              "delivery of the {p} takes too long", "the {p} has not been shipped", "my {p} is still not here", "the courier lost my {p}"],
             ["my {p} did not arrive", "when do I receive my {p}?", "the {p} is not here yet", "delivery of my {p} is late"])),
    "defect": (
        Pool(["{p} 고장났어요", "{p} 안 켜져요", "{p}가 깨져서 왔어요", "{p} 작동이 안 돼요", "{p} 불량이에요", "{p}에 흠집이 있어요", "{p} 소리가 안 나요", "{p} 이틀 만에 망가졌어요", "{p} 부품이 빠져 있어요", "{p} 찢어져 있어요",
              "{p} 포장이 뜯어져서 왔어요", "{p} 상태가 불량입니다"],
             ["{p}가 망가졌어요", "{p} 받았는데 안 켜져요", "{p} 깨져 있어요", "{p} 고장이에요"]),
        Pool(["the {p} is broken", "my {p} does not work", "the {p} stopped working", "the {p} arrived damaged", "there is a scratch on the {p}", "the {p} won't turn on", "a part of the {p} is missing", "my {p} is defective", "the {p} fell apart",
              "the {p} makes no sound", "the {p} came cracked", "the {p} broke after two days"],
             ["my {p} arrived broken", "the {p} does not turn on", "my {p} is damaged", "the {p} is not working"])),
    "refund": (
        Pool(["{p} 환불해 주세요", "{p} 환불 받고 싶어요", "{p} 반품할게요", "{p} 환불 언제 되나요?", "{p} 돈 돌려주세요", "{p} 반품 신청합니다", "{p} 환불 가능한가요?", "{p} 환불 처리가 아직이에요", "{p} 반품하고 돈 받고 싶어요"],
             ["{p} 반품 가능한가요?", "{p} 환불 신청합니다", "{p} 환불하고 싶어요"]),
        Pool(["I want a refund for the {p}", "please refund the {p}", "I want my money back for the {p}", "how do I return the {p}?", "when do I get the refund for the {p}?", "I am returning the {p}", "can I return the {p} for a refund?",
              "refund the {p} please", "the refund for my {p} has not come"],
             ["I would like to return the {p}", "can I get my money back for the {p}?", "give me a refund for the {p}"])),
    "exchange": (
        Pool(["{p} 교환해 주세요", "{p} 다른 색으로 교환하고 싶어요", "{p} 사이즈 교환 가능한가요?", "{p} 교환 신청합니다", "{p} 큰 걸로 바꿔주세요", "{p} 다른 걸로 바꾸고 싶어요", "{p} 색상이 달라요 교환이요", "{p} 새 걸로 교환 부탁드려요"],
             ["{p} 교환 가능한가요?", "{p} 작은 걸로 바꿔주세요", "{p} 교환하고 싶어요"]),
        Pool(["I want to exchange the {p}", "can I exchange the {p} for another color?", "please swap the {p} for a bigger one", "wrong size {p}, exchange please", "can you replace the {p} with a new one?", "exchange the {p} please",
              "I'd like a different color of the {p}", "can I swap the {p}?"],
             ["please exchange my {p}", "can I swap the {p} for a smaller one?", "I would like to exchange the {p}"])),
    "payment": (
        Pool(["{p} 결제가 두 번 됐어요", "{p} 결제가 안 돼요", "{p} 카드 결제 오류 나요", "{p} 금액이 잘못 나왔어요", "{p} 영수증 어디서 받나요", "{p} 할인 쿠폰이 적용 안 됐어요", "{p} 무통장 입금했는데 확인 안 돼요", "{p} 계산서 발행해 주세요",
              "{p} 가격이 이중으로 빠져나갔어요"],
             ["{p} 카드가 두 번 결제됐어요", "{p} 쿠폰 적용이 안 돼요", "{p} 결제 오류예요"]),
        Pool(["I was charged twice for the {p}", "payment for the {p} failed", "my card was declined for the {p}", "the price of the {p} on the bill is wrong", "the coupon did not work for the {p}", "I need an invoice for the {p}",
              "the {p} was charged but shows unpaid", "I paid for the {p} but it is not confirmed"],
             ["my card was charged twice for the {p}", "the payment for my {p} does not work", "the bill for the {p} is wrong"])),
    "usage": (
        Pool(["{p} 어떻게 쓰나요?", "{p} 사용법 알려주세요", "{p} 설명서가 없어요", "{p} 설정은 어떻게 해요?", "{p} 연결하는 방법이 궁금해요", "{p} 세척은 어떻게 하나요", "{p} 조립 방법 알려주세요", "{p} 사용 방법 문의드려요"],
             ["{p} 사용법이 궁금해요", "{p} 어떻게 연결해요?", "{p} 설정 방법 알려주세요"]),
        Pool(["how do I use the {p}?", "how do I set up the {p}?", "is there a manual for the {p}?", "how can I clean the {p}?", "how do I connect the {p}?", "I can't find the instructions for the {p}", "how do I assemble the {p}?",
              "what does the button on the {p} do?"],
             ["how can I use my {p}?", "where is the manual for the {p}?", "how do I clean my {p}?"])),
    "stock": (
        Pool(["{p} 재고 있나요?", "{p} 언제 재입고되나요?", "{p} 품절인가요?", "{p} 검은색 있어요?", "{p} 더 큰 사이즈 있나요", "{p} 아직 파나요?", "{p} 매장에 있나요?", "{p} 재고 문의드려요"],
             ["{p} 재고가 있을까요?", "{p} 입고 언제 돼요?", "{p} 흰색 있나요?"]),
        Pool(["is the {p} in stock?", "when will the {p} be back in stock?", "do you have the {p} in black?", "is the {p} sold out?", "do you still sell the {p}?", "do you have a larger {p}?", "any {p} left?", "is the {p} available?"],
             ["do you have the {p} in stock?", "is the {p} available in white?", "when is the {p} available again?"])),
    "praise": (
        Pool(["{p} 정말 마음에 들어요", "{p} 너무 좋아요", "{p} 잘 쓰고 있어요", "{p} 품질이 최고예요", "{p} 완전 만족합니다", "{p} 예뻐요 감사합니다", "{p} 배송도 빠르고 좋네요", "{p} 추천합니다"],
             ["{p} 정말 좋아요", "{p} 아주 만족해요", "{p} 최고예요"]),
        Pool(["I love the {p}", "the {p} is great", "very happy with the {p}", "the {p} is excellent, thank you", "best {p} I ever had", "the {p} works perfectly", "great quality {p}", "the {p} is wonderful"],
             ["I am very happy with my {p}", "my {p} is excellent", "the {p} is perfect"])),
    "account": (
        Pool(["로그인이 안 돼요", "비밀번호를 잊어버렸어요", "회원 탈퇴하고 싶어요", "아이디를 모르겠어요", "계정이 잠겼어요", "이메일 주소를 바꾸고 싶어요", "인증번호가 안 와요", "회원가입이 안 돼요", "전화번호 변경은 어디서 하나요?"],
             ["비밀번호 변경은 어디서 하나요?", "아이디를 잊어버렸어요", "계정 로그인이 안 돼요"]),
        Pool(["I can't log in", "I forgot my password", "please delete my account", "my account is locked", "how do I change my email?", "I do not get the verification code", "sign up does not work", "I can't reset my password"],
             ["I can't log in to my account", "I forgot my email and password", "how do I delete my account?"])),
}
NEGATIVE = {"ko": Pool(["너무 실망이에요", "정말 짜증나네요", "진짜 화나요", "최악이에요", "불쾌합니다", "이게 뭔가요 정말"], ["너무 화가 나요", "정말 실망입니다"]),
            "en": Pool(["I am very disappointed", "this is terrible", "so annoying", "I am angry", "worst service ever", "not acceptable"], ["I am so disappointed", "this is the worst"])}
POSITIVE = {"ko": Pool(["항상 친절하셔서 좋아요", "늘 잘 이용하고 있어요", "여기 정말 좋아해요"], ["항상 잘 이용하고 있어요"]),
            "en": Pool(["I love your shop", "you are always so kind", "great service so far"], ["I love your service"])}
HIGH = {"ko": Pool(["급해요", "빨리 처리해주세요", "오늘 안에 꼭 해결해 주세요", "지금 당장 필요해요", "최대한 빨리요", "내일 바로 써야 해요"], ["빨리 해결해 주세요", "오늘 당장 필요해요"]),
        "en": Pool(["this is urgent", "asap please", "I need it today", "please hurry", "right now please", "I need it by tomorrow", "as soon as possible"], ["it is very urgent", "please fix it today"])}
LOW = {"ko": Pool(["천천히 답 주셔도 돼요", "급하지 않아요", "시간 되실 때 답변 주세요", "급한 건 아니에요"], ["천천히 해주세요"]),
       "en": Pool(["no rush", "take your time", "not urgent", "whenever you have time"], ["there is no rush"])}

# Something went wrong in these, so that they are complaints whatever the tone.
COMPLAINTS = {"defect"}
COMPLAINT_WORDS = ("안 ", "못", "늦", "두 번", "잘못", "오류", "이중", "잠겼", "아직", "멈췄", "다른 집", "not ", "n't", "late", "wrong", "twice", "failed", "declined", "locked", "lost", "too long", "waiting", "no ")


def triage(source, today, language):
    """The message, its answer and the steps of thought."""
    sentence = source.one(["ko", "ko", "en"]) if language == "mix" else language
    category = source.one(list(CATEGORIES))
    product, named = "none", ""
    if category != "account":
        product = source.one(list(PRODUCTS))
        source.note("combination", f"triage {category} {product}")
        words = source.one(["ko", "en", "en"]) if language == "mix" else language
        named = protect(source.one(PRODUCTS[product][words == "en"]))
    frame = source.say(CATEGORIES[category][sentence == "en"])
    core = frame.format(p=named)
    sentiment = _sentiment(category, frame)
    urgency, cues = "normal", []
    tone = source.weighted({"none": 60, "negative": 28 if category != "praise" else 0, "positive": 12})
    if tone == "negative":
        cues.append(source.say(NEGATIVE[sentence]))
        sentiment = "negative"
    elif tone == "positive" and sentiment == "neutral":
        cues.append(source.say(POSITIVE[sentence]))
        sentiment = "positive"
    if source.chance(0.4) and category != "praise":
        urgency = source.one(["high", "high", "low"])
        cues.append(source.say((HIGH if urgency == "high" else LOW)[sentence]))
    answer = {"task": "triage", "category": category, "urgency": urgency, "product": product, "sentiment": sentiment}
    return _assemble(source, sentence, core, cues), answer, [f"{category}, {product}", f"{sentiment}, {urgency}"]


def _sentiment(category, frame):
    """Negative where something went wrong, positive for praise, else neutral."""
    if category == "praise":
        return "positive"
    if category in COMPLAINTS or (category in ("delivery", "payment", "account", "refund") and any(word in frame for word in COMPLAINT_WORDS)):
        return "negative"
    return "neutral"


def _assemble(source, sentence, core, cues):
    source.rng.shuffle(cues)
    before, after = [], list(cues)
    if after and source.chance(0.25):
        before.append(after.pop())
    if source.chance(0.3):
        before.insert(0, source.say(HELLO[sentence]))
    if source.chance(0.2):
        after.append(source.say(BYE[sentence]))
    joint = source.one([". ", ". ", ", ", " ", "\n"])
    out = ""
    for part in before + [core] + after:
        out += (" " if out[-1] in "?!~" and joint != "\n" else joint) + part if out else part
    return out
