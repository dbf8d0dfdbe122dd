/// Answers what may come next on a command line; the scripts of the shells ask it.
struct Completion {
    private let program: Program

    init(_ program: Program) { self.program = program }

    /// One answer.
    enum Candidate: Equatable {
        case word(String, explanation: String)
        /// Whatever paths there are.
        case path(PathKind)

        /// As the scripts read it: a word, a tab and what it means, or a colon and the kind of path.
        var line: String {
            switch self {
            case .word(let word, let explanation): explanation.isEmpty ? word : "\(word)\t\(explanation)"
            case .path(.file): ":file"
            case .path(.directory): ":directory"
            }
        }
    }

    /// What may stand where the last word is.
    ///
    /// - Parameter words: After the executable's name; the last one is as far as it was typed.
    /// - Returns: Only what begins as the last word does.
    func candidates(for words: [String]) -> [Candidate] {
        let current = words.last ?? ""
        let candidates = self.all(before: Array(words.dropLast()), current)
        return candidates.filter {
            switch $0 {
            case .word(let word, _): word.hasPrefix(current)
            case .path: true
            }
        }
    }

    private func all(before words: [String], _ current: String) -> [Candidate] {
        if words.first == "help" { return self.commands(below: Array(words.dropFirst())) }
        switch self.program.find(words) {
        case .command(let command, _, let rest): return CommandCompletion(command).candidates(after: rest, current)
        case .group(let group, _, nil):
            return current.hasPrefix("-") ? [Self.help] : Self.words(group.children)
        case .unknown where words.isEmpty:
            guard current.hasPrefix("-") else {
                return Self.words(self.program.commands) + [.word("help", explanation: "Prints a command's manual.")]
            }
            return [Self.help, .word("--version", explanation: "print the version")]
        case .group, .unknown: return []
        }
    }

    private func commands(below words: [String]) -> [Candidate] {
        if words.isEmpty { return Self.words(self.program.commands) }
        guard case .group(let group, _, nil) = self.program.find(words) else { return [] }
        return Self.words(group.children)
    }

    private static let help = Candidate.word("--help", explanation: "print this page")

    private static func words(_ commands: [CommandNode]) -> [Candidate] {
        commands.filter { !$0.isHidden }.map { .word($0.name, explanation: $0.summary) }
    }
}

/// What may come next among one command's arguments.
private struct CommandCompletion {
    private let parameters: [ParameterDescriptor]

    init(_ command: DeclaredCommand) { self.parameters = command.parameters }

    func candidates(after words: [String], _ current: String) -> [Completion.Candidate] {
        var positional = 0
        var isAfterDashes = false
        var awaiting: ParameterDescriptor?
        for word in words {
            if awaiting != nil {
                awaiting = nil
            } else if isAfterDashes || word == "-" || !word.hasPrefix("-") {
                positional += 1
            } else if word == "--" {
                isAfterDashes = true
            } else {
                awaiting = self.option(word).flatMap { $0.arity == .flag ? nil : $0 }
            }
        }
        if let awaiting { return Self.values(of: awaiting, behind: "") }
        if !isAfterDashes, current.hasPrefix("-") {
            guard let equals = current.firstIndex(of: "="), let option = self.option(String(current[..<equals])) else {
                return self.flags
            }
            return Self.values(of: option, behind: String(current[...equals]))
        }
        let arguments = self.parameters.filter { $0.scope == .argument }
        guard let last = arguments.last, positional < arguments.count || last.arity == .list else { return self.flags }
        return Self.values(of: positional < arguments.count ? arguments[positional] : last, behind: "")
    }

    /// The option that a whole word names, without a value in the word.
    private func option(_ word: String) -> ParameterDescriptor? {
        self.parameters.first { parameter in
            parameter.scope != .argument && (parameter.flag == word || parameter.short.map { "-\($0)" } == word)
        }
    }

    private var flags: [Completion.Candidate] {
        self.parameters.filter { $0.scope != .argument }.map { parameter in
            let isOn = parameter.arity == .flag && parameter.defaultText == "true"
            return .word(isOn ? parameter.negatedFlag ?? parameter.flag : parameter.flag, explanation: parameter.help)
        }
    }

    private static func values(of parameter: ParameterDescriptor, behind start: String) -> [Completion.Candidate] {
        if let paths = parameter.paths { return [.path(paths)] }
        let choices = parameter.arity == .flag ? ["true", "false"] : parameter.choices
        return choices.map { .word(start + $0, explanation: "") }
    }
}

extension Program {
    /// What a shell's script asks, answered one candidate a line.
    func completionLines(for words: [String]) -> String {
        Completion(self).candidates(for: words).map { $0.line + "\n" }.joined()
    }

    static let completionRequest = "__complete"
}
