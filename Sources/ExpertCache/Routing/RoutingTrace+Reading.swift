import Foundation
import TensorKernels

extension RoutingTrace {
    /// Reads a file that ``RoutingTraceWriter`` wrote.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - allowsCutEnd: Whether a last visit that is not whole, as a worker that was killed leaves it, is passed over.
    /// - Returns: The trace.
    /// - Throws: ``ExpertCacheError`` with code `unreadable` or `malformedTrace`.
    public static func read(_ path: String, allowsCutEnd: Bool = false) throws(ExpertCacheError) -> RoutingTrace {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw ExpertCacheError(.unreadable, "\(path): \(error.localizedDescription)")
        }
        return try RoutingTrace(Array(data), subject: path, allowsCutEnd: allowsCutEnd)
    }

    /// Reads the bytes of a file.
    ///
    /// - Parameters:
    ///   - bytes: All of them.
    ///   - subject: What to call them in an error.
    ///   - allowsCutEnd: As above.
    /// - Throws: ``ExpertCacheError`` with code `malformedTrace` that says what was expected, and at which byte.
    public init(_ bytes: [UInt8], subject: String, allowsCutEnd: Bool = false) throws(ExpertCacheError) {
        func malformed(_ place: Int, _ problem: String) -> ExpertCacheError {
            ExpertCacheError(.malformedTrace, "\(subject), byte \(place): \(problem)")
        }
        typealias Format = RoutingTraceFormat
        guard bytes.count >= Format.headerBytes, bytes.starts(with: Format.magic) else {
            throw malformed(0, "expected the header of a routing trace, got other bytes")
        }
        let version = bytes.number(UInt32.self, at: 8)
        guard version == Format.version else {
            throw malformed(8, "expected version \(Format.version), got \(version)")
        }
        let checksum = Checksum.crc32c(bytes.span.extracting(0..<Format.headerBytes - 4))
        guard checksum == bytes.number(UInt32.self, at: Format.headerBytes - 4) else {
            throw malformed(Format.headerBytes - 4, "expected the checksum \(checksum) of the header, got another")
        }
        let numbers = [12, 16, 20, 24].map { Int(bytes.number(UInt32.self, at: $0)) }
        let expertBytes = bytes.number(UInt64.self, at: 60)
        guard 1...Format.mostLayers ~= numbers[0], 1...numbers[0] ~= numbers[1], 1...Format.mostExperts ~= numbers[2],
            1...numbers[2] ~= numbers[3], 1...(1 << 40) ~= expertBytes
        else {
            throw malformed(12, "expected the numbers of a model, got \(numbers) and experts of \(expertBytes) bytes")
        }
        let geometry = CacheGeometry(layers: numbers[0], sparseLayers: numbers[1], experts: numbers[2])
        self.init(
            header: Header(
                modelDigest: bytes[28..<60].map { String(format: "%02x", $0) }.joined(),
                geometry: geometry,
                expertsPerToken: numbers[3],
                expertBytes: Int(expertBytes)
            )
        )
        var place = Format.headerBytes
        var known = (sweep: 0, layer: -1)
        var (chosen, mark) = ([Int](repeating: 0, count: geometry.experts), 0)
        while place < bytes.count {
            let left = bytes.count - place
            let count = left < Format.visitBytes ? 0 : Int(bytes.number(UInt16.self, at: place + 6))
            let end = place + Format.visitBytes + count * Format.demandBytes
            guard end + Format.checksumBytes <= bytes.count else {
                if allowsCutEnd {
                    self.isCut = true
                    return
                }
                throw malformed(place, "expected a whole visit, got the end after \(left) bytes")
            }
            let checksum = Checksum.crc32c(bytes.span.extracting(place..<end))
            guard checksum == bytes.number(UInt32.self, at: end) else {
                throw malformed(place, "expected the checksum \(checksum) of a visit, got another")
            }
            let sweep = Int(bytes.number(UInt32.self, at: place))
            let layer = Int(bytes.number(UInt16.self, at: place + 4))
            guard layer < geometry.layers, sweep > known.sweep || (sweep == known.sweep && layer > known.layer) else {
                throw malformed(
                    place,
                    "expected a visit after sweep \(known.sweep), layer \(known.layer) of \(geometry.layers) layers, "
                        + "got sweep \(sweep), layer \(layer)"
                )
            }
            known = (sweep, layer)
            var demands: [ExpertDemand] = []
            demands.reserveCapacity(count)
            mark += 1
            for index in 0..<count {
                let at = place + Format.visitBytes + index * Format.demandBytes
                let expert = Int(bytes.number(UInt16.self, at: at))
                let tokens = Int(bytes.number(UInt32.self, at: at + 2))
                guard expert < geometry.experts, tokens > 0, chosen[expert] != mark else {
                    throw malformed(
                        at,
                        "expected an expert below \(geometry.experts), once and with tokens, got expert \(expert) "
                            + "with \(tokens) tokens"
                    )
                }
                chosen[expert] = mark
                demands.append(ExpertDemand(expert: expert, tokenCount: tokens))
            }
            self.append(sweep: sweep, layer: layer, demands)
            place = end + Format.checksumBytes
        }
    }
}
