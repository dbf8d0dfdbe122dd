import Foundation
import JobContract
public import KafkaTransport
import OrderedJSON
public import Worker

/// Puts the lines of a batch file into the jobs topic, each as one record under the batch's id.
///
/// A submission that was interrupted goes on where it was: given the same id, it first looks which lines are in the topic
/// already, told by their bytes, and sends the others.
public struct BatchSubmission: Sendable {
    public struct Progress: Sendable, Equatable {
        /// Lines that were in the topic before.
        public var known = 0
        public var acknowledged = 0
        public var total = 0
    }

    private let configuration: KafkaConfiguration
    private let topic: String
    private let batchID: String
    /// Set on each record beside the batch's id.
    private let headers: [RecordHeader]

    /// - Parameters:
    ///   - configuration: Where Kafka is.
    ///   - topic: The jobs topic.
    ///   - batchID: What the records' header `dure-batch-id` says.
    ///   - headers: Others that every record gets.
    public init(configuration: KafkaConfiguration, topic: String, batchID: String, headers: [RecordHeader] = []) {
        self.configuration = configuration
        self.topic = topic
        self.batchID = batchID
        self.headers = headers
    }

    /// A new batch's id: random, so that the same file can be run again.
    public static func makeBatchID() -> String {
        "batch_" + UUID().uuidString.replacing("-", with: "").lowercased().prefix(24)
    }

    /// Sends what is not in the topic yet; returns when the broker has acknowledged all of it.
    ///
    /// - Parameters:
    ///   - path: The batch file.
    ///   - total: How many lines it has, for the progress.
    ///   - resumes: Whether lines of this batch may be in the topic already.
    ///   - onProgress: Called after each step.
    /// - Returns: What was sent.
    /// - Throws: ``BatchFileError``; ``KafkaError`` when the broker cannot be reached; ``BatchSubmissionError`` for records that
    ///   it did not take. The others are there, and the same call goes on.
    public func send(
        _ path: String,
        total: Int,
        resumes: Bool,
        onProgress: (Progress) -> Void = { _ in }
    ) throws -> Progress {
        var known = resumes ? try self.knownValues() : [:]
        var progress = Progress(total: total)
        let producer = try RecordProducer(configuration: self.configuration, topics: [self.topic])
        let reader = try LineReader(path: path)
        var failures: [(line: Int, error: KafkaError)] = []
        func take(_ reports: [RecordProducer.Report]) {
            for report in reports {
                if let error = report.error { failures.append((report.tag, error)) } else { progress.acknowledged += 1 }
            }
        }
        while failures.isEmpty, let line = try reader.next() {
            guard !line.isBlank else { continue }
            if let count = known[line.bytes], count > 0 {
                known[line.bytes] = count - 1
                progress.known += 1
            } else {
                producer.send(self.record(of: line.bytes), tag: line.number)
                take(producer.takeReports())
            }
            onProgress(progress)
        }
        while producer.inFlight > 0 {
            take(producer.takeReports(upTo: .milliseconds(200)))
            onProgress(progress)
        }
        if let first = failures.first {
            throw BatchSubmissionError(count: failures.count, line: first.line, error: first.error)
        }
        return progress
    }

    private func record(of line: [UInt8]) -> OutgoingRecord {
        // A line that cannot be read is sent as it is: a worker says what is wrong with it.
        let customID = (try? JSONValue(parsing: line))?["custom_id"]?.string
        let header = RecordHeader(name: HeaderName.batchID, value: Array(self.batchID.utf8))
        return OutgoingRecord(
            topic: self.topic,
            key: customID.map { Array($0.utf8) },
            value: line,
            headers: [header] + self.headers
        )
    }

    /// How often each line is in the topic already.
    private func knownValues() throws -> [[UInt8]: Int] {
        var known: [[UInt8]: Int] = [:]
        let reader = try RecordReader(configuration: self.configuration, topic: self.topic)
        while !reader.isFinished {
            for record in try reader.next(upTo: .milliseconds(500)).records {
                guard record.header(HeaderName.batchID) == self.batchID, let value = record.value else { continue }
                known[value, default: 0] += 1
            }
        }
        return known
    }
}

/// Records that the broker did not take.
public struct BatchSubmissionError: Error, CustomStringConvertible {
    public let count: Int
    public let line: Int
    public let error: KafkaError

    public var description: String {
        let others = self.count > 1 ? " (and \(self.count - 1) others)" : ""
        return "line \(self.line)\(others) was not taken: \(self.error)"
    }
}
