import Foundation
import OrderedJSON
import Testing

@testable import WorkerApp

@Suite("Batch files")
struct BatchOutputTests {
    private let folder: URL

    init() throws {
        self.folder = FileManager.default.temporaryDirectory.appending(path: "dure-batch-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
    }

    private func path(_ name: String) -> String { self.folder.appending(path: name).path }

    private func open() throws -> BatchOutput {
        try BatchOutput(output: self.path("out.jsonl"), errors: self.path("out.errors.jsonl"))
    }

    private static func answer(_ id: String, status: Int) -> JSONValue {
        ["id": .string(id), "response": ["status_code": .integer(Int64(status))], "error": nil]
    }

    private func lines(_ name: String) throws -> [String] {
        try String(contentsOfFile: self.path(name), encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test("an answer goes where its status belongs, once")
    func placement() throws {
        let output = try self.open()
        #expect(try output.append(Self.answer("a", status: 200), id: "a") == .written)
        #expect(try output.append(Self.answer("b", status: 400), id: "b") == .written)
        #expect(try output.append(Self.answer("a", status: 200), id: "a") == .known)
        try output.finish()
        #expect(try self.lines("out.jsonl").count == 1)
        #expect(try self.lines("out.errors.jsonl").count == 1)
    }

    @Test("a batch that was interrupted goes on where it was, without the line that was torn")
    func resumption() throws {
        let first = try self.open()
        _ = try first.append(Self.answer("a", status: 200), id: "a")
        try first.finish()
        let handle = try #require(FileHandle(forUpdatingAtPath: self.path("out.jsonl")))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(#"{"id":"b","resp"#.utf8))
        try handle.close()

        let second = try self.open()
        #expect(second.contains("a") && !second.contains("b"))
        #expect(try second.append(Self.answer("b", status: 200), id: "b") == .written)
        try second.finish()
        #expect(try self.lines("out.jsonl").count == 2)
        #expect(!FileManager.default.fileExists(atPath: self.path("out.errors.jsonl")))
    }

    @Test("a file of something else is refused, not written to")
    func foreignFile() throws {
        try "Dear diary\n".write(toFile: self.path("out.jsonl"), atomically: true, encoding: .utf8)
        #expect(throws: BatchFileError.self) { try self.open() }
        #expect(try self.lines("out.jsonl") == ["Dear diary"])
    }

    @Test("lines are read whatever their length and their ends", arguments: ["a\nbb\n\nccc", "a\nbb\n\nccc\n"])
    func lineReader(text: String) throws {
        try text.write(toFile: self.path("in"), atomically: true, encoding: .utf8)
        let reader = try LineReader(path: self.path("in"))
        var lines: [String] = []
        var end: UInt64 = 0
        while let line = try reader.next() {
            #expect(line.byteRange.lowerBound == end)
            end = line.byteRange.upperBound
            lines.append(String(decoding: line.bytes, as: UTF8.self))
        }
        #expect(lines == ["a", "bb", "", "ccc"])
    }

    @Test("a line over the limit is an error that names it")
    func longLine() throws {
        try String(repeating: "x", count: 3 << 20).write(toFile: self.path("in"), atomically: true, encoding: .utf8)
        let reader = try LineReader(path: self.path("in"), lineBytes: 1 << 20)
        #expect(throws: BatchFileError.self) { _ = try reader.next() }
        let whole = try LineReader(path: self.path("in"))
        #expect(try whole.next()?.bytes.count == 3 << 20)
    }
}
