import JobContract
import OrderedJSON
import Testing
import Worker

@testable import WorkerApp

@Suite("BatchTracker")
struct BatchTrackerTests {
    private static func record(
        topic: String = "jobs",
        _ offset: Int64,
        value: String = "{}",
        headers: [String: String]
    ) -> ConsumedRecord {
        ConsumedRecord(
            source: TopicPartition(topic: topic, partition: 0),
            offset: offset,
            value: Array(value.utf8),
            headers: headers.map { RecordHeader(name: $0.key, value: Array($0.value.utf8)) }
        )
    }

    private static func result(of offset: Int64, status: Int, batch: String = "b") -> ConsumedRecord {
        Self.record(
            topic: "results",
            offset + 100,
            value: """
                {"id":"id-\(offset)","custom_id":"c","response":{"status_code":\(status),"body":{"usage":\
                {"prompt_tokens":3,"completion_tokens":2}}},"error":null}
                """,
            headers: ["dure-batch-id": batch, "dure-source": "jobs/0/\(offset)"]
        )
    }

    @Test("is complete once every line has an answer, whatever came first")
    func completion() {
        var tracker = BatchTracker(batchID: "b")
        let first = tracker.enterResult(Self.result(of: 1, status: 200))
        #expect(first != nil && !tracker.isComplete)
        for offset in [1, 2] as [Int64] {
            let isLine = tracker.enterJob(Self.record(offset, headers: ["dure-batch-id": "b"]))
            #expect(isLine)
        }
        #expect(!tracker.isComplete && tracker.counts.open == 1)
        let second = tracker.enterResult(Self.result(of: 2, status: 404))
        #expect(second != nil)
        #expect(tracker.isComplete)
        #expect(tracker.counts.succeeded == 1 && tracker.counts.failed == 1)
        #expect(tracker.counts.promptTokens == 6 && tracker.counts.completionTokens == 4)
    }

    @Test("an answer that is read twice counts once")
    func repetition() {
        var tracker = BatchTracker(batchID: "b")
        let first = tracker.enterResult(Self.result(of: 1, status: 200))
        let second = tracker.enterResult(Self.result(of: 1, status: 200))
        #expect(first != nil && second == nil)
        #expect(tracker.counts.answered == 1)
    }

    @Test("other batches, and what is no record of a worker, are left alone")
    func strangers() {
        var tracker = BatchTracker(batchID: "b")
        let other = tracker.enterResult(Self.result(of: 1, status: 200, batch: "other"))
        let noise = tracker.enterResult(Self.record(1, value: "not JSON", headers: ["dure-batch-id": "b"]))
        #expect(other == nil && noise == nil)
        let isLine = tracker.enterJob(Self.record(1, headers: [:]))
        #expect(!isLine)
        #expect(tracker.counts == BatchTracker.Counts())
    }

    @Test("a dead letter is an answer that says why")
    func deadLetter() throws {
        var tracker = BatchTracker(batchID: "b")
        let headers = [
            "dure-batch-id": "b", "__dlq.errors.topic": "jobs", "__dlq.errors.partition": "0",
            "__dlq.errors.offset": "7", "__dlq.errors.group": "g", "__dlq.errors.delivery.count": "1",
            "__dlq.errors.message": "not valid JSON", "dure-reason": "undecodable",
            "dure-first-seen": "2026-01-01T00:00:00Z",
        ]
        let entered = tracker.enterDeadLetter(Self.record(topic: "dead", 1, value: "{", headers: headers))
        let answer = try #require(entered)
        #expect(answer.source.offset == 7)
        #expect(answer.line["error"]?["code"]?.string == "undecodable")
        #expect(answer.line["response"] == .null)
        #expect(tracker.counts.deadLetters == 1 && tracker.counts.failed == 1)
    }
}
