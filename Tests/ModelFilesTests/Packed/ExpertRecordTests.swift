import TensorKernels
import Testing

@testable import ModelFiles

@Suite("Expert records")
struct ExpertRecordTests {
    private static let layout = ExpertRecordLayout(hiddenSize: 100, width: 30, format: .int4g32)
    private static let header = ExpertRecordHeader(
        layer: 3,
        expert: 7,
        layout: Self.layout,
        payloadChecksum: 0xDEAD_BEEF
    )

    private static func read(_ bytes: [UInt8], layer: Int = 3, expert: Int = 7) throws -> ExpertRecordHeader {
        try ExpertRecordHeader(bytes, layer: layer, expert: expert, layout: Self.layout)
    }

    @Test(
        "lie one after the other on pages of their own, their matrices on cache lines",
        arguments: PackedFormat.allCases
    )
    func layout(format: PackedFormat) {
        let layout = ExpertRecordLayout(hiddenSize: 60, width: 15, format: format)
        var end = ExpertRecordHeader.bytes
        for (matrix, rows, columns) in [(layout.gate, 15, 60), (layout.up, 15, 60), (layout.down, 60, 15)] {
            #expect(matrix.rows == rows && matrix.columns == columns)
            #expect(matrix.byteRange.lowerBound == PackLayout.roundedUp(end, to: 64))
            #expect(matrix.byteRange.count == PackedMatrix.byteCount(format, rows: rows, columns: columns))
            end = matrix.byteRange.upperBound
        }
        #expect(layout.stride.isMultiple(of: 4096) && layout.stride >= end && layout.stride < end + 4096)
        #expect(layout.byteOffset(ofExpert: 0) == 4096)
        #expect(layout.byteOffset(ofExpert: 5) == 4096 + 5 * layout.stride)
    }

    @Test("have a header that is read as it was written")
    func roundTrip() throws {
        #expect(Self.header.encoded.count == 64)
        #expect(try Self.read(Self.header.encoded) == Self.header)
    }

    @Test("have a header of which no bit can change unseen")
    func everyBit() {
        for bit in 0..<64 * 8 {
            var bytes = Self.header.encoded
            bytes[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: ExpertRecordHeader.Problem.self, "bit \(bit)") { try Self.read(bytes) }
        }
    }

    @Test("say what was expected where another expert's record stands")
    func wrongPlace() {
        let error = #expect(throws: ExpertRecordHeader.Problem.self) { try Self.read(Self.header.encoded, expert: 8) }
        #expect(error?.text == "expert: expected 8, got 7")
        let layer = #expect(throws: ExpertRecordHeader.Problem.self) { try Self.read(Self.header.encoded, layer: 4) }
        #expect(layer?.text == "layer: expected 4, got 3")
    }

    @Test("survive any bytes", arguments: 1...4 as ClosedRange<UInt64>)
    func anyBytes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let bytes = (0..<Int.random(in: 0...80, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            #expect(throws: ExpertRecordHeader.Problem.self) { try Self.read(bytes) }
        }
    }

    @Test("have a page before them that says where it differs from another")
    func fileHeader() {
        let header = ExpertFileHeader(layer: 3, experts: 12, layout: Self.layout)
        #expect(header.encoded.count == 4096)
        #expect(header.difference(from: header.encoded) == nil)
        var other = header
        other.layer = 4
        #expect(header.difference(from: other.encoded) == 12)
        #expect(header.difference(from: Array(header.encoded.dropLast())) == 4095)
    }
}
