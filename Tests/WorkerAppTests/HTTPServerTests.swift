import Foundation
import FoundationNetworking
import Testing
import WorkerApp

@Suite("HTTPServer")
struct HTTPServerTests {
    private static func server() throws -> HTTPServer {
        try HTTPServer(host: "127.0.0.1", port: 0) { path in
            path == "/healthz" ? HTTPResponse("ok\n") : nil
        }
    }

    private static func answer(
        _ server: HTTPServer,
        _ path: String,
        method: String = "GET"
    ) async throws -> (Int, String) {
        let url = try #require(URL(string: "http://\(server.address)\(path)"))
        var request = URLRequest(url: url)
        request.httpMethod = method
        let (data, response) = try await URLSession.shared.data(for: request)
        return ((response as? HTTPURLResponse)?.statusCode ?? 0, String(decoding: data, as: UTF8.self))
    }

    @Test("answers a page, and says which there is not")
    func pages() async throws {
        let server = try Self.server()
        defer { server.stop() }
        #expect(try await Self.answer(server, "/healthz") == (200, "ok\n"))
        #expect(try await Self.answer(server, "/nothing").0 == 404)
        #expect(try await Self.answer(server, "/healthz", method: "POST").0 == 405)
    }

    @Test("a port that is taken is an error that names it")
    func takenPort() throws {
        let server = try Self.server()
        defer { server.stop() }
        do {
            _ = try HTTPServer(host: "127.0.0.1", port: UInt16(server.port)) { _ in nil }
            Issue.record("expected an error")
        } catch {
            #expect(error.description.contains("127.0.0.1:\(server.port)"), "\(error)")
        }
    }
}
