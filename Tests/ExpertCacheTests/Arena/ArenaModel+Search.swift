extension ArenaModel {
    struct Found {
        var states = 0
        /// What is wrong, where something is.
        var problem: String?
    }

    /// Goes through all orders of all steps from the beginning.
    func search(from beginning: State, deaths: Bool) -> Found {
        var found = Found()
        var seen: Set<State> = [beginning]
        var open = [beginning]
        while let state = open.popLast(), found.problem == nil {
            found.states += 1
            var isQuiet = true
            func reach(_ next: State) { if seen.insert(next).inserted { open.append(next) } }
            for me in 0..<Self.workers where state.worker[me].step != .finished && state.dead != UInt8(me) {
                isQuiet = false
                var next = state
                guard self.advance(&next, me) else {
                    found.problem = "worker \(me) at \(state.worker[me].step): \(state)"
                    break
                }
                reach(next)
                guard deaths, state.dead == nil else { continue }
                next = state
                next.dead = UInt8(me)
                reach(next)
            }
            if let dead = state.dead, !state.isRecovered {
                isQuiet = false
                var next = state
                self.recover(&next, after: dead)
                reach(next)
                if state.replacementsLeft > 0, state.recovery != Recovery() {
                    next = state
                    next.recovery = Recovery()
                    next.replacementsLeft -= 1
                    reach(next)
                }
            }
            if isQuiet, found.problem == nil { found.problem = self.whatIsLeft(in: state) }
        }
        return found
    }

    /// Where nobody has anything to do any more, every word fits every other one.
    private func whatIsLeft(in state: State) -> String? {
        for expert in 0..<Self.experts {
            let slot = Int(state.expertSlot[expert])
            switch state.expert[expert] {
            case 0: continue
            case 2
            where state.slot[slot] == 2 && state.slotExpert[slot] == UInt8(expert)
                && state.content[slot] == UInt8(expert):
                continue
            default: return "expert \(expert) is left: \(state)"
            }
        }
        for slot in 0..<self.slots where state.slot[slot] != 0 {
            let expert = Int(state.slotExpert[slot])
            guard state.slot[slot] == 2, state.expert[expert] == 2, state.expertSlot[expert] == UInt8(slot) else {
                return "slot \(slot) is left: \(state)"
            }
        }
        return state.pins == SIMD4() ? nil : "a pin is left: \(state)"
    }
}
