import Evaluation
import Foundation
import OrderedJSON
import Settings
import WorkerApp

/// What the demo asks: messages that the model has never seen, with the right answers, and a few records that are bad on
/// purpose.
struct DemoPrompts {
    let set: EvaluationSet
    /// The names that the set's jobs call the model by.
    let modelNames: [String]

    /// How many lines of a set the demo takes.
    static let count = 200

    /// - Parameter path: An evaluation set.
    /// - Throws: What is wrong with the set.
    init(set path: String) throws {
        self.set = try EvaluationSet(path: path, limit: Self.count)
        let names = self.set.items.compactMap { $0.job["body"]?["model"]?.string }
        self.modelNames = Set(names).sorted()
        guard let first = self.modelNames.first else {
            throw CommandError("\(path): no job says which `model` it is for")
        }
        self.bad = [
            #"{"custom_id": "bad-001", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "\#(first)", "messages": ["#,
            #"{"custom_id": "bad-002", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "some-other-model", "messages": [{"role": "user", "content": "hello"}]}}"#,
            #"{"custom_id": "bad-003", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "\#(first)", "messages": [{"role": "user", "content": "hello"}], "temperature": "hot"}}"#,
            #"{"custom_id": "bad-004", "method": "POST", "url": "/v1/completions", "body": {"model": "\#(first)", "prompt": "hello", "stream": true}}"#,
        ]
    }

    /// Records that are cut off, for another model, of the wrong type, and ask for what batches cannot have.
    let bad: [String]

    var lines: Int { self.set.items.count + self.bad.count }

    /// All of it as a batch file.
    var file: Data { self.set.jobs + Data((self.bad.joined(separator: "\n") + "\n").utf8) }
}

/// The model that comes with this program's sources.
enum ShippedModel {
    private static let path = "deploy/models/chores"
    private static let levels = 6

    /// Its folder: in one of the folders above this program's own file, as after a build in a checkout.
    ///
    /// - Throws: ``CommandError`` where it is in none.
    static func directory() throws -> URL {
        var folder = try DemoChild.program().deletingLastPathComponent()
        for _ in 0..<Self.levels {
            let model = folder.appending(path: Self.path)
            if FileManager.default.fileExists(atPath: model.appending(path: "config.json").path) { return model }
            folder = folder.deletingLastPathComponent()
        }
        throw CommandError("\(Self.path) is in no folder above this program: say --model DIR and --set FILE")
    }
}
