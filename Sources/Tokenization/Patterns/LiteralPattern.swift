/// A text to be found in other texts, in time linear in their length whatever repeats in either.
struct LiteralPattern: Sendable {
    /// Never empty.
    let bytes: [UInt8]
    /// For each count of matched bytes: how many still match when the next byte does not.
    private let fallback: [Int]

    init?(_ text: String) {
        guard !text.isEmpty else { return nil }
        let bytes = Array(text.utf8)
        var fallback = [0, 0]
        var matched = 0
        for byte in bytes.dropFirst() {
            while matched > 0, bytes[matched] != byte { matched = fallback[matched] }
            if bytes[matched] == byte { matched += 1 }
            fallback.append(matched)
        }
        self.bytes = bytes
        self.fallback = fallback
    }

    /// How many bytes of the pattern a text ends with after one more byte, when it ended with `matched` before.
    ///
    /// `matched` is less than the pattern's length.
    func advance(_ matched: Int, _ byte: UInt8) -> Int {
        var matched = matched
        while matched > 0, self.bytes[matched] != byte { matched = self.fallback[matched] }
        return self.bytes[matched] == byte ? matched + 1 : 0
    }

    /// Appends the matches within `range` of `text`, left to right, none touching another's bytes.
    func appendMatches(in text: [UInt8], _ range: Range<Int>, to matches: inout [Range<Int>]) {
        var matched = 0
        for index in range {
            matched = self.advance(matched, text[index])
            if matched == self.bytes.count {
                matches.append(index + 1 - matched..<index + 1)
                matched = 0
            }
        }
    }
}
