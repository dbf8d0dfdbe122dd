import ExpertCache
import Foundation
import OrderedJSON
import Settings

/// What is in an expert cache, and who works with it.
struct CacheInspectCommand: Command {
    static let help = CommandHelp(
        "inspect",
        "Shows what is in an expert cache of this host, and its workers.",
        example: "dure cache inspect dure-0123456789abcdef-1000-0",
        moreExamples: ["dure cache inspect dure-0123456789abcdef-1000-0 --json"],
        discussion: """
            A worker is alive while it holds the lock of its row; the process id is for you. What a dead one left is cleared up by \
            the next worker that meets it.
            """
    )

    var name = ""
    var directory = ArenaPlace.defaultDirectory
    var isJSON = false

    static var parameters: [Parameter<Self>] {
        Argument("NAME", \.name, .name("NAME"), help: "a name that dure cache list shows, or a path")
        Option("directory", \.directory, .directory, help: "where the workers' cache files are")
        Option("json", \.isJSON, help: "print one JSON object, sizes in bytes")
    }

    func run(_ context: CommandContext) throws -> ExitStatus {
        let found = try ArenaState.Found(ArenaPlace(name: self.name, in: self.directory))
        if self.isJSON {
            try context.console.print(found.json.text(.pretty))
            return .done
        }
        let (census, geometry) = (found.census, found.geometry)
        let bytes = ByteText.rounded(found.budgetBytes)
        for line in [
            "\(found.place.path): \(found.stateText)",
            "pack: \(geometry.digest)",
            "model: \(geometry.layerCount) layers, at most \(geometry.expertsPerLayer) routed experts each",
            "budget: \(bytes), \(geometry.slotCount) slots of \(ByteText.rounded(geometry.recordBytes))",
            "slots: \(census.residentExperts) with experts (\(census.transientExperts) of them transient), "
                + "\(census.heldSlots) being read into, \(census.freeSlots) free; \(census.pinnedSlots) pinned",
            "since it was made: \(found.totals.hitRateText) hits, "
                + "\(ByteText.rounded(found.totals[.bytesRead])) read, \(found.totals[.evictions]) evictions",
        ] {
            try context.console.print(line)
        }
        guard !found.workers.isEmpty else { return .done }
        try context.console.print("")
        try Self.table(found.workers).print(to: context.console)
        return .done
    }

    private static func table(_ workers: [ArenaWorker]) -> Table {
        var table = Table([
            ("row", .right), ("pid", .right), ("state", .left), ("sweep", .right), ("layer", .right),
            ("hits", .right), ("read", .right), ("stalled", .right),
        ])
        for worker in workers {
            table.add(
                String(worker.row),
                String(worker.processIdentifier),
                worker.isAlive ? "alive" : "dead",
                worker.location.map { String($0.sweep) } ?? "",
                worker.location.map { String($0.layer) } ?? "",
                worker.counters.hitRateText,
                ByteText.rounded(worker.counters[.bytesRead]),
                String(format: "%.1f s", Double(worker.counters[.stallMicroseconds]) / 1e6)
            )
        }
        return table
    }
}
