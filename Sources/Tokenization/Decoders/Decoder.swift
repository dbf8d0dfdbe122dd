/// How the texts of tokens become one text.
enum Decoder: Sendable {
    /// No decoder: the tokens' texts with spaces between them.
    case spaced
    /// Characters of the byte-level alphabet become bytes again.
    ///
    /// A token with any other character stands for its own text.
    case byteLevel
    /// What a token adds depends on those around it.
    case steps(DecodingChain, readsByteTokens: Bool)

    /// The steps, before the first token.
    var chain: DecodingChain? { if case .steps(let chain, _) = self { chain } else { nil } }

    /// The bytes that one token adds to the text by itself.
    func bytes(of token: ArraySlice<UInt8>) -> [UInt8] {
        switch self {
        case .spaced, .steps: Array(token)
        case .byteLevel: ByteAlphabet.bytes(of: token) ?? Array(token)
        }
    }

    /// What stands between two tokens that add their bytes by themselves.
    var separator: [UInt8] {
        switch self {
        case .spaced: [UInt8(ascii: " ")]
        case .byteLevel, .steps: []
        }
    }

    /// The bytes that a token adds in the middle of a text: what a text grows by that has it.
    func bytesWithin(_ token: ArraySlice<UInt8>) -> [UInt8] {
        guard case .steps(let chain, let readsByteTokens) = self else { return self.bytes(of: token) }
        if readsByteTokens, let byte = ByteFallbackStep.byte(of: token) { return [byte] }
        let neighbour = Array("x".utf8)[...]
        func decoded(_ tokens: [ArraySlice<UInt8>]) -> [UInt8] {
            var chain = chain
            var output: [UInt8] = []
            for token in tokens { chain.append(token, to: &output) }
            chain.finish(to: &output)
            return output
        }
        let before = decoded([neighbour]).count
        let after = decoded([neighbour, neighbour]).count - before
        let text = decoded([neighbour, token, neighbour])
        return text.count >= before + after ? Array(text[before..<text.count - after]) : []
    }
}

// MARK: - From the file

extension Decoder {
    init(_ part: FilePart?) throws(TokenizationError) {
        guard let part else {
            self = .spaced
            return
        }
        if try part.string("type") == "ByteLevel" {
            self = .byteLevel
            return
        }
        var steps: [any DecodingStep] = []
        try Self.append(part, to: &steps, depth: 0)
        self = .steps(DecodingChain(steps), readsByteTokens: steps.contains { $0 is ByteFallbackStep })
    }

    private static func append(
        _ part: FilePart,
        to steps: inout [any DecodingStep],
        depth: Int
    ) throws(TokenizationError) {
        guard depth < 16, steps.count < TokenizerLimits.pipelineSteps else {
            throw part.unsupported("a decoder of more than \(TokenizerLimits.pipelineSteps) steps")
        }
        let type = try part.string("type")
        switch type {
        case "Sequence":
            for element in try part.required("decoders").elements() {
                try self.append(element, to: &steps, depth: depth + 1)
            }
        case "ByteLevel": steps.append(ByteLevelStep())
        case "ByteFallback": steps.append(ByteFallbackStep())
        case "Fuse": steps.append(FuseStep())
        case "Replace":
            let pattern = try TextPattern(part.required("pattern"))
            let content = try part.bytes("content", atMost: TokenizerLimits.replacementBytes)
            if let literal = pattern.literal {
                steps.append(ReplaceLiteralStep(literal, with: content))
            } else {
                steps.append(ReplacePatternStep(pattern, with: content))
            }
        case "Strip":
            steps.append(
                StripStep(
                    try part.character("content"),
                    startCount: try part.required("start").count(),
                    endCount: try part.required("stop").count()
                )
            )
        case "Metaspace": steps.append(MetaspaceStep(try Metaspace(part)))
        case "WordPiece":
            let prefix = try part.bytes("prefix", atMost: TokenizerLimits.affixBytes)
            steps.append(WordPieceStep(prefix: prefix, tidiesSpaces: try part.required("cleanup").bool()))
        case "BPEDecoder":
            let suffix = try part.bytes("suffix", atMost: TokenizerLimits.affixBytes)
            guard let pattern = LiteralPattern(String(decoding: suffix, as: UTF8.self)) else {
                throw part.unsupported("an empty suffix")
            }
            steps.append(WordEndStep(pattern))
        default: throw part.unsupported("the decoder `\(type)`")
        }
    }
}
