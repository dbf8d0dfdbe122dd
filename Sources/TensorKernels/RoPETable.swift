import Glibc

/// The angles of rotary position embedding, with YaRN's change of frequencies where a model has it.
///
/// Source: transformers 5.23.0, `modeling_rope_utils.py`, which computes frequencies and angles in f32, as here.
public struct RoPETable: Sendable, Equatable {
    /// YaRN's parameters, named as in a model's configuration.
    public struct YaRN: Sendable, Equatable {
        public var factor: Double
        public var originalContextLength: Int
        public var betaFast: Double
        public var betaSlow: Double
        public var truncates: Bool
        public var mscale: Double?
        public var mscaleAllDim: Double?
        public var attentionFactor: Double?

        public init(
            factor: Double,
            originalContextLength: Int,
            betaFast: Double = 32,
            betaSlow: Double = 1,
            truncates: Bool = true,
            mscale: Double? = nil,
            mscaleAllDim: Double? = nil,
            attentionFactor: Double? = nil
        ) {
            self.factor = factor
            self.originalContextLength = originalContextLength
            self.betaFast = betaFast
            self.betaSlow = betaSlow
            self.truncates = truncates
            self.mscale = mscale
            self.mscaleAllDim = mscaleAllDim
            self.attentionFactor = attentionFactor
        }
    }

    /// Numbers of a head that are rotated, in pairs.
    public let headSize: Int
    /// True: rotated pairs are (2j, 2j+1); false: (j, j + headSize/2).
    public let interleaved: Bool
    /// Radians per token position, one for each pair.
    public let frequencies: [Float]
    /// Multiplies cosines and sines.
    public let attentionFactor: Float
    /// Multiplies attention scores, besides the head size's own factor.
    public let scoreFactor: Double

    public init(headSize: Int, theta: Double, interleaved: Bool, yarn: YaRN? = nil) {
        precondition(headSize > 0 && headSize.isMultiple(of: 2), "pairs need an even head size, got \(headSize)")
        self.headSize = headSize
        self.interleaved = interleaved
        let plain = (0..<headSize / 2).map { 1 / pow(theta, Double(2 * $0) / Double(headSize)) }
        guard let yarn else {
            self.frequencies = plain.map { Float($0) }
            self.attentionFactor = 1
            self.scoreFactor = 1
            return
        }
        let (low, high) = yarn.ramp(headSize: headSize, theta: theta)
        self.frequencies = plain.enumerated().map { pair, frequency in
            let share = min(max((Double(pair) - low) / (high - low), 0), 1)
            return Float(frequency * ((1 - share) + share / yarn.factor))
        }
        self.attentionFactor = Float(yarn.attention)
        self.scoreFactor = yarn.score
    }

    /// The cosines and sines of all pairs at `tokenPosition`, each times ``attentionFactor``.
    func rotations(at tokenPosition: Int32) -> (cosines: [Float], sines: [Float]) {
        let angles = self.frequencies.map { Double(Float(tokenPosition) * $0) }
        return (
            angles.map { Float(cos($0)) * self.attentionFactor }, angles.map { Float(sin($0)) * self.attentionFactor }
        )
    }
}

extension RoPETable.YaRN {
    /// The pairs between which frequencies go over from their own to those divided by `factor`.
    fileprivate func ramp(headSize: Int, theta: Double) -> (low: Double, high: Double) {
        func pair(turning times: Double) -> Double {
            Double(headSize) * log(Double(self.originalContextLength) / (times * 2 * .pi)) / (2 * log(theta))
        }
        let fast = pair(turning: self.betaFast)
        let slow = pair(turning: self.betaSlow)
        let low = max(self.truncates ? fast.rounded(.down) : fast, 0)
        let high = min(self.truncates ? slow.rounded(.up) : slow, Double(headSize - 1))
        return (low, low == high ? high + 0.001 : high)
    }

    private func magnitude(_ scale: Double) -> Double { self.factor <= 1 ? 1 : 1 + 0.1 * scale * log(self.factor) }

    fileprivate var attention: Double {
        if let attentionFactor { return attentionFactor }
        guard let mscale, let mscaleAllDim, mscale != 0, mscaleAllDim != 0 else { return self.magnitude(1) }
        return self.magnitude(mscale) / self.magnitude(mscaleAllDim)
    }

    fileprivate var score: Double {
        guard let mscaleAllDim, mscaleAllDim != 0 else { return 1 }
        return self.magnitude(mscaleAllDim) * self.magnitude(mscaleAllDim)
    }
}
