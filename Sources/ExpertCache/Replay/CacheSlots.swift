/// How a cache's slots are divided: most keep what a policy admits, a few take experts that pass.
public struct CacheSlots: Sendable, Equatable {
    public let count: Int
    /// Slots of experts that are used once (*transient*), the first ones; filled in turn.
    public let transientCount: Int

    public var transient: Range<Int> { 0..<self.transientCount }
    public var admitted: Range<Int> { self.transientCount..<self.count }

    /// What a small cache has too, up to a third of it: some guests are read while others are computed or wait.
    private static let fewestGuests = 12

    /// Divides slots.
    ///
    /// - Parameters:
    ///   - count: All of them, at least 2 where there are fewer than `expertCount`.
    ///   - expertCount: The experts there are: a cache that holds all of them needs no room for guests.
    ///   - experts: Those of a layer: as many guests are enough.
    public init(count: Int, expertCount: Int, experts: Int) {
        self.count = min(count, expertCount)
        let guests = max(count / 8, min(count / 3, Self.fewestGuests))
        self.transientCount = count >= expertCount ? 0 : min(max(guests, 1), experts, 64)
    }
}
