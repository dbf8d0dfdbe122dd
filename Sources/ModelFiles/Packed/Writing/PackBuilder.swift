import FoundationEssentials
import OrderedJSON
import TensorKernels

/// Makes a pack of a source: its trunk, the experts of each layer, what stands beside them, and last the manifest.
///
/// A run that ends early leaves its finished files behind; the next one of the same source, format and place
/// continues with what is missing.
struct PackBuilder {
    let source: any PackSource
    let target: String
    let format: PackedFormat
    let rounding: PackedRounding
    let threads: Int
    let replaces: Bool

    /// For the copied files and the manifest.
    private static let spareBytes = 64 << 20

    /// Builds; blocks, and uses all its threads.
    ///
    /// - Parameter progress: Called on any of the threads, one at a time, after every few megabytes.
    /// - Returns: What rounding cost.
    /// - Throws: ``ModelFilesError``; finished files stay for the next run.
    func run(progress: @escaping @Sendable (PackProgress) -> Void) throws(ModelFilesError) -> PackReport {
        let configuration = self.source.configuration
        let trunk = TrunkWriter(self.source, format: self.format)
        let experts = ExpertFileWriter(source: self.source, layout: ExpertRecordLayout(configuration, self.format))
        let folder = try PackFolder(target: self.target, identity: self.identity, replaces: self.replaces)
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
        let report = self.report(files)
        try self.complete(folder.path, files, report)
        // What is about to be published must open.
        _ = try PackedModel.open(directory: folder.path)
        try folder.publish()
        return report
    }

    /// What must be the same for two runs to continue each other's work.
    private var identity: JSONValue {
        [
            "kind": "dure-pack-journal", "version": .integer(Int64(PackLayout.version)),
            "source": .string(self.source.digest), "format": .string(self.format.rawValue),
            "rounding": .string(self.rounding.rawValue),
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
    private func report(_ files: [FinishedFile]) -> PackReport {
        let lines = files.flatMap(\.lines).enumerated().sorted {
            ($0.element.layer ?? -1, $0.offset) < ($1.element.layer ?? -1, $1.offset)
        }
        return PackReport(
            format: self.format,
            rounding: self.rounding,
            source: self.source.digest,
            lines: lines.map(\.element)
        )
    }

    // MARK: What stands beside the weights

    private func complete(
        _ folder: String,
        _ files: [FinishedFile],
        _ report: PackReport
    ) throws(ModelFilesError) {
        var entries = files.map(\.file)
        for name in try self.source.companionNames() {
            entries.append(try Self.write(try self.source.companion(name), name, folder))
        }
        entries.append(try Self.write(report.json.pretty, PackLayout.reportFile, folder))
        let manifest = PackManifest(
            configuration: self.source.configuration,
            format: self.format,
            rounding: self.rounding,
            source: self.source.digest,
            tensors: files.flatMap(\.tensors),
            files: entries
        )
        _ = try Self.write(manifest.json.pretty, PackLayout.manifestFile, folder)
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
    var pretty: [UInt8] { self.serialized(.pretty) + [UInt8(ascii: "\n")] }
}
