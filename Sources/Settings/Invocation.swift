/// One call of one command: what it was given, from reading it to the end.
struct Invocation: Sendable {
    let program: Program
    /// `dure topics create`.
    let path: String
    let arguments: [String]
    let environment: [String: String]
    let console: Console

    func run<C: Command>(_ command: C.Type, _ parameters: [Parameter<C>]) async -> ExitStatus {
        let hasSettings = parameters.contains { $0.descriptor.scope == .setting }
        let common = ParameterDescriptor.common(hasSettings: hasSettings)
        var scanner = ArgumentScanner(parameters.map(\.descriptor) + common)
        scanner.scan(self.arguments)
        if scanner.values[ParameterDescriptor.helpKey] != nil {
            return self.finish { try self.console.print(self.page(of: command), terminator: "") }
        }
        var problems = scanner.problems
        var sources: [[String: [RawValue]]] = []
        if hasSettings { sources = self.weakSources(scanner, &problems) }
        var resolver = SettingResolver(C())
        resolver.resolve(parameters, sources + [scanner.values], prefix: self.program.variablePrefix)
        let isListing = scanner.values[ParameterDescriptor.printConfigurationKey] != nil
        // What is in effect can be listed before everything is there.
        problems += resolver.problems + (isListing ? [] : resolver.missing)
        guard problems.isEmpty else { return self.refuse(problems.map(\.description)) }
        if isListing {
            return self.finish { try self.console.print(resolver.configuration.yaml, terminator: "") }
        }
        let context = CommandContext(
            console: self.console,
            configuration: resolver.configuration,
            program: self.program,
            environment: self.environment
        )
        do {
            return try await resolver.root.run(context)
        } catch {
            return self.report(error)
        }
    }

    private func page<C: Command>(of command: C.Type) -> String {
        CommandPage(DeclaredCommand(command), path: self.path, variablePrefix: self.program.variablePrefix)
            .text(width: self.console.output.width)
    }

    /// What the configuration file and the variables say.
    private func weakSources(_ scanner: ArgumentScanner, _ problems: inout [SettingProblem]) -> [[String: [RawValue]]] {
        let catalogue = self.program.settings
        let pathVariable = self.program.variablePrefix + "CONFIG"
        var variables = VariableReader(
            prefix: self.program.variablePrefix,
            catalogue: catalogue,
            ignored: self.program.ignoredVariables.union([pathVariable])
        )
        variables.read(self.environment)
        problems += variables.problems
        let path = scanner.values[ParameterDescriptor.configurationKey]?.last?.text ?? self.environment[pathVariable]
        guard let path else { return [variables.values] }
        var file = ConfigurationFile(path: path, catalogue: catalogue)
        file.read()
        problems += file.problems
        return [file.values, variables.values]
    }

    // MARK: Ends

    private func refuse(_ problems: [String]) -> ExitStatus {
        let start = self.console.error.styled("\(self.path): ", .bold)
        if problems.count == 1 {
            self.console.note(start + problems[0])
        } else {
            self.console.note(start + "\(problems.count) problems:")
            for problem in problems { self.console.note("  \(problem)") }
        }
        self.console.note("Run '\(self.path) --help' for what it takes.")
        return .usage
    }

    private func report(_ error: any Error) -> ExitStatus {
        switch error {
        case let error as UsageError:
            return self.refuse(error.messages)
        case ConsoleError.closedByReader: return .failed
        default:
            self.console.note("\(self.console.error.styled("\(self.path): ", .bold))\(error)")
            return .failed
        }
    }

    private func finish(_ body: () throws -> Void) -> ExitStatus {
        do {
            try body()
            return .done
        } catch {
            return self.report(error)
        }
    }
}
