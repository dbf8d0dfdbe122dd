public import TensorKernels

/// Makes a pack of random weights: for benchmarks of models that nobody has the disk to download and to pack.
///
/// The weights are drawn in their packed form, as fast as they can be written, and depend on preset, seed and format alone; they
/// are not those that ``ModelSynthesizer`` gives a checkpoint. Memory holds an expert for each thread. An interrupted run is
/// continued by the next one.
public struct PackSynthesizer: Sendable {
    public let format: PackedFormat
    public let threads: Int
    private let source: RandomPackSource

    public init(preset: SynthesisPreset, seed: UInt64 = 0, format: PackedFormat, threads: Int) {
        self.init(RandomPackSource(preset, seed: seed), format, threads)
    }

    /// A pack of any shape, for a measurement.
    package init(shape: ModelConfiguration, format: PackedFormat, threads: Int) {
        self.init(RandomPackSource(shape, name: "shape", seed: 0), format, threads)
    }

    private init(_ source: RandomPackSource, _ format: PackedFormat, _ threads: Int) {
        precondition(threads >= 1, "\(threads) threads")
        self.source = source
        self.format = format
        self.threads = threads
    }

    /// Writes the pack; blocks, and uses all its threads.
    ///
    /// - Parameters:
    ///   - target: Where the pack will be; nothing may be there, or an empty folder.
    ///   - progress: Called on any of the threads, one at a time, after every few megabytes.
    /// - Throws: ``ModelFilesError``; finished files stay for the next run.
    public func write(
        to target: String,
        progress: @escaping @Sendable (PackProgress) -> Void = { _ in }
    ) throws(ModelFilesError) {
        let builder = PackBuilder(
            source: self.source,
            target: target,
            format: self.format,
            rounding: .nearest,
            threads: self.threads,
            replaces: false
        )
        _ = try builder.run(progress: progress)
    }
}
