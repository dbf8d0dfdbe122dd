import Foundation
import TestSupport
import Testing

@testable import ExpertCache

/// The file of an arena, in the hands of somebody who is no worker.
struct ArenaFile {
    let path: String
    private let handle: FileHandle

    init(_ path: String) throws {
        self.path = path
        self.handle = try #require(FileHandle(forUpdatingAtPath: path))
    }

    /// The file of an arena without workers, as it is after the last one was killed.
    static func left(by bed: ArenaBed, holding key: ExpertKey? = nil) throws -> ArenaFile {
        let copy = bed.folder.appending(path: "copy")
        do {
            let arena = try bed.attach()
            if let key { try arena.load(key, bed) }
            try FileManager.default.copyItem(atPath: bed.place.path, toPath: copy.path)
        }
        #expect(!bed.fileExists)
        try FileManager.default.moveItem(atPath: copy.path, toPath: bed.place.path)
        return try ArenaFile(bed.place.path)
    }

    func write(_ bytes: [UInt8], at place: Int) throws {
        try self.handle.seek(toOffset: UInt64(place))
        try self.handle.write(contentsOf: bytes)
    }

    func flip(bit: Int) throws {
        try self.handle.seek(toOffset: UInt64(bit / 8))
        let byte = try #require(try self.handle.read(upToCount: 1)?.first)
        try self.write([byte ^ 1 << UInt8(bit % 8)], at: bit / 8)
    }

    func truncate(to bytes: Int) throws { try self.handle.truncate(atOffset: UInt64(bytes)) }

    /// Where the tables end and the slots begin.
    func tablesEnd(of bed: ArenaBed) throws -> Int {
        try bed.geometry.totalBytes() - bed.geometry.slotCount * bed.geometry.recordBytes
    }

    /// Writes something somewhere: any word, one that looks like a state, or a bit.
    func scribble(in range: Range<Int>, _ random: inout SeededRandom) throws {
        let place = Int.random(in: range.lowerBound / 8..<range.upperBound / 8, using: &random) * 8
        let word: UInt64 =
            switch Int.random(in: 0..<4, using: &random) {
            case 0: random.next()
            case 1: UInt64.random(in: 0..<64, using: &random)
            case 2: UInt64.random(in: 0..<4, using: &random) | random.next() & 0x3_FC00_00FC
            default: 1 << UInt64.random(in: 0..<64, using: &random)
            }
        try self.write(unsafe withUnsafeBytes(of: word) { unsafe Array($0) }, at: place)
    }

    /// Holds the lock of a row, as a live worker does.
    func lockRow(_ row: Int) throws -> Lock { try Lock(self.path, row) }

    final class Lock {
        private let descriptor: Int32
        /// `F_OFD_SETLK`, which Glibc does not show to Swift.
        private static let setLock: Int32 = 37

        init(_ path: String, _ row: Int) throws {
            self.descriptor = unsafe open(path, O_RDWR | O_CLOEXEC)
            var lock = flock(
                l_type: Int16(F_WRLCK),
                l_whence: Int16(SEEK_SET),
                l_start: off_t(1 + row),
                l_len: 1,
                l_pid: 0
            )
            try #require(unsafe fcntl(self.descriptor, Self.setLock, &lock) == 0)
        }

        func close() { _ = Glibc.close(self.descriptor) }
    }
}
