import TensorKernels

/// The bytes of a trace's file, version 1; all numbers are little-endian.
///
/// A header of 72 bytes: `DURETRCE`, u32 version, u32 layers, u32 layers with experts, u32 experts, u32 experts per token, 32
/// bytes of the model's digest, u64 bytes of an expert, u32 CRC-32C of the header before. Then visits: u32 sweep, u16 layer, u16
/// number of demands, for each demand u16 expert and u32 tokens, u32 CRC-32C of the visit before.
enum RoutingTraceFormat {
    static let magic = Array("DURETRCE".utf8)
    static let version: UInt32 = 1
    static let headerBytes = 72
    static let visitBytes = 8
    static let demandBytes = 6
    static let checksumBytes = 4

    /// More than any model has: what a header may claim.
    static let mostLayers = 65_535
    static let mostExperts = 65_535

    static func bytes(of header: RoutingTrace.Header) -> [UInt8] {
        var bytes = Self.magic
        bytes.append(little: Self.version)
        bytes.append(little: UInt32(header.geometry.layers))
        bytes.append(little: UInt32(header.geometry.sparseLayers))
        bytes.append(little: UInt32(header.geometry.experts))
        bytes.append(little: UInt32(header.expertsPerToken))
        let digits = Array(header.modelDigest.utf8.prefix(64)).map { Character(Unicode.Scalar($0)).hexDigitValue ?? 0 }
        for place in 0..<32 {
            let pair = digits.dropFirst(2 * place).prefix(2)
            bytes.append(UInt8(pair.reduce(0) { $0 * 16 + $1 }))
        }
        bytes.append(little: UInt64(header.expertBytes))
        bytes.append(little: Checksum.crc32c(bytes.span))
        return bytes
    }

    static func appendVisit(sweep: Int, layer: Int, _ demands: [ExpertDemand], to bytes: inout [UInt8]) {
        let first = bytes.count
        bytes.append(little: UInt32(truncatingIfNeeded: sweep))
        bytes.append(little: UInt16(layer))
        bytes.append(little: UInt16(demands.count))
        for demand in demands {
            bytes.append(little: UInt16(demand.expert))
            bytes.append(little: UInt32(demand.tokenCount))
        }
        bytes.append(little: Checksum.crc32c(bytes.span.extracting(first..<bytes.count)))
    }
}

extension [UInt8] {
    mutating func append<Number: FixedWidthInteger>(little number: Number) {
        for byte in 0..<Number.bitWidth / 8 { self.append(UInt8(truncatingIfNeeded: number >> (8 * byte))) }
    }

    /// The number whose lowest byte is at `place`; all of it must be there.
    func number<Number: FixedWidthInteger>(_: Number.Type, at place: Int) -> Number {
        var number: Number = 0
        for byte in 0..<Number.bitWidth / 8 { number |= Number(self[place + byte]) << (8 * byte) }
        return number
    }
}
