import CExpertArena

/// What a worker can wait for in an arena.
public enum ArenaEvent: Sendable, Equatable {
    /// An expert of the layer became resident, was given up or evicted.
    case layer(Int)
    /// A slot became free, or was no longer pinned.
    case slots
    /// A worker came to a layer, or died.
    case positions

    var number: Int32 {
        switch self {
        case .layer(let layer): Int32(layer)
        case .slots: Int32(DURE_ARENA_SLOTS)
        case .positions: Int32(DURE_ARENA_POSITIONS)
        }
    }
}

/// What was not yet so when it was taken: a wait with it misses no change after that.
public struct ArenaTicket: Sendable {
    let event: ArenaEvent
    let number: UInt32
}

extension ExpertArena {
    /// To be taken before the condition is looked at that the caller would wait for.
    public func ticket(for event: ArenaEvent) -> ArenaTicket {
        if case .layer(let layer) = event {
            precondition(0..<self.geometry.layerCount ~= layer, "layer \(layer) of \(self.geometry.layerCount)")
        }
        // Safe: a live handle, here and below.
        return ArenaTicket(event: event, number: unsafe dure_arena_ticket(self.handle.pointer, event.number))
    }

    /// Blocks the thread until something changed since the ticket was taken.
    ///
    /// Meanwhile it looks whether other workers have died, and clears up after them, which is a change, too.
    /// - Parameters:
    ///   - ticket: For one wait; for the next one, a new one is taken.
    ///   - limit: How long at most.
    /// - Returns: Whether something changed; the caller looks at its condition again.
    public func wait(_ ticket: ArenaTicket, atMost limit: Duration) -> Bool {
        // Safe: as above.
        unsafe dure_arena_wait(self.handle.pointer, ticket.event.number, ticket.number, limit.wholeMicroseconds) != 0
    }

    /// Clears up after workers that died: their claims, slots and pins.
    ///
    /// Waiting does so by itself.
    /// - Parameter patience: How long others may keep the arena locked.
    /// - Returns: How many there were.
    /// - Throws: ``ExpertCacheError``: `arenaBusy`, `arenaCorrupt`.
    @discardableResult
    public func recover(patience: Duration = .seconds(1)) throws(ExpertCacheError) -> Int {
        var (recovered, problem) = (Int32(0), dure_arena_problem())
        // Safe: as above.
        let code = unsafe dure_arena_recover(self.handle.pointer, patience.wholeMilliseconds, &recovered, &problem)
        guard code == 0 else { throw .arena(problem, self.subject) }
        return Int(recovered)
    }
}
