// Owns every call into PCRE2: compiled patterns, and the memory that a match works in. The only file of this target
// with `unsafe`. Texts are valid UTF-8; patterns come from `OnigurumaPattern`.

internal import CPCRE2

/// A compiled pattern.
///
/// Immutable, so any number of threads may match with it, each with its own ``PCRE2Workspace``.
@safe final class PCRE2Regex: @unchecked Sendable {
    // `@unchecked`: PCRE2 documents a compiled pattern as read-only for matching, and nothing writes to it after
    // `init`. `@safe`: the address never leaves this class.

    /// The address of a `pcre2_code`.
    private let code: OpaquePointer

    /// Compiles `pattern`, which is in PCRE2's own syntax, with `\n` as the only line end.
    ///
    /// - Throws: `unsupported` with PCRE2's reason.
    init(_ pattern: String) throws(TokenizationError) {
        let units = Array(pattern.utf8)
        var failure: Int32 = 0
        var failureByteOffset = 0
        let options = UInt32(PCRE2_UTF) | UInt32(PCRE2_UCP) | UInt32(PCRE2_NEVER_BACKSLASH_C)
        // Safe: the context is made, used and freed here; a null one means PCRE2's defaults. `units` outlives the
        // compilation, which copies what it needs, and an empty pattern is read for zero units.
        let code = unsafe units.withUnsafeBufferPointer { units -> OpaquePointer? in
            let context = unsafe pcre2_compile_context_create_8(nil)
            defer { unsafe pcre2_compile_context_free_8(context) }
            guard let context = unsafe context, let start = units.baseAddress else { return nil }
            _ = unsafe pcre2_set_newline_8(context, UInt32(PCRE2_NEWLINE_LF))
            return unsafe pcre2_compile_8(start, units.count, options, &failure, &failureByteOffset, context)
        }
        guard let code = unsafe code else {
            throw TokenizationError(
                .unsupported,
                "the pattern does not compile: \(Self.message(of: failure)) at byte \(failureByteOffset)"
            )
        }
        // Safe: nobody else has `code` yet. Where the system forbids generated code, matching is interpreted.
        _ = unsafe pcre2_jit_compile_8(code, UInt32(PCRE2_JIT_COMPLETE))
        // Safe: `deinit` owns it from here on.
        unsafe self.code = code
    }

    deinit {
        // Safe: made by `pcre2_compile_8`, freed once; whoever matches holds this object.
        unsafe pcre2_code_free_8(self.code)
    }

    /// The version of Unicode whose properties PCRE2 knows, such as 14.0.
    static let unicodeVersion: (major: Int, minor: Int) = {
        var name = [UInt8](repeating: 0, count: 64)
        // Safe: PCRE2 writes at most 24 bytes, a zero among them; the buffer is larger.
        _ = unsafe name.withUnsafeMutableBytes { name in
            unsafe pcre2_config_8(UInt32(PCRE2_CONFIG_UNICODE_VERSION), name.baseAddress)
        }
        let parts = String(decoding: name.prefix { $0 != 0 }, as: UTF8.self).split(separator: ".").map { Int($0) ?? 0 }
        return (parts.first ?? 0, parts.dropFirst().first ?? 0)
    }()

    /// Appends the matches within `range` of `text`, left to right, as ranges of `text`.
    ///
    /// The pattern sees `range` as the whole text. An empty match right after a match is skipped, as the reference
    /// does. `text` is valid UTF-8 and `range` cuts it between scalars.
    ///
    /// - Throws: `patternLimit`.
    func appendMatches(
        in text: [UInt8],
        _ range: Range<Int>,
        workspace: PCRE2Workspace,
        to matches: inout [Range<Int>]
    ) throws(TokenizationError) {
        precondition(range.lowerBound >= 0 && range.upperBound <= text.count, "the range must lie in the text")
        guard !range.isEmpty else { return }
        let base = range.lowerBound
        var start = 0
        var lastEnd = -1
        while start <= range.count {
            let found = try self.firstMatch(in: text, range, from: start, workspace)
            guard let found else { return }
            if found.isEmpty, found.upperBound == lastEnd {
                start += 1
                while start < range.count, text[base + start] & 0xC0 == 0x80 { start += 1 }
                continue
            }
            matches.append(base + found.lowerBound..<base + found.upperBound)
            start = found.upperBound
            lastEnd = start
        }
    }

    /// The first match that starts at `start` or later, counted from the start of `range`.
    @inline(__always)
    private func firstMatch(
        in text: [UInt8],
        _ range: Range<Int>,
        from start: Int,
        _ workspace: PCRE2Workspace
    ) throws(TokenizationError) -> Range<Int>? {
        var status = PCRE2_ERROR_NOMATCH
        // Safe: `range` lies in `text` and `start` in `range`, so PCRE2 reads the array only; the text is valid UTF-8,
        // which `PCRE2_NO_UTF_CHECK` relies on; the workspace is used by one thread at a time.
        unsafe text.withUnsafeBufferPointer { text in
            guard let first = text.baseAddress else { return }
            let subject = unsafe first + range.lowerBound
            let options = UInt32(PCRE2_NO_UTF_CHECK)
            status = unsafe pcre2_match_8(
                self.code,
                subject,
                range.count,
                start,
                options,
                workspace.data,
                workspace.context
            )
            if status == PCRE2_ERROR_JIT_STACKLIMIT {
                // The interpreter keeps its state on the heap, up to the limit that the workspace sets.
                status = unsafe pcre2_match_8(
                    self.code,
                    subject,
                    range.count,
                    start,
                    options | UInt32(PCRE2_NO_JIT),
                    workspace.data,
                    workspace.context
                )
            }
        }
        if status == PCRE2_ERROR_NOMATCH { return nil }
        guard status >= 0, let bounds = workspace.bounds else {
            throw TokenizationError(
                .patternLimit,
                "a split pattern gave up on \(range.count) bytes of text: \(Self.message(of: status))"
            )
        }
        return bounds
    }

    private static func message(of code: Int32) -> String {
        var text = [UInt8](repeating: 0, count: 256)
        // Safe: PCRE2 writes at most `count` bytes and ends them with a zero.
        _ = unsafe text.withUnsafeMutableBufferPointer { text in
            unsafe pcre2_get_error_message_8(code, text.baseAddress, text.count)
        }
        return String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
    }
}

/// The memory in which matches run: one per encoder, never used by two threads at once.
///
/// A match that needs more than its limits ends in an error: 32 million steps from one starting place, 16 MiB of
/// JIT stack, 256 MiB of interpreter heap.
@safe final class PCRE2Workspace: @unchecked Sendable {
    // `@unchecked`: it goes from thread to thread only through the lock of the pool that lends it to one encoder.
    // `@safe`: the addresses never leave this file.

    /// The addresses of a `pcre2_match_data`, a `pcre2_match_context` and a `pcre2_jit_stack`.
    fileprivate let data: OpaquePointer
    fileprivate let context: OpaquePointer
    private let stack: OpaquePointer

    private static let stepLimit: UInt32 = 32_000_000
    private static let stackBytes = (first: 64 << 10, most: 16 << 20)
    private static let heapKiB: UInt32 = 256 << 10

    /// - Throws: `tooLarge` when memory ran out.
    init() throws(TokenizationError) {
        // Safe: null contexts make PCRE2 allocate with malloc; each result is checked, and freeing null does nothing.
        let made = unsafe Self.allocate()
        guard let (data, context, stack) = unsafe made else {
            throw TokenizationError(.tooLarge, "no memory is left for splitting text")
        }
        // Safe: `deinit` owns the three from here on, in the order in which they are freed.
        unsafe (self.data, self.context, self.stack) = unsafe (data, context, stack)
        // Safe: the context and the stack are alive, and without a callback the pointer is the stack itself.
        unsafe pcre2_set_match_limit_8(context, Self.stepLimit)
        // Safe: as above.
        unsafe pcre2_set_heap_limit_8(context, Self.heapKiB)
        // Safe: as above.
        unsafe pcre2_jit_stack_assign_8(context, nil, UnsafeMutableRawPointer(stack))
    }

    private static func allocate() -> (OpaquePointer, OpaquePointer, OpaquePointer)? {
        // Safe: see `init`, the only caller; data for one pair holds where the whole match starts and ends.
        let data = unsafe pcre2_match_data_create_8(1, nil)
        // Safe: as above.
        let context = unsafe pcre2_match_context_create_8(nil)
        // Safe: as above.
        let stack = unsafe pcre2_jit_stack_create_8(Self.stackBytes.first, Self.stackBytes.most, nil)
        if let data = unsafe data, let context = unsafe context, let stack = unsafe stack {
            return unsafe (data, context, stack)
        }
        // Safe: nobody has seen them.
        unsafe pcre2_match_data_free_8(data)
        // Safe: as above.
        unsafe pcre2_match_context_free_8(context)
        // Safe: as above.
        unsafe pcre2_jit_stack_free_8(stack)
        return nil
    }

    deinit {
        // Safe: each was made in `init` and is freed once.
        unsafe pcre2_match_data_free_8(self.data)
        // Safe: as above.
        unsafe pcre2_match_context_free_8(self.context)
        // Safe: as above.
        unsafe pcre2_jit_stack_free_8(self.stack)
    }

    /// Where the latest match lies; nil when it ends before it starts, as `\K` in a lookahead could make it.
    fileprivate var bounds: Range<Int>? {
        // Safe: match data for one pair has a vector of two numbers that lives as long as the data.
        guard let vector = unsafe pcre2_get_ovector_pointer_8(self.data) else { return nil }
        // Safe: as above.
        let (start, end) = unsafe (Int(vector[0]), Int(vector[1]))
        return start <= end ? start..<end : nil
    }
}
