import ServingCore

/// A text on its way from normalisation to the model: bytes, and the pieces of them that are words so far.
struct PreTokenizedText {
    private(set) var bytes: [UInt8]
    /// In order.
    ///
    /// Empty pieces are never kept.
    private(set) var pieces: [Range<Int>]
    /// How many bytes at the start stand for the original text's first character.
    private(set) var startBytes: Int

    /// Whether a piece starts where the original text does.
    func startsText(_ piece: Range<Int>) -> Bool { piece.lowerBound < self.startBytes }

    init(bytes: [UInt8], pieces: [Range<Int>], startBytes: Int) {
        self.bytes = bytes
        self.pieces = pieces
        self.startBytes = startBytes
    }

    /// Replaces every piece by what `split` makes of it.
    ///
    /// Throws what `split` throws.
    mutating func split<Failure: Error>(
        _ split: ([UInt8], Range<Int>, inout [Range<Int>]) throws(Failure) -> Void
    ) throws(Failure) {
        var pieces: [Range<Int>] = []
        pieces.reserveCapacity(self.pieces.count)
        for piece in self.pieces { try split(self.bytes, piece, &pieces) }
        self.pieces = pieces
    }

    /// Rewrites every piece, where a piece stays one piece.
    mutating func rewrite(_ transform: (ArraySlice<UInt8>, inout [UInt8]) -> Void) {
        var output: [UInt8] = []
        output.reserveCapacity(self.bytes.count + self.pieces.count)
        var startBytes = 0
        for index in self.pieces.indices {
            let piece = self.pieces[index]
            let start = output.count
            if self.startsText(piece) {
                var lead: [UInt8] = []
                transform(self.bytes[piece.lowerBound..<min(piece.upperBound, self.startBytes)], &lead)
                startBytes = start + lead.count
            }
            transform(self.bytes[piece], &output)
            self.pieces[index] = start..<output.count
        }
        self.bytes = output
        self.startBytes = startBytes
    }
}

/// Cuts a text into the words that the model encodes one by one.
///
/// The file's steps, sequences laid out flat. A byte-level step at the end is not carried out where the model can
/// read bytes as symbols, which comes to the same and copies nothing.
struct PreTokenizer: Sendable {
    private enum Step: Sendable {
        case split(Splitter)
        /// A space before every piece that does not start with one.
        case prefixSpace
        /// Every byte becomes the character that stands for it.
        case byteAlphabet
        case metaspace(Metaspace)
        case words(WordSplitter)
        case scripts
    }

    private var steps: [Step] = []
    private(set) var symbols = WordModel.Symbols.scalars

    init() {}

    /// Throws `patternLimit`.
    func apply(to text: inout PreTokenizedText, workspace: PCRE2Workspace) throws(TokenizationError) {
        for step in self.steps {
            switch step {
            case .split(let splitter):
                try text.split { bytes, piece, pieces throws(TokenizationError) in
                    try splitter.appendPieces(of: bytes, piece, workspace: workspace, to: &pieces)
                }
            case .prefixSpace:
                text.rewrite { piece, output in
                    if piece.first != UInt8(ascii: " ") { output.append(UInt8(ascii: " ")) }
                    output.append(contentsOf: piece)
                }
            case .byteAlphabet: text.rewrite { piece, output in ByteAlphabet.append(piece, to: &output) }
            case .metaspace(let metaspace): metaspace.apply(to: &text)
            case .words(let splitter):
                text.split { bytes, piece, pieces in splitter.appendPieces(of: bytes, piece, to: &pieces) }
            case .scripts: text.split { bytes, piece, pieces in Script.appendPieces(of: bytes, piece, to: &pieces) }
            }
        }
    }
}

// MARK: - From the file

extension PreTokenizer {
    init(_ part: FilePart, for model: WordModel) throws(TokenizationError) {
        try self.append(part, depth: 0)
        if case .byteAlphabet = self.steps.last, model.readsBytes {
            self.steps.removeLast()
            self.symbols = .bytes
        }
    }

    private mutating func append(_ part: FilePart, depth: Int) throws(TokenizationError) {
        guard depth < 16, self.steps.count < TokenizerLimits.pipelineSteps else {
            throw part.unsupported("a pre-tokenizer of more than \(TokenizerLimits.pipelineSteps) steps")
        }
        let type = try part.string("type")
        switch type {
        case "Sequence":
            for element in try part.required("pretokenizers").elements() { try self.append(element, depth: depth + 1) }
        case "Split": self.steps.append(.split(try Splitter(part)))
        case "ByteLevel":
            if try part.required("add_prefix_space").bool() { self.steps.append(.prefixSpace) }
            if try part.bool("use_regex", or: true) { self.steps.append(.split(try Splitter.words())) }
            self.steps.append(.byteAlphabet)
        case "Digits":
            let isolates = try part.required("individual_digits").bool()
            self.steps.append(.split(Splitter(at: .numeric, isolates ? .isolated : .contiguous)))
        case "Metaspace": self.steps.append(.metaspace(try Metaspace(part)))
        case "Whitespace": self.steps.append(.words(.runs))
        case "WhitespaceSplit": self.steps.append(.words(.spaced))
        case "BertPreTokenizer": self.steps.append(.words(.bert))
        case "Punctuation":
            var behavior = Splitter.Behavior.isolated
            if let part = part.part("behavior") { behavior = try Splitter.Behavior(part) }
            self.steps.append(.split(Splitter(at: .punctuation, behavior)))
        case "UnicodeScripts": self.steps.append(.scripts)
        default: throw part.unsupported("the pre-tokenizer `\(type)`")
        }
    }
}
