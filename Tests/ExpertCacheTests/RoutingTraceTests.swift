import Foundation
import TensorKernels
import Testing

@testable import ExpertCache

@Suite("RoutingTrace")
struct RoutingTraceTests {
    private static func header() -> RoutingTrace.Header {
        RoutingTrace.Header(
            modelDigest: String(repeating: "0a", count: 32),
            geometry: CacheGeometry(layers: 4, sparseLayers: 3, experts: 12),
            expertsPerToken: 2,
            expertBytes: 8192
        )
    }

    private static func trace() -> RoutingTrace {
        var trace = RoutingTrace(header: Self.header())
        for (sweep, layer) in [(0, 1), (0, 2), (0, 3), (1, 1), (1, 3)] {
            let demands = (0...(sweep + layer)).map {
                ExpertDemand(expert: 2 * $0, tokenCount: $0 + 70_000 * sweep + 1)
            }
            trace.append(sweep: sweep, layer: layer, demands)
        }
        return trace
    }

    private static func bytes(_ trace: RoutingTrace) -> [UInt8] {
        var bytes = RoutingTraceFormat.bytes(of: trace.header)
        for visit in trace.visits {
            let demands = Array(trace.demands[visit.demands])
            RoutingTraceFormat.appendVisit(sweep: visit.sweep, layer: visit.layer, demands, to: &bytes)
        }
        return bytes
    }

    private static func inFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "dure-trace-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // What is left of a test in the system's temporary place harms nobody.
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path)
    }

    @Test("reads what was written")
    func roundTrip() throws {
        let trace = Self.trace()
        #expect(try RoutingTrace(Self.bytes(trace), subject: "t") == trace)
        #expect(trace.sweepCount == 2)
    }

    @Test("a source that writes down hands out as before, and begins a sweep where layers begin anew")
    func recording() throws {
        struct Echo: ExpertSource {
            let activationFormat: PackedFormat? = .int8

            func withExperts(
                _ demands: [ExpertDemand],
                ofLayer layer: Int,
                _ body: ([ResidentExpert]) throws -> Void
            ) throws {
                try body([])
            }
        }
        try Self.inFolder { folder in
            let path = folder + "/routing.trace"
            let trace = Self.trace()
            do {
                let writer = try RoutingTraceWriter(path: path, header: trace.header)
                let source = RecordingExpertSource(Echo(), writer: writer)
                #expect(source.activationFormat == .int8)
                var calls = 0
                for visit in trace.visits {
                    try source.withExperts(Array(trace.demands[visit.demands]), ofLayer: visit.layer) { _ in calls += 1
                    }
                }
                #expect(calls == trace.visits.count)
            }
            #expect(try RoutingTrace.read(path) == trace)
        }
    }

    @Test("a file that cannot be there is an error")
    func missing() {
        #expect(throws: ExpertCacheError.self) { try RoutingTrace.read("/nowhere/at/all") }
        #expect(throws: ExpertCacheError.self) {
            _ = try RoutingTraceWriter(path: "/nowhere/at/all", header: Self.header())
        }
    }

    @Test("a cut end is an error, or passed over where that is allowed")
    func cut() throws {
        let (trace, bytes) = (Self.trace(), Self.bytes(Self.trace()))
        for count in 0..<bytes.count {
            let cut = Array(bytes[..<count])
            guard count >= RoutingTraceFormat.headerBytes else {
                #expect(throws: ExpertCacheError.self) { try RoutingTrace(cut, subject: "t", allowsCutEnd: true) }
                continue
            }
            let read = try RoutingTrace(cut, subject: "t", allowsCutEnd: true)
            #expect(trace.visits.starts(with: read.visits))
            if read.isCut {
                let error = #expect(throws: ExpertCacheError.self) { try RoutingTrace(cut, subject: "t") }
                #expect(error?.code == .malformedTrace)
            }
        }
    }

    @Test("wrong bytes are an error that says where, or leave a trace in order", arguments: 1...400)
    func fuzz(seed: Int) {
        var random = SplitMix64(state: UInt64(seed))
        var bytes = Self.bytes(Self.trace())
        let original = bytes
        for _ in 0...random.below(4) {
            switch random.below(3) {
            case 0: bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes.remove(at: random.below(bytes.count))
            default: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: random.below(bytes.count))
            }
        }
        // Also behind checksums that are right.
        if seed.isMultiple(of: 2), bytes.count > 80 { Self.mend(&bytes) }
        do {
            let trace = try RoutingTrace(bytes, subject: "t", allowsCutEnd: seed.isMultiple(of: 3))
            for visit in trace.visits {
                #expect(visit.layer < trace.header.geometry.layers)
                #expect(trace.demands[visit.demands].allSatisfy { $0.expert < trace.header.geometry.experts })
            }
        } catch {
            #expect(error.code == .malformedTrace && error.message.hasPrefix("t, byte "), "seed \(seed)")
            #expect(bytes != original)
        }
    }

    /// Writes the checksums that belong to the bytes, as far as they have the shape of a trace.
    private static func mend(_ bytes: inout [UInt8]) {
        func set(_ range: Range<Int>) {
            let checksum = Checksum.crc32c(bytes.span.extracting(range))
            for byte in 0..<4 { bytes[range.upperBound + byte] = UInt8(truncatingIfNeeded: checksum >> (8 * byte)) }
        }
        set(0..<68)
        var place = 72
        while place + 8 <= bytes.count {
            let end = place + 8 + 6 * Int(bytes.number(UInt16.self, at: place + 6))
            guard end + 4 <= bytes.count else { return }
            set(place..<end)
            place = end + 4
        }
    }
}
