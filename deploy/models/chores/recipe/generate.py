"""Writes the sets of the chores as OpenAI batch lines with an expected answer each.

    python generate.py --out ../sets                  heldout.jsonl
    python generate.py --out sets --train 10000       also the first training records
    python generate.py --sample 20                    messages and answers to read
    python generate.py --check                        schemas, splits and seeds

Training itself draws its records from the same functions as it goes and reads no file.
"""

import argparse
import json
import sys
from pathlib import Path

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from dataset.record import evaluation_records, make_record
from dataset.source import KINDS
from settings import SEED

SCHEMAS = Path(__file__).parent.parent / "schemas"


def validators():
    """A validator for each chore's schema, with the references between them resolved."""
    contents = {path.name: json.loads(path.read_text()) for path in sorted(SCHEMAS.glob("*.schema.json"))}
    registry = Registry().with_resources((name, Resource.from_contents(schema)) for name, schema in contents.items())
    return {name.removesuffix(".schema.json"): Draft202012Validator(schema, registry=registry) for name, schema in contents.items()}


def write_set(path, split, records):
    """Writes records as batch lines with an expected answer."""
    with open(path, "w", encoding="utf-8") as file:
        for index, record in enumerate(records):
            file.write(json.dumps(record.batch_line(f"{split}-{index:06d}"), ensure_ascii=False) + "\n")
    print(f"{path}: {index + 1} lines")


def check(seed, count):
    """Checks that answers fit their schemas, that splits share no message and that seeds decide all."""
    by_schema = validators()
    training, problems = set(), 0
    for index in range(count):
        record = make_record(seed, "train", index)
        training.add(record.message)
        problems += _report(by_schema, record)
    held_out = list(evaluation_records(seed, "heldout", count // 10))
    for record in held_out:
        problems += _report(by_schema, record)
    shared = [record.message for record in held_out if record.message in training and record.kind == "known"]
    again = list(evaluation_records(seed, "heldout", count // 10))
    for name, bad in (("schema violations", problems), ("known messages shared with training", len(shared)), ("records that a second run changes", sum(a != b for a, b in zip(held_out, again)))):
        print(f"{bad:6d} {name}")
    same_prompt = {(record.system, record.message) for record in held_out}
    leaked = sum((record.system, record.message) in same_prompt for record in (make_record(seed, "train", i) for i in range(count)))
    print(f"{leaked:6d} prompts shared with training")
    return problems + len(shared) + leaked


def _report(by_schema, record):
    errors = [error.message for error in by_schema[record.schema].iter_errors(record.answer)]
    for error in errors[:1]:
        print(f"{record.chore}: {error}: {record.answer_text}", file=sys.stderr)
    return len(errors)


def sample(seed, count):
    """Prints records to read."""
    for record in (make_record(seed, "train", index) for index in range(count)):
        print(f"[{record.chore} {record.language}] {record.system!r}\n  {record.message!r}\n  {record.answer_text}\n  think: {record.thought!r}")


def main():
    """Reads the command line and does what it says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--train", type=int, default=0, help="how many training records to write")
    parser.add_argument("--validation", type=int, default=0, help="how many validation records to write")
    parser.add_argument("--heldout", type=int, default=2000)
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    if arguments.sample:
        sample(arguments.seed, arguments.sample)
    if arguments.check and check(arguments.seed, 20_000):
        sys.exit(1)
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        for split, count in (("validation", arguments.validation), ("heldout", arguments.heldout)):
            if count:
                write_set(arguments.out / f"{split}.jsonl", split, evaluation_records(arguments.seed, split, count))
        if arguments.train:
            write_set(arguments.out / "train.jsonl", "train", (make_record(arguments.seed, "train", i, KINDS[0]) for i in range(arguments.train)))


if __name__ == "__main__":
    main()
