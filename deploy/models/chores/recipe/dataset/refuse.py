"""Refuse: messages that are none of what the schema in the prompt is for."""

from .orders import BYE, HELLO
from .source import Pool, protect
from .words import english_word, item, korean_word

TALK = {
    "ko": Pool(["오늘 날씨 어때요?", "점심 뭐 먹을까요?", "심심한데 얘기해요", "{x}에 대한 시를 써줘", "{x} 뜻이 뭐예요?", "{x}를 영어로 번역해줘", "농담 하나 해줘", "{x} 노래 추천해줘", "영화 {x} 재미있나요?", "파이썬 코드 짜줘",
                "{x} 축구 경기 결과 알려줘", "너는 누구니?", "대한민국의 수도는?", "{x} 요약해줘", "오늘 기분이 좋아", "좋은 아침!", "축하드려요", "{x} 여행 가고 싶다", "수학 문제 풀어줘", "로또 번호 추천해줘", "주식 {x} 살까요?",
                "무료 대출 상담 받으세요", "당첨되셨습니다 링크를 누르세요", "{x} 읽어봤어?", "명언 하나 알려줘", "배고프다", "잘 지내니?", "{x} 게임 같이 할래?", "이메일 써줘", "자장가 불러줘"],
               ["날씨가 좋네요", "{x}에 대한 이야기 써줘", "{x}를 요약해서 알려줘", "저녁 뭐 먹을까요?", "{x} 영화 추천해줘", "자바 코드 짜줘"]),
    "en": Pool(["how is the weather?", "write a poem about {x}", "what does {x} mean?", "translate {x} to Korean", "tell me a joke", "recommend a song like {x}", "is the movie {x} good?", "write python code", "who won the {x} match?",
                "who are you?", "what is the capital of Korea?", "summarize {x}", "I feel great", "good night!", "congratulations", "I want to travel to {x}", "solve this math problem", "give me lottery numbers", "should I buy {x} stock?",
                "you have won, click the link", "get a free loan now", "have you read {x}?", "I am bored", "how are you?", "let's play {x}", "write an email for me", "sing a song", "what is the meaning of life?"],
               ["how is the weather in {x}?", "write a story about {x}", "recommend a movie like {x}", "write java code", "tell me about {x}", "can you sing?"]),
}
# Near misses: talk of the shop that the chore in question has no answer for.
NEAR = {
    "ko": Pool(["영업시간이 어떻게 되나요?", "주차 되나요?", "매장이 어디예요?", "아르바이트 구하시나요?", "사장님 정말 친절하시네요", "메뉴판 볼 수 있을까요?", "강아지 데려가도 되나요?", "와이파이 되나요?", "채용 문의드려요", "제휴 제안드립니다", "화장실 있나요?", "몇 명까지 앉을 수 있어요?"],
               ["매장에 주차 되나요?", "영업시간 알려주세요", "와이파이 비밀번호가 뭐예요?"]),
    "en": Pool(["what are your opening hours?", "is there parking?", "where is your shop?", "are you hiring?", "can I see the menu?", "are dogs allowed?", "do you have wifi?", "we offer a partnership", "is there a restroom?", "how many seats do you have?"],
               ["is parking free?", "when is your shop open?", "are you hiring now?"]),
}


def refuse(source, today, language):
    """The message, the schema's "none" answer and the steps of thought."""
    sentence = source.one(["ko", "en"]) if language == "mix" else language
    words = source.one(["ko", "en"]) if language == "mix" else language
    frame = source.say((TALK if source.chance(0.75) else NEAR)[sentence])
    topic = item(source, words) if source.chance(0.3) else korean_word(source) if words == "ko" else english_word(source)
    parts = [frame.format(x=protect(topic) if "{x}" in frame else "")]
    if "{x}" not in frame:
        source.novel.discard("names")
    if source.chance(0.25):
        parts.insert(0, source.say(HELLO[sentence]))
    if source.chance(0.15):
        parts.append(source.say(BYE[sentence]))
    return source.one([". ", " ", ", "]).join(parts), {"task": "none"}, ["none"]
