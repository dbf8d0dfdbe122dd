/// Lays out a page of help for a terminal of some width.
struct HelpLayout {
    private(set) var text = ""
    private let width: Int
    private let column: Int

    /// - Parameters:
    ///   - width: Pages are never wider than 100 columns, where lines get hard to read.
    ///   - names: What stands on the left, if all of it is short; else explanations have a column of their own.
    init(width: Int, names: [String] = []) {
        self.width = min(100, max(40, width))
        let widest = self.width >= 80 ? 32 : 16
        self.column = names.map { $0.count + 4 }.max().map { min($0, widest) } ?? widest
    }

    mutating func gap() { self.text += "\n" }

    mutating func heading(_ title: String) { self.text += "\n\(title):\n" }

    mutating func row(_ line: String) { self.text += "  \(line)\n" }

    /// Lines as wide as the page.
    mutating func paragraph(_ paragraph: String) {
        for line in Self.wrapped(paragraph, width: self.width) { self.text += line + "\n" }
    }

    /// A name on the left and what it means on the right, or below where the name is too long.
    mutating func entry(_ name: String, _ explanation: String) {
        var start = "  " + name
        if start.count + 2 > self.column {
            self.text += start + "\n"
            start = ""
        }
        for line in Self.wrapped(explanation, width: self.width - self.column) {
            self.text += start + String(repeating: " ", count: self.column - start.count) + line + "\n"
            start = ""
        }
    }

    /// The words in lines of at most `width` characters; a longer word has a line of its own.
    static func wrapped(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(whereSeparator: \.isWhitespace) {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
