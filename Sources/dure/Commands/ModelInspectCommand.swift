import ModelFiles
import OrderedJSON
import Settings

struct ModelInspectCommand: Command {
    static let help = CommandHelp(
        "inspect",
        "Checks a model directory and says what is in it: sizes by part, shape, cost of a token.",
        example: "dure model inspect DIR",
        moreExamples: ["dure model inspect DIR --json"],
        discussion: """
            Every tensor's name, type and shape is compared with what config.json calls for, and all differences are told at \
            once. No weights are read.
            """
    )

    var directory = ""
    var isJSON = false

    static var parameters: [Parameter<Self>] {
        Argument("DIR", \.directory, .directory, help: "a model directory, as Hugging Face lays it out")
        Option("json", \.isJSON, help: "print one JSON object, sizes in bytes")
    }

    func run(_ context: CommandContext) throws -> ExitStatus {
        let summary = ModelSummary(try Checkpoint.open(directory: self.directory))
        if self.isJSON {
            try context.console.print(summary.json.text(.pretty))
        } else {
            try context.console.print(summary.text, terminator: "")
        }
        return .done
    }
}
