extension BodyDecoder {
    /// Fields that OpenAI or vLLM define and Dure does not serve, each with what to do instead.
    ///
    /// They are refused even where unknown fields are ignored: a job must not lose half of its meaning in silence.
    static let unsupportedFields: [String: String] = [
        // OpenAI's, for chat.
        "audio": "this model writes text",
        "function_call": "it is the old form of `tool_choice`",
        "functions": "it is the old form of `tools`",
        "moderation": "there is no moderation here",
        "prediction": "predicted outputs are not implemented",
        "reasoning_effort": "use `chat_template_kwargs`, such as {\"enable_thinking\": true}",
        "verbosity": "say it in the prompt",
        "web_search_options": "a worker has no way to the web",
        // OpenAI's, for completions.
        "suffix": "this model does not fill in the middle",
        // vLLM's.
        "allowed_token_ids": "not implemented; `logit_bias` can do much of it",
        "bad_words": "not implemented; `logit_bias` can do much of it",
        "beam_width": "beam search is not implemented",
        "chat_template": "a job uses the model's own template",
        "detokenize": "an answer is always text",
        "documents": "put them into the messages",
        "guided_choice": "structured outputs are not supported yet",
        "guided_grammar": "structured outputs are not supported yet",
        "guided_json": "structured outputs are not supported yet",
        "guided_regex": "structured outputs are not supported yet",
        "kv_transfer_params": "a worker does not split prefill from decode",
        "length_penalty": "beam search is not implemented",
        "logits_processors": "a job cannot bring code",
        "mm_processor_kwargs": "this model reads text",
        "prompt_embeds": "a prompt is text or token ids",
        "prompt_logprobs": "only generated tokens have log probabilities",
        "return_token_ids": "an answer is text",
        "return_tokens_as_token_ids": "an answer shows tokens as text",
        "spaces_between_special_tokens": "special tokens are written as they are",
        "structured_outputs": "structured outputs are not supported yet",
        "thinking_token_budget": "not implemented; `max_completion_tokens` bounds thinking and answer together",
        "truncate_prompt_tokens": "a prompt is never cut in silence; shorten it before",
        "use_beam_search": "beam search is not implemented",
        "vllm_xargs": "there are no plug-ins",
    ]
}
