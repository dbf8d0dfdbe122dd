import ExpertCache
import Foundation
import MoEModel
import ModelFiles
import Settings

/// Processes that share one arena: what they read together, and how much memory their experts take.
struct SharingCommand: Command {
    static let help = CommandHelp(
        "sharing",
        "Counts what several workers read that share one cache of experts, and the memory that it takes of all of them.",
        example: "dure-bench sharing --model /data/k1-mini-int8 --workers 1,4 --budget 50 --sequences 64",
        discussion: """
            For every number of workers, as many processes attach to a new arena and run --sweeps sweeps in a convoy, each \
            with sequences of its own. read_ratio is what all of them have read over what the first row's did; pss_ratio is \
            the memory of the arena as the system charges it to the processes, each page once, over the arena's size.
            """
    )

    var model = ""
    var workers: Points = [1, 4]
    var budget = 50
    var sequences = 64
    var sweeps = 8
    var threads = 1
    var directory = ArenaPlace.defaultDirectory
    var seed: UInt64 = 1
    var arena = ""

    static var parameters: [Parameter<Self>] {
        Option("model", \.model, .directory, isRequired: true, help: "a pack")
        Option("workers", \.workers, help: "processes that share an arena")
        Option("budget", \.budget, .within(1...100), help: "size of the cache, in percent of all experts")
        Option("sequences", \.sequences, .within(1...65_536), help: "sequences of each worker")
        Option("sweeps", \.sweeps, .within(1...10_000), help: "sweeps of each worker")
        Option("threads", \.threads, .within(1...1024), help: "threads of each worker that compute")
        Option("directory", \.directory, .directory, help: "where arenas are made: a file system in memory")
        Option("seed", \.seed, help: "of the random numbers")
        Option(
            "arena",
            \.arena,
            .file,
            default: "",
            help: "be one worker of this arena: what the command itself starts"
        )
    }

    func run(_ context: CommandContext) throws -> ExitStatus {
        let pack = try PackedModel.open(directory: self.model)
        let experts = CacheGeometry(pack.configuration).expertCount
        let geometry = try ArenaGeometry(pack, slots: max(experts * self.budget / 100, 1))
        guard self.arena.isEmpty else {
            try self.work(pack, in: ExpertArena(at: ArenaPlace(path: self.arena), geometry), context.console)
            return .done
        }
        let bench = try BenchModel(pack, name: self.model)
        let report = try Report(
            context.console,
            conditions: [
                ("model", bench.name), ("shape", bench.shape), ("precision", bench.precision),
                ("threads", String(self.threads)), ("seed", String(self.seed)), ("sequences", String(self.sequences)),
                ("budget_percent", String(self.budget)), ("slots", String(geometry.slotCount)),
                ("sweeps", String(self.sweeps)),
            ],
            columns: [
                "workers", "tokens", "seconds", "bytes_read", "bytes_per_token", "arena_bytes", "pss_bytes",
                "read_ratio",
                "pss_ratio",
            ]
        )
        var first: Int?
        for count in self.workers.values {
            let place = ArenaPlace(path: "\(self.directory)/dure-bench-\(getpid())-\(count)")
            let crew = try WorkerCrew(count) { self.arguments(place: place, worker: $0) }
            defer { crew.end() }
            let seconds = try crew.run()
            let read = try ArenaView(at: place).totals[.bytesRead]
            let resident = try crew.proportionalBytes(of: place.path)
            let (size, tokens) = (try geometry.totalBytes(), count * self.sequences * self.sweeps)
            let ratio = Double(read) / Double(max(first ?? read, 1))
            first = first ?? read
            try report.row([
                String(count), String(tokens), seconds.rounded(digits: 4), String(read), String(read / tokens),
                String(size),
                String(resident), ratio.rounded(digits: 4), (Double(resident) / Double(size)).rounded(digits: 4),
            ])
        }
        return .done
    }

    private func arguments(place: ArenaPlace, worker: Int) -> [String] {
        [
            "sharing", "--model", self.model, "--budget", String(self.budget), "--sequences", String(self.sequences),
            "--sweeps", String(self.sweeps), "--threads", String(self.threads), "--seed",
            String(self.seed &+ UInt64(worker)),
            "--arena", place.path,
        ]
    }

    /// One worker: says when it is ready and when it has finished, and waits for a byte after each.
    private func work(_ pack: PackedModel, in arena: ExpertArena, _ console: Console) throws {
        let cache = try ArenaExpertSource(pack, in: arena, ExpertCacheConfiguration(), isShared: true)
        defer { cache.close() }
        let decoder = try BenchModel(pack, name: self.model, experts: cache)
            .decoder(sequences: self.sequences, tokens: self.sweeps, threads: self.threads)
        var random = SplitMix64(state: self.seed)
        try console.print(WorkerCrew.signal)
        guard try !console.input.read(1).isEmpty else { return }
        for position in 0..<self.sweeps {
            let positions = position..<position + 1
            try decoder.run(sequences: self.sequences, positions: positions, logits: .last, &random)
        }
        try console.print(WorkerCrew.signal)
        _ = try console.input.read(1)
    }
}
