import ModelFiles
import TensorKernels
import Testing

@testable import ExpertCache

@Suite("MappedExpertSource")
struct MappedExpertSourceTests {
    private static let folder =
        #filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 } + "/Fixtures/models/axk1-default"

    private func source() throws -> (MappedExpertSource, Checkpoint) {
        let checkpoint = try Checkpoint.open(directory: Self.folder)
        return (MappedExpertSource(checkpoint: checkpoint), checkpoint)
    }

    @Test("hands out every demanded expert once, as the checkpoint has it")
    func handsOut() throws {
        let (source, checkpoint) = try self.source()
        let demands = [7, 0, 11].map { ExpertDemand(expert: $0, tokenCount: 3) }
        var seen: [Int] = []
        try source.withExperts(demands, ofLayer: 2) { group in
            for resident in group {
                seen.append(resident.expert)
                let expected = checkpoint.expert(resident.expert, ofLayer: 2)
                #expect(resident.weights.gate.floats(row: 1) == expected.gate.floats(row: 1))
                #expect(resident.weights.down.floats(row: 0) == expected.down.floats(row: 0))
            }
        }
        #expect(seen == [7, 0, 11])
    }

    @Test("refuses experts and layers that do not exist", arguments: [(0, 0), (3, 0), (-1, 0), (1, 12), (1, -1)])
    func refuses(layer: Int, expert: Int) throws {
        let (source, _) = try self.source()
        let error = #expect(throws: ExpertCacheError.self) {
            try source.withExperts([ExpertDemand(expert: expert, tokenCount: 1)], ofLayer: layer) { _ in
                Issue.record("nothing should be handed out")
            }
        }
        #expect(error?.code == .unknownExpert && error?.disposition == .fatal)
    }

    @Test("throws what its caller throws")
    func callersErrors() throws {
        struct Stop: Error {}
        let (source, _) = try self.source()
        #expect(throws: Stop.self) {
            try source.withExperts([ExpertDemand(expert: 1, tokenCount: 1)], ofLayer: 1) { _ in throw Stop() }
        }
    }
}
