import Settings
import Synchronization

enum Precision: String, CaseIterable, SettingValue {
    case f32, bf16, int8, int4
}

struct DeliverySample: Sendable, Equatable {
    var commitInterval: Duration = .milliseconds(250)
    var cacheBytes = 8 << 30
    var threads = 4
    var precision = Precision.f32
    var isEager = false
    var servedModels: [String] = []
    var http: HostPort? = HostPort(host: "127.0.0.1", port: 9464)
    var temperature = 0.5
    var password: String?
    var kafka = ["client.id": "dure"]

    static let settings = SettingGroup<Self>("delivery", "Delivery") {
        Setting(
            "commit-interval",
            \.commitInterval,
            .within(.milliseconds(10)...(.seconds(10))),
            help: "time between commits"
        )
        Setting("cache-bytes", \.cacheBytes, .bytes.within((1 << 20)...), help: "weights kept resident")
        Setting("threads", \.threads, .count(of: "threads", 1...64), help: "threads that compute")
        Setting("precision", \.precision, help: "numbers of the weights")
        Setting("eager", \.isEager, help: "do not wait")
        Setting("served-model-name", \.servedModels, .list(.name()), help: "what a job may call the model")
        Setting("http", \.http, help: "where pages are served")
        Setting("temperature", \.temperature, .within(0...2), help: "how much is left to chance")
        Setting("password", \.password, secret: true, help: "what nobody may read")
        Setting("kafka", \.kafka, secret: .keys { $0.contains("password") }, help: "any property")
    }
}

struct WorkSample: Command {
    static let help = CommandHelp("work", "Works.", example: "sample work FILE --mode fast")

    var file = ""
    var more: [String] = []
    var output: String?
    var isJSON = false
    var delivery = DeliverySample()
    var model = ""

    static var parameters: [Parameter<Self>] {
        Argument("FILE", \.file, .file, help: "what to work on")
        Argument("MORE", \.more, .list(.file), isRequired: false, help: "and what else")
        Option("output", short: "o", \.output, .optional(.file), help: "where the result goes")
        Option("json", \.isJSON, help: "print JSON")
        SettingGroup("", "Model") {
            Setting("model", \.model, .directory, isRequired: true, help: "the model's directory")
        }
        DeliverySample.settings.at(\.delivery)
    }

    /// What the last run of a test was told; a test has a task of its own.
    @TaskLocal static var seen = SeenCommand()

    func run(_ context: CommandContext) throws -> ExitStatus {
        if self.file == "refuse" { throw UsageError("FILE makes no sense") }
        if self.file == "fail" { throw ConsoleError.unwritable("the disk is full") }
        if self.file == "gone" { throw ConsoleError.closedByReader }
        Self.seen.command.withLock { $0 = self }
        try context.console.print("worked on \(self.file)")
        return .done
    }
}

final class SeenCommand: Sendable {
    let command = Mutex<WorkSample?>(nil)
}

struct ListSample: Command {
    static let help = CommandHelp("list", "Lists.", example: "sample topics list")
    static var parameters: [Parameter<Self>] { [] }
    func run(_ context: CommandContext) throws -> ExitStatus { .partlyFailed }
}

let sample = Program(
    name: "sample",
    summary: "A program for tests.",
    version: { "sample 1.0" },
    variablePrefix: "DURE_",
    ignoredVariables: ["DURE_BINARY"],
    sections: [
        CommandSection("Work", [.command(WorkSample.self)]),
        CommandSection("Topics", [.group("topics", "About topics.", [.command(ListSample.self)])]),
    ]
)

/// What a run of the sample program left behind.
struct SampleRun {
    var status: ExitStatus
    var output: String
    var error: String
    var command: WorkSample?

    init(
        _ arguments: [String],
        _ environment: [String: String] = [:],
        width: Int = 80
    ) async {
        let recording = ConsoleRecording(width: width)
        let seen = SeenCommand()
        self.status = await WorkSample.$seen.withValue(seen) {
            await sample.run(arguments: arguments, environment: environment, console: recording.console)
        }
        self.output = recording.output
        self.error = recording.error
        self.command = seen.command.withLock(\.self)
    }
}
