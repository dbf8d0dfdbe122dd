/// The form of a log line.
public enum LogFormat: Sendable, Equatable {
    /// For people: time, level, label, message, `key=value`.
    case text(colours: Bool)
    /// For collectors: one JSON object with `time`, `level`, `label`, `message` and one member per fact.
    ///
    /// A fact whose key is one of those four names, or `truncated`, has `_` put before it.
    case json
}

/// One thing that happened, before it has a form.
struct LogEntry {
    var secondsSinceEpoch: Double
    var level: LogLevel
    var label: String
    var message: String
    var metadata: LogMetadata
}

extension LogFormat {
    /// The entry as one line with its newline, at most `limit` bytes.
    ///
    /// What does not fit is cut at a character and the line says so.
    func line(for entry: LogEntry, limit: Int) -> String {
        switch self {
        case .text(let colours): Self.textLine(entry, colours: colours, limit: limit)
        case .json: Self.jsonLine(entry, limit: limit)
        }
    }

    private static let cutMark = " …(cut)"
    private static let ownNames: Set<String> = ["time", "level", "label", "message", "truncated"]

    private static func textLine(_ entry: LogEntry, colours: Bool, limit: Int) -> String {
        let level = entry.level.rawValue.uppercased()
        let padding = String(repeating: " ", count: max(0, 8 - level.count))
        let shownLevel = colours ? entry.level.colour + level + "\u{1B}[0m" : level
        var line = BoundedText(limit: limit - self.cutMark.utf8.count - 1)
        line.append("\(Timestamp.text(entry.secondsSinceEpoch)) \(shownLevel)\(padding) ")
        line.append(EscapedText.plain(entry.label) + ": ")
        line.append(EscapedText.plain(entry.message))
        for fact in entry.metadata {
            line.append(" \(EscapedText.word(fact.key))=")
            line.append(Self.text(fact.value))
        }
        return line.text + (line.isCut ? self.cutMark : "") + "\n"
    }

    private static func text(_ value: LogMetadata.Value) -> String {
        switch value {
        case .text(let text): EscapedText.word(text)
        case .integer(let integer): String(integer)
        case .number(let number): String(number)
        case .flag(let flag): String(flag)
        }
    }

    private static func jsonLine(_ entry: LogEntry, limit: Int) -> String {
        let end = ",\"truncated\":true}"
        let time = Timestamp.text(entry.secondsSinceEpoch)
        var line = "{\"time\":\"\(time)\",\"level\":\"\(entry.level.rawValue)\",\"label\":"
        var isCut = false
        // A quarter for the label, half for the message, the rest for facts: each cut leaves a valid object.
        Self.appendJSON(entry.label, to: &line, limit: limit / 4, isCut: &isCut)
        line += ",\"message\":"
        Self.appendJSON(entry.message, to: &line, limit: limit / 4 + limit / 2, isCut: &isCut)
        for fact in entry.metadata {
            let name = self.ownNames.contains(fact.key) ? "_" + fact.key : fact.key
            let member = ",\(EscapedText.json(name)):\(Self.json(fact.value))"
            guard line.utf8.count + member.utf8.count + end.utf8.count < limit else {
                isCut = true
                break
            }
            line += member
        }
        return line + (isCut ? end : "}") + "\n"
    }

    private static func appendJSON(_ text: String, to line: inout String, limit: Int, isCut: inout Bool) {
        let (quoted, cut) = EscapedText.json(text, maxBytes: max(2, limit - line.utf8.count))
        line += quoted
        isCut = isCut || cut
    }

    private static func json(_ value: LogMetadata.Value) -> String {
        switch value {
        case .text(let text): EscapedText.json(text)
        case .integer(let integer): String(integer)
        // JSON has no infinity and no NaN.
        case .number(let number): number.isFinite ? String(number) : "\"\(number)\""
        case .flag(let flag): String(flag)
        }
    }
}

/// A string that stops growing at a number of bytes, at the border of a character.
private struct BoundedText {
    private(set) var text = ""
    private(set) var isCut = false
    private var remaining: Int

    init(limit: Int) { self.remaining = limit }

    mutating func append(_ more: String) {
        guard !self.isCut else { return }
        if more.utf8.count <= self.remaining {
            self.text += more
            self.remaining -= more.utf8.count
            return
        }
        self.isCut = true
        for scalar in more.unicodeScalars {
            let bytes = scalar.utf8.count
            guard bytes <= self.remaining else { return }
            self.text.unicodeScalars.append(scalar)
            self.remaining -= bytes
        }
    }
}
