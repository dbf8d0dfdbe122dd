/// What a checkpoint holds of each part of its model, on disk.
public struct CheckpointInventory: Sendable, Equatable {
    public struct Line: Sendable, Equatable {
        public internal(set) var tensors = 0
        public internal(set) var parameters = 0
        public internal(set) var bytes = 0
    }

    /// Only the parts that the model has.
    public private(set) var parts: [ModelPart: Line] = [:]
    /// Bytes by the name of the element type, such as `BF16`.
    public private(set) var bytesOfType: [String: Int] = [:]

    public var parameters: Int { self.parts.values.reduce(0) { $0 + $1.parameters } }
    public var bytes: Int { self.parts.values.reduce(0) { $0 + $1.bytes } }

    mutating func add(_ entry: SafetensorsHeader.Entry, to part: ModelPart) {
        let parameters = entry.byteRange.count / entry.type.bytes
        self.add(parameters: parameters, bytes: entry.byteRange.count, type: entry.type.rawValue, to: part)
    }

    // The sums cannot overflow: the byte ranges do not overlap within files that exist.
    mutating func add(tensors: Int = 1, parameters: Int, bytes: Int, type: String, to part: ModelPart) {
        var line = self.parts[part] ?? Line()
        line.tensors += tensors
        line.parameters += parameters
        line.bytes += bytes
        self.parts[part] = line
        self.bytesOfType[type, default: 0] += bytes
    }
}
