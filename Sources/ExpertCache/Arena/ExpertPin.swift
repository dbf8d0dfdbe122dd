import CExpertArena

/// Keeps one expert in its slot for as long as this object lives.
///
/// It may be the owner of views of that memory.
public final class ExpertPin: Sendable {
    public let arena: ExpertArena
    public let key: ExpertKey
    private let slot: UInt32

    init(_ arena: ExpertArena, _ key: ExpertKey, slot: UInt32) {
        self.arena = arena
        self.key = key
        self.slot = slot
    }

    deinit {
        var problem = dure_arena_problem()
        // A counter that is zero already belongs to a damaged arena; the next lookup there says so.
        // Safe: this worker's own counter, raised once for this object.
        _ = unsafe dure_arena_unpin(self.arena.handle.pointer, self.slot, &problem)
    }

    /// The record; valid while this object lives.
    @unsafe
    public var record: UnsafeRawBufferPointer {
        // Safe: a slot of the mapping that `arena` keeps, and has `recordBytes` bytes.
        unsafe UnsafeRawBufferPointer(
            start: dure_arena_slot(self.arena.handle.pointer, self.slot),
            count: self.arena.geometry.recordBytes
        )
    }
}
