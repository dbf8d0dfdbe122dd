public import ModelFiles
import OrderedJSON
public import Settings
import TensorKernels

extension SynthesisPreset: SettingValue {}

struct ModelSynthesizeCommand: Command {
    static let help = CommandHelp(
        "synthesize",
        "Writes a model of random weights, with a tokenizer and a chat template.",
        example: "dure model synthesize /tmp/tiny --preset tiny",
        moreExamples: ["dure model synthesize /data/k1-mini --preset k1-mini --seed 7"],
        discussion: """
            For demonstrations, tests and benchmarks without a download: what such a model generates is noise. The weights \
            depend on the preset, the seed and the type alone.
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
    var element = Element.bf16
    var shardBytes = 2 << 30
    var isJSON = false

    static var parameters: [Parameter<Self>] {
        Argument("OUT", \.directory, .directory, help: "a directory that does not exist yet, or is empty")
        Option("preset", \.preset, help: "the shape: a million parameters, or 3.1 billion in A.X K1's proportions")
        Option("seed", \.seed, help: "the same seed gives the same weights")
        Option("type", \.element, help: "how the weights are stored")
        Option("shard-bytes", \.shardBytes, .bytes.within(1...), help: "the size at which a further file is begun")
        Option("json", \.isJSON, help: "print one JSON object about the model")
    }

    func run(_ context: CommandContext) throws -> ExitStatus {
        let synthesizer = ModelSynthesizer(
            preset: self.preset,
            seed: self.seed,
            element: self.element.type,
            shardBytes: self.shardBytes
        )
        var bar = ProgressBar("writing", on: context.console) { ByteText.rounded($0) }
        defer { bar.finish() }
        try synthesizer.write(to: self.directory) { progress in
            bar.show(progress.writtenBytes, of: progress.totalBytes, note: progress.file)
        }
        bar.finish()
        let summary = ModelSummary(try Checkpoint.open(directory: self.directory))
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
}
