import OrderedJSON
import TensorKernels

extension PackManifest {
    static let maximumBytes = 64 << 20
    /// Trunk, layers, companions: far more than any model has.
    static let maximumFiles = 8192
    static let kind = "dure-pack"

    var json: JSONValue {
        [
            "kind": .string(Self.kind),
            "version": .integer(Int64(PackLayout.version)),
            "format": .string(self.format.rawValue),
            "rounding": .string(self.rounding.rawValue),
            "source": .string(self.source),
            "experts": self.experts,
            "model": .object(self.configuration.json(element: .bf16)),
            "files": .array(self.files.map(\.json)),
            "tensors": .array(self.tensors.map(\.json)),
        ]
    }

    /// For other programs: model and format decide all of it.
    private var experts: JSONValue {
        [
            "layers": .array(self.sparseLayers.map { .integer(Int64($0)) }),
            "count": .integer(Int64(self.configuration.experts.routedCount)),
            "stride": .integer(Int64(self.recordLayout.stride)),
            "payload_bytes": .integer(Int64(self.recordLayout.payloadBytes)),
        ]
    }

    /// Reads a manifest, and checks all that it says against what its model and format call for.
    ///
    /// Whether the files are what it says is for others to see.
    ///
    /// - Parameters:
    ///   - json: What the file holds.
    ///   - subject: Its path, for errors.
    /// - Throws: ``ModelFilesError``: `unsupported` for another version or model, else `malformed`, with all problems.
    init(_ json: JSONValue, subject: String) throws(ModelFilesError) {
        guard let object = json.object, object["kind"]?.string == Self.kind else {
            throw ModelFilesError(.malformed, subject, ["expected a \(Self.kind), got another document"])
        }
        guard object["version"] == .integer(Int64(PackLayout.version)) else {
            let isNewer = object["version"]?.integer.map { $0 > PackLayout.version } ?? false
            let advice = isNewer ? "a newer dure made it" : "pack the checkpoint again"
            let problem = "version: expected \(PackLayout.version), got \(Self.shown(object["version"])); \(advice)"
            throw ModelFilesError(.unsupported, subject, [problem])
        }
        let model = try ConfigurationReader.read(object["model"] ?? .null, generation: nil, subject: subject)
        try model.checkPackable(subject: subject)
        var problems = ProblemList()
        let format = Self.choice(object, "format", PackedFormat.self, default: .int8, &problems)
        self.configuration = model
        self.format = format
        self.rounding = Self.choice(object, "rounding", PackedRounding.self, default: .nearest, &problems)
        self.source = object["source"]?.string ?? ""
        if !Self.isDigest(self.source) { problems.add("source: expected 64 hexadecimal digits, got something else") }
        self.files = Self.list(object, "files", limit: Self.maximumFiles, &problems) { File($0, &$1) }
        self.tensors = Self.list(object, "tensors", limit: 1 << 20, &problems) { Tensor($0, &$1) }
        if problems.isEmpty {
            self.checkExperts(object["experts"], &problems)
            self.checkFiles(&problems)
            self.checkTensors(&problems)
        }
        guard problems.isEmpty else { throw ModelFilesError(.malformed, subject, problems) }
    }

    private static func choice<Choice: RawRepresentable & CaseIterable>(
        _ object: JSONObject,
        _ name: String,
        _: Choice.Type,
        default placeholder: Choice,
        _ problems: inout ProblemList
    ) -> Choice where Choice.RawValue == String {
        if let choice = object[name]?.string.flatMap(Choice.init(rawValue:)) { return choice }
        let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        problems.add("\(name): expected one of \(names), got \(Self.shown(object[name]))")
        return placeholder
    }

    private static func list<Element>(
        _ object: JSONObject,
        _ name: String,
        limit: Int,
        _ problems: inout ProblemList,
        _ element: (JSONValue, inout ConfigurationFields) -> Element
    ) -> [Element] {
        guard let values = object[name]?.array, values.count <= limit else {
            problems.add("\(name): expected an array of at most \(limit), got \(Self.shown(object[name]))")
            return []
        }
        return values.enumerated().map { index, value in
            var fields = ConfigurationFields(value.object ?? [:], path: "\(name)[\(index)].")
            defer { problems.add(contentsOf: fields.problems) }
            return element(value, &fields)
        }
    }

    static func shown(_ value: JSONValue?) -> String {
        switch value {
        case nil: "nothing"
        case .array, .object: "an \(value?.kind ?? "")"
        case .some(let value): SafetensorsHeader.quoted(value.text())
        }
    }

    static func isDigest(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }
}

// MARK: What must fit

extension PackManifest {
    private func checkExperts(_ stated: JSONValue?, _ problems: inout ProblemList) {
        guard stated != self.experts else { return }
        let got = stated.map { SafetensorsHeader.quoted($0.text()) } ?? "nothing"
        problems.add("experts: expected \(SafetensorsHeader.quoted(self.experts.text())), got \(got)")
    }

    private func checkFiles(_ problems: inout ProblemList) {
        var names: Set<String> = []
        for file in self.files where !names.insert(file.name).inserted {
            problems.add("files: expected each name once, got \(SafetensorsHeader.quoted(file.name)) again")
        }
        let trunkBytes = self.tensors.last.map {
            PackLayout.roundedUp($0.byteOffset + $0.bytes, to: PackLayout.pageBytes)
        }
        var expected = [PackLayout.trunkFile: trunkBytes ?? 0]
        let expertBytes = self.recordLayout.byteOffset(ofExpert: self.configuration.experts.routedCount)
        for layer in self.sparseLayers { expected[PackLayout.expertFile(layer: layer)] = expertBytes }
        for (name, bytes) in expected.sorted(by: { $0.key < $1.key }) {
            guard let got = self.file(name)?.bytes else {
                problems.add("files: expected \(name), got nothing of this name")
                continue
            }
            if got != bytes { problems.add("files: expected \(bytes) bytes of \(name), got \(got)") }
        }
    }

    /// The trunk holds what the plan calls for, in its order, without overlaps.
    private func checkTensors(_ problems: inout ProblemList) {
        var remaining = self.tensors[...]
        var end = 0
        for planned in TrunkPlan(self.configuration).tensors {
            guard let tensor = remaining.first, tensor.name == planned.name else {
                if planned.isOptional { continue }
                let got = remaining.first.map { SafetensorsHeader.quoted($0.name) } ?? "nothing"
                return problems.add("tensors: expected \(planned.name), got \(got)")
            }
            remaining.removeFirst()
            if !planned.allows(tensor.type, in: self.format) {
                problems.add(
                    "\(tensor.name): expected another type in \(self.format.rawValue), got \(tensor.type.name)"
                )
            }
            if (tensor.rows, tensor.columns) != (planned.rows, planned.columns) {
                let shapes = ([planned.rows, planned.columns], [tensor.rows, tensor.columns])
                problems.add("\(tensor.name): expected shape \(shapes.0), got \(shapes.1)")
                return
            }
            if tensor.byteOffset != end {
                problems.add("\(tensor.name): expected byte_offset \(end), got \(tensor.byteOffset)")
                return
            }
            end = PackLayout.roundedUp(tensor.byteOffset + tensor.bytes, to: PackLayout.pageBytes)
        }
        if let extra = remaining.first {
            problems.add("tensors: expected no further one, got \(SafetensorsHeader.quoted(extra.name))")
        }
    }
}

// MARK: Elements

extension PackManifest.File {
    var json: JSONValue {
        ["name": .string(self.name), "bytes": .integer(Int64(self.bytes)), "sha256": .string(self.sha256)]
    }

    init(_ json: JSONValue, _ fields: inout ConfigurationFields) {
        self.name = json["name"]?.string ?? ""
        if !Self.isSafe(self.name) {
            fields.note("name", expected: "a file name inside the pack", got: json["name"])
        }
        self.bytes = fields.integer("bytes", in: 0...1 << 48)
        self.sha256 = json["sha256"]?.string ?? ""
        if !PackManifest.isDigest(self.sha256) {
            fields.note("sha256", expected: "64 hexadecimal digits", got: json["sha256"])
        }
    }

    /// Whether a name stays inside the pack: anything else would read files elsewhere at the manifest's word.
    static func isSafe(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return (1...2).contains(parts.count) && name.utf8.count <= 512
            && parts.allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") && $0.utf8.allSatisfy { $0 >= 32 && $0 != 127 } }
            && name != PackLayout.manifestFile
    }
}

extension PackManifest.Tensor {
    var json: JSONValue {
        [
            "name": .string(self.name), "type": .string(self.type.name),
            "shape": [.integer(Int64(self.rows)), .integer(Int64(self.columns))],
            "byte_offset": .integer(Int64(self.byteOffset)), "bytes": .integer(Int64(self.bytes)),
            "crc32c": .integer(Int64(self.checksum)),
        ]
    }

    init(_ json: JSONValue, _ fields: inout ConfigurationFields) {
        self.name = json["name"]?.string ?? ""
        if self.name.isEmpty { fields.note("name", expected: "a tensor's name", got: json["name"]) }
        let type = json["type"]?.string.flatMap(StoredType.init(name:))
        if type == nil { fields.note("type", expected: "a type of packs", got: json["type"]) }
        self.type = type ?? .plain(.f32)
        let shape = json["shape"]?.array?.compactMap { $0.integer.flatMap { Int(exactly: $0) } } ?? []
        let isShape = shape.count == 2 && shape.allSatisfy { 1...(1 << 40) ~= $0 } && shape[1] <= 1 << 24
        if !isShape { fields.note("shape", expected: "rows and columns", got: json["shape"]) }
        (self.rows, self.columns) = isShape ? (shape[0], shape[1]) : (1, 1)
        self.byteOffset = fields.integer("byte_offset", in: 0...1 << 48)
        self.checksum = UInt32(fields.integer("crc32c", in: 0...Int(UInt32.max)))
        // Of a shape that is too large the bytes are not even computed.
        if isShape, self.rows > (1 << 48) / self.columns {
            fields.note("shape", expected: "a tensor that fits a file", got: json["shape"])
            (self.rows, self.columns) = (1, 1)
        }
        let bytes = fields.integer("bytes", in: 0...1 << 60)
        if fields.problems.isEmpty, bytes != self.bytes {
            fields.note("bytes", expected: "\(self.bytes) for \(self.type.name)", got: json["bytes"])
        }
    }
}

extension ModelConfiguration {
    /// Whether the integer products' sums fit their type at this model's sizes.
    ///
    /// - Parameter subject: The path, for errors.
    /// - Throws: ``ModelFilesError`` with code `unsupported`, naming each size that is too large.
    func checkPackable(subject: String) throws(ModelFilesError) {
        let most = PackedFormat.maximumColumns
        var problems = ProblemList()
        for tensor in TrunkPlan(self).tensors where tensor.treatment == .packed && tensor.columns > most {
            problems.add("\(tensor.name): expected at most \(most) inputs, got \(tensor.columns)")
        }
        for (name, size) in [
            ("hidden_size", self.hiddenSize), ("moe_intermediate_size", self.experts.intermediateSize),
        ]
        where size > most {
            problems.add("\(name): expected at most \(most), got \(size)")
        }
        guard problems.isEmpty else { throw ModelFilesError(.unsupported, subject, problems) }
    }
}
