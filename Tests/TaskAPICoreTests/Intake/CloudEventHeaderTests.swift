import TaskAPICore
import Testing

/// Attributes of CloudEvents in headers.
struct CloudEventHeaderTests {
    @Test(arguments: [
        ("/helpdesk", "/helpdesk"), ("%2Fhelp%20desk", "/help desk"), ("Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"),
        ("100%", "100%"), ("%zz", "%zz"), ("\"quoted%22\"", "quoted\""), ("\"", "\""), ("", ""),
    ])
    func `a value is decoded as the binding says`(header: String, value: String) {
        #expect(CloudEventHeader.value(header) == value)
    }

    @Test func `what is no UTF-8 once decoded is no value`() { #expect(CloudEventHeader.value("%ff%fe") == nil) }
}
