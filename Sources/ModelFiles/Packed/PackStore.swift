import Foundation
import Glibc
public import TensorKernels

/// A directory of packs that were made when a checkpoint was first used, each named after its checkpoint and format.
///
/// A checkpoint that has changed has another digest, and becomes another pack; nothing is ever removed.
public struct PackStore: Sendable {
    public let directory: String

    public init(directory: String) { self.directory = directory }

    /// The pack of a checkpoint, which is made if it is not there yet.
    ///
    /// Of several processes that ask for the same one, one packs and the others wait for it. Interrupted work is continued.
    ///
    /// - Parameters:
    ///   - checkpoint: The directory of the checkpoint.
    ///   - digest: Its digest.
    ///   - format: Of the routed experts.
    ///   - threads: As many pack.
    ///   - progress: Called on any of them, one at a time, with the share that is done; never where the pack is there.
    /// - Returns: The path of the pack.
    /// - Throws: `ModelFilesError`.
    public func pack(
        of checkpoint: String,
        digest: String,
        as format: PackedFormat,
        threads: Int,
        progress: @escaping @Sendable (Double) -> Void
    ) throws(ModelFilesError) -> String {
        let name = URL(filePath: checkpoint).standardizedFileURL.lastPathComponent
        let path = "\(self.directory)/\(name)-\(digest.prefix(16))-\(format.rawValue)"
        guard !PackedModel.exists(at: path) else { return path }
        do {
            try FileManager.default.createDirectory(atPath: self.directory, withIntermediateDirectories: true)
        } catch {
            throw ModelFilesError(.unwritable, self.directory, ["cannot be made: \(error)"])
        }
        // The file stays: who removes it would take it from those that wait.
        let lock = try Self.lock(path + ".lock")
        defer { close(lock) }
        guard !PackedModel.exists(at: path) else { return path }
        progress(0)
        let packer = ModelPacker(
            source: checkpoint,
            target: path,
            format: format,
            rounding: .searched,
            threads: threads
        )
        _ = try packer.run { progress(Double($0.doneBytes) / Double(max($0.totalBytes, 1))) }
        return path
    }

    /// Waits until no other process holds the lock.
    ///
    /// - Returns: A descriptor; closing it gives the lock up.
    private static func lock(_ path: String) throws(ModelFilesError) -> Int32 {
        // Safe: the path is passed as a terminated string that lives for the call.
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw PendingFile.systemError(path, "cannot be opened") }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                let error = PendingFile.systemError(path, "cannot be locked")
                close(descriptor)
                throw error
            }
        }
        return descriptor
    }
}
