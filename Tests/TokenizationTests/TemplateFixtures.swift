import Foundation
import OrderedJSON
import Testing

@testable import Tokenization

/// What the reference says of a template: a text, or at which stage it fails.
enum TemplateAnswer: Equatable, CustomStringConvertible {
    case text(String)
    case syntax
    case runtime
    case raised(String)

    /// As the generator writes it.
    init(_ json: JSONValue) throws {
        switch json["e"]?.string {
        case nil: self = .text(try #require(json["o"]?.string))
        case "syntax": self = .syntax
        case "raised": self = .raised(try #require(json["m"]?.string))
        default: self = .runtime
        }
    }

    /// What this program says.
    init(rendering source: String, _ context: JSONObject) {
        do {
            let template = try ChatTemplate(source: source)
            do {
                self = .text(try template.render(context, now: TemplateFixtures.now))
            } catch {
                if case .raised(let message) = error.code { self = .raised(message) } else { self = .runtime }
            }
        } catch {
            self = .syntax
        }
    }

    static func == (lhs: Self, rhs: Self) -> Bool {
        switch (lhs, rhs) {
        case (.text(let lhs), .text(let rhs)), (.raised(let lhs), .raised(let rhs)): lhs.isSame(as: rhs)
        case (.syntax, .syntax), (.runtime, .runtime): true
        default: false
        }
    }

    var description: String {
        switch self {
        case .text(let text): text.debugDescription
        case .syntax: "refused when read"
        case .runtime: "failed when rendered"
        case .raised(let message): "raised \(message.debugDescription)"
        }
    }
}

/// The templates and the reference's answers in `Tests/Fixtures/templates`.
enum TemplateFixtures {
    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures/templates")

    /// The time that the reference was told.
    static let now =
        Calendar(identifier: .gregorian).date(
            from: DateComponents(year: 2026, month: 3, day: 5, hour: 7, minute: 8, second: 9)
        ) ?? Date()

    static func text(_ name: String) throws -> String {
        try String(contentsOf: self.folder.appendingPathComponent(name), encoding: .utf8)
    }

    static func json(_ name: String) throws -> JSONValue { try JSONValue(parsing: self.text(name)) }

    static func lines(of file: URL) throws -> [JSONValue] {
        try String(contentsOf: file, encoding: .utf8).utf8.split(separator: UInt8(ascii: "\n")).map {
            try JSONValue(parsing: Array($0))
        }
    }

    static func lines(_ name: String) throws -> [JSONValue] {
        try self.lines(of: self.folder.appendingPathComponent(name))
    }
}
