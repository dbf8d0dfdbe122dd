import ModelFiles
import Synchronization
import TensorKernels

/// What brings a layer's queries into the space of the latents, and the sums over latents out of it again.
///
/// kv_b holds, for each head, the rows of its keys and then those of its values. A query goes through the keys' the other way, so
/// a packed model has them turned over: each head's keys as `[kvLoraRank, nopeHeadSize]`, its values as they are, `[valueHeadSize,
/// kvLoraRank]`. They are packed when the model is opened, for every token of a sweep goes through all of them.
enum LatentProjections: Sendable {
    /// As in a checkpoint, `[heads * (nopeHeadSize + valueHeadSize), kvLoraRank]`.
    case plain(WeightMatrix)
    /// One matrix for each head.
    case packed(keys: [PackedMatrix], values: [PackedMatrix])

    /// The projections of one layer, in the form of its other ones.
    ///
    /// - Throws: ``KernelError`` where weights are not finite, or memory is short.
    init(
        _ weights: AttentionWeights<Projection>,
        _ shape: ModelConfiguration.AttentionShape,
        on pool: ComputePool
    ) throws(KernelError) {
        guard case .packed(let output) = weights.output else {
            self = .plain(weights.keyValueUp)
            return
        }
        let heads = HeadPacking(weights: weights.keyValueUp, shape: shape, format: output.format)
        self = .packed(
            keys: try heads.matrices(heads.keys, on: pool),
            values: try heads.matrices(heads.values, on: pool)
        )
    }

    /// What queries and sums must be quantised for; nil where products read them as f32.
    var activationFormat: PackedFormat? {
        guard case .packed(let keys, _) = self, let format = keys.first?.format, format.isInteger else { return nil }
        return format
    }
}

/// Packs the heads of one layer's kv_b.
private struct HeadPacking: Sendable {
    let weights: WeightMatrix
    let shape: ModelConfiguration.AttentionShape
    let format: PackedFormat

    /// Turned over: inputs are what its rows were.
    func keys(_ head: Int) -> WeightMatrix {
        let (inputs, outputs) = (self.shape.nopeHeadSize, self.shape.kvLoraRank)
        var turned = [Float](repeating: 0, count: inputs * outputs)
        for (input, row) in self.shape.keyRows(ofHead: head).enumerated() {
            let values = self.weights.floats(row: row)
            for output in 0..<outputs { turned[output * inputs + input] = values[output] }
        }
        return WeightMatrix(turned, rows: outputs, columns: inputs, .f32)
    }

    func values(_ head: Int) -> WeightMatrix { self.weights.rows(self.shape.valueRows(ofHead: head)) }

    /// One matrix for each head, on all threads.
    func matrices(
        _ weight: @escaping @Sendable (_ head: Int) -> WeightMatrix,
        on pool: ComputePool
    ) throws(KernelError) -> [PackedMatrix] {
        let results = Mutex<[Result<PackedMatrix, KernelError>?]>(Array(repeating: nil, count: self.shape.heads))
        pool.run(self.shape.heads) { head, _ in
            let result = Result { () throws(KernelError) in
                try PackedMatrix(packing: weight(head), as: self.format, rounding: .searched)
            }
            results.withLock { $0[head] = result }
        }
        var matrices: [PackedMatrix] = []
        for case .some(let result) in results.withLock({ $0 }) { matrices.append(try result.get()) }
        return matrices
    }
}

extension ModelConfiguration.AttentionShape {
    /// Rows of kv_b: for each head those of its keys, then those of its values.
    func keyRows(ofHead head: Int) -> Range<Int> {
        let first = head * (self.nopeHeadSize + self.valueHeadSize)
        return first..<first + self.nopeHeadSize
    }

    func valueRows(ofHead head: Int) -> Range<Int> {
        let first = self.keyRows(ofHead: head).upperBound
        return first..<first + self.valueHeadSize
    }
}
