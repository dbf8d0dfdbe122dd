import Foundation
import ModelFiles
import TensorKernels

/// A small pack of random weights in a folder of its own, gone when this object is.
final class RandomPack: Sendable {
    let folder: String
    let pack: PackedModel

    init() throws {
        self.folder = FileManager.default.temporaryDirectory.appending(path: "dure-cache-\(UUID().uuidString)").path
        try PackSynthesizer(preset: .tiny, format: .int8, threads: 1).write(to: self.folder + "/pack")
        self.pack = try PackedModel.open(directory: self.folder + "/pack")
    }

    deinit {
        // What stays behind in the system's temporary place disturbs nothing.
        try? FileManager.default.removeItem(atPath: self.folder)
    }

    /// The decoder layers that have routed experts.
    var sparseLayers: [Int] { self.pack.expertFiles.indices.filter { self.pack.expertFiles[$0] != nil } }

    var recordBytes: Int { self.pack.expertFiles.lazy.compactMap { $0?.recordBytes }.first ?? 0 }

    var expertCount: Int { self.pack.configuration.experts.routedCount }

    /// Changes a byte of a record's weights on disk.
    func damage(layer: Int, expert: Int) throws {
        let path = self.folder + String(format: "/pack/experts-%03d.bin", layer)
        let file = try FileHandle(forUpdating: URL(filePath: path))
        defer { file.closeFile() }
        let place = UInt64(4096 + expert * self.recordBytes + 100)
        try file.seek(toOffset: place)
        let byte = try file.read(upToCount: 1)?.first ?? 0
        try file.seek(toOffset: place)
        try file.write(contentsOf: [byte ^ 1])
    }

    /// Cuts a layer's file in the middle of an expert.
    func cut(layer: Int, expert: Int) throws {
        let path = self.folder + String(format: "/pack/experts-%03d.bin", layer)
        let file = try FileHandle(forUpdating: URL(filePath: path))
        defer { file.closeFile() }
        try file.truncate(atOffset: UInt64(4096 + expert * self.recordBytes + self.recordBytes / 2))
    }
}
