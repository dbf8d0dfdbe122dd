public import InferenceEngine
public import MoEModel
public import ServingCore

/// A model whose logits are hashes of the tokens so far, and whose KV blocks hold those hashes.
///
/// What it computes depends on every token of the sequence and on nothing else, as with a real one. It reads the hash
/// before a segment from the KV block that the block table names: a wrong table, or a block that another sequence has
/// written to, gives other tokens. What a model may take for granted it checks, and traps.
public final class HashModel: SequenceModel {
    public let vocabularySize: Int
    public let contextLength: Int
    public let kvBlockTokens: Int
    public let kvBlockCount: Int

    /// What ``SequenceModel/stalled`` says.
    public var stalled = Duration.zero
    /// Called before each sweep; what it throws the sweep throws, after half of the KV blocks were written.
    public var beforeSweep: (Sweep) throws -> Void = { _ in }
    /// Changes a row of logits: the tokens that the sweep got of its sequence, the position of the last, the row.
    public var adjustRow: (ArraySlice<TokenID>, Int, inout [Float]) -> Void = { _, _, _ in }

    private struct Slot {
        var position = -1
        var hash: UInt64 = 0
    }

    private let seed: UInt64
    private var slots: [Slot]

    public init(
        vocabularySize: Int = 64,
        contextLength: Int = 256,
        kvBlockTokens: Int = 4,
        kvBlockCount: Int = 64,
        seed: UInt64 = 1
    ) {
        self.vocabularySize = vocabularySize
        self.contextLength = contextLength
        self.kvBlockTokens = kvBlockTokens
        self.kvBlockCount = kvBlockCount
        self.seed = seed
        self.slots = Array(repeating: Slot(), count: kvBlockTokens * kvBlockCount)
    }

    public func run(_ sweep: Sweep) throws -> SweepLogits {
        self.checkWrites(of: sweep)
        var failure: (any Error)?
        do { try self.beforeSweep(sweep) } catch { failure = error }
        var values: [Float] = []
        for (index, segment) in sweep.segments.enumerated() {
            if let failure, index >= sweep.segments.count / 2 { throw failure }
            self.run(segment, into: &values)
        }
        if let failure { throw failure }
        return SweepLogits(vocabularySize: self.vocabularySize, values: values)
    }

    private func run(_ segment: SweepSegment, into values: inout [Float]) {
        let end = segment.firstPosition + segment.tokens.count
        precondition(!segment.tokens.isEmpty && end <= self.contextLength, "a segment is empty or too long")
        precondition(segment.blockTable.count * self.kvBlockTokens >= end, "a segment has too few KV blocks")
        var hash = self.seed
        if segment.firstPosition > 0 {
            let slot = self.slots[self.slotIndex(segment, segment.firstPosition - 1)]
            precondition(slot.position == segment.firstPosition - 1, "a KV block was not written")
            hash = slot.hash
        }
        for (index, token) in segment.tokens.enumerated() {
            let position = segment.firstPosition + index
            hash = Self.mixed(hash ^ UInt64(UInt32(bitPattern: token)) &* 0x9E37_79B9_7F4A_7C15)
            self.slots[self.slotIndex(segment, position)] = Slot(position: position, hash: hash)
            let isLast = index == segment.tokens.count - 1
            guard segment.logits == .all || (segment.logits == .last && isLast) else { continue }
            var row = (0..<self.vocabularySize).map { Self.logit(hash, $0) }
            self.adjustRow(segment.tokens[...index], position, &row)
            values += row
        }
    }

    /// Segments may read the same KV blocks; one that a segment writes to is in no other's table.
    private func checkWrites(of sweep: Sweep) {
        var users: [Int32: Int] = [:]
        for block in sweep.segments.flatMap(\.blockTable) { users[block, default: 0] += 1 }
        for segment in sweep.segments {
            let written = segment.blockTable.dropFirst(segment.firstPosition / self.kvBlockTokens)
            precondition(written.allSatisfy { users[$0] == 1 }, "a segment writes to a KV block that another one uses")
        }
    }

    private func slotIndex(_ segment: SweepSegment, _ position: Int) -> Int {
        Int(segment.blockTable[position / self.kvBlockTokens]) * self.kvBlockTokens + position % self.kvBlockTokens
    }

    /// Between -4 and 4.
    private static func logit(_ hash: UInt64, _ token: Int) -> Float {
        let bits = self.mixed(hash &+ UInt64(token) &* 0xD6E8_FEB8_6659_FD93)
        return Float(bits >> 40) * 0x1p-21 - 4
    }

    private static func mixed(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
