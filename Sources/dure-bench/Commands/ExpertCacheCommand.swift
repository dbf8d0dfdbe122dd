import ExpertCache
import Foundation
import Settings

enum ConvoyChoice: String, CaseIterable, SettingValue, Sendable { case on, off, both }

/// Replays routing through caches of several sizes and policies; computes nothing.
struct ExpertCacheCommand: Command {
    static let help = CommandHelp(
        "expert-cache",
        "Counts what a cache of experts would find and read, by size and policy, for recorded or made-up routing.",
        example: "dure-bench expert-cache --synthetic",
        moreExamples: [
            "dure-bench expert-cache --replay routing.trace --budget 25,50,75 --workers 4 --convoy both",
            "dure-bench expert-cache --replay routing.trace --budget 50 --picture residency.svg",
        ],
        discussion: """
            Routing is recorded by --record-routing of dure run, dure generate and dure worker. belady knows the future: no \
            policy reads less. Workers that share a trace begin at different sweeps of it, and without a convoy at different \
            layers. over_belady compares reads. --picture draws what the first policy and budget keep.
            """
    )

    var replay: [String] = []
    var synthetic = false
    var routing = SyntheticRouting()
    var budget: Points = [10, 25, 50, 75, 100]
    var workers = 4
    var convoy = ConvoyChoice.both
    var policy = "all"
    var picture: String?
    var seed: UInt64 = 1

    static var parameters: [Parameter<Self>] {
        Option("replay", \.replay, .list(.file), help: "a recorded trace; given several times, one for each worker")
        Option("synthetic", \.synthetic, help: "make routing up: Zipf-like, with tokens that repeat")
        Option("sequences", \.routing.sequences, .within(1...4096), help: "made-up: sequences of each worker")
        Option("sweeps", \.routing.sweeps, .within(2...10_000), help: "made-up: sweeps of each worker")
        Option("layers", \.layerCount, .within(1...1000), help: "made-up: layers with experts")
        Option("experts", \.expertCount, .within(1...4096), help: "made-up: experts of a layer")
        Option("top", \.routing.expertsPerToken, .within(1...64), help: "made-up: experts that a token chooses")
        Option("expert-bytes", \.routing.expertBytes, .bytes.within(1...(1 << 40)), help: "made-up: bytes of one")
        Option("budget", \.budget, help: "sizes of the cache, in percent of all experts")
        Option("workers", \.workers, .within(1...64), help: "workers that share the cache")
        Option("convoy", \.convoy, help: "whether workers enter layers together")
        Option("policy", \.policy, .choice(of: ["all"] + Self.contenders.map(\.name)), help: "who goes")
        Option("picture", \.picture, .optional(.file), help: "an SVG file of who was resident when")
        Option("seed", \.seed, help: "of the random numbers")
    }

    private static let contenders = CacheReplay.Contender.all

    private var layerCount: Int {
        get { self.routing.geometry.sparseLayers }
        set { self.setGeometry(layers: newValue, experts: self.routing.geometry.experts) }
    }

    private var expertCount: Int {
        get { self.routing.geometry.experts }
        set { self.setGeometry(layers: self.routing.geometry.sparseLayers, experts: newValue) }
    }

    private mutating func setGeometry(layers: Int, experts: Int) {
        self.routing.geometry = CacheGeometry(layers: layers, sparseLayers: layers, experts: experts)
    }

    func run(_ context: CommandContext) throws -> ExitStatus {
        let traces = try self.traces(context.console)
        let header = traces[0].header
        let geometry = header.geometry
        let report = try Report(
            context.console,
            conditions: [
                ("routing", self.replay.isEmpty ? self.description : self.replay.joined(separator: " ")),
                ("model", header.modelDigest),
                (
                    "experts",
                    "\(geometry.sparseLayers) layers of \(geometry.experts), \(header.expertsPerToken) a token"
                ),
                ("workers", String(self.workers)), ("threads", "1"), ("seed", String(self.seed)),
            ],
            columns: [
                "convoy", "budget_percent", "slots", "policy", "hits", "misses", "hit_rate", "over_belady",
                "loads_per_token", "bytes_per_token",
            ]
        )
        var isFirst = true
        for inConvoy in self.convoy == .both ? [false, true] : [self.convoy == .on] {
            let replay = CacheReplay(ReplayStream(traces, workers: self.workers, inConvoy: inConvoy))
            for percent in self.budget.values {
                let slots = Self.slots(percent, of: geometry)
                let bound = replay.run(.belady, slots: slots, seed: self.seed)
                for contender in Self.contenders where self.policy == "all" || self.policy == contender.name {
                    let counts =
                        contender == .belady ? bound : replay.run(contender, slots: slots, seed: self.seed)
                    try report.row(
                        [inConvoy ? "on" : "off", String(percent), String(slots.count), contender.name]
                            + Self.figures(counts, bound, replay.stream)
                    )
                    if isFirst, let picture { try self.draw(contender, replay, slots, picture) }
                    isFirst = false
                }
            }
        }
        return .done
    }

    private var description: String {
        "made up: \(self.routing.sequences) sequences, \(self.routing.sweeps) sweeps, skew \(self.routing.skew), "
            + "reuse \(self.routing.reuse)"
    }

    private func traces(_ console: Console) throws -> [RoutingTrace] {
        guard self.replay.isEmpty == self.synthetic else {
            throw UsageError("expected either --replay FILE or --synthetic")
        }
        guard !self.replay.isEmpty else {
            guard self.routing.expertsPerToken <= self.routing.geometry.experts else {
                throw UsageError("--top: expected at most --experts, which is \(self.routing.geometry.experts)")
            }
            var routing = self.routing
            routing.seed = self.seed
            return (0..<self.workers).map { routing.trace(worker: $0) }
        }
        let traces = try self.replay.map { try RoutingTrace.read($0, allowsCutEnd: true) }
        for (path, trace) in zip(self.replay, traces) {
            if trace.isCut { console.note("\(path): ends in the middle of a visit; what is before it is used") }
            guard trace.header == traces[0].header else {
                throw UsageError("\(path): of another model than \(self.replay[0])")
            }
            guard !trace.visits.isEmpty else { throw UsageError("\(path): a trace without a sweep") }
        }
        return traces
    }

    private static func slots(_ percent: Int, of geometry: CacheGeometry) -> CacheSlots {
        CacheSlots(
            count: max(2, geometry.expertCount * percent / 100),
            expertCount: geometry.expertCount,
            experts: geometry.experts
        )
    }

    private static func figures(
        _ counts: CacheSimulation.Counts,
        _ bound: CacheSimulation.Counts,
        _ stream: ReplayStream
    ) -> [String] {
        let loadsPerToken = Double(counts.misses) / Double(max(stream.tokens, 1))
        return [
            String(counts.hits), String(counts.misses),
            (Double(counts.hits) / Double(max(counts.hits + counts.misses, 1))).rounded(digits: 4),
            (Double(counts.misses) / Double(max(bound.misses, 1))).rounded(digits: 4), loadsPerToken.rounded(digits: 4),
            (loadsPerToken * Double(stream.expertBytes)).rounded(digits: 4),
        ]
    }

    private func draw(
        _ contender: CacheReplay.Contender,
        _ replay: CacheReplay,
        _ slots: CacheSlots,
        _ path: String
    ) throws {
        let picture = ResidencyPicture(replay, contender, slots: slots, seed: self.seed)
        try Data(picture.svg.utf8).write(to: URL(filePath: path))
    }
}
