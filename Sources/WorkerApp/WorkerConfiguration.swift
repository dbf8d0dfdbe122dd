public import InferenceEngine
public import JobContract
public import KafkaTransport
public import MoEModel
public import Settings
public import Worker

/// Everything that makes one worker what it is.
public struct WorkerConfiguration: Sendable {
    public var model = ModelOptions()
    /// What a job's `model` may say; `*` accepts any.
    ///
    /// Empty: the model directory's name.
    public var servedNames: [String] = []
    public var kafka = KafkaConfiguration()
    /// Nil: no metrics records.
    public var metricsTopic: String? = "dure.metrics"
    public var delivery = DeliveryConfiguration()
    public var engine = EngineConfiguration()
    public var decoder = DecoderModelConfiguration()
    public var jobs = JobServiceConfiguration()
    public var limits = JobLimits()
    public var unknownFields = JobPolicy.UnknownFields.refuse
    /// Topics that `dure-reply-topic` may name.
    public var replyTopics: [String] = []
    public var runner = JobRunnerConfiguration(workerID: "dure")
    /// Where the pages are; nil serves none.
    public var http: HostPort? = HostPort(host: HostPort.loopback, port: 0)
    public var watchdog = Watchdog.Limits()

    public init() {}

    /// The names under which a model is served.
    public func servedModelNames(of model: ServedModel) -> [String] {
        self.servedNames.isEmpty ? [model.defaultName] : self.servedNames
    }
}
