/// All commands of an executable, under headings.
public struct CommandSection: Sendable {
    public let title: String
    public let commands: [CommandNode]

    public init(_ title: String, _ commands: [CommandNode]) {
        self.title = title
        self.commands = commands
    }
}

/// An executable: finds the command that the first words name, and runs it.
public struct Program: Sendable {
    public let name: String
    /// One sentence.
    public let summary: String
    /// What `--version` prints.
    let version: @Sendable () -> String
    /// What every variable starts with, such as `DURE_`.
    public let variablePrefix: String
    /// Variables with that prefix that are no settings.
    let ignoredVariables: Set<String>
    let sections: [CommandSection]
    /// Every setting of every command, each once.
    public let settings: [ParameterDescriptor]

    public init(
        name: String,
        summary: String,
        version: @escaping @Sendable () -> String,
        variablePrefix: String,
        ignoredVariables: Set<String> = [],
        sections: [CommandSection]
    ) {
        self.name = name
        self.summary = summary
        self.version = version
        self.variablePrefix = variablePrefix
        self.ignoredVariables = ignoredVariables
        self.sections = sections
        var keys: Set<String> = []
        self.settings = sections.flatMap(\.commands).flatMap(\.leaves).flatMap(\.parameters).filter {
            $0.scope == .setting && keys.insert($0.key).inserted
        }
    }

    var commands: [CommandNode] { self.sections.flatMap(\.commands) }

    /// Runs what the arguments say.
    ///
    /// - Parameters:
    ///   - arguments: Without the executable's name.
    ///   - environment: Of the process.
    ///   - console: What is printed to and read from.
    /// - Returns: How it ended; everything there is to say about it has been printed.
    public func run(
        arguments: [String],
        environment: [String: String],
        console: Console
    ) async -> ExitStatus {
        switch arguments.first {
        case nil:
            console.note(self.helpPage(width: console.error.width), terminator: "")
            return .usage
        case "--help", "-h": return self.printPage(console) { self.helpPage(width: $0) }
        case "--version": return self.printPage(console) { _ in self.version() + "\n" }
        case "help": return self.help(Array(arguments.dropFirst()), console)
        case Self.completionRequest:
            return self.printPage(console) { _ in self.completionLines(for: Array(arguments.dropFirst())) }
        case _: break
        }
        switch self.find(arguments) {
        case .command(let command, let path, let rest):
            let invocation = Invocation(
                program: self,
                path: path,
                arguments: rest,
                environment: environment,
                console: console
            )
            return await command.execute(invocation)
        case .group(let group, let path, let next):
            if next == "--help" || next == "-h" {
                return self.printPage(console) { GroupPage(group, path: path).text(width: $0) }
            }
            console.note("\(path): expected one of its commands\n")
            console.note(GroupPage(group, path: path).text(width: console.error.width), terminator: "")
            return .usage
        case .unknown(let message):
            console.note(message)
            return .usage
        }
    }

    private func help(_ words: [String], _ console: Console) -> ExitStatus {
        guard !words.isEmpty else { return self.printPage(console) { self.helpPage(width: $0) } }
        switch self.find(words) {
        case .command(let command, let path, _):
            return self.printPage(console) {
                CommandPage(command, path: path, variablePrefix: self.variablePrefix).text(width: $0)
            }
        case .group(let group, let path, _):
            return self.printPage(console) { GroupPage(group, path: path).text(width: $0) }
        case .unknown(let message):
            console.note(message)
            return .usage
        }
    }

    private func printPage(_ console: Console, _ page: (_ width: Int) -> String) -> ExitStatus {
        do {
            try console.print(page(console.output.width), terminator: "")
            return .done
        } catch {
            if error != .closedByReader { console.note("\(self.name): \(error)") }
            return .failed
        }
    }

    // MARK: Finding

    enum Found {
        case command(DeclaredCommand, path: String, rest: [String])
        case group(CommandNode, path: String, next: String?)
        case unknown(String)
    }

    func find(_ words: [String]) -> Found {
        var path = self.name
        var candidates = self.commands
        var rest = words[...]
        var group: CommandNode?
        while let word = rest.first {
            guard let node = candidates.first(where: { $0.answers(to: word) }) else { break }
            rest.removeFirst()
            path += " " + node.name
            if case .command(let command) = node.kind { return .command(command, path: path, rest: Array(rest)) }
            group = node
            candidates = node.children
        }
        if let group, rest.first?.hasPrefix("-") ?? true { return .group(group, path: path, next: rest.first) }
        let word = rest.first ?? ""
        let names = candidates.filter { !$0.isHidden }.flatMap { [$0.name] + $0.aliases }
        let near = Suggestion.nearest(to: word, among: names).map { "; did you mean '\(path) \($0)'?" } ?? ""
        let kind = word.hasPrefix("-") ? "option" : "command"
        return .unknown(
            "\(path): no such \(kind): \(QuotedText.of(word))\(near)\nRun '\(path) --help' for what there is."
        )
    }
}
