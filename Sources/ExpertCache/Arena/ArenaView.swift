import CExpertArena
import Glibc

/// An arena as somebody sees it who does not work in it.
///
/// It takes no row and changes nothing; what it says is of the moment in which it is asked.
public final class ArenaView: Sendable {
    private let handle: ArenaHandle

    public let place: ArenaPlace
    public let geometry: ArenaGeometry

    /// Opens an arena to look at it.
    ///
    /// - Throws: ``ExpertCacheError``: `arenaUnusable`, `arenaCorrupt`.
    public init(at place: ArenaPlace) throws(ExpertCacheError) {
        var problem = dure_arena_problem()
        var handle: OpaquePointer?
        // Safe: `path` is passed as a terminated string, the others as whole structures; all outlive the call.
        let code = unsafe dure_arena_open_view(place.path, &handle, &problem)
        guard code == 0, let handle = unsafe handle else { throw .arena(problem, place.path) }
        // Safe: a new handle, which is this object's alone.
        self.handle = unsafe ArenaHandle(handle)
        self.place = place
        self.geometry = self.handle.geometry
    }

    /// The workers, dead ones too that nobody has cleared up after.
    public var workers: [ArenaWorker] { self.handle.workers(asksWhoIsAlive: true) }

    /// What all workers have counted, those that are gone too.
    public var totals: ArenaCounters { self.handle.totals }

    /// Counts what is in the arena.
    ///
    /// - Returns: Numbers from one pass over the tables.
    /// - Throws: ``ExpertCacheError`` with code `arenaCorrupt`.
    public func census() throws(ExpertCacheError) -> ArenaCensus {
        try self.handle.census(isQuiet: false, of: self.place.path)
    }
}

extension ArenaPlace {
    /// What lies in a directory under an arena's name, in the order of their names; each may be unusable.
    ///
    /// - Throws: ``ExpertCacheError`` with code `arenaUnusable`, where the directory cannot be read.
    public static func all(in directory: String = ArenaPlace.defaultDirectory) throws(ExpertCacheError) -> [ArenaPlace]
    {
        // Safe: `directory` is passed as a terminated string; the stream is closed once.
        guard let stream = unsafe opendir(directory) else {
            // Safe: `strerror` returns a terminated string, copied at once.
            throw ExpertCacheError(.arenaUnusable, "\(directory): \(unsafe String(cString: strerror(errno)))")
        }
        // Safe: the stream that was opened above.
        defer { unsafe closedir(stream) }
        var names: [String] = []
        // Safe: the entry is valid until the next call, and its name is a terminated string within it.
        while let entry = unsafe readdir(stream) {
            // Safe: as above.
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                unsafe tuple.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if Self.isName(name) { names.append(name) }
        }
        return names.sorted().map { ArenaPlace(path: "\(directory)/\($0)") }
    }

    /// `dure-`, 16 hexadecimal digits, a user's number and a node's.
    private static func isName(_ name: String) -> Bool {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "dure" && parts[1].count == 16 && parts[1].allSatisfy(\.isHexDigit)
            && UInt32(parts[2]) != nil && UInt32(parts[3]) != nil
    }

    /// The file's name.
    public var name: String { self.path.split(separator: "/").last.map(String.init) ?? self.path }

    /// Removes the file, if no worker lives.
    ///
    /// - Parameters:
    ///   - force: Whether to remove it even so. Workers keep the memory until they leave; new ones make another arena.
    ///   - patience: How long others may keep it locked.
    /// - Throws: ``ExpertCacheError``: `arenaInUse`; `arenaUnusable` where it is no arena, and then it is left as it is.
    public func remove(force: Bool = false, patience: Duration = .seconds(5)) throws(ExpertCacheError) {
        var problem = dure_arena_problem()
        var isUsed: Int32 = 0
        // Safe: `path` is passed as a terminated string, the others as whole values; all outlive the call.
        let code = unsafe dure_arena_remove(self.path, force ? 1 : 0, patience.wholeMilliseconds, &isUsed, &problem)
        guard code != 0 else { return }
        if isUsed != 0 { throw ExpertCacheError(.arenaInUse, "\(self.path): workers are at work in it") }
        throw .arena(problem, self.path)
    }
}
