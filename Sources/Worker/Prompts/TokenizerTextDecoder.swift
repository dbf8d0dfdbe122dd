public import InferenceEngine
import ServingCore
public import Tokenization

/// Turns the tokens of a sequence into text by the model's tokenizer.
public struct TokenizerTextDecoder: TokenTextDecoder {
    private let tokenizer: Tokenizer
    /// Special tokens that are part of every text, because an answer is taken apart at them.
    private let kept: [TokenID: String]

    /// Creates a decoder.
    ///
    /// `markers` are shown also where special tokens are skipped: tokenizers differ in whether `</think>` is a
    /// special token, and the answer's parts are found in its text.
    public init(_ tokenizer: Tokenizer, markers: [String] = AnswerMarkers.all) {
        self.tokenizer = tokenizer
        var kept: [TokenID: String] = [:]
        for marker in markers {
            guard let id = tokenizer.tokenID(of: marker), tokenizer.isSpecial(id) else { continue }
            kept[id] = marker
        }
        self.kept = kept
    }

    public func makeStream(skippingSpecialTokens: Bool) -> any TokenTextStream {
        Stream(
            stream: self.tokenizer.makeDecodeStream(skippingSpecialTokens: skippingSpecialTokens),
            kept: skippingSpecialTokens ? self.kept : [:]
        )
    }

    private struct Stream: TokenTextStream {
        var stream: DecodeStream
        let kept: [TokenID: String]

        mutating func append(_ token: TokenID) -> String {
            guard let marker = self.kept[token] else { return self.stream.append(token) }
            return self.stream.finish() + marker
        }

        mutating func finish() -> String { self.stream.finish() }
    }
}

/// The texts at which an answer is taken apart.
public enum AnswerMarkers {
    public static let thinkOpen = "<think>"
    public static let thinkClose = "</think>"
    public static let toolCallOpen = "<tool_call>"
    public static let toolCallClose = "</tool_call>"
    public static let all = [thinkOpen, thinkClose, toolCallOpen, toolCallClose]
}
