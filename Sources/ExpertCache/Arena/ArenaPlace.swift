import Glibc

/// Where the arena of a pack lies, so that all workers of a user find the same one.
public struct ArenaPlace: Sendable, Equatable {
    /// Where every Linux has a file system in memory.
    public static let defaultDirectory = "/dev/shm"
    static let prefix = "dure-"

    public let path: String

    public init(path: String) { self.path = path }

    /// - Parameters:
    ///   - directory: One in memory: tmpfs or hugetlbfs.
    ///   - digest: Of the pack, hexadecimal.
    ///   - node: The NUMA node whose workers share the arena.
    public init(directory: String = ArenaPlace.defaultDirectory, digest: String, node: Int = 0) {
        self.init(path: "\(directory)/\(Self.prefix)\(digest.prefix(16))-\(geteuid())-\(node)")
    }
}
