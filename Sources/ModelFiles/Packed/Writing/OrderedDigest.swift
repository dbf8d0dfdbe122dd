import Foundation
import TensorKernels

/// The digest of a file whose parts are made by several threads: each part waits for its turn.
///
/// Parts are begun in the order of their turns, so the one that others wait for is always under way.
@safe
final class OrderedDigest: @unchecked Sendable {
    // Sendable: `turn` and `isAbandoned` are used under the condition's lock, the rest by whoever has the turn.
    private let condition = NSCondition()
    private var turn = 0
    private var isAbandoned = false
    private var hash: SHA256? = SHA256()
    private var checksum: UInt32 = 0

    /// The turn of the next part, while no thread is at work.
    var nextTurn: Int { self.condition.withLock { self.turn } }

    /// Takes in the part of this turn once all before it are in; blocks until then.
    func add(_ bytes: Span<UInt8>, turn: Int) {
        guard self.waitFor(turn) else { return }
        self.hash?.update(bytes)
        self.checksum = Checksum.crc32c(bytes, after: self.checksum)
        self.condition.withLock {
            self.turn += 1
            self.condition.broadcast()
        }
    }

    /// Lets everyone go who waits for a part that will not come.
    func abandon() {
        self.condition.withLock {
            self.isAbandoned = true
            self.condition.broadcast()
        }
    }

    /// The CRC-32C of what came in since this was last asked.
    func takeChecksum() -> UInt32 {
        defer { self.checksum = 0 }
        return self.checksum
    }

    /// The SHA-256 of everything, in hexadecimal; once.
    func finish() -> String {
        guard let hash = self.hash.take() else { preconditionFailure("a digest is finished once") }
        return hash.finish()
    }

    private func waitFor(_ turn: Int) -> Bool {
        self.condition.withLock {
            while self.turn != turn, !self.isAbandoned { self.condition.wait() }
            return !self.isAbandoned
        }
    }
}
