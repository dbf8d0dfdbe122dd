import Foundation
import ModelFiles
import OrderedJSON
import Settings
import Synchronization
import TensorKernels

struct ModelPackCommand: Command {
    static let help = CommandHelp(
        "pack",
        "Turns a Hugging Face model directory into a pack: the form that workers serve from.",
        example: "dure model pack /models/axk1 /models/axk1-int8",
        moreExamples: ["dure model pack /models/axk1 /models/axk1-int4 --format int4 --group 64"],
        discussion: """
            The format is that of the routed experts. Attention, dense and shared feed-forward and the output head are kept in \
            eight bits (in bf16 where the experts are), the embedding in 16, router and norms as they are.

            Memory holds a few experts at a time, whatever the model's size. Interrupted, the same command continues with the \
            files that are missing. OUT appears when it is whole; until then the work is in OUT.partial.
            """
    )

    enum Format: String, CaseIterable, SettingValue {
        case bf16, int8, int4

        func packed(_ group: Group) -> PackedFormat {
            switch (self, group) {
            case (.bf16, _): .bf16
            case (.int8, _): .int8
            case (.int4, .of32): .int4g32
            case (.int4, .of64): .int4g64
            }
        }
    }

    enum Rounding: String, CaseIterable, SettingValue {
        case nearest, searched
    }

    enum Group: String, CaseIterable, SettingValue {
        case of32 = "32"
        case of64 = "64"
    }

    var source = ""
    var target = ""
    var format = Format.int8
    var group = Group.of32
    var rounding = Rounding.searched
    var threads = ProcessInfo.processInfo.activeProcessorCount
    var replaces = false
    var isJSON = false

    static var parameters: [Parameter<Self>] {
        Argument("DIR", \.source, .directory, help: "a model directory, as Hugging Face lays it out")
        Argument("OUT", \.target, .directory, help: "where the pack will be; nothing may be there yet")
        Option("format", \.format, help: "how the weights of routed experts are kept")
        Option("group", \.group, help: "how many inputs share a scale in int4")
        Option(
            "rounding",
            \.rounding,
            help: "whether int4 looks for the scales that lose least, or takes the largest weight's"
        )
        Option(
            "threads",
            \.threads,
            .count(of: "threads", 1...1024),
            default: "one for each core",
            help: "threads at work"
        )
        Option("force", \.replaces, help: "replace a pack that is at OUT, or unfinished work on another one")
        Option("json", \.isJSON, help: "print one JSON object with the report")
    }

    func run(_ context: CommandContext) throws -> ExitStatus {
        let packer = ModelPacker(
            source: self.source,
            target: self.target,
            format: self.format.packed(self.group),
            rounding: self.rounding == .nearest ? .nearest : .searched,
            threads: self.threads,
            replaces: self.replaces
        )
        let start = ContinuousClock.now
        let report: PackReport
        do {
            report = try Self.run(packer, context.console)
        } catch {
            if packer.hasUnfinishedWork {
                context.console.note("What is finished is in \(packer.workFolder): the same command continues there.")
            }
            throw error
        }
        let summary = ModelSummary(try PackedModel.open(directory: self.target))
        try self.print(report, summary, took: ContinuousClock.now - start, context.console)
        return .done
    }

    private static func run(_ packer: ModelPacker, _ console: Console) throws -> PackReport {
        let bar = Mutex(ProgressBar("packing", on: console, showsRate: true) { ByteText.rounded($0) })
        defer { bar.withLock { $0.finish() } }
        return try packer.run { progress in bar.withLock { $0.show(progress) } }
    }

    private func print(
        _ report: PackReport,
        _ summary: ModelSummary,
        took: Duration,
        _ console: Console
    ) throws {
        if self.isJSON {
            guard case .object(var members) = report.json else { return }
            members["digest"] = .string(summary.digest)
            members["bytes"] = .integer(Int64(summary.bytes))
            members["seconds"] = .double(took / .seconds(1))
            members["peak_memory_bytes"] = PeakMemory.bytes.map { .integer(Int64($0)) } ?? .null
            return try console.print(JSONValue.object(members).text(.pretty))
        }
        var table = Table([
            ("layer", .right), ("matrix", .left), ("type", .left), ("count", .right), ("relative error", .right),
            ("worst", .right), ("cosine", .right),
        ])
        for line in report.lines {
            table.add(
                line.layer.map(String.init) ?? "",
                line.matrix,
                line.type,
                String(line.count),
                Self.percent(line.relativeError),
                Self.percent(line.worstRelativeError),
                String(format: "%.6f", line.cosine)
            )
        }
        try table.print(to: console)
        let memory = PeakMemory.bytes.map { ", \(ByteText.rounded($0)) of memory at most" } ?? ""
        console.note(
            "\(self.target): \(ByteText.rounded(summary.bytes)) in \(Int((took / .seconds(1)).rounded(.up))) s\(memory), "
                + "digest \(summary.digest)"
        )
    }

    private static func percent(_ share: Double) -> String { String(format: "%.3f %%", share * 100) }
}

/// The most memory that this process has had, as the system counts it.
enum PeakMemory {
    /// Nil where the system does not say.
    static var bytes: Int? {
        // It is for information: where it cannot be read, nothing is said.
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }
}
