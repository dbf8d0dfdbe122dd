import ExpertCache
import Foundation
import OrderedJSON
import Testing

@Suite("Expert caches of the host")
struct CacheCommandTests {
    private static let geometry = ArenaGeometry(
        digest: "0123456789abcdef" + String(repeating: "7", count: 48),
        layerCount: 3,
        expertsPerLayer: 8,
        recordBytes: 8192,
        slotCount: 5
    )

    private func dure(_ words: [String], in folder: TemporaryFolder) throws -> DureProcess {
        try DureProcess.run(
            DureProcess.binary,
            ["cache"] + words + ["--directory", folder.path],
            input: "",
            environment: [:]
        )
    }

    /// A cache file as it is when its only worker has been killed.
    private func leave(_ place: ArenaPlace, in folder: TemporaryFolder) throws {
        do {
            let arena = try ExpertArena(at: place, Self.geometry)
            try FileManager.default.copyItem(atPath: place.path, toPath: folder.path + "/copy")
            withExtendedLifetime(arena) {}
        }
        try FileManager.default.moveItem(atPath: folder.path + "/copy", toPath: place.path)
    }

    @Test("list and inspect show a cache and its workers, for people and as JSON")
    func shows() throws {
        let folder = try TemporaryFolder()
        let place = ArenaPlace(directory: folder.path, digest: Self.geometry.digest)
        #expect(try self.dure(["list"], in: folder).output.split(separator: "\n").count == 1)
        let arena = try ExpertArena(at: place, Self.geometry)
        arena.add(3, to: .hits)
        arena.add(1, to: .misses)
        arena.setLocation(ArenaLocation(sweep: 12, layer: 2))
        let list = try self.dure(["list"], in: folder)
        #expect(list.status == 0, "\(list.error)")
        let row = try #require(list.output.split(separator: "\n").last)
        #expect(
            row.split(separator: "\t").map(String.init)
                == [place.name, "0123456789ab", "40.0 KiB", "0", "5", "1", "75.0 %", "0 B", "in use"]
        )
        let json = try JSONValue(parsing: Array(try self.dure(["list", "--json"], in: folder).output.utf8))
        #expect(json["caches"]?.array?.first?["budget_bytes"]?.integer == 40960)
        #expect(json["caches"]?.array?.first?["pack"]?.string == Self.geometry.digest)
        let inspect = try self.dure(["inspect", place.name], in: folder)
        #expect(inspect.status == 0, "\(inspect.error)")
        #expect(inspect.output.contains("\(place.path): in use\n"))
        #expect(inspect.output.contains("\t\(ProcessInfo.processInfo.processIdentifier)\talive\t12\t2\t75.0 %\t"))
        let whole = try JSONValue(
            parsing: Array(try self.dure(["inspect", place.path, "--json"], in: folder).output.utf8)
        )
        #expect(whole["workers"]?.array?.first?["counters"]?["hits"]?.integer == 3)
        withExtendedLifetime(arena) {}
    }

    @Test("remove takes what nobody uses, and what is in use only by force")
    func removes() throws {
        let folder = try TemporaryFolder()
        let place = ArenaPlace(directory: folder.path, digest: Self.geometry.digest)
        let arena = try ExpertArena(at: place, Self.geometry)
        let refused = try self.dure(["remove", place.name], in: folder)
        #expect(refused.status == 1)
        #expect(refused.error.contains("workers are at work in it; --force removes it even so"))
        let stale = ArenaPlace(directory: folder.path, digest: Self.geometry.digest, node: 1)
        try self.leave(stale, in: folder)
        let listed = try self.dure(["list"], in: folder)
        #expect(listed.output.contains("no live workers"))
        let swept = try self.dure(["remove", "--stale"], in: folder)
        #expect(swept.status == 0 && swept.output == "removed \(stale.name)\n", "\(swept.error)")
        let forced = try self.dure(["remove", place.name, "--force", "--json"], in: folder)
        #expect(forced.status == 0, "\(forced.error)")
        #expect(!FileManager.default.fileExists(atPath: place.path))
        #expect(try arena.census().liveWorkers == 1)
    }

    @Test("what is no cache is shown as such and never removed")
    func foreign() throws {
        let folder = try TemporaryFolder()
        let place = ArenaPlace(directory: folder.path, digest: Self.geometry.digest)
        try Data("notes".utf8).write(to: URL(filePath: place.path))
        #expect(try self.dure(["list"], in: folder).output.contains("not an arena of this user"))
        #expect(try self.dure(["remove", place.name, "--force"], in: folder).status == 1)
        #expect(FileManager.default.fileExists(atPath: place.path))
        #expect(try self.dure(["inspect", "dure-none"], in: folder).error.contains("No such file or directory"))
        #expect(try self.dure(["remove"], in: folder).status == 2)
    }
}
