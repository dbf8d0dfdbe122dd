// Owns every call into libyaml: turns bytes into a bounded list of events with their lines. The only file of this target
// with `unsafe`. What the events mean is `YAMLNode`'s.

internal import CYAML

/// Why a text is not a configuration file.
struct YAMLError: Error, Equatable {
    /// From 1.
    var line: Int
    var message: String
}

/// One step of a YAML document.
enum YAMLEvent: Equatable {
    case scalar(text: String, isPlain: Bool, line: Int)
    case mappingStart(line: Int)
    case mappingEnd
    case sequenceStart(line: Int)
    case sequenceEnd
}

/// How much is read of a stranger's file.
struct YAMLLimits: Sendable {
    var bytes = 1 << 20
    var depth = 16
    var events = 100_000
}

extension YAMLEvent {
    /// Reads a text of one document at most.
    ///
    /// Anchors, aliases and tags are refused: a configuration needs none, and aliases can make a small file huge.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8.
    ///   - limits: A text beyond them is an error.
    /// - Returns: The events between the document's start and end; none if it is empty.
    /// - Throws: ``YAMLError`` with the first line that is wrong.
    static func read(_ bytes: [UInt8], limits: YAMLLimits = YAMLLimits()) throws(YAMLError) -> [YAMLEvent] {
        guard bytes.count <= limits.bytes else {
            throw YAMLError(line: 1, message: "expected at most \(limits.bytes) bytes, got \(bytes.count)")
        }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = bytes.starts(with: mark) ? Array(bytes.dropFirst(mark.count)) : bytes
        // Safe: the parser that reads at this address is deleted before the closure ends.
        let result = unsafe text.withUnsafeBufferPointer { text -> Result<[YAMLEvent], YAMLError> in
            let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
            // Safe: allocated just now, freed once, after the parser in it was deleted.
            defer { unsafe parser.deallocate() }
            // Safe: initialises the memory that `parser` points to.
            guard unsafe yaml_parser_initialize(parser) == 1 else {
                return .failure(YAMLError(line: 1, message: "there is not enough memory"))
            }
            // Safe: it was initialised, and is deleted once.
            defer { unsafe yaml_parser_delete(parser) }
            unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
            // Safe: `text` outlives the parser. libyaml reads nothing at an empty text's address.
            unsafe yaml_parser_set_input_string(parser, text.baseAddress, text.count)
            return unsafe Self.events(of: parser, limits)
        }
        return try result.get()
    }

    private static func events(
        of parser: UnsafeMutablePointer<yaml_parser_t>,
        _ limits: YAMLLimits
    ) -> Result<[YAMLEvent], YAMLError> {
        var events: [YAMLEvent] = []
        var depth = 0
        var documents = 0
        while true {
            // Safe: all zero is an event of no kind.
            var event = unsafe yaml_event_t()
            // Safe: the parser is initialised, and `event` is deleted below before it goes out of scope.
            guard unsafe yaml_parser_parse(parser, &event) == 1 else { return unsafe .failure(Self.error(of: parser)) }
            // Safe: deleting what `yaml_parser_parse` filled.
            defer { unsafe yaml_event_delete(&event) }
            let line = unsafe Int(event.start_mark.line) + 1
            switch unsafe event.type {
            case YAML_STREAM_END_EVENT: return .success(events)
            case YAML_DOCUMENT_START_EVENT:
                documents += 1
                guard documents == 1 else {
                    return .failure(YAMLError(line: line, message: "expected one document, got a second"))
                }
            case YAML_MAPPING_START_EVENT, YAML_SEQUENCE_START_EVENT:
                depth += 1
                guard depth <= limits.depth else {
                    return .failure(YAMLError(line: line, message: "expected at most \(limits.depth) levels"))
                }
            case YAML_MAPPING_END_EVENT, YAML_SEQUENCE_END_EVENT: depth -= 1
            default: break
            }
            switch unsafe Self.converted(event, line) {
            case .success(let converted?): events.append(converted)
            case .success(nil): break
            case .failure(let error): return .failure(error)
            }
            guard events.count <= limits.events else {
                return .failure(YAMLError(line: line, message: "expected at most \(limits.events) values"))
            }
        }
    }

    /// An event in Swift; nil for those that carry nothing.
    private static func converted(_ event: yaml_event_t, _ line: Int) -> Result<YAMLEvent?, YAMLError> {
        // Safe: each case reads only the part of the union that libyaml documents for the event's type.
        switch unsafe event.type {
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            guard unsafe scalar.anchor == nil, unsafe scalar.tag == nil else { return .failure(.decorated(line)) }
            // Safe: libyaml gives the value's length with it, and the buffer is read before the event is deleted.
            let text = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let isPlain = unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE
            return .success(.scalar(text: unsafe String(decoding: text, as: UTF8.self), isPlain: isPlain, line: line))
        case YAML_MAPPING_START_EVENT:
            let start = unsafe event.data.mapping_start
            guard unsafe start.anchor == nil, unsafe start.tag == nil else { return .failure(.decorated(line)) }
            return .success(.mappingStart(line: line))
        case YAML_SEQUENCE_START_EVENT:
            let start = unsafe event.data.sequence_start
            guard unsafe start.anchor == nil, unsafe start.tag == nil else { return .failure(.decorated(line)) }
            return .success(.sequenceStart(line: line))
        case YAML_ALIAS_EVENT: return .failure(.decorated(line))
        case YAML_MAPPING_END_EVENT: return .success(.mappingEnd)
        case YAML_SEQUENCE_END_EVENT: return .success(.sequenceEnd)
        default: return .success(nil)
        }
    }

    private static func error(of parser: UnsafeMutablePointer<yaml_parser_t>) -> YAMLError {
        // Safe: the parser is initialised; its problem is nil or a C string that lives as long as the library.
        let problem = unsafe parser.pointee.problem.map { unsafe String(cString: $0) }
        let line = unsafe Int(parser.pointee.problem_mark.line) + 1
        return YAMLError(line: line, message: "not YAML: \(problem ?? "it cannot be read")")
    }
}

extension YAMLError {
    fileprivate static func decorated(_ line: Int) -> YAMLError {
        YAMLError(line: line, message: "anchors (&), aliases (*) and tags (!) are not read here")
    }
}
