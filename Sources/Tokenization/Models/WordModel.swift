import OrderedJSON
import ServingCore

/// Turns each word of a text into tokens.
enum WordModel: Sendable {
    case bytePair(BytePairModel)
    case unigram(UnigramModel)
    case wordPiece(WordPieceModel)
    case wordLevel(WordLevelModel)

    /// What a word's bytes are.
    enum Symbols: Sendable {
        /// The text itself.
        case scalars
        /// Bytes that stand for characters of the byte-level alphabet, into which they were not rewritten.
        case bytes
    }

    /// Memory that is kept from word to word.
    struct Workspace {
        var merger = WordMerger()
        var path = BestPath()
    }

    var vocabulary: TokenTable {
        switch self {
        case .bytePair(let model): model.vocabulary
        case .unigram(let model): model.vocabulary
        case .wordPiece(let model): model.vocabulary
        case .wordLevel(let model): model.vocabulary
        }
    }

    /// Whether the model can look up bytes as `Symbols.bytes`.
    var readsBytes: Bool { if case .bytePair(let model) = self { model.readsBytes } else { false } }

    /// Appends the tokens of the word at `range`, which is not empty.
    ///
    /// Throws `unknownSymbol`.
    func encode(
        _ text: [UInt8],
        _ range: Range<Int>,
        as symbols: Symbols,
        _ workspace: inout Workspace,
        to output: inout [TokenID]
    ) throws(TokenizationError) {
        switch self {
        case .bytePair(let model): try model.encode(text, range, as: symbols, merger: &workspace.merger, to: &output)
        case .unigram(let model): try model.encode(text, range, path: &workspace.path, to: &output)
        case .wordPiece(let model): try model.encode(text, range, to: &output)
        case .wordLevel(let model): try model.encode(text, range, to: &output)
        }
    }
}

// MARK: - From the file

extension WordModel {
    init(_ part: FilePart) throws(TokenizationError) {
        let type = try part.part("type")?.string() ?? Self.typeBeforeTypes(part)
        switch type {
        case "BPE": self = .bytePair(try BytePairModel(part))
        case "Unigram": self = .unigram(try UnigramModel(part))
        case "WordPiece": self = .wordPiece(try WordPieceModel(part))
        case "WordLevel": self = .wordLevel(try WordLevelModel(part))
        default: throw part.unsupported("the model `\(type)`")
        }
    }

    /// The type of a model in a file from before models had one.
    private static func typeBeforeTypes(_ part: FilePart) -> String {
        if part.part("vocab")?.value.array != nil { return "Unigram" }
        if part.part("max_input_chars_per_word") != nil { return "WordPiece" }
        if part.part("merges") == nil, part.part("unk_token") != nil { return "WordLevel" }
        return "BPE"
    }
}

/// The token of what a model's vocabulary lacks.
enum UnknownToken: Sendable {
    case token(TokenID)
    /// Named by the file but not in the vocabulary: an error as soon as it is needed.
    case missing(String)

    init(_ name: String, in vocabulary: TokenTable) {
        self = vocabulary.id(of: name).map { .token($0) } ?? .missing(name)
    }

    /// Throws `unknownSymbol`.
    func id() throws(TokenizationError) -> TokenID {
        switch self {
        case .token(let id): return id
        case .missing(let name):
            throw TokenizationError(
                .unknownSymbol,
                "the text needs the unknown token `\(name)`, which is not in the vocabulary"
            )
        }
    }
}
