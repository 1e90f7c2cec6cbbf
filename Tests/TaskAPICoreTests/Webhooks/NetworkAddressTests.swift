import TaskAPICore
import Testing

/// Which addresses a stranger may make us call.
struct NetworkAddressTests {
    @Test(arguments: [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1",
        "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.170", "192.0.2.1", "192.88.99.1",
        "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255",
        "240.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "::ffff:a9fe:a9fe", "64:ff9b::7f00:1", "64:ff9b::10.1.2.3", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1",
        "2002:808:808::1", "fe80::1", "febf::1", "fec0::1", "fc00::1", "fdff:ffff::1", "ff02::1", "2001:db8::1",
        "2001::1", "2001:10::1", "2001:20::1", "3fff::1", "100::1", "4000::1", "::1.2.3.4",
    ])
    func `a special address is not public`(text: String) throws {
        let address = try #require(NetworkAddress(text))
        #expect(!address.isPublic)
    }

    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.1", "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0",
        "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700:4700::1111", "2a00:1450:4001:82a::200e",
        "::ffff:8.8.8.8", "64:ff9b::808:808", "2001:4860:4860::8888", "2001:200::1",
    ])
    func `a public address is public`(text: String) throws {
        #expect(try #require(NetworkAddress(text)).special == nil)
    }

    @Test(arguments: [
        "", ".", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", "0x7f.0.0.1", "2130706433", "localhost",
        ":", ":::",
        "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "g::1", "fe80::1%eth0", "[::1]", "::1.2.3",
        "1.2.3.4::",
        "+1::", "1:2:3:4:5:6:7:8::",
    ])
    func `what is no address is none`(text: String) { #expect(NetworkAddress(text) == nil) }

    @Test(arguments: [
        "https://hooks.example.com/", "https://hooks.example.com", "https://hooks.example.com:8443/a?b=c",
        "HTTPS://Example.COM/x", "https://8.8.8.8/x", "https://[2606:4700:4700::1111]:443/x",
    ])
    func `a public https address is taken`(url: String) {
        #expect(WebhookAddress.fault(in: url, allowsHTTP: false, allowsPrivate: false) == nil)
    }

    @Test(arguments: [
        "http://hooks.example.com/", "ftp://hooks.example.com", "hooks.example.com", "https://", "https:///x",
        "https://a b.example",
        "https://user:pw@hooks.example.com/", "https://hooks.example.com@127.0.0.1/", "https://hooks.example.com/#x",
        "https://127.0.0.1/", "https://10.1.2.3:8080", "https://[::1]/", "https://[::ffff:10.0.0.1]/",
        "https://localhost/", "https://localhost./", "https://127.0.0.1./", "https://./",
        "https://a.localhost/", "https://printer.local/", "https://metadata.google.internal/", "https://broker/",
        "https://2130706433/",
        "https://0x7f.0.0.1/", "https://127.1/", "https://hooks.example.com:0/", "https://hooks.example.com:99999/",
        "https://hooks.example.com:+80/", "https://[fe80::1%25eth0]/", "https://hooks.example.com\\@evil.example/",
        "https://ex\u{e4}mple.com/",
        "https://[::1", "https://hooks.exa%6dple.com/",
    ])
    func `any other address is refused`(url: String) {
        #expect(WebhookAddress.fault(in: url, allowsHTTP: false, allowsPrivate: false) != nil)
    }

    @Test func `a setting allows what is ours, and plain http`() {
        #expect(WebhookAddress.fault(in: "http://127.0.0.1:9/x", allowsHTTP: true, allowsPrivate: true) == nil)
        #expect(WebhookAddress.fault(in: "http://broker/x", allowsHTTP: true, allowsPrivate: true) == nil)
        #expect(WebhookAddress.fault(in: "http://127.0.0.1/", allowsHTTP: true, allowsPrivate: false) != nil)
        #expect(WebhookAddress.fault(in: "http://127.0.0.1/", allowsHTTP: false, allowsPrivate: true) != nil)
        #expect(WebhookAddress.fault(in: "http://a@127.0.0.1/", allowsHTTP: true, allowsPrivate: true) != nil)
    }
}
