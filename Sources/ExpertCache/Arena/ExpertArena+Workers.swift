import CExpertArena

/// A worker as the others see it.
public struct ArenaWorker: Sendable, Equatable {
    public let row: Int
    /// For people: what tells whether it lives is a lock.
    public let processIdentifier: Int
    /// Seconds since 1970.
    public let startedAt: Int
    public let isAlive: Bool
    /// Where it is; nil while it runs no sweep.
    public let location: ArenaLocation?
    public let counters: ArenaCounters
}

/// How far a worker has come.
public struct ArenaLocation: Sendable, Hashable, Comparable {
    public var sweep: Int
    public var layer: Int

    public init(sweep: Int, layer: Int) {
        self.sweep = sweep
        self.layer = layer
    }

    public static func < (a: Self, b: Self) -> Bool { (a.sweep, a.layer) < (b.sweep, b.layer) }
}

/// What was counted: by one worker, or by several.
public struct ArenaCounters: Sendable, Equatable {
    private var values = [Int](repeating: 0, count: ArenaCounter.allCases.count)

    public init() {}

    public subscript(counter: ArenaCounter) -> Int {
        get { self.values[counter.rawValue] }
        set { self.values[counter.rawValue] = newValue }
    }

    public static func + (a: Self, b: Self) -> Self {
        var sum = a
        for counter in ArenaCounter.allCases { sum[counter] &+= b[counter] }
        return sum
    }

    init(_ values: [UInt64]) {
        // Beyond `Int` in a damaged arena only, where it does not matter.
        for counter in ArenaCounter.allCases { self[counter] = Int(truncatingIfNeeded: values[counter.rawValue]) }
    }
}

/// How often an expert is used.
public struct ArenaUse: Sendable, Equatable {
    /// The last sweep that used it, modulo 2^32; 0 where none did.
    public let lastSweep: Int
    /// The share of recent sweeps (about 16) that used it, from 0 to 1.
    public let share: Float
}

extension ExpertArena {
    /// The row of this worker.
    public var row: Int { Int(unsafe dure_arena_row(self.handle.pointer)) }  // Safe: a live handle, here and below.

    /// Tells the others where this worker is; nil while it runs no sweep.
    public func setLocation(_ location: ArenaLocation?) {
        // Safe: as above.
        unsafe dure_arena_set_position(
            self.handle.pointer,
            UInt64(location?.sweep ?? 0),
            location.map { Int32($0.layer) } ?? -1
        )
    }

    /// The highest sweep that any worker has told of: where the next one begins to count.
    public var latestSweep: Int { Int(unsafe dure_arena_latest_sweep(self.handle.pointer)) }  // Safe: as above.

    public func add(_ amount: Int = 1, to counter: ArenaCounter) {
        precondition(amount >= 0, "counters only grow")
        // Safe: as above.
        unsafe dure_arena_add(self.handle.pointer, UInt32(counter.rawValue), UInt64(amount))
    }

    /// All workers, in the order of their rows.
    ///
    /// - Parameter asksWhoIsAlive: Whether to ask the system, which takes a call for each; else all count as alive.
    /// - Returns: The rows that are taken.
    public func workers(asksWhoIsAlive: Bool = false) -> [ArenaWorker] {
        self.handle.workers(asksWhoIsAlive: asksWhoIsAlive)
    }

    /// What all workers have counted, those that are gone too.
    public var totals: ArenaCounters { self.handle.totals }

    /// Notes that a sweep uses an expert; the first worker to do so for a sweep counts.
    public func noteUse(of key: ExpertKey, inSweep sweep: Int) {
        // Safe: a live handle.
        unsafe dure_arena_note_use(self.handle.pointer, self.entry(key), UInt64(sweep))
    }

    /// How often an expert is used, as seen from `sweep`.
    public func use(of key: ExpertKey, asOfSweep sweep: Int) -> ArenaUse {
        var (last, share) = (UInt64(0), Float(0))
        // Safe: a live handle, and whole numbers that outlive the call.
        unsafe dure_arena_get_use(self.handle.pointer, self.entry(key), UInt64(sweep), &last, &share)
        return ArenaUse(lastSweep: Int(last), share: share)
    }
}
