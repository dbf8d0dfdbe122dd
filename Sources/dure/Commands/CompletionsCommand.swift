import Settings

struct CompletionsCommand: Command {
    static let help = CommandHelp(
        "completions",
        "Prints the script with which a shell completes commands, flags and values.",
        example: "source <(dure completions bash)",
        moreExamples: [
            "dure completions zsh > ~/.zsh/completions/_dure", "dure completions fish | source",
        ],
        aliases: ["completion"]
    )

    var shell = CompletionShell.bash

    static var parameters: [Parameter<Self>] {
        Argument("SHELL", \.shell, help: "bash, zsh or fish")
    }

    func run(_ context: CommandContext) throws -> ExitStatus {
        try context.console.print(self.shell.script(for: context.program), terminator: "")
        return .done
    }
}
