import Foundation
public import ModelFiles
import OrderedJSON
public import Settings
import Synchronization
import TensorKernels

extension SynthesisPreset: SettingValue {}

struct ModelSynthesizeCommand: Command {
    static let help = CommandHelp(
        "synthesize",
        "Writes a model of random weights, with a tokenizer and a chat template.",
        example: "dure model synthesize /tmp/tiny --preset tiny",
        moreExamples: [
            "dure model synthesize /data/k1-mini --preset k1-mini --seed 7",
            "dure model synthesize /data/axk1-slice --preset axk1-slice --format int4",
        ],
        discussion: """
            For demonstrations, tests and benchmarks without a download: what such a model generates is noise. The weights \
            depend on the preset, the seed and the type alone.

            With --format it writes a pack, whose weights are drawn in their packed form as fast as the drive takes them; they \
            are others than a checkpoint's of the same seed. Memory holds a few experts at a time. OUT appears when it is \
            whole; until then the work is in OUT.partial, where the same command continues it.
            """
    )

    enum Element: String, CaseIterable, SettingValue {
        case bf16, f16, f32

        var type: ElementType {
            switch self {
            case .bf16: .bf16
            case .f16: .f16
            case .f32: .f32
            }
        }
    }

    var directory = ""
    var preset = SynthesisPreset.tiny
    var seed: UInt64 = 0
    var format: ModelPackCommand.Format?
    var group: ModelPackCommand.Group?
    var element: Element?
    var shardBytes: Int?
    var isJSON = false

    static var parameters: [Parameter<Self>] {
        Argument("OUT", \.directory, .directory, help: "a directory that does not exist yet, or is empty")
        Option("preset", \.preset, help: Self.presetHelp)
        Option("seed", \.seed, help: "the same seed gives the same weights")
        Option(
            "format",
            \.format,
            default: "a checkpoint",
            help: "write a pack, with the weights of routed experts in this form"
        )
        Option("group", \.group, default: "32", help: "how many inputs share a scale in int4, for a pack")
        Option("type", \.element, default: "bf16", help: "how the weights are stored, for a checkpoint")
        Option(
            "shard-bytes",
            \.shardBytes,
            .optional(.bytes.within(1...)),
            default: "2GiB",
            help: "the size at which a further file is begun, for a checkpoint"
        )
        Option("json", \.isJSON, help: "print one JSON object about the model")
    }

    private static let presetHelp = """
        the shape: a million parameters, 3.1 billion in A.X K1's proportions, or three layers of A.X K1, with 20 billion
        """

    func run(_ context: CommandContext) throws -> ExitStatus {
        try self.check()
        let summary: ModelSummary
        if let format = self.format {
            try self.writePack(format, context.console)
            summary = ModelSummary(try PackedModel.open(directory: self.directory))
        } else {
            try self.writeCheckpoint(context.console)
            summary = ModelSummary(try Checkpoint.open(directory: self.directory))
        }
        if self.isJSON {
            try context.console.print(summary.json.text(.pretty))
        } else {
            try context.console.print(
                "\(self.directory): \(summary.parameters) parameters, \(ByteText.rounded(summary.bytes)), "
                    + "digest \(summary.digest)"
            )
        }
        return .done
    }

    private func check() throws(UsageError) {
        var problems: [String] = []
        if self.format != nil {
            if self.element != nil { problems.append("--type is of a checkpoint, and --format makes a pack: give one") }
            if self.shardBytes != nil { problems.append("--shard-bytes is of a checkpoint, and --format makes a pack") }
        }
        if self.group != nil, self.format != .int4 { problems.append("--group: expected --format int4 with it") }
        guard problems.isEmpty else { throw UsageError(problems) }
    }

    private func writeCheckpoint(_ console: Console) throws {
        let synthesizer = ModelSynthesizer(
            preset: self.preset,
            seed: self.seed,
            element: (self.element ?? .bf16).type,
            shardBytes: self.shardBytes ?? 2 << 30
        )
        var bar = ProgressBar("writing", on: console) { ByteText.rounded($0) }
        defer { bar.finish() }
        try synthesizer.write(to: self.directory) { progress in
            bar.show(progress.writtenBytes, of: progress.totalBytes, note: progress.file)
        }
    }

    private func writePack(_ format: ModelPackCommand.Format, _ console: Console) throws {
        let synthesizer = PackSynthesizer(
            preset: self.preset,
            seed: self.seed,
            format: format.packed(self.group ?? .of32),
            threads: ProcessInfo.processInfo.activeProcessorCount
        )
        let bar = Mutex(ProgressBar("writing", on: console, showsRate: true) { ByteText.rounded($0) })
        defer { bar.withLock { $0.finish() } }
        try synthesizer.write(to: self.directory) { progress in bar.withLock { $0.show(progress) } }
    }
}
