import ServingCore

/// A text on its way from normalisation to the model: bytes, and the pieces of them that are words so far.
struct PreTokenizedText {
    var bytes: [UInt8]
    /// In order.
    ///
    /// Empty pieces are never kept.
    var pieces: [Range<Int>]
}

/// Cuts a text into the words that the model encodes one by one.
///
/// The file's steps, sequences laid out flat. A byte-level step at the end is not carried out: the model then
/// reads bytes as symbols, which comes to the same and copies nothing.
struct PreTokenizer: Sendable {
    private enum Step: Sendable {
        case split(Splitter)
        /// A space before every piece that does not start with one.
        case prefixSpace
        /// Every byte becomes the character that stands for it.
        case byteAlphabet
    }

    private var steps: [Step] = []
    private(set) var symbols = BytePairModel.Symbols.scalars

    init() {}

    func apply(to text: inout PreTokenizedText, workspace: PCRE2Workspace) throws(TokenizationError) {
        for step in self.steps {
            switch step {
            case .split(let splitter):
                var pieces: [Range<Int>] = []
                pieces.reserveCapacity(text.pieces.count)
                for piece in text.pieces {
                    try splitter.appendPieces(of: text.bytes, piece, workspace: workspace, to: &pieces)
                }
                text.pieces = pieces
            case .prefixSpace:
                text.rewrite { piece, output in
                    if piece.first != UInt8(ascii: " ") { output.append(UInt8(ascii: " ")) }
                    output.append(contentsOf: piece)
                }
            case .byteAlphabet:
                text.rewrite { piece, output in ByteAlphabet.append(piece, to: &output) }
            }
        }
    }
}

extension PreTokenizedText {
    fileprivate mutating func rewrite(_ transform: (ArraySlice<UInt8>, inout [UInt8]) -> Void) {
        var output: [UInt8] = []
        output.reserveCapacity(self.bytes.count + self.pieces.count)
        for index in self.pieces.indices {
            let start = output.count
            transform(self.bytes[self.pieces[index]], &output)
            self.pieces[index] = start..<output.count
        }
        self.bytes = output
    }
}

// MARK: - From the file

extension PreTokenizer {
    init(_ part: FilePart) throws(TokenizationError) {
        try self.append(part, depth: 0)
        if case .byteAlphabet = self.steps.last {
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
        default: throw part.unsupported("the pre-tokenizer `\(type)`")
        }
    }
}
