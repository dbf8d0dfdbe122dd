/// Part of a token's text on its way through the steps of a decoder: whole characters.
struct TokenFragment {
    var bytes: [UInt8]
    var endsToken: Bool
}

/// One step of a decoder, between two tokens.
///
/// It passes on what is certain and holds back what later tokens may still change.
protocol DecodingStep: Sendable {
    mutating func append(_ fragment: TokenFragment, to output: inout [TokenFragment])
    /// Passes on what is left: no token follows.
    mutating func finish(to output: inout [TokenFragment])
}

/// A step that makes of each token another, whatever stands around it.
protocol TokenwiseDecodingStep: DecodingStep {
    /// The token's text so far.
    var held: [UInt8] { get set }
    mutating func text(of token: [UInt8]) -> [UInt8]
}

extension TokenwiseDecodingStep {
    mutating func append(_ fragment: TokenFragment, to output: inout [TokenFragment]) {
        self.held += fragment.bytes
        guard fragment.endsToken else { return }
        output.append(TokenFragment(bytes: self.text(of: self.held), endsToken: true))
        self.held.removeAll(keepingCapacity: true)
    }

    /// Every token was passed on at its end.
    mutating func finish(to output: inout [TokenFragment]) {}
}

/// The steps of a decoder, one after the other.
struct DecodingChain: Sendable {
    private var steps: [any DecodingStep]

    init(_ steps: [any DecodingStep]) { self.steps = steps }

    /// Appends what is certain of the text after one more token.
    mutating func append(_ token: ArraySlice<UInt8>, to output: inout [UInt8]) {
        self.pass([TokenFragment(bytes: Array(token), endsToken: true)], from: 0, to: &output)
    }

    /// Appends what is left of the text.
    mutating func finish(to output: inout [UInt8]) {
        for index in self.steps.indices {
            var fragments: [TokenFragment] = []
            self.steps[index].finish(to: &fragments)
            self.pass(fragments, from: index + 1, to: &output)
        }
    }

    private mutating func pass(_ fragments: [TokenFragment], from first: Int, to output: inout [UInt8]) {
        var fragments = fragments
        for index in self.steps.indices.dropFirst(first) {
            var passed: [TokenFragment] = []
            for fragment in fragments { self.steps[index].append(fragment, to: &passed) }
            fragments = passed
        }
        for fragment in fragments { output += fragment.bytes }
    }
}
