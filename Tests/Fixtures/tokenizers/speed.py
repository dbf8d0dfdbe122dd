"""Times the reference as `dure-bench tokenizer --text FILE TOKENIZER…` times Dure: one thread, line by line.

    python speed.py FILE TOKENIZER…
"""

import os
import statistics
import sys
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"

from tokenizers import Tokenizer  # noqa: E402  (reads the variable)

ROUNDS = 3

with open(sys.argv[1], encoding="utf-8") as file:
    lines = file.read().split("\n")
size = sum(len(line.encode()) + 1 for line in lines)
print("tokenizer,step,tokens,median_seconds,megabytes_per_second")
for name in sys.argv[2:]:
    tokenizer = Tokenizer.from_file(name)
    encoded = [tokenizer.encode(line, add_special_tokens=False).ids for line in lines]

    def encode():
        for line in lines:
            tokenizer.encode(line, add_special_tokens=False)

    def decode():
        for ids in encoded:
            tokenizer.decode(ids, skip_special_tokens=False)

    for step, work in [("encode", encode), ("decode", decode)]:
        times = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
        seconds = statistics.median(times)
        print(f"{name},{step},{sum(map(len, encoded))},{seconds:.4g},{size / seconds / 1e6:.4g}", flush=True)
