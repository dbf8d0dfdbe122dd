#!/usr/bin/env python3
"""Times Dure and llama.cpp on the same shape and weights, one after the other in every round, and prints medians and ratios.

    compare.py --packs DIR --ggufs DIR --llama OUT/bin/llama-batched-bench --csv benchmarks.csv

The packs' folder holds `int8` and `int4`, that of the GGUF files `q8_0.gguf` and `q4_0.gguf`; see README.md. Nothing else should
run meanwhile: llama.cpp's threads wait actively for each other, and lose most of their time on a core that is shared.
"""

import argparse
import csv
import platform
import statistics
import subprocess
import sys
from pathlib import Path

from engines import dure, llama

FORMATS = [("int8", "q8_0"), ("int4", "q4_0")]
PROMPT, GENERATED = 128, 32
PREFILL_SEQUENCES = 8


def run(command: list[str]) -> str:
    print("#", " ".join(command), file=sys.stderr, flush=True)
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"{command[0]} ended with {result.returncode}:\n{result.stderr[-2000:]}")
    return result.stdout


def measure(arguments, numbers: list[int]):
    """Yields a row for every measurement of one round."""
    threads, shape = arguments.threads, (PROMPT, GENERATED)
    for ours, theirs in FORMATS:
        pack, gguf = arguments.packs / ours, arguments.ggufs / f"{theirs}.gguf"
        decode = llama(run, arguments.llama, gguf, threads, shape, numbers, shared=True)
        for count in numbers:
            yield "llama.cpp", theirs, "decode", count, decode[count]["speed_tg"]
        steps = ["--context", str(PROMPT), "--steps", str(GENERATED)]
        for count, rate in dure(run, arguments.dure_bench, "decode", pack, threads, numbers, steps).items():
            yield "dure", ours, "decode", count, rate
        prefill = llama(run, arguments.llama, gguf, threads, shape, [PREFILL_SEQUENCES], shared=False)
        yield "llama.cpp", theirs, "prefill", PREFILL_SEQUENCES, prefill[PREFILL_SEQUENCES]["speed_pp"]
        prompts = ["--prompt", str(PROMPT)]
        for count, rate in dure(run, arguments.dure_bench, "prefill", pack, threads, [PREFILL_SEQUENCES], prompts).items():
            yield "dure", ours, "prefill", count, rate


def report(rows: list[tuple]) -> None:
    """A Markdown table of medians, with the ranges that they come from."""

    def rates(engine: str, kind: str, what: str, count: int) -> list[float]:
        return [row[5] for row in rows if row[1:5] == (engine, kind, what, count)]

    def cell(values: list[float]) -> str:
        return f"{statistics.median(values):.1f} ({min(values):.0f} to {max(values):.0f})"

    print("| | sequences | Dure, tokens/s | llama.cpp, tokens/s | ratio |")
    print("|---|---:|---:|---:|---:|")
    for ours, theirs in FORMATS:
        for what, count in sorted({row[3:5] for row in rows}):
            mine, other = rates("dure", ours, what, count), rates("llama.cpp", theirs, what, count)
            ratio = statistics.median(mine) / statistics.median(other)
            print(f"| {what}, {ours} and {theirs} | {count} | {cell(mine)} | {cell(other)} | {ratio:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=Path, required=True)
    parser.add_argument("--ggufs", type=Path, required=True)
    parser.add_argument("--llama", required=True)
    parser.add_argument("--dure-bench", default=".build/release/dure-bench")
    parser.add_argument("--csv", type=Path, required=True)
    parser.add_argument("--sequences", default="1,8,64,128")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    numbers = [int(number) for number in arguments.sequences.split(",")]
    commit = run(["git", "rev-parse", "--short=12", "HEAD"]).strip()
    rows = []
    with arguments.csv.open("w", newline="") as file:
        file.write(f"# machine: {processor()}; threads: {arguments.threads}; commit: {commit}\n")
        file.write(f"# prompt: {PROMPT}; generated: {GENERATED}; tokens per second\n")
        writer = csv.writer(file)
        writer.writerow(["round", "engine", "weights", "what", "sequences", "tokens_per_second"])
        for number in range(arguments.rounds):
            for row in measure(arguments, numbers):
                rows.append((number, *row))
                writer.writerow((number, *row[:-1], f"{row[-1]:.2f}"))
                file.flush()
    report(rows)


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


if __name__ == "__main__":
    main()
