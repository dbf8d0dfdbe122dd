import OrderedJSON

/// The directory at the start of a safetensors file: eight bytes of little-endian length, then that much JSON.
///
/// A file is outside input. Whatever it says is checked against the file's true size before anything uses it: names
/// stand once, products do not overflow, and the tensors tile the data exactly, without a gap or an overlap.
struct SafetensorsHeader: Sendable {
    struct Entry: Sendable, Equatable {
        var name: String
        var type: TensorType
        var shape: [Int]
        /// Where the elements are in the file.
        var byteRange: Range<Int>
    }

    /// The format's own bound.
    static let maximumJSONBytes = 100_000_000
    /// Bounds what a hostile header can make the parser allocate: a tensor has about eight, A.X K1 has 35,416 tensors.
    static let maximumSeparators = 8_000_000

    /// In the order of their data.
    let entries: [Entry]

    /// Reads the header of a file of `fileBytes` bytes, of which `read` returns any range within them.
    ///
    /// - Throws: ``ModelFilesError`` with code `malformed`, naming all that is wrong with the tensors.
    init(subject: String, fileBytes: Int, read: (Range<Int>) -> [UInt8]) throws(ModelFilesError) {
        guard fileBytes >= 8 else {
            throw Self.malformed(subject, "expected at least 8 bytes of header length, got \(fileBytes)")
        }
        let length = read(0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(Self.maximumJSONBytes) else {
            throw Self.malformed(subject, "expected a header of at most \(Self.maximumJSONBytes) bytes, got \(length)")
        }
        let dataStart = 8 + Int(length)
        guard dataStart <= fileBytes else {
            throw Self.malformed(
                subject,
                "expected a header of \(length) bytes, got a file that ends after \(fileBytes - 8) of them"
            )
        }
        let members = try Self.members(subject, read(8..<dataStart))
        self.entries = try Self.entries(subject, members, data: dataStart..<fileBytes)
    }

    private static func members(_ subject: String, _ json: [UInt8]) throws(ModelFilesError) -> JSONObject {
        let separators = json.reduce(0) { $1 == UInt8(ascii: ",") ? $0 + 1 : $0 }
        guard separators <= Self.maximumSeparators else {
            throw Self.malformed(subject, "expected at most \(Self.maximumSeparators) commas, got \(separators)")
        }
        let value: JSONValue
        do {
            value = try JSONValue(parsing: json, limits: JSONLimits(bytes: Self.maximumJSONBytes, depth: 8))
        } catch {
            throw Self.malformed(subject, "the header is not JSON: \(error)")
        }
        guard let members = value.object else {
            throw Self.malformed(subject, "expected an object as header, got \(value.kind)")
        }
        return members
    }

    private static func entries(
        _ subject: String,
        _ members: JSONObject,
        data: Range<Int>
    ) throws(ModelFilesError) -> [Entry] {
        var entries: [Entry] = []
        var problems = ProblemList()
        for (name, value) in members {
            if name == "__metadata__" {
                let isText = value.object?.allSatisfy { $0.value.string != nil } ?? false
                if !isText { problems.add("__metadata__: expected an object of strings, got another value") }
                continue
            }
            do {
                entries.append(try Self.entry(name, value, data: data))
            } catch {
                problems.add("\(Self.quoted(name)): \(error.message)")
            }
        }
        entries.sort {
            ($0.byteRange.lowerBound, $0.byteRange.upperBound) < ($1.byteRange.lowerBound, $1.byteRange.upperBound)
        }
        if problems.isEmpty { Self.checkTiling(entries, data: data, &problems) }
        guard problems.isEmpty else { throw ModelFilesError(.malformed, subject, problems) }
        return entries
    }

    private struct EntryProblem: Error {
        var message: String
    }

    private static func entry(_ name: String, _ value: JSONValue, data: Range<Int>) throws(EntryProblem) -> Entry {
        guard let typeName = value["dtype"]?.string else {
            throw EntryProblem(message: "expected a `dtype`, got \(value["dtype"]?.kind ?? "nothing")")
        }
        guard let type = TensorType(rawValue: typeName) else {
            let known = TensorType.allCases.map(\.rawValue).joined(separator: ", ")
            throw EntryProblem(message: "dtype: expected one of \(known), got \(Self.quoted(typeName))")
        }
        let shape = try Self.integers(value["shape"], "shape")
        let span = try Self.integers(value["data_offsets"], "data_offsets")
        guard span.count == 2, span[0] <= span[1], span[1] <= data.count else {
            throw EntryProblem(
                message: "data_offsets: expected a begin and an end within \(data.count) bytes, got \(Self.list(span))"
            )
        }
        var bytes = type.bytes
        for size in shape {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
            guard !overflow else { throw EntryProblem(message: "shape: \(Self.list(shape)) is larger than memory") }
            bytes = product
        }
        guard bytes == span[1] - span[0] else {
            throw EntryProblem(
                message: "expected \(bytes) bytes for \(type.rawValue) \(Self.list(shape)), got \(span[1] - span[0])"
            )
        }
        let range = data.lowerBound + span[0]..<data.lowerBound + span[1]
        return Entry(name: name, type: type, shape: shape, byteRange: range)
    }

    private static func integers(_ value: JSONValue?, _ field: String) throws(EntryProblem) -> [Int] {
        guard let elements = value?.array else {
            throw EntryProblem(message: "\(field): expected an array, got \(value?.kind ?? "nothing")")
        }
        guard elements.count <= 16 else {
            throw EntryProblem(message: "\(field): expected at most 16 numbers, got \(elements.count)")
        }
        var integers: [Int] = []
        for element in elements {
            guard case .integer(let integer) = element, integer >= 0 else {
                throw EntryProblem(message: "\(field): expected integers from 0 on, got \(element.text().prefix(40))")
            }
            integers.append(Int(integer))
        }
        return integers
    }

    private static func checkTiling(_ entries: [Entry], data: Range<Int>, _ problems: inout ProblemList) {
        var end = data.lowerBound
        for entry in entries {
            if entry.byteRange.lowerBound != end {
                let what = entry.byteRange.lowerBound > end ? "a gap" : "an overlap"
                problems.add(
                    "\(Self.quoted(entry.name)): expected data at byte \(end), got \(entry.byteRange.lowerBound): \(what)"
                )
            }
            end = max(end, entry.byteRange.upperBound)
        }
        if end != data.upperBound {
            problems.add("expected tensors up to byte \(data.upperBound), the file's end, got \(end)")
        }
    }

    /// A name from outside as it may stand in a message: bounded, and without control characters.
    static func quoted(_ name: String) -> String {
        let shown = name.unicodeScalars.prefix(200).map { $0.properties.generalCategory == .control ? "?" : String($0) }
        return shown.joined() + (name.unicodeScalars.count > 200 ? "…" : "")
    }

    static func list(_ numbers: [Int]) -> String { "[" + numbers.map(String.init).joined(separator: ", ") + "]" }

    private static func malformed(_ subject: String, _ problem: String) -> ModelFilesError {
        ModelFilesError(.malformed, subject, [problem])
    }
}
