/// Every setting of a command with the value in effect and where it came from.
///
/// Secrets are redacted already when this is made.
public struct EffectiveConfiguration: Sendable, Equatable {
    public struct Entry: Sendable, Equatable {
        public var key: String
        /// None where the setting has no value.
        public var texts: [String]
        public var isList: Bool
        public var source: ValueSource
    }

    public internal(set) var entries: [Entry] = []

    /// The entries that something set, for a log line.
    public var changed: [Entry] { self.entries.filter { $0.source != .defaultValue } }

    /// As a configuration file in which each line says where its value came from.
    ///
    /// What it prints can be read again, but for secrets.
    public var yaml: String {
        let lines = self.entries.map { (text: $0.yaml, source: $0.source.description) }
        let column = min(60, lines.map(\.text.count).max() ?? 0)
        return lines.map { line in
            line.text + String(repeating: " ", count: max(0, column - line.text.count)) + "  # \(line.source)\n"
        }.joined()
    }
}

extension EffectiveConfiguration.Entry {
    fileprivate var yaml: String {
        if self.isList { return "\(self.key): [\(self.texts.map(Self.scalar).joined(separator: ", "))]" }
        return self.texts.first.map { "\(self.key): \(Self.scalar($0))" } ?? "# \(self.key):"
    }

    /// A text as one YAML scalar: plain where nothing in it means anything to YAML.
    private static func scalar(_ text: String) -> String {
        let isPlain =
            !text.isEmpty && text.first != "-" && !["~", "null"].contains(text.lowercased())
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"):
                    true
                default: "._-/+".utf8.contains(byte)
                }
            }
        guard !isPlain else { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22, 0x5C: quoted += "\\" + String(scalar)
            case 0x0A: quoted += "\\n"
            case 0...0x1F, 0x7F...0x9F, 0x2028, 0x2029:
                let hexadecimal = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
