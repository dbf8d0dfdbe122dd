import CExpertArena

/// A mapped arena, as a worker or as somebody who looks at it, until this object goes.
@safe
final class ArenaHandle: @unchecked Sendable {
    // Sendable: the C library says that a handle may be used by any number of threads.
    let pointer: OpaquePointer

    /// - Parameter pointer: A handle that nobody else detaches.
    @unsafe
    init(_ pointer: OpaquePointer) {
        // Safe: whoever calls this says so.
        unsafe self.pointer = pointer
    }

    deinit {
        // Safe: made for this object, and detached once.
        unsafe dure_arena_detach(self.pointer)
    }

    var geometry: ArenaGeometry {
        var sizes = dure_arena_geometry()
        // Safe: a whole structure that outlives the call.
        unsafe dure_arena_get_geometry(self.pointer, &sizes)
        return ArenaGeometry(sizes)
    }

    /// - Parameter asksWhoIsAlive: Whether to ask the system; else all count as alive.
    /// - Returns: The rows that are taken, in their order.
    func workers(asksWhoIsAlive: Bool) -> [ArenaWorker] {
        (0..<UInt32(DURE_ARENA_ROWS)).compactMap { row in
            var worker = dure_arena_worker()
            // Safe: a whole structure that outlives the call.
            guard unsafe dure_arena_get_worker(self.pointer, row, asksWhoIsAlive ? 1 : 0, &worker) == 0,
                worker.is_attached != 0
            else { return nil }
            return ArenaWorker(worker, row: Int(row), isAlive: !asksWhoIsAlive || worker.is_alive != 0)
        }
    }

    /// What all workers have counted, those that are gone too.
    var totals: ArenaCounters {
        var gone = [UInt64](repeating: 0, count: Int(DURE_ARENA_COUNTERS))
        // Safe: as many numbers as the call writes.
        unsafe gone.withUnsafeMutableBufferPointer { unsafe dure_arena_get_totals(self.pointer, $0.baseAddress) }
        return self.workers(asksWhoIsAlive: false).reduce(ArenaCounters(gone)) { $0 + $1.counters }
    }

    /// Counts what is in the arena.
    ///
    /// - Parameters:
    ///   - isQuiet: Whether nobody is at work, so that every word must fit every other one.
    ///   - subject: What to call it in errors.
    /// - Returns: Numbers from one pass over the tables.
    /// - Throws: ``ExpertCacheError`` with code `arenaCorrupt`.
    func census(isQuiet: Bool, of subject: String) throws(ExpertCacheError) -> ArenaCensus {
        var (census, problem) = (dure_arena_census(), dure_arena_problem())
        // Safe: whole structures that outlive the call.
        let code = unsafe dure_arena_take_census(self.pointer, isQuiet ? 1 : 0, &census, &problem)
        guard code == 0 else { throw .arena(problem, subject) }
        return ArenaCensus(census)
    }
}

extension ArenaWorker {
    init(_ worker: dure_arena_worker, row: Int, isAlive: Bool) {
        self.row = row
        self.processIdentifier = Int(truncatingIfNeeded: worker.pid)
        self.startedAt = Int(truncatingIfNeeded: worker.started)
        self.isAlive = isAlive
        self.location =
            worker.has_position == 0 ? nil : ArenaLocation(sweep: Int(worker.sweep), layer: Int(worker.layer))
        // Safe: the field is an array of that type, and the copy is made within the call.
        self.counters = unsafe withUnsafeBytes(of: worker.counters) { bytes in
            ArenaCounters(unsafe Array(bytes.bindMemory(to: UInt64.self)))
        }
    }
}
