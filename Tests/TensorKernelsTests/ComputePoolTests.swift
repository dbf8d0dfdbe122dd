import Synchronization
import Testing

@testable import TensorKernels

@Suite("ComputePool")
struct ComputePoolTests {
    @Test("does every unit once, on its own threads", arguments: [1, 2, 3, 8])
    func everyUnitOnce(threads: Int) {
        let pool = ComputePool(threads: threads)
        for count in [0, 1, 2, 3, 7, 100, 1_000] {
            let done = (0..<count).map { _ in Counter() }
            pool.run(count) { unit, thread in
                #expect(0..<threads ~= thread)
                _ = done[unit].value.wrappingAdd(1, ordering: .relaxed)
            }
            #expect(done.allSatisfy { $0.value.load(ordering: .relaxed) == 1 })
        }
    }

    @Test("shows its caller what the units have written", arguments: [2, 4])
    func visibility(threads: Int) {
        let pool = ComputePool(threads: threads)
        for round in 0..<2_000 {
            let sum = Atomic<Int>(0)
            pool.run(5) { unit, _ in _ = sum.wrappingAdd(unit + round, ordering: .relaxed) }
            #expect(sum.load(ordering: .relaxed) == 10 + 5 * round)
        }
    }

    @Test("wakes its threads after they have gone to sleep, and ends them with itself")
    func sleep() {
        for _ in 0..<20 {
            let pool = ComputePool(threads: 3)
            let count = Atomic<Int>(0)
            for _ in 0..<3 {
                // Longer than the threads wait actively.
                let deadline = ContinuousClock.now + .milliseconds(2)
                while ContinuousClock.now < deadline {}
                pool.run(3) { _, _ in _ = count.wrappingAdd(1, ordering: .relaxed) }
            }
            #expect(count.load(ordering: .relaxed) == 9)
        }
    }
}

/// One of many; the thread sanitizer does not see through `Mutex`.
private final class Counter: Sendable {
    let value = Atomic<Int>(0)
}

@Suite("FloatMatrix")
struct FloatMatrixTests {
    @Test("says how much memory it could not get")
    func outOfMemory() {
        #expect(throws: KernelError.outOfMemory(bytes: 1 << 60)) { try FloatMatrix(rows: 1 << 50, columns: 1 << 8) }
        #expect(throws: KernelError.outOfMemory(bytes: .max)) { try FloatMatrix(rows: .max, columns: 2) }
    }

    @Test("keeps the memory of its largest size")
    func sizes() throws {
        let matrix = try FloatMatrix(rows: 4, columns: 3)
        #expect(matrix.bytes == 48)
        try matrix.setRows(9)
        #expect(matrix.rows == 9 && matrix.bytes == 108)
        try matrix.setRows(2)
        #expect(matrix.rows == 2 && matrix.bytes == 108)
        matrix[1] = [1, 2, 3]
        #expect(matrix[1] == [1, 2, 3])
    }
}
