public import TensorKernels

/// Turns a checkpoint into a pack: the layout that kernels read, in files that a worker reads record by record.
///
/// The same checkpoint and format give the same bytes, whatever the machine and the number of threads. Weights are mapped and let go
/// of as they are done, so that memory holds a few experts, whatever the model's size. A run that ends early leaves its
/// finished files behind; the next one with the same source, format and place continues with what is missing.
public struct ModelPacker: Sendable {
    public let source: String
    public let target: String
    public let format: PackedFormat
    public let rounding: PackedRounding
    public let threads: Int
    /// Whether a pack at `target`, or unfinished work on another one there, may go.
    public let replaces: Bool

    public init(
        source: String,
        target: String,
        format: PackedFormat,
        rounding: PackedRounding = .nearest,
        threads: Int,
        replaces: Bool = false
    ) {
        precondition(threads >= 1, "\(threads) threads")
        self.source = source
        self.target = target
        self.format = format
        self.rounding = rounding
        self.threads = threads
        self.replaces = replaces
    }

    /// Packs; blocks, and uses all its threads.
    ///
    /// - Parameter progress: Called on any of the threads, one at a time, after every few megabytes.
    /// - Returns: What rounding cost.
    /// - Throws: ``ModelFilesError``; finished files stay for the next run.
    public func run(
        progress: @escaping @Sendable (PackProgress) -> Void = { _ in }
    ) throws(ModelFilesError) -> PackReport {
        guard !PackedModel.exists(at: self.source) else {
            throw ModelFilesError(.unsupported, self.source, ["expected a checkpoint, got a pack"])
        }
        let source = try CheckpointPackSource(directory: self.source, rounding: self.rounding)
        try source.configuration.checkPackable(subject: self.source)
        let builder = PackBuilder(
            source: source,
            target: self.target,
            format: self.format,
            rounding: self.rounding,
            threads: self.threads,
            replaces: self.replaces
        )
        return try builder.run(progress: progress)
    }

    /// Where the pack comes to be.
    public var workFolder: String { PackFolder.workFolder(of: self.target) }

    /// Whether a run has ended early and left something to continue with.
    public var hasUnfinishedWork: Bool { MappedFile.exists(self.workFolder + "/" + PackJournal.file) }
}
