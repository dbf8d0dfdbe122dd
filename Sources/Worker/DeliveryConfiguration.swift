/// The times and bounds of delivery.
public struct DeliveryConfiguration: Sendable, Equatable {
    public var limits = DeliveryLimits()
    /// From the start of one commit cycle to the start of the next.
    public var commitInterval: Duration = .milliseconds(250)
    /// How long a partition that is taken away waits for its running jobs.
    public var revocationDrain: Duration = .seconds(5)
    /// How long a worker that stops waits for its running jobs.
    public var stopDrain: Duration = .seconds(30)
    /// From one metrics record to the next.
    public var metricsInterval: Duration = .seconds(10)

    public init() {}
}
