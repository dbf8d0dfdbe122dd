import OrderedJSON
public import TensorKernels

/// What a tensor in a safetensors file is called and looks like.
public struct TensorDescription: Sendable, Equatable {
    public var name: String
    public var element: ElementType
    public var shape: [Int]

    public init(name: String, element: ElementType, shape: [Int]) {
        self.name = name
        self.element = element
        self.shape = shape
    }

    var elementCount: Int { self.shape.reduce(1, *) }
    var bytes: Int { self.elementCount * self.element.bytes }
}

/// Writes a safetensors file as its values are made.
///
/// The tensors are declared first, which fixes the header; their values follow in that order, in pieces of any length.
/// The file appears under its name only when `finish()` has made it whole and durable.
public struct SafetensorsWriter: ~Copyable {
    private let tensors: [TensorDescription]
    private var file: PendingFile
    /// The tensor that the next value belongs to, and how many it has.
    private var current = 0
    private var filled = 0

    /// Begins a file.
    ///
    /// - Parameters:
    ///   - path: Where the file will appear. A file of that name is replaced at the end.
    ///   - tensors: In the order in which values will be appended. Names are unique.
    ///   - metadata: Free text, readable without the data.
    /// - Throws: ``ModelFilesError`` with code `unwritable`.
    public init(
        path: String,
        tensors: [TensorDescription],
        metadata: [String: String] = [:]
    ) throws(ModelFilesError) {
        self.tensors = tensors
        var file = try PendingFile(path: path)
        try file.write(Self.header(tensors, metadata))
        self.file = file
        self.skipFilled()
    }

    private static func header(_ tensors: [TensorDescription], _ metadata: [String: String]) -> [UInt8] {
        var members = JSONObject()
        if !metadata.isEmpty {
            let texts = metadata.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
            members["__metadata__"] = .object(JSONObject(texts))
        }
        var end: Int64 = 0
        for tensor in tensors {
            precondition(members[tensor.name] == nil && tensor.name != "__metadata__", "\(tensor.name) declared twice")
            let start = end
            end += Int64(tensor.bytes)
            members[tensor.name] = [
                "dtype": .string(tensor.element.safetensorsName),
                "shape": .array(tensor.shape.map { .integer(Int64($0)) }),
                "data_offsets": [.integer(start), .integer(end)],
            ]
        }
        var json = JSONValue.object(members).serialized()
        // Padded so that the data is aligned for every element type.
        json += [UInt8](repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8)
        return (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) } + json
    }

    /// Appends values, rounded to the type of the tensors that they fall into; blocks on the disk.
    ///
    /// - Throws: ``ModelFilesError`` with code `unwritable`.
    public mutating func append(_ values: [Float]) throws(ModelFilesError) {
        var start = 0
        while start < values.count {
            precondition(self.current < self.tensors.count, "more values than the tensors declared")
            let tensor = self.tensors[self.current]
            let count = min(values.count - start, tensor.elementCount - self.filled)
            try self.file.write(tensor.element.encoded(count: count) { values[start + $0] })
            start += count
            self.advance(by: count)
        }
    }

    /// Appends elements that are encoded already and belong to one tensor.
    mutating func append(encoded bytes: [UInt8]) throws(ModelFilesError) {
        let size = self.tensors[self.current].element.bytes
        precondition(bytes.count.isMultiple(of: size), "expected whole elements")
        precondition(bytes.count / size <= self.tensors[self.current].elementCount - self.filled, "too many elements")
        try self.file.write(bytes)
        self.advance(by: bytes.count / size)
    }

    private mutating func advance(by count: Int) {
        self.filled += count
        self.skipFilled()
    }

    private mutating func skipFilled() {
        while self.current < self.tensors.count, self.filled == self.tensors[self.current].elementCount {
            self.current += 1
            self.filled = 0
        }
    }

    /// Makes the file appear.
    ///
    /// Every declared value must have been appended.
    ///
    /// - Throws: ``ModelFilesError`` with code `unwritable`.
    public consuming func finish() throws(ModelFilesError) {
        precondition(self.current == self.tensors.count, "\(self.tensors.count - self.current) tensors lack values")
        try self.file.publish()
    }
}
