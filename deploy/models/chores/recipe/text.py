"""The tokenizer, the chat template and the way from a record to token ids."""

from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from dataset.source import CLOSE, OPEN

SPECIALS = ["<|pad|>", "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>"]
PAD, END_OF_TEXT, IM_START, IM_END, THINK, END_THINK = range(6)

# A.X K1's two splits: runs of Han and kana, then Qwen's pattern with single digits.
HAN_AND_KANA = r"[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+"
WORDS = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
         r"\s*[\r\n]+|\s+(?!\S)|\s+")

TEMPLATE = """\
{%- for message in messages -%}
{%- set content = message['content'] -%}
{%- if message['role'] == 'assistant' and '</think>' in content -%}
{%- set content = content.split('</think>')[-1] -%}
{%- endif -%}
{{- '<|im_start|>' + message['role'] + '\\n' + ('</think>' if message['role'] == 'assistant' else '') + content + '<|im_end|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|im_start|>assistant\\n' + ('<think>' if enable_thinking is defined and enable_thinking else '</think>') -}}
{%- endif -%}
"""


def train_tokenizer(texts, size):
    """Byte-level BPE with A.X K1's pre-tokenizer.

    The texts are cut at their spaces, so that no merge holds a space: a name is then the same
    tokens in a message, after a space, and in an answer, after a quotation mark.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(HAN_AND_KANA), "isolated"),
        pre_tokenizers.Split(Regex(WORDS), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                                  special_tokens=[AddedToken(token, special=True) for token in SPECIALS], show_progress=False)
    tokenizer.train_from_iterator((text.replace(" ", "\n") for text in texts), trainer)
    return tokenizer


def training_texts(records):
    """What a tokenizer learns from: prompts, thoughts and answers.

    What is copied stands on lines of its own, so that no merge joins a name's end with the particle behind it.
    """
    for record in records:
        marked = record.marked.replace(OPEN, "\n").replace(CLOSE, "\n")
        yield f"{record.system}\n{marked}\n{record.answer_text}"
        if record.thinking:
            yield record.thought


class Encoder:
    """Turns records into prompt ids and completion ids, as the chat template lays them out."""

    def __init__(self, path):
        self.tokenizer = Tokenizer.from_file(str(Path(path)))

    def prompt(self, record):
        """The text up to the mode's last token."""
        turns = "".join(f"<|im_start|>{turn['role']}\n{turn['content']}<|im_end|>\n" for turn in record.messages())
        return turns + "<|im_start|>assistant\n" + ("<think>" if record.thinking else "</think>")

    def completion(self, record):
        """What the model is to write, its end included."""
        thought = f"{record.thought}</think>" if record.thinking else ""
        return f"{thought}{record.answer_text}<|im_end|>"

    def encode_many(self, records):
        """Pairs of prompt ids and completion ids."""
        prompts = self.tokenizer.encode_batch([self.prompt(record) for record in records])
        completions = self.tokenizer.encode_batch([self.completion(record) for record in records])
        return [(p.ids, c.ids) for p, c in zip(prompts, completions)]
