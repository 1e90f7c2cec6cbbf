import CCurl
import Glibc
import Polling
import Synchronization

/// What other threads ask of the loop; done in order, on its thread.
enum CurlCommand: Sendable {
    case start(TransferTicket, HTTPRequest, Duration?, TransferSink)
    case cancel(UInt64)
    /// A stream's reader made room.
    case resume(UInt64)
    /// Nobody waits for the rest any more: it has so long to end.
    case shorten(UInt64, Duration)
    case close
}

/// Drives one multi handle on a poll thread of its own.
actor CurlLoop {
    private nonisolated let thread: PollThread
    private nonisolated let commands = Mutex<[CurlCommand]>([])
    private let configuration: HTTPClientConfiguration
    private let addressFilter: (@Sendable ([UInt8]) -> Bool)?
    /// Nil once closed, or when libcurl had no memory for it.
    private var multi: CurlMulti?
    private var isThreadReady = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(configuration: HTTPClientConfiguration, addressFilter: (@Sendable ([UInt8]) -> Bool)? = nil) {
        self.configuration = configuration
        self.addressFilter = addressFilter
        thread = PollThread(name: "curl")
        multi = CurlMulti(configuration: configuration)
        thread.setSource(
            prepare: { [weak self] descriptors in
                guard let self else { return -1 }
                var sockets: [pollfd] = []
                let wait = self.assumeIsolated { $0.prepare(&sockets) }
                descriptors.append(contentsOf: sockets)
                return wait
            },
            ready: { [weak self] descriptors in self?.assumeIsolated { $0.ready(descriptors) } })
    }

    nonisolated func submit(_ command: CurlCommand) {
        commands.withLock { $0.append(command) }
        thread.wake()
    }

    private func prepare(_ descriptors: inout [pollfd]) -> Int32 {
        if !isThreadReady {
            triageloop_curl_block_sigpipe()
            isThreadReady = true
        }
        while true {
            let batch = commands.withLock { commands in
                defer { commands.removeAll() }
                return commands
            }
            if batch.isEmpty { break }
            for command in batch { perform(command) }
        }
        guard let multi else { return -1 }
        return multi.prepare(&descriptors)
    }

    private func ready(_ descriptors: ArraySlice<pollfd>) { multi?.ready(descriptors) }

    private func perform(_ command: CurlCommand) {
        switch command {
        case .start(let ticket, let request, let deadline, let sink):
            guard let multi else { return sink.fail(.closed) }
            if ticket.isCancelled { return sink.fail(.cancelled) }
            do throws(HTTPClientError) {
                multi.start(
                    try Transfer(
                        id: ticket.id, request: request, deadline: deadline, sink: sink, easy: multi.takeEasy(),
                        configuration: configuration, addressFilter: addressFilter, loop: self, watch: multi.watch))
            } catch {
                sink.fail(error)
            }
        case .cancel(let id): multi?.end(id, with: .cancelled)
        case .resume(let id): multi?.resume(id)
        case .shorten(let id, let limit): multi?.shorten(id, to: limit)
        case .close:
            multi?.endAll(with: .closed)
            multi = nil
        }
    }
}
