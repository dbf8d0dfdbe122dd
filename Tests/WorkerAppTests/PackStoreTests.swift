import Foundation
import ModelFiles
import Synchronization
import TensorKernels
import Testing

@testable import WorkerApp

@Suite("Packs made on first use")
struct PackStoreTests {
    private static let checkpoint =
        #filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 } + "/Fixtures/models/axk1-default"

    /// Runs `body` with an empty folder.
    private static func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("dure-packs-\(UUID().uuidString)")
        defer {
            // What stays behind in the system's temporary place disturbs nothing.
            try? FileManager.default.removeItem(at: folder)
        }
        try body(folder.path)
    }

    private static func packs(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasSuffix(".lock") }.sorted()
    }

    @Test("a checkpoint is packed once, and found from then on")
    func once() throws {
        try Self.withFolder { folder in
            let shares = Mutex<[Double]>([])
            func open() throws -> OpenedModel {
                try OpenedModel.open(
                    ModelOptions(directory: Self.checkpoint, precision: .int8, packDirectory: folder),
                    packing: { share in shares.withLock { $0.append(share) } }
                )
            }
            let first = try open()
            let said = shares.withLock { $0 }
            #expect(said.first == 0 && said == said.sorted() && (0.5...1).contains(said.last ?? 0))
            #expect(first.precision == .int8)
            let names = try Self.packs(folder)
            #expect(names.count == 1 && names[0].hasPrefix("axk1-default-") && names[0].hasSuffix("-int8"))
            let second = try open()
            #expect(second.digest == first.digest)
            #expect(shares.withLock { $0 } == said)
            // Another format is another pack; f32 needs none.
            _ = try OpenedModel.open(
                ModelOptions(directory: Self.checkpoint, precision: .bf16, packDirectory: folder)
            )
            _ = try OpenedModel.open(ModelOptions(directory: Self.checkpoint, packDirectory: folder))
            #expect(try Self.packs(folder).count == 2)
        }
    }

    @Test("of many that need a pack at once, one makes it")
    func together() throws {
        try Self.withFolder { folder in
            let digest = try Checkpoint.open(directory: Self.checkpoint).digest
            let beginnings = Mutex(0)
            let paths = Mutex<[String?]>([])
            DispatchQueue.concurrentPerform(iterations: 6) { _ in
                let path = try? PackStore(directory: folder).pack(
                    of: Self.checkpoint,
                    digest: digest,
                    as: .int8,
                    threads: 1,
                    progress: { share in if share == 0 { beginnings.withLock { $0 += 1 } } }
                )
                paths.withLock { $0.append(path) }
            }
            #expect(beginnings.withLock { $0 } == 1)
            #expect(Set(paths.withLock { $0 }).count == 1 && paths.withLock { $0.first.flatMap { $0 } } != nil)
            #expect(try Self.packs(folder).count == 1)
        }
    }

    @Test("a folder that cannot be written is named")
    func unwritable() {
        let options = ModelOptions(directory: Self.checkpoint, precision: .int8, packDirectory: "/proc/packs")
        let error = #expect(throws: ModelFilesError.self) { try OpenedModel.open(options) }
        #expect(error?.code == .unwritable && error?.description.contains("/proc/packs") == true)
    }
}
