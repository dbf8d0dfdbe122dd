import Foundation
import ModelFiles
import OrderedJSON
import Settings
import Synchronization

struct ModelVerifyCommand: Command {
    static let help = CommandHelp(
        "verify",
        "Reads all of a pack and says whether every byte is the one that was written.",
        example: "dure model verify /models/axk1-int8",
        moreExamples: ["dure model verify /models/axk1-int8 --json"],
        discussion: """
            Compares the digest of every file, the checksum of every tensor and of every expert's record, and their headers. Of \
            each file that is not sound, the first bytes that are wrong are named, and the status is 1.
            """
    )

    var directory = ""
    var threads = ProcessInfo.processInfo.activeProcessorCount
    var isJSON = false

    static var parameters: [Parameter<Self>] {
        Argument("DIR", \.directory, .directory, help: "a pack")
        Option(
            "threads",
            \.threads,
            .count(of: "threads", 1...1024),
            default: "one for each core",
            help: "files that are read at the same time"
        )
        Option("json", \.isJSON, help: "print one JSON object")
    }

    func run(_ context: CommandContext) throws -> ExitStatus {
        let bar = Mutex(ProgressBar("verifying", on: context.console, showsRate: true) { ByteText.rounded($0) })
        defer { bar.withLock { $0.finish() } }
        let result = try PackVerifier(directory: self.directory, threads: self.threads).run { progress in
            bar.withLock { $0.show(progress.doneBytes, of: progress.totalBytes, note: progress.file) }
        }
        bar.withLock { $0.finish() }
        if self.isJSON {
            try context.console.print(result.json.text(.pretty))
        } else {
            for problem in result.problems { try context.console.print(problem.message) }
            let size = "\(result.files) files, \(ByteText.rounded(result.bytes))"
            let verdict = result.problems.isEmpty ? "sound" : "\(result.problems.count) not sound"
            try context.console.print("\(self.directory): \(size), \(verdict)")
        }
        return result.problems.isEmpty ? .done : .failed
    }
}
