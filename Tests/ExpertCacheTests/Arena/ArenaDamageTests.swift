import Foundation
import TestSupport
import Testing

@testable import ExpertCache

/// What a segment may look like that no worker has left so: each is refused, in words, and nothing crashes or hangs.
@Suite("Damaged arenas")
struct ArenaDamageTests {
    private static let runs = ProcessInfo.processInfo.environment["DURE_FUZZ_RUNS"].flatMap { Int($0) } ?? 300
    private let key = ExpertKey(layer: 1, expert: 5)

    private func error(_ bed: ArenaBed, _ geometry: ArenaGeometry? = nil) -> ExpertCacheError? {
        #expect(throws: ExpertCacheError.self) { try ExpertArena(at: bed.place, geometry ?? bed.geometry) }
    }

    @Test("what is there and is no arena is left as it is")
    func foreign() throws {
        let bed = try ArenaBed()
        let path = bed.place.path
        let manager = FileManager.default
        try Data("somebody's notes".utf8).write(to: URL(filePath: path))
        #expect(self.error(bed)?.message.contains("permissions for others: expected 0") == true)
        try manager.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(self.error(bed)?.message.contains("not an arena") == true)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "somebody's notes")
        try manager.removeItem(atPath: path)
        try manager.createSymbolicLink(atPath: path, withDestinationPath: "/etc/passwd")
        #expect(self.error(bed)?.message.contains("type of the file") == true)
        try manager.removeItem(atPath: path)
        try manager.createDirectory(atPath: path, withIntermediateDirectories: false)
        #expect(self.error(bed)?.code == .arenaUnusable)
        try manager.removeItem(atPath: path)
        #expect(unsafe mkfifo(path, 0o600) == 0)
        #expect(self.error(bed)?.message.contains("type of the file") == true)
    }

    @Test("an arena in use is refused where it differs, and the difference is named")
    func incompatible() throws {
        let bed = try ArenaBed()
        let user = try bed.attach()
        var other = bed.geometry
        other.slotCount = 3
        let slots = self.error(bed, other)
        #expect(slots?.code == .arenaUnusable && slots?.disposition == .fatal)
        #expect(slots?.message.contains("slots: expected 3, got 4") == true)
        #expect(try ExpertArena(at: bed.place, other, acceptsOtherSlotCount: true).geometry == bed.geometry)
        other = bed.geometry
        other.recordBytes = 8192
        #expect(self.error(bed, other)?.message.contains("bytes of a slot: expected 8192, got 4096") == true)
        other = bed.geometry
        other.digest = String(repeating: "f", count: 64)
        #expect(self.error(bed, other)?.message.contains("digest") == true)
        #expect(try user.census().liveWorkers == 1)
    }

    @Test("sizes that no arena can have are refused before anything is made")
    func limits() throws {
        let bed = try ArenaBed()
        func refuses(_ change: (inout ArenaGeometry) -> Void) {
            var geometry = bed.geometry
            change(&geometry)
            #expect(throws: ExpertCacheError.self) { try ExpertArena(at: bed.place, geometry) }
            #expect(throws: ExpertCacheError.self) { try geometry.totalBytes() }
        }
        refuses { $0.slotCount = 0 }
        refuses { $0.slotCount = -1 }
        refuses { $0.slotCount = 1 << 24 }
        refuses { $0.layerCount = 1 << 20 }
        refuses { $0.expertsPerLayer = 0 }
        refuses { $0.recordBytes = 4095 }
        refuses { $0.recordBytes = 1 << 50 }
        refuses { $0.recordBytes = .max }
        refuses { $0.node = -1 }
        refuses { $0.digest = "x" }
        #expect(!bed.fileExists)
    }

    @Test("an arena that is too large for its file system says how large that is, and leaves no file")
    func room() throws {
        let bed = try ArenaBed()
        var geometry = bed.geometry
        geometry.recordBytes = 1 << 32
        geometry.slotCount = 1 << 12
        let error = self.error(bed, geometry)
        #expect(error?.code == .arenaTooLarge)
        #expect(error?.message.contains("bytes of room in the file system: expected 17592") == true)
        #expect(!bed.fileExists)
    }

    @Test("while workers live, a header with any other bit is refused; then it is made anew")
    func header() throws {
        let bed = try ArenaBed()
        var user: ExpertArena? = try bed.attach()
        let file = try ArenaFile(bed.place.path)
        for bit in 0..<8 * 144 {
            try file.flip(bit: bit)
            let error = self.error(bed)
            #expect(error?.code == .arenaUnusable || error?.code == .arenaCorrupt, "bit \(bit)")
            try file.flip(bit: bit)
        }
        #expect(try bed.attach().origin == .joined)
        try file.flip(bit: 8 * 70)
        user = nil
        #expect(user == nil && !bed.fileExists)
    }

    @Test("an older version in use is refused; one whose workers are gone is made anew")
    func version() throws {
        let bed = try ArenaBed()
        let file = try ArenaFile.left(by: bed)
        try file.write([0], at: 8)
        let lock = try file.lockRow(3)
        #expect(self.error(bed)?.message.contains("version: expected 1, got 0") == true)
        lock.close()
        #expect(try bed.attach().origin == .rebuilt)
    }

    @Test("a file that is shorter than it says is refused or made anew", arguments: [0, 100, 4096, 12_000])
    func truncated(bytes: Int) throws {
        let bed = try ArenaBed()
        let file = try ArenaFile.left(by: bed)
        try file.truncate(to: bytes)
        let lock = try file.lockRow(0)
        let error = self.error(bed)
        #expect(error?.code == .arenaCorrupt || error?.code == .arenaUnusable)
        lock.close()
        let arena = try bed.attach()
        #expect(arena.origin == (bytes == 0 ? .created : .rebuilt))
        try arena.load(self.key, bed)
    }

    @Test("what a creator left that died before it was done is made anew")
    func unfinished() throws {
        let bed = try ArenaBed()
        let file = try ArenaFile.left(by: bed)
        try file.write([0], at: 2048)
        #expect(try bed.attach().origin == .rebuilt)
    }

    @Test("an arena whose workers are gone is used again, with what is in it")
    func reused() throws {
        let bed = try ArenaBed()
        _ = try ArenaFile.left(by: bed, holding: self.key)
        let arena = try bed.attach()
        #expect(arena.origin == .reused)
        #expect(try bed.isIntact(arena.pin(self.key)))
    }

    @Test("words that no worker writes end in errors, whatever they are", arguments: [1, 2] as [UInt64])
    func words(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for run in 0..<Self.runs / 2 {
            let bed = try ArenaBed(slots: 4)
            let arena = try bed.attach()
            for expert in 0..<3 { try arena.load(ExpertKey(layer: 0, expert: expert), bed) }
            let file = try ArenaFile(bed.place.path)
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                try file.scribble(in: 2048..<file.tablesEnd(of: bed), &random)
            }
            self.use(arena, bed, &random)
            // Others may come or not, and leave it or not.
            if let second = try? bed.attach() { self.use(second, bed, &random) }
            #expect(run >= 0, "still here")
        }
    }

    /// Does a little of everything; what is found damaged is an error, and no wait takes long.
    private func use(_ arena: ExpertArena, _ bed: ArenaBed, _ random: inout SeededRandom) {
        for _ in 0..<30 {
            let key = ExpertKey(
                layer: Int.random(in: 0..<3, using: &random),
                expert: Int.random(in: 0..<8, using: &random)
            )
            do throws(ExpertCacheError) {
                switch try arena.lookup(key) {
                case .claimed(let load):
                    var hasSlot = try load.takeSlot()
                    if !hasSlot { hasSlot = try load.takeSlot(of: ExpertKey(layer: 0, expert: 1)) }
                    guard hasSlot else { continue }
                    bed.read(load)
                    try load.publish(checksum: bed.checksum(of: key), of: 0..<4096)
                case .inTransit: _ = arena.wait(arena.ticket(for: .layer(key.layer)), atMost: .microseconds(50))
                case .resident(let pin): unsafe #expect(pin.record.count == 4096)
                case .missing: break
                }
                _ = try arena.slot(key.expert % 4)
                arena.noteUse(of: key, inSweep: 5)
                arena.setLocation(ArenaLocation(sweep: 5, layer: key.layer))
                try arena.evict(key)
                try arena.recover()
            } catch {
                #expect(error.code == .arenaCorrupt || error.code == .arenaBusy, "\(error)")
            }
            let share = arena.use(of: key, asOfSweep: 9).share
            #expect(share >= 0 && share <= 1)
            _ = arena.workers(asksWhoIsAlive: true)
            _ = arena.totals
            _ = try? arena.census(isQuiet: true)
        }
    }
}
