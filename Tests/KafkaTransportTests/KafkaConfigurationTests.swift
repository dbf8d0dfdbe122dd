import Testing

@testable import KafkaTransport

@Suite("KafkaConfiguration")
struct KafkaConfigurationTests {
    @Test("has defaults with which nothing is wrong")
    func defaults() throws {
        _ = try KafkaConfiguration(workerID: "w-1").validated()
        #expect(KafkaConfiguration.embedded(bootstrapServers: "127.0.0.1:1").problems.isEmpty)
        #expect(KafkaConfiguration().notices.isEmpty)
    }

    @Test("reports every problem at once")
    func everyProblem() throws {
        var configuration = KafkaConfiguration(workerID: "w 1")
        configuration.bootstrapServers = "kafka-1:9092, kafka-2"
        configuration.group = ""
        configuration.jobsTopic = "jobs?"
        configuration.outputTopics = ["results", "jobs?"]
        configuration.sessionTimeout = .milliseconds(1)
        configuration.properties = ["enable.auto.commit": "true", "no.such.property": "1", "linger.ms": "soon"]
        let error = #expect(throws: KafkaConfigurationError.self) { try configuration.validated() }
        let problems = try #require(error).problems
        for expected in [
            "worker id", "`kafka-2`", "group", "`jobs?`", "is the jobs topic", "session timeout",
            "`enable.auto.commit` cannot be set: Dure commits offsets itself", "`no.such.property`", "`linger.ms`",
        ] {
            #expect(problems.contains { $0.contains(expected) }, "nothing about \(expected)")
        }
        #expect(problems.count == 10, "\(problems)")
    }

    @Test(
        "tells addresses from other texts",
        arguments: [
            ("localhost:9092", true), ("a:1,b:2", true), ("a:1, b:2", true), ("[::1]:9092", true),
            ("10.0.0.1:65535", true),
            ("", false), ("a", false), (":9092", false), ("a:0", false), ("a:65536", false), ("a:1,", false),
            ("a b:1", false), ("a:b:1", false), ("http://a:1", false), ("a:-1", false),
        ]
    )
    func addresses(text: String, isGood: Bool) {
        var configuration = KafkaConfiguration()
        configuration.bootstrapServers = text
        #expect(configuration.problems.isEmpty == isGood, "\(configuration.problems)")
    }

    @Test(
        "refuses each property that its promises rest on",
        arguments: KafkaConfiguration.ownedProperties.keys.sorted()
    )
    func owned(name: String) {
        var configuration = KafkaConfiguration()
        configuration.properties = [name: "x"]
        #expect(configuration.problems.count == 1)
        #expect(configuration.problems.first?.contains("`\(name)` cannot be set: ") == true)
    }

    @Test("prints no secret, in no way")
    func secrets() {
        var configuration = KafkaConfiguration()
        configuration.properties = [
            "sasl.username": "dure", "sasl.password": "hunter2", "ssl.key.password": "hunter2",
            "ssl.key.pem": "hunter2", "sasl.oauthbearer.client.secret": "hunter2",
        ]
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("hunter2") && text.contains("sasl.password=<redacted>"))
            #expect(text.contains("sasl.username=dure"))
        }
        configuration.properties = ["ssl.keystore.password": "hunter2", "sasl.jaas.config": "hunter2"]
        #expect(!configuration.problems.isEmpty && !configuration.problems.contains { $0.contains("hunter2") })
    }

    @Test("lets properties that are not Dure's override its defaults")
    func overrides() {
        var configuration = KafkaConfiguration()
        #expect(configuration.producerProperties["partitioner"] == "murmur2_random")
        configuration.properties = ["partitioner": "consistent", "queued.min.messages": "7"]
        #expect(configuration.producerProperties["partitioner"] == "consistent")
        #expect(configuration.consumerProperties["queued.min.messages"] == "7")
    }

    @Test("makes clients that the library accepts, of every kind")
    func clients() throws {
        for mode in DeliveryMode.allCases {
            var configuration = KafkaConfiguration(workerID: "w-1")
            configuration.deliveryMode = mode
            configuration.sessionTimeout = .seconds(600)
            _ = try KafkaClient(.consumer, configuration.consumerProperties)
            _ = try KafkaClient(.consumer, configuration.readerProperties)
            _ = try KafkaClient(.consumer, configuration.adminProperties)
            _ = try KafkaClient(.producer, configuration.producerProperties)
            _ = try KafkaClient(.producer, configuration.transactionalProperties)
        }
    }

    @Test("warns of what the library cannot do well")
    func notices() {
        var configuration = KafkaConfiguration()
        configuration.properties = [
            "sasl.mechanism": "SCRAM-SHA-512", "partition.assignment.strategy": "cooperative-sticky",
        ]
        let notices = configuration.notices
        #expect(notices.contains { $0.contains("SCRAM") } == !KafkaLibrary.hasSoundSCRAM)
        #expect(notices.contains { $0.contains("cooperative") } == !KafkaLibrary.hasSoundCooperativeAssignor)
        configuration.deliveryMode = .atLeastOnce
        #expect(configuration.problems.isEmpty == KafkaLibrary.hasSoundCooperativeAssignor)
    }
}
