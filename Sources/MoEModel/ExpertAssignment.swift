import ExpertCache
import TensorKernels

/// A sweep's tokens grouped by the experts that they chose.
///
/// Slots `ranges[e]` belong to expert `e`, in the order of tokens; slot `s` is computed from token `tokens[s]`.
struct ExpertAssignment {
    /// One per slot.
    let tokens: [Int32]
    /// Slot of each token and rank.
    let slots: [Int32]
    /// Slots of each expert.
    let ranges: [Range<Int>]

    init(_ routing: Routing, expertCount: Int, expertsPerToken: Int) {
        var starts = [Int](repeating: 0, count: expertCount + 1)
        for expert in routing.experts { starts[Int(expert) + 1] += 1 }
        for expert in 0..<expertCount { starts[expert + 1] += starts[expert] }
        self.ranges = (0..<expertCount).map { starts[$0]..<starts[$0 + 1] }
        var tokens = [Int32](repeating: 0, count: routing.experts.count)
        var slots = tokens
        for (choice, expert) in routing.experts.enumerated() {
            let slot = starts[Int(expert)]
            starts[Int(expert)] += 1
            tokens[slot] = Int32(choice / expertsPerToken)
            slots[choice] = Int32(slot)
        }
        self.tokens = tokens
        self.slots = slots
    }

    /// The experts that at least one token chose.
    var demands: [ExpertDemand] {
        self.ranges.enumerated().compactMap { expert, slots in
            slots.isEmpty ? nil : ExpertDemand(expert: expert, tokenCount: slots.count)
        }
    }

    /// The slots of several experts, in as few ranges as they form.
    func slots(of experts: [Int]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        for range in experts.map({ self.ranges[$0] }).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = ranges.last, last.upperBound == range.lowerBound {
                ranges[ranges.count - 1] = last.lowerBound..<range.upperBound
            } else {
                ranges.append(range)
            }
        }
        return ranges
    }
}
