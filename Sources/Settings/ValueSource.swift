/// Where a value came from, from weak to strong.
public enum ValueSource: Sendable, Equatable, CustomStringConvertible {
    case defaultValue
    case file(path: String, line: Int)
    case variable(String)
    /// A flag as it was written, such as `--threads` or `-o`.
    case flag(String)
    /// A positional argument, by its name in the usage line.
    case argument(String)

    public var description: String {
        switch self {
        case .defaultValue: "default"
        case .file(let path, let line): "\(path):\(line)"
        case .variable(let name): name
        case .flag(let flag): flag
        case .argument(let name): name
        }
    }

    /// A stronger source's value replaces a weaker one's.
    var strength: Int {
        switch self {
        case .defaultValue: 0
        case .file: 1
        case .variable: 2
        case .flag, .argument: 3
        }
    }
}

/// A value as text, before it has a type.
struct RawValue: Sendable, Equatable {
    var text: String
    var source: ValueSource
}
