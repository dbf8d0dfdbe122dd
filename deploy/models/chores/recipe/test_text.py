"""Holds the recipe's own prompt text against the exported chat template and tokenizer.

    python test_text.py MODEL
"""

import sys

from transformers import AutoTokenizer

from dataset.record import make_record
from text import Encoder


def main():
    """Fails unless both ways from a record to token ids agree."""
    theirs = AutoTokenizer.from_pretrained(sys.argv[1])
    ours = Encoder(f"{sys.argv[1]}/tokenizer.json")
    for index in range(300):
        record = make_record(1, "validation", index)
        prompt = theirs.apply_chat_template(record.messages(), tokenize=False, add_generation_prompt=True, enable_thinking=record.thinking)
        assert prompt == ours.prompt(record), (prompt, ours.prompt(record))
        ids = theirs(prompt + ours.completion(record), add_special_tokens=False)["input_ids"]
        apart = ours.encode_many([record])[0]
        assert ids == apart[0] + apart[1], record.message
        assert theirs.decode(ids, clean_up_tokenization_spaces=False) == prompt + ours.completion(record)
    print("300 prompts and completions agree")


if __name__ == "__main__":
    main()
