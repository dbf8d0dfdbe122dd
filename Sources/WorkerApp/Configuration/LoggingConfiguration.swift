public import Settings
public import Telemetry

extension LogLevel: SettingValue {}

/// What a worker's log says, and in which form.
public struct LoggingConfiguration: Sendable, Equatable {
    public enum Form: String, Sendable, CaseIterable, SettingValue {
        /// Text on a terminal, JSON elsewhere.
        case auto
        case text
        case json
    }

    public var level = LogLevel.info
    public var form = Form.auto

    public init() {}

    public static let settings = SettingGroup<Self>("log", "Log") {
        Setting("level", \.level, help: "the least that is written to standard error")
        Setting("format", \.form, help: "text for people, JSON for collectors; auto is text on a terminal")
    }

    /// The form of a line on a stream that is a terminal or not.
    public func format(isTerminal: Bool, usesColors: Bool) -> LogFormat {
        switch self.form {
        case .json: .json
        case .auto where !isTerminal: .json
        case .auto, .text: .text(colours: isTerminal && usesColors)
        }
    }
}
