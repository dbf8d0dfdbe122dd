"""The commands that time the two engines, and what they print; `run` runs a command and gives its standard output."""

import csv
import json


def llama(run, bench: str, model, threads: int, shape: tuple[int, int], sequences: list[int], shared: bool) -> dict[int, dict]:
    """llama.cpp's results by the number of sequences, for prompts and generated tokens of `shape`.

    With a shared prompt only the generated tokens take long, which is the same work for each of them.
    """
    prompt, generated = shape
    cells = max(sequences) * (prompt + generated) + prompt
    command = [bench, "-m", str(model), "-c", str(cells), "-b", "2048", "-ub", "512", "-t", str(threads)]
    command += ["-tb", str(threads), "-npp", str(prompt), "-ntg", str(generated), "-npl", joined(sequences)]
    command += ["--output-format", "jsonl"] + (["-pps"] if shared else [])
    lines = [json.loads(line) for line in run(command).splitlines() if line.startswith("{")]
    return {line["pl"]: line for line in lines}


def dure(run, bench: str, what: str, pack, threads: int, sequences: list[int], options: list[str]) -> dict[int, float]:
    """Dure's tokens per second by the number of sequences; `what` is a command of dure-bench."""
    command = [bench, what, "--model", str(pack), "--sequences", joined(sequences), *options, "--threads", str(threads)]
    rows = csv.DictReader(line for line in run(command).splitlines() if not line.startswith("#"))
    return {int(row["sequences"]): float(row["tokens_per_second"]) for row in rows}


def joined(numbers: list[int]) -> str:
    return ",".join(map(str, numbers))
