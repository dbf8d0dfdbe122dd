import OrderedJSON
import Testing

@Suite("JSON parsing")
struct JSONParserTests {
    private func code(_ text: String, limits: JSONLimits = JSONLimits()) -> JSONError.Code? {
        self.code(Array(text.utf8), limits: limits)
    }

    private func code(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) -> JSONError.Code? {
        do {
            _ = try JSONValue(parsing: bytes, limits: limits)
            return nil
        } catch {
            return error.code
        }
    }

    @Test(
        "accepts what RFC 8259 defines",
        arguments: [
            ("null", .null), ("true", .bool(true)), ("false", .bool(false)), (" \t\r\n0 \n", .integer(0)),
            ("-0", .integer(0)), ("-12", .integer(-12)), ("9223372036854775807", .integer(.max)),
            ("-9223372036854775808", .integer(.min)), ("1.0", .double(1)), ("1e2", .double(100)),
            ("1E+2", .double(100)), ("25e-1", .double(2.5)), ("-0.0", .double(-0.0)),
            ("9223372036854775808", .double(9_223_372_036_854_775_808)), ("1e-400", .double(0)),
            ("1.7976931348623157e308", .double(.greatestFiniteMagnitude)), (#""""#, .string("")),
            (#""a\"\\\/\b\f\n\r\tz""#, .string("a\"\\/\u{8}\u{c}\n\r\tz")), (#""\u00e9\uD55c""#, .string("é한")),
            (#""\ud83d\ude00""#, .string("😀")), ("\"😀\u{7f}\u{2028}\"", .string("😀\u{7f}\u{2028}")),
            (#""\u0000""#, .string("\0")), ("[]", []), ("[1,[2]]", [1, [2]]), ("{}", [:]),
            (#"{"":0,"a":{"b":null}}"#, ["": 0, "a": ["b": nil]]), ("[ 1 , 2 ]", [1, 2]),
            ("{ \"a\" : 1 , \"b\" : 2 }", ["a": 1, "b": 2]),
        ] as [(String, JSONValue)]
    )
    func accepts(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == value)
    }

    @Test(
        "refuses what RFC 8259 does not define",
        arguments: [
            "", " ", "nul", "nulL", "True", "NaN", "Infinity", "-Infinity", "-", "+1", "01", "-01", "1.", ".5", "1.e2",
            "1e", "1e+", "0x10", "1_000", "--1", "1 2", "[1,]", "[,1]", "[1 2]", "[1", "]", "[1}", "{\"a\":1,}",
            "{,}", "{\"a\"}", "{\"a\":}", "{\"a\" 1}", "{a:1}", "{'a':1}", "{\"a\":1 \"b\":2}", "{1:2}", "{\"a\":1",
            "\"", "\"a", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\u００００\"", "\"\n\"", "\"\t\"", "\"\u{1f}\"",
            "// c\n1", "/* c */ 1", "1 // c", "\u{feff}1", "'a'", "undefined", "[1]]", "{}{}", "\u{a0}1", "1\u{0}",
        ]
    )
    func refuses(text: String) {
        #expect(self.code(text) == .malformed, "\(text)")
    }

    @Test("names the byte at which a text stops being acceptable")
    func byteOffset() {
        let cases: [(String, Int)] = [("[1,]", 3), ("{\"a\":1 x}", 7), ("[\"한\" x]", 7), ("[1", 2), ("\"a\\q\"", 3)]
        for (text, byteOffset) in cases {
            #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
            do {
                _ = try JSONValue(parsing: text)
            } catch {
                #expect(error.byteOffset == byteOffset, "\(text): \(error)")
            }
        }
    }

    @Test(
        "refuses half of a surrogate pair",
        arguments: [
            #""\ud83d""#, #""\ude00""#, #""\ud83d\u0041""#, #""\ud83dx""#, #""\ude00\ud83d""#, #""\ud83d\ud83d""#,
        ]
    )
    func surrogates(text: String) {
        #expect(self.code(text) == .invalidText)
    }

    @Test(
        "refuses bytes that are not UTF-8",
        arguments: [
            [0x80], [0xC0, 0x80], [0xC3], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF],
            [0xF0, 0x9F, 0x98],
        ] as [[UInt8]]
    )
    func invalidUTF8(bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        #expect(self.code([quote] + bytes + [quote]) == .invalidText)
        #expect(self.code(Array(#"{"a\n"#.utf8) + bytes + Array("\":1}".utf8)) == .invalidText)
        // Outside of a string they are no token at all.
        #expect(self.code(bytes) == .malformed)
    }

    @Test("refuses a key that stands twice, told apart by bytes")
    func duplicateKeys() throws {
        #expect(self.code(#"{"a":1,"b":2,"a":1}"#) == .duplicateKey)
        #expect(self.code(#"{"a":1,"\u0061":2}"#) == .duplicateKey)
        let many = (0..<40).map { "\"k\($0)\":0" }.joined(separator: ",")
        #expect(self.code("{\(many),\"k3\":1}") == .duplicateKey)
        #expect(self.code("{\(many),\"k\":1}") == nil)
        let composed = try JSONValue(parsing: "{\"\u{e9}\":1,\"e\u{301}\":2}")
        #expect(composed.object?.count == 2)
        #expect(composed["\u{e9}"] == 1)
        #expect(composed["e\u{301}"] == 2)
    }

    @Test(
        "refuses numbers that a double cannot hold",
        arguments: ["1e999", "-1e999", "1e309", "1" + String(repeating: "0", count: 400)]
    )
    func range(text: String) {
        #expect(self.code(text) == .numberOutOfRange)
    }

    @Test("bounds depth and size, so that no text exhausts the stack")
    func limits() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(self.code(deep) == .tooDeep)
        #expect(self.code(String(repeating: "{\"a\":", count: 100_000)) == .tooDeep)
        let three = JSONLimits(depth: 3)
        #expect(self.code("[[[]]]", limits: three) == nil)
        #expect(self.code("[[[[]]]]", limits: three) == .tooDeep)
        // Depth is what is open, not how much there is.
        #expect(self.code("[[],[],[],[[]]]", limits: three) == nil)
        #expect(self.code("[1,2]", limits: JSONLimits(bytes: 5)) == nil)
        #expect(self.code("[1,2]", limits: JSONLimits(bytes: 4)) == .tooLarge)
    }

    @Test("reads a megabyte of digits, of text and of members in a moment")
    func large() throws {
        #expect(self.code(String(repeating: "9", count: 1 << 20)) == .numberOutOfRange)
        let text = String(repeating: "가", count: 300_000)
        #expect(try JSONValue(parsing: "\"\(text)\"").string?.count == 300_000)
        let members = (0..<50_000).map { "\"k\($0)\":\($0)" }.joined(separator: ",")
        let object = try JSONValue(parsing: "{\(members)}").object
        #expect(object?.count == 50_000)
        #expect(object?["k49999"] == 49_999)
    }
}
