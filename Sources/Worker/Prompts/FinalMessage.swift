// Finds a message's text in the prompt that a template has made of it, in linear time: both come from outside.

extension String {
    /// The text up to the end of the last place where `content` stands, as transformers cuts it.
    ///
    /// `content` counts without the space around it where the template has trimmed it. Nil if it is nowhere.
    func cut(afterLast content: String) -> String? {
        let text = Array(self.utf8)
        let whole = Array(content.utf8)
        let leading = whole.prefix(while: Self.isSpace).count
        let trailing = whole.reversed().prefix(while: Self.isSpace).count
        guard leading < whole.count else { return nil }
        let trimmed = Array(whole[leading..<whole.count - trailing])
        guard let start = text.lastOccurrence(of: trimmed) else { return nil }
        let untrimmedEnd = start + whole.count - leading
        let isUntrimmed =
            untrimmedEnd <= text.count && text[start..<untrimmedEnd].elementsEqual(whole[leading...])
        return String(decoding: text[..<(isUntrimmed ? untrimmedEnd : start + trimmed.count)], as: UTF8.self)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}

extension [UInt8] {
    /// Where `pattern` stands last; Knuth, Morris and Pratt's search, from the end.
    func lastOccurrence(of pattern: [UInt8]) -> Int? {
        guard !pattern.isEmpty else { return self.count }
        let pattern = Array(pattern.reversed())
        // The length of the longest proper prefix of `pattern[...index]` that is also its suffix.
        var borders = Array<Int>(repeating: 0, count: pattern.count)
        var matched = 0
        for index in pattern.indices.dropFirst() {
            while matched > 0, pattern[index] != pattern[matched] { matched = borders[matched - 1] }
            if pattern[index] == pattern[matched] { matched += 1 }
            borders[index] = matched
        }
        matched = 0
        for index in self.indices.reversed() {
            while matched > 0, self[index] != pattern[matched] { matched = borders[matched - 1] }
            if self[index] == pattern[matched] { matched += 1 }
            if matched == pattern.count { return index }
        }
        return nil
    }
}
