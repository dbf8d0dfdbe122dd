import Foundation
import OrderedJSON
import TensorKernels
import Testing

@testable import ModelFiles

@Suite("Interrupted packing")
struct PackResumeTests {
    private static let fixture = Fixture.folder("axk1-two-dense")

    private static func packer(
        _ folder: TemporaryFolder,
        _ format: PackedFormat = .int8,
        source: String = Self.fixture,
        replaces: Bool = false
    ) -> ModelPacker {
        ModelPacker(source: source, target: folder.path + "/pack", format: format, threads: 2, replaces: replaces)
    }

    /// Packs until the last layer's file cannot be made, as a full drive would stop it.
    private static func interrupt(_ folder: TemporaryFolder) throws -> (partial: String, lastFile: String) {
        let layers = try Checkpoint.open(directory: Self.fixture).configuration.sparseLayers
        let lastFile = PackLayout.expertFile(layer: try #require(layers.last))
        let partial = folder.path + "/pack.partial"
        let obstacle = partial + "/" + lastFile
        let error = try #require(throws: ModelFilesError.self) {
            try Self.packer(folder).run { _ in
                // The test fails below where this does.
                try? FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: true)
            }
        }
        #expect(error.code == .unwritable && error.subject == obstacle)
        try FileManager.default.removeItem(atPath: obstacle)
        return (partial, lastFile)
    }

    private static func inode(_ path: String) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int)
    }

    private static func expectSame(_ folder: TemporaryFolder, as whole: Pack) throws {
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/pack").sorted() == whole.files)
        for file in try whole.files { #expect(try folder.read("pack/" + file) == whole.bytes(file), "\(file)") }
        #expect(try folder.files == ["pack"])
    }

    @Test("continues with what is missing, to the same bytes")
    func continues() throws {
        let whole = try Pack(fixture: "axk1-two-dense")
        let folder = try TemporaryFolder()
        let (partial, lastFile) = try Self.interrupt(folder)
        #expect(!MappedFile.exists(folder.path + "/pack"))
        let trunk = try Self.inode(partial + "/trunk.bin")
        // What the run that was killed had begun.
        try folder.write("pack.partial/" + lastFile, [1, 2, 3])
        let seen = Recorded()
        let report = try Self.packer(folder).run { seen.add($0) }
        #expect(report == whole.report)
        #expect(try Self.inode(folder.path + "/pack/trunk.bin") == trunk)
        #expect(seen.all.allSatisfy { $0.file == lastFile && $0.keptBytes > 0 && $0.doneBytes > $0.keptBytes })
        try Self.expectSame(folder, as: whole)
    }

    @Test("does a file again whose line in the journal was torn, or whose bytes are not all there")
    func tornJournal() throws {
        let whole = try Pack(fixture: "axk1-two-dense")
        for tear in [0, 1, 40, 500] {
            let folder = try TemporaryFolder()
            _ = try Self.interrupt(folder)
            let journal = try folder.read("pack.partial/journal.jsonl")
            try folder.write("pack.partial/journal.jsonl", journal.dropLast(tear))
            if tear == 0 { try folder.write("pack.partial/trunk.bin", [0]) }
            _ = try Self.packer(folder).run()
            try Self.expectSame(folder, as: whole)
        }
    }

    @Test("does not take any journal's word", arguments: 1...3 as ClosedRange<UInt64>)
    func anyJournal(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let folder = try TemporaryFolder()
        _ = try Self.interrupt(folder)
        let journal = try folder.read("pack.partial/journal.jsonl")
        let identityEnd = try #require(journal.firstIndex(of: UInt8(ascii: "\n")))
        for _ in 0..<60 {
            var bytes = journal
            for _ in 0..<3 {
                let place = Int.random(in: identityEnd..<bytes.count, using: &random)
                bytes[place] = UInt8.random(in: 0...255, using: &random)
            }
            try folder.write("pack.partial/journal.jsonl", bytes)
            let identity = try JSONValue(parsing: Array(journal[..<identityEnd]))
            let opened = try PackJournal(folder: folder.path + "/pack.partial", identity: identity, startsOver: false)
            for entry in opened.finished.values { #expect(PackManifest.File.isSafe(entry.file.name)) }
        }
    }

    @Test("does not mix the work on two formats, unless it may throw one away")
    func otherFormat() throws {
        let folder = try TemporaryFolder()
        _ = try Self.interrupt(folder)
        let error = #expect(throws: ModelFilesError.self) { try Self.packer(folder, .bf16).run() }
        #expect(error?.message.contains("remove it to begin anew") == true)
        try folder.write("pack.partial/experts-099.bin", [1])
        _ = try Self.packer(folder, .bf16, replaces: true).run()
        try Self.expectSame(folder, as: Pack(fixture: "axk1-two-dense", .bf16))
    }

    @Test("is left to the process that is at it")
    func locked() throws {
        let folder = try TemporaryFolder()
        let (partial, _) = try Self.interrupt(folder)
        let first = try folder.read("pack.partial/journal.jsonl").prefix { $0 != UInt8(ascii: "\n") }
        let other = try PackJournal(folder: partial, identity: JSONValue(parsing: Array(first)), startsOver: false)
        let error = #expect(throws: ModelFilesError.self) { try Self.packer(folder).run() }
        #expect(error?.message.contains("another process at work") == true)
        withExtendedLifetime(other) {}
    }

    @Test("replaces a pack only when asked to, and never anything else")
    func targets() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/pack", withIntermediateDirectories: true)
        _ = try Self.packer(folder).run()
        let refused = #expect(throws: ModelFilesError.self) { try Self.packer(folder, .bf16).run() }
        #expect(refused?.message.contains("expected nothing there") == true)
        _ = try Self.packer(folder, .bf16, replaces: true).run()
        #expect(try PackedModel.open(directory: folder.path + "/pack").format == .bf16)
        #expect(try folder.files == ["pack"])

        let other = try TemporaryFolder()
        try other.copy("axk1-default")
        let precious = #expect(throws: ModelFilesError.self) {
            try ModelPacker(source: other.path, target: other.path, format: .int8, threads: 1, replaces: true).run()
        }
        let unknown = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: unknown.path + "/pack.partial/mine",
            withIntermediateDirectories: true
        )
        let notOurs = #expect(throws: ModelFilesError.self) { try Self.packer(unknown, replaces: true).run() }
        #expect(notOurs?.message.contains("expected an unfinished pack or nothing, got mine") == true)
        #expect(precious?.message.contains("expected a pack to replace, got another folder") == true)
        try folder.write("file", [1])
        let file = #expect(throws: ModelFilesError.self) {
            try ModelPacker(source: other.path, target: folder.path + "/file", format: .int8, threads: 1).run()
        }
        #expect(file?.message.contains("expected nothing, or a folder") == true)
    }

    @Test("leaves alone what came to its place meanwhile, and can be published once that is gone")
    func takenMeanwhile() throws {
        let folder = try TemporaryFolder()
        let place = folder.path + "/pack"
        let error = #expect(throws: ModelFilesError.self) {
            try Self.packer(folder).run { _ in
                // The test fails below where these do.
                try? FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
                try? Data([1]).write(to: URL(fileURLWithPath: place + "/mine"))
            }
        }
        #expect(error?.message.contains("expected nothing there, got 1 files") == true)
        #expect(try folder.read("pack/mine") == [1])
        try FileManager.default.removeItem(atPath: folder.path + "/pack")
        _ = try Self.packer(folder).run()
        try Self.expectSame(folder, as: Pack(fixture: "axk1-two-dense"))
    }

    @Test("is not done to a pack")
    func packOfPack() throws {
        let pack = try Pack(fixture: "axk1-two-dense")
        let error = #expect(throws: ModelFilesError.self) {
            try Self.packer(TemporaryFolder(), source: pack.path).run()
        }
        #expect(error?.message.contains("expected a checkpoint, got a pack") == true)
    }

    @Test("is not begun where the drive has no room")
    func space() throws {
        let folder = try TemporaryFolder()
        let pack = try PackFolder(target: folder.path + "/pack", identity: ["a": 1], replaces: false)
        try pack.requireSpace(1)
        let error = #expect(throws: ModelFilesError.self) { try pack.requireSpace(1 << 60) }
        #expect(error?.message.contains("expected 1152921504606846976 bytes free") == true)
    }
}
