import Foundation
import JobContract
import OrderedJSON
import TestSupport
import Testing
import Worker

@Suite("Bad records", .serialized, .enabled(if: Programs.obstacle == nil, "\(Programs.obstacle ?? "")"))
struct BadRecordTests {
    @Test("every kind of bad record gets its one documented answer, and its neighbours theirs")
    func answers() async throws {
        // One partition, so that offsets follow the order of the records: good and bad in turn.
        let stage = try await Stage(partitions: 1)
        let bad = BadRecords(model: "tiny").all
        #expect(bad.count >= 60)
        let records = bad.enumerated().flatMap { index, record in
            [JobRecords.chat("good-\(index)", "Neighbour \(index)"), Self.json(of: record)]
        }
        let worker = try stage.startWorker("w0", ["--jobs-reply-topics", "replies.*"])
        let reader = try stage.startReading(count: records.count)
        try await stage.produce(records)
        #expect(await reader.end(within: .seconds(250)) == 0, "\(reader.errors) \(worker.errors.suffix(3000))")
        await stage.stop([worker])

        var answers: [Int: [JSONValue]] = [:]
        for answer in try Stage.records(reader) { answers[try Self.offset(of: answer), default: []].append(answer) }
        for (index, record) in bad.enumerated() {
            let (good, own) = (answers[2 * index] ?? [], answers[2 * index + 1] ?? [])
            #expect(good.count == 1 && good[0]["topic"]?.string == stage.results, "the neighbour of: \(record)")
            guard own.count == 1, let answer = own.first else {
                Issue.record("\(record): expected one answer, got \(own.count)")
                continue
            }
            try self.check(answer, to: record, stage)
        }
    }

    private func check(_ answer: JSONValue, to record: BadRecord, _ stage: Stage) throws {
        if case .deadLetter(let reason) = record.answer {
            #expect(answer["topic"]?.string == stage.deadLetters, "\(record)")
            #expect(Self.header("dure-reason", of: answer) == reason.rawValue, "\(record)")
            return
        }
        #expect(answer["topic"]?.string == stage.results, "\(record)")
        let result = try JSONValue(parsing: try #require(answer["value"]?.string))
        #expect(record.problem(withResult: result) == nil, "\(record): \(record.problem(withResult: result) ?? "")")
    }

    private static func header(_ name: String, of answer: JSONValue) -> String? {
        answer["headers"]?.array?.last { $0.array?.first?.string == name }?.array?.last?.string
    }

    private static func offset(of answer: JSONValue) throws -> Int {
        let source = Self.header("dure-source", of: answer)?.split(separator: "/").last.map(String.init)
        let text = source ?? Self.header("__dlq.errors.offset", of: answer)
        return try #require(text.flatMap { Int($0) }, "\(answer.text().prefix(500))")
    }

    /// The record as the independent client is told it: bytes in hexadecimal, for they may be no text.
    private static func json(of record: BadRecord) -> JSONValue {
        func hexadecimal(_ bytes: [UInt8]?) -> JSONValue {
            guard let bytes else { return .null }
            let digits = Array("0123456789abcdef".utf8)
            let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
            return ["hex": .string(String(decoding: text, as: UTF8.self))]
        }
        return [
            "key": hexadecimal(record.key), "value": hexadecimal(record.value),
            "headers": .array(record.headers.map { [.string($0.name), hexadecimal($0.value)] }),
        ]
    }
}
