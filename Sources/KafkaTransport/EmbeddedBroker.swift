internal import CRdkafka
internal import Synchronization

/// A broker within this process, for trying Dure out: librdkafka's mock cluster.
///
/// It listens on a free port of 127.0.0.1, keeps everything in memory, and stands for at-least-once delivery only: it
/// has no transactions, no static members and no administration, and refuses offset commits while its group rebalances,
/// so that what was answered in that moment is answered again. Records should stay below 1 MB, and what a partition
/// holds below 5 MiB. Its checks end the process that hosts it, so that is a process of its own; clients need
/// ``KafkaConfiguration/embedded(bootstrapServers:workerID:)``.
public final class EmbeddedBroker: Sendable {
    /// A topic to begin with.
    public struct Topic: Sendable, Equatable {
        public var name: String
        public var partitions: Int

        public init(_ name: String, partitions: Int) {
            self.name = name
            self.partitions = partitions
        }
    }

    private let cluster = Mutex<MockCluster?>(nil)

    public init() {}

    /// Starts listening.
    ///
    /// - Throws: `_STATE` when it runs already, `_FAIL` and what the library says otherwise.
    public func start(topics: [Topic]) throws(KafkaError) {
        let made = try MockCluster()
        for topic in topics { try made.create(topic) }
        let isFirst = self.cluster.withLock { cluster in
            guard cluster == nil else { return false }
            cluster = made
            return true
        }
        guard isFirst else { throw KafkaError(name: "_STATE", message: "the embedded broker runs already") }
    }

    /// `127.0.0.1:PORT`; nil while it does not run.
    public var bootstrapServers: String? { self.cluster.withLock { $0?.bootstrapServers } }

    /// Ends it and forgets every record.
    public func stop() {
        let cluster = self.cluster.withLock { cluster in
            defer { cluster = nil }
            return cluster
        }
        withExtendedLifetime(cluster) {}
    }

    /// Has the next requests of one kind fail with `code`, one each.
    func fail(request: Int16, with code: Int32, times: Int) {
        self.cluster.withLock { $0?.fail(request: request, with: code, times: times) }
    }
}

/// The mock cluster and the client that hosts it.
@safe private final class MockCluster: @unchecked Sendable {
    // `@unchecked`: the library takes its own lock for each call. `@safe`: the addresses never leave this class.

    private let host: KafkaClient
    /// The address of an `rd_kafka_mock_cluster_t`.
    private let cluster: OpaquePointer

    init() throws(KafkaError) {
        self.host = try KafkaClient(.producer, KafkaProperties(["client.id": "dure-broker"]))
        // Safe: the host is alive; `deinit` destroys the cluster before the host.
        guard let cluster = unsafe rd_kafka_mock_cluster_new(self.host.handle, 1) else {
            throw KafkaError(name: "_FAIL", message: "the embedded broker did not start")
        }
        // Safe: as above.
        unsafe self.cluster = cluster
    }

    deinit {
        // Safe: made in `init`, destroyed once, and the host is still alive.
        unsafe rd_kafka_mock_cluster_destroy(self.cluster)
    }

    var bootstrapServers: String {
        // Safe: the string belongs to the cluster, which is alive.
        unsafe String(cString: rd_kafka_mock_cluster_bootstraps(self.cluster))
    }

    func create(_ topic: EmbeddedBroker.Topic) throws(KafkaError) {
        // Safe: the cluster is alive and copies the name.
        let code = unsafe rd_kafka_mock_topic_create(self.cluster, topic.name, Int32(topic.partitions), 1)
        if let error = KafkaError(code) { throw error.during("topic `\(topic.name)`") }
    }

    func fail(request: Int16, with code: Int32, times: Int) {
        let codes = Array(repeating: rd_kafka_resp_err_t(code), count: times)
        // Safe: the cluster is alive and copies the array.
        unsafe rd_kafka_mock_push_request_errors_array(self.cluster, request, codes.count, codes)
    }
}
