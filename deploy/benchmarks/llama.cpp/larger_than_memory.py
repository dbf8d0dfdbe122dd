#!/usr/bin/env python3
"""Times Dure and llama.cpp on a model that is larger than the memory they may use, one after the other.

    sudo larger_than_memory.py --pack DIR --gguf FILE --llama OUT/bin/llama-batched-bench --csv limited.csv

Both run in a control group (version 1 or 2) with the limit, and begin with an empty page cache. llama.cpp maps its file, and
the system drops and reads pages as they are needed; Dure reads experts into a cache of the size that is given. Tokens per second while
generating, by the number of sequences: the largest numbers are where each of them is at its best.
"""

import argparse
import csv
import subprocess
import sys
from pathlib import Path

from engines import dure, llama

PROMPT, GENERATED = 32, 3


class ControlGroup:
    """A group with a memory limit, removed at the end."""

    def __init__(self, limit: int):
        first = Path("/sys/fs/cgroup/memory")
        self.folder = (first if first.exists() else Path("/sys/fs/cgroup")) / "dure-benchmark"
        self.limit = "memory.limit_in_bytes" if first.exists() else "memory.max"
        self.folder.mkdir(exist_ok=True)
        (self.folder / self.limit).write_text(str(limit))

    def run(self, command: list[str]) -> str:
        Path("/proc/sys/vm/drop_caches").write_text("3")
        print("#", " ".join(command), file=sys.stderr, flush=True)
        enter = f"echo $$ > {self.folder}/cgroup.procs && exec \"$@\""
        result = subprocess.run(["sh", "-c", enter, "sh", *command], capture_output=True, text=True)
        if result.returncode != 0:
            raise SystemExit(f"{command[0]} ended with {result.returncode}:\n{result.stderr[-2000:]}")
        return result.stdout

    def close(self) -> None:
        self.folder.rmdir()


def measure(group: ControlGroup, arguments):
    """The rates of each engine by the number of sequences."""
    threads = arguments.threads
    options = ["--cache", arguments.cache, "--block-tokens", "16"]
    options += ["--context", str(PROMPT), "--steps", str(GENERATED)]
    numbers = [int(number) for number in arguments.dure_sequences.split(",")]
    yield "dure", dure(group.run, arguments.dure_bench, "decode", arguments.pack, threads, numbers, options)
    numbers = [int(number) for number in arguments.llama_sequences.split(",")]
    shape = (PROMPT, GENERATED)
    found = llama(group.run, arguments.llama, arguments.gguf, threads, shape, numbers, shared=True)
    yield "llama.cpp", {sequences: result["speed_tg"] for sequences, result in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--gguf", type=Path, required=True)
    parser.add_argument("--llama", required=True)
    parser.add_argument("--dure-bench", default=".build/release/dure-bench")
    parser.add_argument("--csv", type=Path, required=True)
    parser.add_argument("--limit-mib", type=int, default=1100)
    parser.add_argument("--cache", default="420MiB", help="of Dure; the rest is for trunk, KV cache and sweeps")
    parser.add_argument("--dure-sequences", default="8,64,256")
    parser.add_argument("--llama-sequences", default="8,64,256")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    group = ControlGroup(arguments.limit_mib << 20)
    commit = subprocess.check_output(["git", "rev-parse", "--short=12", "HEAD"], text=True).strip()
    try:
        with arguments.csv.open("w", newline="") as file:
            file.write(f"# limit: {arguments.limit_mib} MiB; dure's cache: {arguments.cache}; commit: {commit}\n")
            writer = csv.writer(file)
            writer.writerow(["engine", "sequences", "tokens_per_second"])
            for name, rates in measure(group, arguments):
                for sequences, rate in rates.items():
                    writer.writerow([name, sequences, f"{rate:.2f}"])
                    print(f"{name}, {sequences} sequences: {rate:.1f} tokens/s", flush=True)
    finally:
        group.close()


if __name__ == "__main__":
    main()
