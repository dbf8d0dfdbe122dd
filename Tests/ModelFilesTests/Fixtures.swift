import Foundation
import OrderedJSON
import Testing

@testable import ModelFiles
@testable import TensorKernels

/// The models of `Tests/Fixtures/models`.
enum Fixture {
    static let root =
        #filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 } + "/Fixtures/models"

    static let names = [
        "axk1-default", "axk1-release", "axk1-yarn-all-dim", "axk1-yarn-mscale", "axk1-tied", "axk1-odd-sizes",
        "axk1-two-dense", "axk1-layer-frequency", "deepseek-v3", "deepseek-v3-plain-query", "deepseek-v3-fused",
    ]

    static func folder(_ name: String) -> String { Self.root + "/" + name }

    static func json(_ name: String, _ file: String = "config.json") throws -> JSONValue {
        try JSONValue(parsing: MappedFile.contents(of: Self.folder(name) + "/" + file, limit: 1 << 20))
    }
}

/// A folder that is removed, with its files, when the test that made it is done.
final class TemporaryFolder {
    let path: String

    init() throws {
        let name = "dure-model-files-\(UUID().uuidString)"
        self.path = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
        try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
    }

    deinit {
        // A folder left behind in the system's temporary place fails no test.
        try? FileManager.default.removeItem(atPath: self.path)
    }

    var files: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: self.path).sorted() } }

    func read(_ name: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(fileURLWithPath: self.path + "/" + name)))
    }

    func write(_ name: String, _ bytes: some Sequence<UInt8>) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: self.path + "/" + name))
    }

    /// Copies a fixture, so that a test can spoil it.
    func copy(_ fixture: String) throws {
        for file in try FileManager.default.contentsOfDirectory(atPath: Fixture.folder(fixture)) {
            try FileManager.default.copyItem(
                atPath: Fixture.folder(fixture) + "/" + file,
                toPath: self.path + "/" + file
            )
        }
    }
}

extension WeightMatrix {
    /// The elements, widened.
    var floats: [Float] {
        (0..<self.rows * self.columns).map { index in
            // Safe: the index is inside the view; loads of any alignment are asked for.
            switch self.element {
            case .f32: unsafe self.base.loadUnaligned(fromByteOffset: index * 4, as: Float.self)
            case .f16: Float(unsafe self.base.loadUnaligned(fromByteOffset: index * 2, as: Float16.self))
            case .bf16:
                Float(
                    bitPattern: UInt32(unsafe self.base.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)) << 16
                )
            }
        }
    }
}
