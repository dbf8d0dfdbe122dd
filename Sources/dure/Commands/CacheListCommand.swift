import ExpertCache
import OrderedJSON
import Settings

/// Which expert caches there are on this host.
struct CacheListCommand: Command {
    static let help = CommandHelp(
        "list",
        "Lists the expert caches that workers share on this host.",
        example: "dure cache list",
        moreExamples: ["dure cache list --json"],
        discussion: """
            An expert cache is a file in memory that the first worker of a model makes and the last one removes. One without live \
            workers was left by workers that were killed: the next worker of its model uses it, with what is in it.
            """
    )

    var directory = ArenaPlace.defaultDirectory
    var isJSON = false

    static var parameters: [Parameter<Self>] {
        Option("directory", \.directory, .directory, help: "where the workers' cache files are")
        Option("json", \.isJSON, help: "print one JSON object, sizes in bytes")
    }

    func run(_ context: CommandContext) throws -> ExitStatus {
        let arenas = try ArenaPlace.all(in: self.directory).map(ArenaState.init)
        if self.isJSON {
            let list = JSONValue.object(["caches": .array(arenas.map(\.json))])
            try context.console.print(list.text(.pretty))
            return .done
        }
        var table = Table([
            ("cache", .left), ("pack", .left), ("budget", .right), ("resident", .right), ("slots", .right),
            ("workers", .right), ("hits", .right), ("read", .right), ("state", .left),
        ])
        for arena in arenas {
            let name = arena.place.name
            guard let found = arena.found else {
                table.add(name, "", "", "", "", "", "", "", arena.problem ?? "")
                continue
            }
            table.add(
                name,
                String(found.geometry.digest.prefix(12)),
                ByteText.rounded(found.budgetBytes),
                String(found.census.residentExperts),
                String(found.geometry.slotCount),
                String(found.census.liveWorkers),
                found.totals.hitRateText,
                ByteText.rounded(found.totals[.bytesRead]),
                found.stateText
            )
        }
        try table.print(to: context.console)
        return .done
    }
}
