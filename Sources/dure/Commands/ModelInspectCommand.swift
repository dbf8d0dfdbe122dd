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
            once. No weights are read. Of a pack it also says in which format it is and what it was packed from.
            """
    )

    var directory = ""
    var isJSON = false

    static var parameters: [Parameter<Self>] {
        Argument("DIR", \.directory, .directory, help: "a model directory, as Hugging Face lays it out, or a pack")
        Option("json", \.isJSON, help: "print one JSON object, sizes in bytes")
    }

    func run(_ context: CommandContext) throws -> ExitStatus {
        let summary =
            PackedModel.exists(at: self.directory)
            ? ModelSummary(try PackedModel.open(directory: self.directory))
            : ModelSummary(try Checkpoint.open(directory: self.directory))
        if self.isJSON {
            try context.console.print(summary.json.text(.pretty))
        } else {
            try context.console.print(summary.text, terminator: "")
        }
        return .done
    }
}
