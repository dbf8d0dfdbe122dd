import OrderedJSON
public import ServingCore
import Synchronization

/// Text to token ids and back, as one `tokenizer.json` defines it.
///
/// Gives the ids and texts of Hugging Face `tokenizers` 0.23. Immutable after it is opened: any number of threads may
/// use it at once.
public final class Tokenizer: Sendable {
    private let normalizer: Normalizer?
    private let preTokenizer: PreTokenizer
    private let model: WordModel
    private let postProcessor: PostProcessor
    private let addedTokens: AddedTokens
    let decoder: Decoder

    /// How many ids have a token, added ones included.
    public let vocabularySize: Int

    /// What each id adds to a decoded text: half-open byte ranges of `decodedBytes`, start -1 where there is no such id.
    private let decodedRanges: [(start: Int32, end: Int32)]
    private let decodedBytes: [UInt8]

    /// Encoders that nobody uses at the moment, with their warm word caches.
    private let idleEncoders = Mutex<[Encoder]>([])
    private static let idleEncoderLimit = 16

    /// Opens a tokenizer from the bytes of its `tokenizer.json`.
    ///
    /// `configuration` may add tokens and change the flags of those that the file adds.
    ///
    /// - Throws: `malformed`, or `unsupported` for a part of the file that this program does not carry out. The
    ///   message names the part and its place in the file.
    public init(tokenizerJSON: [UInt8], configuration: TokenizerConfiguration? = nil) throws(TokenizationError) {
        let file = try Self.parse(tokenizerJSON)
        // `truncation` and `padding` are left unread: they shape batches for training, and transformers turns both off.
        if let part = file.part("version"), try part.string() != "1.0" {
            throw part.unsupported("the version `\(try part.string().prefix(64))`")
        }
        self.normalizer = if let part = file.part("normalizer") { try Normalizer(part) } else { nil }
        self.model = try WordModel(try file.required("model"))
        if let part = file.part("pre_tokenizer") {
            self.preTokenizer = try PreTokenizer(part, for: self.model)
        } else {
            self.preTokenizer = PreTokenizer()
        }
        self.postProcessor = try PostProcessor(file.part("post_processor"))
        self.decoder = try Decoder(file.part("decoder"))
        self.addedTokens = try AddedTokens(
            file.part("added_tokens"),
            configuration: configuration,
            vocabulary: self.model.vocabulary,
            normalizer: self.normalizer
        )

        var ranges: [(start: Int32, end: Int32)] = []
        var bytes: [UInt8] = []
        for id in 0..<max(self.model.vocabulary.endOfIDs, self.addedTokens.table.endOfIDs) {
            if let text = self.addedTokens.text(of: id) ?? self.model.vocabulary.text(of: id) {
                let start = bytes.count
                bytes.append(contentsOf: self.decoder.bytes(of: text))
                ranges.append((Int32(start), Int32(bytes.count)))
            } else {
                ranges.append((-1, -1))
            }
        }
        self.vocabularySize = ranges.count { $0.start >= 0 }
        self.decodedRanges = ranges
        self.decodedBytes = bytes
    }

    /// Opens the tokenizer of a model directory: its `tokenizer.json` with what the files beside it add.
    public static func load(directory: String) throws(TokenizationError) -> Tokenizer {
        guard let bytes = try ModelDirectory(path: directory).bytes("tokenizer.json") else {
            throw TokenizationError(
                .unreadable,
                "expected \(directory)/tokenizer.json, the only form of tokenizer that is read"
            )
        }
        return try Tokenizer(tokenizerJSON: bytes, configuration: try TokenizerConfiguration.load(directory: directory))
    }

    private static func parse(_ bytes: [UInt8]) throws(TokenizationError) -> FilePart {
        do {
            let limits = JSONLimits(bytes: TokenizerLimits.fileBytes)
            return FilePart(value: try JSONValue(parsing: bytes, limits: limits), place: "tokenizer.json:")
        } catch { throw TokenizationError(.malformed, "tokenizer.json: \(error)") }
    }

    // MARK: Encoding

    /// The ids of `text`.
    ///
    /// Added tokens that stand in the text are recognised, control tokens among them.
    ///
    /// With `addingSpecialTokens` the result also has what the tokenizer puts around a text by itself; a text that a
    /// chat template rendered has that already. Time is near linear in the length of the text, also for one long word.
    /// Throws `tooLarge`, `patternLimit` or `unknownSymbol`.
    public func encode(_ text: String, addingSpecialTokens: Bool = false) throws(TokenizationError) -> [TokenID] {
        let bytes = Array(text.utf8)
        guard bytes.count <= TokenizerLimits.textBytes else {
            throw TokenizationError(
                .tooLarge,
                "expected a text of at most \(TokenizerLimits.textBytes) bytes, got \(bytes.count)"
            )
        }
        let encoder: Encoder
        if let idle = self.idleEncoders.withLock({ $0.popLast() }) { encoder = idle } else { encoder = try Encoder() }
        defer { self.idleEncoders.withLock { if $0.count < Self.idleEncoderLimit { $0.append(encoder) } } }
        var tokens: [TokenID] = []
        tokens.reserveCapacity(bytes.count / 3)
        var stretches: [AddedTokens.Stretch] = []
        self.addedTokens.appendStretches(of: bytes, 0..<bytes.count, normalized: false, to: &stretches)
        for stretch in stretches {
            switch stretch {
            case .token(let token): tokens.append(token)
            case .text(let range): try self.encode(bytes, range, with: encoder, to: &tokens)
            }
        }
        return addingSpecialTokens ? self.postProcessor.apply(to: tokens) : tokens
    }

    /// Encodes a stretch that was not normalised yet.
    private func encode(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        with encoder: Encoder,
        to tokens: inout [TokenID]
    ) throws(TokenizationError) {
        let startsText = range.lowerBound == 0
        var (bytes, range) = (bytes, range)
        var startBytes = range.isEmpty ? 0 : UTF8Text.width(ofLead: bytes[range.lowerBound])
        if let normalizer = self.normalizer {
            let text = try normalizer.normalize(Array(bytes[range]), encoder.workspace)
            bytes = text.bytes
            range = 0..<bytes.count
            startBytes = text.startBytes
        }
        if !startsText { startBytes = 0 }
        var stretches: [AddedTokens.Stretch] = []
        self.addedTokens.appendStretches(of: bytes, range, normalized: true, to: &stretches)
        // Added tokens keep their place among the words, and every stretch is cut into words by itself.
        for stretch in stretches {
            switch stretch {
            case .token(let token): tokens.append(token)
            case .text(let stretch):
                var text = PreTokenizedText(bytes: bytes, pieces: [stretch], startBytes: startBytes)
                try self.preTokenizer.apply(to: &text, workspace: encoder.workspace)
                try encoder.encode(text, by: self.model, as: self.preTokenizer.symbols, to: &tokens)
            }
        }
    }

    // MARK: Decoding

    /// The text of `ids`.
    ///
    /// Bytes that are not UTF-8 become U+FFFD. An id that the tokenizer does not have adds nothing.
    public func decode(_ ids: some Sequence<TokenID>, skippingSpecialTokens: Bool) -> String {
        var stream = self.makeDecodeStream(skippingSpecialTokens: skippingSpecialTokens)
        var output: [UInt8] = []
        for id in ids { stream.append(id, to: &output) }
        stream.finish(to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    public func makeDecodeStream(skippingSpecialTokens: Bool) -> DecodeStream {
        DecodeStream(tokenizer: self, skipsSpecialTokens: skippingSpecialTokens)
    }

    func decodedBytes(of id: TokenID) -> ArraySlice<UInt8>? {
        guard self.decodedRanges.indices.contains(Int(id)), self.decodedRanges[Int(id)].start >= 0 else { return nil }
        let range = self.decodedRanges[Int(id)]
        return self.decodedBytes[Int(range.start)..<Int(range.end)]
    }

    /// The bytes that a token adds in the middle of a text; nil for an id that is no token.
    ///
    /// They need not be whole characters.
    public func bytes(of id: TokenID) -> [UInt8]? {
        guard let bytes = self.decodedBytes(of: id) else { return nil }
        return self.decoder.chain == nil ? Array(bytes) : self.decoder.bytesWithin(bytes)
    }

    // MARK: Vocabulary

    /// The highest id that has a token; -1 without any.
    public var highestTokenID: TokenID { TokenID(self.decodedRanges.count) - 1 }

    public func tokenID(of token: String) -> TokenID? {
        self.addedTokens.table.id(of: token) ?? self.model.vocabulary.id(of: token)
    }

    /// The token as the vocabulary writes it, which for a byte-level model is not the text that it stands for.
    public func token(for id: TokenID) -> String? {
        let text = self.addedTokens.text(of: Int(id)) ?? self.model.vocabulary.text(of: Int(id))
        return text.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether it is one of the tokens that decoding can leave out.
    public func isSpecial(_ id: TokenID) -> Bool { self.addedTokens.specialIDs.contains(id) }
}
