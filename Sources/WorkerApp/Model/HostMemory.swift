import Foundation

/// How much memory this process may use: the host's, or what its control groups allow.
enum HostMemory {
    static var bytes: Int {
        var least = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        for path in Self.limitFiles(of: Self.text("/proc/self/cgroup") ?? "") {
            if let limit = Self.text(path).flatMap(Self.limit(in:)) { least = min(least, limit) }
        }
        return least
    }

    /// The files that may limit a process, given its `/proc/self/cgroup`: those of each of its groups and of all above them.
    static func limitFiles(of groups: String) -> [String] {
        var files: [String] = []
        for line in groups.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let isUnified = parts[1].isEmpty
            guard isUnified || parts[1].split(separator: ",").contains("memory") else { continue }
            let (root, file) =
                isUnified ? ("/sys/fs/cgroup", "memory.max") : ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
            var names = parts[2].split(separator: "/").filter { $0 != ".." }
            while true {
                files.append(([root] + names.map(String.init) + [file]).joined(separator: "/"))
                if names.isEmpty { break }
                names.removeLast()
            }
        }
        return files
    }

    /// The number in a limit's file; nil where it says that there is none.
    static func limit(in text: String) -> Int? { Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) }

    private static func text(_ path: String) -> String? {
        // Losing the error is right: a group without that file has no limit.
        try? String(contentsOfFile: path, encoding: .utf8)
    }
}
