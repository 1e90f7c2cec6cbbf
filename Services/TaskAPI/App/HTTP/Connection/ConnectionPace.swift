import HTTPTypes
import Metrics
import NIOCore
import NIOHTTPTypes
import Observability
import TaskAPICore

/// Ends connections of clients that send a request too slowly or don't read what they are sent.
///
/// It stands between the HTTP codec and the responder, where requests and answers begin and end, and puts a handler in
/// front of the codec, where bytes come; both belong to one connection and its event loop.
final class ConnectionPace: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private static let slowRequests = MetricCatalogue.connectionsEnded.counter([("reason", "slow_request")])
    private static let slowReaders = MetricCatalogue.connectionsEnded.counter([("reason", "slow_reader")])

    private let pace: RequestPace
    private let writeLimit: TimeAmount
    /// When the first byte of the request came that is being read; nil between requests.
    private var beganAt: NIODeadline?
    private var bytes = 0
    /// Requests whose head is here and whose answer hasn't ended.
    private var underWay = 0
    private var isBodyComing = false
    private var isAnswerBegun = false
    private var place: ChannelHandlerContext?
    private var readTimer: Scheduled<Void>?
    private var writeTimer: Scheduled<Void>?

    /// - Parameter writeLimit: how long a client may leave what it was sent unread.
    init(_ pace: RequestPace, writeLimit: Duration) {
        self.pace = pace
        self.writeLimit = TimeAmount(writeLimit)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        place = context
        do {
            try context.pipeline.syncOperations.addHandler(BytesBefore(self), position: .first)
        } catch {
            // Nothing would bound this connection.
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        place = nil
        stop()
    }

    // MARK: Requests

    /// Bytes have come, of whatever they are.
    fileprivate func arrived(_ count: Int) {
        if beganAt == nil, let place {
            beganAt = .now()
            bytes = 0
            watchRequest(place, for: pace.limit(bytes: count))
        }
        bytes += count
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            underWay += 1
            isBodyComing = true
        case .body: break
        case .end:
            isBodyComing = false
            beganAt = nil
            readTimer?.cancel()
            readTimer = nil
        }
        context.fireChannelRead(data)
    }

    private func watchRequest(_ context: ChannelHandlerContext, for time: Duration) {
        let held = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        readTimer = context.eventLoop.scheduleTask(in: TimeAmount(time)) {
            let (pace, context) = held.value
            pace.lookAtRequest(context)
        }
    }

    private func lookAtRequest(_ context: ChannelHandlerContext) {
        guard let beganAt else { return }
        let left = pace.limit(bytes: bytes) - Duration.nanoseconds((NIODeadline.now() - beganAt).nanoseconds)
        if left > .zero { return watchRequest(context, for: left) }
        // While an earlier request is being answered nothing is read: the client can't be blamed.
        guard underWay <= (isBodyComing ? 1 : 0) else { return watchRequest(context, for: pace.allowance) }
        Self.slowRequests.increment()
        if !isAnswerBegun {
            let head = HTTPResponse(status: .requestTimeout, headerFields: [.connection: "close", .contentLength: "0"])
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
        context.close(promise: nil)
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head): isAnswerBegun = head.status.kind != .informational
        case .body: break
        case .end:
            isAnswerBegun = false
            underWay -= 1
        }
        context.write(data, promise: promise)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        writeTimer?.cancel()
        writeTimer = nil
        if !context.channel.isWritable {
            let held = NIOLoopBound(context, eventLoop: context.eventLoop)
            writeTimer = context.eventLoop.scheduleTask(in: writeLimit) {
                Self.slowReaders.increment()
                held.value.close(promise: nil)
            }
        }
        context.fireChannelWritabilityChanged()
    }

    private func stop() {
        readTimer?.cancel()
        writeTimer?.cancel()
        (readTimer, writeTimer) = (nil, nil)
    }
}

/// Tells of bytes before they are understood.
private final class BytesBefore: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let pace: ConnectionPace

    init(_ pace: ConnectionPace) { self.pace = pace }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        pace.arrived(unwrapInboundIn(data).readableBytes)
        context.fireChannelRead(data)
    }
}
