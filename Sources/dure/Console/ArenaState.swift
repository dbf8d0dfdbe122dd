import ExpertCache
import Foundation
import OrderedJSON

/// An expert cache of this host, as the commands show it.
struct ArenaState {
    let place: ArenaPlace
    /// Nil where it cannot be used, and then `problem` says why.
    let found: Found?
    let problem: String?

    init(_ place: ArenaPlace) {
        self.place = place
        do throws(ExpertCacheError) {
            self.found = try Found(place)
            self.problem = nil
        } catch {
            self.found = nil
            self.problem = error.message
        }
    }

    var json: JSONValue {
        if let found { return found.json }
        return .object(["name": .string(self.place.name), "problem": .string(self.problem ?? "")])
    }

    /// One that can be used.
    struct Found {
        let place: ArenaPlace
        let geometry: ArenaGeometry
        let census: ArenaCensus
        let workers: [ArenaWorker]
        let totals: ArenaCounters

        init(_ place: ArenaPlace) throws(ExpertCacheError) {
            let view = try ArenaView(at: place)
            self.place = place
            self.geometry = view.geometry
            self.census = try view.census()
            self.workers = view.workers
            self.totals = view.totals
        }

        var budgetBytes: Int { self.geometry.slotCount * self.geometry.recordBytes }

        var stateText: String {
            if self.census.liveWorkers > 0 { return "in use" }
            return "no live workers"
        }
    }
}

extension ArenaPlace {
    /// By a name that the list shows, or by a path.
    init(name: String, in directory: String) {
        self.init(path: name.contains("/") ? name : "\(directory)/\(name)")
    }
}

extension ArenaCounters {
    /// Of the experts that were demanded, the share that was there; nil before the first one.
    var hitRate: Double? {
        let demands = self[.hits] + self[.misses] + self[.coalescedLoads]
        return demands == 0 ? nil : Double(self[.hits]) / Double(demands)
    }

    var hitRateText: String { self.hitRate.map { String(format: "%.1f %%", $0 * 100) } ?? "no" }

    fileprivate var json: JSONValue {
        .object(JSONObject(ArenaCounter.allCases.map { ($0.name, .integer(Int64(self[$0]))) }))
    }
}

extension ArenaState.Found {
    var json: JSONValue {
        let integer = { (value: Int) in JSONValue.integer(Int64(value)) }
        return .object([
            "name": .string(self.place.name),
            "path": .string(self.place.path),
            "pack": .string(self.geometry.digest),
            "node": integer(self.geometry.node),
            "layers": integer(self.geometry.layerCount),
            "experts_per_layer": integer(self.geometry.expertsPerLayer),
            "slots": integer(self.geometry.slotCount),
            "slot_bytes": integer(self.geometry.recordBytes),
            "budget_bytes": integer(self.budgetBytes),
            "resident": integer(self.census.residentExperts),
            "transient": integer(self.census.transientExperts),
            "loading": integer(self.census.loadingExperts),
            "free_slots": integer(self.census.freeSlots),
            "pinned_slots": integer(self.census.pinnedSlots),
            "live_workers": integer(self.census.liveWorkers),
            "hit_rate": self.totals.hitRate.map { .double($0) } ?? .null,
            "totals": self.totals.json,
            "workers": .array(self.workers.map(Self.json)),
        ])
    }

    private static func json(_ worker: ArenaWorker) -> JSONValue {
        .object([
            "row": .integer(Int64(worker.row)),
            "pid": .integer(Int64(worker.processIdentifier)),
            "alive": .bool(worker.isAlive),
            "started": .integer(Int64(worker.startedAt)),
            "sweep": worker.location.map { .integer(Int64($0.sweep)) } ?? .null,
            "layer": worker.location.map { .integer(Int64($0.layer)) } ?? .null,
            "hit_rate": worker.counters.hitRate.map { .double($0) } ?? .null,
            "counters": worker.counters.json,
        ])
    }
}
