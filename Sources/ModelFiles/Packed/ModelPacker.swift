import FoundationEssentials
import OrderedJSON
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
        let checkpoint = try Checkpoint.open(directory: self.source)
        let configuration = checkpoint.configuration
        try configuration.checkPackable(subject: self.source)
        let encoder = MatrixEncoder(rounding: self.rounding)
        let trunk = TrunkWriter(checkpoint, format: self.format, encoder: encoder)
        let experts = ExpertFileWriter(
            checkpoint: checkpoint,
            layout: ExpertRecordLayout(configuration, self.format),
            encoder: encoder
        )
        let folder = try PackFolder(
            target: self.target,
            identity: self.identity(checkpoint.digest),
            replaces: self.replaces
        )
        let keptBytes = folder.journal.finished.values.reduce(0) { $0 + $1.file.bytes }
        let totalBytes = trunk.totalBytes + configuration.sparseLayers.count * experts.totalBytes
        try folder.requireSpace(totalBytes - keptBytes + Self.spareBytes)
        let work = PackWork(
            threads: self.threads,
            bufferBytes: max(trunk.bufferBytes, experts.layout.stride),
            meter: PackMeter(totalBytes: totalBytes, keptBytes: keptBytes, report: progress)
        )
        var files = [
            try self.finish(PackLayout.trunkFile, folder.path, folder.journal) { path throws(ModelFilesError) in
                try trunk.write(to: path, work)
            }
        ]
        for layer in configuration.sparseLayers {
            let name = PackLayout.expertFile(layer: layer)
            files.append(
                try self.finish(name, folder.path, folder.journal) { path throws(ModelFilesError) in
                    try experts.write(layer: layer, to: path, work)
                }
            )
        }
        let report = self.report(files, source: checkpoint.digest)
        try self.complete(folder.path, files, report, checkpoint)
        // What is about to be published must open.
        _ = try PackedModel.open(directory: folder.path)
        try folder.publish()
        return report
    }

    /// Where the pack comes to be.
    public var workFolder: String { PackFolder.workFolder(of: self.target) }

    /// Whether a run has ended early and left something to continue with.
    public var hasUnfinishedWork: Bool { MappedFile.exists(self.workFolder + "/" + PackJournal.file) }

    /// For the copied files and the manifest.
    private static let spareBytes = 64 << 20

    /// What must be the same for two runs to continue each other's work.
    private func identity(_ digest: String) -> JSONValue {
        [
            "kind": "dure-pack-journal", "version": .integer(Int64(PackLayout.version)), "source": .string(digest),
            "format": .string(self.format.rawValue), "rounding": .string(self.rounding.rawValue),
        ]
    }

    /// The file as an earlier run has finished it, or made now.
    private func finish(
        _ name: String,
        _ folder: String,
        _ journal: PackJournal,
        _ write: (_ path: String) throws(ModelFilesError) -> FinishedFile
    ) throws(ModelFilesError) -> FinishedFile {
        if let finished = journal.finished[name] { return finished }
        let finished = try write(folder + "/" + name)
        try journal.add(finished)
        return finished
    }

    /// By layer; what stands outside the layers first.
    private func report(_ files: [FinishedFile], source: String) -> PackReport {
        let lines = files.flatMap(\.lines).enumerated().sorted {
            ($0.element.layer ?? -1, $0.offset) < ($1.element.layer ?? -1, $1.offset)
        }
        return PackReport(
            format: self.format,
            rounding: self.rounding,
            source: source,
            lines: lines.map(\.element)
        )
    }

    // MARK: What stands beside the weights

    private func complete(
        _ folder: String,
        _ files: [FinishedFile],
        _ report: PackReport,
        _ checkpoint: Checkpoint
    ) throws(ModelFilesError) {
        var entries = files.map(\.file)
        for name in try self.companions() {
            let bytes = try MappedFile.contents(of: self.source + "/" + name, limit: PackLayout.maximumCompanionBytes)
            entries.append(try Self.write(bytes, name, folder))
        }
        entries.append(try Self.write(report.json.pretty, PackLayout.reportFile, folder))
        let manifest = PackManifest(
            configuration: checkpoint.configuration,
            format: self.format,
            rounding: self.rounding,
            source: checkpoint.digest,
            tensors: files.flatMap(\.tensors),
            files: entries
        )
        _ = try Self.write(manifest.json.pretty, PackLayout.manifestFile, folder)
    }

    /// The files that make a model directory whole and that the checkpoint has.
    private func companions() throws(ModelFilesError) -> [String] {
        var names = PackLayout.companionFiles
        let templates = self.source + "/" + PackLayout.templateFolder
        if MappedFile.exists(templates) {
            do {
                names += try FileManager.default.contentsOfDirectory(atPath: templates).sorted()
                    .filter { $0.hasSuffix(".jinja") }.map { PackLayout.templateFolder + "/" + $0 }
            } catch {
                throw ModelFilesError(.unreadable, templates, ["cannot be listed: \(error)"])
            }
        }
        return names.filter { MappedFile.exists(self.source + "/" + $0) }
    }

    private static func write(
        _ bytes: [UInt8],
        _ name: String,
        _ folder: String
    ) throws(ModelFilesError) -> PackManifest.File {
        if let slash = name.lastIndex(of: "/") {
            do {
                let path = folder + "/" + name[..<slash]
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            } catch {
                throw ModelFilesError(.unwritable, folder + "/" + name, ["its folder cannot be made: \(error)"])
            }
        }
        var file = try PendingFile(path: folder + "/" + name)
        try file.write(bytes)
        try file.publish()
        var hash = SHA256()
        hash.update(bytes)
        return PackManifest.File(name: name, bytes: bytes.count, sha256: hash.finish())
    }
}

extension JSONValue {
    /// As a file for people.
    fileprivate var pretty: [UInt8] { self.serialized(.pretty) + [UInt8(ascii: "\n")] }
}
