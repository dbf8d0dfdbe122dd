#!/usr/bin/env python3
"""Times Dure and llama.cpp on a model that is larger than the memory they may use, one after the other.

    sudo larger_than_memory.py --pack DIR --gguf FILE --llama OUT/bin/llama-batched-bench --csv limited.csv

Both run in a control group (version 1 or 2) with the limit, and begin with an empty page cache. llama.cpp maps its file, and
the system drops and reads pages as they are needed; Dure reads experts into a cache of the size that is given. Tokens per second while
generating, by the number of sequences: the largest numbers are where each of them is at its best.
"""

import argparse
import csv
import json
import subprocess
import sys
from pathlib import Path

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


def llama(group: ControlGroup, arguments, numbers: list[int]):
    cells = max(numbers) * (PROMPT + GENERATED) + PROMPT
    command = [arguments.llama, "-m", str(arguments.gguf), "-c", str(cells), "-b", "2048", "-ub", "512", "-pps"]
    command += ["-t", str(arguments.threads), "-tb", str(arguments.threads), "-npp", str(PROMPT)]
    command += ["-ntg", str(GENERATED), "-npl", ",".join(map(str, numbers)), "--output-format", "jsonl"]
    for line in group.run(command).splitlines():
        if line.startswith("{"):
            result = json.loads(line)
            yield result["pl"], result["speed_tg"]


def dure(group: ControlGroup, arguments, numbers: list[int]):
    command = [arguments.dure_bench, "decode", "--model", str(arguments.pack), "--cache", arguments.cache]
    command += ["--sequences", ",".join(map(str, numbers)), "--context", str(PROMPT), "--steps", str(GENERATED)]
    output = group.run([*command, "--threads", str(arguments.threads)])
    for row in csv.DictReader(line for line in output.splitlines() if not line.startswith("#")):
        yield int(row["sequences"]), float(row["tokens_per_second"])


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
            for name, run, numbers in (
                ("dure", dure, arguments.dure_sequences),
                ("llama.cpp", llama, arguments.llama_sequences),
            ):
                for sequences, rate in run(group, arguments, [int(number) for number in numbers.split(",")]):
                    writer.writerow([name, sequences, f"{rate:.2f}"])
                    print(f"{name}, {sequences} sequences: {rate:.1f} tokens/s", flush=True)
    finally:
        group.close()


if __name__ == "__main__":
    main()
