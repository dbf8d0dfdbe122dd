// The three ways to declare a parameter. They differ in where it may be given: a setting everywhere, an option on the
// command line only, an argument by its place.

/// Something that is configured: a flag, a variable and a key of the configuration file.
///
/// ```swift
/// Setting("max-concurrent-loads", \.maxConcurrentLoads, .within(1...64), help: "reads in progress at once")
/// ```
///
/// Its default is what the struct has when it is made. A list, a map, an optional and a `Bool` are declared alike.
public struct Setting<Root>: Sendable {
    let parameter: Parameter<Root>

    /// - Parameters:
    ///   - name: In lower case, words joined by dashes. The group's name stands before it.
    ///   - path: Where the value goes, and where its default is.
    ///   - format: How it is written and what is allowed.
    ///   - isRequired: It has no default and must be given.
    ///   - secret: `true` keeps the value out of every message and listing.
    ///   - default: What to say of a default that depends on the machine.
    ///   - help: What it means: a sentence without its capital and its full stop.
    public init<Value: SettingValue>(
        _ name: String,
        _ path: any WritableKeyPath<Root, Value> & Sendable,
        _ format: ValueFormat<Value> = Value.format,
        isRequired: Bool = false,
        secret: Secrecy = false,
        default: String? = nil,
        help: String
    ) {
        let descriptor = ParameterDescriptor(
            .setting,
            name,
            format,
            isRequired: isRequired,
            secrecy: secret,
            defaultNote: `default`,
            help: help
        )
        self.parameter = Parameter(descriptor: descriptor, path: path, format: format)
    }
}

/// Something that one call is told, with a flag.
public struct Option<Root>: Sendable {
    let parameter: Parameter<Root>

    /// - Parameters:
    ///   - name: In lower case, words joined by dashes.
    ///   - short: The letter of a short flag, such as `o` for `-o`.
    ///   - path: Where the value goes, and where its default is.
    ///   - format: How it is written and what is allowed.
    ///   - isRequired: It has no default and must be given.
    ///   - default: What to say of a default that depends on the machine.
    ///   - help: What it means: a sentence without its capital and its full stop.
    public init<Value: SettingValue>(
        _ name: String,
        short: Character? = nil,
        _ path: any WritableKeyPath<Root, Value> & Sendable,
        _ format: ValueFormat<Value> = Value.format,
        isRequired: Bool = false,
        default: String? = nil,
        help: String
    ) {
        let descriptor = ParameterDescriptor(
            .option,
            name,
            format,
            short: short,
            isRequired: isRequired,
            defaultNote: `default`,
            help: help
        )
        self.parameter = Parameter(descriptor: descriptor, path: path, format: format)
    }
}

/// Something that one call is told by its place.
///
/// One that is optional by its type may be left out; one that is a list takes all that follow, so it comes last.
public struct Argument<Root>: Sendable {
    let parameter: Parameter<Root>

    /// - Parameters:
    ///   - name: In capitals, as the usage line shows it.
    ///   - path: Where the value goes.
    ///   - format: How it is written and what is allowed.
    ///   - isRequired: Whether it must be given; by default, if its default is empty and its type has no nil.
    ///   - help: What it means: a sentence without its capital and its full stop.
    public init<Value: SettingValue>(
        _ name: String,
        _ path: any WritableKeyPath<Root, Value> & Sendable,
        _ format: ValueFormat<Value> = Value.format,
        isRequired: Bool = !(Value.self is any ExpressibleByNilLiteral.Type),
        help: String
    ) {
        let descriptor = ParameterDescriptor(.argument, name, format, isRequired: isRequired, help: help)
        self.parameter = Parameter(descriptor: descriptor, path: path, format: format)
    }
}

extension ParameterDescriptor {
    fileprivate init<Value>(
        _ scope: Scope,
        _ key: String,
        _ format: ValueFormat<Value>,
        short: Character? = nil,
        isRequired: Bool,
        secrecy: Secrecy = .none,
        defaultNote: String? = nil,
        help: String
    ) {
        self.init(
            scope: scope,
            key: key,
            short: short,
            group: "",
            arity: format.arity,
            placeholder: format.placeholder,
            expected: format.expected,
            unit: format.unit,
            choices: format.choices,
            paths: format.paths,
            isRequired: isRequired,
            secrecy: secrecy,
            help: help,
            defaultText: nil,
            defaultNote: defaultNote
        )
    }
}

/// The settings of one struct, under one name and one heading.
///
/// ```swift
/// extension ExpertCacheConfiguration {
///     static let settings = SettingGroup<Self>("expert-cache", "The cache of routed-expert weights") {
///         Setting("capacity", \.capacityBytes, .bytes, help: "expert weights kept resident")
///     }
/// }
/// ```
///
/// makes the flag `--expert-cache-capacity`, the variable `DURE_EXPERT_CACHE_CAPACITY` and the key
/// `expert-cache.capacity`. A command takes it in with `ExpertCacheConfiguration.settings.at(\.expertCache)`.
public struct SettingGroup<Root>: Sendable {
    public let title: String
    public let parameters: [Parameter<Root>]

    /// - Parameters:
    ///   - name: What stands before every name in the group; empty for the top level.
    ///   - title: The heading in help and in the documentation.
    ///   - content: The declarations.
    public init(_ name: String, _ title: String, @ParameterBuilder<Root> _ content: () -> [Parameter<Root>]) {
        self.title = title
        self.parameters = content().map { parameter in
            var parameter = parameter
            parameter.descriptor.group = title
            if !name.isEmpty { parameter.descriptor.key = name + "." + parameter.descriptor.key }
            return parameter
        }
    }

    private init(title: String, parameters: [Parameter<Root>]) {
        self.title = title
        self.parameters = parameters
    }

    /// The same settings of something that holds a `Root`.
    public func at<Parent>(_ path: any WritableKeyPath<Parent, Root> & Sendable) -> [Parameter<Parent>] {
        self.parameters.map { $0.at(path) }
    }

    /// The same settings, of which these must be given to this command.
    public func requiring(_ keys: String...) -> SettingGroup {
        self.checkKeys(keys)
        let parameters = self.parameters.map { parameter in
            var parameter = parameter
            if keys.contains(parameter.descriptor.key) { parameter.descriptor.isRequired = true }
            return parameter
        }
        return SettingGroup(title: self.title, parameters: parameters)
    }

    private func checkKeys(_ keys: [String]) {
        precondition(
            keys.allSatisfy { key in self.parameters.contains { $0.descriptor.key == key } },
            "a group does not have all of \(keys)"
        )
    }

    /// Only the settings of these keys, for a command that needs no more.
    public func only(_ keys: String...) -> SettingGroup {
        self.checkKeys(keys)
        return SettingGroup(title: self.title, parameters: self.parameters.filter { keys.contains($0.descriptor.key) })
    }
}

extension Array {
    /// Several groups' settings as those of something that holds a `Root`.
    public func at<Root, Parent>(_ path: any WritableKeyPath<Parent, Root> & Sendable) -> [Parameter<Parent>]
    where Element == Parameter<Root> {
        self.map { $0.at(path) }
    }
}
