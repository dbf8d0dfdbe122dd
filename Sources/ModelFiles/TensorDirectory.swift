import OrderedJSON

/// Every tensor of a model directory, by name, with the mapped file that holds it.
///
/// `model.safetensors` where it exists, else the shards that `model.safetensors.index.json` names: transformers'
/// order. With an index, the index says which shard a tensor is in.
struct TensorDirectory: Sendable {
    struct Location: Sendable {
        var entry: SafetensorsHeader.Entry
        var file: MappedFile
        /// The shard's place in the sorted list of shards.
        var shard: Int
    }

    static let singleFile = "model.safetensors"
    static let indexFile = "model.safetensors.index.json"
    /// Bounds on the index and on the number of files that it may open.
    static let maximumIndexBytes = 64 << 20
    static let maximumShards = 4096

    private(set) var locations: [String: Location] = [:]

    var names: some Collection<String> { self.locations.keys }

    subscript(name: String) -> Location? { self.locations[name] }

    /// Maps the files and reads their headers.
    ///
    /// - Throws: ``ModelFilesError``; one error for all shards.
    init(folder: String) throws(ModelFilesError) {
        if MappedFile.exists(folder + "/" + Self.singleFile) {
            let (file, header) = try Self.open(folder + "/" + Self.singleFile)
            for entry in header.entries {
                self.locations[entry.name] = Location(entry: entry, file: file, shard: 0)
            }
        } else if MappedFile.exists(folder + "/" + Self.indexFile) {
            try self.readShards(folder)
        } else {
            throw ModelFilesError(
                .unreadable,
                folder,
                ["expected \(Self.singleFile) or \(Self.indexFile), got neither"]
            )
        }
    }

    private static func open(_ path: String) throws(ModelFilesError) -> (MappedFile, SafetensorsHeader) {
        let file = try MappedFile(path: path)
        let header = try SafetensorsHeader(subject: path, fileBytes: file.bytes) { file.copy($0) }
        return (file, header)
    }

    private mutating func readShards(_ folder: String) throws(ModelFilesError) {
        let index = try Self.shardOfTensor(folder)
        let shards = Set(index.values).sorted()
        var problems = ProblemList()
        guard shards.count <= Self.maximumShards else {
            let problem = "expected at most \(Self.maximumShards) shards, got \(shards.count)"
            throw ModelFilesError(.malformed, folder + "/" + Self.indexFile, [problem])
        }
        var code = ModelFilesError.Code.malformed
        for (number, shard) in shards.enumerated() {
            do {
                let (file, header) = try Self.open(folder + "/" + shard)
                for entry in header.entries {
                    guard index[entry.name] == shard else {
                        let name = SafetensorsHeader.quoted(entry.name)
                        problems.add("\(name): in \(shard), where the index does not have it")
                        continue
                    }
                    self.locations[entry.name] = Location(entry: entry, file: file, shard: number)
                }
            } catch {
                code = error.code
                problems.add(error)
            }
        }
        // A shard that could not be read misses all its tensors: only its own problem is worth a line.
        if problems.isEmpty {
            for (name, shard) in index.sorted(by: { $0.key < $1.key }) where self.locations[name] == nil {
                problems.add("\(SafetensorsHeader.quoted(name)): the index has it in \(shard), which does not")
            }
        }
        guard problems.isEmpty else { throw ModelFilesError(code, folder, problems) }
    }

    private static func shardOfTensor(_ folder: String) throws(ModelFilesError) -> [String: String] {
        let path = folder + "/" + Self.indexFile
        let json = try JSONValue(modelFile: path, limit: Self.maximumIndexBytes)
        guard let map = json["weight_map"]?.object else {
            let kind = json["weight_map"]?.kind ?? "nothing"
            throw ModelFilesError(.malformed, path, ["weight_map: expected an object, got \(kind)"])
        }
        var shards: [String: String] = [:]
        var problems = ProblemList()
        for (name, value) in map {
            // A shard lies beside its index. Anything else would open files elsewhere at the index's word.
            guard let shard = value.string, shard.hasSuffix(".safetensors"), !shard.utf8.contains(UInt8(ascii: "/")),
                !shard.utf8.contains(0)
            else {
                let got = SafetensorsHeader.quoted(value.text())
                problems.add("weight_map.\(SafetensorsHeader.quoted(name)): expected a file name, got \(got)")
                continue
            }
            shards[name] = shard
        }
        guard problems.isEmpty else { throw ModelFilesError(.malformed, path, problems) }
        return shards
    }
}

extension JSONValue {
    /// Reads one of a model directory's small JSON files.
    init(modelFile path: String, limit: Int) throws(ModelFilesError) {
        let bytes = try MappedFile.contents(of: path, limit: limit)
        do {
            self = try JSONValue(parsing: bytes, limits: JSONLimits(bytes: limit))
        } catch {
            throw ModelFilesError(.malformed, path, ["\(error)"])
        }
    }
}
