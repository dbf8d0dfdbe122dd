public import Telemetry

/// One part of a program that runs from its start to its stop.
public protocol Service: Sendable {
    /// What a log line calls it.
    var name: String { get }
    /// Returns once the part does its work; throws if it cannot.
    func start() throws
    /// Returns once it has ended. Called once, after a successful start.
    func stop()
}

/// Starts services in order and stops them in reverse.
public final class Supervisor {
    private let logger: Logger
    private var running: [any Service] = []

    public init(logger: Logger) { self.logger = logger }

    /// Starts a service after those that it depends on.
    ///
    /// - Parameter service: Stopped by ``stopAll()``, before those that were started earlier.
    /// - Throws: What the service throws; the earlier ones go on until they are stopped.
    public func start(_ service: any Service) throws {
        self.logger.debug("starting", ["service": .text(service.name)])
        try service.start()
        self.running.append(service)
    }

    /// Stops everything that was started, the last first.
    public func stopAll() {
        while let service = self.running.popLast() {
            self.logger.debug("stopping", ["service": .text(service.name)])
            service.stop()
        }
    }
}
