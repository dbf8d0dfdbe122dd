#!/usr/bin/env python3
"""Makes the tiny models of this folder and the values that the reference implementation computes for them.

Every model is written first and then opened from its files by transformers in f32, with eager attention and eager
experts, so the golden values are those of exactly these bytes. Prompts are drawn again until no choice, of an expert
or of a token, hangs on less than rounding can move. Run: python generate.py [VARIANT ...]
"""

import hashlib
import json
import pathlib
import sys

import numpy as np
import safetensors.torch
import torch
import transformers
from transformers import AXK1Config, AXK1ForCausalLM, DeepseekV3Config, DeepseekV3ForCausalLM

from variants import VARIANTS

SEED = 20240607
PROMPT_LENGTHS = (1, 6, 23, 41)
GREEDY_TOKENS = 24
# A gap below these could close under another order of summation; measured differences are ten times smaller.
LEAST_ROUTER_GAP = 2e-5
LEAST_LOGIT_GAP = 2e-3

DTYPES = {"bf16": torch.bfloat16, "f16": torch.float16, "f32": torch.float32}
CLASSES = {"axk1": (AXK1Config, AXK1ForCausalLM), "deepseek_v3": (DeepseekV3Config, DeepseekV3ForCausalLM)}
HERE = pathlib.Path(__file__).resolve().parent


def seeded(*key):
    digest = hashlib.sha256(repr((SEED, *key)).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:8], "little")))


# MARK: Weights


def tensor_list(spec):
    """(name on disk, shape, kind) of every tensor that the model needs."""
    s = spec["shape"]
    hidden, heads = s["hidden_size"], s["num_attention_heads"]
    query = heads * (s["qk_nope_head_dim"] + s["qk_rope_head_dim"])
    yield "model.embed_tokens.weight", (s["vocab_size"], hidden), "embedding"
    for layer, kind in enumerate(spec["layers"]):
        prefix = f"model.layers.{layer}"
        attention = f"{prefix}.self_attn"
        yield f"{prefix}.input_layernorm.weight", (hidden,), "norm"
        yield f"{prefix}.post_attention_layernorm.weight", (hidden,), "norm"
        if s["q_lora_rank"] is None:
            yield f"{attention}.q_proj.weight", (query, hidden), "query"
        else:
            yield f"{attention}.q_a_proj.weight", (s["q_lora_rank"], hidden), "linear"
            yield f"{attention}.q_a_layernorm.weight", (s["q_lora_rank"],), "norm"
            yield f"{attention}.q_b_proj.weight", (query, s["q_lora_rank"]), "query"
        yield f"{attention}.kv_a_proj_with_mqa.weight", (s["kv_lora_rank"] + s["qk_rope_head_dim"], hidden), "linear"
        yield f"{attention}.kv_a_layernorm.weight", (s["kv_lora_rank"],), "norm"
        expanded = heads * (s["qk_nope_head_dim"] + s["v_head_dim"])
        yield f"{attention}.kv_b_proj.weight", (expanded, s["kv_lora_rank"]), "linear"
        yield f"{attention}.o_proj.weight", (hidden, heads * s["v_head_dim"]), "linear"
        if kind == "dense":
            yield from swiglu(f"{prefix}.mlp", s["intermediate_size"], hidden)
        else:
            yield from sparse(spec, prefix)
    yield "model.norm.weight", (hidden,), "norm"
    if not s["tie_word_embeddings"]:
        yield "lm_head.weight", (s["vocab_size"], hidden), "head"


def swiglu(prefix, width, hidden):
    yield f"{prefix}.gate_proj.weight", (width, hidden), "linear"
    yield f"{prefix}.up_proj.weight", (width, hidden), "linear"
    yield f"{prefix}.down_proj.weight", (hidden, width), "linear"


def sparse(spec, prefix):
    s = spec["shape"]
    hidden, width, count = s["hidden_size"], s["moe_intermediate_size"], s["n_routed_experts"]
    yield f"{prefix}.mlp.gate.weight", (count, hidden), "linear"
    if spec["bias"] is not None:
        yield f"{prefix}.mlp.gate.e_score_correction_bias", (count,), "bias"
    if spec["experts"] == "fused":
        yield f"{prefix}.mlp.experts.gate_up_proj", (count, 2 * width, hidden), "linear"
        yield f"{prefix}.mlp.experts.down_proj", (count, hidden, width), "linear"
    else:
        for expert in range(count):
            yield from swiglu(f"{prefix}.mlp.experts.{expert}", width, hidden)
    yield from swiglu(f"{prefix}.mlp.shared_experts", width * s["n_shared_experts"], hidden)
    if spec["family"] == "axk1":
        place = "mlp.post_mlp_layernorm" if spec["post_norm_alias"] else "post_mlp_layernorm"
        yield f"{prefix}.{place}.weight", (hidden,), "norm"


def extra_tensors(spec):
    """Tensors that published checkpoints hold and that every loader skips."""
    s = spec["shape"]
    hidden, count = s["hidden_size"], s["num_hidden_layers"]
    for extra in spec["extras"]:
        if extra == "dense-post-norm":
            yield "model.layers.0.post_mlp_layernorm.weight", (hidden,), "norm"
        elif extra == "inv-freq":
            yield "model.layers.0.self_attn.rotary_emb.inv_freq", (s["qk_rope_head_dim"] // 2,), "linear"
        elif extra == "next-token-layer":
            yield f"model.layers.{count}.eh_proj.weight", (hidden, 2 * hidden), "linear"
            yield f"model.layers.{count}.enorm.weight", (hidden,), "norm"
            yield f"model.layers.{count}.input_layernorm.weight", (hidden,), "norm"
            yield f"model.layers.{count}.shared_head.norm.weight", (hidden,), "norm"


def fill(spec, name, shape, kind):
    """Scales at which activations keep their size, attention is not flat and |logit| reaches 5 to 10."""
    noise = seeded(spec["name"], name).standard_normal(shape)
    if kind == "norm":
        values = 1 + 0.15 * noise
    elif kind == "bias":
        values = spec["bias"] * noise
    elif kind == "embedding":
        values = noise * (2.0 / shape[-1] ** 0.5 if spec["shape"]["tie_word_embeddings"] else 1)
    else:
        gain = {"linear": 1.0, "query": 2.0, "head": 2.0}[kind]
        values = noise * gain / shape[-1] ** 0.5
    dtype = {"norm": spec["norm_dtype"], "bias": spec["bias_dtype"]}.get(kind, spec["dtype"])
    return torch.from_numpy(values).to(torch.float32).to(DTYPES[dtype])


def write_weights(spec, folder):
    tensors = {
        name: fill(spec, name, shape, kind) for name, shape, kind in [*tensor_list(spec), *extra_tensors(spec)]
    }
    if spec["shards"] == 1:
        safetensors.torch.save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        return
    total = sum(tensor.nbytes for tensor in tensors.values())
    shards, filled = [{} for _ in range(spec["shards"])], 0
    for name, tensor in tensors.items():
        shards[min(filled * spec["shards"] // total, spec["shards"] - 1)][name] = tensor
        filled += tensor.nbytes
    weight_map = {}
    for number, shard in enumerate(shards, start=1):
        file = f"model-{number:05}-of-{len(shards):05}.safetensors"
        safetensors.torch.save_file(shard, folder / file, metadata={"format": "pt"})
        weight_map |= {name: file for name in shard}
    index = {"metadata": {"total_size": total}, "weight_map": dict(sorted(weight_map.items()))}
    write_json(folder / "model.safetensors.index.json", index)


# MARK: Configuration


def configuration(spec):
    shape = dict(spec["shape"])
    rope = dict(spec["rope"])
    architecture = "AXK1ForCausalLM" if spec["family"] == "axk1" else "DeepseekV3ForCausalLM"
    values = {"architectures": [architecture], "model_type": spec["model_type"]} | shape
    if spec["spelling"] == "new":
        values["rope_parameters"] = rope
        values["dtype"] = str(DTYPES[spec["dtype"]]).removeprefix("torch.")
        if spec["family"] == "axk1":
            values["mlp_layer_types"] = spec["layers"]
        else:
            values["first_k_dense_replace"] = spec["first_dense"]
    else:
        values |= {"first_k_dense_replace": spec["first_dense"], "moe_layer_freq": spec["layer_frequency"]}
        values["rope_theta"] = rope.pop("rope_theta")
        kind = rope.pop("rope_type")
        values["rope_scaling"] = {"type": kind} | rope if kind != "default" else None
        values["torch_dtype"] = str(DTYPES[spec["dtype"]]).removeprefix("torch.")
    return values | spec["config"]


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


# MARK: Golden values


class Recorder:
    """Keeps what the layers and routers put out in the last forward pass."""

    def __init__(self, model):
        self.hidden, self.router, self.gaps = [], [], []
        for layer in model.model.layers:
            layer.register_forward_hook(self.record_layer)
            if hasattr(layer.mlp, "gate"):
                layer.mlp.gate.register_forward_hook(self.record_router)

    def clear(self):
        self.hidden, self.router, self.gaps = [], [], []

    def record_layer(self, _, __, output):
        output = output[0] if isinstance(output, tuple) else output
        self.hidden.append(output[0].clone())

    def record_router(self, gate, _, output):
        logits, _, chosen = output
        self.router.append(logits.clone())
        self.gaps.append(self.router_gap(gate, logits, chosen))

    @staticmethod
    def router_gap(gate, logits, chosen):
        """By how much the last chosen expert, and group, beats the first that was not chosen."""
        scores = logits.sigmoid() + gate.e_score_correction_bias
        groups = scores.view(len(scores), gate.num_group, -1).topk(2, dim=-1)[0].sum(dim=-1).sort(descending=True)[0]
        gap = torch.inf
        if gate.topk_group < gate.num_group:
            gap = (groups[:, gate.topk_group - 1] - groups[:, gate.topk_group]).min().item()
        size = scores.shape[1] // gate.num_group
        kept = scores.view(len(scores), gate.num_group, -1).topk(2, dim=-1)[0].sum(dim=-1).topk(gate.topk_group)[1]
        inside = torch.zeros(len(scores), gate.num_group).scatter_(1, kept, 1).repeat_interleave(size, dim=1)
        ranked = scores.masked_fill(inside == 0, -torch.inf).sort(descending=True)[0]
        if gate.top_k < gate.topk_group * size:
            gap = min(gap, (ranked[:, gate.top_k - 1] - ranked[:, gate.top_k]).min().item())
        expected = scores.masked_fill(inside == 0, -torch.inf).topk(gate.top_k)[1].sort()[0]
        assert torch.equal(expected, chosen.sort()[0])
        return gap


@torch.no_grad()
def run(model, recorder, tokens):
    recorder.clear()
    return model(torch.tensor([tokens]), use_cache=False).logits[0].clone()


def golden_case(model, recorder, prompt):
    """Whole prompt, then greedy tokens, each from a forward pass over everything before it."""
    logits = run(model, recorder, prompt)
    hidden, router, gap = torch.stack(recorder.hidden), torch.stack(recorder.router), min(recorder.gaps)
    tokens, steps, logit_gap = list(prompt), [], torch.inf
    for _ in range(GREEDY_TOKENS):
        last = run(model, recorder, tokens)[-1]
        gap = min([gap, *recorder.gaps])
        best = last.topk(2)[0]
        logit_gap = min(logit_gap, (best[0] - best[1]).item())
        steps.append(last)
        tokens.append(last.argmax().item())
    values = {"logits": logits, "hidden": hidden, "router_logits": router, "greedy_logits": torch.stack(steps)}
    return tokens[len(prompt):], values, gap, logit_gap


def write_golden(spec, folder):
    config_class, model_class = CLASSES[spec["family"]]
    transformers.logging.set_verbosity_error()
    config = config_class.from_dict(json.loads((folder / "config.json").read_text()) | {"model_type": spec["family"]})
    model, report = model_class.from_pretrained(
        folder, config=config, dtype=torch.float32, attn_implementation="eager", experts_implementation="eager",
        output_loading_info=True,
    )
    model.eval()
    extras = {name for name, _, _ in extra_tensors(spec)}
    missing = {name for name in report["missing_keys"] if not name.endswith("e_score_correction_bias")}
    assert not missing and set(report["unexpected_keys"]) <= extras, report
    for buffer in (b for n, b in model.named_buffers() if n.endswith("e_score_correction_bias")):
        assert (buffer.abs().max() > 0) == (spec["bias"] is not None)
    recorder = Recorder(model)
    cases, golden = [], {}
    for length in PROMPT_LENGTHS:
        for attempt in range(200):
            random = seeded(spec["name"], "prompt", length, attempt)
            prompt = random.integers(0, spec["shape"]["vocab_size"], length).tolist()
            greedy, values, router_gap, logit_gap = golden_case(model, recorder, prompt)
            if router_gap > LEAST_ROUTER_GAP and logit_gap > LEAST_LOGIT_GAP:
                break
        else:
            raise SystemExit(f"{spec['name']}: no prompt of {length} tokens is free of near-ties")
        name = f"prompt-{length}"
        cases.append({
            "name": name, "prompt": prompt, "greedy": greedy, "router_gap": round(router_gap, 9),
            "logit_gap": round(logit_gap, 9),
        })
        golden |= {f"{name}.{key}": value.contiguous() for key, value in values.items()}
    check_cached(model, cases)
    safetensors.torch.save_file(golden, folder / "golden.safetensors", metadata={"format": "pt"})
    largest = max(golden[f"{case['name']}.logits"].abs().max().item() for case in cases)
    write_json(folder / "cases.json", {
        "sparse_layers": [index for index, kind in enumerate(spec["layers"]) if kind == "sparse"],
        "largest_logit": round(largest, 4), "batch": [case["name"] for case in cases], "cases": cases,
    })
    return report_line(spec, golden, cases, largest)


def check_cached(model, cases):
    """The reference's own compressed cache gives the same tokens."""
    for case in cases:
        prompt = torch.tensor([case["prompt"]])
        ids = model.generate(
            prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=GREEDY_TOKENS, do_sample=False, eos_token_id=None,
            pad_token_id=0, min_new_tokens=GREEDY_TOKENS,
        )
        got = ids[0, len(case["prompt"]):].tolist()
        assert got == case["greedy"], (case["name"], got, case["greedy"])


def report_line(spec, golden, cases, largest):
    used = set()
    for case in cases:
        used |= set(golden[f"{case['name']}.router_logits"].argmax(-1).flatten().tolist())
    distinct = len({token for case in cases for token in case["greedy"]})
    return (f"{spec['name']:26} |logit| {largest:6.2f}  best experts {len(used):2}  greedy tokens {distinct:3}  "
            f"router gap {min(c['router_gap'] for c in cases):.1e}  logit gap {min(c['logit_gap'] for c in cases):.1e}")


# MARK: Main


def generate(spec):
    folder = HERE / spec["name"]
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    write_weights(spec, folder)
    write_json(folder / "config.json", configuration(spec))
    if spec["generation_config"] is not None:
        write_json(folder / "generation_config.json", spec["generation_config"])
    return write_golden(spec, folder)


def write_manifest():
    files = {
        str(path.relative_to(HERE)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(HERE.glob("*/*"))
        if path.suffix in (".json", ".safetensors")
    }
    versions = {"transformers": transformers.__version__, "torch": torch.__version__, "numpy": np.__version__}
    write_json(HERE / "manifest.json", {"seed": SEED, "versions": versions, "sha256": files})


def main():
    torch.set_num_threads(1)
    for spec in VARIANTS:
        if len(sys.argv) < 2 or spec["name"] in sys.argv[1:]:
            print(generate(spec), flush=True)
    write_manifest()
    print(f"{sum(path.stat().st_size for path in HERE.glob('*/*')) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
