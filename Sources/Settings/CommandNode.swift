/// One word of the command line that names a command, or a group of commands.
public struct CommandNode: Sendable {
    public let name: String
    public let summary: String
    public let aliases: [String]
    public let isHidden: Bool
    let kind: Kind

    enum Kind: Sendable {
        case group([CommandNode])
        case command(DeclaredCommand)
    }

    public static func command<C: Command>(_ command: C.Type) -> CommandNode {
        let help = C.help
        return CommandNode(
            name: help.name,
            summary: help.summary,
            aliases: help.aliases,
            isHidden: help.isHidden,
            kind: .command(DeclaredCommand(command))
        )
    }

    /// Commands under a common first word, such as `dure topics create`.
    public static func group(_ name: String, _ summary: String, _ commands: [CommandNode]) -> CommandNode {
        CommandNode(name: name, summary: summary, aliases: [], isHidden: false, kind: .group(commands))
    }

    func answers(to word: String) -> Bool { self.name == word || self.aliases.contains(word) }

    var children: [CommandNode] {
        switch self.kind {
        case .group(let children): children
        case .command: []
        }
    }

    /// The commands at and below this node.
    var leaves: [DeclaredCommand] {
        switch self.kind {
        case .group(let children): children.flatMap(\.leaves)
        case .command(let command): [command]
        }
    }
}

/// A command without its type.
struct DeclaredCommand: Sendable {
    let help: CommandHelp
    /// What it declares, and after that what every command has.
    let parameters: [ParameterDescriptor]
    /// Reads the sources, runs it, and says how it ended.
    let execute: @Sendable (Invocation) async -> ExitStatus

    init<C: Command>(_ command: C.Type) {
        let parameters = C.parameters
        let defaults = C()
        self.help = C.help
        self.parameters =
            parameters.map { $0.described(defaults: defaults) }
            + ParameterDescriptor.common(hasSettings: parameters.contains { $0.descriptor.scope == .setting })
        let flags = self.parameters.filter { $0.scope != .argument }.map(\.flag)
        precondition(Set(flags).count == flags.count, "\(C.help.name) declares a flag twice")
        self.execute = { await $0.run(command, parameters) }
    }

    var hasSettings: Bool { self.parameters.contains { $0.scope == .setting } }
}

extension ParameterDescriptor {
    static let helpKey = "help"
    static let configurationKey = "config"
    static let printConfigurationKey = "print-config"

    /// The options that every command has.
    static func common(hasSettings: Bool) -> [ParameterDescriptor] {
        let help = self.option(self.helpKey, short: "h", .flag, "print this page")
        guard hasSettings else { return [help] }
        return [
            self.option(self.configurationKey, .one, "read settings from this file; variables and flags are stronger"),
            self.option(self.printConfigurationKey, .flag, "print every setting with its value and source, and end"),
            help,
        ]
    }

    private static func option(
        _ key: String,
        short: Character? = nil,
        _ arity: ValueArity,
        _ help: String
    ) -> ParameterDescriptor {
        ParameterDescriptor(
            scope: .option,
            key: key,
            short: short,
            group: "",
            arity: arity,
            placeholder: "FILE",
            expected: "a path",
            unit: nil,
            choices: [],
            paths: arity == .one ? .file : nil,
            isRequired: false,
            secrecy: .none,
            help: help,
            defaultText: nil,
            defaultNote: nil
        )
    }
}
