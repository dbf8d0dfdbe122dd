import CExpertArena

/// What a lookup found.
public enum ArenaLookup: Sendable {
    /// It is there, and stays as long as the pin.
    case resident(ExpertPin)
    /// It was nowhere; the caller is now the one who reads it, and others wait for that.
    case claimed(ExpertLoad)
    /// A worker, perhaps this one, is reading it or giving up its slot: wait for the layer, and look again.
    case inTransit(ownerRow: Int)
    /// It is nowhere.
    case missing
}

extension ExpertArena {
    /// Looks an expert up: pins it where it is resident, and claims it where it is nowhere.
    ///
    /// - Parameters:
    ///   - key: One of the model's.
    ///   - claims: Whether to claim it; a claim is to be loaded and published soon, or abandoned.
    /// - Returns: Never blocks; what is `inTransit` may be ready a moment later.
    /// - Throws: ``ExpertCacheError`` with code `arenaCorrupt`.
    public func lookup(_ key: ExpertKey, claims: Bool = true) throws(ExpertCacheError) -> ArenaLookup {
        var (load, problem) = (dure_arena_load(), dure_arena_problem())
        // Safe: whole structures that outlive the call, and a live handle.
        let code = unsafe dure_arena_acquire(self.handle.pointer, self.entry(key), claims ? 1 : 0, &load, &problem)
        guard code == 0 else { throw .arena(problem, "\(self.subject), \(key)") }
        switch Int(load.kind) {
        case DURE_ARENA_RESIDENT: return .resident(ExpertPin(self, key, slot: load.slot))
        case DURE_ARENA_CLAIMED: return .claimed(ExpertLoad(self, key, load))
        case DURE_ARENA_IN_TRANSIT: return .inTransit(ownerRow: Int(load.owner))
        default: return .missing
        }
    }

    /// Evicts an expert, if it is resident and nobody has pinned it, and leaves its slot free.
    ///
    /// - Returns: Whether it did.
    /// - Throws: ``ExpertCacheError`` with code `arenaCorrupt`.
    @discardableResult
    public func evict(_ key: ExpertKey) throws(ExpertCacheError) -> Bool {
        var (evicted, problem) = (Int32(0), dure_arena_problem())
        // Safe: as above.
        let code = unsafe dure_arena_evict(self.handle.pointer, self.entry(key), &evicted, &problem)
        guard code == 0 else { throw .arena(problem, "\(self.subject), \(key)") }
        return evicted != 0
    }

    /// What a slot holds at this moment.
    ///
    /// - Parameter index: Below the geometry's `slotCount`.
    /// - Returns: It may be another thing a moment later.
    /// - Throws: ``ExpertCacheError`` with code `arenaCorrupt`.
    public func slot(_ index: Int) throws(ExpertCacheError) -> ArenaSlot {
        precondition(0..<self.geometry.slotCount ~= index, "slot \(index) of \(self.geometry.slotCount)")
        var info = dure_arena_slot_info()
        // Safe: as above.
        guard unsafe dure_arena_get_slot(self.handle.pointer, UInt32(index), &info) == 0 else {
            throw ExpertCacheError(.arenaCorrupt, "\(self.subject): the word of slot \(index) is none")
        }
        switch info.state {
        case 0: return .free
        case 1: return .held(self.key(ofEntry: info.entry))
        default:
            return .resident(
                self.key(ofEntry: info.entry),
                isTransient: info.is_transient != 0,
                isPinned: info.is_pinned != 0
            )
        }
    }
}

/// What a slot holds.
public enum ArenaSlot: Sendable, Equatable {
    case free
    /// A worker has it for an expert that it reads.
    case held(ExpertKey)
    case resident(ExpertKey, isTransient: Bool, isPinned: Bool)
}
