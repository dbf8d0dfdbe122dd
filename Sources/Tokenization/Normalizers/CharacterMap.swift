import Foundation

/// SentencePiece's normalization as it is compiled into the file: what short texts become.
///
/// The map is a double array, which spells a tree over bytes, and the texts that its leaves point to, each ended by a
/// zero. Units of the array have a label in the bits 0 to 7 and 31, a flag for a leaf in bit 8, and in the bits 10
/// on, perhaps shifted as bit 9 says, how far the children are away. A leaf's unit holds the place of its text.
struct CharacterMap: Sendable {
    private let units: [UInt32]
    private let texts: [UInt8]

    /// Texts of more bytes than this are looked up character by character.
    private static let clusterBytes = 5

    func normalize(_ text: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count + text.count / 8)
        var start = 0
        // What a reader takes for one character is looked up as a whole where it is short.
        for cluster in String(decoding: text, as: UTF8.self) {
            let end = start + cluster.utf8.count
            if end - start > Self.clusterBytes || !self.appendReplacement(of: text, start..<end, to: &output) {
                self.appendScalars(of: text, start..<end, to: &output)
            }
            start = end
        }
        return output
    }

    private func appendScalars(of text: [UInt8], _ range: Range<Int>, to output: inout [UInt8]) {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(start + UTF8Text.width(ofLead: text[start]), range.upperBound)
            if !self.appendReplacement(of: text, start..<end, to: &output) { output += text[start..<end] }
            start = end
        }
    }

    /// Appends what `range` of `text` becomes; false when it stays as it is.
    ///
    /// The reference takes the shortest start of the range that the map has for the whole range.
    private func appendReplacement(of text: [UInt8], _ range: Range<Int>, to output: inout [UInt8]) -> Bool {
        guard var node = self.children(of: 0) else { return false }
        for byte in text[range] {
            if byte == 0 { return false }
            node ^= Int(byte)
            guard node < self.units.count, Self.label(of: self.units[node]) == UInt32(byte) else { return false }
            let isLeaf = self.units[node] >> 8 & 1 == 1
            guard let children = self.children(of: node) else { return false }
            node = children
            guard isLeaf else { continue }
            guard node < self.units.count else { return false }
            var place = Int(self.units[node] & 0x7FFF_FFFF)
            guard place <= self.texts.count else { return false }
            while place < self.texts.count, self.texts[place] != 0 {
                output.append(self.texts[place])
                place += 1
            }
            return true
        }
        return false
    }

    private func children(of node: Int) -> Int? {
        guard node < self.units.count else { return nil }
        let unit = self.units[node]
        return node ^ Int((unit >> 10) << ((unit & 0x200) >> 6))
    }

    private static func label(of unit: UInt32) -> UInt32 { unit & 0x8000_00FF }
}

// MARK: - From the file

extension CharacterMap {
    /// Reads the map: base64 of the array's size in bytes, the array, and the texts.
    init(_ part: FilePart) throws(TokenizationError) {
        guard let data = Data(base64Encoded: try part.string()) else { throw part.malformed("expected base64") }
        let bytes = Array(data)
        guard bytes.count >= 4 else { throw part.malformed("expected a map, got \(bytes.count) bytes") }
        let size = Int(Self.word(bytes[...], at: 0))
        guard size % 4 == 0, size <= bytes.count - 4 else {
            throw part.malformed("expected an array of \(size) bytes, got \(bytes.count - 4)")
        }
        let texts = bytes[(4 + size)...]
        guard String(validating: texts, as: UTF8.self) != nil else { throw part.malformed("expected texts in UTF-8") }
        self.units = stride(from: 4, to: 4 + size, by: 4).map { Self.word(bytes[...], at: $0) }
        self.texts = Array(texts)
        // Known at load rather than at the first text: no place lies inside a character, and no text is endless.
        guard self.hasWholeTexts else { throw part.malformed("a place in the map is not the start of a character") }
        guard texts.split(separator: 0).allSatisfy({ $0.count <= TokenizerLimits.replacementBytes }) else {
            throw part.unsupported("a text of more than \(TokenizerLimits.replacementBytes) bytes")
        }
    }

    /// Whether every leaf points to the start of a character.
    private var hasWholeTexts: Bool {
        for node in self.units.indices where self.units[node] & 0x8000_0100 == 0x100 {
            guard let leaf = self.children(of: node), leaf < self.units.count else { continue }
            let place = Int(self.units[leaf] & 0x7FFF_FFFF)
            if place < self.texts.count, self.texts[place] & 0xC0 == 0x80 { return false }
        }
        return true
    }

    private static func word(_ bytes: ArraySlice<UInt8>, at index: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[index + $1]) << UInt32(8 * $1) }
    }
}
