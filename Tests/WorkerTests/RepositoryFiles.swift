import Foundation
import OrderedJSON
import TestSupport

/// Files of the repository that a test looks at.
enum RepositoryFiles {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func json(_ path: String) throws -> JSONValue {
        try JSONValue(parsing: Array(try Data(contentsOf: self.root.appendingPathComponent(path))))
    }
}
