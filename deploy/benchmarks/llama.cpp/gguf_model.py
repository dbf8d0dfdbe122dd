#!/usr/bin/env python3
"""Writes a model directory of Dure's as GGUF, so that llama.cpp computes the same shape with the same weights.

    gguf_model.py MODEL OUT.gguf --type Q8_0

MODEL is what `dure model synthesize --preset k1-mini` writes. llama.cpp has no A.X K1: the file says `deepseek2`, which is
the same but for the norm after the experts, and that is left out (eight vectors of 2,048 numbers). Matrices get the type,
norms and the router stay f32, as llama.cpp's own converter has it.
"""

import argparse
import json
import struct
from pathlib import Path

import gguf
import numpy as np

ATTENTION = {
    "q_a_proj": "attn_q_a",
    "q_b_proj": "attn_q_b",
    "kv_a_proj_with_mqa": "attn_kv_a_mqa",
    "o_proj": "attn_output",
}
NORMS = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_a_layernorm": "attn_q_a_norm",
    "self_attn.kv_a_layernorm": "attn_kv_a_norm",
}
FEED_FORWARD = {"gate_proj": "gate", "up_proj": "up", "down_proj": "down"}


class Checkpoint:
    """The bf16 tensors of a directory, read when they are asked for."""

    def __init__(self, directory: Path):
        self.places = {}
        for path in sorted(directory.glob("*.safetensors")):
            with path.open("rb") as file:
                (size,) = struct.unpack("<Q", file.read(8))
                header = json.loads(file.read(size))
            header.pop("__metadata__", None)
            for name, entry in header.items():
                if entry["dtype"] != "BF16":
                    raise SystemExit(f"{path}: expected BF16, got {entry['dtype']} in {name}")
                self.places[name] = (path, 8 + size + entry["data_offsets"][0], entry["shape"])

    def names(self):
        return self.places.keys()

    def __getitem__(self, name: str) -> np.ndarray:
        """The tensor in f32."""
        path, offset, shape = self.places[name]
        bits = np.memmap(path, np.uint16, "r", offset, (int(np.prod(shape)),))
        return (bits.astype(np.uint32) << 16).view(np.float32).reshape(shape)


def write(directory: Path, out: Path, kind: gguf.GGMLQuantizationType) -> None:
    config = json.loads((directory / "config.json").read_text())
    checkpoint = Checkpoint(directory)
    writer = gguf.GGUFWriter(out, "deepseek2")
    write_configuration(writer, config)

    def plain(name: str, tensor: np.ndarray) -> None:
        writer.add_tensor(name, tensor)

    def matrix(name: str, tensor: np.ndarray) -> None:
        quantized = gguf.quants.quantize(np.ascontiguousarray(tensor), kind)
        writer.add_tensor(name, quantized, raw_dtype=kind)

    matrix("token_embd.weight", checkpoint["model.embed_tokens.weight"])
    matrix("output.weight", checkpoint["lm_head.weight"])
    plain("output_norm.weight", checkpoint["model.norm.weight"])
    for layer in range(config["num_hidden_layers"]):
        write_layer(checkpoint, config, layer, plain, matrix)
        print(f"layer {layer + 1} of {config['num_hidden_layers']}", flush=True)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_layer(checkpoint, config, layer, plain, matrix) -> None:
    source, target = f"model.layers.{layer}.", f"blk.{layer}."
    for name, to in NORMS.items():
        plain(f"{target}{to}.weight", checkpoint[f"{source}{name}.weight"])
    for name, to in ATTENTION.items():
        matrix(f"{target}{to}.weight", checkpoint[f"{source}self_attn.{name}.weight"])
    heads, nope = config["num_attention_heads"], config["qk_nope_head_dim"]
    up = checkpoint[f"{source}self_attn.kv_b_proj.weight"].reshape(heads, -1, config["kv_lora_rank"])
    matrix(f"{target}attn_k_b.weight", up[:, :nope].transpose(0, 2, 1))
    matrix(f"{target}attn_v_b.weight", up[:, nope:])
    if config["mlp_layer_types"][layer] == "dense":
        for name, to in FEED_FORWARD.items():
            matrix(f"{target}ffn_{to}.weight", checkpoint[f"{source}mlp.{name}.weight"])
        return
    plain(f"{target}ffn_gate_inp.weight", checkpoint[f"{source}mlp.gate.weight"])
    bias = f"{source}mlp.gate.e_score_correction_bias"
    if bias in checkpoint.names():
        plain(f"{target}exp_probs_b.bias", checkpoint[bias])
    for name, to in FEED_FORWARD.items():
        matrix(f"{target}ffn_{to}_shexp.weight", checkpoint[f"{source}mlp.shared_experts.{name}.weight"])
    gate, up = np.split(checkpoint[f"{source}mlp.experts.gate_up_proj"], 2, axis=1)
    matrix(f"{target}ffn_gate_exps.weight", gate)
    matrix(f"{target}ffn_up_exps.weight", up)
    matrix(f"{target}ffn_down_exps.weight", checkpoint[f"{source}mlp.experts.down_proj"])


def write_configuration(writer: gguf.GGUFWriter, config: dict) -> None:
    rank, rope = config["kv_lora_rank"], config["qk_rope_head_dim"]
    writer.add_name("same shape and weights")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    # In its absorbed form attention has one key and value head, of a latent and a rotated part.
    writer.add_head_count_kv(1)
    writer.add_key_length(rank + rope)
    writer.add_value_length(rank)
    writer.add_key_length_mla(config["qk_nope_head_dim"] + rope)
    writer.add_value_length_mla(config["v_head_dim"])
    writer.add_q_lora_rank(config["q_lora_rank"])
    writer.add_kv_lora_rank(rank)
    writer.add_rope_dimension_count(rope)
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_leading_dense_block_count(config["mlp_layer_types"].count("dense"))
    writer.add_expert_count(config["n_routed_experts"])
    writer.add_expert_used_count(config["num_experts_per_tok"])
    writer.add_expert_shared_count(config["n_shared_experts"])
    writer.add_expert_feed_forward_length(config["moe_intermediate_size"])
    writer.add_expert_weights_scale(config["routed_scaling_factor"])
    writer.add_expert_weights_norm(config["norm_topk_prob"])
    writer.add_expert_gating_func(gguf.ExpertGatingFuncType.SIGMOID)
    writer.add_expert_group_count(config["n_group"])
    writer.add_expert_group_used_count(config["topk_group"])
    # Only numbers of tokens are timed: any vocabulary of the right size serves.
    writer.add_vocab_size(config["vocab_size"])
    writer.add_tokenizer_model("none")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--type", choices=["Q8_0", "Q4_0"], default="Q8_0")
    arguments = parser.parse_args()
    write(arguments.model, arguments.out, gguf.GGMLQuantizationType[arguments.type])


if __name__ == "__main__":
    main()
