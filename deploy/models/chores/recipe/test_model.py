"""Holds the training forward against transformers: logits and gradients."""

import torch
from transformers import AXK1Config, AXK1ForCausalLM

from model import ChoresModel
from settings import MODEL


def main():
    """Fails unless both models agree on random tokens."""
    torch.manual_seed(1)
    ours = ChoresModel(MODEL)
    config = AXK1Config(**{key: value for key, value in MODEL.items() if key not in ("architectures", "model_type", "dtype")})
    theirs = AXK1ForCausalLM._from_config(config, attn_implementation="eager", experts_implementation="eager", dtype=torch.float32)
    missing = theirs.load_state_dict(ours.state_dict(), strict=False)
    assert not missing.unexpected_keys and all("bias" in key for key in missing.missing_keys), missing
    with torch.no_grad():
        ours.lm_head.weight.mul_(30)
        theirs.lm_head.weight.copy_(ours.lm_head.weight)
    ids = torch.randint(6, MODEL["vocab_size"], (3, 60))
    mine, reference = ours(ids), theirs(ids).logits
    print(f"parameters {sum(p.numel() for p in ours.parameters()):,}")
    print(f"logits: largest {reference.abs().max():.2f}, largest difference {(mine - reference).abs().max():.2e}")
    assert torch.allclose(mine, reference, atol=1e-4)
    ours.zero_grad(), theirs.zero_grad()
    mine.logsumexp(-1).sum().backward()
    reference.logsumexp(-1).sum().backward()
    names = dict(theirs.named_parameters())
    for name, parameter in ours.named_parameters():
        other = names[name].grad if names[name].grad is not None else torch.zeros_like(parameter)
        worst = (parameter.grad - other).abs().max() / (other.abs().max() + 1e-6)
        assert worst < 1e-3, f"{name}: gradients differ by {worst:.1e}"
    print("gradients agree")


if __name__ == "__main__":
    main()
