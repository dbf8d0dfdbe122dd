/// How fast a machine does the stages of a sweep.
package enum SweepRates: Sendable, Equatable {
    /// For each stage what a unit of it costs: a weight, an operation of attention, or an element.
    case measured([SweepStage: RateCurve])
    /// The larger of reading and computing, for a machine that is not here.
    case limits(MachineSpeed)

    /// What products reach on a machine.
    package struct MachineSpeed: Sendable, Equatable {
        /// Multiplications and additions of bytes.
        package var integerOperationsPerSecond: Double
        /// Of f32.
        package var operationsPerSecond: Double
        package var bytesPerSecond: Double

        package init(integerOperationsPerSecond: Double, operationsPerSecond: Double, bytesPerSecond: Double) {
            self.integerOperationsPerSecond = integerOperationsPerSecond
            self.operationsPerSecond = operationsPerSecond
            self.bytesPerSecond = bytesPerSecond
        }
    }

    /// How long a stage takes.
    ///
    /// - Parameters:
    ///   - stage: Which.
    ///   - work: What is to be done in it.
    ///   - size: The sweep's.
    /// - Returns: Seconds.
    package func seconds(_ stage: SweepStage, _ work: SweepWork.Stage, _ size: SweepSize) -> Double {
        switch self {
        case .measured(let curves): Self.seconds(stage, work, size, curves)
        case .limits(let speed): Self.seconds(work, speed)
        }
    }

    private static func seconds(_ work: SweepWork.Stage, _ speed: MachineSpeed) -> Double {
        let attention = max(
            work.attentionOperations / speed.operationsPerSecond,
            work.cacheBytes / speed.bytesPerSecond
        )
        return work.products.reduce(attention) { sum, product in
            let rate = product.form.isInteger ? speed.integerOperationsPerSecond : speed.operationsPerSecond
            return sum + max(product.operations / rate, product.bytes / speed.bytesPerSecond)
        }
    }

    /// A sparse layer's first product is its routed experts'; the shared one's, which all tokens meet, costs what a dense layer's do.
    private static func seconds(
        _ stage: SweepStage,
        _ work: SweepWork.Stage,
        _ size: SweepSize,
        _ curves: [SweepStage: RateCurve]
    ) -> Double {
        guard let curve = curves[stage] else { return 0 }
        switch stage {
        case .expertGateUp, .expertDown:
            let shared = curves[.denseFeedForward] ?? curve
            return work.products.enumerated().reduce(0.0) { sum, product in
                let rates = product.offset == 0 ? curve : shared
                return sum + product.element.weights * rates.seconds(rows: product.element.rows)
            }
        case .attentionCore: return work.attentionOperations * curve.unit(size.tokens)
        case .embedding, .norms, .expertActivation, .combine: return work.elements * curve.unit(size.tokens)
        case .outputHead, .attentionProjections, .denseFeedForward, .router, .expertSource:
            return work.products.reduce(0.0) { $0 + $1.weights * curve.seconds(rows: $1.rows) }
        }
    }
}

extension RateCurve {
    /// Of a unit whose number grows with the tokens: behind the last point as there.
    fileprivate func unit(_ tokens: Double) -> Double {
        let last = self.points[self.points.count - 1]
        return tokens >= last.rows ? last.seconds : self.seconds(rows: tokens)
    }
}
