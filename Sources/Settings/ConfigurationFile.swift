import Foundation

/// Reads the settings that a YAML file names.
///
/// A key is nested (`delivery:` and below it `mode:`) or written with dots (`delivery.mode:`).
struct ConfigurationFile {
    private let path: String
    /// Every setting of the whole program: one file serves all commands.
    private let catalogue: [ParameterDescriptor]
    private(set) var values: [String: [RawValue]] = [:]
    private(set) var problems: [SettingProblem] = []
    private var lines: [String: Int] = [:]

    init(path: String, catalogue: [ParameterDescriptor]) {
        self.path = path
        self.catalogue = catalogue
    }

    mutating func read() {
        let limits = YAMLLimits()
        do {
            guard let file = FileHandle(forReadingAtPath: self.path) else {
                return self.fail(nil, "the configuration file cannot be opened")
            }
            self.read(Array(try file.read(upToCount: limits.bytes + 1) ?? Data()), limits: limits)
        } catch {
            self.fail(nil, "the configuration file cannot be read: \(error.localizedDescription)")
        }
    }

    mutating func read(_ bytes: [UInt8], limits: YAMLLimits = YAMLLimits()) {
        do throws(YAMLError) {
            switch try YAMLNode.read(bytes, limits: limits) {
            case nil, .scalar(text: "", isPlain: true, _): break
            case .mapping(let members, _): self.read(members, below: "")
            case .scalar(_, _, let line), .sequence(_, let line):
                self.fail(line, "expected keys and values, such as \"group: dure\"")
            }
        } catch {
            self.fail(error.line, error.message)
        }
    }

    private mutating func read(_ members: [YAMLNode.Member], below prefix: String) {
        for member in members {
            let key = prefix + member.key
            switch member.value {
            case .mapping(let members, _): self.read(members, below: key + ".")
            case .sequence(let elements, _): self.assign(elements, to: key, member.line, isList: true)
            case .scalar: self.assign([member.value], to: key, member.line, isList: false)
            }
        }
    }

    private mutating func assign(_ nodes: [YAMLNode], to key: String, _ line: Int, isList: Bool) {
        if let earlier = self.lines.updateValue(line, forKey: key) {
            return self.fail(line, "\(key): is there twice; the first is in line \(earlier)")
        }
        let map = self.catalogue.first { $0.arity == .map && key.hasPrefix($0.key + ".") }
        guard let setting = self.catalogue.first(where: { $0.key == key && $0.arity != .map }) ?? map else {
            return self.fail(line, "\(QuotedText.name(key)): \(self.unknown(key))")
        }
        guard !isList || setting.arity == .list else {
            return self.fail(line, "\(key): expected one value, got a list")
        }
        for node in nodes {
            guard case .scalar(let text, let isPlain, let line) = node else {
                self.fail(node.line, "\(key): expected texts or numbers in the list")
                continue
            }
            if isPlain, ["", "~", "null"].contains(text.lowercased()) {
                self.fail(line, "\(key): has no value; leave the key out for its default")
                continue
            }
            let entry = setting.arity == .map ? "\(key.dropFirst(setting.key.count + 1))=\(text)" : text
            let raw = RawValue(text: entry, source: .file(path: self.path, line: line))
            self.values[setting.key, default: []].append(raw)
        }
    }

    private func unknown(_ key: String) -> String {
        let known = self.catalogue.map(\.key)
        if let map = self.catalogue.first(where: { $0.key == key }) {
            return "expected keys and values below \(map.key)"
        }
        let below = known.filter { $0.hasPrefix(key + ".") }
        if let first = below.first { return "expected settings below it, such as \(first)" }
        return "no such setting" + (Suggestion.nearest(to: key, among: known).map { "; did you mean \($0)?" } ?? "")
    }

    private mutating func fail(_ line: Int?, _ message: String) {
        let place = line.map { "\(self.path):\($0)" } ?? self.path
        self.problems.append(SettingProblem(place: place, message: message))
    }
}
