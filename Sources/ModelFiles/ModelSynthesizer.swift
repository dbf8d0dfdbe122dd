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
        for file in SynthesizedFiles.all(of: self.preset.configuration, element: self.element) {
            try Self.write(file.bytes, directory + "/" + file.name)
        }
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
        let distribution = WeightDistribution(expectation)
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
