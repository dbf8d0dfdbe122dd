import ServingCore
import Settings
import Tokenization

/// Token ids between commas: `1,20,300`.
struct TokenList: SettingValue, Equatable {
    var ids: [TokenID] = []

    static var format: ValueFormat<TokenList> {
        ValueFormat(
            placeholder: "ID,ID,…",
            expected: "token ids between commas",
            parse: { text in
                let parts = text.split(separator: ",", omittingEmptySubsequences: false)
                let ids = parts.compactMap { TokenID($0.trimming(" ")) }
                return ids.count == parts.count ? TokenList(ids: ids) : nil
            },
            text: { $0.ids.map(String.init).joined(separator: ",") }
        )
    }
}

extension Substring {
    fileprivate func trimming(_ character: Character) -> Substring {
        var text = self
        while text.first == character { text.removeFirst() }
        while text.last == character { text.removeLast() }
        return text
    }
}

/// A prompt that a command was given, as a text or as token ids.
struct PlainPrompt {
    let tokens: [TokenID]
    /// Nil where the model's directory has none, which token ids can do without.
    let tokenizer: Tokenizer?

    init(tokens: [TokenID], tokenizer: Tokenizer?) {
        self.tokens = tokens
        self.tokenizer = tokenizer
    }

    /// - Throws: ``UsageError`` unless exactly one of the two was given, and for ids that the model does not have.
    init(text: String?, tokens: TokenList?, model: String, vocabularySize size: Int) throws {
        switch (text, tokens) {
        case (nil, nil): throw UsageError("nothing to compute: give --text or --tokens")
        case (_?, _?): throw UsageError("--text and --tokens are two ways to give the same: give one")
        case (let text?, nil):
            let tokenizer = try Tokenizer.load(directory: model)
            self.tokenizer = tokenizer
            self.tokens = try tokenizer.encode(text, addingSpecialTokens: true)
        case (nil, let tokens?):
            // Only names the tokens that are shown.
            self.tokenizer = try? Tokenizer.load(directory: model)
            self.tokens = tokens.ids
        }
        guard !self.tokens.isEmpty else { throw UsageError("the prompt has no tokens; expected at least 1") }
        if let wrong = self.tokens.first(where: { $0 < 0 || Int($0) >= size }) {
            throw UsageError("--tokens: expected ids from 0 to \(size - 1), got \(wrong)")
        }
    }
}
