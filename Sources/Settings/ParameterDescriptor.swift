/// What is known of a parameter without its command's type.
///
/// Help, completion, suggestions and the documentation table are made from it alone.
public struct ParameterDescriptor: Sendable {
    /// Where a parameter may be given.
    public enum Scope: Sendable, Equatable {
        /// By its place on the command line.
        case argument
        /// As a flag.
        case option
        /// As a flag, a variable and a key of the configuration file.
        case setting
    }

    public let scope: Scope
    /// The key in the configuration file, such as `delivery.commit-interval`; of an argument, its name.
    public internal(set) var key: String
    /// The letter of a short flag.
    public let short: Character?
    /// The heading under which help shows it; empty for the command's own.
    public internal(set) var group: String
    public let arity: ValueArity
    public let placeholder: String
    public let expected: String
    public let unit: String?
    public let choices: [String]
    public let paths: PathKind?
    public internal(set) var isRequired: Bool
    public let secrecy: Secrecy
    public let help: String
    /// The default as text; nil where there is none.
    public internal(set) var defaultText: String?
    /// Said instead of a default that depends on the machine.
    let defaultNote: String?

    static let redacted = "<redacted>"

    /// The long flag: the key with dashes for dots.
    public var flag: String { "--" + self.key.replacing(".", with: "-") }

    /// The flag that says no.
    public var negatedFlag: String? { self.arity == .flag ? "--no-" + self.flag.dropFirst(2) : nil }

    /// The variable, such as `DURE_DELIVERY_COMMIT_INTERVAL`; of a map, one per key with this before it.
    public func variable(prefix: String) -> String {
        prefix + self.key.uppercased().replacing(".", with: "_").replacing("-", with: "_")
    }

    /// Whether this value may not be shown.
    func isSecret(entry: String) -> Bool {
        switch self.secrecy {
        case .none: false
        case .always: true
        case .keys(let isSecret): MapEntry.split(entry).map { isSecret($0.key) } ?? true
        }
    }

    /// A value as it may be shown.
    func shown(_ text: String) -> String {
        guard self.isSecret(entry: text) else { return text }
        guard self.arity == .map, let entry = MapEntry.split(text) else { return Self.redacted }
        return "\(entry.key)=\(Self.redacted)"
    }

    /// Where a value was given, for a message.
    func place(of source: ValueSource) -> String {
        switch source {
        case .file: "\(source): \(self.key)"
        case .defaultValue: self.key
        case .variable, .flag, .argument: source.description
        }
    }
}

/// Which values of a parameter are never printed.
public enum Secrecy: Sendable, ExpressibleByBooleanLiteral {
    case none
    case always
    /// Of a map, the values whose keys the function names.
    case keys(@Sendable (String) -> Bool)

    public init(booleanLiteral isSecret: Bool) { self = isSecret ? .always : .none }
}
