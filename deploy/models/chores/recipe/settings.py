"""The sizes of the model and the numbers of the recipe, in one place."""

SEED = 31
VOCABULARY = 2048
TOKENIZER_RECORDS = 40_000

# A.X K1's parts in small: MLA with YaRN, one dense layer, sigmoid router with groups, a shared expert.
MODEL = {
    "architectures": ["AXK1ForCausalLM"],
    "model_type": "axk1",
    "vocab_size": VOCABULARY,
    "hidden_size": 192,
    "intermediate_size": 512,
    "moe_intermediate_size": 160,
    "num_hidden_layers": 5,
    "num_attention_heads": 6,
    "num_key_value_heads": 6,
    "n_routed_experts": 16,
    "n_shared_experts": 1,
    "num_experts_per_tok": 2,
    "n_group": 4,
    "topk_group": 2,
    "norm_topk_prob": True,
    "routed_scaling_factor": 2.5,
    "q_lora_rank": 96,
    "kv_lora_rank": 64,
    "qk_nope_head_dim": 24,
    "qk_rope_head_dim": 16,
    "v_head_dim": 32,
    "hidden_act": "silu",
    "rms_norm_eps": 1e-6,
    "rope_interleave": True,
    "rope_parameters": {
        "rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 512,
        "beta_fast": 32.0, "beta_slow": 1.0, "mscale": 1.0, "mscale_all_dim": 0.0,
    },
    "max_position_embeddings": 2048,
    "attention_bias": False,
    "tie_word_embeddings": False,
    "mlp_layer_types": ["dense", "sparse", "sparse", "sparse", "sparse"],
    "bos_token_id": 1,
    "eos_token_id": 3,
    "pad_token_id": 0,
    "dtype": "bfloat16",
}
GENERATION = {"bos_token_id": 1, "eos_token_id": 3, "pad_token_id": 0, "do_sample": False, "max_new_tokens": 320}
