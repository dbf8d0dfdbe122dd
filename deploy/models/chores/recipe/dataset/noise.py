"""Spelling errors, spacing errors and the small marks of a hurried message."""

import re

from .source import CLOSE, OPEN

KOREAN_ERRORS = [
    ("해주세요", "해주새요"), ("해주세요", "해줘요"), ("주세요", "주세여"), ("주세요", "쥬세요"), ("할게요", "할께요"), ("부탁드려요", "부탁드려용"),
    ("부탁드립니다", "부탁드림다"), ("안녕하세요", "안녕하세여"), ("습니다", "슴다"), ("됐", "됬"), ("안 돼", "안되"), ("어떻게", "어떡해"),
    ("왔어요", "왔어여"), ("있어요", "잇어요"), ("있나요", "잇나요"), ("같아요", "같애요"), ("싶어요", "시퍼요"), ("취소", "취쇼"), ("주문", "주믄"),
    ("그리고", "글고"), ("로 ", "루 "), ("배달", "베달"), ("에요", "예요"), ("빨리", "빨이"), ("문의", "문이"), ("변경", "변겅"), ("으로", "으루"),
]
ENGLISH_ERRORS = [
    ("please", "pls"), ("please", "plz"), ("please", "plese"), ("you", "u"), ("your", "ur"), ("thanks", "thx"), ("would", "wuold"), ("order", "oder"),
    ("delivery", "delivry"), ("pickup", "pick up"), ("cancel", "cancle"), ("change", "chagne"), ("received", "recieved"), ("and", "&"), ("want", "wnat"),
]
TAILS = {"ko": ["~", "!", "!!", "ㅎㅎ", " ㅎㅎ", "^^", " ^^", "ㅠㅠ", "..", " :)", "~~"], "en": ["!", "!!", " :)", "..", " thx", " ty"]}
SPAN = re.compile(f"{OPEN}[^{CLOSE}]*{CLOSE}")


def roughen(source, text, language):
    """A message with up to three errors of a hurried writer; protected spans stay as they are, with their marks."""
    for _ in range(source.weighted({0: 46, 1: 30, 2: 16, 3: 8})):
        text = _one_error(source, text, language)
    if language == "en" and source.chance(0.2):
        text = _outside(text, str.lower)
    if language == "en" and source.chance(0.08):
        text = _outside(text, lambda part: part.replace("'", ""))
    if language != "en" and source.chance(0.05):
        text = _outside(text, lambda part: "".join(letter for letter in part if letter != " " or source.chance(0.5)))
    if source.chance(0.06):
        text = _outside(text, lambda part: re.sub(r"[.!?]+(\s)", r"\1", part))
    if source.chance(0.15):
        text = text.rstrip(".!?") + source.one(TAILS["en" if language == "en" else "ko"])
    return text.strip()


def _one_error(source, text, language):
    shape = source.one(["known", "known", "space", "space", "letters", "full stop"])
    if shape == "letters" and language == "ko":
        return _outside_once(source, text, lambda part: _other_syllable(source, part))
    if shape == "known":
        pair = source.one(ENGLISH_ERRORS if language == "en" else KOREAN_ERRORS)
        return _outside(text, lambda part: part.replace(*pair, 1))
    if shape == "full stop":
        return _outside(text, lambda part: part.replace(". ", source.one([" ", "  ", ".", ", "])))
    if shape == "letters":
        return _outside_once(source, text, lambda part: _swap_letters(source, part))
    if language == "en":
        return _outside_once(source, text, lambda part: part.replace(" ", "  ", 1))
    return _outside_once(source, text, lambda part: _drop_space(source, part))


def _drop_space(source, part):
    """Without one of its inner spaces, or with one more."""
    places = [i for i, letter in enumerate(part) if letter == " " and 0 < i < len(part) - 1]
    if not places:
        return part
    place = source.one(places)
    return part[:place] + source.one(["", "", "  "]) + part[place + 1:]


def _swap_letters(source, part):
    """With two neighbouring letters of an English word exchanged, or one lost or doubled."""
    words = [match for match in re.finditer(r"[A-Za-z]{4,}", part)]
    if not words:
        return part
    word = source.one(words)
    place = source.between(word.start() + 1, word.end() - 2)
    a, b = part[place], part[place + 1]
    return part[:place] + source.one([b + a, a, a + a + b]) + part[place + 2:]


# Vowels that sound alike, by their place in the Unicode block.
ALIKE = {1: 5, 5: 1, 11: 10, 10: 11, 7: 3, 12: 4, 4: 8}


def _other_syllable(source, part):
    """With one syllable of a message's own words as it sounds: 있 as 잇, 해 as 헤, 돼 as 되."""
    places = [i for i, letter in enumerate(part) if "가" <= letter <= "힣"]
    if not places:
        return part
    place = source.one(places)
    initial, rest = divmod(ord(part[place]) - 0xAC00, 21 * 28)
    vowel, final = divmod(rest, 28)
    if final in (20, 27, 6, 2):
        final = {20: 19, 27: 0, 6: 4, 2: 1}[final]
    else:
        vowel = ALIKE.get(vowel, vowel)
    return part[:place] + chr(0xAC00 + (initial * 21 + vowel) * 28 + final) + part[place + 1:]


def _pieces(text):
    """The text cut into (piece, protected) pairs."""
    place = 0
    for match in SPAN.finditer(text):
        yield text[place:match.start()], False
        yield match.group(), True
        place = match.end()
    yield text[place:], False


def _outside(text, change):
    return "".join(piece if protected else change(piece) for piece, protected in _pieces(text))


def _outside_once(source, text, change):
    pieces = list(_pieces(text))
    open_places = [i for i, (piece, protected) in enumerate(pieces) if not protected and piece.strip()]
    if not open_places:
        return text
    chosen = source.one(open_places)
    return "".join(change(piece) if i == chosen else piece for i, (piece, _) in enumerate(pieces))
