/// The settings of a program as Markdown, for `docs/configuration.md`.
public struct SettingTable: Sendable {
    private let settings: [ParameterDescriptor]
    private let variablePrefix: String

    public init(_ program: Program) {
        self.settings = program.settings
        self.variablePrefix = program.variablePrefix
    }

    /// A heading and a table for each group, in the order in which they are declared.
    public var markdown: String {
        var titles: Set<String> = []
        return self.settings.map(\.group).filter { titles.insert($0).inserted }
            .map(self.section)
            .joined(separator: "\n")
    }

    private func section(_ title: String) -> String {
        var text = "## \(title)\n\n| key, flag, variable | value | default | meaning |\n|---|---|---|---|\n"
        for setting in self.settings where setting.group == title { text += self.row(setting) }
        return text
    }

    private func row(_ setting: ParameterDescriptor) -> String {
        let variable = setting.variable(prefix: self.variablePrefix)
        let flag = setting.arity == .flag ? "--[no-]" + setting.flag.dropFirst(2) : setting.flag
        let names = [setting.key, flag, setting.arity == .map ? variable + "_…" : variable]
        let cells = [
            names.map { "`\($0)`" }.joined(separator: "<br>"), Self.escaped(setting.expected),
            self.defaultCell(setting), Self.escaped(setting.help) + (Self.notes(setting)),
        ]
        return "| \(cells.joined(separator: " | ")) |\n"
    }

    private func defaultCell(_ setting: ParameterDescriptor) -> String {
        if setting.isRequired { return "required" }
        guard let text = setting.defaultText else { return "–" }
        return setting.defaultNote == nil ? "`\(Self.escaped(text))`" : Self.escaped(text)
    }

    private static func notes(_ setting: ParameterDescriptor) -> String {
        var notes: [String] = []
        switch setting.arity {
        case .list: notes.append("repeatable; in the variable separated by commas")
        case .map: notes.append("repeatable; one variable per key")
        case .one, .flag: break
        }
        switch setting.secrecy {
        case .none: break
        case .always: notes.append("never printed")
        case .keys: notes.append("secret values are never printed")
        }
        return notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("|", with: "\\|").replacing("<", with: "&lt;").replacing("\n", with: " ")
    }
}
