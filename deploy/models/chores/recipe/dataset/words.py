"""Names of things, people and places: real ones from lists, and invented ones that can only be copied.

A model that is to copy must have seen every part of a word being copied, beside any other. So half of the names are
invented: syllables of their own, or pieces of real words put together, which meet the same tokens as real words do.
"""

from functools import cache

from .phrasings import entries, last_sound, names
from .source import is_reserved

SURNAMES = "김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 류 홍 전 고 문 손 양 배 백 허 남 심 노 하 곽 성 차 주 우 구 민 유 나 진 지 엄 채 원 천 방 공 현".split()
GIVEN = """민 수 지 영 현 준 서 연 진 우 호 은 경 희 정 미 성 재 동 훈 혜 윤 아 나 라 도 하 승 태 원 주 선 유 빈 예 찬
    규 석 철 란 숙 순 옥 자 복 환 근 범 혁 솔 별 봄 람 결 건 시 율 온 이 채 다 인 가 소 슬 기 상 종 광 명 형 만 용 필 섭 식 학""".split()
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


@cache
def units_of(language):
    """The units in which each thing of the list is sold."""
    return {row[0]: row[1].split() for row in entries(f"items.{language}.txt")}


@cache
def _quarry(language):
    """Real words to break pieces from."""
    rows = [row[0] for row in entries(f"items.{language}.txt")]
    rows += [row[1] for row in entries(f"people.{language}.txt")] + [row[1] for row in entries("businesses.txt") if row[0] == language]
    return sorted({word for row in rows for word in row.split() if len(word) > 1})


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


def _piece(source, word):
    """The beginning, the end or the middle of a word."""
    size = min(len(word), source.between(1, 3) if "가" <= word[0] <= "힣" else source.between(2, 5))
    place = source.one([0, len(word) - size, source.between(0, len(word) - size)])
    return word[place:place + size]


def glued(source, language):
    """Two or three pieces of real words in one."""
    quarry = _quarry(language)
    return "".join(_piece(source, source.one(quarry)) for _ in range(source.weighted({2: 70, 3: 30})))


def korean_word(source, low=2, high=5):
    """A Korean word that no list holds."""
    if low > 1 and source.chance(0.6):
        return _fresh(source, lambda: glued(source, "ko"))
    return _fresh(source, lambda: "".join(invented_syllable(source) for _ in range(source.between(low, high))))


def english_word(source, low=1, high=3):
    """An English-looking word that no list holds."""

    def make():
        parts = [source.one(CONSONANTS) + source.one(VOWEL_LETTERS) for _ in range(source.between(low, high))]
        first = source.one(VOWEL_LETTERS) if source.chance(0.15) else ""
        return first + "".join(parts) + source.one(ENDINGS)

    return _fresh(source, (lambda: glued(source, "en").lower()) if source.chance(0.6) else make)


def word(source, language):
    """An invented word of a language."""
    return korean_word(source) if language == "ko" else english_word(source)


def item(source, language):
    """The name of an ordered thing, and the units that it is usually sold in, if it is a real one."""
    things = names(f"items.{language}.txt")
    name = source.name(things) if source.chance(0.55) else None
    units = units_of(language).get(name)
    name = name or word(source, language)
    if source.chance(0.18):
        name = f"{source.name(things).split()[0] if source.chance(0.5) else word(source, language)} {name}"
    if language == "en" and source.chance(0.06):
        name = name.capitalize()
    return name, units


def person(source, language):
    """The name of a customer: a person, now and then with a title, or a business."""
    if source.chance(0.1):
        business = source.name(names("businesses.txt", language))
        return business if source.chance(0.6) else f"{word(source, language).capitalize()} {source.one(business.split())}"
    return _korean_person(source) if language == "ko" else _english_person(source)


def _korean_person(source):
    if source.chance(0.12):
        return source.name(names("people.ko.txt", "full"))
    given = (lambda: source.one(GIVEN)) if source.chance(0.7) else (lambda: invented_syllable(source))
    name = _fresh(source, lambda: source.one(SURNAMES) + given() + (given() if source.chance(0.94) else ""))
    if source.chance(0.08):
        name += " " + source.name(names("people.ko.txt", "titled")).split()[-1]
    elif source.chance(0.05):
        name = name[1:] or name
    return name


def _english_person(source):
    def part(kind):
        return source.name(names("people.en.txt", kind)) if source.chance(0.6) else english_word(source).capitalize()

    name = f"{part('first')} {part('last')}" if source.chance(0.5) else part("first")
    if source.chance(0.06):
        name = f"{source.one(['Mr.', 'Ms.', 'Mrs.', 'Dr.', 'Mr', 'Ms'])} {part('last')}"
    return name.lower() if source.chance(0.08) else name


def place(source, kind, language):
    """A district or a road."""
    if source.chance(0.5):
        return source.name(names("places.txt", f"{kind}.{language}"))
    ending = {"district.ko": ["구", "구", "군", "동"], "road.ko": ["로", "길", "대로"], "district.en": ["-gu", "-gu", "-gun", "-dong"], "road.en": ["-ro", "-gil", "-daero"]}
    stem = korean_word(source, 1, 3) if language == "ko" else english_word(source).capitalize()
    return stem + source.one(ending[f"{kind}.{language}"])


def with_particle(before, after_consonant, after_vowel):
    """The particle that fits a word's last sound."""
    return after_consonant if last_sound(before) else after_vowel
