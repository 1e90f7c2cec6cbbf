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

    init(
        id: UInt64, request: HTTPRequest, deadline: Duration?, sink: TransferSink, easy: UnsafeMutableRawPointer?,
        configuration: HTTPClientConfiguration, loop: CurlLoop
    ) throws(HTTPClientError) {
        guard let easy else { throw .malformed("libcurl has no memory for a request") }
        self.id = id
        self.easy = easy
        self.configuration = configuration
        self.loop = loop
        self.sink = sink
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        do throws(HTTPClientError) {
            let setup = EasySetup(easy: easy, configuration: configuration)
            headerList = try setup.headerList(of: request)
            try setup.apply(request, deadline: deadline, headers: headerList)
            if case .stream = sink { try setup.applyStreamLimits() } else { try setup.applyWholeLimits() }
            try setup.check(triageloop_curl_set_error_text(easy, errorText))
            try setup.check(
                triageloop_curl_set_callbacks(
                    easy, headerArrived, bodyArrived, Unmanaged.passUnretained(self).toOpaque()))
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

    func resume() { curl_easy_pause(easy, CURLPAUSE_CONT) }

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
        if head.byteCount > configuration.maximumHeaderBytes {
            ownError = .tooLarge("more than \(configuration.maximumHeaderBytes) bytes of header fields")
            return 0
        }
        let isFollowed = configuration.followRedirects && head.isRedirect
        if head.isComplete, head.status >= 200, !isFollowed, let sink { answerHead(sink) }
        return line.count
    }

    fileprivate func takeBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        if let stream { return stream.offer(bytes) ? bytes.count : Int(CURL_WRITEFUNC_PAUSE) }
        guard body.count + bytes.count <= configuration.maximumResponseBytes else {
            ownError = .tooLarge("more than \(configuration.maximumResponseBytes) bytes of body")
            return 0
        }
        body.append(contentsOf: bytes)
        return bytes.count
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

private func bodyArrived(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        .takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
}
