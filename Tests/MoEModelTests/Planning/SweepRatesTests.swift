import ModelFiles
import TensorKernels
import Testing

@testable import MoEModel

@Suite("SweepRates")
struct SweepRatesTests {
    @Test("are linear between points, flat before them and proportional behind")
    func curve() {
        let curve = RateCurve([.init(rows: 8, seconds: 3), .init(rows: 2, seconds: 1), .init(rows: 4, seconds: 1)])
        #expect([0.5, 2, 3, 4, 6, 8, 16].map { curve.seconds(rows: $0) } == [1, 1, 1, 1, 2, 3, 6])
        #expect(RateCurve([.init(rows: 1, seconds: 2)]).seconds(rows: 3) == 6)
    }

    @Test("of a machine's limits read few rows and compute many")
    func limits() throws {
        let speed = SweepRates.MachineSpeed(
            integerOperationsPerSecond: 1e12,
            operationsPerSecond: 1e11,
            bytesPerSecond: 1e10
        )
        var stage = SweepWork.Stage()
        let size = SweepSize(tokens: 1, logitRows: 1, attended: 1, cached: 1, touchedExperts: 1)
        stage.products = [.init(form: .packed(.int8), weights: 1e9, bytes: 1e9, rows: 1)]
        #expect(SweepRates.limits(speed).seconds(.denseFeedForward, stage, size) == 0.1)
        stage.products[0].rows = 100
        #expect(SweepRates.limits(speed).seconds(.denseFeedForward, stage, size) == 0.2)
        stage.products[0].form = .packed(.bf16)
        #expect(SweepRates.limits(speed).seconds(.denseFeedForward, stage, size) == 2)
    }

    @Test("are measured for every stage of a shape, with its experts and without", arguments: [true, false])
    func measured(hasExperts: Bool) throws {
        var model = SynthesisPreset.tiny.configuration
        if !hasExperts { model.layerKinds = [.dense, .dense] }
        let calibration = try SweepCalibration(
            model,
            format: .int8,
            threads: 2,
            mostTokens: 8,
            layerBytes: 1 << 20
        )
        let rates = try calibration.measure(tokens: [1, 8], rounds: 1)
        let size = SweepSize(sequences: 4, context: 64, experts: model.experts)
        let estimate = SweepEstimate(model, format: .int8, size: size, rates: rates)
        let stages = Set(estimate.seconds.filter { $0.value > 0 }.keys)
        var expected = Set(SweepStage.allCases)
        expected.remove(.expertSource)
        if !hasExperts {
            expected.subtract([.router, .expertGateUp, .expertActivation, .expertDown, .combine])
        }
        #expect(stages == expected)
        #expect(estimate.total > 0 && estimate.total < 10)
        #expect(hasExperts == (estimate.expertSeconds > 0))
    }
}
