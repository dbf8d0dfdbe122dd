import Foundation

/// A file of lines that is only ever appended to.
final class LineFile {
    let path: String
    private let handle: FileHandle
    private static let chunkBytes = 1 << 20

    /// Opens a file for appending, or creates it; a last line without an end is cut off.
    init(path: String) throws(BatchFileError) {
        self.path = path
        let manager = FileManager.default
        if !manager.fileExists(atPath: path), !manager.createFile(atPath: path, contents: nil) {
            throw BatchFileError("\(path): cannot be created; is the folder there and writable?")
        }
        guard let handle = FileHandle(forUpdatingAtPath: path) else {
            throw BatchFileError("\(path): cannot be opened for writing")
        }
        self.handle = handle
        try self.attempt { try self.cutTornLine() }
    }

    func append(_ line: [UInt8]) throws(BatchFileError) {
        try self.attempt { try self.handle.write(contentsOf: line + [UInt8(ascii: "\n")]) }
    }

    func synchronize() throws(BatchFileError) {
        try self.attempt { try self.handle.synchronize() }
    }

    func remove() {
        // The file was empty; where it cannot be removed an empty file does no harm.
        try? FileManager.default.removeItem(atPath: self.path)
    }

    /// Reads all lines, without their ends, and stays at the end of the file.
    func forEachLine(_ body: (_ number: Int, _ line: [UInt8]) throws(BatchFileError) -> Void) throws(BatchFileError) {
        let reader = try LineReader(path: self.path)
        while let line = try reader.next() { try body(line.number, line.bytes) }
        try self.attempt { _ = try self.handle.seekToEnd() }
    }

    private func cutTornLine() throws {
        var end = try self.handle.seekToEnd()
        while end > 0 {
            let start = end > UInt64(Self.chunkBytes) ? end - UInt64(Self.chunkBytes) : 0
            try self.handle.seek(toOffset: start)
            let chunk = try self.handle.read(upToCount: Int(end - start)) ?? Data()
            if let last = chunk.lastIndex(of: UInt8(ascii: "\n")) {
                end = start + UInt64(chunk.distance(from: chunk.startIndex, to: last)) + 1
                break
            }
            end = start
        }
        try self.handle.truncate(atOffset: end)
        try self.handle.seek(toOffset: end)
    }

    private func attempt(_ body: () throws -> Void) throws(BatchFileError) {
        do { try body() } catch { throw BatchFileError("\(self.path): \(error.localizedDescription)") }
    }
}

/// Reads a file line by line, holding one line at a time.
public final class LineReader {
    public struct Line: Sendable {
        /// From 1.
        public var number: Int
        /// Without its end; the last line of a file may have none.
        public var bytes: [UInt8]
        /// Where the line begins, and where the next one does.
        public var byteRange: Range<UInt64>
    }

    private let path: String
    private let handle: FileHandle
    private let lineBytes: Int
    private var buffer: [UInt8] = []
    private var cursor = 0
    private var consumed: UInt64 = 0
    private var number = 0
    private var isAtEnd = false

    /// - Parameters:
    ///   - path: The file, or `-` for standard input.
    ///   - lineBytes: A longer line is an error.
    /// - Throws: ``BatchFileError`` when it cannot be opened.
    public init(path: String, lineBytes: Int = 64 << 20) throws(BatchFileError) {
        self.path = path
        self.lineBytes = lineBytes
        if path == "-" {
            self.handle = .standardInput
            return
        }
        guard FileManager.default.fileExists(atPath: path) else {
            throw BatchFileError("\(path): there is no such file")
        }
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw BatchFileError("\(path): cannot be opened for reading")
        }
        self.handle = handle
    }

    /// The next line, or nil at the end.
    ///
    /// - Throws: ``BatchFileError`` for a read error or a line over the limit.
    public func next() throws(BatchFileError) -> Line? {
        var searched = self.cursor
        while true {
            if let end = self.buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                return self.take(upTo: end, endBytes: 1)
            }
            searched = self.buffer.count
            guard self.buffer.count - self.cursor <= self.lineBytes else {
                throw BatchFileError("\(self.path):\(self.number + 1): the line is longer than \(self.lineBytes) bytes")
            }
            guard !self.isAtEnd else { break }
            searched -= try self.fill()
        }
        return self.cursor < self.buffer.count ? self.take(upTo: self.buffer.count, endBytes: 0) : nil
    }

    private func take(upTo end: Int, endBytes: Int) -> Line {
        let bytes = Array(self.buffer[self.cursor..<end])
        let start = self.consumed
        self.consumed += UInt64(bytes.count + endBytes)
        self.cursor = end + endBytes
        self.number += 1
        return Line(number: self.number, bytes: bytes, byteRange: start..<self.consumed)
    }

    /// Reads on, and says by how much what is in the buffer has moved to its front.
    private func fill() throws(BatchFileError) -> Int {
        let moved = self.cursor
        self.buffer.removeFirst(moved)
        self.cursor = 0
        do {
            let chunk = try self.handle.read(upToCount: 1 << 20) ?? Data()
            self.isAtEnd = chunk.isEmpty
            self.buffer.append(contentsOf: chunk)
        } catch {
            throw BatchFileError("\(self.path): \(error.localizedDescription)")
        }
        return moved
    }
}
