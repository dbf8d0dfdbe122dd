import InferenceEngine
import Worker

/// What the model shares with other processes: given up after the engine has stopped.
struct ModelService: Service {
    let name = "model"
    let model: OpenedModel

    func start() {}

    func stop() { self.model.close() }
}

/// The engine as a service.
struct EngineService: Service {
    let name = "engine"
    let engine: Engine

    func start() { self.engine.start() }

    func stop() { self.engine.stop() }
}

/// The threads that prepare and answer jobs; they started when the service was made.
struct PreparationService: Service {
    let name = "preparation"
    let jobs: JobService

    func start() {}

    func stop() { self.jobs.stop() }
}

/// The HTTP pages; the server listens from when it was made.
struct PagesService: Service {
    let name = "pages"
    let server: HTTPServer

    func start() {}

    func stop() { self.server.stop() }
}

/// Turns what delivery goes through into what the pages say of the worker's health.
struct ReadinessObserver: DeliveryObserver {
    let next: any DeliveryObserver
    let pages: HealthPages

    func assigned(_ partitions: [TopicPartition]) {
        // Also where the group has no partition for this worker: it is in the group, and does what it can.
        if self.pages.health == .starting { self.pages.health = .ready }
        self.next.assigned(partitions)
    }

    func turned(_ standing: DeliveryStanding) {
        if standing.isDraining, self.pages.health == .ready { self.pages.health = .draining }
        self.next.turned(standing)
    }

    func released(_ partitions: [TopicPartition], isLost: Bool, cancelledJobs: Int) {
        self.next.released(partitions, isLost: isLost, cancelledJobs: cancelledJobs)
    }

    func cycleEnded(_ outcome: CommitOutcome, records: Int, duration: Duration) {
        self.next.cycleEnded(outcome, records: records, duration: duration)
    }

    func transportReported(_ error: TransportError) { self.next.transportReported(error) }

    func recordSkipped(_ coordinates: JobCoordinates) { self.next.recordSkipped(coordinates) }

    func metricsRecords() -> [OutgoingRecord] { self.next.metricsRecords() }
}
