"""Greedy answers of an exported model in transformers, as a batch output file, and how its experts were used.

    python answers.py --model .. --set ../sets/heldout.jsonl --out answers.jsonl
    dure evaluate --set ../sets/heldout.jsonl --answers answers.jsonl

Prints how often every layer's router chose every expert, over the places of prompts and answers without padding.
"""

import argparse
import json
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

END, END_THINK = "<|im_end|>", "</think>"


class RoutingCounts:
    """How often every layer's router chooses every expert, over whole texts and without padding."""

    def __init__(self, model, tokenizer, texts, batch):
        self.counts, self.mask = {}, None
        hooks = [layer.mlp.gate.register_forward_hook(self._hook(index))
                 for index, layer in enumerate(model.model.layers) if hasattr(layer.mlp, "gate") and hasattr(layer.mlp, "experts")]
        for start in range(0, len(texts), batch):
            inputs = tokenizer(texts[start: start + batch], return_tensors="pt", padding=True, add_special_tokens=False)
            self.mask = inputs["attention_mask"].bool().reshape(-1)
            with torch.no_grad():
                model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"])
        for hook in hooks:
            hook.remove()

    def _hook(self, layer):
        def count(module, inputs, output):
            chosen = output[2][self.mask].reshape(-1)
            self.counts[layer] = self.counts.get(layer, 0) + torch.bincount(chosen, minlength=module.num_experts)
        return count

    def table(self):
        """A Markdown table of shares in per cent."""
        experts = len(next(iter(self.counts.values())))
        yield "| layer | " + " | ".join(str(i) for i in range(experts)) + " |"
        yield "|---:" * (experts + 1) + "|"
        for layer, counts in self.counts.items():
            yield f"| {layer} | " + " | ".join(f"{100 * share:.1f}" for share in (counts / counts.sum()).tolist()) + " |"


def prompt(tokenizer, line):
    """The prompt of a line, as the chat template lays it out."""
    return tokenizer.apply_chat_template(line["body"]["messages"], tokenize=False, add_generation_prompt=True,
                                         **line["body"].get("chat_template_kwargs", {}))


def completions(model, tokenizer, lines, batch):
    """The completion of each line up to its end, thoughts included, in the order of the lines."""
    prompts = [prompt(tokenizer, line) for line in lines]
    order = sorted(range(len(lines)), key=lambda i: len(prompts[i]))
    out = [""] * len(lines)
    for start in range(0, len(order), batch):
        chosen = order[start: start + batch]
        inputs = tokenizer([prompts[i] for i in chosen], return_tensors="pt", padding=True, add_special_tokens=False)
        with torch.no_grad():
            ids = model.generate(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], do_sample=False,
                                 max_new_tokens=max(line["body"]["max_tokens"] for line in lines))
        for i, row in zip(chosen, ids[:, inputs["input_ids"].shape[1]:]):
            text, end, _ = tokenizer.decode(row, skip_special_tokens=False).partition(END)
            out[i] = text + end
        print(f"{min(start + batch, len(order))}/{len(order)}", end="\r", flush=True)
    return out


def output_line(line, completion):
    """A completion as a line of a batch output file, as Dure writes it."""
    text, ended, _ = completion.partition(END)
    thinks = line["body"].get("chat_template_kwargs", {}).get("enable_thinking", False)
    thought, closed, content = text.partition(END_THINK) if thinks else (None, True, text)
    # A thought that is not closed is all there is.
    message = {"role": "assistant", "content": content if closed else None}
    if thought is not None:
        message["reasoning"] = thought
    choice = {"index": 0, "message": message, "finish_reason": "stop" if ended else "length"}
    return {"custom_id": line["custom_id"], "response": {"status_code": 200, "body": {"choices": [choice]}}, "error": None}


def main():
    """Answers and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--set", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=10**9)
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--threads", type=int, default=2)
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    lines = [json.loads(line) for line in a.set.read_text(encoding="utf-8").splitlines()][: a.limit]
    tokenizer = AutoTokenizer.from_pretrained(a.model, padding_side="left")
    model = AutoModelForCausalLM.from_pretrained(a.model, dtype=torch.float32, attn_implementation="eager", experts_implementation="eager").eval()
    written = completions(model, tokenizer, lines, a.batch)
    with open(a.out, "w", encoding="utf-8") as file:
        for line, completion in zip(lines, written):
            file.write(json.dumps(output_line(line, completion), ensure_ascii=False) + "\n")
    print(f"{a.out}: {len(lines)} answers\n\nexperts' share of all choices, in per cent")
    texts = [prompt(tokenizer, line) + completion for line, completion in zip(lines, written)]
    print("\n".join(RoutingCounts(model, tokenizer, texts, a.batch).table()))


if __name__ == "__main__":
    main()
