import CCurl
import Glibc

/// Who waits for a transfer.
enum TransferSink: Sendable {
    case whole(CheckedContinuation<Result<HTTPResponse, HTTPClientError>, Never>)
    case stream(CheckedContinuation<Result<HTTPStream, HTTPClientError>, Never>)

    func fail(_ error: HTTPClientError) {
        switch self {
        case .whole(let continuation): continuation.resume(returning: .failure(error))
        case .stream(let continuation): continuation.resume(returning: .failure(error))
        }
    }
}

/// One request on its easy handle; used on the loop's thread only, also by libcurl's callbacks.
final class Transfer {
    let id: UInt64
    let easy: UnsafeMutableRawPointer
    private let configuration: HTTPClientConfiguration
    private let addressFilter: (@Sendable ([UInt8]) -> Bool)?
    /// The last one that the filter refused.
    private var refusedAddress: String?
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private let loop: CurlLoop
    /// Nil once answered.
    private var sink: TransferSink?
    /// Set when a stream's head was handed out.
    private var stream: HTTPBodyBuffer?
    private var head = ResponseHead()
    private var body: [UInt8] = []
    /// Why a callback of ours stopped the transfer, in place of libcurl's "write error".
    private var ownError: HTTPClientError?
    private(set) var clock: TransferClock {
        didSet { if clock.phase != oldValue.phase { watch.note(clock) } }
    }
    private let watch: TransferWatch
    private var streamedBytes = 0
    /// Opened for it; several addresses may be tried at once.
    private var sockets: [Int32] = []

    init(
        id: UInt64, request: HTTPRequest, deadline: Duration?, sink: TransferSink, easy: UnsafeMutableRawPointer?,
        configuration: HTTPClientConfiguration, addressFilter: (@Sendable ([UInt8]) -> Bool)?, loop: CurlLoop,
        watch: TransferWatch
    ) throws(HTTPClientError) {
        guard let easy else { throw .malformed("libcurl has no memory for a request") }
        self.id = id
        self.easy = easy
        self.configuration = configuration
        self.addressFilter = addressFilter
        self.loop = loop
        self.watch = watch
        self.sink = sink
        clock = TransferClock(
            limits: PhaseLimits(
                tls: configuration.tlsTimeout, firstByte: configuration.firstByteTimeout,
                idle: configuration.idleTimeout), deadline: deadline, now: .now)
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        do throws(HTTPClientError) {
            let setup = EasySetup(easy: easy, configuration: configuration)
            headerList = try setup.headerList(of: request)
            try setup.apply(request, deadline: deadline, headers: headerList)
            // Of a stream the status shows first, however long the body is that it announces.
            if case .stream = sink {} else { try setup.applyWholeLimits() }
            try setup.check(triageloop_curl_set_error_text(easy, errorText))
            try setup.check(
                triageloop_curl_set_callbacks(
                    easy, headerArrived, bodyArrived, Unmanaged.passUnretained(self).toOpaque()))
            try setup.check(
                triageloop_curl_set_phase_callbacks(
                    easy, socketOpened, connectionReady, Unmanaged.passUnretained(self).toOpaque()))
            if addressFilter != nil {
                try setup.check(
                    triageloop_curl_set_open_callback(
                        easy, socketWanted, Unmanaged.passUnretained(self).toOpaque()))
            }
        } catch {
            // The caller tells the sink; the handle isn't on the multi handle yet.
            self.sink = nil
            curl_easy_cleanup(easy)
            throw error
        }
    }

    deinit {
        curl_slist_free_all(headerList)
        errorText.deallocate()
    }

    /// libcurl's result as ours; nil for success.
    func error(for code: CURLcode) -> HTTPClientError? {
        if let ownError { return ownError }
        if code != CURLE_OK, let refusedAddress { return .addressRefused(refusedAddress) }
        return code == CURLE_OK ? nil : HTTPClientError(curl: code, detail: String(cString: errorText))
    }

    /// Answers whoever waits. Call once, after the handle left the multi handle.
    func finish(with error: HTTPClientError?) {
        if let stream { return stream.finish(error) }
        guard let sink else { return }
        self.sink = nil
        if let error { return sink.fail(error) }
        switch sink {
        case .whole(let continuation):
            continuation.resume(
                returning: .success(HTTPResponse(status: head.status, headers: head.headers, body: body)))
        case .stream:
            answerHead(sink)
            stream?.finish(nil)
        }
    }

    func resume() {
        clock.received(at: .now)
        curl_easy_pause(easy, CURLPAUSE_CONT)
    }

    func shorten(to limit: Duration) {
        clock.shorten(to: ContinuousClock.now.advanced(by: limit))
        watch.note(clock)
    }

    /// Notes that TCP is connected, where a handshake follows.
    func lookForHandshake() {
        guard clock.phase == .connecting else { return }
        // libcurl says that it is connected only after the handshake.
        guard sockets.contains(where: isConnected) else { return }
        clock.enter(.securing, at: .now)
        watch.connecting.remove(id)
    }

    /// A socket for an address, or `CURL_SOCKET_BAD`.
    fileprivate func open(_ address: UnsafePointer<curl_sockaddr>) -> curl_socket_t {
        let bytes = [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
            count = triageloop_curl_address_bytes(address, buffer.baseAddress)
        }
        guard !bytes.isEmpty, addressFilter?(bytes) ?? true else {
            refusedAddress = text(of: bytes)
            return CURL_SOCKET_BAD
        }
        return triageloop_curl_open_socket(address)
    }

    fileprivate func note(_ socket: Int32) {
        sockets.append(socket)
        guard clock.phase == .queued else { return }
        clock.enter(.connecting, at: .now)
        watch.connecting.insert(id)
    }

    /// False: the request must not go out again.
    fileprivate func mayGoOut() -> Bool {
        if clock.wasSent, !configuration.resendsOnLostConnection, !head.isRedirect {
            ownError = HTTPClientError(
                code: .connectionLost, isRetriable: true, reason: "the server closed a kept connection unanswered")
            return false
        }
        clock.enter(.waiting, at: .now)
        watch.connecting.remove(id)
        return true
    }

    private func answerHead(_ sink: TransferSink) {
        guard case .stream(let continuation) = sink else { return }
        let buffer = HTTPBodyBuffer(limit: configuration.streamBufferBytes, id: id, loop: loop)
        stream = buffer
        self.sink = nil
        continuation.resume(
            returning: .success(HTTPStream(status: head.status, headers: head.headers, body: HTTPBody(buffer))))
    }

    fileprivate func takeHeader(_ line: UnsafeRawBufferPointer) -> Int {
        head.add(line)
        clock.received(at: .now)
        if head.byteCount > configuration.maximumHeaderBytes {
            ownError = .tooLarge("more than \(configuration.maximumHeaderBytes) bytes of header fields")
            return 0
        }
        let isFollowed = configuration.followRedirects && head.isRedirect
        if head.isComplete, head.status >= 200, !isFollowed, let sink { answerHead(sink) }
        return line.count
    }

    fileprivate func takeBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        clock.received(at: .now)
        if let stream { return offer(bytes, to: stream) }
        guard body.count + bytes.count <= configuration.maximumResponseBytes else {
            ownError = .tooLarge("more than \(configuration.maximumResponseBytes) bytes of body")
            return 0
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }
}

extension Transfer {
    private func offer(_ bytes: UnsafeRawBufferPointer, to stream: HTTPBodyBuffer) -> Int {
        if let limit = configuration.maximumStreamBytes, streamedBytes + bytes.count > limit {
            ownError = .tooLarge("more than \(limit) bytes of streamed body")
            return 0
        }
        guard stream.offer(bytes) else {
            clock.enter(.paused, at: .now)
            return Int(CURL_WRITEFUNC_PAUSE)
        }
        streamedBytes += bytes.count
        return bytes.count
    }
}

private func isConnected(_ socket: Int32) -> Bool {
    var address = sockaddr_storage()
    return withUnsafeMutableBytes(of: &address) { bytes in
        var length = socklen_t(bytes.count)
        return getpeername(socket, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length) == 0
    }
}

/// The status line and header fields of the last response head that came in.
private struct ResponseHead {
    private(set) var status = 0
    private(set) var headers: [HTTPHeader] = []
    private(set) var byteCount = 0
    private(set) var isComplete = false

    var isRedirect: Bool { (300..<400).contains(status) && headers.first(named: "location") != nil }

    mutating func add(_ line: UnsafeRawBufferPointer) {
        byteCount += line.count
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("HTTP/") {
            // An informational answer or a redirect came before this one.
            headers.removeAll()
            isComplete = false
            let fields = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true)
            status = fields.count > 1 ? Int(fields[1].prefix(3)) ?? 0 : 0
        } else if text.utf8.allSatisfy({ $0 == 13 || $0 == 10 }) {
            isComplete = true
        } else if !isComplete, let colon = text.firstIndex(of: ":") {
            headers.append(
                HTTPHeader(
                    String(text[..<colon]).trimmingBlanks(), String(text[text.index(after: colon)...]).trimmingBlanks())
            )
        }
    }
}

extension String {
    fileprivate func trimmingBlanks() -> String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\n" || $0 == "\r\n" }
        return String(drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}

private func headerArrived(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        .takeHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
}

private func socketOpened(_ context: UnsafeMutableRawPointer?, _ socket: curl_socket_t, _ purpose: curlsocktype)
    -> Int32
{
    guard let context else { return Int32(CURL_SOCKOPT_ERROR) }
    Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().note(socket)
    return Int32(CURL_SOCKOPT_OK)
}

private func socketWanted(
    _ context: UnsafeMutableRawPointer?, _ purpose: curlsocktype, _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let context, let address else { return CURL_SOCKET_BAD }
    return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().open(address)
}

/// An address for a person.
private func text(of bytes: [UInt8]) -> String {
    if bytes.count == 4 { return bytes.map(String.init).joined(separator: ".") }
    let groups = stride(from: 0, to: bytes.count, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
    return groups.isEmpty ? "no IP address" : groups.map { String($0, radix: 16) }.joined(separator: ":")
}

private func connectionReady(
    _ context: UnsafeMutableRawPointer?, _ remoteAddress: UnsafeMutablePointer<CChar>?,
    _ localAddress: UnsafeMutablePointer<CChar>?, _ remotePort: Int32, _ localPort: Int32
) -> Int32 {
    guard let context else { return CURL_PREREQFUNC_ABORT }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.mayGoOut() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

private func bodyArrived(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        .takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
}
