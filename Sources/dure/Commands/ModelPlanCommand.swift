import Foundation
import MoEModel
import ModelFiles
import OrderedJSON
import Settings
import TensorKernels

struct ModelPlanCommand: Command {
    static let help = CommandHelp(
        "plan",
        "Says how a budget of memory would split, and what tokens per second to expect.",
        example: "dure model plan /data/axk1-int4 --memory 128GiB --disk 14GB/s --context 2048",
        moreExamples: [
            "dure model plan /data/k1-mini-int8 --memory 8GiB --disk 2GB/s --sequences 128 --threads 2 --json",
            "dure model plan --preset ax-k1 --memory 256GB --disk 14GB/s --bandwidth 460GB/s --operations 49T",
        ],
        discussion: """
            Sizes are the pack's; --preset needs none and takes them from the published dimensions. How fast this machine computes \
            is measured in some seconds, with random weights of the same shape in the system's temporary place; with \
            --bandwidth and --operations, for a machine that is not here, it is the larger of reading and computing.

            Every sweep gives each sequence a token. Which experts tokens choose is taken to be even, so that the share of \
            experts that is missing is the share that is not in memory. They are read while those that are there compute.
            """
    )

    enum Preset: String, CaseIterable, SettingValue {
        case axK1 = "ax-k1"
        case axk1Slice = "axk1-slice"
        case k1Mini = "k1-mini"

        var configuration: ModelConfiguration {
            switch self {
            case .axK1: .axK1
            case .axk1Slice: SynthesisPreset.axk1Slice.configuration
            case .k1Mini: SynthesisPreset.k1Mini.configuration
            }
        }
    }

    var directory: String?
    var preset: Preset?
    var format: ModelPackCommand.Format?
    var memory: Int?
    var disk: Int?
    var context = 2048
    var sequences = 64
    var sweepTokens = 1024
    var threads = ProcessInfo.processInfo.activeProcessorCount
    var bandwidth: Int?
    var operations: Int?
    var isJSON = false

    static var parameters: [Parameter<Self>] {
        Argument("PACK", \.directory, .optional(.directory), help: "a pack; none with --preset")
        Option("preset", \.preset, default: "none", help: "a shape in place of a pack: everything is then a projection")
        Option("format", \.format, default: "int4", help: "what a preset's routed experts would be packed in")
        Option("memory", \.memory, .optional(.bytes.within(1...)), default: "all of this machine's", help: "the budget")
        Option("disk", \.disk, .optional(.byteRate), default: "1GB/s", help: "how fast the pack's drives read")
        Option("context", \.context, .within(1...10_000_000), help: "tokens of a sequence, prompt and answer")
        Option("sequences", \.sequences, .within(1...1_000_000), help: "sequences that run together")
        Option("sweep-tokens", \.sweepTokens, .within(1...16_777_216), help: "the most tokens of a sweep")
        Option("threads", \.threads, .within(1...1024), default: "one for each core", help: "threads that compute")
        Option(
            "bandwidth",
            \.bandwidth,
            .optional(.byteRate),
            default: "measured",
            help: "how fast the memory of another machine is read"
        )
        Option(
            "operations",
            \.operations,
            .optional(.operationRate),
            default: "measured",
            help: "multiplications and additions of bytes per second of another machine, f32 being a quarter of that"
        )
        Option("json", \.isJSON, help: "print one JSON object, sizes in bytes")
    }

    func run(_ context: CommandContext) throws -> ExitStatus {
        try self.check()
        let sizes = try self.sizes()
        let demand = MemoryPlan.Demand(
            memoryBytes: self.memory ?? Int(clamping: ProcessInfo.processInfo.physicalMemory),
            diskBytesPerSecond: self.disk ?? 1_000_000_000,
            sequences: self.sequences,
            context: self.context,
            sweepTokens: max(self.sweepTokens, self.sequences)
        )
        let plan: MemoryPlan
        do throws(MemoryPlan.Problem) {
            plan = try MemoryPlan(sizes, demand)
        } catch {
            throw CommandError(error.description)
        }
        let view = PlanView(
            subject: self.directory ?? "\(self.preset?.rawValue ?? "") (a projection)",
            plan: plan,
            rates: try self.rates(sizes, context.console),
            threads: self.threads
        )
        if self.isJSON {
            try context.console.print(view.json.text(.pretty))
        } else {
            try view.print(to: context.console)
        }
        return .done
    }

    private func check() throws(UsageError) {
        var problems: [String] = []
        if (self.directory == nil) == (self.preset == nil) {
            problems.append("expected a pack or --preset, one of both")
        }
        if self.format != nil, self.preset == nil { problems.append("--format is of a preset: a pack has its own") }
        if (self.bandwidth == nil) != (self.operations == nil) {
            problems.append("--bandwidth and --operations: expected both of them, or none")
        }
        guard problems.isEmpty else { throw UsageError(problems) }
    }

    private func sizes() throws -> PackSizes {
        if let directory = self.directory { return PackSizes(try PackedModel.open(directory: directory)) }
        let configuration = self.preset?.configuration ?? .axK1
        return PackSizes(configuration, format: (self.format ?? .int4).packed(.of32))
    }

    private func rates(_ sizes: PackSizes, _ console: Console) throws -> SweepRates {
        if let bandwidth = self.bandwidth, let operations = self.operations {
            return .limits(
                .init(
                    integerOperationsPerSecond: Double(operations),
                    operationsPerSecond: Double(operations) / 4,
                    bytesPerSecond: Double(bandwidth)
                )
            )
        }
        var bar = ProgressBar("measuring this machine", on: console)
        bar.show(0, of: 1)
        defer { bar.finish() }
        return try SweepCalibration(sizes.configuration, format: sizes.format, threads: self.threads).measure()
    }
}
