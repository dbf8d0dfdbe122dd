import CExpertArena
import Synchronization

/// An expert that this worker has promised to read: every other lookup of it waits until it is published or abandoned.
///
/// First a slot is taken, then the record is read into it, then it is published. An object that goes away unpublished
/// abandons the load. It may be handed from thread to thread.
public final class ExpertLoad: Sendable {
    public let arena: ExpertArena
    public let key: ExpertKey
    private let state: Mutex<dure_arena_load>

    init(_ arena: ExpertArena, _ key: ExpertKey, _ load: dure_arena_load) {
        self.arena = arena
        self.key = key
        self.state = Mutex(load)
    }

    deinit {
        // What is wrong with a claim that cannot be given back is said by the next lookup.
        try? self.abandon()
    }

    private func change<Result>(
        _ body: (inout dure_arena_load, inout dure_arena_problem) -> (code: Int32, result: Result)
    ) throws(ExpertCacheError) -> Result {
        var problem = dure_arena_problem()
        let (code, result) = self.state.withLock { body(&$0, &problem) }
        guard code == 0 else { throw .arena(problem, "\(self.arena.subject), \(self.key)") }
        return result
    }

    /// Takes a slot that is free, or that of a transient expert which nobody has pinned.
    ///
    /// - Parameter isTransient: Whether this expert is to be the first to go, once it is not pinned.
    /// - Returns: Whether there was one.
    /// - Throws: ``ExpertCacheError`` with code `arenaCorrupt`.
    public func takeSlot(isTransient: Bool = false) throws(ExpertCacheError) -> Bool {
        try self.change { load, problem in
            var taken: Int32 = 0
            // Safe: whole structures that outlive the call, and a live handle; here and below.
            let code = unsafe dure_arena_take_slot(
                self.arena.handle.pointer,
                &load,
                isTransient ? 1 : 0,
                &taken,
                &problem
            )
            return (code, taken != 0)
        }
    }

    /// Evicts `victim`, if it is resident and nobody has pinned it, and takes its slot.
    ///
    /// - Parameters:
    ///   - victim: Who has to go.
    ///   - isTransient: Whether this expert is to be the first to go, once it is not pinned.
    /// - Returns: Whether it did.
    /// - Throws: ``ExpertCacheError`` with code `arenaCorrupt`.
    public func takeSlot(of victim: ExpertKey, isTransient: Bool = false) throws(ExpertCacheError) -> Bool {
        let entry = self.arena.entry(victim)
        return try self.change { load, problem in
            var taken: Int32 = 0
            // Safe: as above.
            let code = unsafe dure_arena_take_slot_of(
                self.arena.handle.pointer,
                &load,
                entry,
                isTransient ? 1 : 0,
                &taken,
                &problem
            )
            return (code, taken != 0)
        }
    }

    public var hasSlot: Bool { self.state.withLock { $0.slot_word != 0 && Int($0.kind) == DURE_ARENA_CLAIMED } }

    /// Where the record is to be read to: `recordBytes` bytes at a multiple of 4096; valid until it is published or abandoned.
    @unsafe
    public var record: UnsafeMutableRawBufferPointer {
        precondition(self.hasSlot, "\(self.key) has no slot to be read into")
        let slot = self.state.withLock { $0.slot }
        // Safe: a slot of the mapping that `arena` keeps, and this load's alone.
        return unsafe UnsafeMutableRawBufferPointer(
            start: dure_arena_slot(self.arena.handle.pointer, slot),
            count: self.arena.geometry.recordBytes
        )
    }

    /// Makes the expert resident.
    ///
    /// - Parameters:
    ///   - checksum: The CRC-32C that the bytes must have.
    ///   - range: Which bytes of the record.
    /// - Throws: ``ExpertCacheError``: `checksumMismatch`, after which the record may be read again; `arenaCorrupt`.
    public func publish(checksum: UInt32, of range: Range<Int>) throws(ExpertCacheError) {
        _ = try self.publish(checksum, range, pins: false)
    }

    /// Makes the expert resident, and pins it for the caller.
    ///
    /// - Parameters:
    ///   - checksum: The CRC-32C that the bytes must have.
    ///   - range: Which bytes of the record.
    /// - Returns: The pin.
    /// - Throws: As ``publish(checksum:of:)``.
    public func publishPinned(checksum: UInt32, of range: Range<Int>) throws(ExpertCacheError) -> ExpertPin {
        ExpertPin(self.arena, self.key, slot: try self.publish(checksum, range, pins: true))
    }

    private func publish(_ checksum: UInt32, _ range: Range<Int>, pins: Bool) throws(ExpertCacheError) -> UInt32 {
        precondition(range.lowerBound >= 0 && range.upperBound <= self.arena.geometry.recordBytes, "bytes of a record")
        precondition(self.hasSlot, "\(self.key) was not read")
        return try self.change { load, problem in
            // Safe: as above; the bytes lie in the slot.
            let code = unsafe dure_arena_publish(
                self.arena.handle.pointer,
                &load,
                UInt64(range.lowerBound),
                UInt64(range.count),
                checksum,
                pins ? 1 : 0,
                &problem
            )
            return (code, load.slot)
        }
    }

    /// Gives the claim back: the expert is nowhere again, and whoever waits for it may read it.
    ///
    /// - Throws: ``ExpertCacheError`` with code `arenaCorrupt`.
    public func abandon() throws(ExpertCacheError) {
        try self.change { load, problem in
            guard Int(load.kind) == DURE_ARENA_CLAIMED else { return (0, ()) }
            // Safe: as above.
            return (unsafe dure_arena_abandon(self.arena.handle.pointer, &load, &problem), ())
        }
    }
}
