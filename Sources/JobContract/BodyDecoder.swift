import OrderedJSON
import ServingCore

/// Reads a job's `body`: what both kinds of request share.
///
/// The rest of each stands beside it.
struct BodyDecoder {
    let body: FieldReader
    let policy: JobPolicy
    let limits: JobLimits

    func options() throws(RequestError) -> GenerationOptions {
        let model = try self.body.requiredString("model")
        guard self.policy.serves(model: model) else {
            throw RequestError(
                status: 404,
                message: "body.model: the model `\(model.prefix(128))` does not exist; this worker serves "
                    + self.policy.servedModels.map { "`\($0)`" }.joined(separator: ", "),
                type: RequestError.invalidRequest,
                param: "body.model",
                code: "model_not_found"
            )
        }
        try self.refuseStreaming()
        var options = GenerationOptions(model: model)
        options.sampling = try self.sampling()
        options.choices = Int(try self.body.integer("n", in: 1...Int64(self.limits.choices)) ?? 1)
        let priorities = Int64(Int32.min)...Int64(Int32.max)
        options.priority = try self.body.integer("priority", in: priorities).map(Int.init)
        options.requestID = try self.body.identifier("request_id", atMost: self.limits.identifierBytes)
        options.user = try self.body.identifier("user", atMost: self.limits.identifierBytes)
        options.metadata = try self.metadata()
        for name in Self.hints { _ = try self.body.identifier(name, atMost: self.limits.identifierBytes) }
        try self.acceptOnly("store", false)
        try self.acceptOnly("service_tier", "auto", "default")
        try self.acceptOnly("response_format")
        return options
    }

    /// Texts for a server's routing and accounting, which change no answer: checked, and without effect here.
    static let hints = ["safety_identifier", "prompt_cache_key", "session_id", "cache_salt"]

    private func refuseStreaming() throws(RequestError) {
        guard try self.body.bool("stream") != true else {
            throw self.body.invalid(
                "stream",
                "unsupported_value",
                "a batch job cannot stream; expected false or nothing"
            )
        }
        guard self.body.value("stream_options") == nil else {
            throw self.body.invalid("stream_options", "unsupported_parameter", "a batch job cannot stream")
        }
    }

    /// Accepts a field only in a value that says what is done anyway.
    func acceptOnly(_ name: String, _ accepted: JSONValue...) throws(RequestError) {
        guard let value = self.body.value(name), !accepted.contains(value) else { return }
        if name == "response_format" { return try self.responseFormat(value) }
        let list = accepted.map { $0.text() }.joined(separator: " or ")
        let got = value.text()
        throw self.body.invalid(
            name,
            "unsupported_value",
            "only \(list) is supported, got \(got.count > 64 ? got.prefix(64) + "…" : got)"
        )
    }

    private func responseFormat(_ value: JSONValue) throws(RequestError) {
        guard case .object(let object) = value else {
            throw self.body.wrongType("response_format", expected: "an object", got: value)
        }
        let format = FieldReader(object, path: self.body.path(of: "response_format"))
        let type = try format.requiredString("type")
        switch type {
        case "text": try format.refuseOthers(than: ["type"], self.policy)
        case "json_object", "json_schema":
            throw format.invalid("type", "unsupported_value", "`\(type)` is not supported yet; expected `text`")
        default: throw format.invalid("type", "invalid_value", "expected `text`, got `\(type.prefix(64))`")
        }
    }

    private func metadata() throws(RequestError) -> JSONObject? {
        guard let metadata = try self.body.object("metadata") else { return nil }
        let path = self.body.path(of: "metadata")
        guard metadata.count <= self.limits.metadataPairs else {
            throw .tooMany(path, limit: self.limits.metadataPairs, got: metadata.count)
        }
        for (key, value) in metadata {
            guard key.unicodeScalars.count <= self.limits.metadataKeyLength else {
                throw .overLimit(
                    path,
                    "string_above_max_length",
                    "\(path): expected keys of at most \(self.limits.metadataKeyLength) characters, got "
                        + "\(key.unicodeScalars.count)"
                )
            }
            guard case .string(let text) = value else {
                throw .wrongType("\(path).\(key)", expected: "a string", got: value)
            }
            guard text.unicodeScalars.count <= self.limits.metadataValueLength else {
                throw .overLimit(
                    "\(path).\(key)",
                    "string_above_max_length",
                    "\(path).\(key): expected at most \(self.limits.metadataValueLength) characters, got "
                        + "\(text.unicodeScalars.count)"
                )
            }
        }
        return metadata
    }
}

// MARK: Sampling

extension BodyDecoder {
    /// Everything about sampling but the length and the log probabilities, which the two requests name differently.
    private func sampling() throws(RequestError) -> SamplingParameters {
        var sampling = SamplingParameters()
        sampling.temperature = try self.body.number("temperature", in: 0...2) ?? 1
        // OpenAI allows 0, which leaves only the best token; the engine's range is open there.
        sampling.topP = max(try self.body.number("top_p", in: 0...1) ?? 1, .leastNormalMagnitude)
        // vLLM writes "every token" as -1 or 0.
        sampling.topK = Int(max(0, try self.body.integer("top_k", in: -1...Int64(Int32.max)) ?? 0))
        sampling.minP = try self.body.number("min_p", in: 0...1) ?? 0
        sampling.seed = try self.body.integer("seed").map { UInt64(bitPattern: $0) }
        sampling.minTokens = Int(try self.body.integer("min_tokens", in: 0...Int64(self.limits.outputTokens)) ?? 0)
        sampling.stop = try self.stopStrings()
        sampling.stopTokenIDs = try self.stopTokenIDs()
        sampling.includeStopString = try self.body.bool("include_stop_str_in_output") ?? false
        sampling.ignoreEndOfSequence = try self.body.bool("ignore_eos") ?? false
        sampling.repetitionPenalty = try self.body.number("repetition_penalty", in: 0.01...2) ?? 1
        sampling.frequencyPenalty = try self.body.number("frequency_penalty", in: -2...2) ?? 0
        sampling.presencePenalty = try self.body.number("presence_penalty", in: -2...2) ?? 0
        sampling.logitBias = try self.logitBias()
        sampling.skipSpecialTokens = try self.body.bool("skip_special_tokens") ?? true
        return sampling
    }

    static let sharedFields = Set(hints).union([
        "model", "stream", "stream_options", "n", "priority", "request_id", "user", "metadata", "store", "service_tier",
        "response_format", "temperature", "top_p", "top_k", "min_p", "seed", "min_tokens", "stop", "stop_token_ids",
        "include_stop_str_in_output", "ignore_eos", "repetition_penalty", "frequency_penalty", "presence_penalty",
        "logit_bias", "skip_special_tokens", "max_tokens",
    ])

    /// `max_tokens` or its newer name, with `min_tokens` held against it.
    func maxTokens(_ name: String, minTokens: Int) throws(RequestError) -> Int? {
        guard let tokens = try self.body.integer(name, in: 1...Int64(self.limits.outputTokens)) else { return nil }
        guard minTokens <= tokens else {
            throw self.body.invalid(
                "min_tokens",
                "invalid_value",
                "expected at most `\(name)`, which is \(tokens), got \(minTokens)"
            )
        }
        return Int(tokens)
    }

    private func stopStrings() throws(RequestError) -> [String] {
        guard let value = self.body.value("stop") else { return [] }
        let path = self.body.path(of: "stop")
        let elements: [JSONValue]
        switch value {
        case .string: elements = [value]
        case .array(let array): elements = array
        default: throw self.body.wrongType("stop", expected: "a string or an array of strings", got: value)
        }
        guard elements.count <= self.limits.stopStrings else {
            throw .tooMany(path, limit: self.limits.stopStrings, got: elements.count)
        }
        var strings: [String] = []
        for (index, element) in elements.enumerated() {
            let path = elements.count == 1 && value.string != nil ? path : "\(path)[\(index)]"
            guard case .string(let text) = element else {
                throw .wrongType(path, expected: "a string", got: element)
            }
            guard !text.isEmpty else {
                throw .invalid(path, "empty_string", "\(path): expected a text that is not empty")
            }
            guard text.utf8.count <= self.limits.stopStringBytes else {
                throw .tooLong(path, limit: self.limits.stopStringBytes, got: text.utf8.count)
            }
            strings.append(text)
        }
        return strings
    }

    private func stopTokenIDs() throws(RequestError) -> [TokenID] {
        guard let elements = try self.body.array("stop_token_ids") else { return [] }
        let path = self.body.path(of: "stop_token_ids")
        guard elements.count <= self.limits.stopTokenIDs else {
            throw .tooMany(path, limit: self.limits.stopTokenIDs, got: elements.count)
        }
        return try Self.tokens(elements, path: path)
    }

    static func tokens(_ elements: [JSONValue], path: String) throws(RequestError) -> [TokenID] {
        var tokens: [TokenID] = []
        tokens.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            if case .integer(let integer) = element, integer >= 0, let token = TokenID(exactly: integer) {
                tokens.append(token)
            } else {
                tokens.append(TokenID(try Int64(element, at: "\(path)[\(index)]", in: 0...Int64(TokenID.max))))
            }
        }
        return tokens
    }

    private func logitBias() throws(RequestError) -> [TokenID: Double] {
        guard let object = try self.body.object("logit_bias") else { return [:] }
        let path = self.body.path(of: "logit_bias")
        guard object.count <= self.limits.logitBiases else {
            throw .tooMany(path, limit: self.limits.logitBiases, got: object.count)
        }
        var biases: [TokenID: Double] = [:]
        for (key, value) in object {
            // `TokenID("+7")` and `TokenID("007")` are numbers too: two keys could then mean one token.
            guard let token = TokenID(key), token >= 0, String(token) == key else {
                throw .invalid(
                    path,
                    "invalid_value",
                    "\(path): expected token ids as keys, got `\(key.prefix(64))`"
                )
            }
            biases[token] = try Double(value, at: "\(path).\(key)", in: -100...100)
        }
        return biases
    }
}
