import Foundation
import ServingCore

/// The sampler once more, plainly: in double precision, with full sorts, without any thought of speed.
struct ReferenceSampler {
    var parameters: SamplingParameters
    var prompt: [TokenID]
    var output: [TokenID]
    var endTokens: [TokenID]

    /// What the parameters make of the logits.
    func adjusted(_ row: [Float]) -> [Double] {
        var logits = row.map(Double.init)
        if self.output.count < self.parameters.minTokens {
            for token in self.endTokens + self.parameters.stopTokenIDs { logits[Int(token)] = -.infinity }
        }
        for (token, bias) in self.parameters.logitBias { logits[Int(token)] += bias }
        for token in Set(self.prompt + self.output) {
            let logit = logits[Int(token)]
            let penalty = self.parameters.repetitionPenalty
            logits[Int(token)] = logit > 0 ? logit / penalty : logit * penalty
        }
        for token in Set(self.output) {
            let count = self.output.count { $0 == token }
            logits[Int(token)] -= self.parameters.frequencyPenalty * Double(count) + self.parameters.presencePenalty
        }
        return logits
    }

    /// The tokens that may be chosen, in order of their ids, with their probabilities.
    ///
    /// `isClear` is false where rounding could keep another set.
    func kept(_ row: [Float]) -> (tokens: [(token: Int, probability: Double)], isClear: Bool) {
        let logits = self.adjusted(row)
        let best = logits.max() ?? 0
        var kept = logits.enumerated().map {
            ($0.offset, $0.element, exp(($0.element - best) / self.parameters.temperature))
        }
        kept.sort { ($1.1, $0.0) < ($0.1, $1.0) }
        var isClear = true
        if self.parameters.minP > 0 {
            isClear = kept.allSatisfy { abs($0.2 / self.parameters.minP - 1) > 1e-4 }
            kept.removeAll { $0.2 < self.parameters.minP }
        }
        if self.parameters.topK > 0, self.parameters.topK < kept.count {
            let (last, next) = (kept[self.parameters.topK - 1].1, kept[self.parameters.topK].1)
            isClear = isClear && (last == next || last - next > 1e-4)
            kept.removeLast(kept.count - self.parameters.topK)
        }
        if self.parameters.topP < 1 {
            let target = self.parameters.topP * kept.reduce(0) { $0 + $1.2 }
            var sum = 0.0
            var count = 0
            while count < kept.count, sum < target {
                sum += kept[count].2
                count += 1
                isClear = isClear && abs(sum / target - 1) > 1e-5
            }
            kept.removeLast(kept.count - max(count, 1))
        }
        let total = kept.reduce(0) { $0 + $1.2 }
        return (kept.sorted { $0.0 < $1.0 }.map { ($0.0, $0.2 / total) }, isClear)
    }

    /// The choice of the random number `uniform`; nil where rounding could make it another.
    func choose(_ row: [Float], uniform: Double) -> TokenID? {
        if self.parameters.temperature == 0 {
            let logits = self.adjusted(row)
            let best = logits.max() ?? 0
            guard logits.count(where: { best - $0 < 1e-5 && best != $0 }) == 0 else { return nil }
            return logits.firstIndex(of: best).map { TokenID($0) }
        }
        let (kept, isClear) = self.kept(row)
        guard isClear else { return nil }
        var sum = 0.0
        for (token, probability) in kept {
            sum += probability
            if abs(sum - uniform) < 1e-5 { return nil }
            if sum > uniform { return TokenID(token) }
        }
        return nil
    }

    static func logprobs(_ row: [Float]) -> [Double] {
        let best = Double(row.max() ?? 0)
        let total = log(row.reduce(0) { $0 + exp(Double($1) - best) }) + best
        return row.map { Double($0) - total }
    }
}
