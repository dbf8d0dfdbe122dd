import Foundation
import OrderedJSON

/// The files of a directory, each bounded in size.
struct ModelDirectory {
    let path: String

    /// The bytes of a file; nil when there is no such file.
    func bytes(_ name: String) throws(TokenizationError) -> [UInt8]? {
        let path = self.path + "/" + name
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
            if size <= TokenizerLimits.fileBytes { return Array(try Data(contentsOf: URL(fileURLWithPath: path))) }
        } catch {
            throw TokenizationError(.unreadable, "\(path) cannot be read: \(error.localizedDescription)")
        }
        throw TokenizationError(.tooLarge, "\(path) has more than \(TokenizerLimits.fileBytes) bytes")
    }

    /// A file as text; nil when there is no such file.
    func text(_ name: String) throws(TokenizationError) -> String? {
        guard let bytes = try self.bytes(name) else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw TokenizationError(.malformed, "\(self.path)/\(name) is not UTF-8")
        }
        return text
    }

    /// A file as JSON; nil when there is no such file.
    func json(_ name: String) throws(TokenizationError) -> FilePart? {
        guard let bytes = try self.bytes(name) else { return nil }
        do {
            let limits = JSONLimits(bytes: TokenizerLimits.fileBytes)
            return FilePart(value: try JSONValue(parsing: bytes, limits: limits), place: name + ":")
        } catch {
            throw TokenizationError(.malformed, "\(self.path)/\(name): \(error)")
        }
    }

    /// The names in a folder, sorted; none when there is no such folder.
    func names(in folder: String) throws(TokenizationError) -> [String] {
        let path = self.path + "/" + folder
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        } catch {
            throw TokenizationError(.unreadable, "\(path) cannot be read: \(error.localizedDescription)")
        }
    }
}
