import TestSupport
import Testing

@Suite("docs/bad-input.md")
struct BadInputDocumentationTests {
    @Test("lists every kind of bad record with its answer")
    func table() throws {
        let records = BadRecords(model: "toy").all
        #expect(records.count >= 60)
        #expect(Set(records.map(\.what)).count == records.count)
        let table = BadRecords(model: "toy").markdownTable
        #expect(try GeneratedPart("docs/bad-input.md", testFile: #filePath).text(expected: table) == table)
    }
}
