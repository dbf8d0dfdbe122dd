import Foundation
import FoundationNetworking
import OrderedJSON
import TestSupport

/// A broker of its own behind a proxy that delays every answer.
final class SlowNetwork: Sendable {
    let kafka: RealKafka
    private let proxy: ChildProcess

    /// Toxiproxy's server; nil where there is none.
    static let proxy: String? = {
        let beside = Programs.checkout.appending(path: "../shared/toxiproxy/toxiproxy-server").standardizedFileURL.path
        let candidates = [ProcessInfo.processInfo.environment["DURE_TOXIPROXY"], beside]
        return candidates.compactMap { $0 }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    init(latencyMs: Int) async throws {
        let (listen, control) = (try FreePort.next(), try FreePort.next())
        self.kafka = try await RealKafka(advertisedPort: listen)
        self.proxy = try ChildProcess(
            Self.proxy ?? "",
            ["-host", "127.0.0.1", "-port", String(control)],
            directory: self.kafka.directory
        )
        let definition: JSONValue = [
            "name": "broker", "listen": .string("127.0.0.1:\(listen)"), "upstream": .string(self.kafka.bootstrap),
        ]
        let delay: JSONValue = [
            "type": "latency", "stream": "downstream", "attributes": ["latency": .integer(Int64(latencyMs))],
        ]
        let hasStarted = await eventually(within: .seconds(20)) {
            await Self.post("http://127.0.0.1:\(control)/proxies", definition)
        }
        guard hasStarted, await Self.post("http://127.0.0.1:\(control)/proxies/broker/toxics", delay) else {
            throw StageError(description: "toxiproxy did not start: \(self.proxy.errors)")
        }
    }

    func stop() { self.proxy.signal(SIGKILL) }

    private static func post(_ address: String, _ body: JSONValue) async -> Bool {
        guard let url = URL(string: address) else { return false }
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.httpBody = Data(body.serialized())
        let answer = try? await URLSession.shared.data(for: request)
        return ((answer?.1 as? HTTPURLResponse)?.statusCode).map { (200..<300).contains($0) } ?? false
    }
}

/// Ports that nobody listens on at the moment.
enum FreePort {
    static func next() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        // Safe: the address lives through the calls, which are told its size.
        let status = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
                let bound = unsafe bind(descriptor, general, length)
                return bound == 0 ? unsafe getsockname(descriptor, general, &length) : bound
            }
        }
        guard status == 0 else { throw StageError(description: "no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
