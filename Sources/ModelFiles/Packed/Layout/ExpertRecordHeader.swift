import TensorKernels

/// The 64 bytes before an expert's weights: which expert this is, and what its bytes add up to.
///
/// Little-endian: magic `DUREXPRT`, u32 version, u32 layer, u32 expert, u32 format, u64 payload bytes, u32 CRC-32C of the
/// payload, zeros, and in the last four bytes the CRC-32C of the header before them.
struct ExpertRecordHeader: Sendable, Equatable {
    static let bytes = ExpertRecordLayout.headerBytes
    private static let magic = Array("DUREXPRT".utf8)

    var layer: Int
    var expert: Int
    var format: PackedFormat
    var payloadBytes: Int
    var payloadChecksum: UInt32

    var encoded: [UInt8] {
        var bytes = Self.magic + [UInt8](repeating: 0, count: Self.bytes - Self.magic.count)
        bytes.store(UInt32(PackLayout.version), at: 8)
        bytes.store(UInt32(self.layer), at: 12)
        bytes.store(UInt32(self.expert), at: 16)
        bytes.store(self.format.code, at: 20)
        bytes.store(UInt64(self.payloadBytes), at: 24)
        bytes.store(self.payloadChecksum, at: 32)
        bytes.store(Checksum.crc32c(bytes.span.extracting(first: Self.bytes - 4)), at: Self.bytes - 4)
        return bytes
    }

    /// Why bytes are not the header that was expected.
    struct Problem: Error, Equatable {
        var text: String
    }

    /// Reads a header and checks that it is the one of this expert.
    ///
    /// - Parameters:
    ///   - bytes: As many as a header has.
    ///   - layer: The layer whose file it is in.
    ///   - expert: The expert whose place it is at.
    ///   - layout: What the manifest says of every record.
    /// - Throws: ``Problem``, for the first thing that is not as expected.
    init(_ bytes: [UInt8], layer: Int, expert: Int, layout: ExpertRecordLayout) throws(Problem) {
        guard bytes.count == Self.bytes, bytes.starts(with: Self.magic) else {
            throw Problem(text: "expected an expert's record, got other bytes")
        }
        let checksum = Checksum.crc32c(bytes.span.extracting(first: Self.bytes - 4))
        try Self.expect("checksum of its header", checksum, bytes.number(UInt32.self, at: Self.bytes - 4))
        try Self.expect("version", UInt32(PackLayout.version), bytes.number(UInt32.self, at: 8))
        try Self.expect("layer", UInt32(layer), bytes.number(UInt32.self, at: 12))
        try Self.expect("expert", UInt32(expert), bytes.number(UInt32.self, at: 16))
        try Self.expect("format", layout.format.code, bytes.number(UInt32.self, at: 20))
        try Self.expect("payload bytes", UInt64(layout.payloadBytes), bytes.number(UInt64.self, at: 24))
        guard bytes[36..<Self.bytes - 4].allSatisfy({ $0 == 0 }) else {
            throw Problem(text: "expected zeros at the end of the header, got other bytes")
        }
        self.layer = layer
        self.expert = expert
        self.format = layout.format
        self.payloadBytes = layout.payloadBytes
        self.payloadChecksum = bytes.number(UInt32.self, at: 32)
    }

    /// A header to be written.
    init(layer: Int, expert: Int, layout: ExpertRecordLayout, payloadChecksum: UInt32) {
        self.layer = layer
        self.expert = expert
        self.format = layout.format
        self.payloadBytes = layout.payloadBytes
        self.payloadChecksum = payloadChecksum
    }

    private static func expect<Number: Equatable>(
        _ what: String,
        _ expected: Number,
        _ got: Number
    ) throws(Problem) {
        guard expected == got else { throw Problem(text: "\(what): expected \(expected), got \(got)") }
    }
}
