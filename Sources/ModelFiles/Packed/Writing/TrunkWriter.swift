import Synchronization
import TensorKernels

/// Writes `trunk.bin`, tensor by tensor, each in blocks of rows on all threads.
struct TrunkWriter {
    /// A tensor, in what type it is given, and where it goes.
    struct Item: Sendable {
        let planned: TrunkPlan.Tensor
        let given: ElementType
        let type: StoredType
        let byteOffset: Int

        var bytes: Int { self.type.bytes(rows: self.planned.rows, columns: self.planned.columns) }

        /// Rows that are encoded together: whole panels, and some megabytes of them.
        var blockRows: Int {
            let step: Int
            switch self.type {
            case .packed(let format): step = format.panelOutputs
            case .plain: step = 1
            }
            let stepBytes = self.type.bytes(rows: step, columns: self.planned.columns)
            return step * max(1, TrunkWriter.blockBytes / stepBytes)
        }

        var blockCount: Int { (self.planned.rows + self.blockRows - 1) / self.blockRows }

        var blockBytes: Int { self.type.bytes(rows: self.blockRows, columns: self.planned.columns) }
    }

    private static let blockBytes = 4 << 20

    let items: [Item]
    private let source: any PackSource

    init(_ source: any PackSource, format: PackedFormat) {
        var end = 0
        self.items = TrunkPlan(source.configuration).tensors.compactMap { planned in
            guard let given = source.element(of: planned) else {
                precondition(planned.isOptional, "\(planned.name) is in no source")
                return nil
            }
            let type = Self.type(of: planned, given, format)
            let item = Item(planned: planned, given: given, type: type, byteOffset: end)
            end = PackLayout.roundedUp(end + item.bytes, to: PackLayout.pageBytes)
            return item
        }
        self.source = source
    }

    static func type(of planned: TrunkPlan.Tensor, _ given: ElementType, _ format: PackedFormat) -> StoredType {
        switch planned.treatment {
        case .exact: .plain(given)
        case .rowMajor: .plain(given == .f32 ? .bf16 : given)
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
                    rows: item.planned.rows,
                    columns: item.planned.columns,
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
        let deviations = Mutex<[Deviation?]>(Array(repeating: nil, count: item.blockCount))
        try work.run(item.blockCount, digest) { unit, buffer throws(ModelFilesError) in
            let first = unit * item.blockRows
            let rows = first..<min(item.planned.rows, first + item.blockRows)
            let bytes = item.type.bytes(rows: rows.count, columns: item.planned.columns)
            let deviation = try self.source.encode(rows: rows, of: item.planned, as: item.type, into: buffer)
            // Safe: `region` checks the range; the buffer is this unit's.
            let region = unsafe UnsafeRawBufferPointer(buffer.region(0..<bytes))
            let encoded = unsafe Span<UInt8>(_unsafeBytes: region)
            try file.write(encoded, at: item.byteOffset + unit * item.blockBytes)
            digest.add(encoded, turn: firstTurn + unit)
            deviations.withLock { $0[unit] = deviation }
            work.meter.add(bytes, of: PackLayout.trunkFile)
        }
        guard item.type != .plain(item.given) else { return nil }
        var sum = Deviation()
        for deviation in deviations.withLock({ $0 }) {
            guard let deviation else { return nil }
            sum.add(deviation)
        }
        return sum
    }
}
