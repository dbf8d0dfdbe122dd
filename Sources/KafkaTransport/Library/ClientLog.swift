internal import Telemetry

/// Passes on what the library logs.
struct ClientLog {
    let logger: Logger

    /// Failures are reported as errors or outcomes too, and say more there; and that a consumer does not use a
    /// producer's property is no news.
    private static let quiet: Set<String> = ["FAIL", "ERROR", "FATAL", "TXNERR", "CONFWARN"]

    func write(_ event: borrowing KafkaEvent) {
        guard let (severity, facility, text) = event.logLine else { return }
        let level: LogLevel =
            switch severity {
            case _ where Self.quiet.contains(facility): .debug
            case ...3: .error
            case 4: .warning
            case 5: .notice
            case 6: .info
            default: .debug
            }
        self.logger.log(level, text, ["facility": .text(facility)])
    }
}
