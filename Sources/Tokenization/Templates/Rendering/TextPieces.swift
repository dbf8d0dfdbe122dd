/// Cutting texts, as Python's string methods do.
enum TextPieces {
    /// Without white space, or without any of `characters`, at the borders.
    static func stripped(
        _ text: String,
        _ characters: String?,
        left: Bool = true,
        right: Bool = true
    ) -> String {
        let set = characters.map { Set($0.unicodeScalars) }
        func isStripped(_ scalar: Unicode.Scalar) -> Bool {
            if let set { return set.contains(scalar) }
            return PythonCharacter.isSpace(scalar)
        }
        let scalars = text.unicodeScalars
        var (start, end) = (scalars.startIndex, scalars.endIndex)
        if left { while start < end, isStripped(scalars[start]) { start = scalars.index(after: start) } }
        if right {
            while start < end {
                let last = scalars.index(before: end)
                guard isStripped(scalars[last]) else { break }
                end = last
            }
        }
        if start == scalars.startIndex, end == scalars.endIndex { return text }
        return String(scalars[start..<end])
    }

    /// The parts between `separator`; at most `limit` cuts, counted from the left.
    static func split(_ text: String, by separator: String, limit: Int) -> [String] {
        var parts: [String] = []
        var start = 0
        while parts.count < limit, let position = TextSearch.first(separator, in: text, from: start) {
            parts.append(text.slice(start..<position))
            start = position + separator.utf8.count
        }
        parts.append(start == 0 ? text : text.slice(start..<text.utf8.count))
        return parts
    }

    /// The same with the cuts counted from the right.
    static func splitFromRight(_ text: String, by separator: String, limit: Int) -> [String] {
        guard limit < Int.max else { return self.split(text, by: separator, limit: limit) }
        var parts: [String] = []
        var end = text.utf8.count
        while parts.count < limit, let position = TextSearch.last(separator, in: text, before: end) {
            parts.append(text.slice(position + separator.utf8.count..<end))
            end = position
        }
        parts.append(text.slice(0..<end))
        return parts.reversed()
    }

    /// The words between white space.
    static func words(_ text: String, limit: Int) -> [String] {
        let scalars = text.unicodeScalars
        var words: [String] = []
        var index = scalars.startIndex
        while true {
            while index < scalars.endIndex, PythonCharacter.isSpace(scalars[index]) {
                index = scalars.index(after: index)
            }
            guard index < scalars.endIndex else { return words }
            let start = index
            guard words.count < limit else {
                return words + [String(scalars[start...])]
            }
            while index < scalars.endIndex, !PythonCharacter.isSpace(scalars[index]) {
                index = scalars.index(after: index)
            }
            words.append(String(scalars[start..<index]))
        }
    }

    /// The same with the cuts counted from the right.
    static func wordsFromRight(_ text: String, limit: Int) -> [String] {
        let scalars = text.unicodeScalars
        var words: [String] = []
        var end = scalars.endIndex
        while true {
            while end > scalars.startIndex, PythonCharacter.isSpace(scalars[scalars.index(before: end)]) {
                end = scalars.index(before: end)
            }
            guard end > scalars.startIndex else { break }
            guard words.count < limit else {
                words.append(String(scalars[..<end]))
                break
            }
            var start = end
            while start > scalars.startIndex, !PythonCharacter.isSpace(scalars[scalars.index(before: start)]) {
                start = scalars.index(before: start)
            }
            words.append(String(scalars[start..<end]))
            end = start
        }
        return words.reversed()
    }

    static func lines(_ text: String, keepingEnds: Bool) -> [String] {
        let scalars = text.unicodeScalars
        var lines: [String] = []
        var start = scalars.startIndex
        var index = start
        while index < scalars.endIndex {
            let scalar = scalars[index]
            let end = index
            index = scalars.index(after: index)
            guard PythonCharacter.isLineBreak(scalar) else { continue }
            if scalar == "\r", index < scalars.endIndex, scalars[index] == "\n" { index = scalars.index(after: index) }
            lines.append(String(scalars[start..<(keepingEnds ? index : end)]))
            start = index
        }
        if start < scalars.endIndex { lines.append(String(scalars[start...])) }
        return lines
    }

    /// How often `part` stands in the text, without overlaps.
    static func count(_ part: String, in text: String) -> Int {
        guard !part.isEmpty else { return text.unicodeScalars.count + 1 }
        var (count, start) = (0, 0)
        while let position = TextSearch.first(part, in: text, from: start) {
            count += 1
            start = position + part.utf8.count
        }
        return count
    }

    static func replaced(_ old: String, by new: String, in text: String, limit: Int) -> String {
        guard old.isEmpty else {
            let parts = self.split(text, by: old, limit: limit)
            return parts.count == 1 ? text : parts.joined(separator: new)
        }
        var output = ""
        var count = 0
        for scalar in text.unicodeScalars {
            if count < limit { output += new }
            count += 1
            output.unicodeScalars.append(scalar)
        }
        return count < limit ? output + new : output
    }

    static func expandedTabs(_ text: String, size: Int) -> String {
        var output = ""
        var column = 0
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\t":
                guard size > 0 else { break }
                let width = size - column % size
                output += String(repeating: " ", count: width)
                column += width
            case "\n", "\r":
                output.unicodeScalars.append(scalar)
                column = 0
            default:
                output.unicodeScalars.append(scalar)
                column += 1
            }
        }
        return output
    }
}
