/// A text on its way through the steps of a normalizer.
struct NormalizedText {
    private(set) var bytes: [UInt8]
    /// How many bytes at the start stand for the original text's first character, in the reference's account.
    ///
    /// 0 when a step took away all that did: then the text no longer starts where the original does.
    private(set) var startBytes: Int

    init(_ text: [UInt8]) {
        self.bytes = text
        self.startBytes = text.first.map(UTF8Text.width(ofLead:)) ?? 0
    }

    // MARK: Steps

    /// Rewrites the text by a rule that looks at characters and their neighbours.
    mutating func rewrite(_ transform: ([UInt8]) -> [UInt8]) {
        let start = transform(Array(self.bytes[..<self.startBytes])).count
        self.bytes = transform(self.bytes)
        // The first character may have been joined by others.
        self.setStart(self.startBytes > 0 ? max(start, 1) : 0)
    }

    /// Leaves out the scalars of a class.
    mutating func remove(_ scalars: ScalarClass) {
        var output: [UInt8] = []
        output.reserveCapacity(self.bytes.count)
        var keptStart = 0
        UTF8Text.forEachScalar(in: self.bytes, 0..<self.bytes.count) { scalar, index in
            if !scalars.contains(scalar) { UTF8Text.append(scalar, to: &output) }
            if index < self.startBytes { keptStart = output.count }
        }
        self.bytes = output
        self.startBytes = keptStart
    }

    /// Puts `prefix` before a text that is not empty.
    mutating func prepend(_ prefix: [UInt8]) {
        guard !self.bytes.isEmpty else { return }
        self.bytes.insert(contentsOf: prefix, at: 0)
        if self.startBytes > 0 { self.startBytes += prefix.count }
    }

    /// Puts `suffix` behind a text that is not empty.
    mutating func append(_ suffix: [UInt8]) { if !self.bytes.isEmpty { self.bytes += suffix } }

    /// Replaces what a pattern finds.
    ///
    /// Throws `patternLimit` or `tooLarge`.
    mutating func replace(
        _ pattern: TextPattern,
        with content: [UInt8],
        _ workspace: PCRE2Workspace
    ) throws(TokenizationError) {
        var matches: [Range<Int>] = []
        try pattern.appendMatches(in: self.bytes, 0..<self.bytes.count, workspace, to: &matches)
        guard let first = matches.first else { return }
        self.bytes = try TextPattern.replacing(matches, in: self.bytes, with: content)
        guard first.lowerBound < self.startBytes else { return }
        if first.lowerBound > 0 {
            self.setStart(first.lowerBound)
        } else if first.upperBound > self.startBytes {
            // What replaces several characters counts to the last of them.
            self.startBytes = 0
        } else {
            self.setStart(self.startBytes + content.count - first.count)
        }
    }

    /// Takes whitespace away from the ends.
    mutating func strip(left: Bool, right: Bool) {
        var start = 0
        var end = self.bytes.count
        while left, start < end, let scalar = UTF8Text.scalar(in: self.bytes, at: start),
            ScalarClass.whitespace.contains(scalar)
        { start += UTF8.width(scalar) }
        while right, start < end, let scalar = UTF8Text.scalar(in: self.bytes, endingAt: end),
            ScalarClass.whitespace.contains(scalar)
        { end -= UTF8.width(scalar) }
        if start > 0 || end < self.bytes.count { self.bytes = Array(self.bytes[start..<end]) }
        self.setStart(max(self.startBytes - start, 0))
    }

    /// Lower-cases every scalar by itself, whatever stands around it.
    mutating func lowercase() {
        self.rewrite { text in
            var output: [UInt8] = []
            output.reserveCapacity(text.count)
            UTF8Text.forEachScalar(in: text, 0..<text.count) { scalar, _ in
                switch scalar.value {
                case 0x41...0x5A: output.append(UInt8(scalar.value + 0x20))
                case 0x80...0x10FFFF where !Self.isCaseless(scalar) && scalar.properties.changesWhenLowercased:
                    output += scalar.properties.lowercaseMapping.utf8
                default: UTF8Text.append(scalar, to: &output)
                }
            }
            return output
        }
    }

    /// East Asian letters, of which texts are full: for these nothing is looked up.
    private static func isCaseless(_ scalar: Unicode.Scalar) -> Bool {
        0x2E80...0xA63F ~= scalar.value || 0xAC00...0xD7A3 ~= scalar.value || 0x1100...0x11FF ~= scalar.value
    }

    // MARK: The start

    /// Starts where the original text starts, whatever was taken away.
    mutating func restoreStart() { self.setStart(max(self.startBytes, 1)) }

    /// Counts so many bytes to the original's first character, and the rest of the character that they end in.
    private mutating func setStart(_ count: Int) {
        self.startBytes = min(count, self.bytes.count)
        guard count > 0 else { return }
        while self.startBytes < self.bytes.count, self.bytes[self.startBytes] & 0xC0 == 0x80 { self.startBytes += 1 }
    }
}
