import Synchronization
import TensorKernels

/// Writes `trunk.bin`, tensor by tensor, each in blocks of rows on all threads.
struct TrunkWriter {
    /// A tensor, where it comes from and where it goes.
    struct Item: Sendable {
        let planned: TrunkPlan.Tensor
        let source: WeightMatrix
        let type: StoredType
        let byteOffset: Int

        var bytes: Int { self.type.bytes(rows: self.source.rows, columns: self.source.columns) }

        /// Rows that are encoded together: whole panels, and some megabytes of them.
        var blockRows: Int {
            let step: Int
            switch self.type {
            case .packed(let format): step = format.panelOutputs
            case .plain: step = 1
            }
            let stepBytes = self.type.bytes(rows: step, columns: self.source.columns)
            return step * max(1, TrunkWriter.blockBytes / stepBytes)
        }

        var blockCount: Int { (self.source.rows + self.blockRows - 1) / self.blockRows }

        var blockBytes: Int { self.type.bytes(rows: self.blockRows, columns: self.source.columns) }
    }

    private static let blockBytes = 4 << 20

    let items: [Item]
    let encoder: MatrixEncoder

    init(_ checkpoint: Checkpoint, format: PackedFormat, encoder: MatrixEncoder) {
        let sources = checkpoint.trunk.byName
        var end = 0
        self.items = TrunkPlan(checkpoint.configuration).tensors.compactMap { planned in
            guard let source = sources[planned.name] else {
                precondition(planned.isOptional, "\(planned.name) is in no checkpoint that opens")
                return nil
            }
            let item = Item(
                planned: planned,
                source: source,
                type: Self.type(of: planned, source, format),
                byteOffset: end
            )
            end = PackLayout.roundedUp(end + item.bytes, to: PackLayout.pageBytes)
            return item
        }
        self.encoder = encoder
    }

    private static func type(of planned: TrunkPlan.Tensor, _ source: WeightMatrix, _ format: PackedFormat) -> StoredType
    {
        switch planned.treatment {
        case .exact: .plain(source.element)
        case .rowMajor: .plain(source.element == .f32 ? .bf16 : source.element)
        case .packed: .packed(format.trunkFormat)
        }
    }

    /// The size of the file.
    var totalBytes: Int {
        self.items.last.map { PackLayout.roundedUp($0.byteOffset + $0.bytes, to: PackLayout.pageBytes) } ?? 0
    }

    /// The largest block of any tensor.
    var bufferBytes: Int { self.items.map(\.blockBytes).max() ?? 0 }

    /// Writes the file and makes it durable; blocks.
    func write(to path: String, _ work: PackWork) throws(ModelFilesError) -> FinishedFile {
        let file = try OutputFile(path: path)
        let digest = OrderedDigest()
        var tensors: [PackManifest.Tensor] = []
        var lines: [PackReport.Line] = []
        for item in self.items {
            let deviation = try self.write(item, to: file, digest, work)
            tensors.append(
                PackManifest.Tensor(
                    name: item.planned.name,
                    type: item.type,
                    rows: item.source.rows,
                    columns: item.source.columns,
                    byteOffset: item.byteOffset,
                    checksum: digest.takeChecksum()
                )
            )
            if let deviation { lines.append(PackReport.Line(item, deviation)) }
            let end = item.byteOffset + item.bytes
            let padding = PackLayout.roundedUp(end, to: PackLayout.pageBytes) - end
            digest.add([UInt8](repeating: 0, count: padding).span, turn: digest.nextTurn)
            _ = digest.takeChecksum()
        }
        try file.finish(bytes: self.totalBytes)
        return FinishedFile(
            file: PackManifest.File(name: PackLayout.trunkFile, bytes: self.totalBytes, sha256: digest.finish()),
            tensors: tensors,
            lines: lines
        )
    }

    /// Returns what rounding cost; nil where nothing was rounded.
    private func write(
        _ item: Item,
        to file: OutputFile,
        _ digest: OrderedDigest,
        _ work: PackWork
    ) throws(ModelFilesError) -> Deviation? {
        let firstTurn = digest.nextTurn
        let deviations = Mutex(Array(repeating: Deviation(), count: item.blockCount))
        try work.run(item.blockCount, digest) { unit, buffer throws(ModelFilesError) in
            let first = unit * item.blockRows
            let block = item.source.rows(first..<min(item.source.rows, first + item.blockRows))
            block.prefetchPages()
            let bytes = item.type.bytes(rows: block.rows, columns: block.columns)
            let deviation = try self.encoder.encode(block, as: item.type, into: buffer, at: 0, name: item.planned.name)
            block.releasePages()
            // Safe: `region` checks the range; the buffer is this unit's.
            let region = unsafe UnsafeRawBufferPointer(buffer.region(0..<bytes))
            let encoded = unsafe Span<UInt8>(_unsafeBytes: region)
            try file.write(encoded, at: item.byteOffset + unit * item.blockBytes)
            digest.add(encoded, turn: firstTurn + unit)
            deviations.withLock { $0[unit] = deviation }
            work.meter.add(bytes, of: PackLayout.trunkFile)
        }
        guard item.type != .plain(item.source.element) else { return nil }
        var sum = Deviation()
        for deviation in deviations.withLock({ $0 }) { sum.add(deviation) }
        return sum
    }
}
