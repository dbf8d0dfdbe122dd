/// Something that the program does, declared so that reading it is reading its manual.
///
/// ```swift
/// struct SubmitCommand: Command {
///     static let help = CommandHelp(
///         "submit",
///         "Puts the lines of an OpenAI batch file into the jobs topic.",
///         example: "dure submit batch.jsonl --bootstrap localhost:9092"
///     )
///
///     var file = ""
///     var batchID: String?
///     var json = false
///     var kafka = KafkaConfiguration()
///
///     static var parameters: [Parameter<Self>] {
///         Argument("FILE", \.file, .file, help: "an OpenAI batch input file")
///         Option("batch-id", \.batchID, .optional(.name("ID")), help: "the name of the batch", default: "a random one")
///         Option("json", \.json, help: "print one JSON object instead of text")
///         KafkaConfiguration.settings.at(\.kafka)
///     }
///
///     func run(_ context: CommandContext) async throws -> ExitStatus {
///         try context.console.print("…")
///         return .done
///     }
/// }
/// ```
///
/// A property's first value is its default. `init()` makes a command that was told nothing; the program assigns what the
/// configuration file, the variables and the flags say, and runs it only if all of that is right.
public protocol Command: Sendable {
    init()

    static var help: CommandHelp { get }

    /// Everything it can be told: arguments, options, settings, groups of settings.
    @ParameterBuilder<Self> static var parameters: [Parameter<Self>] { get }

    /// Does it.
    ///
    /// - Throws: ``UsageError`` where what was asked makes no sense: the program ends with ``ExitStatus/usage``. Any
    ///   other error is printed as it describes itself, and the program ends with ``ExitStatus/failed``.
    func run(_ context: CommandContext) async throws -> ExitStatus
}

/// A command's name and manual.
public struct CommandHelp: Sendable {
    public let name: String
    /// One sentence.
    public let summary: String
    /// Full command lines, each with a comment before it where it needs one; at least one.
    public let examples: [String]
    /// What else a user must know; paragraphs are separated by empty lines.
    public let discussion: String
    /// Other names that work.
    public let aliases: [String]
    /// Kept out of help and completion, for what only the program itself calls.
    public let isHidden: Bool

    public init(
        _ name: String,
        _ summary: String,
        example: String,
        moreExamples: [String] = [],
        discussion: String = "",
        aliases: [String] = [],
        isHidden: Bool = false
    ) {
        self.name = name
        self.summary = summary
        self.examples = [example] + moreExamples
        self.discussion = discussion
        self.aliases = aliases
        self.isHidden = isHidden
    }
}

/// What a command runs in.
public struct CommandContext: Sendable {
    /// What is printed and read.
    public let console: Console
    /// Every value in effect with its source, for the log at start.
    public let configuration: EffectiveConfiguration
    public let program: Program
    public let environment: [String: String]
}
