import Foundation
import OrderedJSON

extension JSONSchema {
    /// Most bytes of a schema's file.
    private static let fileBytes = 4 << 20

    /// Reads a schema's file, and the files that it refers to.
    ///
    /// - Parameter path: The file. References name others by their paths from its folder.
    /// - Returns: The schema.
    /// - Throws: ``Failure``, which names the file, for one that cannot be read or carried out.
    public static func load(_ path: String) throws(Failure) -> JSONSchema {
        try self.load(URL(filePath: path).standardizedFileURL, open: [])
    }

    private static func load(_ file: URL, open: [URL]) throws(Failure) -> JSONSchema {
        guard !open.contains(file) else { throw Failure("\(file.path): refers to itself through other files") }
        let document = try self.document(in: file)
        var others: [String: JSONSchema] = [:]
        for name in self.documentNames(in: document) where others[name] == nil {
            let other = file.deletingLastPathComponent().appending(path: name).standardizedFileURL
            others[name] = try self.load(other, open: open + [file])
        }
        do {
            return try JSONSchema(document, others: others)
        } catch {
            throw Failure("\(file.path): \(error)")
        }
    }

    private static func document(in file: URL) throws(Failure) -> JSONValue {
        do {
            let bytes = try FileHandle(forReadingFrom: file).read(upToCount: self.fileBytes + 1) ?? Data()
            guard bytes.count <= self.fileBytes else {
                throw Failure("\(file.path): expected a schema of at most \(self.fileBytes) bytes, got more")
            }
            return try JSONValue(parsing: Array(bytes))
        } catch let failure as Failure {
            throw failure
        } catch let error as JSONError {
            throw Failure("\(file.path): \(error)")
        } catch {
            throw Failure("\(file.path): \(error.localizedDescription)")
        }
    }

    /// The names of other documents in a document's references.
    private static func documentNames(in value: JSONValue) -> [String] {
        switch value {
        case .array(let elements): return elements.flatMap(self.documentNames)
        case .object(let members):
            let inner = members.filter { $0.key != "enum" && $0.key != "const" }.flatMap {
                self.documentNames(in: $0.value)
            }
            let own = members["$ref"]?.string.map { self.parts(of: $0).name } ?? ""
            // Only files: where an address leads is not looked up.
            return own.isEmpty || own.contains("://") ? inner : inner + [own]
        default: return []
        }
    }
}
