import ModelFiles
import TensorKernels
import Testing

@testable import MoEModel

@Suite("MemoryPlan")
struct MemoryPlanTests {
    private static let sizes = PackSizes(.axK1, format: .int4g32)

    private static func plan(_ gigabytes: Int, sequences: Int = 64, disk: Int = 14) throws -> MemoryPlan {
        try MemoryPlan(
            Self.sizes,
            MemoryPlan.Demand(
                memoryBytes: gigabytes * 1_000_000_000,
                diskBytesPerSecond: disk * 1_000_000_000,
                sequences: sequences,
                context: 2048,
                sweepTokens: 1024
            )
        )
    }

    private static func estimate(_ sequences: Int, context: Int = 1024) -> SweepEstimate {
        // 64 cores, as many operations as 85 % of them reach, and twelve channels of memory.
        let speed = SweepRates.MachineSpeed(
            integerOperationsPerSecond: 49e12,
            operationsPerSecond: 12e12,
            bytesPerSecond: 460e9
        )
        return SweepEstimate(
            .axK1,
            format: .int4g32,
            size: SweepSize(sequences: sequences, context: context, experts: ModelConfiguration.axK1.experts),
            rates: .limits(speed)
        )
    }

    @Test("gives trunk, KV cache and scratch what they need, and the rest to experts")
    func split() throws {
        let plan = try Self.plan(128)
        // 11,520 experts of 24.8 MB; a trunk of 12 GB, most of it bytes.
        #expect(
            Self.sizes.expertCount == 11_520 && (285_000_000_000..<286_000_000_000).contains(Self.sizes.expertBytes)
        )
        #expect((12_000_000_000..<14_500_000_000).contains(Self.sizes.trunkBytes))
        #expect(plan.kvBytesPerToken == 61 * 576 * 2 && plan.kvBytes == 64 * 2048 * 61 * 576 * 2)
        let sum = plan.sizes.trunkBytes + plan.kvBytes + plan.scratchBytes + plan.cacheBytes
        #expect(sum == 128_000_000_000)
        #expect(0.3 < plan.residency && plan.residency < 0.4)
        #expect(try Self.plan(512).residency == 1)
        #expect(try Self.plan(512).cacheBytes == Self.sizes.expertBytes)
    }

    @Test("refuses a budget without room for the experts of a token, with numbers")
    func refusal() throws {
        let error = #expect(throws: MemoryPlan.Problem.self) { try Self.plan(23) }
        #expect(error?.description.contains("expected at least") == true)
        #expect(error?.description.contains("got 23000000000") == true)
    }

    @Test("has sweeps wait for the larger of reading and computing experts")
    func forecasts() throws {
        let plan = try Self.plan(128)
        let estimate = Self.estimate(64)
        let forecasts = [0, 0.25, 0.5, 0.75, 1].map { plan.forecast(residency: $0, estimate) }
        #expect(forecasts.map(\.seconds) == forecasts.map(\.seconds).sorted(by: >))
        #expect(forecasts.allSatisfy { $0.seconds >= $0.readSeconds && $0.seconds >= $0.computeSeconds })
        // 60 layers, 179.4 experts of each, 24.8 MB, 14 GB/s.
        let all: Double = 60 * 179.4 * 24_776_704 / 14e9
        #expect(abs(forecasts[0].readSeconds / all - 1) < 0.01)
        #expect(forecasts[4].readBytes == 0 && forecasts[4].seconds == estimate.total)
        let more = plan.forecast(residency: 0.5, Self.estimate(256))
        #expect(more.tokensPerSecond > 3 * forecasts[2].tokensPerSecond)
    }

    @Test(
        "puts a machine with all experts in memory where the arithmetic of the roofline puts it",
        arguments: [
            (1, 18.0...26), (32, 50...75), (128, 120...190), (512, 250...520),
        ]
    )
    func resident(sequences: Int, expected: ClosedRange<Double>) throws {
        let rate = try Self.plan(512, sequences: sequences).forecast(residency: 1, Self.estimate(sequences))
        #expect(expected.contains(rate.tokensPerSecond), "\(rate.tokensPerSecond)")
    }
}
