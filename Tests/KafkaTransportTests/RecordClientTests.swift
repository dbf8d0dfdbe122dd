import TestSupport
import Testing
import Worker

@testable import KafkaTransport

@Suite("RecordProducer and RecordReader, on the embedded broker")
struct RecordClientTests {
    @Test("carry null and empty keys, values and headers, doubled names, and thousands of headers")
    func everyShape() throws {
        let kafka = try EmbeddedKafka(jobPartitions: 1)
        let many = (0..<3000).map { RecordHeader(name: "h\($0 % 7)", value: $0 % 3 == 0 ? nil : [UInt8($0 % 256)]) }
        let records: [OutgoingRecord] = [
            .init(topic: "jobs", key: nil, value: nil),
            .init(topic: "jobs", key: [], value: []),
            .init(topic: "jobs", key: [0, 255], value: [0]),
            .init(
                topic: "jobs",
                key: nil,
                value: [1],
                headers: [.init(name: "", value: []), .init(name: "a", value: nil)]
            ),
            .init(topic: "jobs", key: [1], value: nil, headers: many),
        ]
        try kafka.produce(records)
        let read = try kafka.read("jobs")
        #expect(read.map(\.key) == records.map(\.key))
        #expect(read.map(\.value) == records.map(\.value))
        #expect(read.map(\.headers) == records.map(\.headers))
        #expect(read.map(\.offset) == [0, 1, 2, 3, 4])
        #expect(read.allSatisfy { ($0.timestampMs ?? 0) > 1_600_000_000_000 })
    }

    @Test("agree with Java's producers on a key's partition")
    func partitions() throws {
        let kafka = try EmbeddedKafka(jobPartitions: 6)
        try kafka.produce((0..<40).map { .init(topic: "jobs", key: Array("key-\($0)".utf8), value: nil) })
        for record in try kafka.read("jobs") {
            let expected = Int32(murmur2(record.key ?? []) & 0x7FFF_FFFF) % 6
            #expect(record.source.partition == expected)
        }
    }

    @Test("report each record that is refused, by its tag, and send the others")
    func refused() throws {
        let kafka = try EmbeddedKafka()
        let producer = try RecordProducer(configuration: kafka.configuration, topics: ["jobs"])
        for tag in 0..<5 {
            let bytes = tag == 3 ? 2_000_000 : 10
            producer.send(.init(topic: "jobs", key: nil, value: Array(repeating: 0, count: bytes)), tag: tag)
        }
        #expect(producer.flush(upTo: .seconds(10)) && producer.inFlight == 0)
        let reports = producer.takeReports()
        #expect(Set(reports.map(\.tag)) == [0, 1, 2, 3, 4])
        #expect(reports.filter { $0.error != nil }.map(\.tag) == [3])
        #expect(reports.first { $0.tag == 3 }?.error?.name == "MSG_SIZE_TOO_LARGE")
        #expect(try kafka.read("jobs").count == 4)
    }

    @Test("keep within the bounds of what may be on its way")
    func bounded() throws {
        let kafka = try EmbeddedKafka()
        var limits = RecordProducer.Limits()
        limits.records = 10
        limits.bytes = 2000
        let producer = try RecordProducer(configuration: kafka.configuration, topics: ["jobs"], limits: limits)
        for tag in 0..<300 {
            producer.send(.init(topic: "jobs", key: nil, value: Array(repeating: 1, count: tag)), tag: tag)
            #expect(producer.inFlight <= 10)
        }
        #expect(producer.flush(upTo: .seconds(10)))
        #expect(producer.takeReports().count == 300)
    }

    @Test("stop at what was there, go on from where another reader ended, and follow")
    func ends() throws {
        let kafka = try EmbeddedKafka()
        try kafka.produceJobs(50)
        let first = try RecordReader(configuration: kafka.configuration, topic: "jobs")
        try kafka.produceJobs(20)
        var count = 0
        while !first.isFinished { count += try first.next(upTo: .seconds(5), limit: 7).records.count }
        #expect(count == 50)
        #expect(first.nextOffsets.values.reduce(0, +) == 50)

        let second = try RecordReader(
            configuration: kafka.configuration,
            topic: "jobs",
            from: .offsets(first.nextOffsets),
            until: .never
        )
        var batch = try second.next(upTo: .seconds(5))
        var records = batch.records
        while !batch.isCaughtUp {
            batch = try second.next(upTo: .seconds(5))
            records += batch.records
        }
        #expect(records.count == 20 && !second.isFinished)
        #expect(try second.next(upTo: .milliseconds(20)).records.isEmpty)
        try kafka.produceJobs(1)
        #expect(try second.next(upTo: .seconds(5)).records.map(\.value) == [EmbeddedKafka.body(0)])
    }

    @Test("end at once on an empty topic")
    func empty() throws {
        let kafka = try EmbeddedKafka()
        let reader = try RecordReader(configuration: kafka.configuration, topic: "jobs")
        #expect(reader.isFinished)
        let batch = try reader.next(upTo: .seconds(5))
        #expect(batch.isFinished && batch.isCaughtUp && batch.records.isEmpty)
    }
}

/// Kafka's murmur2, written from its description.
private func murmur2(_ bytes: [UInt8]) -> UInt32 {
    let (m, r): (UInt32, UInt32) = (0x5bd1_e995, 24)
    var hash = 0x9747_b28c ^ UInt32(bytes.count)
    for start in stride(from: 0, to: bytes.count - bytes.count % 4, by: 4) {
        var word = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
        word = word &* m
        word ^= word >> r
        hash = hash &* m ^ word &* m
    }
    let rest = bytes[(bytes.count - bytes.count % 4)...]
    if !rest.isEmpty {
        for (index, byte) in rest.enumerated().reversed() { hash ^= UInt32(byte) << UInt32(8 * index) }
        hash = hash &* m
    }
    hash ^= hash >> 13
    hash = hash &* m
    return hash ^ hash >> 15
}
