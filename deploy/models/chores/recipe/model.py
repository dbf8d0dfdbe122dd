"""The training forward of AXK1ForCausalLM: transformers' parameter names, several times its speed.

Right-padded rows need no attention mask, because attention is causal. Logits are only computed where a
token is to be learnt. Under autocast the matrix products are in bf16, and norms, router and residual
stream in f32. The experts run as matrix products over tokens sorted by expert, with a backward
pass of their own. `test_model.py` holds it against transformers.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn


# Matrix products have few different heights, because oneDNN compiles a kernel for each one that it meets.
STRIDE = 32


def padded(count):
    """The next multiple of the stride."""
    return -(-count // STRIDE) * STRIDE


def expert_slices(indices, count):
    """Which token stands at each place of the sorted rows, the place of each choice, and each expert's slice.

    Every expert's slice is filled up to a multiple of the stride with rows of the first token; what they
    give is not read, and their gradient is zero.
    """
    flat = indices.reshape(-1)
    sizes = torch.bincount(flat, minlength=count)
    wide = (sizes + STRIDE - 1) // STRIDE * STRIDE
    order = torch.argsort(flat, stable=True)
    firsts, starts = sizes.cumsum(0) - sizes, wide.cumsum(0) - wide
    places = torch.arange(len(flat)) + (starts - firsts)[flat[order]]
    bounds = [0] + wide.cumsum(0).tolist()
    tokens = torch.zeros(bounds[-1], dtype=torch.long)
    tokens[places] = order // indices.shape[1]
    inverse = torch.empty_like(order)
    inverse[order] = places
    return tokens, inverse, [(e, a, b) for e, (a, b) in enumerate(zip(bounds, bounds[1:])) if a < b]


class SortedExperts(torch.autograd.Function):
    """The routed experts' sum: every expert works on one contiguous slice of the sorted tokens."""

    @staticmethod
    def forward(ctx, x, weights, gate_up, down, indices, dtype):
        x, gate_up, down = x.to(dtype), gate_up.to(dtype), down.to(dtype)
        count, width = gate_up.shape[0], gate_up.shape[1] // 2
        tokens, inverse, slices = expert_slices(indices, count)
        rows = x[tokens]
        hidden, out = rows.new_empty(len(rows), 2 * width), torch.empty_like(rows)
        for e, a, b in slices:
            torch.mm(rows[a:b], gate_up[e].t(), out=hidden[a:b])
        gate, up = hidden.chunk(2, dim=-1)
        activated = F.silu(gate).mul_(up)
        for e, a, b in slices:
            torch.mm(activated[a:b], down[e].t(), out=out[a:b])
        ctx.save_for_backward(rows, weights, gate_up, down, hidden, activated, out, inverse)
        ctx.slices = slices
        return (out[inverse].view(*indices.shape, -1) * weights.unsqueeze(-1)).sum(1)

    @staticmethod
    def backward(ctx, grad):
        rows, weights, gate_up, down, hidden, activated, out, inverse = ctx.saved_tensors
        weight_grad = (out[inverse].view(*weights.shape, -1) * grad.unsqueeze(1)).sum(-1)
        spread = torch.zeros_like(out)
        spread[inverse] = (weights.unsqueeze(-1) * grad.unsqueeze(1)).flatten(0, 1).to(rows.dtype)
        gate_up_grad, down_grad = torch.zeros_like(gate_up), torch.zeros_like(down)
        inner, row_grad = torch.empty_like(activated), torch.empty_like(rows)
        for e, a, b in ctx.slices:
            torch.mm(spread[a:b], down[e], out=inner[a:b])
            torch.mm(spread[a:b].t(), activated[a:b], out=down_grad[e])
        gate, up = hidden.chunk(2, dim=-1)
        sigmoid = torch.sigmoid(gate)
        hidden_grad = torch.empty_like(hidden)
        gate_grad, up_grad = hidden_grad.chunk(2, dim=-1)
        torch.mul(inner, gate * sigmoid, out=up_grad)
        torch.mul(inner.mul_(up), sigmoid * (1 + gate * (1 - sigmoid)), out=gate_grad)
        for e, a, b in ctx.slices:
            torch.mm(hidden_grad[a:b], gate_up[e], out=row_grad[a:b])
            torch.mm(hidden_grad[a:b].t(), rows[a:b], out=gate_up_grad[e])
        x_grad = row_grad[inverse].view(*weights.shape, -1).sum(1)
        return x_grad.float(), weight_grad, gate_up_grad.float(), down_grad.float(), None, None


class Norm(nn.Module):
    """RMSNorm."""

    def __init__(self, size, scale=1.0):
        super().__init__()
        self.weight = nn.Parameter(torch.full((size,), scale))

    def forward(self, x):
        return F.rms_norm(x.float(), self.weight.shape, self.weight, 1e-6)


def linear(inputs, outputs, scale=1.0):
    """A linear layer without bias whose outputs begin with a spread of `scale`."""
    layer = nn.Linear(inputs, outputs, bias=False)
    nn.init.normal_(layer.weight, std=scale * inputs**-0.5)
    return layer


class GatedMLP(nn.Module):
    """SwiGLU."""

    def __init__(self, size, width):
        super().__init__()
        self.gate_proj, self.up_proj = linear(size, width), linear(size, width)
        self.down_proj = linear(width, size, 0.5)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Router(nn.Module):
    """Sigmoid scores, the best groups, the best experts in them, and how evenly they are used."""

    def __init__(self, c):
        super().__init__()
        self.c = c
        self.weight = nn.Parameter(torch.randn(c["n_routed_experts"], c["hidden_size"]) * c["hidden_size"] ** -0.5)

    def forward(self, x):
        c = self.c
        with torch.autocast("cpu", enabled=False):
            scores = F.linear(x, self.weight).sigmoid()
        with torch.no_grad():
            grouped = scores.view(-1, c["n_group"], c["n_routed_experts"] // c["n_group"])
            best = grouped.topk(2, dim=-1)[0].sum(-1).topk(c["topk_group"], dim=-1)[1]
            kept = torch.zeros_like(grouped[..., 0], dtype=torch.bool).scatter_(1, best, True)
            indices = grouped.masked_fill(~kept.unsqueeze(-1), -math.inf).flatten(1).topk(c["num_experts_per_tok"], dim=-1)[1]
        weights = scores.gather(1, indices)
        weights = weights / (weights.sum(-1, keepdim=True) + 1e-20) * c["routed_scaling_factor"]
        load = torch.bincount(indices.reshape(-1), minlength=c["n_routed_experts"]).float() / indices.numel()
        share = (scores / scores.sum(-1, keepdim=True)).mean(0)
        return indices, weights, load, c["n_routed_experts"] * (load * share).sum()


class Experts(nn.Module):
    """The routed experts' matrices."""

    def __init__(self, c):
        super().__init__()
        experts, size, width = c["n_routed_experts"], c["hidden_size"], c["moe_intermediate_size"]
        self.gate_up_proj = nn.Parameter(torch.randn(experts, 2 * width, size) * size**-0.5)
        self.down_proj = nn.Parameter(torch.randn(experts, size, width) * width**-0.5)


class MixtureOfExperts(nn.Module):
    """Routed and shared experts, with A.X K1's norm behind them."""

    def __init__(self, c):
        super().__init__()
        self.gate, self.experts = Router(c), Experts(c)
        self.shared_experts = GatedMLP(c["hidden_size"], c["moe_intermediate_size"] * c["n_shared_experts"])
        self.post_mlp_layernorm = Norm(c["hidden_size"], 0.4)
        self.load, self.imbalance = None, None

    def forward(self, x):
        flat = x.view(-1, x.shape[-1])
        indices, weights, self.load, self.imbalance = self.gate(flat)
        dtype = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else flat.dtype
        routed = SortedExperts.apply(flat, weights, self.experts.gate_up_proj, self.experts.down_proj, indices, dtype)
        return self.post_mlp_layernorm(routed.view_as(x) + self.shared_experts(x))


class Attention(nn.Module):
    """Multi-head latent attention in its expanded form."""

    def __init__(self, c):
        super().__init__()
        size, self.heads = c["hidden_size"], c["num_attention_heads"]
        self.nope, self.rope, self.value, self.latent = c["qk_nope_head_dim"], c["qk_rope_head_dim"], c["v_head_dim"], c["kv_lora_rank"]
        self.q_a_proj, self.q_a_layernorm = linear(size, c["q_lora_rank"]), Norm(c["q_lora_rank"])
        self.q_b_proj = linear(c["q_lora_rank"], self.heads * (self.nope + self.rope))
        self.kv_a_proj_with_mqa, self.kv_a_layernorm = linear(size, self.latent + self.rope), Norm(self.latent)
        self.kv_b_proj = linear(self.latent, self.heads * (self.nope + self.value))
        self.o_proj = linear(self.heads * self.value, size, 0.5)

    def forward(self, x, cos, sin):
        batch, length, _ = x.shape
        q = self.q_b_proj(self.q_a_layernorm(self.q_a_proj(x))).view(batch, length, self.heads, -1)
        q_nope, q_rope = q.split([self.nope, self.rope], dim=-1)
        latent, k_rope = self.kv_a_proj_with_mqa(x).split([self.latent, self.rope], dim=-1)
        kv = self.kv_b_proj(self.kv_a_layernorm(latent)).view(batch, length, self.heads, -1)
        k_nope, v = kv.split([self.nope, self.value], dim=-1)
        q_rope, k_rope = rotate(q_rope, cos, sin), rotate(k_rope.unsqueeze(2), cos, sin)
        q = torch.cat([q_nope, q_rope], dim=-1).transpose(1, 2)
        k = torch.cat([k_nope, k_rope.expand(-1, -1, self.heads, -1)], dim=-1).transpose(1, 2)
        scores = (q * (self.nope + self.rope) ** -0.5) @ k.transpose(-2, -1)
        later = torch.ones(length, length, dtype=torch.bool).triu(1)
        out = scores.masked_fill(later, -math.inf).softmax(-1) @ v.transpose(1, 2)
        return self.o_proj(out.transpose(1, 2).reshape(batch, length, -1))


def rotate(x, cos, sin):
    """RoPE on neighbouring pairs; all firsts come before all seconds, in queries and keys alike."""
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)


def yarn(c):
    """The frequencies of YaRN and the factor on cosine and sine."""
    p, size = c["rope_parameters"], c["qk_rope_head_dim"]
    base, factor, original = p["rope_theta"], p["factor"], p["original_max_position_embeddings"]

    def turns_at(count):
        return size * math.log(original / (count * 2 * math.pi)) / (2 * math.log(base))

    low, high = max(math.floor(turns_at(p["beta_fast"])), 0), min(math.ceil(turns_at(p["beta_slow"])), size - 1)
    ramp = ((torch.arange(size // 2).float() - low) / max(high - low, 0.001)).clamp(0, 1)
    frequencies = base ** (-torch.arange(0, size, 2).float() / size)
    return frequencies * (1 - ramp) + frequencies / factor * ramp, 0.1 * math.log(factor) + 1


class Layer(nn.Module):
    """One decoder layer, dense or sparse."""

    def __init__(self, c, kind):
        super().__init__()
        self.self_attn = Attention(c)
        self.mlp = MixtureOfExperts(c) if kind == "sparse" else GatedMLP(c["hidden_size"], c["intermediate_size"])
        self.input_layernorm, self.post_attention_layernorm = Norm(c["hidden_size"]), Norm(c["hidden_size"])

    def forward(self, x, cos, sin):
        x = x + self.self_attn(self.input_layernorm(x), cos, sin)
        return x + self.mlp(self.post_attention_layernorm(x))


class Body(nn.Module):
    """Embedding, layers and the last norm."""

    def __init__(self, c):
        super().__init__()
        self.embed_tokens = nn.Embedding(c["vocab_size"], c["hidden_size"])
        nn.init.normal_(self.embed_tokens.weight, std=0.5)
        self.layers = nn.ModuleList(Layer(c, kind) for kind in c["mlp_layer_types"])
        self.norm = Norm(c["hidden_size"])


class ChoresModel(nn.Module):
    """The whole model."""

    def __init__(self, c):
        super().__init__()
        self.model = Body(c)
        self.lm_head = nn.Linear(c["hidden_size"], c["vocab_size"], bias=False)
        nn.init.normal_(self.lm_head.weight, std=0.02)
        frequencies, scale = yarn(c)
        angles = torch.arange(c["max_position_embeddings"]).float()[:, None] * frequencies
        self.cos, self.sin = (angles.cos() * scale)[:, None], (angles.sin() * scale)[:, None]

    def forward(self, ids, wanted=None):
        """The logits of all places, or of those alone that a mask wants."""
        x = self.model.embed_tokens(ids)
        cos, sin = self.cos[: ids.shape[1]], self.sin[: ids.shape[1]]
        for layer in self.model.layers:
            x = layer(x, cos, sin)
        if wanted is None:
            return self.lm_head(self.model.norm(x))
        x = x[wanted]
        filled = F.pad(x, (0, 0, 0, padded(len(x)) - len(x)))
        return self.lm_head(self.model.norm(filled))[: len(x)]

    def sparse_layers(self):
        """The mixtures of experts, first to last."""
        return [layer.mlp for layer in self.model.layers if isinstance(layer.mlp, MixtureOfExperts)]
