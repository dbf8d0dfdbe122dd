import OrderedJSON
import ServingCore
import TensorKernels

@testable import ModelFiles

/// A model of `Tests/Fixtures/models` and what the reference implementation computes for it.
struct GoldenModel {
    static let names = [
        "axk1-default", "axk1-release", "axk1-yarn-all-dim", "axk1-yarn-mscale", "axk1-tied", "axk1-odd-sizes",
        "axk1-two-dense", "axk1-layer-frequency", "deepseek-v3", "deepseek-v3-plain-query", "deepseek-v3-fused",
    ]
    static let root =
        #filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 } + "/Fixtures/models"

    struct Case {
        let name: String
        let prompt: [TokenID]
        /// What greedy decoding goes on with; an end-of-sequence token does not stop it.
        let greedy: [TokenID]
    }

    let checkpoint: Checkpoint
    let cases: [Case]
    let sparseLayers: [Int]
    private let file: MappedFile
    private let header: SafetensorsHeader

    init(_ name: String) throws {
        let folder = Self.root + "/" + name
        self.checkpoint = try Checkpoint.open(directory: folder)
        let json = try Self.json(folder + "/cases.json")
        self.sparseLayers = Self.integers(json["sparse_layers"]).map { Int($0) }
        self.cases = (json["cases"]?.array ?? []).map { entry in
            Case(
                name: entry["name"]?.string ?? "",
                prompt: Self.integers(entry["prompt"]).map { TokenID($0) },
                greedy: Self.integers(entry["greedy"]).map { TokenID($0) }
            )
        }
        let file = try MappedFile(path: folder + "/golden.safetensors")
        self.file = file
        self.header = try SafetensorsHeader(subject: name, fileBytes: file.bytes) { file.copy($0) }
    }

    static func json(_ path: String) throws -> JSONValue {
        try JSONValue(parsing: MappedFile.contents(of: path, limit: 1 << 20))
    }

    private static func integers(_ value: JSONValue?) -> [Int64] { value?.array?.compactMap(\.integer) ?? [] }

    /// A golden tensor's values; its leading dimension counts rows of the last two.
    func golden(_ golden: Case, _ tensor: String) throws -> [Float] {
        let name = "\(golden.name).\(tensor)"
        guard let entry = self.header.entries.first(where: { $0.name == name }) else {
            throw ModelFilesError(.mismatch, name, ["expected a golden tensor, got none"])
        }
        let bytes = self.file.copy(entry.byteRange)
        return stride(from: 0, to: bytes.count, by: 4).map { start in
            Float(bitPattern: bytes[start..<start + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
        }
    }
}
