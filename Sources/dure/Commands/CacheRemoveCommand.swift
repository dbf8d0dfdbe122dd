import ExpertCache
import OrderedJSON
import Settings

/// Removes expert caches that nobody works with.
struct CacheRemoveCommand: Command {
    static let help = CommandHelp(
        "remove",
        "Removes expert caches that workers left behind, and frees their memory.",
        example: "dure cache remove dure-0123456789abcdef-1000-0",
        moreExamples: ["dure cache remove --stale"],
        discussion: """
            One that live workers use is not removed without --force. Then they go on with the memory they have until they end, and \
            new workers make another one beside it.
            """
    )

    var names: [String] = []
    var isStale = false
    var isForced = false
    var directory = ArenaPlace.defaultDirectory
    var isJSON = false

    static var parameters: [Parameter<Self>] {
        Argument(
            "NAME",
            \.names,
            .list(.name("NAME")),
            isRequired: false,
            help: "names that dure cache list shows, or paths"
        )
        Option("stale", \.isStale, help: "remove all that no live worker uses")
        Option("force", \.isForced, help: "remove those that are named even if workers use them")
        Option("directory", \.directory, .directory, help: "where the workers' cache files are")
        Option("json", \.isJSON, help: "print one JSON object")
    }

    func run(_ context: CommandContext) throws -> ExitStatus {
        guard self.names.isEmpty == self.isStale else {
            throw UsageError("expected names of expert caches, or --stale for all that no live worker uses")
        }
        var removed: [String] = []
        var problems: [String] = []
        for place in try self.places() {
            do {
                try place.remove(force: self.isForced && !self.isStale)
                removed.append(place.name)
            } catch {
                // One that is in use is not stale: there is nothing to tell.
                if self.isStale && error.code == .arenaInUse { continue }
                let hint = error.code == .arenaInUse ? "; --force removes it even so" : ""
                problems.append(error.message + hint)
            }
        }
        if self.isJSON {
            let result = JSONValue.object([
                "removed": .array(removed.map { .string($0) }), "problems": .array(problems.map { .string($0) }),
            ])
            try context.console.print(result.text(.pretty))
        } else {
            for name in removed { try context.console.print("removed \(name)") }
            for problem in problems { context.console.note(problem) }
        }
        if problems.isEmpty { return .done }
        return removed.isEmpty ? .failed : .partlyFailed
    }

    private func places() throws -> [ArenaPlace] {
        guard self.isStale else { return self.names.map { ArenaPlace(name: $0, in: self.directory) } }
        return try ArenaPlace.all(in: self.directory)
    }
}
