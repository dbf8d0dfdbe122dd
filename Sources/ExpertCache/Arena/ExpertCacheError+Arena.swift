import CExpertArena
import Glibc

extension ExpertCacheError {
    /// What C says is wrong with `subject`, in words.
    static func arena(
        _ problem: dure_arena_problem,
        _ subject: String,
        file: StaticString = #fileID,
        line: UInt = #line
    ) -> ExpertCacheError {
        // Safe: reads the field's own bytes, within the call.
        let what = unsafe withUnsafeBytes(of: problem.what) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        let figures = "\(what): expected \(Self.number(problem.expected)), got \(Self.number(problem.got))"
        func error(_ code: Code, _ text: String) -> ExpertCacheError {
            ExpertCacheError(code, "\(subject): \(text)", file: file, line: line)
        }
        switch Int(problem.code) {
        case DURE_ARENA_SYSTEM:
            // Safe: `strerror` returns a terminated string, copied at once.
            return error(.arenaUnusable, "\(what): \(unsafe String(cString: strerror(problem.system)))")
        case DURE_ARENA_FOREIGN:
            return error(.arenaUnusable, "this is not an arena of this user; it is left as it is; \(figures)")
        case DURE_ARENA_INCOMPATIBLE:
            return error(.arenaUnusable, "other workers use it for something else; \(figures)")
        case DURE_ARENA_NO_ROW: return error(.arenaUnusable, "no place for another worker; \(figures)")
        case DURE_ARENA_NO_ROOM: return error(.arenaTooLarge, figures)
        case DURE_ARENA_BUSY: return error(.arenaBusy, figures)
        case DURE_ARENA_CHECKSUM: return error(.checksumMismatch, figures)
        case DURE_ARENA_LIMITS: return error(.arenaUnusable, figures)
        default: return error(.arenaCorrupt, "damaged; \(figures)")
        }
    }

    /// Words with bits far up are easier to read in hexadecimal.
    private static func number(_ value: UInt64) -> String {
        value < 1 << 48 ? String(value) : "0x" + String(value, radix: 16)
    }
}
