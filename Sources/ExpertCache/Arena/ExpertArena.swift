import CExpertArena

/// Memory of the host in which every expert lies at most once, whatever number of workers compute with it.
///
/// This is a worker's handle: it has a row of its own there. Everything may be called from any thread. Pins and loads keep
/// the handle; when the last of them and the last reference are gone, the row is given back, and the last worker to leave
/// removes the file.
///
/// What is promised, and why it holds whoever dies when: docs/expert-arena.md.
public final class ExpertArena: Sendable {
    let handle: ArenaHandle

    public let geometry: ArenaGeometry
    /// The file; nil for an arena of this process alone.
    public let path: String?
    public let origin: Origin

    /// How this worker came by the arena.
    public enum Origin: Sendable, Equatable {
        case created
        /// Others are at work in it.
        case joined
        /// Its workers are all gone, and what they had read is still there.
        case reused
        /// Its workers are all gone, and it was of no use: unfinished, damaged, of another size or version.
        case rebuilt
    }

    /// Attaches to the arena at `place`, or makes it.
    ///
    /// - Parameters:
    ///   - place: Where it is, or will be.
    ///   - geometry: What it must be like.
    ///   - acceptsOtherSlotCount: Whether one that others use may have another number of slots; see ``geometry`` then.
    ///   - patience: How long others may keep it locked. By default a minute, and three seconds more for each GiB: who makes it
    ///     takes all of its memory from the system meanwhile.
    /// - Throws: ``ExpertCacheError``: `arenaUnusable`, `arenaTooLarge`, `arenaBusy`, `arenaCorrupt`.
    public init(
        at place: ArenaPlace,
        _ geometry: ArenaGeometry,
        acceptsOtherSlotCount: Bool = false,
        patience: Duration? = nil
    ) throws(ExpertCacheError) {
        let gibibytes = try geometry.totalBytes() >> 30
        var sizes = try geometry.sizes()
        var problem = dure_arena_problem()
        var handle: OpaquePointer?
        // Safe: `path` is passed as a terminated string, the others as whole structures; all outlive the call.
        let code = unsafe dure_arena_attach(
            place.path,
            &sizes,
            acceptsOtherSlotCount ? 1 : 0,
            (patience ?? .seconds(60 + 3 * gibibytes)).wholeMilliseconds,
            &handle,
            &problem
        )
        guard code == 0, let handle = unsafe handle else { throw .arena(problem, place.path) }
        // Safe: a new handle, which is this object's alone.
        self.handle = unsafe ArenaHandle(handle)
        self.geometry = self.handle.geometry
        self.path = place.path
        // Safe: the handle that was just made.
        switch Int(unsafe dure_arena_origin(handle)) {
        case DURE_ARENA_JOINED: self.origin = .joined
        case DURE_ARENA_REUSED: self.origin = .reused
        case DURE_ARENA_REBUILT: self.origin = .rebuilt
        default: self.origin = .created
        }
    }

    /// An arena of this process alone, without a file: for a lone worker, and where no file system in memory is large enough.
    ///
    /// - Throws: ``ExpertCacheError`` with code `arenaUnusable`.
    public init(anonymous geometry: ArenaGeometry) throws(ExpertCacheError) {
        var sizes = try geometry.sizes()
        var problem = dure_arena_problem()
        var handle: OpaquePointer?
        // Safe: whole structures that outlive the call.
        let code = unsafe dure_arena_attach_anonymous(&sizes, &handle, &problem)
        guard code == 0, let handle = unsafe handle else { throw .arena(problem, "an arena in memory") }
        // Safe: a new handle, which is this object's alone.
        self.handle = unsafe ArenaHandle(handle)
        self.geometry = geometry
        self.path = nil
        self.origin = .created
    }

    /// Counts what is in the arena.
    ///
    /// - Parameter isQuiet: Whether nobody is at work, so that every word must fit every other one.
    /// - Returns: Numbers from one pass over the tables; while workers are at work, not of one moment.
    /// - Throws: ``ExpertCacheError`` with code `arenaCorrupt`.
    public func census(isQuiet: Bool = false) throws(ExpertCacheError) -> ArenaCensus {
        try self.handle.census(isQuiet: isQuiet, of: self.subject)
    }

    var subject: String { self.path ?? "the arena" }

    /// The place of an expert's state word.
    func entry(_ key: ExpertKey) -> UInt32 {
        precondition(
            0..<self.geometry.layerCount ~= key.layer && 0..<self.geometry.expertsPerLayer ~= key.expert,
            "\(key) is not in an arena of \(self.geometry.layerCount) layers of \(self.geometry.expertsPerLayer)"
        )
        return UInt32(key.layer * self.geometry.expertsPerLayer + key.expert)
    }

    func key(ofEntry entry: UInt32) -> ExpertKey {
        let (layer, expert) = Int(entry).quotientAndRemainder(dividingBy: self.geometry.expertsPerLayer)
        return ExpertKey(layer: layer, expert: expert)
    }
}

extension Duration {
    /// Rounded up, so that a short time is none at all only where it is zero.
    var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = self.components
        guard seconds < Int64.max / 1_000_000 - 1 else { return .max / 2 }
        return max(0, seconds * 1_000_000 + (attoseconds + 999_999_999_999) / 1_000_000_000_000)
    }

    var wholeMilliseconds: Int64 { (self.wholeMicroseconds + 999) / 1000 }
}
