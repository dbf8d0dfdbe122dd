extension KafkaConfiguration {
    /// Properties that cannot be set, each with the reason.
    static let ownedProperties: [String: String] = {
        let commits = "Dure commits offsets itself, together with results"
        let servers = "it is a setting of its own, the bootstrap servers"
        let worker = "it follows from the worker id"
        let events = "the library's events are part of how Dure works"
        return [
            "bootstrap.servers": servers, "metadata.broker.list": servers,
            "group.id": "it is a setting of its own, the group",
            "client.id": worker, "group.instance.id": worker, "transactional.id": worker,
            "enable.auto.commit": commits, "auto.commit.enable": commits, "auto.commit.interval.ms": commits,
            "enable.auto.offset.store": commits, "offset.store.method": commits, "offset.store.path": commits,
            "isolation.level": "exactly-once needs it to be read_committed",
            "enable.idempotence": "results are never produced twice by one producer",
            "acks": "results are acknowledged by all in-sync replicas",
            "request.required.acks": "results are acknowledged by all in-sync replicas",
            "session.timeout.ms": "it is a setting of its own, the session timeout",
            "transaction.timeout.ms": "it is a setting of its own, the transaction timeout",
            "message.timeout.ms": "it follows from the transaction timeout",
            "delivery.timeout.ms": "it follows from the transaction timeout",
            "enable.partition.eof": events, "enabled_events": events, "log.queue": events,
            "delivery.report.only.error": events,
            "test.mock.num.brokers": "`dure demo` starts a broker for trying things out",
        ]
    }()

    /// What every client of this process says.
    private var commonProperties: KafkaProperties {
        KafkaProperties([
            "bootstrap.servers": self.bootstrapServers,
            "client.id": "dure-\(self.workerID)",
            "socket.nagle.disable": "true",
            // A broker that says nothing for longer is tried on another connection, within a transaction's time.
            "socket.timeout.ms": String(min(10_000, self.transactionTimeout.milliseconds)),
        ])
    }

    /// For a client that only asks questions.
    var adminProperties: KafkaProperties { self.commonProperties.merging(self.properties) }

    /// For the member of the group that reads jobs.
    var consumerProperties: KafkaProperties {
        let session = self.sessionTimeout.milliseconds
        var properties = self.commonProperties
        properties["group.id"] = self.group
        if self.usesStaticMembership { properties["group.instance.id"] = self.workerID }
        properties["partition.assignment.strategy"] = KafkaLibrary.defaultAssignor
        properties["session.timeout.ms"] = String(session)
        properties["heartbeat.interval.ms"] = String(max(50, min(3000, session / 6)))
        properties["max.poll.interval.ms"] = String(max(300_000, session))
        properties["enable.auto.commit"] = "false"
        properties["enable.auto.offset.store"] = "false"
        // For offsets too: a new owner waits until a dead owner's transaction has ended.
        properties["isolation.level"] = "read_committed"
        properties["auto.offset.reset"] = "earliest"
        properties["allow.auto.create.topics"] = "false"
        // Of each partition: enough for some seconds, since a full queue is looked at once a second only.
        properties["queued.min.messages"] = "1000"
        properties["queued.max.messages.kbytes"] = "8192"
        return properties.merging(self.properties)
    }

    /// For the producer whose transactions hold results and offsets.
    var transactionalProperties: KafkaProperties {
        var properties = self.producerProperties
        properties["transactional.id"] = "\(self.group).\(self.workerID)"
        properties["transaction.timeout.ms"] = String(self.transactionTimeout.milliseconds)
        return properties
    }

    /// For a producer that sends each record once, in no transaction.
    var producerProperties: KafkaProperties {
        var properties = self.commonProperties
        properties["enable.idempotence"] = "true"
        properties["acks"] = "all"
        // Every record has its end before the transaction has to be given up.
        properties["message.timeout.ms"] = String(self.transactionTimeout.milliseconds * 2 / 3)
        properties["linger.ms"] = "5"
        properties["compression.type"] = "lz4"
        // As Java's producers, so that a key's partition does not depend on who produced it.
        properties["partitioner"] = "murmur2_random"
        return properties.merging(self.properties)
    }

    /// For a reader of whole topics, which is in no group.
    var readerProperties: KafkaProperties {
        var properties = self.commonProperties
        properties["isolation.level"] = "read_committed"
        properties["enable.partition.eof"] = "true"
        properties["enable.auto.commit"] = "false"
        properties["auto.offset.reset"] = "earliest"
        properties["allow.auto.create.topics"] = "false"
        properties["queued.min.messages"] = "10000"
        properties["queued.max.messages.kbytes"] = "32768"
        return properties.merging(self.properties)
    }
}
