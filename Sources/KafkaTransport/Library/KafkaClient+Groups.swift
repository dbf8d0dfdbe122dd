internal import CRdkafka
internal import Worker

extension KafkaClient {
    // Safe, all of these: the client is alive; requests and options are made, used and destroyed here, and the library
    // copies them; answers are copied before their event goes.

    /// Asks a group's coordinator who is in the group; a group that does not exist has no members.
    func members(of group: String, upTo timeout: Duration) throws(KafkaError) -> [KafkaAdministration.GroupMember] {
        let answers = try KafkaQueue(self)
        // Safe: see above.
        let options = unsafe self.adminOptions(RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, timeout)
        // Safe: see above.
        defer { unsafe rd_kafka_AdminOptions_destroy(options) }
        // Safe: see above.
        unsafe group.withCString { name in
            var names: [UnsafePointer<CChar>?] = unsafe [name]
            unsafe rd_kafka_DescribeConsumerGroups(self.handle, &names, 1, options, answers.queue)
        }
        let event = try self.answer(on: answers, upTo: timeout)
        var count = 0
        // Safe: see above.
        let result = unsafe rd_kafka_event_DescribeConsumerGroups_result(event.event)
        // Safe: see above.
        let groups = unsafe result.flatMap { unsafe rd_kafka_DescribeConsumerGroups_result_groups($0, &count) }
        // Safe: see above; one group was asked about.
        guard count > 0, let description = unsafe groups?[0] else { return [] }
        // Safe: see above.
        if let error = unsafe Self.error(of: description) { throw error.during("group `\(group)`") }
        // Safe: see above.
        let memberCount = unsafe rd_kafka_ConsumerGroupDescription_member_count(description)
        return (0..<memberCount).compactMap { index in
            // Safe: see above; the group has as many members as it says.
            let member = unsafe rd_kafka_ConsumerGroupDescription_member(description, index)
            // Safe: see above.
            return unsafe member.map { unsafe Self.member($0) }
        }
    }

    private static func error(of description: OpaquePointer) -> KafkaError? {
        // Safe: see above; the error belongs to the description.
        let error = unsafe rd_kafka_ConsumerGroupDescription_error(description)
        // Safe: see above.
        guard let error = unsafe error else { return nil }
        // Safe: see above.
        let text = unsafe rd_kafka_error_string(error)
        // Safe: see above.
        return KafkaError(unsafe rd_kafka_error_code(error), message: unsafe text.map { unsafe String(cString: $0) })
    }

    private static func member(_ member: OpaquePointer) -> KafkaAdministration.GroupMember {
        func text(_ characters: UnsafePointer<CChar>?) -> String {
            // Safe: see above.
            unsafe characters.map { unsafe String(cString: $0) } ?? ""
        }
        // Safe: see above; the assignment belongs to the member, and the list to the assignment.
        let assignment = unsafe rd_kafka_MemberDescription_assignment(member)
        // Safe: see above.
        let list = unsafe assignment.flatMap { unsafe rd_kafka_MemberAssignment_partitions($0) }
        // Safe: see above; the list is only read.
        let entries = unsafe list.map { unsafe PartitionList.entries(of: UnsafeMutablePointer(mutating: $0)) } ?? []
        // Safe: see above.
        let instance = unsafe text(rd_kafka_MemberDescription_group_instance_id(member))
        return KafkaAdministration.GroupMember(
            // Safe: see above.
            memberID: unsafe text(rd_kafka_MemberDescription_consumer_id(member)),
            instanceID: instance.isEmpty ? nil : instance,
            // Safe: see above.
            clientID: unsafe text(rd_kafka_MemberDescription_client_id(member)),
            // Safe: see above.
            host: unsafe text(rd_kafka_MemberDescription_host(member)),
            partitions: entries.map(\.source)
        )
    }
}
