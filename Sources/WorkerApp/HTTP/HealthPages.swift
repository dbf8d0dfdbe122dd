import Synchronization
public import Telemetry

/// The pages that a worker serves: is it alive, does it take work, what has it counted.
public final class HealthPages: Sendable {
    /// What health says of a worker.
    public enum Health: Sendable, Equatable {
        /// The model is being opened, or the group has not been joined yet.
        case starting
        case ready
        /// It was asked to stop and finishes what it has.
        case draining
        /// It makes no progress; the reason is for a person.
        case stuck(String)
    }

    private let registry: MetricsRegistry
    private let name: String
    private let state = Mutex(Health.starting)

    /// - Parameters:
    ///   - registry: What `/metrics` shows.
    ///   - name: What the start page calls this process.
    public init(registry: MetricsRegistry, name: String) {
        self.registry = registry
        self.name = name
    }

    public var health: Health {
        get { self.state.withLock { $0 } }
        set { self.state.withLock { $0 = newValue } }
    }

    /// The page of a path; nil where there is none.
    public func page(_ path: String) -> HTTPResponse? {
        switch path {
        case "/": HTTPResponse("\(self.name)\n\n/healthz\n/readyz\n/metrics\n")
        case "/healthz": self.healthPage
        case "/readyz": self.readyPage
        case "/metrics":
            HTTPResponse(
                contentType: MetricsSnapshot.prometheusContentType,
                self.registry.snapshot().prometheusText()
            )
        default: nil
        }
    }

    private var healthPage: HTTPResponse {
        if case .stuck(let reason) = self.health { return HTTPResponse(status: 503, "stuck: \(reason)\n") }
        return HTTPResponse("ok\n")
    }

    private var readyPage: HTTPResponse {
        switch self.health {
        case .ready: HTTPResponse("ready\n")
        case .starting: HTTPResponse(status: 503, "starting\n")
        case .draining: HTTPResponse(status: 503, "draining\n")
        case .stuck(let reason): HTTPResponse(status: 503, "stuck: \(reason)\n")
        }
    }
}
