import FoundationEssentials
import Glibc
import OrderedJSON

/// A file of a pack that is whole and durable, with what the manifest and the report will say of it.
struct FinishedFile: Sendable, Equatable {
    var file: PackManifest.File
    var tensors: [PackManifest.Tensor]
    var lines: [PackReport.Line]

    var json: JSONValue {
        [
            "file": self.file.json, "tensors": .array(self.tensors.map(\.json)),
            "report": .array(self.lines.map(\.json)),
        ]
    }

    init(file: PackManifest.File, tensors: [PackManifest.Tensor], lines: [PackReport.Line]) {
        self.file = file
        self.tensors = tensors
        self.lines = lines
    }

    /// Reads a line of a journal; nil where it is none.
    init?(_ json: JSONValue) {
        guard let file = json["file"], let tensors = json["tensors"]?.array, let lines = json["report"]?.array else {
            return nil
        }
        var fields = ConfigurationFields(file.object ?? [:])
        self.file = PackManifest.File(file, &fields)
        var problems = fields.problems
        self.tensors = tensors.map { tensor in
            var fields = ConfigurationFields(tensor.object ?? [:])
            defer { problems.add(contentsOf: fields.problems) }
            return PackManifest.Tensor(tensor, &fields)
        }
        self.lines = lines.compactMap { PackReport.Line($0) }
        guard problems.isEmpty, self.lines.count == lines.count else { return nil }
    }
}

/// Which files of an unfinished pack are whole, so that a run that was killed can be continued.
///
/// The first line says what is being packed into what; each further one is a file, written when its bytes are durable. What
/// follows the last whole line was torn and does not count. The journal is locked while a process packs.
@safe
final class PackJournal {
    static let file = "journal.jsonl"
    private static let maximumBytes = 256 << 20

    private let path: String
    private let descriptor: Int32
    /// By name.
    private(set) var finished: [String: FinishedFile] = [:]

    /// Opens or begins the journal of a folder.
    ///
    /// - Parameters:
    ///   - folder: Where the pack comes to be.
    ///   - identity: What is being packed into what.
    ///   - startsOver: Whether another identity's work may be thrown away.
    /// - Throws: ``ModelFilesError`` with code `unwritable`, also where another process packs or another identity's work is there.
    init(folder: String, identity: JSONValue, startsOver: Bool) throws(ModelFilesError) {
        self.path = folder + "/" + Self.file
        // Safe: the path is passed as a terminated string that lives for the call.
        self.descriptor = unsafe open(self.path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard self.descriptor >= 0 else { throw PendingFile.systemError(self.path, "cannot be opened") }
        guard flock(self.descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw ModelFilesError(.unwritable, folder, ["expected to pack alone, got another process at work here"])
        }
        let lines = try Self.lines(self.path)
        if lines.isEmpty { try Self.requireEmpty(folder) }
        if let first = lines.first?.value, first != identity, !startsOver {
            throw ModelFilesError(
                .unwritable,
                folder,
                [
                    "expected an unfinished pack of \(identity.text()), got one of \(first.text()): remove it to begin anew"
                ]
            )
        }
        if let first = lines.first, first.value == identity {
            try self.takeOver(lines, in: folder)
        } else {
            try self.startOver(identity, in: folder)
        }
    }

    /// Without a journal that says so, what is in a folder is not an unfinished pack's, and not ours to overwrite.
    private static func requireEmpty(_ folder: String) throws(ModelFilesError) {
        let others = try Self.contents(folder).filter { $0 != Self.file }
        guard let first = others.first else { return }
        throw ModelFilesError(.unwritable, folder, ["expected an unfinished pack or nothing, got \(first)"])
    }

    private static func contents(_ folder: String) throws(ModelFilesError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw ModelFilesError(.unreadable, folder, ["cannot be listed: \(error)"])
        }
    }

    private func startOver(_ identity: JSONValue, in folder: String) throws(ModelFilesError) {
        try self.cut(to: 0)
        for name in try Self.contents(folder) where name != Self.file {
            do {
                try FileManager.default.removeItem(atPath: folder + "/" + name)
            } catch {
                throw ModelFilesError(.unwritable, folder + "/" + name, ["cannot be removed: \(error)"])
            }
        }
        try self.append(identity)
    }

    deinit {
        // Unlocks it too.
        if self.descriptor >= 0 { close(self.descriptor) }
    }

    /// Takes the files that are there in full; what follows the first line that makes no sense is forgotten.
    private func takeOver(_ lines: [(value: JSONValue, end: Int)], in folder: String) throws(ModelFilesError) {
        var end = lines.first?.end ?? 0
        for line in lines.dropFirst() {
            guard let entry = FinishedFile(line.value) else { break }
            end = line.end
            if Self.isWhole(folder + "/" + entry.file.name, bytes: entry.file.bytes) {
                self.finished[entry.file.name] = entry
            }
        }
        try self.cut(to: end)
    }

    /// Notes a file whose bytes are durable.
    func add(_ entry: FinishedFile) throws(ModelFilesError) {
        try self.append(entry.json)
        self.finished[entry.file.name] = entry
    }

    private func append(_ json: JSONValue) throws(ModelFilesError) {
        let line = json.serialized() + [UInt8(ascii: "\n")]
        var done = 0
        while done < line.count {
            // Safe: the range read is inside the array, which lives for the call.
            let count = unsafe line.withUnsafeBytes { buffer in
                unsafe write(self.descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
            }
            guard count >= 0 || errno == EINTR else { throw PendingFile.systemError(self.path, "cannot be written") }
            done += max(0, count)
        }
        guard fsync(self.descriptor) == 0 else { throw PendingFile.systemError(self.path, "cannot be synced") }
    }

    private func cut(to bytes: Int) throws(ModelFilesError) {
        guard ftruncate(self.descriptor, bytes) == 0 else { throw PendingFile.systemError(self.path, "cannot be cut") }
    }

    /// The whole lines that are JSON, up to the first that is not.
    private static func lines(_ path: String) throws(ModelFilesError) -> [(value: JSONValue, end: Int)] {
        let file = try InputFile(path: path)
        guard file.bytes <= Self.maximumBytes else {
            throw ModelFilesError(.malformed, path, ["expected at most \(Self.maximumBytes) bytes, got \(file.bytes)"])
        }
        var bytes = [UInt8](repeating: 0, count: file.bytes)
        try file.read(0..<file.bytes, into: &bytes)
        var lines: [(value: JSONValue, end: Int)] = []
        var start = 0
        let limits = JSONLimits(bytes: Self.maximumBytes)
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            // A line that is not JSON was torn: what it would have said is done again.
            guard let value = try? JSONValue(parsing: Array(bytes[start..<end]), limits: limits) else { break }
            start = end + 1
            lines.append((value, start))
        }
        return lines
    }

    private static func isWhole(_ path: String, bytes: Int) -> Bool {
        // A file that cannot be opened is not there: it is made again.
        guard let file = try? InputFile(path: path) else { return false }
        return file.bytes == bytes
    }
}
