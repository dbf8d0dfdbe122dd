public import OrderedJSON
import Synchronization
import TensorKernels

/// Reads all of a pack and compares every byte with what was written: digests, checksums, headers, zeros between them.
public struct PackVerifier: Sendable {
    /// The first thing that is wrong with a file.
    public struct Problem: Sendable, Equatable {
        /// Without its folder.
        public let file: String
        /// Where it is wrong; nil where the file as a whole is.
        public let byteRange: Range<Int>?
        public let text: String

        /// As one line.
        public var message: String {
            let place = self.byteRange.map { " bytes \($0.lowerBound)..<\($0.upperBound)" } ?? ""
            return "\(self.file)\(place): \(self.text)"
        }
    }

    /// What was found.
    public struct Result: Sendable, Equatable {
        public let files: Int
        public let bytes: Int
        /// In the order of the manifest; empty for a sound pack.
        public let problems: [Problem]

        public var json: JSONValue {
            [
                "files": .integer(Int64(self.files)), "bytes": .integer(Int64(self.bytes)),
                "problems": .array(
                    self.problems.map { problem in
                        [
                            "file": .string(problem.file),
                            "begin": problem.byteRange.map { .integer(Int64($0.lowerBound)) } ?? .null,
                            "end": problem.byteRange.map { .integer(Int64($0.upperBound)) } ?? .null,
                            "problem": .string(problem.text),
                        ]
                    }
                ),
            ]
        }
    }

    public let directory: String
    public let threads: Int

    public init(directory: String, threads: Int) {
        precondition(threads >= 1, "\(threads) threads")
        self.directory = directory
        self.threads = threads
    }

    /// Verifies; blocks, reads every file once, and uses all its threads, a file for each.
    ///
    /// - Parameter progress: Called on any of the threads, one at a time, after every few megabytes.
    /// - Returns: What is wrong, file by file.
    /// - Throws: ``ModelFilesError`` where the manifest itself cannot be used.
    public func run(progress: @escaping @Sendable (PackProgress) -> Void = { _ in }) throws(ModelFilesError) -> Result {
        let (manifest, _) = try PackManifest.read(self.directory)
        let bytes = manifest.files.reduce(0) { $0 + $1.bytes }
        let meter = PackMeter(totalBytes: bytes, report: progress)
        let problems = Mutex<[Problem?]>(Array(repeating: nil, count: manifest.files.count))
        let plans = Self.plans(manifest)
        ComputePool(threads: min(self.threads, max(manifest.files.count, 1))).run(manifest.files.count) { index, _ in
            let file = manifest.files[index]
            let problem = self.problem(with: file, plans[file.name] ?? .digest, meter)
            problems.withLock { $0[index] = problem }
        }
        return Result(
            files: manifest.files.count,
            bytes: bytes,
            problems: problems.withLock { $0.compactMap { $0 } }
        )
    }

    /// What is in a file.
    private enum Plan {
        /// Nothing that the manifest knows.
        case digest
        case trunk([PackManifest.Tensor])
        case experts(ExpertFileHeader)
    }

    private static func plans(_ manifest: PackManifest) -> [String: Plan] {
        var plans: [String: Plan] = [PackLayout.trunkFile: .trunk(manifest.tensors)]
        for layer in manifest.sparseLayers {
            plans[PackLayout.expertFile(layer: layer)] = .experts(
                ExpertFileHeader(
                    layer: layer,
                    experts: manifest.configuration.experts.routedCount,
                    layout: manifest.recordLayout
                )
            )
        }
        return plans
    }

    private func problem(with file: PackManifest.File, _ plan: Plan, _ meter: PackMeter) -> Problem? {
        do throws(PackScan.Stop) {
            try self.scan(file, plan, meter)
            return nil
        } catch {
            switch error {
            case .wrong(let byteRange, let text): return Problem(file: file.name, byteRange: byteRange, text: text)
            case .unreadable(let error):
                return Problem(file: file.name, byteRange: nil, text: error.problems.joined(separator: "; "))
            }
        }
    }

    private func scan(_ file: PackManifest.File, _ plan: Plan, _ meter: PackMeter) throws(PackScan.Stop) {
        var scan: PackScan
        do throws(ModelFilesError) {
            scan = try PackScan.begin(self.directory + "/" + file.name, file, meter)
        } catch {
            throw .unreadable(error)
        }
        switch plan {
        case .digest: break
        case .trunk(let tensors): try scan.readTrunk(tensors)
        case .experts(let header): try scan.readExperts(header)
        }
        try scan.finish()
    }
}
