import OrderedJSON
import Testing

@Suite("JSON values")
struct JSONValueTests {
    @Test("keeps the order of members and the difference between 1 and 1.0")
    func order() throws {
        let text = #"{"z":1,"a":1.0,"m":[{"y":null,"b":true}],"é":"\n"}"#
        let value = try JSONValue(parsing: text)
        #expect(value.object?.keys == ["z", "a", "m", "é"])
        #expect(value.text() == text)
        #expect(value["z"] == .integer(1))
        #expect(value["a"] == .double(1))
    }

    @Test("two objects are equal in any order of members, and hash alike")
    func equality() {
        let one: JSONValue = ["a": 1, "b": [true, nil]]
        let other: JSONValue = ["b": [true, nil], "a": 1]
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
        #expect(one != ["a": 1])
        #expect(one != ["a": 1, "b": [nil, true]])
        #expect(JSONValue.integer(1) != .double(1))
    }

    @Test("setting a member keeps its place, removing one closes the gap")
    func members() {
        var object: JSONObject = ["a": 1, "b": 2, "c": 3]
        object["b"] = 20
        object["d"] = 4
        object["a"] = nil
        object["x"] = nil
        #expect(object.keys == ["b", "c", "d"])
        #expect(object["b"] == 20)
        #expect(object["a"] == nil)
    }

    @Test("finds members on both sides of the size from which it keeps an index")
    func index() {
        var object = JSONObject()
        for number in 0..<60 {
            object["k\(number)"] = .integer(Int64(number))
            for earlier in 0...number { #expect(object["k\(earlier)"] == .integer(Int64(earlier))) }
        }
        for number in stride(from: 59, through: 0, by: -1) {
            object["k\(number)"] = nil
            #expect(object["k\(number)"] == nil)
            #expect(object.count == number)
            if number > 0 { #expect(object["k\(number - 1)"] == .integer(Int64(number - 1))) }
        }
    }

    @Test("an integer is one however it is written, a boolean never")
    func numbers() {
        #expect(JSONValue.double(4).integer == 4)
        #expect(JSONValue.double(4.5).integer == nil)
        #expect(JSONValue.double(1e300).integer == nil)
        #expect(JSONValue.integer(4).double == 4)
        #expect(JSONValue.bool(true).integer == nil)
        #expect(JSONValue.string("4").integer == nil)
    }

    @Test("writes numbers that read back as the same, and null for what JSON has no number for")
    func literals() throws {
        for number in [0.1, 1.0 / 3, .leastNonzeroMagnitude, 1.7976931348623157e308, -0.0, 1e21, 123_456_789.125, 1e-7]
        {
            let text = JSONValue.double(number).text()
            #expect(try JSONValue(parsing: text).double?.bitPattern == number.bitPattern, "\(text)")
        }
        #expect(JSONValue.double(.nan).text() == "null")
        #expect(JSONValue.double(.infinity).text() == "null")
        #expect(JSONValue.integer(.min).text() == "-9223372036854775808")
    }

    @Test("escapes what a string must not hold, and nothing else")
    func escapes() {
        #expect(
            JSONValue.string("\"\\/\u{8}\u{c}\n\r\t\0\u{1f}\u{7f}한😀\u{2028}").text()
                == "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\u{7f}한😀\u{2028}\""
        )
    }

    @Test("lays out for people and for records")
    func styles() {
        let value: JSONValue = ["a": [1, 2], "b": [:], "c": []]
        #expect(value.text() == #"{"a":[1,2],"b":{},"c":[]}"#)
        #expect(value.text(JSONStyle(space: " ")) == #"{"a": [1, 2], "b": {}, "c": []}"#)
        #expect(value.text(.pretty) == "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {},\n  \"c\": []\n}")
    }
}
