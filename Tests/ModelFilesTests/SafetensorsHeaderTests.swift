import Testing

@testable import ModelFiles

extension SafetensorsHeader {
    /// The header of a file that is in memory.
    init(file: [UInt8]) throws(ModelFilesError) {
        try self.init(subject: "memory", fileBytes: file.count) { Array(file[$0]) }
    }
}

/// A safetensors file of a given header text and that many bytes of data.
func safetensorsFile(_ json: String, dataBytes: Int = 0) -> [UInt8] {
    safetensorsFile(Array(json.utf8), dataBytes: dataBytes)
}

func safetensorsFile(_ json: [UInt8], dataBytes: Int = 0) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) } + json
        + [UInt8](repeating: 7, count: dataBytes)
}

@Suite("SafetensorsHeader")
struct SafetensorsHeaderTests {
    @Test("reads tensors in the order of their data, with ranges in the file")
    func reads() throws {
        let json = """
            {"__metadata__":{"format":"pt"},"b":{"dtype":"BF16","shape":[2,3],"data_offsets":[4,16]},\
            "a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"c":{"dtype":"I64","shape":[0,9],"data_offsets":[16,16]}}
            """
        let header = try SafetensorsHeader(file: safetensorsFile(json, dataBytes: 16))
        let start = 8 + json.utf8.count
        #expect(
            header.entries == [
                .init(name: "a", type: .f32, shape: [], byteRange: start..<start + 4),
                .init(name: "b", type: .bf16, shape: [2, 3], byteRange: start + 4..<start + 16),
                .init(name: "c", type: .i64, shape: [0, 9], byteRange: start + 16..<start + 16),
            ]
        )
    }

    @Test("accepts spaces after the header's JSON, as the format's padding")
    func padding() throws {
        #expect(try SafetensorsHeader(file: safetensorsFile("{}      ")).entries.isEmpty)
    }

    static let malformed: [(json: String, dataBytes: Int, problem: String)] = [
        ("[]", 0, "expected an object as header, got array"),
        ("", 0, "the header is not JSON: unexpected end of the text at byte 0"),
        (#"{"a":1,}"#, 0, "the header is not JSON: expected a key in double quotes at byte 7"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 0, "expected a begin and an end within 0 bytes"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 5, "expected tensors up to byte 67"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "expected 8 bytes for F32 [2], got 4"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, "expected a begin and an end within 4 bytes"),
        (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "shape: expected integers from 0 on, got -1"),
        (#"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, 4, "expected integers from 0 on, got 1.0"),
        (#"{"a":{"dtype":"F32","shape":[1e99],"data_offsets":[0,4]}}"#, 4, "expected integers from 0 on"),
        (#"{"a":{"dtype":"F32","shape":"1","data_offsets":[0,4]}}"#, 4, "shape: expected an array, got string"),
        (#"{"a":{"dtype":"F32","data_offsets":[0,4]}}"#, 4, "shape: expected an array, got nothing"),
        (#"{"a":{"dtype":"F32","shape":[1]}}"#, 4, "data_offsets: expected an array, got nothing"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}"#, 8, "expected a begin and an end"),
        (#"{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}"#, 4, "dtype: expected one of BOOL, U8"),
        (#"{"a":{"dtype":32,"shape":[1],"data_offsets":[0,4]}}"#, 4, "expected a `dtype`, got integer"),
        (#"{"a":{"shape":[1],"data_offsets":[0,4]}}"#, 4, "expected a `dtype`, got nothing"),
        (#"{"a":7}"#, 4, "expected a `dtype`, got nothing"),
        (#"{"__metadata__":{"a":1}}"#, 0, "__metadata__: expected an object of strings"),
        (#"{"__metadata__":"a"}"#, 0, "__metadata__: expected an object of strings"),
        (
            #"{"a":{"dtype":"F32","shape":[4294967296,4294967296,2],"data_offsets":[0,4]}}"#, 4,
            "shape: [4294967296, 4294967296, 2] is larger than memory"
        ),
        (
            #"{"a":{"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]}}"#, 4,
            "expected a begin and an end within 4 bytes"
        ),
        (
            #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}"#,
            6, "b: expected data at byte 117, got 115: an overlap"
        ),
        (
            #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[1],"data_offsets":[5,6]}}"#,
            6, "b: expected data at byte 117, got 118: a gap"
        ),
        (
            #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#,
            2, "duplicate key `a`"
        ),
        (
            #"{"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}}"#, 1,
            "shape: expected at most 16 numbers, got 17"
        ),
        (String(repeating: "[", count: 5000), 0, "nested deeper than 8 levels"),
    ]

    @Test("refuses a header that lies or is not what the format says", arguments: Self.malformed)
    func refuses(json: String, dataBytes: Int, problem: String) {
        let file = safetensorsFile(json, dataBytes: dataBytes)
        let error = #expect(throws: ModelFilesError.self) { try SafetensorsHeader(file: file) }
        #expect(error?.code == .malformed)
        #expect(error?.message.contains(problem) == true, "\(error?.message ?? "")")
    }

    @Test("refuses a length that the file or the format does not allow")
    func refusesLength() {
        let cases: [([UInt8], String)] = [
            ([], "expected at least 8 bytes of header length, got 0"),
            ([2, 0, 0, 0, 0, 0, 0], "expected at least 8 bytes of header length, got 7"),
            ([2, 0, 0, 0, 0, 0, 0, 0, 0x7B], "expected a header of 2 bytes, got a file that ends after 1 of them"),
            ([1, 0xE1, 0xF5, 5, 0, 0, 0, 0], "expected a header of at most 100000000 bytes, got 100000001"),
            ([UInt8](repeating: 0xFF, count: 9), "at most 100000000 bytes, got 18446744073709551615"),
        ]
        for (file, problem) in cases {
            let error = #expect(throws: ModelFilesError.self) { try SafetensorsHeader(file: file) }
            #expect(error?.message.contains(problem) == true, "\(error?.message ?? "")")
        }
    }

    @Test("refuses a name that is not UTF-8")
    func refusesInvalidText() {
        let json = Array(#"{"a"#.utf8) + [0xFF] + Array(#"":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#.utf8)
        let error = #expect(throws: ModelFilesError.self) {
            try SafetensorsHeader(file: safetensorsFile(json, dataBytes: 1))
        }
        #expect(error?.message.contains("a string is not valid UTF-8") == true)
    }

    @Test("bounds what a header full of commas may allocate")
    func boundsSeparators() {
        let json = "[" + String(repeating: "0,", count: SafetensorsHeader.maximumSeparators + 1) + "0]"
        let error = #expect(throws: ModelFilesError.self) { try SafetensorsHeader(file: safetensorsFile(json)) }
        #expect(error?.message.contains("expected at most 8000000 commas, got 8000001") == true)
    }

    @Test("names several wrong tensors at once, and not more than its bound")
    func manyProblems() {
        let entries = (0..<100).map { #""t\#($0)":{"dtype":"F32","shape":[1],"data_offsets":[0,3]}"# }
        let file = safetensorsFile("{" + entries.joined(separator: ",") + "}", dataBytes: 4)
        let error = #expect(throws: ModelFilesError.self) { try SafetensorsHeader(file: file) }
        #expect(error?.problems.count == ProblemList.limit + 1)
        #expect(error?.problems.last == "and 60 more")
    }
}
