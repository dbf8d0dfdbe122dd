import OrderedJSON

/// What tells one model from another: the digest that a completion's `system_fingerprint` carries.
///
/// Covers `config.json` as values (not its spacing), the end-of-sequence tokens in force, and every tensor's name,
/// type, shape, shard and byte range. Of the data it covers all where that is at most `wholeDataBytes`, and else one
/// page from the middle of each of at most `sampledTensors` tensors, evenly spread over the sorted names. Hashing a
/// terabyte would take the better part of an hour at every start; four mebibytes take a moment, and a fine-tune changes
/// nearly every tensor, so the sample tells it from its base. This is identity, not integrity: a flipped bit elsewhere in a
/// large file passes unseen.
enum CheckpointDigest {
    static let wholeDataBytes = 64 << 20
    static let sampledTensors = 1024
    static let sampleBytes = 4096
    private static let chunkBytes = 1 << 20

    static func of(_ json: JSONValue, _ configuration: ModelConfiguration, _ tensors: TensorDirectory) -> String {
        var hash = SHA256()
        hash.update("dure-checkpoint-1")
        hash.update(json.text())
        hash.update(configuration.endOfSequenceTokens.map(String.init).joined(separator: ","))
        // By bytes: Swift's order of strings could change with Unicode's tables.
        let locations = tensors.names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.compactMap { tensors[$0] }
        for location in locations {
            let entry = location.entry
            hash.update(entry.name)
            let range = "\(location.shard):\(entry.byteRange.lowerBound)-\(entry.byteRange.upperBound)"
            hash.update("\(entry.type.rawValue) \(SafetensorsHeader.list(entry.shape)) \(range)")
        }
        let dataBytes = locations.reduce(0) { $0 + $1.entry.byteRange.count }
        if dataBytes <= Self.wholeDataBytes {
            for location in locations { Self.update(&hash, location.file, location.entry.byteRange) }
        } else {
            let stride = max(1, (locations.count + Self.sampledTensors - 1) / Self.sampledTensors)
            for index in Swift.stride(from: 0, to: locations.count, by: stride) {
                let range = locations[index].entry.byteRange
                let middle = range.lowerBound + range.count / 2
                Self.update(&hash, locations[index].file, middle..<min(range.upperBound, middle + Self.sampleBytes))
            }
        }
        return hash.finish()
    }

    private static func update(_ hash: inout SHA256, _ file: MappedFile, _ byteRange: Range<Int>) {
        for start in Swift.stride(from: byteRange.lowerBound, to: byteRange.upperBound, by: Self.chunkBytes) {
            hash.update(file.copy(start..<min(byteRange.upperBound, start + Self.chunkBytes)))
        }
    }
}
