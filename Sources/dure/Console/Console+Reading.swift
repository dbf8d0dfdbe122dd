import Foundation
import Settings

extension Console {
    /// The bytes of a file, or of standard input where the path is `-`.
    ///
    /// - Throws: ``ConsoleError`` `unreadable`, also where there is more than the limit.
    func bytes(of path: String, limitBytes: Int) throws(ConsoleError) -> [UInt8] {
        if path == "-" { return try self.input.readAll(limitBytes: limitBytes) }
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw .unreadable("\(path): there is no such file, or it may not be read")
        }
        let input = ConsoleInput { (count) throws(ConsoleError) in
            do {
                return Array(try file.read(upToCount: count) ?? Data())
            } catch {
                throw .unreadable("\(path): \(error.localizedDescription)")
            }
        }
        return try input.readAll(limitBytes: limitBytes)
    }
}
