import Synchronization
import TensorKernels

/// Threads with a buffer each, and a count of what they have written.
struct PackWork: Sendable {
    let pool: ComputePool
    let meter: PackMeter
    private let buffers: [PageBuffer]

    /// What all buffers together may take: a machine with many cores is not to drown in them.
    private static let maximumBufferBytes = 4 << 30

    init(threads: Int, bufferBytes: Int, meter: PackMeter) {
        let affordable = max(1, Self.maximumBufferBytes / max(bufferBytes, 1))
        self.pool = ComputePool(threads: min(threads, affordable))
        self.buffers = (0..<self.pool.threads).map { _ in PageBuffer(bytes: bufferBytes) }
        self.meter = meter
    }

    /// Does the units of one piece of work on all threads; blocks until all are done, or until one has failed.
    ///
    /// - Parameters:
    ///   - count: How many units there are.
    ///   - digest: In which each unit has a turn; abandoned when one fails.
    ///   - body: Does one unit in a buffer that is its own meanwhile.
    /// - Throws: What a unit threw.
    func run(
        _ count: Int,
        _ digest: OrderedDigest,
        _ body: @Sendable (_ unit: Int, _ buffer: PageBuffer) throws(ModelFilesError) -> Void
    ) throws(ModelFilesError) {
        let failure = Mutex<ModelFilesError?>(nil)
        self.pool.run(count) { unit, thread in
            guard failure.withLock({ $0 == nil }) else { return }
            do throws(ModelFilesError) {
                try body(unit, self.buffers[thread])
            } catch {
                failure.withLock { $0 = $0 ?? error }
                digest.abandon()
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
    }
}

/// How far packing or verifying has come.
public struct PackProgress: Sendable, Equatable {
    /// The file at work, without its folder.
    public var file: String
    public var doneBytes: Int
    /// Of `doneBytes`, what an earlier, interrupted run has done.
    public var keptBytes: Int
    public var totalBytes: Int
}

/// Adds up progress from several threads.
final class PackMeter: Sendable {
    private let progress: Mutex<PackProgress>
    private let report: @Sendable (PackProgress) -> Void

    init(totalBytes: Int, keptBytes: Int = 0, report: @escaping @Sendable (PackProgress) -> Void) {
        self.progress = Mutex(
            PackProgress(file: "", doneBytes: keptBytes, keptBytes: keptBytes, totalBytes: totalBytes)
        )
        self.report = report
    }

    func add(_ bytes: Int, of file: String) {
        self.progress.withLock { progress in
            progress.file = file
            progress.doneBytes += bytes
            self.report(progress)
        }
    }
}
