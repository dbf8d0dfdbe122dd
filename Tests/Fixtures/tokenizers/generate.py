"""Trains the tokenizers of this folder and writes down what the reference makes of many texts.

Everything is seeded: the same versions of Python and `tokenizers` write the same bytes.

    python generate.py            # into this folder
    python generate.py --check N  # nothing is written; prints N more lines of random text per tokenizer as JSON

`cases.jsonl` holds one text per line: `{"t": text, "i": {tokenizer: ids}}`. `decodes.jsonl` holds one list of ids per
line: `{"n": tokenizer, "i": ids, "d": text, "s": text without special tokens}`.
"""

import argparse
import hashlib
import json
import pathlib
import random
import sys

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

FOLDER = pathlib.Path(__file__).parent
SEED = 20261124

AXK1_CHINESE_JAPANESE = r"[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+"
AXK1_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
GPT4_WORDS = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
)
O200K_WORDS = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
DEEPSEEK_WORDS = (
    "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*"
    "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
)
BLOOM_WORDS = r" ?[^(\s|[.,!?…。，、।۔،])]+"

# MARK: Text

SYLLABLES = [chr(c) for c in range(0xAC00, 0xD7A4, 41)]
ENGLISH = (
    "the quick brown fox jumps over lazy dog and then people said that their model could not answer every question "
    "about Korea history science mathematics programming language because data were limited however we're sure it'll "
    "work don't worry I've seen they'd I'm HE'S WE'LL Can't state-of-the-art e.g. i.e. naïve café résumé coöperate "
    "Straße İstanbul ﬁnal oﬀer"
).split()
KOREAN = (
    "안녕하세요 대한민국의 수도는 서울특별시입니다 오늘 날씨가 매우 좋습니다 인공지능 모델은 여러 전문가를 사용하여 답을 만든다 "
    "그러나 데이터가 부족하면 정확하지 않을 수 있다 두레 마을 사람들이 서로 논밭을 돌아가며 일을 도왔다 한국어 문장을 토큰으로 나눈다 "
    "주식회사 고객센터 문의하기 감사합니다 할인율 이천이십육년 회의록 요약해 주세요 뷁 쀍 ㅋㅋㅋ ㅠㅠ ㅏㅏ 갂갃"
).split()
CHINESE = "今天天气很好我们去公园散步人工智能模型需要大量数据才能回答问题北京上海漢字繁體龘㐀𠀀𪚥"
JAPANESE = "こんにちは世界東京は日本の首都ですカタカナとひらがなを混ぜて書くーヽヾゝゞｶﾞﾊﾟが゙"
EMOJI = ["😀", "👍🏽", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇰🇷", "❤️", "🧑🏿‍🚀", "☺", "1️⃣", "🫨", "🪿"]
CODE = [
    "def encode(text: str) -> list[int]:\n    return [tok[c] for c in text]\n",
    "for (int i = 0; i < 1024; ++i) {\n\tsum += a[i] * b[i];\n}\r\n",
    "SELECT id, name FROM users WHERE id = 42 AND name LIKE '%kim%';",
    "{\"model\": \"axk1\", \"messages\": [{\"role\": \"user\", \"content\": \"안녕\"}]}",
    "<div class=\"row\"><a href='https://example.com/?q=1&r=2'>x</a></div>",
    "let x = value ?? 0x1F_FF // comment\n\n\n#include <stdio.h>",
    "    \tif x:\n\t\t  pass\n", "a=b+c;d-=e*f", "C:\\Users\\kim\\file.txt", "$ git commit -m \"fix: x\" && make -j8",
]
SPACES = [" ", "  ", "   ", "\n", "\r\n", "\t", "\u00a0", "\u3000", "\u2003", "\u2028", "\x0b", "\x0c", "\x85", "\u180e", "\u200b", "\ufeff", "\x1c", "\x1f"]
OTHER_SCRIPTS = (
    "مرحبا بالعالم كيف حالك نَصٌّ नमस्ते दुनिया क्षत्रिय สวัสดีชาวโลก שלום עולם Привет мир Γειά σου Κόσμε გამარჯობა বাংলা தமிழ் "
    "Việt Nam tiếng ኢትዮጵያ ᠮᠣᠩᠭᠣᠯ བོད་ ខ្មែរ ᏣᎳᎩ ﷺ Ⅷ ½ ² ١٢٣ १२३ ①②③ Ⓐⓑ 🄰 ﷽ ǅ ʰ ªº"
).split()
COMBINING = ["e\u0301", "e\u0301\u0323", "a\u0323\u0302", "\u1112\u1161\u11ab", "\u1100\u1161", "\u212b", "\u2126", "\u0344", "q\u0334\u1ab0", "o\u0308\u0304",
             "\u1e9b\u0323", "\ufb1d", "\u0958", "\u2adc", "q\u08d3\u0334", "q\u1df6\u0334", "\U0001d15e", "\u0f73", "か\u3099", "は\u309a", "\ufa0e", "\uf900"]
CONTRACTIONS = ["'s", "'S", "'\u017f", "'T", "'Re", "'VE", "'lL", "'D", "’s", "''s", "'sX", "'re're", "'M\u0301"]


def random_scalar(rng):
    while True:
        limit = rng.choice([0x80, 0x100, 0x800, 0x3000, 0x10000, 0x20000, 0x110000])
        c = rng.randrange(limit)
        if not 0xD800 <= c < 0xE000:
            return chr(c)


def word(rng):
    kind = rng.randrange(14)
    if kind < 3:
        return rng.choice(KOREAN)
    if kind < 5:
        w = rng.choice(ENGLISH)
        return rng.choice([w, w, w.capitalize(), w.upper(), w + rng.choice(CONTRACTIONS)])
    if kind == 5:
        return "".join(rng.choice(SYLLABLES) for _ in range(rng.randrange(1, 8)))
    if kind == 6:
        return "".join(rng.choice(CHINESE) for _ in range(rng.randrange(1, 10)))
    if kind == 7:
        return "".join(rng.choice(JAPANESE) for _ in range(rng.randrange(1, 10)))
    if kind == 8:
        return rng.choice(EMOJI) * rng.randrange(1, 3)
    if kind == 9:
        return str(rng.randrange(10 ** rng.randrange(1, 12)))
    if kind == 10:
        return rng.choice(OTHER_SCRIPTS)
    if kind == 11:
        return rng.choice(COMBINING)
    if kind == 12:
        return "".join(rng.choice("!?.,;:-_()[]{}<>/\\|@#$%^&*~`'\"+=…。、") for _ in range(rng.randrange(1, 6)))
    return "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randrange(1, 12)))


def added(rng):
    content = rng.choice(ADDED).content
    return rng.choice([content, content, content.strip(), content.upper(), content[:-1], content + content, "x" + content, content + "가"])


def line(rng):
    kind = rng.randrange(20)
    if kind == 0:
        return "".join(random_scalar(rng) for _ in range(rng.randrange(1, 30)))
    if kind == 1:
        return "".join(rng.choice(SPACES) for _ in range(rng.randrange(1, 12)))
    if kind == 2:
        return rng.choice(CODE) + rng.choice(["", word(rng), rng.choice(CODE)])
    if kind == 3:
        return "".join(chr(rng.randrange(0x20)) for _ in range(rng.randrange(1, 8))) + word(rng)
    parts = []
    for _ in range(rng.randrange(1, 12)):
        parts.append(word(rng))
        if rng.random() < 0.12:
            parts.append(rng.choice(["", "", " "]) + added(rng))
        parts.append(rng.choice(["", " ", " ", " ", " ", rng.choice(SPACES), rng.choice(SPACES) + rng.choice(SPACES)]))
    return "".join(parts)


def fixed_lines():
    """Texts that every run has: all the interesting scalars once, and words too long for any cache."""
    rng = random.Random(SEED)
    lines = ["", " ", "\n", "a", "가", "\0", "'", "'s"]
    lines += ["x".join(["", *EMOJI, ""]), "ab" * 900, "가나다" * 300, " " * 700 + "x", "\n \n" * 200, "漢" * 300, "ㅋ" * 300, "é" * 200 + "e\u0301" * 200]
    lines += ["".join(rng.choice("abcdefgh") for _ in range(1500)), "".join(rng.choice(SYLLABLES) for _ in range(500))]
    return lines


# Every scalar whose class a pattern may ask for changed with some version of Unicode: the young ones, and a sample of all.
def scalar_lines():
    rng = random.Random(SEED + 1)
    young = [chr(c) for c in [0x295, 0x294, 0x870, 0x88E, 0x1C89, 0x1C8A, 0xA7CB, 0xA7DC, 0x10D4A, 0x10D40, 0x10D69, 0x1D2C0, 0x1D2D3, 0x11F02, 0x11F50, 0x1E4D0,
                              0x1E4F0, 0x31350, 0x323AF, 0x2EBF0, 0x2EE5D, 0x16D70, 0x13460, 0x1E5D0, 0x1E5F1, 0x1FAE9, 0x1CCD6, 0x1CCF0, 0x20C1, 0x88F, 0x1DFA]]
    pool = young + [chr(c) for c in range(0x80, 0x2FFFF) if c % 211 == 0 and not 0xD800 <= c < 0xE000]
    rng.shuffle(pool)
    return [" ".join(["a" + c + "b1" + c + c for c in pool[i : i + 8]]) for i in range(0, len(pool), 8)]


def corpus():
    rng = random.Random(SEED + 2)
    global ADDED
    for _ in range(9000):
        parts = []
        for _ in range(rng.randrange(4, 24)):
            parts.append(word(rng))
            parts.append(rng.choice([" ", " ", " ", "", ". ", ", ", "\n"]))
        yield "".join(parts) + (rng.choice(CODE) if rng.random() < 0.2 else "")


# MARK: Tokenizers

def token(content, **flags):
    return AddedToken(content, **{"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True, **flags})


ADDED = [
    token("<|endoftext|>"), token("<|im_start|>"), token("<|im_end|>"), token("<|pad|>"), token("<think>", special=False), token("</think>", special=False),
    token("<|left|>", lstrip=True), token("<|right|>", rstrip=True), token("<|both|>", lstrip=True, rstrip=True),
    token("<|word|>", single_word=True), token("두레", single_word=True, special=False), token("cafe\u0301", normalized=True, special=False),
    token("naïve", normalized=True, special=False), token("<|norm|>", normalized=True), token("<|both|>longer", special=False), token("the", special=False, single_word=True),
    token("\n\n", special=False), token("é", special=False), token("   ", special=False),
]


def byte_level_steps(*patterns):
    steps = [pre_tokenizers.Split(Regex(p), "isolated") for p in patterns]
    return pre_tokenizers.Sequence([*steps, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def trained(size, pre_tokenizer, normalizer=None, post_processor=None, ignore_merges=False, add=True, alphabet=True):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet() if alphabet else []
    )
    tokenizer.train_from_iterator(corpus(), trainer)
    if post_processor is not None:
        tokenizer.post_processor = post_processor
    if add:
        tokenizer.add_tokens(ADDED)
    return tokenizer


def build():
    built = {
        "axk1": trained(4000, byte_level_steps(AXK1_CHINESE_JAPANESE, AXK1_WORDS)),
        "qwen": trained(1500, byte_level_steps(AXK1_WORDS), normalizers.NFC(), processors.ByteLevel(trim_offsets=False)),
        "gpt2": trained(1500, pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=True), post_processor=processors.ByteLevel(trim_offsets=True)),
        "o200k": trained(1500, byte_level_steps(O200K_WORDS)),
        "deepseek": trained(1000, byte_level_steps(r"\p{N}{1,3}", r"[一-龥぀-ゟ゠-ヿ]+", DEEPSEEK_WORDS)),
        "bloom": trained(800, byte_level_steps(BLOOM_WORDS), add=False),
        "gpt4": trained(800, byte_level_steps(GPT4_WORDS)),
    }
    llama3 = trained(1500, byte_level_steps(AXK1_WORDS), ignore_merges=True)
    llama3.post_processor = processors.Sequence(
        [processors.ByteLevel(trim_offsets=False), processors.TemplateProcessing(single="<|im_start|> $A <|im_end|>", special_tokens=[("<|im_start|>", llama3.token_to_id("<|im_start|>")), ("<|im_end|>", llama3.token_to_id("<|im_end|>"))])]
    )
    built["llama3"] = llama3
    for behavior in ["removed", "merged_with_previous", "merged_with_next", "contiguous"]:
        for invert in [False, True]:
            steps = [pre_tokenizers.Split(Regex(r"[\s.,]|o*"), behavior, invert=invert), pre_tokenizers.Split("an", behavior, invert=invert)]
            steps.append(pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=False))
            built[behavior + ("_inverted" if invert else "")] = trained(400, pre_tokenizers.Sequence(steps), add=not invert)
    # No byte level: scalars as symbols, an unknown token, no decoder.
    scalars = trained(900, pre_tokenizers.Split(Regex(r" ?\p{L}+|\s+"), "isolated"), alphabet=False)
    spoiled = json.loads(scalars.to_str())
    spoiled["model"]["unk_token"] = spoiled["added_tokens"][0]["content"]
    spoiled["model"]["vocab"][spoiled["model"]["unk_token"]] = len(spoiled["model"]["vocab"])
    spoiled["model"]["fuse_unk"] = True
    spoiled["decoder"] = None
    spoiled["added_tokens"] = []
    built["scalars"] = Tokenizer.from_str(json.dumps(spoiled))
    # The byte level first, other steps on its alphabet; merges in the old spelling.
    falcon = trained(600, pre_tokenizers.Sequence([pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True), pre_tokenizers.Split(Regex("[0-9][0-9][0-9]"), "isolated")]))
    built["falcon"] = falcon
    return built


def file_text(name, tokenizer):
    content = json.loads(tokenizer.to_str())
    if name in ("falcon", "gpt2"):
        content["model"]["merges"] = [" ".join(pair) for pair in content["model"]["merges"]]
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), indent=None)


def main():
    built = build()
    names = list(built)
    files = {}
    for name in names:
        files[f"{name}.json"] = file_text(name, built[name])
        built[name] = Tokenizer.from_str(files[f"{name}.json"])

    rng = random.Random(SEED + 3)
    lines = fixed_lines() + scalar_lines()
    lines += [line(rng) for _ in range(5200 - len(lines))]
    cases = []
    for index, text in enumerate(lines):
        # Every text goes through the first tokenizer; one other keeps the folder small.
        chosen = [names[0], names[1 + index % (len(names) - 1)]] if index >= 8 else names
        cases.append(json.dumps({"t": text, "i": {n: built[n].encode(text, add_special_tokens=False).ids for n in chosen}}, ensure_ascii=False, separators=(",", ":")))
    files["cases.jsonl"] = "\n".join(cases) + "\n"

    decodes = []
    for name in names:
        size = built[name].get_vocab_size()
        for _ in range(100):
            ids = [rng.randrange(size + (3 if rng.random() < 0.02 else 0)) for _ in range(rng.randrange(0, 30))]
            if rng.random() < 0.5:
                ids = [i if rng.random() < 0.5 else rng.randrange(256) for i in ids]
            decodes.append(json.dumps({"n": name, "i": ids, "d": built[name].decode(ids, skip_special_tokens=False), "s": built[name].decode(ids)}, ensure_ascii=False, separators=(",", ":")))
    special = built["llama3"]
    files["decodes.jsonl"] = "\n".join(decodes) + "\n"
    files["special.json"] = json.dumps([[t, special.encode(t).ids] for t in ["", "안녕", "<|im_end|>x"]], ensure_ascii=False)

    digests = {}
    for name, text in files.items():
        data = text.encode()
        (FOLDER / name).write_bytes(data)
        digests[name] = hashlib.sha256(data).hexdigest()
    manifest = {"tokenizers": names, "library": f"tokenizers {tokenizers.__version__}", "seed": SEED, "sha256": digests}
    (FOLDER / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


def check(count, seed):
    """Prints fresh texts with their ids for every tokenizer, for a comparison on a larger scale."""
    manifest = json.loads((FOLDER / "manifest.json").read_text())
    rng = random.Random(seed)
    built = {n: Tokenizer.from_file(str(FOLDER / f"{n}.json")) for n in manifest["tokenizers"]}
    for _ in range(count):
        text = line(rng)
        print(json.dumps({"t": text, "i": {n: t.encode(text, add_special_tokens=False).ids for n, t in built.items()}}, ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", type=int)
    parser.add_argument("--seed", type=int, default=SEED + 4)
    arguments = parser.parse_args()
    if arguments.check:
        sys.stdout.reconfigure(encoding="utf-8")
        check(arguments.check, arguments.seed)
    else:
        main()
