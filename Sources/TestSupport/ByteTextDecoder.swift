public import InferenceEngine
public import ServingCore

/// A vocabulary of byte strings: the text of token t is the t-th, over and over.
public struct ByteTextDecoder: TokenTextDecoder {
    private let pieces: [[UInt8]]
    private let special: Set<TokenID>

    public init(_ pieces: [[UInt8]], special: Set<TokenID> = []) {
        self.pieces = pieces
        self.special = special
    }

    /// Letters, and the bytes of "두레" one by one, so that characters cross token borders.
    public init() { self.init("abcdefgh".utf8.map { [$0] } + "두레".utf8.map { [$0] }) }

    public func makeStream(skippingSpecialTokens: Bool) -> any TokenTextStream {
        Stream(pieces: self.pieces, skipped: skippingSpecialTokens ? self.special : [])
    }

    private struct Stream: TokenTextStream {
        let pieces: [[UInt8]]
        let skipped: Set<TokenID>
        var pending: [UInt8] = []

        mutating func append(_ token: TokenID) -> String {
            guard !self.skipped.contains(token) else { return "" }
            self.pending += self.pieces[Int(token) % self.pieces.count]
            let held = Self.incompleteSuffix(self.pending)
            defer { self.pending.removeFirst(self.pending.count - held) }
            return String(decoding: self.pending.dropLast(held), as: UTF8.self)
        }

        mutating func finish() -> String {
            defer { self.pending = [] }
            return String(decoding: self.pending, as: UTF8.self)
        }

        /// The bytes at the end that begin a character and do not end it.
        private static func incompleteSuffix(_ bytes: [UInt8]) -> Int {
            for count in 1...3 where count <= bytes.count {
                let byte = bytes[bytes.count - count]
                if byte & 0xC0 == 0x80 { continue }
                let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
                return length > count ? count : 0
            }
            return 0
        }
    }
}
