internal import Foundation

/// What has to be true before a worker joins its group, each said in one sentence with the way out.
struct StartupChecks {
    let configuration: KafkaConfiguration
    let client: KafkaClient
    /// Takes what the client has reported since.
    let takeErrors: () -> [KafkaError]

    func run() throws(KafkaError) {
        try self.awaitBroker()
        try self.checkTransactions()
        try self.checkTopics([self.configuration.jobsTopic] + self.configuration.outputTopics)
    }

    /// Waits for a broker that answers, and checks that topics are there.
    func requireTopics(_ topics: [String]) throws(KafkaError) {
        try self.awaitBroker()
        try self.checkTopics(topics)
    }

    /// Waits for a broker that answers.
    func awaitBroker() throws(KafkaError) {
        let deadline = Deadline(after: self.configuration.startTimeout)
        var reported: KafkaError?
        while true {
            do throws(KafkaError) {
                _ = try self.client.metadata(
                    of: self.configuration.jobsTopic,
                    upTo: deadline.remaining(atMost: .seconds(1))
                )
                return
            } catch {
                let errors = self.takeErrors()
                if let distrust = errors.first(where: \.isAboutTrust) {
                    throw self.explained(distrust)
                }
                // The last that names a connection says more than that all brokers are down.
                reported = errors.last { $0.name != "_ALL_BROKERS_DOWN" } ?? reported
                guard deadline.hasPassed else { continue }
                throw KafkaError(
                    name: "_TRANSPORT",
                    message: "no broker answers at \(self.configuration.bootstrapServers) within "
                        + "\(self.configuration.startTimeout) (\(reported?.message ?? error.message)): check the "
                        + "bootstrap servers, and that the broker runs"
                )
            }
        }
    }

    private func explained(_ error: KafkaError) -> KafkaError {
        var message = "the broker and this client do not trust each other: \(error.message)"
        if self.configuration.usesSCRAM, !KafkaLibrary.hasSoundSCRAM {
            message += "; \(KafkaConfiguration.scramAdvice)"
        } else if error.name == "_SSL" {
            message += "; check security.protocol and the ssl.* properties"
        } else {
            message += "; check the sasl.* properties"
        }
        return KafkaError(name: error.name, message: message)
    }

    /// The embedded broker accepts transactions, and does nothing with them.
    private func checkTransactions() throws(KafkaError) {
        guard self.configuration.deliveryMode == .exactlyOnce else { return }
        guard self.client.clusterID(upTo: .seconds(2))?.hasPrefix("mockCluster") == true else { return }
        throw KafkaError(
            name: "_UNSUPPORTED_FEATURE",
            message: "the embedded broker has no transactions: set the delivery mode to at-least-once"
        )
    }

    func checkTopics(_ topics: [String]) throws(KafkaError) {
        // One that was made a moment ago is not known everywhere yet.
        let deadline = Deadline(after: .seconds(3))
        while true {
            var missing: [String] = []
            for topic in topics {
                let metadata = try self.client.metadata(of: topic, upTo: .seconds(5))
                if metadata.isMissing {
                    missing.append("`\(topic)`")
                } else if let error = metadata.error, error.needsOperator {
                    throw error.during("topic `\(topic)`")
                }
            }
            if missing.isEmpty { return }
            guard deadline.hasPassed else {
                Thread.sleep(forTimeInterval: 0.2)
                continue
            }
            let (what, them) = missing.count == 1 ? ("there is no topic", "it") : ("there are no topics", "them")
            throw KafkaError(
                name: "UNKNOWN_TOPIC_OR_PART",
                message: "\(what) \(missing.joined(separator: ", ")): make \(them) with `dure topics create`"
            )
        }
    }
}
