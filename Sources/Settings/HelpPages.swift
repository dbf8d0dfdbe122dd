// The pages that `--help` prints, made from the declarations alone.

/// The page of one command.
struct CommandPage {
    private let command: DeclaredCommand
    private let path: String
    private let variablePrefix: String

    init(_ command: DeclaredCommand, path: String, variablePrefix: String) {
        self.command = command
        self.path = path
        self.variablePrefix = variablePrefix
    }

    func text(width: Int) -> String {
        let help = self.command.help
        var page = HelpLayout(width: width)
        page.paragraph(help.summary)
        page.heading("Usage")
        page.row(self.usage)
        if !help.discussion.isEmpty {
            page.gap()
            for paragraph in help.discussion.split(separator: "\n\n") { page.paragraph(String(paragraph)) }
        }
        page.heading(help.examples.count == 1 ? "Example" : "Examples")
        for example in help.examples {
            for line in example.split(separator: "\n") { page.row(String(line)) }
        }
        self.list(self.command.parameters.filter { $0.scope == .argument }, under: "Arguments", &page)
        let options = self.command.parameters.filter { $0.scope != .argument }
        self.list(options.filter { $0.group.isEmpty }, under: "Options", &page)
        for group in Self.groups(of: options) { self.list(options.filter { $0.group == group }, under: group, &page) }
        if self.command.hasSettings {
            page.gap()
            page.paragraph(self.settingNote)
        }
        return page.text
    }

    private var settingNote: String {
        "What stands under a heading of its own is a setting: --a-b is also the variable \(self.variablePrefix)A_B and "
            + "the key a.b of the file that --config or \(self.variablePrefix)CONFIG names. A flag is stronger than a "
            + "variable, a variable than the file."
    }

    private static func groups(of options: [ParameterDescriptor]) -> [String] {
        var seen: Set<String> = [""]
        return options.map(\.group).filter { seen.insert($0).inserted }
    }

    private var usage: String {
        var words = [self.path]
        for argument in self.command.parameters where argument.scope == .argument {
            let name = argument.arity == .list ? argument.key + "…" : argument.key
            words.append(argument.isRequired ? name : "[\(name)]")
        }
        let options = self.command.parameters.filter { $0.scope != .argument }
        for option in options where option.isRequired { words.append("\(option.flag) \(option.placeholder)") }
        return (words + ["[options]"]).joined(separator: " ")
    }

    private func list(_ parameters: [ParameterDescriptor], under heading: String, _ page: inout HelpLayout) {
        guard !parameters.isEmpty else { return }
        page.heading(heading)
        for parameter in parameters { page.entry(parameter.title, parameter.explanation) }
    }
}

extension ParameterDescriptor {
    /// `-o, --output FILE`.
    var title: String {
        guard self.scope != .argument else { return self.key }
        let short = self.short.map { "-\($0), " } ?? "    "
        guard self.arity == .flag else { return "\(short)\(self.flag) \(self.shownPlaceholder)" }
        return short + (self.defaultText == "true" ? "--[no-]" + self.flag.dropFirst(2) : self.flag)
    }

    private var isPlaceholderLong: Bool { !self.choices.isEmpty && self.placeholder.count > 32 }

    private var shownPlaceholder: String { self.isPlaceholderLong ? "NAME" : self.placeholder }

    /// The help with what is allowed and the default behind it.
    var explanation: String {
        var notes: [String] = []
        if self.isPlaceholderLong { notes.append(self.expected) }
        if self.arity == .list || self.arity == .map { notes.append("repeatable") }
        if self.isRequired, self.scope != .argument { notes.append("required") }
        if let text = self.defaultText, self.arity != .flag || text != "false" {
            let unit = self.defaultNote == nil ? self.unit.map { " \($0)" } ?? "" : ""
            notes.append("default: \(text)\(unit)")
        }
        return notes.isEmpty ? self.help : "\(self.help) (\(notes.joined(separator: "; ")))"
    }
}

/// The page of a group of commands.
struct GroupPage {
    private let group: CommandNode
    private let path: String

    init(_ group: CommandNode, path: String) {
        self.group = group
        self.path = path
    }

    func text(width: Int) -> String {
        var page = HelpLayout(width: width, names: self.group.children.map(\.name))
        page.paragraph(self.group.summary)
        page.heading("Usage")
        page.row("\(self.path) COMMAND …")
        page.heading("Commands")
        for command in self.group.children where !command.isHidden { page.entry(command.name, command.summary) }
        if let example = self.group.leaves.first?.help.examples.first {
            page.heading("Example")
            for line in example.split(separator: "\n") { page.row(String(line)) }
        }
        page.gap()
        page.paragraph("Run '\(self.path) COMMAND --help' for what a command takes.")
        return page.text
    }
}

extension Program {
    /// What `dure --help` prints.
    func helpPage(width: Int) -> String {
        let options = ("-h, --help", "    --version")
        var page = HelpLayout(
            width: width,
            names: self.commands.filter { !$0.isHidden }.map(\.name) + [options.0, options.1]
        )
        page.paragraph(self.summary)
        page.heading("Usage")
        page.row("\(self.name) COMMAND …")
        for section in self.sections where section.commands.contains(where: { !$0.isHidden }) {
            page.heading(section.title)
            for command in section.commands where !command.isHidden { page.entry(command.name, command.summary) }
        }
        page.heading("Options")
        page.entry(options.0, "print this page; after a command, that command's")
        page.entry(options.1, "print the version and what it is built on")
        page.gap()
        page.paragraph("Run '\(self.name) COMMAND --help' for what a command takes, with an example.")
        return page.text
    }
}
