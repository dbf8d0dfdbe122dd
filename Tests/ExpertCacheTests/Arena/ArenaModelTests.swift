import Testing

@Suite("The arena's steps")
struct ArenaModelTests {
    /// Two workers want two experts of each other's, in one slot or two; one of them reads ahead.
    private static func model(slots: Int, _ flaw: ArenaModel.Flaw? = nil) -> ArenaModel {
        ArenaModel(
            flaw: flaw,
            slots: slots,
            operations: [
                [.init(target: 0, victim: 1, isAhead: true), .init(target: 1, victim: 0)],
                [.init(target: 1, victim: 0), .init(target: 0, victim: 1, isAhead: true)],
            ]
        )
    }

    @Test("no order of steps shows a wrong byte or leaves anything, whoever dies after any of them", arguments: [1, 2])
    func holds(slots: Int) {
        let found = Self.model(slots: slots).search(from: ArenaModel.State(), deaths: true)
        #expect(found.problem == nil)
        #expect(found.states > 10_000)
    }

    @Test("the search finds every flaw that the steps avoid", arguments: ArenaModel.Flaw.allCases)
    func finds(flaw: ArenaModel.Flaw) {
        #expect(Self.model(slots: 1, flaw).search(from: ArenaModel.State(), deaths: true).problem != nil)
    }
}
