import TensorKernels

/// Reads one file of a pack from its beginning to its end, comparing as it goes.
///
/// A few mebibytes at a time, and not through the page cache of those who work: what was read is forgotten again.
struct PackScan: ~Copyable {
    /// Why a scan ends early.
    enum Stop: Error {
        case wrong(Range<Int>?, String)
        case unreadable(ModelFilesError)
    }

    private static let bufferBytes = 4 << 20

    private let input: InputFile
    private let file: PackManifest.File
    private let meter: PackMeter
    private var buffer = [UInt8](repeating: 0, count: PackScan.bufferBytes)
    private var hash = SHA256()
    private var position = 0

    private init(_ input: consuming InputFile, _ file: PackManifest.File, _ meter: PackMeter) {
        self.input = input
        self.file = file
        self.meter = meter
    }

    /// Opens the file, which must have the size that the manifest says.
    static func begin(
        _ path: String,
        _ file: PackManifest.File,
        _ meter: PackMeter
    ) throws(ModelFilesError) -> PackScan {
        let input = try InputFile(path: path)
        guard input.bytes == file.bytes else {
            throw ModelFilesError(.malformed, path, ["expected \(file.bytes) bytes, got \(input.bytes)"])
        }
        return PackScan(input, file, meter)
    }

    /// Hands the next bytes to `body`, in pieces.
    private mutating func read(_ count: Int, _ body: (Span<UInt8>, Int) throws(Stop) -> Void) throws(Stop) {
        var buffer: [UInt8] = []
        swap(&buffer, &self.buffer)
        defer { swap(&buffer, &self.buffer) }
        let end = self.position + count
        while self.position < end {
            let piece = self.position..<min(end, self.position + Self.bufferBytes)
            do throws(ModelFilesError) {
                try self.input.read(piece, into: &buffer)
            } catch {
                throw .unreadable(error)
            }
            let bytes = buffer.span.extracting(first: piece.count)
            self.hash.update(bytes)
            try body(bytes, piece.lowerBound)
            self.input.forget(piece)
            self.position = piece.upperBound
            self.meter.add(piece.count, of: self.file.name)
        }
    }

    /// Reads up to a place, where everything must be zeros.
    private mutating func readZeros(to end: Int) throws(Stop) {
        try self.read(end - self.position) { bytes, start throws(Stop) in
            for index in bytes.indices where bytes[index] != 0 {
                let place = start + index
                throw .wrong(place..<place + 1, "expected a zero between the parts, got \(bytes[index])")
            }
        }
    }

    private mutating func readChecksum(_ count: Int) throws(Stop) -> UInt32 {
        var checksum: UInt32 = 0
        try self.read(count) { bytes, _ in checksum = Checksum.crc32c(bytes, after: checksum) }
        return checksum
    }

    private mutating func readBytes(_ count: Int) throws(Stop) -> [UInt8] {
        var copy: [UInt8] = []
        try self.read(count) { bytes, _ in
            for index in bytes.indices { copy.append(bytes[index]) }
        }
        return copy
    }

    /// Compares every tensor of a trunk with its checksum.
    mutating func readTrunk(_ tensors: [PackManifest.Tensor]) throws(Stop) {
        for tensor in tensors {
            try self.readZeros(to: tensor.byteOffset)
            let got = try self.readChecksum(tensor.bytes)
            guard got == tensor.checksum else {
                throw .wrong(
                    tensor.byteOffset..<tensor.byteOffset + tensor.bytes,
                    "\(tensor.name): expected the CRC-32C \(tensor.checksum), got \(got)"
                )
            }
        }
        try self.readZeros(to: self.file.bytes)
    }

    /// Compares the header of a layer's file and every record in it.
    mutating func readExperts(_ header: ExpertFileHeader) throws(Stop) {
        if let place = header.difference(from: try self.readBytes(ExpertFileHeader.bytes)) {
            throw .wrong(place..<place + 1, "expected the header of layer \(header.layer), got another byte")
        }
        for expert in 0..<header.experts {
            try self.readRecord(of: expert, header)
        }
    }

    private mutating func readRecord(of expert: Int, _ file: ExpertFileHeader) throws(Stop) {
        let start = self.position
        let bytes = try self.readBytes(ExpertRecordHeader.bytes)
        let header: ExpertRecordHeader
        do throws(ExpertRecordHeader.Problem) {
            header = try ExpertRecordHeader(bytes, layer: file.layer, expert: expert, layout: file.layout)
        } catch {
            throw .wrong(start..<start + ExpertRecordHeader.bytes, "header of expert \(expert): \(error.text)")
        }
        let payload = self.position..<self.position + header.payloadBytes
        let got = try self.readChecksum(header.payloadBytes)
        guard got == header.payloadChecksum else {
            throw .wrong(payload, "expert \(expert): expected the CRC-32C \(header.payloadChecksum), got \(got)")
        }
        try self.readZeros(to: start + file.layout.stride)
    }

    /// Reads what is left, and compares the digest of all.
    consuming func finish() throws(Stop) {
        try self.read(self.file.bytes - self.position) { _, _ in }
        let expected = self.file
        let got = self.hash.finish()
        guard got == expected.sha256 else {
            throw .wrong(0..<expected.bytes, "expected the SHA-256 \(expected.sha256), got \(got)")
        }
    }
}
