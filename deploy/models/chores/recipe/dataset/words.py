"""Names of things and people: written lists, and invented words that can only be copied."""

from .source import Pool, is_reserved

KOREAN_ITEMS = Pool(
    """김밥 라면 콜라 사이다 사과 배 귤 바나나 딸기 포도 수박 우유 두유 요거트 치즈 버터 식빵 크루아상 베이글 샌드위치 도시락 떡볶이
    순대 튀김 어묵 만두 치킨 피자 파스타 돈까스 우동 냉면 비빔밥 불고기 갈비탕 삼계탕 족발 보쌈 삼겹살 목살 한우 닭가슴살 연어 고등어
    오징어 새우 조개 김치 깍두기 단무지 계란 두부 콩나물 시금치 상추 깻잎 양파 대파 마늘 감자 고구마 당근 오이 토마토 버섯 쌀 현미
    밀가루 설탕 소금 간장 된장 고추장 참기름 식용유 커피 아메리카노 카페라떼 녹차 홍차 생수 맥주 소주 막걸리 와인 주스 휴지 물티슈
    종이컵 비닐봉투 세제 샴푸 칫솔 치약 수건 장갑 마스크 건전지 볼펜 노트 복사용지 테이프 화분 장미 생크림케이크 쿠키 마카롱 초콜릿
    아이스크림 떡 송편 인절미 약과 한과 선물세트 꽃다발""".split(),
    """유자차 호떡 붕어빵 잡채 갈치 미역 전복 참외 복숭아 옥수수 식혜 수정과 누룽지 형광펜 클립 손세정제 키친타월 랩 호일 튤립 해바라기
    타르트 스콘 푸딩 감귤청 매실액 명란젓 낙지볶음 닭강정 쫄면""".split(),
)
ENGLISH_ITEMS = Pool(
    """coffee latte espresso americano tea milk cola juice water beer wine bread bagel croissant muffin cookies cake
    sandwich pizza pasta salad burger fries soup rice noodles eggs butter cheese yogurt apples bananas oranges grapes
    tomatoes onions potatoes carrots lettuce chicken beef pork salmon shrimp tofu sugar salt flour honey jam oil
    napkins cups plates forks straws towels soap shampoo batteries pens notebooks paper tape gloves masks roses
    candles chocolate donuts pancakes waffles tacos sausages ham bacon cereal nuts""".split()
    + ["green tea", "orange juice", "ice cream", "cheese cake", "iced coffee", "hot dog", "fried rice",
       "paper bags", "olive oil", "soy milk", "lemon pie", "brown sugar"],
    """mango peaches lemonade brownies spinach lobster garlic ginger vinegar mustard sponges markers envelopes tulips
    pretzels dumplings granola almonds cider mocha""".split()
    + ["apple pie", "black tea", "hand cream", "tomato soup", "rice cake"],
)
KOREAN_ADJECTIVES = Pool(
    "매운 순한 큰 작은 냉동 국산 유기농 따뜻한 차가운 구운 반숙 수제 저염 무가당 아이스 핫".split(),
    "얼큰한 달콤한 바삭한 훈제".split(),
)
ENGLISH_ADJECTIVES = Pool(
    "large small spicy mild frozen organic fresh hot iced grilled vegan plain".split(),
    "crispy smoked salty mini".split(),
)

SURNAMES = "김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 류 홍 전 고 문 손 양 배 백 허 남 심 노 하".split()
GIVEN = """민 수 지 영 현 준 서 연 진 우 호 은 경 희 정 미 성 재 동 훈 혜 윤 아 나 라 도 하 승 태 원 주 선 유 빈 예 은 찬
    규 석 철 란 숙 순 옥 자 복 환 근 범 혁 솔 별 봄 람 결""".split()
FIRST_NAMES = Pool(
    """James Mary John Linda David Susan Peter Karen Paul Nancy Mark Lisa Brian Emma Kevin Laura Jason Sarah Eric
    Amy Daniel Julia Alex Grace Oliver Chloe Ryan Hannah Leo Mina Jin Sora Minho Jiwoo Tom Anna Ben Kate Sam Lucy""".split(),
    "Victor Irene Oscar Wendy Hugo Fiona Felix Nora Yuna Taeho Simon Clara Ivan Ruth".split(),
)
LAST_NAMES = "Kim Lee Park Choi Jung Smith Brown Jones Miller Davis Wilson Moore Taylor White Clark Hall Young King".split()

ONSETS = "ㄱ ㄴ ㄷ ㄹ ㅁ ㅂ ㅅ ㅇ ㅈ ㅊ ㅋ ㅌ ㅍ ㅎ ㄲ ㄸ ㅃ ㅆ ㅉ".split()
INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
# Vowels and final consonants of the invented syllables, by their place in the Unicode block.
VOWELS = (0, 1, 4, 5, 6, 8, 12, 13, 17, 18, 20)
FINALS = (0, 0, 0, 0, 1, 4, 8, 16, 17, 21)
# The rarer ones of real names too: copying must not depend on a few shapes.
MORE_VOWELS = tuple(vowel for vowel in range(21) if vowel not in (3, 15))
MORE_FINALS = (0, 0, 0, 0, 0, 0, 1, 2, 4, 6, 7, 8, 9, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27)
CONSONANTS = "b c d f g h j k l m n p q r s t v w x y z br ch cl cr dr fl fr gl gr pl pr qu sc sh sk sl sp st sw th tr".split()
VOWEL_LETTERS = "a e i o u a e i o u ai ea ee ie oo ou y".split()
ENDINGS = ["", "", "", "n", "r", "l", "s", "t", "m", "x", "d", "k", "ck", "ng", "nd", "rs", "ts", "ll", "es", "er", "le", "y"]


def invented_syllable(source):
    """A Korean syllable block: mostly one of a few hundred common shapes, else one of some thousands."""
    initial = INITIALS.index(source.one(ONSETS))
    vowels, finals = (VOWELS, FINALS) if source.chance(0.78) else (MORE_VOWELS, MORE_FINALS)
    return chr(0xAC00 + (initial * 21 + source.one(vowels)) * 28 + source.one(finals))


def _fresh(source, make):
    """An invented word of the split's own: held-out ones are reserved by their spelling."""
    wants_reserved = source.kind == "names"
    while True:
        word = make()
        if is_reserved("word " + word) == wants_reserved:
            if wants_reserved:
                source.novel.add("names")
            return word


def korean_word(source, low=2, high=5):
    """An invented Korean word that no list holds."""
    return _fresh(source, lambda: "".join(invented_syllable(source) for _ in range(source.between(low, high))))


def english_word(source, low=1, high=3):
    """An invented English-looking word that no list holds."""

    def make():
        parts = [source.one(CONSONANTS) + source.one(VOWEL_LETTERS) for _ in range(source.between(low, high))]
        first = source.one(VOWEL_LETTERS) if source.chance(0.15) else ""
        return first + "".join(parts) + source.one(ENDINGS)

    return _fresh(source, make)


def item(source, language):
    """The name of an ordered thing: one word or two, each from a list or invented."""
    things, describing, word = {
        "ko": (KOREAN_ITEMS, KOREAN_ADJECTIVES, korean_word), "en": (ENGLISH_ITEMS, ENGLISH_ADJECTIVES, english_word),
    }[language]
    name = source.name(things) if source.chance(0.4) else word(source)
    if source.chance(0.22):
        name = f"{source.name(describing) if source.chance(0.4) else word(source)} {name}"
    return name


def person(source, language):
    """The name of a customer."""
    if language == "ko":
        given = (lambda: source.one(GIVEN)) if source.chance(0.6) else (lambda: invented_syllable(source))
        return _fresh(source, lambda: source.one(SURNAMES) + given() + given())
    first = source.name(FIRST_NAMES) if source.chance(0.4) else english_word(source).capitalize()
    last = source.one(LAST_NAMES) if source.chance(0.6) else english_word(source).capitalize()
    return f"{first} {last}" if source.chance(0.4) else first


def has_final(word):
    """Whether the last syllable of a word ends in a consonant, as far as Korean particles care."""
    last = word[-1]
    if "가" <= last <= "힣":
        return (ord(last) - 0xAC00) % 28 != 0
    return last.lower() not in "aeiouy13678" if last.isascii() else False


def with_particle(word, after_consonant, after_vowel):
    """The particle that fits a word's last sound."""
    return after_consonant if has_final(word) else after_vowel
