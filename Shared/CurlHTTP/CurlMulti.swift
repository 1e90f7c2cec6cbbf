import CCurl
import Glibc

/// Sole owner of one multi handle and of the transfers on it; used on the loop's thread only.
final class CurlMulti {
    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
    /// Easy handles kept for the next transfer.
    private static let spareLimit = 16

    private let handle: UnsafeMutableRawPointer
    private let interest = CurlInterest()
    private var transfers: [UInt64: Transfer] = [:]
    private var identifiers: [UnsafeMutableRawPointer: UInt64] = [:]
    private var spares: [UnsafeMutableRawPointer] = []
    let watch = TransferWatch()

    init?(configuration: HTTPClientConfiguration) {
        guard Self.isLibraryReady, let handle = curl_multi_init() else { return nil }
        self.handle = handle
        let limits = [
            (CURLMOPT_MAX_HOST_CONNECTIONS, configuration.maximumConnectionsPerHost),
            (CURLMOPT_MAX_TOTAL_CONNECTIONS, configuration.maximumConnections),
            (CURLMOPT_MAXCONNECTS, configuration.maximumConnections),
        ]
        for (option, value) in limits { triageloop_curl_multi_set_long(handle, option, value) }
        triageloop_curl_multi_set_callbacks(
            handle, socketChanged, timerChanged, Unmanaged.passUnretained(interest).toOpaque())
    }

    deinit {
        endAll(with: .closed)
        for easy in spares { curl_easy_cleanup(easy) }
        curl_multi_cleanup(handle)
    }

    /// A fresh or used handle without options; nil when libcurl has no memory for one.
    func takeEasy() -> UnsafeMutableRawPointer? { spares.popLast() ?? curl_easy_init() }

    func start(_ transfer: Transfer) {
        transfers[transfer.id] = transfer
        identifiers[transfer.easy] = transfer.id
        let code = curl_multi_add_handle(handle, transfer.easy)
        if code != CURLM_OK { end(transfer.id, with: .malformed(String(cString: curl_multi_strerror(code)))) }
        watch.note(transfer.clock)
    }

    /// Takes the transfer off; nothing happens to one that is over already.
    func end(_ id: UInt64, with error: HTTPClientError?) {
        guard let transfer = transfers.removeValue(forKey: id) else { return }
        identifiers[transfer.easy] = nil
        curl_multi_remove_handle(handle, transfer.easy)
        watch.connecting.remove(id)
        transfer.finish(with: error?.whenSent(transfer.clock.wasSent))
        curl_easy_reset(transfer.easy)
        if spares.count < Self.spareLimit {
            spares.append(transfer.easy)
        } else {
            curl_easy_cleanup(transfer.easy)
        }
    }

    func endAll(with error: HTTPClientError) {
        for id in Array(transfers.keys) { end(id, with: error) }
    }

    func resume(_ id: UInt64) {
        guard let transfer = transfers[id] else { return }
        transfer.resume()
        // Bytes that libcurl or TLS holds already make no socket readable.
        interest.wake()
    }

    func shorten(_ id: UInt64, to limit: Duration) { transfers[id]?.shorten(to: limit) }

    func prepare(_ descriptors: inout [pollfd]) -> Int32 {
        for (socket, events) in interest.sockets {
            descriptors.append(pollfd(fd: socket, events: events, revents: 0))
        }
        let wait = interest.waitMilliseconds()
        guard let nextExpiry = watch.nextExpiry else { return wait }
        let own = Int32(clamping: max(0, ContinuousClock.now.duration(to: nextExpiry).wholeMilliseconds))
        return wait < 0 ? own : min(wait, own)
    }

    func ready(_ descriptors: ArraySlice<pollfd>) {
        var running: Int32 = 0
        for descriptor in descriptors where descriptor.revents != 0 {
            curl_multi_socket_action(handle, descriptor.fd, curlEvents(descriptor.revents), &running)
        }
        if interest.takeExpiredTimer() { curl_multi_socket_action(handle, CURL_SOCKET_TIMEOUT, 0, &running) }
        endFinished()
        for id in watch.connecting { transfers[id]?.lookForHandshake() }
        endOverdue()
    }

    /// libcurl's own time limits leave out those that wait for a connection.
    private func endOverdue() {
        let now = ContinuousClock.now
        guard watch.takeExpiry(at: now) else { return }
        for (id, transfer) in transfers {
            if let fault = transfer.clock.fault(at: now) { end(id, with: fault) } else { watch.note(transfer.clock) }
        }
    }

    private func endFinished() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(handle, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
                let id = identifiers[easy], let transfer = transfers[id]
            else { continue }
            end(id, with: transfer.error(for: message.pointee.data.result))
        }
    }
}

/// What libcurl wants to be woken for; its callbacks write it while one of our calls is inside libcurl.
private final class CurlInterest {
    var sockets: [Int32: Int16] = [:]
    private var timer: ContinuousClock.Instant?

    func setTimer(milliseconds: Int) {
        timer = milliseconds < 0 ? nil : ContinuousClock.now.advanced(by: .milliseconds(milliseconds))
    }

    func wake() { timer = ContinuousClock.now }

    /// -1 for no limit; rounded up, so that the thread doesn't spin through the last millisecond.
    func waitMilliseconds() -> Int32 {
        guard let timer else { return -1 }
        let left = ContinuousClock.now.duration(to: timer)
        return left <= .zero ? 0 : Int32(clamping: left.wholeMilliseconds)
    }

    func takeExpiredTimer() -> Bool {
        guard let timer, timer <= ContinuousClock.now else { return false }
        self.timer = nil
        return true
    }
}

private func socketChanged(
    _ easy: UnsafeMutableRawPointer?, _ socket: curl_socket_t, _ what: Int32, _ context: UnsafeMutableRawPointer?,
    _ socketContext: UnsafeMutableRawPointer?
) -> Int32 {
    guard let context else { return 0 }
    let interest = Unmanaged<CurlInterest>.fromOpaque(context).takeUnretainedValue()
    switch what {
    case CURL_POLL_REMOVE: interest.sockets[socket] = nil
    case CURL_POLL_IN: interest.sockets[socket] = Int16(POLLIN)
    case CURL_POLL_OUT: interest.sockets[socket] = Int16(POLLOUT)
    case CURL_POLL_INOUT: interest.sockets[socket] = Int16(POLLIN | POLLOUT)
    // CURL_POLL_NONE: known, but nothing to wait for (a paused transfer).
    default: interest.sockets[socket] = nil
    }
    return 0
}

private func timerChanged(
    _ multi: UnsafeMutableRawPointer?, _ milliseconds: Int, _ context: UnsafeMutableRawPointer?
) -> Int32 {
    guard let context else { return 0 }
    Unmanaged<CurlInterest>.fromOpaque(context).takeUnretainedValue().setTimer(milliseconds: milliseconds)
    return 0
}

private func curlEvents(_ revents: Int16) -> Int32 {
    var events: Int32 = 0
    if revents & Int16(POLLIN | POLLHUP) != 0 { events |= CURL_CSELECT_IN }
    if revents & Int16(POLLOUT) != 0 { events |= CURL_CSELECT_OUT }
    if revents & Int16(POLLERR | POLLNVAL) != 0 { events |= CURL_CSELECT_ERR }
    return events
}

extension Duration {
    /// Rounded up.
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(clamping: seconds) * 1_000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
