import Dispatch
import FoundationEssentials
import OrderedJSON
import Synchronization
public import TensorKernels

/// Makes a model directory of random weights: for demonstrations, tests and benchmarks without a download.
///
/// The weights depend on the preset and the seed alone. They are made in pieces on all cores and written as they
/// are made, so that memory does not grow with the model. Scales are chosen so that activations keep their size through the layers
/// and routing uses all experts; what such a model generates is noise.
public struct ModelSynthesizer: Sendable {
    /// How far a run has come.
    public struct Progress: Sendable, Equatable {
        /// The file being written, without its folder.
        public var file: String
        public var writtenBytes: Int
        public var totalBytes: Int
    }

    public let preset: SynthesisPreset
    public let seed: UInt64
    public let element: ElementType
    /// A file takes tensors until it would pass this; one tensor may be larger.
    public let shardBytes: Int

    /// Values per piece, and pieces in memory at once: about 4 MiB for each core.
    private static let pieceValues = 1 << 20

    public init(preset: SynthesisPreset, seed: UInt64 = 0, element: ElementType = .bf16, shardBytes: Int = 2 << 30) {
        precondition(shardBytes > 0)
        self.preset = preset
        self.seed = seed
        self.element = element
        self.shardBytes = shardBytes
    }

    /// The bytes that the weights will take on disk.
    public var totalBytes: Int { self.tensors.reduce(0) { $0 + $1.bytes } }

    /// Writes the model; blocks, and uses all cores.
    ///
    /// `config.json` is written last, so a folder of which only a part was written does not open.
    ///
    /// - Parameters:
    ///   - directory: Made if it does not exist, with the folders above it. Must be empty.
    ///   - progress: Called on this thread after every few megabytes.
    /// - Throws: ``ModelFilesError`` with code `unwritable`.
    public func write(
        to directory: String,
        progress: (Progress) -> Void = { _ in }
    ) throws(ModelFilesError) {
        try Self.makeFolder(directory)
        try self.writeWeights(directory, progress)
        let configuration = self.preset.configuration
        let endOfSequence = configuration.endOfSequenceTokens.map { JSONValue.integer(Int64($0)) }
        let beginOfSequence = JSONValue.integer(Int64(SynthesizedTokenizer.beginOfSequenceToken))
        let generation: JSONValue = [
            "bos_token_id": beginOfSequence, "eos_token_id": .array(endOfSequence), "do_sample": true,
            "temperature": 0.6, "top_p": 0.95,
        ]
        let tokenizerConfiguration = SynthesizedTokenizer.configuration(contextLength: configuration.contextLength)
        try Self.write(Array(SynthesizedTokenizer.chatTemplate.utf8), directory + "/chat_template.jinja")
        try Self.write(SynthesizedTokenizer.json, directory + "/tokenizer.json")
        try Self.write(tokenizerConfiguration, directory + "/tokenizer_config.json")
        try Self.write(generation, directory + "/" + Checkpoint.generationConfigurationFile)
        var model = configuration.json(element: self.element)
        model["bos_token_id"] = beginOfSequence
        try Self.write(.object(model), directory + "/" + Checkpoint.configurationFile)
    }

    // MARK: Weights

    private var expectations: [TensorExpectation] {
        TensorPlan(configuration: self.preset.configuration, tiesEmbeddings: false, expertLayout: { _ in .fused })
            .expectations().filter { !$0.isOptional }
    }

    private var tensors: [TensorDescription] {
        self.expectations.map { TensorDescription(name: $0.name, element: self.element, shape: $0.shape) }
    }

    /// Consecutive tensors, cut into files.
    private func shards() -> [[TensorExpectation]] {
        var shards: [[TensorExpectation]] = [[]]
        var filled = 0
        for expectation in self.expectations {
            let bytes = expectation.shape.reduce(self.element.bytes, *)
            if filled + bytes > self.shardBytes, filled > 0 {
                shards.append([])
                filled = 0
            }
            shards[shards.count - 1].append(expectation)
            filled += bytes
        }
        return shards
    }

    private func writeWeights(_ directory: String, _ progress: (Progress) -> Void) throws(ModelFilesError) {
        let shards = self.shards()
        let total = self.totalBytes
        var written = 0
        var map = JSONObject()
        for (index, shard) in shards.enumerated() {
            let file =
                shards.count == 1
                ? TensorDirectory.singleFile
                : "model-\(Self.fiveDigits(index + 1))-of-\(Self.fiveDigits(shards.count)).safetensors"
            var writer = try SafetensorsWriter(
                path: directory + "/" + file,
                tensors: shard.map { TensorDescription(name: $0.name, element: self.element, shape: $0.shape) },
                metadata: ["format": "pt"]
            )
            for expectation in shard {
                map[expectation.name] = .string(file)
                let count = expectation.shape.reduce(1, *)
                let wave = Self.pieceValues * ProcessInfo.processInfo.activeProcessorCount
                for start in stride(from: 0, to: count, by: wave) {
                    for piece in self.pieces(of: expectation, start..<min(count, start + wave)) {
                        try writer.append(encoded: piece)
                        written += piece.count
                    }
                    progress(Progress(file: file, writtenBytes: written, totalBytes: total))
                }
            }
            try writer.finish()
        }
        guard shards.count > 1 else { return }
        let index: JSONValue = ["metadata": ["total_size": .integer(Int64(total))], "weight_map": .object(map)]
        try Self.write(index, directory + "/" + TensorDirectory.indexFile)
    }

    private static func fiveDigits(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }

    /// Makes a range of a tensor's values, encoded, on all cores; in order.
    private func pieces(of expectation: TensorExpectation, _ range: Range<Int>) -> [[UInt8]] {
        let count = (range.count + Self.pieceValues - 1) / Self.pieceValues
        let pieces = Mutex<[[UInt8]]>(Array(repeating: [], count: count))
        let noise = CounterNoise(seed: self.seed, name: expectation.name)
        let distribution = Self.distribution(of: expectation)
        DispatchQueue.concurrentPerform(iterations: count) { index in
            let start = range.lowerBound + index * Self.pieceValues
            let end = min(range.upperBound, start + Self.pieceValues)
            let piece = self.element.encoded(count: end - start) { offset in
                distribution.mean + distribution.deviation * noise[start + offset]
            }
            pieces.withLock { $0[index] = piece }
        }
        return pieces.withLock { $0 }
    }

    /// Scales at which a projection of a vector of unit size has unit size, attention is not flat, and the largest logits
    /// are about 10.
    private static func distribution(of expectation: TensorExpectation) -> (mean: Float, deviation: Float) {
        let inputs = Float(expectation.shape[expectation.shape.count - 1])
        switch expectation.part {
        case .norms: return (1, 0.1)
        case .embedding: return (0, 1)
        case .outputHead: return (0, 2.5 / inputs.squareRoot())
        case .attention where expectation.name.hasSuffix("q_b_proj.weight"): return (0, 1.5 / inputs.squareRoot())
        default: return (0, 1 / inputs.squareRoot())
        }
    }

    // MARK: Files

    private static func write(_ json: JSONValue, _ path: String) throws(ModelFilesError) {
        try Self.write(json.serialized(.pretty) + [UInt8(ascii: "\n")], path)
    }

    private static func write(_ bytes: [UInt8], _ path: String) throws(ModelFilesError) {
        var file = try PendingFile(path: path)
        try file.write(bytes)
        try file.publish()
    }

    private static func makeFolder(_ directory: String) throws(ModelFilesError) {
        let contents: [String]
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            contents = try FileManager.default.contentsOfDirectory(atPath: directory)
        } catch {
            throw ModelFilesError(.unwritable, directory, ["cannot be made or listed: \(error)"])
        }
        guard contents.isEmpty else {
            throw ModelFilesError(.unwritable, directory, ["expected an empty folder, got \(contents.count) files"])
        }
    }
}
