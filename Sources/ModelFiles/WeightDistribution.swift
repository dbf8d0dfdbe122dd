/// How random weights are distributed.
///
/// At these scales a projection of a vector of unit size has unit size, attention is not flat, the router's choice is spread over
/// its experts, and the largest logits are about 10.
struct WeightDistribution: Sendable, Equatable {
    var mean: Float
    var deviation: Float

    init(_ tensor: TensorExpectation) {
        self.init(name: tensor.name, part: tensor.part, inputs: tensor.shape[tensor.shape.count - 1])
    }

    init(name: String, part: ModelPart, inputs: Int) {
        let unit = 1 / Float(inputs).squareRoot()
        switch part {
        case .norms: (self.mean, self.deviation) = (1, 0.1)
        case .embedding: (self.mean, self.deviation) = (0, 1)
        case .outputHead: (self.mean, self.deviation) = (0, 2.5 * unit)
        case .attention where name.hasSuffix("q_b_proj.weight"): (self.mean, self.deviation) = (0, 1.5 * unit)
        default: (self.mean, self.deviation) = (0, unit)
        }
    }
}
