import CMicrohttpd
import Foundation

/// What a page answers.
public struct HTTPResponse: Sendable, Equatable {
    public var status: Int
    public var contentType: String
    public var body: [UInt8]

    public init(status: Int = 200, contentType: String = "text/plain; charset=utf-8", body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    public init(status: Int = 200, contentType: String = "text/plain; charset=utf-8", _ text: String) {
        self.init(status: status, contentType: contentType, body: Array(text.utf8))
    }
}

/// Why the server did not start.
public struct HTTPServerError: Error, CustomStringConvertible {
    public let description: String
}

/// Serves a few read-only pages: health, metrics, status.
///
/// It answers `GET` and `HEAD` and reads no bodies. Connections, their memory and their idle time are bounded. Pages
/// are made on the server's own thread, so they must be quick and must not block.
@safe
public final class HTTPServer: @unchecked Sendable {
    // Sendable: `daemon` is written once, before the server is handed out, and taken once, by the first `stop`.

    /// Makes the page of a path; nil where there is none.
    public typealias Pages = @Sendable (_ path: String) -> HTTPResponse?

    private let host: String
    /// Kept alive here for the library's thread, which has only a pointer to it.
    private let context: PageContext
    private let lock = NSLock()
    private var daemon: OpaquePointer?
    /// The port it listens on, also where any free one was asked for.
    public let port: Int

    private static let connectionLimit: UInt32 = 64
    private static let idleSeconds: UInt32 = 15

    /// - Parameters:
    ///   - host: The address to listen on.
    ///   - port: 0 takes any free one.
    ///   - pages: Called on the server's thread.
    /// - Throws: ``HTTPServerError`` when the address cannot be used.
    public init(host: String, port: UInt16, pages: @escaping Pages) throws(HTTPServerError) {
        let context = PageContext(pages: pages)
        // Safe: the context outlives the daemon, which `stop` ends before this object lets go of it.
        let pointer = unsafe Unmanaged.passUnretained(context).toOpaque()
        // Safe: the strings and the function live through the call; the library copies what it keeps.
        guard
            let daemon = unsafe dure_http_start(
                host,
                port,
                Self.connectionLimit,
                Self.idleSeconds,
                answerConnection,
                pointer
            )
        else {
            let reason = POSIXErrorCode(rawValue: errno).map { POSIXError($0).localizedDescription }
            throw HTTPServerError(
                description: "cannot listen on \(host):\(port): \(reason ?? "the address cannot be used")"
            )
        }
        self.host = host
        self.context = context
        unsafe self.daemon = daemon
        // Safe: the daemon has just been started.
        self.port = Int(unsafe dure_http_port(daemon))
    }

    public var address: String { self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)" }

    /// Ends the server; connections that are being answered are cut.
    public func stop() {
        self.lock.lock()
        defer { self.lock.unlock() }
        // Safe: the lock gives the daemon to the first caller alone; the server's thread never calls this.
        if let daemon = unsafe self.daemon { unsafe MHD_stop_daemon(daemon) }
        unsafe self.daemon = nil
    }

    deinit { self.stop() }
}

/// What the library's callback needs, behind its opaque pointer.
private final class PageContext: Sendable {
    let pages: HTTPServer.Pages

    init(pages: @escaping HTTPServer.Pages) { self.pages = pages }

    func response(method: String, path: String) -> HTTPResponse {
        guard method == "GET" || method == "HEAD" else {
            return HTTPResponse(status: 405, "405: only GET and HEAD are answered here\n")
        }
        return self.pages(path) ?? HTTPResponse(status: 404, "404: there is no page here\n")
    }
}

/// Called by the library, on its own thread, once a request's headers are there.
private nonisolated func answerConnection(
    context: UnsafeMutableRawPointer?,
    connection: OpaquePointer?,
    url: UnsafePointer<CChar>?,
    method: UnsafePointer<CChar>?,
    version: UnsafePointer<CChar>?,
    uploadData: UnsafePointer<CChar>?,
    uploadSize: UnsafeMutablePointer<Int>?,
    state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    // Safe: the pointers are only compared with nil here.
    guard let context = unsafe context, let url = unsafe url, let method = unsafe method else { return .NO }
    // Safe: the pointer is the one given at the start, whose object outlives the daemon.
    let pages = unsafe Unmanaged<PageContext>.fromOpaque(context).takeUnretainedValue()
    // Safe: the library gives both as C strings that live through this call.
    let answer = unsafe pages.response(method: String(cString: method), path: String(cString: url))
    // Safe: the body is copied by the library (`MUST_COPY`); every handle is destroyed or queued here.
    return unsafe answer.body.withUnsafeBytes { body in
        let bytes = unsafe UnsafeMutableRawPointer(mutating: body.baseAddress)
        guard let response = unsafe MHD_create_response_from_buffer(body.count, bytes, .RESPMEM_MUST_COPY) else {
            return .NO
        }
        defer { unsafe MHD_destroy_response(response) }
        _ = unsafe MHD_add_response_header(response, "Content-Type", answer.contentType)
        _ = unsafe MHD_add_response_header(response, "Cache-Control", "no-store")
        if answer.status == 405 { _ = unsafe MHD_add_response_header(response, "Allow", "GET, HEAD") }
        return unsafe MHD_queue_response(connection, UInt32(answer.status), response)
    }
}
