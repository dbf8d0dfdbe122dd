"""The model variants of this fixture set: one entry per folder, each a point in the space that a checkpoint may occupy.

`shape` holds the numbers of transformers' configuration class; everything else says how the same model is spelt on disk.
"""

BASE = dict(
    vocab_size=192,
    hidden_size=64,
    intermediate_size=96,
    moe_intermediate_size=16,
    num_hidden_layers=3,
    num_attention_heads=4,
    num_key_value_heads=4,
    n_shared_experts=1,
    n_routed_experts=12,
    num_experts_per_tok=4,
    n_group=4,
    topk_group=2,
    routed_scaling_factor=2.5,
    norm_topk_prob=True,
    q_lora_rank=24,
    kv_lora_rank=16,
    qk_nope_head_dim=8,
    qk_rope_head_dim=8,
    v_head_dim=12,
    hidden_act="silu",
    max_position_embeddings=256,
    rms_norm_eps=1e-6,
    tie_word_embeddings=False,
    attention_bias=False,
    rope_interleave=True,
    bos_token_id=1,
    eos_token_id=2,
)

DEFAULT_ROPE = dict(rope_type="default", rope_theta=10000.0)


def yarn(**overrides):
    return dict(
        rope_type="yarn", rope_theta=10000.0, factor=4.0, original_max_position_embeddings=16, beta_fast=32.0,
        beta_slow=1.0,
    ) | overrides


def variant(name, *, family="axk1", shape=None, layers=None, rope=None, spelling="new", dtype="bf16", experts="fused",
            bias=None, bias_dtype=None, norm_dtype=None, shards=1, extras=(), post_norm_alias=False, model_type=None,
            generation_config=None, first_dense=1, layer_frequency=1, config=None):
    shape = BASE | (shape or {})
    count = shape["num_hidden_layers"]
    layers = layers or [
        "sparse" if index >= first_dense and index % layer_frequency == 0 else "dense" for index in range(count)
    ]
    return dict(
        name=name, family=family, shape=shape, layers=layers, rope=rope or DEFAULT_ROPE, spelling=spelling,
        dtype=dtype, experts=experts, bias=bias, bias_dtype=bias_dtype or dtype, norm_dtype=norm_dtype or dtype,
        shards=shards, extras=tuple(extras), post_norm_alias=post_norm_alias, model_type=model_type or family,
        generation_config=generation_config, first_dense=first_dense, layer_frequency=layer_frequency,
        config=config or {},
    )


VARIANTS = [
    # The plainest: transformers 5's spelling, default RoPE, fused experts, no bias.
    variant("axk1-default", generation_config={"eos_token_id": [2, 3]}),
    # The released A.X K1 as far as it is known: the old spelling, static YaRN, fused experts, no bias, an unused post
    # norm on the dense layer, shards with an index, and the tensors that loaders skip.
    variant(
        "axk1-release", spelling="legacy", model_type="AXK1",
        rope=yarn(mscale=1.0, mscale_all_dim=0.0), shards=3,
        extras=("dense-post-norm", "inv-freq", "next-token-layer"),
        config=dict(topk_method="group_limited_greedy", scoring_func="sigmoid", num_nextn_predict_layers=1, ep_size=1,
                    aux_loss_alpha=0.0001, seq_aux=True, pretraining_tp=1),
        generation_config={"do_sample": True, "eos_token_id": 7, "temperature": 0.6, "top_p": 0.95},
    ),
    # YaRN scaling the whole score; weights per expert in f32; one expert group; a bias.
    variant(
        "axk1-yarn-all-dim", rope=yarn(mscale=1.0, mscale_all_dim=1.0, factor=8), dtype="f32", experts="each",
        bias=0.1, shape=dict(n_group=1, topk_group=1, hidden_size=48, n_routed_experts=8, num_experts_per_tok=3),
    ),
    # YaRN with two different mscales and an untruncated ramp, f16, in-memory name of the post norm.
    variant(
        "axk1-yarn-mscale", dtype="f16", experts="each", bias=0.1, post_norm_alias=True,
        rope=yarn(mscale=0.707, mscale_all_dim=1.2, beta_fast=24.0, beta_slow=2.0, truncate=False, rope_theta=50000.0),
    ),
    # YaRN with a stated attention factor, and a factor that follows from the two context lengths; tied embeddings.
    variant(
        "axk1-tied", spelling="legacy", model_type="axk1",
        rope=yarn(factor=None, attention_factor=0.9), config=dict(tie_word_embeddings=True),
        shape=dict(tie_word_embeddings=True, norm_topk_prob=False, routed_scaling_factor=1.0, rope_interleave=False),
    ),
    # No size is a multiple of a vector width.
    variant(
        "axk1-odd-sizes", bias=0.1, bias_dtype="f32",
        shape=dict(hidden_size=60, vocab_size=259, num_attention_heads=3, num_key_value_heads=3, intermediate_size=91,
                   moe_intermediate_size=15, n_routed_experts=10, num_experts_per_tok=3, n_group=2, topk_group=1,
                   q_lora_rank=25, kv_lora_rank=19, qk_nope_head_dim=11, qk_rope_head_dim=8, v_head_dim=13),
    ),
    # Two dense layers, two shared experts, another epsilon and base.
    variant(
        "axk1-two-dense", layers=["dense", "dense", "sparse", "sparse"], experts="each",
        rope=dict(rope_type="default", rope_theta=1000000),
        shape=dict(num_hidden_layers=4, n_shared_experts=2, rms_norm_eps=1e-5, n_routed_experts=8, n_group=2,
                   topk_group=1, num_experts_per_tok=3),
    ),
    # Dense and sparse layers alternate, as the old spelling's frequency has it.
    variant(
        "axk1-layer-frequency", spelling="legacy", first_dense=1, layer_frequency=2,
        shape=dict(num_hidden_layers=4, n_routed_experts=8, n_group=2, topk_group=1, num_experts_per_tok=2),
        config=dict(rope_scaling=None),
    ),
    # DeepSeek-V3 as published: the old spelling, a large f32 bias, per expert, shards, YaRN 40, a next-token layer.
    variant(
        "deepseek-v3", family="deepseek_v3", spelling="legacy", experts="each", bias=0.5, bias_dtype="f32", shards=2,
        rope=yarn(factor=40, mscale=1.0, mscale_all_dim=1.0), first_dense=2, extras=("next-token-layer",),
        shape=dict(num_hidden_layers=4),
        config=dict(topk_method="noaux_tc", scoring_func="sigmoid", num_nextn_predict_layers=1),
    ),
    # Moonlight's shape: plain queries, one group, two shared experts.
    variant(
        "deepseek-v3-plain-query", family="deepseek_v3", spelling="legacy", experts="each", bias=0.1, dtype="f16",
        rope=dict(rope_type="default", rope_theta=50000.0), first_dense=1,
        shape=dict(q_lora_rank=None, n_group=1, topk_group=1, n_shared_experts=2, routed_scaling_factor=2.446),
        config=dict(topk_method="noaux_tc", scoring_func="sigmoid", num_nextn_predict_layers=0),
    ),
    # transformers 5's spelling of DeepSeek-V3, experts fused, norms in f32 beside bf16 weights.
    variant(
        "deepseek-v3-fused", family="deepseek_v3", experts="fused", bias=0.1, norm_dtype="f32", bias_dtype="f32",
        first_dense=1,
    ),
]
