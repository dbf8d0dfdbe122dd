import Foundation
import MoEModel
import ModelFiles
import OrderedJSON
import Settings
import TensorKernels

/// A plan as people and programs read it.
struct PlanView {
    let subject: String
    let plan: MemoryPlan
    let rates: SweepRates
    let threads: Int

    private var sizes: PackSizes { self.plan.sizes }
    private var demand: MemoryPlan.Demand { self.plan.demand }

    /// The quarters, and what the budget affords where that is none of them.
    private var residencies: [Double] {
        ([0.25, 0.5, 0.75, 1] + [self.plan.residency]).sorted().reduce(into: []) { list, share in
            if list.last != share { list.append(share) }
        }
    }

    /// A sweep in which all sequences decode, in the middle of their answers.
    private var decode: SweepEstimate {
        self.estimate(
            SweepSize(
                sequences: self.demand.sequences,
                context: self.demand.context / 2,
                experts: self.sizes.configuration.experts
            )
        )
    }

    /// Half of a sequence.
    private var promptTokens: Int { max(self.demand.context / 2, 1) }

    /// A sweep full of prompts, which begin in it.
    private var prefill: SweepEstimate {
        let sequences = (self.demand.sweepTokens + self.promptTokens - 1) / self.promptTokens
        return self.estimate(
            SweepSize(
                sequences: sequences,
                tokens: self.demand.sweepTokens / sequences,
                context: 0,
                experts: self.sizes.configuration.experts
            )
        )
    }

    private func estimate(_ size: SweepSize) -> SweepEstimate {
        SweepEstimate(self.sizes.configuration, format: self.sizes.format, size: size, rates: self.rates)
    }

    // MARK: For people

    func print(to console: Console) throws {
        try console.print(self.head.joined(separator: "\n") + "\n")
        let (decode, prefill) = (self.decode, self.prefill)
        var table = Table([
            ("resident", .right), ("expert cache", .right), ("read per sweep", .right), ("reading", .right),
            ("computing", .right), ("sweep", .right), ("tokens/s", .right), ("prompt tokens/s", .right),
        ])
        for residency in self.residencies {
            let forecast = self.plan.forecast(residency: residency, decode)
            let prompt = self.plan.forecast(residency: residency, prefill)
            let isBudget = residency == self.plan.residency
            table.add(
                (isBudget ? "this budget: " : "") + Self.percent(residency),
                ByteText.rounded(Int(residency * Double(self.sizes.expertBytes))),
                ByteText.rounded(Int(forecast.readBytes)),
                Self.secondsText(forecast.readSeconds),
                Self.secondsText(forecast.computeSeconds),
                Self.secondsText(forecast.seconds),
                Self.number(forecast.tokensPerSecond),
                Self.number(prompt.tokensPerSecond)
            )
        }
        try table.print(to: console, layout: .aligned)
        try console.print("\n" + self.assumptions.map { "- " + $0 }.joined(separator: "\n"))
    }

    private var head: [String] {
        let model = self.sizes.configuration
        let others = [
            ("trunk", self.sizes.trunkBytes, "everything but routed experts"),
            (
                "KV cache", self.plan.kvBytes,
                "\(self.demand.sequences) sequences of \(self.demand.context) tokens, "
                    + "\(ByteText.rounded(self.plan.kvBytesPerToken)) each token"
            ),
            ("scratch", self.plan.scratchBytes, "a sweep of \(self.demand.sweepTokens) tokens, and the program"),
            (
                "expert cache", self.plan.cacheBytes,
                "\(Self.percent(self.plan.residency)) of \(ByteText.rounded(self.sizes.expertBytes)), "
                    + "\(self.sizes.expertCount) experts of \(ByteText.rounded(self.sizes.recordBytes))"
            ),
        ]
        let free = self.demand.memoryBytes - others.reduce(0) { $0 + $1.1 }
        let lines =
            [
                (
                    "model",
                    "\(self.subject): \(model.layerKinds.count) layers, routed experts in \(self.sizes.format.rawValue)"
                ),
                ("memory", ByteText.rounded(self.demand.memoryBytes)),
            ]
            + (others + [("free", free, "for other programs and the page cache")]).map { name, bytes, note in
                ("  " + name, ByteText.rounded(bytes) + "  " + note)
            } + [
                ("drive", "\(Self.number(Double(self.demand.diskBytesPerSecond) / 1e9)) GB/s"),
                (
                    "decode",
                    "\(self.demand.sequences) tokens touch \(Self.number(self.decode.size.touchedExperts)) of "
                        + "\(model.experts.routedCount) experts of a layer"
                ),
            ]
        let width = lines.map(\.0.count).max() ?? 0
        return lines.map { name, text in name + String(repeating: " ", count: width - name.count + 2) + text }
    }

    private var assumptions: [String] {
        let computing: String
        switch self.rates {
        case .measured:
            computing = "computing: as measured just now on this machine, \(self.threads) threads, weights in memory"
        case .limits(let speed):
            computing =
                "computing: a projection, the larger of \(Self.number(speed.integerOperationsPerSecond / 1e12)) T operations "
                + "per second (f32: \(Self.number(speed.operationsPerSecond / 1e12)) T) and "
                + "\(Self.number(speed.bytesPerSecond / 1e9)) GB/s of memory; nothing was measured"
        }
        return [
            computing,
            "tokens choose experts evenly; what is not resident is missing as often as it is touched",
            "missing experts are read while the layer's others compute; attention and the rest wait for neither",
            "decode: one token for each sequence, half of \(self.demand.context) tokens before it",
            "prompts: sweeps of \(self.demand.sweepTokens) tokens, of prompts of \(self.promptTokens)",
        ]
    }

    private static func percent(_ share: Double) -> String { String(format: "%.0f %%", share * 100) }

    private static func secondsText(_ seconds: Double) -> String {
        seconds < 1 ? String(format: "%.1f ms", seconds * 1000) : String(format: "%.2f s", seconds)
    }

    private static func number(_ value: Double) -> String {
        String(format: value < 10 ? "%.2f" : value < 1000 ? "%.1f" : "%.0f", value)
    }
}

// MARK: For programs

extension PlanView {
    var json: JSONValue {
        let (decode, prefill) = (self.decode, self.prefill)
        let forecasts = self.residencies.map { residency -> JSONValue in
            let forecast = self.plan.forecast(residency: residency, decode)
            let prompt = self.plan.forecast(residency: residency, prefill)
            return [
                "residency": .double(residency), "is_budget": .bool(residency == self.plan.residency),
                "read_bytes": .double(forecast.readBytes), "read_seconds": .double(forecast.readSeconds),
                "compute_seconds": .double(forecast.computeSeconds), "sweep_seconds": .double(forecast.seconds),
                "tokens_per_second": .double(forecast.tokensPerSecond),
                "prompt_tokens_per_second": .double(prompt.tokensPerSecond),
            ]
        }
        let stages = SweepStage.allCases.compactMap { stage in
            decode.seconds[stage].map { (stage.rawValue.replacing(" ", with: "_"), JSONValue.double($0)) }
        }
        return [
            "model": .string(self.subject), "format": .string(self.sizes.format.rawValue),
            "is_measured": .bool(self.rates.isMeasured), "threads": .integer(Int64(self.threads)),
            "memory": [
                "budget": .integer(Int64(self.demand.memoryBytes)), "trunk": .integer(Int64(self.sizes.trunkBytes)),
                "kv_cache": .integer(Int64(self.plan.kvBytes)),
                "kv_cache_per_token": .integer(Int64(self.plan.kvBytesPerToken)),
                "scratch": .integer(Int64(self.plan.scratchBytes)),
                "expert_cache": .integer(Int64(self.plan.cacheBytes)),
                "experts": .integer(Int64(self.sizes.expertBytes)),
                "record": .integer(Int64(self.sizes.recordBytes)), "residency": .double(self.plan.residency),
            ],
            "disk_bytes_per_second": .integer(Int64(self.demand.diskBytesPerSecond)),
            "sequences": .integer(Int64(self.demand.sequences)), "context": .integer(Int64(self.demand.context)),
            "sweep_tokens": .integer(Int64(self.demand.sweepTokens)),
            "touched_experts": .double(decode.size.touchedExperts), "stages": .object(JSONObject(stages)),
            "forecasts": .array(forecasts), "assumptions": .array(self.assumptions.map { .string($0) }),
        ]
    }
}

extension SweepRates {
    fileprivate var isMeasured: Bool {
        guard case .measured = self else { return false }
        return true
    }
}
