import Foundation

/// Writes a trace as it comes, a sweep at a time: a worker that is killed leaves all of its sweeps but the last.
///
/// Owned by one thread at a time.
public final class RoutingTraceWriter {
    private let file: FileHandle
    private let path: String
    private var pending: [UInt8] = []
    private var sweep = 0
    private var lastLayer = -1

    /// Creates the file, in place of one that is there.
    ///
    /// - Throws: ``ExpertCacheError`` with code `unwritable`.
    public init(path: String, header: RoutingTrace.Header) throws(ExpertCacheError) {
        guard FileManager.default.createFile(atPath: path, contents: Data(RoutingTraceFormat.bytes(of: header))),
            let file = FileHandle(forWritingAtPath: path)
        else {
            throw ExpertCacheError(.unwritable, "\(path): a routing trace cannot be written there")
        }
        self.file = file
        self.path = path
        do {
            try self.file.seekToEnd()
        } catch {
            throw ExpertCacheError(.unwritable, "\(path): \(error.localizedDescription)")
        }
    }

    deinit {
        // What a failing disk does not take is lost with the last sweep; there is nobody left to tell.
        try? self.flush()
    }

    /// Adds a visit; a layer that is not after the one before begins a new sweep.
    ///
    /// - Throws: ``ExpertCacheError`` with code `unwritable`.
    public func append(layer: Int, _ demands: [ExpertDemand]) throws(ExpertCacheError) {
        if layer <= self.lastLayer {
            self.sweep += 1
            try self.flush()
        }
        self.lastLayer = layer
        RoutingTraceFormat.appendVisit(sweep: self.sweep, layer: layer, demands, to: &self.pending)
    }

    public func flush() throws(ExpertCacheError) {
        guard !self.pending.isEmpty else { return }
        do {
            try self.file.write(contentsOf: self.pending)
        } catch {
            throw ExpertCacheError(.unwritable, "\(self.path): \(error.localizedDescription)")
        }
        self.pending.removeAll(keepingCapacity: true)
    }
}
