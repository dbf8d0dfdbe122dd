import OrderedJSON
import Testing

@testable import WorkerApp

/// What `dure status` makes of workers' metrics.
@Suite("Group status")
struct GroupStatusTests {
    @Test("an expert that another worker was reading was not there")
    func expertHitRate() throws {
        func rate(_ text: String) throws -> Double? { GroupStatus.expertHitRate(in: try JSONValue(parsing: text)) }
        #expect(try rate(#"{"expert_cache": {"hits": 6, "misses": 1, "coalesced_loads": 3}}"#) == 0.6)
        #expect(try rate(#"{"expert_cache": {"hits": 0, "misses": 0, "coalesced_loads": 0}}"#) == 0)
        #expect(try rate(#"{"expert_cache": null}"#) == nil)
        #expect(try rate("{}") == nil)
    }
}
