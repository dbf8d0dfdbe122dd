import TensorKernels

extension TrunkWeights<WeightMatrix> {
    /// The weights by the names under which published checkpoints store them; a tied head under its own.
    var byName: [String: WeightMatrix] {
        var weights = [
            TensorNames.embedding: self.embedding, TensorNames.finalNorm: self.finalNorm,
            TensorNames.outputHead: self.outputHead,
        ]
        for (index, layer) in self.layers.enumerated() {
            let names = LayerTensorNames(layer: index)
            weights[names.inputNorm] = layer.inputNorm
            weights[names.postAttentionNorm] = layer.postAttentionNorm
            layer.attention.add(to: &weights, names)
            switch layer.feedForward {
            case .dense(let dense): dense.add(to: &weights, names.dense)
            case .sparse(let sparse):
                weights[names.router] = sparse.router
                weights[names.correctionBias] = sparse.correctionBias
                weights[names.postNorm] = sparse.postNorm
                sparse.sharedExpert?.add(to: &weights, names.sharedExpert)
            }
        }
        return weights
    }
}

extension AttentionWeights<WeightMatrix> {
    fileprivate func add(to weights: inout [String: WeightMatrix], _ names: LayerTensorNames) {
        switch self.query {
        case .full(let query): weights[names.query] = query
        case .lowRank(let down, let norm, let up):
            weights[names.queryDown] = down
            weights[names.queryNorm] = norm
            weights[names.queryUp] = up
        }
        weights[names.keyValueDown] = self.keyValueDown
        weights[names.keyValueNorm] = self.keyValueNorm
        weights[names.keyValueUp] = self.keyValueUp
        weights[names.attentionOutput] = self.output
    }
}

extension SwiGLUWeights<WeightMatrix> {
    fileprivate func add(to weights: inout [String: WeightMatrix], _ names: SwiGLUTensorNames) {
        weights[names.gate] = self.gate
        weights[names.up] = self.up
        weights[names.down] = self.down
    }
}
