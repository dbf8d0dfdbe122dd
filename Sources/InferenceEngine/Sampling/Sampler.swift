import ServingCore

/// A chosen token, and its log probability if it was asked for.
struct SampledToken: Equatable {
    var token: TokenID
    var logprob: TokenLogprob?
}

/// Why no token can be chosen from a row of logits.
enum SamplingFailure: Error, Equatable {
    case notFinite
    case everythingSuppressed

    var message: String {
        switch self {
        case .notFinite: "the model's logits are not finite numbers"
        case .everythingSuppressed: "every token of the vocabulary is suppressed"
        }
    }
}

/// Chooses the next token of a sequence.
///
/// The order is vLLM's: log probabilities from the raw logits; suppressed tokens, bias and penalties; greedy if the
/// temperature is 0; else temperature, min_p, top_k, top_p, each over what the one before has left. Of tokens with
/// equal logits the lower id is the better, also where top_k and top_p draw their line (vLLM keeps all equals there).
/// A random number picks by the kept tokens' weights in order of their ids.
///
/// Nothing but the row and the sequence's own state matters, and everything is computed in the same order always.
struct Sampler {
    /// Below this, a temperature is 0.
    static let leastTemperature = 1e-5

    private var tiles = LogitTiles()
    private var candidates: [Candidate] = []
    private var scratch: [Float] = []
    private var rawRow: [Float] = []

    /// Chooses from the logits in `row` of `logits`, and overwrites them.
    mutating func sample(
        _ logits: inout [Float],
        row: Range<Int>,
        _ state: SamplingState
    ) throws(SamplingFailure) -> SampledToken {
        guard self.tiles.scan(logits.span.extracting(row)) else { throw .notFinite }
        let raw = state.parameters.topLogprobs.map {
            self.rawLogprobs(logits.span.extracting(row), alternatives: $0)
        }
        if state.adjustsLogits {
            // Which token's raw logit will be wanted is not known yet.
            if raw != nil { self.keepRawRow(logits.span.extracting(row)) }
            state.adjust(&logits, from: row.lowerBound)
            _ = self.tiles.scan(logits.span.extracting(row))
            guard self.tiles.greatest > -.infinity else { throw .everythingSuppressed }
        }
        let token = self.choose(logits.span.extracting(row), state)
        let logprob = raw.map { raw in
            TokenLogprob(
                token: TokenID(token),
                logprob: Float(
                    Double(state.adjustsLogits ? self.rawRow[token] : logits[row.lowerBound + token]) - raw.logTotal
                ),
                alternatives: raw.alternatives
            )
        }
        return SampledToken(token: TokenID(token), logprob: logprob)
    }

    // MARK: Log probabilities

    private struct RawLogprobs {
        /// A token's log probability is its logit less this.
        var logTotal: Double
        var alternatives: [TokenLogprob.Alternative]
    }

    private mutating func rawLogprobs(_ row: Span<Float>, alternatives count: Int) -> RawLogprobs {
        let total = self.tiles.sumWeights(of: row, scale: 1)
        let logTotal = Double(self.tiles.greatest) + PortableMath.logarithm(total)
        guard count > 0 else { return RawLogprobs(logTotal: logTotal, alternatives: []) }
        self.collectBest(count, of: row, atLeast: -.infinity)
        self.candidates.sort(by: Candidate.isBetter)
        return RawLogprobs(
            logTotal: logTotal,
            alternatives: self.candidates.map {
                TokenLogprob.Alternative(token: $0.token, logprob: Float(Double($0.logit) - logTotal))
            }
        )
    }

    private mutating func keepRawRow(_ row: Span<Float>) {
        self.rawRow.removeAll(keepingCapacity: true)
        self.rawRow.reserveCapacity(row.count)
        for index in row.indices { self.rawRow.append(row[index]) }
    }

    private mutating func collectBest(_ count: Int, of row: Span<Float>, atLeast floor: Float) {
        let floor = max(floor, self.tiles.floor(ofBest: count, scratch: &self.scratch))
        self.candidates.collect(row, self.tiles, atLeast: floor)
        self.candidates.keepBest(count)
    }

    // MARK: The choice

    private mutating func choose(_ row: Span<Float>, _ state: SamplingState) -> Int {
        let parameters = state.parameters
        guard parameters.temperature >= Self.leastTemperature else { return self.tiles.argmax(of: row) }
        let scale = Float(1 / parameters.temperature)
        guard self.keepCandidates(row, parameters, scale: scale) else {
            return self.drawFromAll(row, scale: scale, uniform: state.uniform)
        }
        return self.drawFromCandidates(row, scale: scale, uniform: state.uniform)
    }

    /// Leaves in `candidates` what min_p, top_k and top_p keep; false where none of them removes anything.
    private mutating func keepCandidates(_ row: Span<Float>, _ parameters: SamplingParameters, scale: Float) -> Bool {
        let limitsCount = parameters.topK > 0 && parameters.topK < row.count
        guard limitsCount || parameters.minP > 0 || parameters.topP < 1 else { return false }
        var floor = -Float.infinity
        if parameters.minP > 0 {
            floor = self.tiles.greatest + Float(PortableMath.logarithm(parameters.minP)) / scale
        }
        if limitsCount {
            self.collectBest(parameters.topK, of: row, atLeast: floor)
        } else if parameters.minP > 0 {
            self.candidates.collect(row, self.tiles, atLeast: floor)
        } else {
            self.keepNucleus(row, topP: parameters.topP, scale: scale)
            return true
        }
        if parameters.topP < 1 {
            self.candidates.weigh(self.tiles, scale: scale)
            self.candidates.keepBest(reaching: parameters.topP * self.candidates.totalWeight)
        }
        return true
    }

    /// top_p alone, over the whole vocabulary.
    ///
    /// Few tokens mostly have nearly all the weight, so it looks at those with a high logit first, and at more only
    /// when their weights do not reach.
    private mutating func keepNucleus(_ row: Span<Float>, topP: Double, scale: Float) {
        let target = topP * self.tiles.sumWeights(of: row, scale: scale)
        for leastExponent in stride(from: -6, to: Int(PortableMath.leastExponent), by: -5) {
            let floor = self.tiles.greatest + Float(leastExponent) / scale
            self.candidates.collect(row, self.tiles, atLeast: floor)
            self.candidates.weigh(self.tiles, scale: scale)
            if self.candidates.totalWeight >= target { return self.candidates.keepBest(reaching: target) }
        }
        // Rounding: the sum of all is a little less than that of the tiles.
        self.candidates.collect(row, self.tiles, atLeast: -.infinity)
    }

    private mutating func drawFromCandidates(_ row: Span<Float>, scale: Float, uniform: Double) -> Int {
        guard let first = self.candidates.first else { return self.tiles.argmax(of: row) }
        let worst = self.candidates.dropFirst().reduce(first) { Candidate.isBetter($0, $1) ? $1 : $0 }
        // Read again in order of the ids, which the selection has lost.
        self.candidates.collect(row, self.tiles, atLeast: worst.logit)
        self.candidates.removeAll { Candidate.isBetter(worst, $0) }
        self.candidates.weigh(self.tiles, scale: scale)
        let target = uniform * self.candidates.totalWeight
        var sum = 0.0
        var last = first
        for candidate in self.candidates where candidate.weight > 0 {
            sum += Double(candidate.weight)
            last = candidate
            if sum > target { break }
        }
        return Int(last.token)
    }

    private mutating func drawFromAll(_ row: Span<Float>, scale: Float, uniform: Double) -> Int {
        let target = uniform * self.tiles.sumWeights(of: row, scale: scale)
        var sum = 0.0
        var tile = 0
        for index in self.tiles.sums.indices where self.tiles.sums[index] > 0 {
            tile = index
            if sum + Double(self.tiles.sums[index]) > target { break }
            sum += Double(self.tiles.sums[index])
        }
        // Rounding may leave nothing to cross in the tile: then its last token that has a weight.
        var last = self.tiles.argmax(of: row)
        for index in self.tiles.range(of: tile, in: row) {
            let weight = self.tiles.weight(row[index], scale: scale)
            guard weight > 0 else { continue }
            last = index
            sum += Double(weight)
            if sum > target { break }
        }
        return last
    }
}
