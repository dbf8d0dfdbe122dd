import CExpertArena

/// Which experts an arena is for, and how many it has room for.
public struct ArenaGeometry: Sendable, Equatable {
    /// Of the pack: its SHA-256 as 64 hexadecimal digits.
    public var digest: String
    /// Decoder layers of the model, those without routed experts too.
    public var layerCount: Int
    /// Routed experts of a layer.
    public var expertsPerLayer: Int
    /// Bytes of a record as it is read, a multiple of 4096.
    public var recordBytes: Int
    /// Records that fit in.
    public var slotCount: Int
    /// The NUMA node whose workers share it.
    public var node: Int

    public init(
        digest: String,
        layerCount: Int,
        expertsPerLayer: Int,
        recordBytes: Int,
        slotCount: Int,
        node: Int = 0
    ) {
        self.digest = digest
        self.layerCount = layerCount
        self.expertsPerLayer = expertsPerLayer
        self.recordBytes = recordBytes
        self.slotCount = slotCount
        self.node = node
    }

    /// Bytes of the whole arena, tables included.
    ///
    /// - Throws: ``ExpertCacheError`` with code `arenaUnusable` for sizes that no arena can have.
    public func totalBytes() throws(ExpertCacheError) -> Int {
        var (sizes, problem) = (try self.sizes(), dure_arena_problem())
        // Safe: both are whole structures that outlive the call.
        let bytes = unsafe dure_arena_bytes(&sizes, &problem)
        guard bytes > 0 else { throw ExpertCacheError.arena(problem, "an arena of \(self.slotCount) slots") }
        return Int(bytes)
    }

    /// What experts of this shape take of memory for every expert of the model: the slots that a cache can use at most.
    public var entryCount: Int { self.layerCount * self.expertsPerLayer }

    // MARK: Across to C

    func sizes() throws(ExpertCacheError) -> dure_arena_geometry {
        var sizes = dure_arena_geometry()
        guard let digest = Self.bytes(ofHexadecimal: self.digest), digest.count == 32 else {
            throw ExpertCacheError(.arenaUnusable, "digest: expected 64 hexadecimal digits, got \(self.digest)")
        }
        // Safe: the field has 32 bytes, as the digest has.
        unsafe withUnsafeMutableBytes(of: &sizes.digest) { unsafe $0.copyBytes(from: digest) }
        sizes.layers = try Self.number("layers", self.layerCount)
        sizes.experts = try Self.number("experts of a layer", self.expertsPerLayer)
        sizes.slots = try Self.number("slots", self.slotCount)
        sizes.node = try Self.number("NUMA node", self.node)
        guard let recordBytes = UInt64(exactly: self.recordBytes) else {
            throw ExpertCacheError(.arenaUnusable, "bytes of a record: got \(self.recordBytes)")
        }
        sizes.record_bytes = recordBytes
        return sizes
    }

    init(_ sizes: dure_arena_geometry) {
        self.init(
            // Safe: reads the field's own bytes, within the call.
            digest: unsafe withUnsafeBytes(of: sizes.digest) { unsafe $0.map { Self.hexadecimal($0) }.joined() },
            layerCount: Int(sizes.layers),
            expertsPerLayer: Int(sizes.experts),
            recordBytes: Int(sizes.record_bytes),
            slotCount: Int(sizes.slots),
            node: Int(sizes.node)
        )
    }

    private static func number(_ what: String, _ value: Int) throws(ExpertCacheError) -> UInt32 {
        guard let number = UInt32(exactly: value) else {
            throw ExpertCacheError(.arenaUnusable, "\(what) of an arena: got \(value)")
        }
        return number
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }

    private static func bytes(ofHexadecimal text: String) -> [UInt8]? {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue.map(UInt8.init) }
        guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
