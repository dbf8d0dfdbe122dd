import Synchronization
import TensorKernels

/// Writes the `experts-LLL.bin` of one layer: an expert is a unit of work, and no more experts are in memory than threads.
struct ExpertFileWriter {
    let source: any PackSource
    let layout: ExpertRecordLayout

    /// The size of each layer's file.
    var totalBytes: Int { self.layout.byteOffset(ofExpert: self.expertCount) }

    private var expertCount: Int { self.source.configuration.experts.routedCount }

    private static let matrixNames = ["gate_proj", "up_proj", "down_proj"]

    /// Writes the file and makes it durable; blocks.
    func write(layer: Int, to path: String, _ work: PackWork) throws(ModelFilesError) -> FinishedFile {
        let name = PackLayout.expertFile(layer: layer)
        let file = try OutputFile(path: path)
        let digest = OrderedDigest()
        let header = ExpertFileHeader(layer: layer, experts: self.expertCount, layout: self.layout).encoded
        try file.write(header.span, at: 0)
        digest.add(header.span, turn: 0)
        let deviations = Mutex<[[Deviation]]>(Array(repeating: [], count: self.expertCount))
        try work.run(self.expertCount, digest) { expert, buffer throws(ModelFilesError) in
            let deviation = try self.encode(expert, ofLayer: layer, into: buffer)
            // Safe: `region` checks the range; the buffer is this unit's.
            let region = unsafe UnsafeRawBufferPointer(buffer.region(0..<self.layout.stride))
            let record = unsafe Span<UInt8>(_unsafeBytes: region)
            try file.write(record, at: self.layout.byteOffset(ofExpert: expert))
            digest.add(record, turn: 1 + expert)
            deviations.withLock { $0[expert] = deviation }
            work.meter.add(record.count, of: name)
        }
        work.meter.add(header.count, of: name)
        try file.finish(bytes: self.totalBytes)
        return FinishedFile(
            file: PackManifest.File(name: name, bytes: self.totalBytes, sha256: digest.finish()),
            tensors: [],
            lines: self.lines(layer, deviations.withLock { $0 })
        )
    }

    /// Makes an expert's record in the front of a buffer.
    ///
    /// - Returns: What rounding cost, for each of the three matrices; nothing where nothing was rounded.
    private func encode(
        _ expert: Int,
        ofLayer layer: Int,
        into buffer: PageBuffer
    ) throws(ModelFilesError) -> [Deviation] {
        buffer.clear(0..<self.layout.stride)
        let deviations = try self.source.encode(expert: expert, ofLayer: layer, in: self.layout, into: buffer)
        let payload = ExpertRecordHeader.bytes..<ExpertRecordHeader.bytes + self.layout.payloadBytes
        // Safe: `region` checks the range; the buffer is this thread's.
        let region = unsafe UnsafeRawBufferPointer(buffer.region(payload))
        let checksum = unsafe Checksum.crc32c(Span<UInt8>(_unsafeBytes: region))
        let header = ExpertRecordHeader(layer: layer, expert: expert, layout: self.layout, payloadChecksum: checksum)
        buffer.store(header.encoded, at: 0)
        return deviations
    }

    private func lines(_ layer: Int, _ deviations: [[Deviation]]) -> [PackReport.Line] {
        guard deviations.allSatisfy({ $0.count == Self.matrixNames.count }) else { return [] }
        return Self.matrixNames.enumerated().map { index, name in
            PackReport.Line(
                layer: layer,
                matrix: "mlp.experts." + name,
                type: StoredType.packed(self.layout.format).name,
                deviations: deviations.map { $0[index] }
            )
        }
    }
}
