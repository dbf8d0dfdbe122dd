import Foundation
import TensorKernels
import Testing

@testable import ExpertCache

/// A folder for the arenas of one test, and experts whose bytes follow from which they are.
final class ArenaBed: Sendable {
    let folder: URL
    let geometry: ArenaGeometry

    init(
        layers: Int = 3,
        experts: Int = 8,
        slots: Int = 4,
        recordBytes: Int = 4096,
        digest: String = "0123456789abcdef"
    ) throws {
        self.folder = FileManager.default.temporaryDirectory.appending(path: "arena-\(UUID().uuidString)")
        self.geometry = ArenaGeometry(
            digest: String(repeating: digest, count: 64 / digest.count),
            layerCount: layers,
            expertsPerLayer: experts,
            recordBytes: recordBytes,
            slotCount: slots
        )
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
    }

    deinit {
        // A folder that stays behind in the temporary ones harms nobody.
        try? FileManager.default.removeItem(at: self.folder)
    }

    var place: ArenaPlace { ArenaPlace(directory: self.folder.path, digest: self.geometry.digest) }
    var fileExists: Bool { FileManager.default.fileExists(atPath: self.place.path) }

    func attach() throws -> ExpertArena { try ExpertArena(at: self.place, self.geometry, patience: .seconds(10)) }

    func bytes(of key: ExpertKey) -> [UInt8] {
        (0..<self.geometry.recordBytes).map {
            UInt8(truncatingIfNeeded: $0 &* 31 &+ key.layer &* 7 &+ key.expert &* 13)
        }
    }

    /// Reads an expert's record into the load's slot, as a drive would.
    func read(_ load: ExpertLoad) {
        unsafe load.record.copyBytes(from: self.bytes(of: load.key))
    }

    func checksum(of key: ExpertKey) -> UInt32 { Checksum.crc32c(self.bytes(of: key).span) }

    func isIntact(_ pin: ExpertPin) -> Bool { unsafe Array(pin.record) == self.bytes(of: pin.key) }
}

extension ExpertArena {
    func claim(_ key: ExpertKey) throws -> ExpertLoad {
        guard case .claimed(let load) = try self.lookup(key) else { throw Unexpected(key) }
        return load
    }

    func pin(_ key: ExpertKey) throws -> ExpertPin {
        guard case .resident(let pin) = try self.lookup(key) else { throw Unexpected(key) }
        return pin
    }

    /// Makes an expert resident, in a slot that is free or a transient's.
    func load(_ key: ExpertKey, _ bed: ArenaBed, isTransient: Bool = false) throws {
        let load = try self.claim(key)
        guard try load.takeSlot(isTransient: isTransient) else { throw Unexpected(key) }
        bed.read(load)
        try load.publish(checksum: bed.checksum(of: key), of: 0..<self.geometry.recordBytes)
    }

    struct Unexpected: Error {
        let key: ExpertKey
        init(_ key: ExpertKey) { self.key = key }
    }
}

extension ArenaLookup {
    var name: String {
        switch self {
        case .resident: "resident"
        case .claimed: "claimed"
        case .inTransit(let row): "in transit by \(row)"
        case .missing: "missing"
        }
    }
}
