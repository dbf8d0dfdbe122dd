"""Greedy answers of an exported model in transformers against the expected ones.

    python evaluate.py --model .. --set sets/heldout.jsonl

Prints exact matches of the parsed JSON by chore, by kind of generalisation, by language and by mode, the
accuracy by field, validity under the schemas, and how often each expert was chosen.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from generate import validators


def answers(model, tokenizer, lines, batch):
    """What the model writes for each line, thoughts taken away, in the order of the lines."""
    prompts = [tokenizer.apply_chat_template(line["body"]["messages"], tokenize=False, add_generation_prompt=True,
                                             **line["body"].get("chat_template_kwargs", {})) for line in lines]
    order = sorted(range(len(lines)), key=lambda i: len(prompts[i]))
    out = [""] * len(lines)
    for start in range(0, len(order), batch):
        chosen = order[start: start + batch]
        inputs = tokenizer([prompts[i] for i in chosen], return_tensors="pt", padding=True, add_special_tokens=False)
        with torch.no_grad():
            ids = model.generate(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], do_sample=False, max_new_tokens=320)
        for i, row in zip(chosen, ids[:, inputs["input_ids"].shape[1]:]):
            out[i] = tokenizer.decode(row, skip_special_tokens=False).split("<|im_end|>")[0].split("</think>")[-1]
        print(f"{min(start + batch, len(order))}/{len(order)}", end="\r", flush=True)
    return out


def leaves(value, path=""):
    """The fields of an answer with their paths."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{index}]")
    else:
        yield path, value


def parsed(text):
    """The JSON of an answer, or None if it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


class Counts:
    """Right ones of all, by a name."""

    def __init__(self):
        self.right, self.all = defaultdict(int), defaultdict(int)

    def add(self, name, good):
        """Counts one more."""
        self.right[name] += bool(good)
        self.all[name] += 1

    def table(self):
        """Lines of a table."""
        return [f"{name:32s} {self.right[name]:6d} of {self.all[name]:6d}  {100 * self.right[name] / self.all[name]:6.2f} %" for name in sorted(self.all)]


def watch_routing(model):
    """Counts, from now on, how often every layer's router chooses every expert."""
    counts = {}

    def hook(layer):
        def count(module, inputs, output):
            chosen = torch.bincount(output[2].reshape(-1), minlength=module.num_experts)
            counts[layer] = counts.get(layer, 0) + chosen
        return count

    for index, layer in enumerate(model.model.layers):
        if hasattr(layer.mlp, "gate") and hasattr(layer.mlp, "experts"):
            layer.mlp.gate.register_forward_hook(hook(index))
    return counts


def main():
    """Evaluates and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--set", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=10**9)
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--show", type=int, default=10, help="how many wrong answers to print")
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    lines = [json.loads(line) for line in a.set.read_text(encoding="utf-8").splitlines()][: a.limit]
    tokenizer = AutoTokenizer.from_pretrained(a.model, padding_side="left")
    model = AutoModelForCausalLM.from_pretrained(a.model, dtype=torch.float32, attn_implementation="eager", experts_implementation="eager").eval()
    routing, by_schema = watch_routing(model), validators()
    exact, validity, fields, shown = Counts(), Counts(), Counts(), 0
    for line, text in zip(lines, answers(model, tokenizer, lines, a.batch)):
        tags, answer = line["tags"], parsed(text)
        good = answer == line["expected"]
        for name in ("all", f"chore {tags['chore']}", f"kind {tags['kind']}", f"language {tags['language']}", f"thinking {tags['thinking']}"):
            exact.add(name, good)
        exact.add(f"{tags['chore']} / {tags['kind']}", good)
        validity.add("JSON", answer is not None)
        validity.add("schema", answer is not None and by_schema[tags["schema"]].is_valid(answer))
        found = dict(leaves(answer)) if answer is not None else {}
        for path, value in leaves(line["expected"]):
            fields.add(path.split("[")[0] + (path.split("]")[-1] if "]" in path else ""), found.get(path) == value)
        if not good and shown < a.show:
            shown += 1
            print(f"{tags['chore']} {tags['kind']}: {line['body']['messages'][1]['content']!r}\n  got      {text}\n  expected {json.dumps(line['expected'], ensure_ascii=False)}")
    for title, counts in (("exact", exact), ("valid", validity), ("fields", fields)):
        print(f"\n{title}\n" + "\n".join(counts.table()))
    print("\nexperts' share of all choices, in per cent (padding included)")
    for layer, counts in routing.items():
        print(f"layer {layer}: " + " ".join(f"{100 * share:4.1f}" for share in (counts / counts.sum()).tolist()))


if __name__ == "__main__":
    main()
