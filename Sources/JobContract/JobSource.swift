/// Where a job record stands: unique per job, and the origin of everything about its result that must not vary.
///
/// A job read from a file has the file's name as its topic, partition 0 and the line's zero-based index.
public struct JobSource: Hashable, Sendable, CustomStringConvertible {
    public var topic: String
    public var partition: Int32
    public var offset: Int64

    public init(topic: String, partition: Int32, offset: Int64) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
    }

    /// Reads `topic/partition/offset`, the form of the header `dure-source`; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 3, let partition = Int32(parts[parts.count - 2]),
            let offset = Int64(parts[parts.count - 1]),
            partition >= 0, offset >= 0
        else { return nil }
        // A file's name may hold slashes; a topic's cannot.
        let topic = parts.dropLast(2).joined(separator: "/")
        guard !topic.isEmpty else { return nil }
        self.init(topic: topic, partition: partition, offset: offset)
    }

    public var description: String { "\(self.topic)/\(self.partition)/\(self.offset)" }
}

/// The identifiers and the seed of a job, all derived from its coordinates.
///
/// A job that is run again after a crash, by any worker, gets the same ones, so that its result is the same bytes.
public struct JobIdentity: Hashable, Sendable {
    private let digest: UInt128

    public init(_ source: JobSource) {
        var digest = FNV1a128()
        digest.combine(source.topic.utf8)
        // A topic holds no zero byte, so the three parts cannot run into one another.
        digest.combine(CollectionOfOne(0))
        digest.combine(source.partition.description.utf8)
        digest.combine(CollectionOfOne(0))
        digest.combine(source.offset.description.utf8)
        self.digest = digest.finished
    }

    /// `id` of the result line.
    public var resultID: String { "batch_req_" + self.hexadecimal }
    /// `response.request_id`, unless the job brought its own `request_id`.
    public var requestID: String { "req_" + self.hexadecimal }
    public var chatCompletionID: String { "chatcmpl-" + self.hexadecimal }
    public var completionID: String { "cmpl-" + self.hexadecimal }

    /// The seed of a job that names none.
    public var seed: UInt64 { UInt64(truncatingIfNeeded: self.digest ^ (self.digest >> 64)) }

    /// The id of the tool call `index` of choice `choice`.
    public func toolCallID(choice: Int, index: Int) -> String {
        "call_\(self.hexadecimal.prefix(24))_\(choice)_\(index)"
    }

    private var hexadecimal: String {
        let digits = String(self.digest, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }
}

/// The 128-bit Fowler-Noll-Vo hash (1a) with a final mix: stable over releases and machines, which Swift's own is not.
private struct FNV1a128 {
    private var state: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d

    mutating func combine(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { self.state = (self.state ^ UInt128(byte)) &* 0x0000_0000_0100_0000_0000_0000_0000_013b }
    }

    /// Neighbouring offsets differ in few bits of the plain hash; the mix spreads them over all of it.
    var finished: UInt128 {
        var mixed = self.state
        for _ in 0..<2 {
            mixed ^= mixed >> 67
            mixed = mixed &* 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835
        }
        return mixed ^ (mixed >> 65)
    }
}
