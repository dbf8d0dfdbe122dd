import TensorKernels

/// The first page of an `experts-LLL.bin`: what a reader that has nothing but this file needs to know of it.
///
/// Little-endian: magic `DUREXPFL`, u32 version, u32 layer, u32 experts, u32 format, u64 stride, u64 payload bytes, u32 hidden
/// size, u32 width; zeros; and in the page's last four bytes the CRC-32C of all before them.
struct ExpertFileHeader: Sendable, Equatable {
    static let bytes = PackLayout.pageBytes
    private static let magic = Array("DUREXPFL".utf8)

    var layer: Int
    var experts: Int
    var layout: ExpertRecordLayout

    /// The whole file's size.
    var fileBytes: Int { self.layout.byteOffset(ofExpert: self.experts) }

    /// The page; a layer, a count and a layout have one encoding.
    var encoded: [UInt8] {
        var bytes = Self.magic + [UInt8](repeating: 0, count: Self.bytes - Self.magic.count)
        bytes.store(UInt32(PackLayout.version), at: 8)
        bytes.store(UInt32(self.layer), at: 12)
        bytes.store(UInt32(self.experts), at: 16)
        bytes.store(self.layout.format.code, at: 20)
        bytes.store(UInt64(self.layout.stride), at: 24)
        bytes.store(UInt64(self.layout.payloadBytes), at: 32)
        bytes.store(UInt32(self.layout.gate.columns), at: 40)
        bytes.store(UInt32(self.layout.gate.rows), at: 44)
        bytes.store(Checksum.crc32c(bytes.span.extracting(first: Self.bytes - 4)), at: Self.bytes - 4)
        return bytes
    }

    /// Where `page` differs from this header, as bytes of the page; nil where it does not.
    func difference(from page: [UInt8]) -> Int? {
        zip(self.encoded, page).enumerated().first { $0.element.0 != $0.element.1 }?.offset
            ?? (page.count == Self.bytes ? nil : min(page.count, Self.bytes))
    }
}
