/// How much each tenant has had, so that the one that had least is next.
///
/// A tenant that comes back begins with what the least served of the others has had: having been away earns no credit.
/// Source: Sheng et al. 2024, "Fairness in Serving Large Language Models", section 4.
struct TenantShares {
    private struct Share {
        var name: String
        /// Tokens served, and what it began with.
        var served: UInt64 = 0
        /// Its requests that have not ended.
        var requests = 0
    }

    private var shares: [Share] = []
    private var indices: [String: Int] = [:]
    private var unused: [Int] = []

    /// Enters one request, and gives its tenant's index, which is valid until the tenant's last request ends.
    mutating func begin(_ tenant: String) -> Int {
        if let index = self.indices[tenant] {
            self.shares[index].requests += 1
            return index
        }
        let least = self.indices.values.map { self.shares[$0].served }.min() ?? 0
        let share = Share(name: tenant, served: least, requests: 1)
        let index: Int
        if let free = self.unused.popLast() {
            index = free
            self.shares[index] = share
        } else {
            index = self.shares.count
            self.shares.append(share)
        }
        self.indices[tenant] = index
        return index
    }

    mutating func end(_ tenant: Int) {
        self.shares[tenant].requests -= 1
        guard self.shares[tenant].requests == 0 else { return }
        self.indices[self.shares[tenant].name] = nil
        self.unused.append(tenant)
    }

    mutating func charge(_ tenant: Int, tokens: Int) { self.shares[tenant].served += UInt64(tokens) }

    func served(_ tenant: Int) -> UInt64 { self.shares[tenant].served }

    var tenantCount: Int { self.indices.count }
}
