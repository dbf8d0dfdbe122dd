"""Numbers as people write and say them, in Korean and English."""

NATIVE_ONES = ["", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉"]
NATIVE_TENS = ["", "열", "스물", "서른", "마흔", "쉰"]
NATIVE_ALONE = ["", "하나", "둘", "셋", "넷", "다섯", "여섯", "일곱", "여덟", "아홉", "열"]
SINO = ["영", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구"]
SPOKEN_DIGITS = ["공", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구"]
ENGLISH_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
ENGLISH_TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()


def native(number):
    """A Korean native numeral as it stands before a counter: 열두, 스무, 스물한."""
    if number == 20:
        return "스무"
    return NATIVE_TENS[number // 10] + NATIVE_ONES[number % 10]


def native_alone(number):
    """A Korean native numeral that stands for itself: 하나, 둘."""
    return NATIVE_ALONE[number]


def sino(number):
    """A Sino-Korean numeral below one hundred million: 삼만 오천 without the space."""
    if number >= 10_000:
        high, low = divmod(number, 10_000)
        head = "만" if high == 1 else sino(high) + "만"
        return head + (sino(low) if low else "")
    if number == 0:
        return SINO[0]
    out = ""
    for unit, word in ((1000, "천"), (100, "백"), (10, "십"), (1, "")):
        digit = number // unit % 10
        if digit:
            out += ("" if digit == 1 and word else SINO[digit]) + word
    return out


def mixed_won(number, space):
    """An amount with its digits before 만 and 천: 3만 5천, 120만, 7천."""
    high, low = divmod(number, 10_000)
    parts = [f"{high}만"] if high else []
    if low:
        parts.append(f"{low // 1000}천" if low % 1000 == 0 else f"{low}")
    return space.join(parts)


def english(number):
    """A number in English words: thirty-five thousand, one hundred twenty."""
    if number < 20:
        return ENGLISH_SMALL[number]
    if number < 100:
        tail = "-" + ENGLISH_SMALL[number % 10] if number % 10 else ""
        return ENGLISH_TENS[number // 10] + tail
    if number < 1000:
        return _english_over(number, 100, "hundred")
    if number < 1_000_000:
        return _english_over(number, 1000, "thousand")
    return _english_over(number, 1_000_000, "million")


def _english_over(number, unit, word):
    high, low = divmod(number, unit)
    return f"{english(high)} {word}" + (f" {english(low)}" if low else "")


def grouped(number):
    """A number with a comma every three digits."""
    return f"{number:,}"


def spoken(digits):
    """Digits read out one by one in Korean: 공일공."""
    return "".join(SPOKEN_DIGITS[int(d)] for d in digits)
