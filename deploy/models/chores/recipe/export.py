"""Writes a run's model as an ordinary Hugging Face directory in bf16.

    python export.py --run RUN --out ..

The tensors have the names and the layout of A.X K1's release: fused experts, no correction bias, the norm
behind the experts at the layer.
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file

from settings import GENERATION, MODEL
from text import SPECIALS, TEMPLATE

VERSION = "5.23.0"


def main():
    """Reads the checkpoint and writes the directory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    a = parser.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    state = torch.load(a.run / "checkpoint.pt")["model"]
    tensors = {name.replace("mlp.post_mlp_layernorm", "post_mlp_layernorm"): tensor.to(torch.bfloat16).contiguous() for name, tensor in state.items()}
    save_file(tensors, a.out / "model.safetensors", metadata={"format": "pt"})
    (a.out / "model.safetensors").chmod(0o644)
    shutil.copy(a.run / "tokenizer.json", a.out / "tokenizer.json")
    (a.out / "chat_template.jinja").write_text(TEMPLATE)
    write_json(a.out / "config.json", {**MODEL, "transformers_version": VERSION})
    write_json(a.out / "generation_config.json", {**GENERATION, "transformers_version": VERSION})
    write_json(a.out / "tokenizer_config.json", {
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": SPECIALS[1], "eos_token": SPECIALS[3], "pad_token": SPECIALS[0],
        "clean_up_tokenization_spaces": False, "model_max_length": MODEL["max_position_embeddings"],
    })
    size = (a.out / "model.safetensors").stat().st_size
    print(f"{a.out}: {sum(t.numel() for t in tensors.values()):,} parameters, {size:,} bytes")


def write_json(path, content):
    """Writes readable JSON."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n")


if __name__ == "__main__":
    main()
