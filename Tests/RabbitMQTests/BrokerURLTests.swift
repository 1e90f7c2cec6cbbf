import RabbitMQ
import Testing

@Test func `a full URL gives every part, decoded`() throws {
    let configuration = try BrokerConfiguration(
        url: "amqps://us%40er:p%3Aw%2F@one:1234,two,[::1]:99/my%2Fhost?heartbeat=7&cacertfile=%2Fca.pem")
    #expect(configuration.username == "us@er")
    #expect(configuration.password == "p:w/")
    #expect(configuration.virtualHost == "my/host")
    #expect(
        configuration.endpoints == [
            BrokerEndpoint(host: "one", port: 1234), BrokerEndpoint(host: "two", port: 5671),
            BrokerEndpoint(host: "::1", port: 99),
        ])
    #expect(configuration.heartbeatSeconds == 7)
    #expect(configuration.tls == BrokerTLS(caFile: "/ca.pem"))
}

@Test(arguments: ["amqp://host", "amqp://host/"]) func `what a URL leaves out keeps its default`(url: String) throws {
    let configuration = try BrokerConfiguration(url: url)
    #expect(configuration.username == "guest")
    #expect(configuration.virtualHost == "/")
    #expect(configuration.endpoints == [BrokerEndpoint(host: "host", port: 5672)])
    #expect(configuration.tls == nil)
}

@Test(arguments: [
    "", "http://host", "amqp://", "amqp://:5672", "amqp://host:0", "amqp://host:65536", "amqp://host:x",
    "amqp://host,", "amqp://host/a/b", "amqp://host/%2", "amqp://host/%zz", "amqp://host/%ff", "amqp://host/%00",
    "amqp://:secret@host", "amqp://[::1", "amqp://[::1]x", "amqp://host?heartbeat=0", "amqp://host?unknown=1",
    "amqp://host?cacertfile=/a", "amqps://host?certfile=/a", "amqps://host?verify=maybe", "amqp://host#x",
])
func `a faulty URL is refused`(url: String) throws {
    let error = #expect(throws: BrokerError.self) { try BrokerConfiguration(url: url) }
    #expect(error?.code == .invalidURL)
}

@Test func `no refusal repeats the password`() {
    let error = #expect(throws: BrokerError.self) { try BrokerConfiguration(url: "amqp://me:secret@host:bad/") }
    #expect(error?.reason.contains("secret") == false)
}
