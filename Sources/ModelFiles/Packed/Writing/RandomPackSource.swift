import TensorKernels

/// Random weights in their packed form, without ever having been anything else.
///
/// They depend on preset, seed, format and place alone.
struct RandomPackSource: PackSource {
    let configuration: ModelConfiguration
    let digest: String
    private let seed: UInt64
    private let files: [(name: String, bytes: [UInt8])]

    init(_ preset: SynthesisPreset, seed: UInt64) {
        self.init(preset.configuration, name: preset.rawValue, seed: seed)
    }

    /// - Parameters:
    ///   - configuration: A shape.
    ///   - name: What tells it from others.
    ///   - seed: Of all weights.
    init(_ configuration: ModelConfiguration, name: String, seed: UInt64) {
        self.configuration = configuration
        self.seed = seed
        self.files = SynthesizedFiles.all(of: self.configuration, element: .bf16)
        var hash = SHA256()
        hash.update("random weights")
        hash.update(name)
        hash.update(String(seed))
        self.digest = hash.finish()
    }

    /// Everything that has to be there is, in bf16.
    func element(of tensor: TrunkPlan.Tensor) -> ElementType? { tensor.isOptional ? nil : .bf16 }

    func encode(
        rows: Range<Int>,
        of tensor: TrunkPlan.Tensor,
        as type: StoredType,
        into buffer: PageBuffer
    ) throws(ModelFilesError) -> Deviation? {
        let distribution = WeightDistribution(name: tensor.name, part: tensor.part, inputs: tensor.columns)
        switch type {
        case .plain(let element):
            let noise = CounterNoise(seed: self.seed, name: tensor.name)
            let first = rows.lowerBound * tensor.columns
            let bytes = element.encoded(count: rows.count * tensor.columns) { index in
                distribution.mean + distribution.deviation * noise[first + index]
            }
            buffer.store(bytes, at: 0)
        case .packed(let format):
            RandomPanels(seed: self.seed, name: tensor.name, deviation: distribution.deviation, format: format)
                .write(rows: rows, columns: tensor.columns, to: buffer, at: 0)
        }
        return nil
    }

    func encode(
        expert: Int,
        ofLayer layer: Int,
        in layout: ExpertRecordLayout,
        into buffer: PageBuffer
    ) throws(ModelFilesError) -> [Deviation] {
        let names = LayerTensorNames(layer: layer).expert(expert)
        for (matrix, name) in [(layout.gate, names.gate), (layout.up, names.up), (layout.down, names.down)] {
            let distribution = WeightDistribution(name: name, part: .routedExperts, inputs: matrix.columns)
            RandomPanels(seed: self.seed, name: name, deviation: distribution.deviation, format: layout.format)
                .write(rows: 0..<matrix.rows, columns: matrix.columns, to: buffer, at: matrix.byteRange.lowerBound)
        }
        return []
    }

    func companionNames() throws(ModelFilesError) -> [String] { self.files.map(\.name) }

    func companion(_ name: String) throws(ModelFilesError) -> [UInt8] {
        guard let file = self.files.first(where: { $0.name == name }) else { preconditionFailure("no \(name)") }
        return file.bytes
    }
}
