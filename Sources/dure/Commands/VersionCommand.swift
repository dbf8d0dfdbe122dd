import Settings

struct VersionCommand: Command {
    static let help = CommandHelp(
        "version",
        "Prints the version and what it is built on.",
        example: "dure version"
    )

    static var parameters: [Parameter<Self>] { [] }

    func run(_ context: CommandContext) throws -> ExitStatus {
        try context.console.print(Version.text)
        return .done
    }
}
