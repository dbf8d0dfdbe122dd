"""Trains the tokenizers of `pipelines/` and writes down what the reference makes of many texts.

Each tokenizer is put together as a family of published models is: other models than byte-level pairs, and other steps
before and behind them. Everything is seeded: the same versions of Python, `tokenizers` and `sentencepiece` write the
same bytes.

    python pipelines.py            # into pipelines/
    python pipelines.py --check N  # nothing is written; prints N more lines of random text as JSON

`cases.jsonl` holds one text per line: `{"t": text, "i": {tokenizer: ids}}`, with `"x": true` where the ids have what
the tokenizer puts around a text. `decodes.jsonl` holds one list of ids per line: `{"n": tokenizer, "i": ids,
"d": text, "s": text without special tokens}`.
"""

import argparse
import base64
import hashlib
import io
import json
import pathlib
import random
import sys
import tempfile

import tokenizers
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

import generate
from generate import ENGLISH, KOREAN, random_scalar, token, word

FOLDER = pathlib.Path(__file__).parent / "pipelines"
SEED = 20261125

# MARK: Text

SENTENCES = [
    "오늘 회의록을 세 문장으로 요약해 주세요.", "주문하신 상품은 내일 오후에 도착할 예정입니다!", "환불은 영업일 기준 3~5일이 걸립니다.",
    "The meeting was moved to Thursday; don't forget the quarterly report.", "We've shipped 1,250 units (€3.40 each) to İzmir & Zürich.",
    "他说:“明天去北京开会,后天回上海。”", "彼女は東京駅で新幹線に乗りました。ﾊﾝｶｸｶﾅもある。", "هذا النص العربيُّ لاختبار التقطيع، أليس كذلك؟",
    "यह हिन्दी में एक छोटा वाक्य है, क्या आप इसे पढ़ सकते हैं?", "ภาษาไทยไม่มีช่องว่างระหว่างคำและมีวรรณยุกต์ ำ ่ ้", "Ελληνικά ΣΊΣΥΦΟΣ ὈΔΥΣΣΕΎΣ",
    "Съешь же ещё этих мягких французских булок", "Đây là một câu tiếng Việt có nhiều dấu: ậ ẵ ợ", "👩🏽‍💻 wrote 🏳️‍🌈 and 👨‍👩‍👧‍👦 left 🇰🇷🇯🇵 1️⃣ ©️",
    "func f(_ x: Int?) -> [String] { x.map { \"\\($0)\" } ?? [] }", "if (a<=b && c!=d) { return x->y[3]; } // done",
    "Ｆｕｌｌｗｉｄｔｈ　ＴＥＸＴ １２３ ﬁ ﬂ ﬃ ㎏ ㈜ ① ½ ² ™ … ﷺ", "a\u0301 e\u0301\u0323 o\u0308 각 가 각 Å Ω ñ q\u0323\u0307",
    "x\u00a0y\u2003z\u3000w\u200bv\ufeffu\u00adt\u2028s\u0085r", "don't do not isn ' t they 're we 've he 's I 'm \" quoted \" , ok ?", "``quoted'' `` '' \"",
    "MIXED case ÀÉÎÕÜ ŁÓDŹ ǅ ẞ Straße ΑΣ",
]
LONG = ["pneumono" * 30, "가" * 250, "漢字" * 150, "a" * 101, "b" * 100, "ก" * 120, "<0x41>" * 20, "🙂" * 60, "▁" * 40, "1234567890" * 15]
SIGNS = ["▁", "▁▁", "##", "##a", "</w>", "<0x0A>", "<unk>", "[UNK]", "[CLS]", "<s>", " .", "_", "\u0000", "\u0001", "\ufffd", "\r", "\r\n", "\t", "\u0600", "\u061c",
         "\u180e", "\u2060", "\ue000", "\U000e0061", "\u0604a", "e\ufe0f", "1\u20e3", "\u1100\u1161\u11a8", "ﬁ\u0301", "Ａ\u030a", "ｶﾞ", "\u0e33", "\u0915\u094d\u0937"]


def line(rng):
    kind = rng.randrange(12)
    if kind < 4:
        return generate.line(rng)
    if kind == 4:
        return rng.choice(["", " ", "  "]) + rng.choice(SENTENCES) + rng.choice(["", " ", "\n"])
    if kind == 5:
        return "".join(random_scalar(rng) for _ in range(rng.randrange(1, 40)))
    if kind == 6:
        return rng.choice(["", "x "]) + rng.choice(LONG)[: rng.randrange(90, 400)] + rng.choice(["", " y"])
    parts = []
    for _ in range(rng.randrange(1, 14)):
        parts.append(rng.choice([word(rng), word(rng), rng.choice(SIGNS), rng.choice(rng.choice(SENTENCES).split()), chr(rng.randrange(0x20, 0x250)), rng.choice(ADDED).content]))
        parts.append(rng.choice(["", "", " ", " ", " ", "  ", "\u3000", "\n"]))
    return "".join(parts)


def corpus():
    rng = random.Random(SEED + 1)
    yield from generate.corpus()
    for _ in range(3000):
        yield " ".join(rng.choice([rng.choice(SENTENCES), rng.choice(KOREAN), rng.choice(ENGLISH)]) for _ in range(3))


# MARK: Parts

ADDED = [
    token("[MASK]", lstrip=True), token("<extra_0>"), token("두레", special=False, normalized=True, single_word=True), token("naïve", special=False, normalized=True),
    token("New York", special=False, normalized=True, rstrip=True), token("ｘｙ", special=False, normalized=True), token("\n", special=False), token("  ", special=False),
]

RULES = [
    ("ﬁ", "fi"), ("ﬂ", "fl"), ("…", "..."), ("e\u0301", "é"), ("a\u0323", "ạ"), ("\u1100\u1161", "가"), ("\u3000", " "), ("\u00a0", " "), ("\t", " "), ("\r\n", "\n"),
    ("\u200b", ""), ("\ufeff", ""), ("\u0001", ""), ("㎏", "kg"), ("ß", "ss"), ("①", "1"), ("ａ", "a"), ("ｂ", "b"), ("がﾞ", "ga"), ("🅰", "A"), ("\u0604", "#"),
]


def fields(data):
    """The fields of a protocol buffer: number and value."""
    stream = io.BytesIO(data)

    def number():
        value = shift = 0
        while True:
            byte = stream.read(1)
            if not byte:
                return None
            value |= (byte[0] & 0x7F) << shift
            shift += 7
            if byte[0] < 0x80:
                return value

    while (key := number()) is not None:
        match key & 7:
            case 0: value = number()
            case 1: value = stream.read(8)
            case 2: value = stream.read(number())
            case 5: value = stream.read(4)
        yield key >> 3, value


def charsmap(**rules):
    """The map that sentencepiece compiles: in the model's field 3, the normalizer, field 2."""
    import sentencepiece

    model = io.BytesIO()
    sentences = iter(["a b c d e f g h"] * 20)
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=sentences, model_writer=model, vocab_size=12, hard_vocab_limit=False, minloglevel=2, **rules)
    spec = dict(fields(dict(fields(model.getvalue()))[3]))
    return spec[2]


def custom_charsmap():
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
        for source, target in RULES:
            file.write(" ".join(f"{ord(c):X}" for c in source) + "\t" + " ".join(f"{ord(c):X}" for c in target) + "\n")
        file.flush()
        return charsmap(normalization_rule_tsv=file.name)


def precompiled(data):
    # The library takes the map from JSON only as part of a tokenizer, so the bytes go in directly.
    return normalizers.Precompiled(data)


def build_tokenizer(model, trainer, normalizer=None, pre_tokenizer=None, decoder=None, post=None, add=True):
    tokenizer = Tokenizer(model)
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    if pre_tokenizer is not None:
        tokenizer.pre_tokenizer = pre_tokenizer
    if decoder is not None:
        tokenizer.decoder = decoder
    if trainer is not None:
        tokenizer.train_from_iterator(corpus(), trainer)
    if add:
        tokenizer.add_tokens(ADDED)
    if post is not None:
        tokenizer.post_processor = post(tokenizer)
    return tokenizer


def bpe(size, **options):
    return trainers.BpeTrainer(vocab_size=size, show_progress=False, **options)


def pieces(size, **options):
    """A vocabulary with scores, counted rather than trained: the library's trainer is not the same from run to run."""
    rng = random.Random(SEED + 2)
    counts = {}
    marks = options.get("mark", "▁")
    for text in corpus():
        for part in text.split():
            part = marks + part
            for length in range(1, 9):
                for start in range(0, max(len(part) - length + 1, 0)):
                    piece = part[start : start + length]
                    counts[piece] = counts.get(piece, 0) + 1
    total = sum(counts.values())
    import math

    ranked = sorted(counts, key=lambda p: (-(counts[p] * len(p)), p))
    chosen = ranked[:size]
    vocabulary = [("<unk>", 0.0), ("<s>", 0.0), ("</s>", 0.0)]
    if options.get("bytes"):
        vocabulary += [(f"<0x{b:02X}>", 0.0) for b in range(256)]
    vocabulary += [(p, math.log(counts[p] * len(p) / total) - 1e-3 * rng.random()) for p in chosen]
    return vocabulary


def around(start, end):
    return lambda t: processors.TemplateProcessing(single=f"{start} $A {end}", special_tokens=[(start, t.token_to_id(start)), (end, t.token_to_id(end))])


# MARK: Tokenizers


def build():
    nmt = charsmap(normalization_rule_name="nmt_nfkc")
    custom = custom_charsmap()
    wordpieces = dict(show_progress=False, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    built = {}
    built["bert"] = build_tokenizer(
        models.WordPiece(unk_token="[UNK]"), trainers.WordPieceTrainer(vocab_size=1800, **wordpieces), normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer(),
        decoders.WordPiece(), lambda t: processors.BertProcessing(("[SEP]", t.token_to_id("[SEP]")), ("[CLS]", t.token_to_id("[CLS]"))),
    )
    built["bert_cased"] = build_tokenizer(
        models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=20), trainers.WordPieceTrainer(vocab_size=1500, **wordpieces),
        normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=False, strip_accents=None, lowercase=False), pre_tokenizers.BertPreTokenizer(),
        decoders.WordPiece(cleanup=False), around("[CLS]", "[SEP]"),
    )
    built["words"] = build_tokenizer(
        models.WordLevel(unk_token="[UNK]"), trainers.WordLevelTrainer(vocab_size=900, show_progress=False, special_tokens=["[UNK]"]),
        normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase()]),
        pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=False)]),
    )
    built["t5"] = build_tokenizer(
        models.Unigram(pieces(1500), 0, False), None,
        normalizers.Sequence([precompiled(nmt), normalizers.Strip(left=False, right=True), normalizers.Replace(Regex(" {2,}"), "▁")]),
        pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]), decoders.Metaspace(), around("<s>", "</s>"),
    )
    built["albert"] = build_tokenizer(
        models.Unigram(pieces(1200), 0, False), None,
        normalizers.Sequence([normalizers.Replace("``", '"'), normalizers.Replace("''", '"'), normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase(), precompiled(custom)]),
        pre_tokenizers.Metaspace(prepend_scheme="first"), decoders.Metaspace(prepend_scheme="first"),
    )
    built["custom"] = build_tokenizer(
        models.Unigram(pieces(800, mark="_"), 0, False), None, precompiled(custom), pre_tokenizers.Metaspace(replacement="_", prepend_scheme="never", split=False),
        decoders.Metaspace(replacement="_", prepend_scheme="never"),
    )
    built["bytes"] = build_tokenizer(
        models.Unigram(pieces(900, bytes=True), 0, True), None, normalizers.NFKC(),
        pre_tokenizers.Sequence([pre_tokenizers.UnicodeScripts(), pre_tokenizers.Punctuation("contiguous"), pre_tokenizers.Digits(individual_digits=True)]),
        decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()]), around("<s>", "</s>"),
    )
    fallback = [f"<0x{b:02X}>" for b in range(256)]
    built["llama"] = build_tokenizer(
        models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True), bpe(1800, special_tokens=["<unk>", "<s>", "</s>", *fallback], limit_alphabet=600),
        normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]), None,
        decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]),
        lambda t: processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", t.token_to_id("<s>"))]),
    )
    built["gemma"] = build_tokenizer(
        models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True), bpe(1500, special_tokens=["<unk>", "<s>", *fallback[:200]], limit_alphabet=500),
        normalizers.Replace(" ", "▁"), pre_tokenizers.Split("▁", "merged_with_previous"), decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]),
    )
    built["clip"] = build_tokenizer(
        models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"), bpe(1500, special_tokens=["<unk>", "<s>", "</s>"], end_of_word_suffix="</w>", limit_alphabet=500),
        normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]),
        pre_tokenizers.Split(Regex(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"), "removed", invert=True), decoders.BPEDecoder(),
        lambda t: processors.RobertaProcessing(("</s>", t.token_to_id("</s>")), ("<s>", t.token_to_id("<s>"))),
    )
    built["clip_bytes"] = build_tokenizer(
        models.BPE(end_of_word_suffix="</w>"), bpe(900, end_of_word_suffix="</w>", initial_alphabet=pre_tokenizers.ByteLevel.alphabet()), None,
        pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.Sequence([decoders.BPEDecoder(), decoders.ByteLevel()]),
    )
    built["herbert"] = build_tokenizer(
        models.BPE(unk_token="<unk>", continuing_subword_prefix="##"), bpe(1500, special_tokens=["<unk>"], continuing_subword_prefix="##", limit_alphabet=600),
        normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=True, strip_accents=True, lowercase=False), pre_tokenizers.BertPreTokenizer(),
        decoders.WordPiece(prefix="##", cleanup=True),
    )
    built["byte_words"] = build_tokenizer(
        models.WordLevel(unk_token="<unk>"), trainers.WordLevelTrainer(vocab_size=1200, show_progress=False, special_tokens=["<unk>"]), normalizers.Sequence([normalizers.NFKD(), normalizers.Strip()]),
        pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=True)]),
        decoders.Sequence([decoders.ByteLevel(), decoders.Replace(Regex("[0-9]+"), "#"), decoders.Strip("#", 2, 0)]),
        lambda t: processors.Sequence([processors.ByteLevel(), processors.TemplateProcessing(single="<unk> $A", special_tokens=[("<unk>", t.token_to_id("<unk>"))])]),
    )
    return built


def answer(built, name, text, special):
    try:
        return built[name].encode(text, add_special_tokens=special).ids
    except BaseException:  # the reference itself gives up on some texts
        return None


def case(built, names, text, special):
    ids = {n: i for n in names if (i := answer(built, n, text, special)) is not None}
    entry = {"t": text, "i": ids} | ({"x": True} if special else {})
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":"))


def decode(built, rng, name):
    size = built[name].get_vocab_size()
    ids = [rng.randrange(size + (3 if rng.random() < 0.02 else 0)) for _ in range(rng.randrange(0, 24))]
    if rng.random() < 0.6:
        ids = built[name].encode(line(rng), add_special_tokens=rng.random() < 0.5).ids[:60]
    return json.dumps({"n": name, "i": ids, "d": built[name].decode(ids, skip_special_tokens=False), "s": built[name].decode(ids)}, ensure_ascii=False, separators=(",", ":"))


def main():
    import sentencepiece

    FOLDER.mkdir(exist_ok=True)
    built = build()
    names = list(built)
    files = {}
    for name in names:
        files[f"{name}.json"] = json.dumps(json.loads(built[name].to_str()), ensure_ascii=False, separators=(",", ":"))
        built[name] = Tokenizer.from_str(files[f"{name}.json"])
    rng = random.Random(SEED + 3)
    texts = ["", " ", "\n", "a", "가", "\0", *SENTENCES, *LONG, *SIGNS]
    lines = [case(built, names, text, False) for text in texts]
    lines += [case(built, names, text, True) for text in SENTENCES]
    for index in range(3600):
        chosen = [names[(3 * index + k) % len(names)] for k in range(3)]
        lines.append(case(built, chosen, line(rng), False))
    files["cases.jsonl"] = "\n".join(lines) + "\n"
    files["decodes.jsonl"] = "\n".join(decode(built, rng, name) for name in names for _ in range(90)) + "\n"

    digests = {}
    for name, text in files.items():
        data = text.encode()
        (FOLDER / name).write_bytes(data)
        digests[name] = hashlib.sha256(data).hexdigest()
    manifest = {
        "tokenizers": names, "library": f"tokenizers {tokenizers.__version__}, sentencepiece {sentencepiece.__version__}", "seed": SEED, "sha256": digests,
    }
    (FOLDER / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


def check(count, seed):
    """Prints fresh texts with their ids for every tokenizer, for a comparison on a larger scale."""
    names = json.loads((FOLDER / "manifest.json").read_text())["tokenizers"]
    rng = random.Random(seed)
    built = {n: Tokenizer.from_file(str(FOLDER / f"{n}.json")) for n in names}
    for _ in range(count):
        print(case(built, names, line(rng), rng.random() < 0.2))
    for _ in range(count // 10):
        print(decode(built, rng, rng.choice(names)))


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
