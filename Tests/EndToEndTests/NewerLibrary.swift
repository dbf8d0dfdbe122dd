import Foundation

/// The librdkafka that the Python client brings, where a program that wants `librdkafka.so.1` finds it.
enum NewerLibrary {
    /// For `LD_LIBRARY_PATH`; nil where there is none.
    static let directory: String? = {
        let packages = URL(filePath: Programs.python).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "lib")
        guard let walker = FileManager.default.enumerator(atPath: packages.path) else { return nil }
        for case let path as String in walker where path.hasSuffix("confluent_kafka.libs") {
            return Self.linked(packages.appending(path: path))
        }
        return nil
    }()

    /// A folder with links to all of it: the library finds the others beside itself.
    private static func linked(_ libraries: URL) -> String? {
        let manager = FileManager.default
        let folder = manager.temporaryDirectory.appending(path: "dure-librdkafka-\(UUID().uuidString.prefix(8))")
        do {
            try manager.createDirectory(at: folder, withIntermediateDirectories: true)
            for name in try manager.contentsOfDirectory(atPath: libraries.path) {
                let target = libraries.appending(path: name)
                try manager.createSymbolicLink(at: folder.appending(path: name), withDestinationURL: target)
                guard name.hasPrefix("librdkafka-") else { continue }
                try manager.createSymbolicLink(
                    at: folder.appending(path: "librdkafka.so.1"),
                    withDestinationURL: target
                )
            }
            return folder.path
        } catch {
            return nil
        }
    }
}
