extension ArenaModel {
    /// One step of a worker; false if a rule is broken by it.
    func advance(_ state: inout State, _ me: Int) -> Bool {
        var worker = state.worker[me]
        defer { state.worker[me] = worker }
        let operation = self.operations[me][Int(worker.operation)]
        let (target, slot) = (operation.target, Int(worker.slot))
        let expert = Int(target)
        switch worker.step {
        case .start:
            worker.generation = state.generation[expert]
            worker.slot = state.expertSlot[expert]
            switch state.expert[expert] {
            case 0: worker.step = .claim
            case 2: worker.step = .raisePin
            default: worker.end(of: self.operations[me])  // It would wait.
            }
        case .raisePin:
            state.pins[slot * Self.workers + me] += 1
            worker.step = self.flaw == .pinWithoutSecondLook ? .use : .lookAgain
        case .lookAgain:
            worker.step = state.generation[expert] == worker.generation ? .use : .lowerPin
        case .use, .useStill:
            guard state.content[slot] == target else { return false }
            worker.step = worker.step == .use ? .useStill : .lowerPin
        case .lowerPin:
            state.pins[slot * Self.workers + me] -= 1
            worker.end(of: self.operations[me])
        case .claim:
            guard state.generation[expert] == worker.generation else {
                worker.end(of: self.operations[me])
                break
            }
            state.set(expert, 1, owner: UInt8(me))
            worker.step = .takeFree
        case .takeFree:
            guard let free = (0..<self.slots).first(where: { state.slot[$0] == 0 }) else {
                worker.step = .readVictim
                break
            }
            (state.slot[free], state.slotOwner[free], state.slotExpert[free]) = (1, UInt8(me), target)
            worker.slot = UInt8(free)
            worker.step = .writeHalf
        default:
            return self.advanceLoad(&state, me, &worker, operation)
        }
        return true
    }

    private func advanceLoad(
        _ state: inout State,
        _ me: Int,
        _ worker: inout Worker,
        _ operation: Operation
    ) -> Bool {
        let (expert, gone) = (Int(operation.target), Int(operation.victim))
        let slot = Int(worker.slot)
        switch worker.step {
        case .readVictim:
            worker.generation = state.generation[gone]
            worker.slot = state.expertSlot[gone]
            worker.step = state.expert[gone] == 2 ? .markEvicting : .abandon
        case .markEvicting:
            worker.step = .abandon
            guard state.generation[gone] == worker.generation else { break }
            state.set(gone, 3, slot: worker.slot, owner: UInt8(me))
            worker.step = .readSlot
        case .readSlot:
            worker.goes = state.slot[slot] == 2 || self.flaw == .evictHeldSlot
            worker.step = self.flaw == .evictWithoutLookAtPins ? .takeSlot : .lookAtPins
        case .lookAtPins, .lookAtMorePins:
            let row = worker.step == .lookAtPins ? 0 : 1
            if state.pins[slot * Self.workers + row] > 0 { worker.goes = false }
            worker.step = row == 0 ? .lookAtMorePins : .takeSlot
        case .takeSlot:
            let isHeld = state.slot[slot] == 1 && self.flaw == .evictHeldSlot
            worker.goes = worker.goes && (state.slot[slot] == 2 || isHeld)
            if worker.goes {
                (state.slot[slot], state.slotOwner[slot], state.slotExpert[slot]) = (1, UInt8(me), UInt8(expert))
            }
            worker.step = .settleVictim
        case .settleVictim:
            if worker.goes { state.set(gone, 0) } else { state.set(gone, 2, slot: worker.slot) }
            worker.step = worker.goes ? .writeHalf : .abandon
        case .abandon:
            state.set(expert, 0)
            worker.end(of: self.operations[me])
        case .writeHalf:
            state.content[slot] = 255
            worker.step = .writeRest
        case .writeRest:
            state.content[slot] = UInt8(expert)
            worker.step = operation.isAhead || self.flaw == .pinAfterPublication ? .publish : .raiseOwnPin
        case .raiseOwnPin, .raisePinLate:
            state.pins[slot * Self.workers + me] += 1
            worker.step = worker.step == .raiseOwnPin ? .publish : .use
        case .publish:
            state.set(expert, 2, slot: worker.slot)
            worker.step = .giveSlot
        case .giveSlot:
            // By compare-and-swap from what it had made it.
            guard state.slot[slot] == 1, state.slotOwner[slot] == UInt8(me), state.slotExpert[slot] == UInt8(expert)
            else {
                return false
            }
            (state.slot[slot], state.slotOwner[slot]) = (2, 0)
            worker.step = self.flaw == .pinAfterPublication ? .raisePinLate : .use
            if operation.isAhead { worker.end(of: self.operations[me]) }
        default: preconditionFailure("\(worker.step) is not of a load")
        }
        return true
    }

    /// One step of whoever clears up after `dead`.
    func recover(_ state: inout State, after dead: UInt8) {
        let at = Int(state.recovery.at)
        defer {
            if state.recovery.decision == nil { state.recovery.at = UInt8(at + 1) }
        }
        switch at {
        case 0..<Self.experts: self.recoverExpert(&state, at, dead)
        case Self.experts..<Self.experts + self.slots: self.recoverSlot(&state, at - Self.experts, dead)
        case Self.experts + self.slots:
            for slot in 0..<self.slots { state.pins[slot * Self.workers + Int(dead)] = 0 }
        default: state.isRecovered = true
        }
    }

    /// First reads the slot's word, then changes the expert's.
    private func recoverExpert(_ state: inout State, _ expert: Int, _ dead: UInt8) {
        let isOwned = state.expert[expert] == 1 || state.expert[expert] == 3
        guard isOwned, state.expertOwner[expert] == dead else {
            state.recovery.decision = nil
            return
        }
        if let decision = state.recovery.decision {
            state.set(expert, decision, slot: decision == 2 ? state.expertSlot[expert] : 0)
            state.recovery.decision = nil
            return
        }
        let slot = Int(state.expertSlot[expert])
        let isItsOwn = state.slotExpert[slot] == UInt8(expert)
        let isOf = state.slot[slot] == 2 || (state.slot[slot] == 1 && self.flaw != .recoverEvictingOfHeldAsEmpty)
        let isWhole = state.expert[expert] == 3 && isItsOwn && isOf
        let isTaken = self.flaw == .recoverEvictingAsReady && state.expert[expert] == 3
        state.recovery.decision = isWhole || isTaken ? 2 : 0
    }

    /// First reads the expert's word, then changes the slot's.
    private func recoverSlot(_ state: inout State, _ slot: Int, _ dead: UInt8) {
        guard state.slot[slot] == 1, state.slotOwner[slot] == dead else {
            state.recovery.decision = nil
            return
        }
        if let decision = state.recovery.decision {
            (state.slot[slot], state.slotOwner[slot]) = (decision, 0)
            state.recovery.decision = nil
            return
        }
        let expert = Int(state.slotExpert[slot])
        let refers = state.expertSlot[expert] == UInt8(slot)
        let isReady = state.expert[expert] == 2
        let isEvicting = state.expert[expert] == 3 && self.flaw != .recoverHeldOfEvictingAsFree
        let isPublished = refers && (isReady || isEvicting) && self.flaw != .recoverHeldAsFree
        state.recovery.decision = isPublished ? 2 : 0
    }
}
