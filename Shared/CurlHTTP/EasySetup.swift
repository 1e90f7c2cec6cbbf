import CCurl
import Glibc

/// Puts a request and the client's limits on an easy handle.
struct EasySetup {
    let easy: UnsafeMutableRawPointer
    let configuration: HTTPClientConfiguration

    func check(_ code: CURLcode) throws(HTTPClientError) {
        guard code == CURLE_OK else { throw HTTPClientError(curl: code, detail: "") }
    }

    func apply(
        _ request: HTTPRequest, deadline: Duration?, headers: UnsafeMutablePointer<curl_slist>?
    ) throws(HTTPClientError) {
        guard isToken(request.method) else { throw .malformed("not a method: \(request.method.debugDescription)") }
        guard !request.url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else {
            throw .malformed("blank or control character in the URL")
        }
        try check(triageloop_curl_only_http(easy))
        try set(CURLOPT_URL, request.url)
        try set(CURLOPT_USERAGENT, configuration.userAgent)
        // No signals: this isn't the main thread. Nor may removing a handle wait for its name look-up.
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_QUICK_EXIT, 1)
        try set(CURLOPT_TCP_NODELAY, 1)
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        try set(CURLOPT_HTTP_VERSION, version)
        // No CURLOPT_PIPEWAIT: against a server of HTTP/1.1 the first requests would wait for each other's answers.
        try set(CURLOPT_CONNECTTIMEOUT_MS, max(1, configuration.connectTimeout.wholeMilliseconds))
        // Zero would mean no limit at all.
        if let deadline { try set(CURLOPT_TIMEOUT_MS, min(max(1, deadline.wholeMilliseconds), Int(Int32.max))) }
        try applyTrust()
        try applyMethod(request)
        try check(triageloop_curl_set_list(easy, CURLOPT_HTTPHEADER, headers))
        if configuration.followRedirects {
            try set(CURLOPT_FOLLOWLOCATION, 1)
            try set(CURLOPT_MAXREDIRS, 5)
        }
        switch configuration.proxy {
        case .none: try set(CURLOPT_PROXY, "")
        case .environment: try set(CURLOPT_NOPROXY, Self.environmentExceptions)
        case .url(let url): try set(CURLOPT_PROXY, url)
        }
    }

    func applyWholeLimits() throws(HTTPClientError) {
        // Fails on the announced length already; bodies without one are counted as they come.
        try check(
            triageloop_curl_set_offset(easy, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(configuration.maximumResponseBytes)))
    }

    /// The header fields as libcurl's list, which the caller frees.
    func headerList(of request: HTTPRequest) throws(HTTPClientError) -> UnsafeMutablePointer<curl_slist>? {
        var lines: [String] = []
        for header in request.headers {
            guard isToken(header.name) else { throw .malformed("not a header name: \(header.name.debugDescription)") }
            guard !header.value.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) else {
                throw .malformed("control character in header \(header.name)")
            }
            // libcurl takes "Name:" as an order to leave the field out.
            lines.append(header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
        }
        // What libcurl would add by itself: a form's content type, and a wait for "100 Continue".
        for name in ["Content-Type", "Expect"] where request.headers.first(named: name) == nil {
            lines.append("\(name):")
        }
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            guard let longer = curl_slist_append(list, line) else {
                curl_slist_free_all(list)
                throw .malformed("libcurl has no memory for the header fields")
            }
            list = longer
        }
        return list
    }

    /// What the environment excepts, and this machine: no proxy leads back here.
    private static var environmentExceptions: String {
        let given = (getenv("no_proxy") ?? getenv("NO_PROXY")).map { String(cString: $0) + "," } ?? ""
        return given + "localhost,127.0.0.1,::1"
    }

    private var version: Int {
        switch configuration.versions {
        case .automatic: Int(CURL_HTTP_VERSION_2TLS)
        case .http1: Int(CURL_HTTP_VERSION_1_1)
        }
    }

    private func applyTrust() throws(HTTPClientError) {
        try set(CURLOPT_SSL_VERIFYPEER, configuration.verifyTLS ? 1 : 0)
        try set(CURLOPT_SSL_VERIFYHOST, configuration.verifyTLS ? 2 : 0)
        if let caFile = configuration.caFile { try set(CURLOPT_CAINFO, caFile) }
    }

    private func applyMethod(_ request: HTTPRequest) throws(HTTPClientError) {
        switch request.method {
        case "GET" where request.body.isEmpty: return try set(CURLOPT_HTTPGET, 1)
        case "HEAD": return try set(CURLOPT_NOBODY, 1)
        case "POST": try set(CURLOPT_POST, 1)
        default: try set(CURLOPT_CUSTOMREQUEST, request.method)
        }
        let needsLength = ["POST", "PUT", "PATCH"].contains(request.method)
        guard needsLength || !request.body.isEmpty else { return }
        let code = request.body.withUnsafeBytes {
            triageloop_curl_set_body(easy, $0.baseAddress, $0.count)
        }
        try check(code)
    }

    private func set(_ option: CURLoption, _ value: Int) throws(HTTPClientError) {
        try check(triageloop_curl_set_long(easy, option, value))
    }

    private func set(_ option: CURLoption, _ value: String) throws(HTTPClientError) {
        try check(triageloop_curl_set_string(easy, option, value))
    }
}

/// RFC 9110's `token`.
private func isToken(_ text: String) -> Bool {
    !text.isEmpty
        && text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"):
                true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        }
}
