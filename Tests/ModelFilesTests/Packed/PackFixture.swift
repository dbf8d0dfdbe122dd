import Foundation
import TensorKernels

@testable import ModelFiles

/// A pack in a folder of its own.
struct Pack {
    let folder: TemporaryFolder
    let report: PackReport
    var path: String { self.folder.path + "/pack" }

    init(
        _ source: String,
        _ format: PackedFormat = .int8,
        rounding: PackedRounding = .nearest,
        threads: Int = 2,
        in folder: TemporaryFolder? = nil
    ) throws {
        self.folder = try folder ?? TemporaryFolder()
        self.report = try ModelPacker(
            source: source,
            target: self.folder.path + "/pack",
            format: format,
            rounding: rounding,
            threads: threads
        ).run()
    }

    init(fixture: String, _ format: PackedFormat = .int8, threads: Int = 2) throws {
        try self.init(Fixture.folder(fixture), format, threads: threads)
    }

    var files: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: self.path).sorted() } }

    func bytes(_ name: String) throws -> [UInt8] { try self.folder.read("pack/" + name) }

    /// Changes one byte of a file.
    func spoil(_ name: String, at byteOffset: Int) throws {
        var bytes = try self.bytes(name)
        bytes[byteOffset] ^= 0x10
        try self.folder.write("pack/" + name, bytes)
    }

    func verify() throws -> PackVerifier.Result { try PackVerifier(directory: self.path, threads: 2).run() }
}

extension PackedMatrix {
    /// All weights, as products see them.
    var floats: [[Float]] { (0..<self.rows).map { self.floats(row: $0) } }
}
