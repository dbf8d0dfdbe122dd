/// One thing that is wrong with what a command was given.
public struct SettingProblem: Sendable, Equatable, CustomStringConvertible {
    /// Where it is: a flag, a variable, `FILE:LINE: key`, or a key that is nowhere.
    public var place: String
    /// What is wrong, what is allowed, and what may have been meant.
    public var message: String

    public init(place: String, message: String) {
        self.place = place
        self.message = message
    }

    public var description: String { "\(self.place): \(self.message)" }

    /// A value that its format refused.
    static func malformed(_ value: RawValue, _ parameter: ParameterDescriptor) -> SettingProblem {
        let isSecret = parameter.isSecret(entry: value.text)
        var message =
            "expected \(parameter.expected), got \(isSecret ? ParameterDescriptor.redacted : QuotedText.of(value.text))"
        if let near = Suggestion.nearest(to: value.text, among: parameter.choices), !isSecret {
            message += "; did you mean \(near)?"
        }
        return SettingProblem(place: parameter.place(of: value.source), message: message)
    }
}

/// Text from outside, made fit for one line of a message.
enum QuotedText {
    private static let longest = 80

    /// The text as it is, or in quotes where something in it must be escaped or seen.
    static func name(_ text: String) -> String {
        let quoted = self.of(text)
        return quoted == "\"\(text)\"" && !text.contains(where: \.isWhitespace) && !text.isEmpty ? text : quoted
    }

    /// The text in quotes, cut where it is long, with control characters and marks that turn its direction escaped.
    static func of(_ text: String) -> String {
        var quoted = "\""
        var left = self.longest
        for scalar in text.unicodeScalars {
            guard left > 0 else { return quoted + "\"…" }
            left -= 1
            switch scalar.value {
            case 0x22, 0x5C: quoted += "\\" + String(scalar)
            case 0x0A: quoted += "\\n"
            case 0...0x1F, 0x7F...0x9F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069:
                quoted += "\\u{" + String(scalar.value, radix: 16) + "}"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
