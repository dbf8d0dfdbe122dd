import OrderedJSON
import TensorKernels

extension Checkpoint {
    static let configurationFile = "config.json"
    static let generationConfigurationFile = "generation_config.json"
    static let maximumConfigurationBytes = 16 << 20

    /// Opens a Hugging Face model directory of one of the families in ``ModelConfiguration/Family``.
    ///
    /// Reads `config.json`, `generation_config.json` if there is one, and the headers of `model.safetensors` or of the
    /// shards that `model.safetensors.index.json` names. Weights are mapped, not read; only the digest's sample touches
    /// their pages.
    ///
    /// - Parameter directory: The folder's path.
    /// - Returns: The checkpoint, whose views keep the files mapped.
    /// - Throws: ``ModelFilesError``: all that is wrong with the configuration, else all that is wrong with the
    ///   headers, else all that is wrong with the tensors.
    public static func open(directory: String) throws(ModelFilesError) -> Checkpoint {
        let configurationPath = directory + "/" + Self.configurationFile
        let generationPath = directory + "/" + Self.generationConfigurationFile
        let json = try JSONValue(modelFile: configurationPath, limit: Self.maximumConfigurationBytes)
        var generation: JSONValue?
        if MappedFile.exists(generationPath) {
            generation = try JSONValue(modelFile: generationPath, limit: Self.maximumConfigurationBytes)
        }
        let configuration = try ConfigurationReader.read(json, generation: generation, subject: configurationPath)
        let tensors = try TensorDirectory(folder: directory)
        let plan = TensorPlan(
            configuration: configuration,
            tiesEmbeddings: json["tie_word_embeddings"]?.bool ?? false,
            expertLayout: { tensors.expertLayout(ofLayer: $0) }
        )
        let inventory = try tensors.inventory(checkedAgainst: plan, subject: directory)
        let views = WeightViews(tensors: tensors, plan: plan)
        return Checkpoint(
            configuration: configuration,
            trunk: views.trunk(),
            routedExperts: views.routedExperts(),
            inventory: inventory,
            digest: CheckpointDigest.of(json, configuration, tensors)
        )
    }
}

extension TensorDirectory {
    /// Fused wherever a fused tensor stands, and also where neither form does: then the two fused ones are missing.
    func expertLayout(ofLayer layer: Int) -> ExpertLayout {
        let names = LayerTensorNames(layer: layer)
        let first = names.expert(0)
        let hasFused = self[names.fusedGateUp] != nil || self[names.fusedDown] != nil
        let hasEach = self[first.gate] != nil || self[first.up] != nil || self[first.down] != nil
        return hasFused || !hasEach ? .fused : .each
    }

    /// The name under which an expected tensor stands.
    func storedName(_ expectation: TensorExpectation) -> String? {
        if self[expectation.name] != nil { return expectation.name }
        return expectation.alias.flatMap { self[$0] == nil ? nil : $0 }
    }

    /// Compares every tensor with the plan and adds up those that belong to the model.
    ///
    /// - Throws: ``ModelFilesError`` with code `mismatch`, listing what is missing, wrong or unexpected.
    func inventory(checkedAgainst plan: TensorPlan, subject: String) throws(ModelFilesError) -> CheckpointInventory {
        var problems = ProblemList()
        var inventory = CheckpointInventory()
        var known: Set<String> = []
        for expectation in plan.expectations() {
            guard let name = self.storedName(expectation), let location = self[name] else {
                if !expectation.isOptional {
                    let shape = SafetensorsHeader.list(expectation.shape)
                    problems.add("\(expectation.name): expected F32, BF16 or F16 \(shape), got nothing")
                }
                continue
            }
            known.insert(name)
            let entry = location.entry
            if entry.shape != expectation.shape {
                let shapes = (SafetensorsHeader.list(expectation.shape), SafetensorsHeader.list(entry.shape))
                problems.add("\(name): expected shape \(shapes.0), got \(shapes.1)")
            }
            // The bias is used in f32 whatever it is stored in; every other weight is read where it lies.
            let isConvertible = entry.type == .f64 && name.hasSuffix(".e_score_correction_bias")
            if entry.type.element == nil, !isConvertible {
                problems.add("\(name): expected F32, BF16 or F16, got \(entry.type.rawValue)")
            }
            if !plan.ignoresStored(expectation) { inventory.add(entry, to: expectation.part) }
        }
        let layerCount = plan.configuration.layerKinds.count
        for name in self.names.sorted() where !known.contains(name) {
            guard let entry = self[name]?.entry, !TensorNames.isIgnored(name, layerCount: layerCount) else { continue }
            let shape = SafetensorsHeader.list(entry.shape)
            let shown = SafetensorsHeader.quoted(name)
            problems.add("\(shown): expected no tensor of this name, got \(entry.type.rawValue) \(shape)")
        }
        guard problems.isEmpty else { throw ModelFilesError(.mismatch, subject, problems) }
        return inventory
    }
}
