package import Contracts
import CurlHTTP
package import Foundation
package import Logging

/// Why a step in the browser failed, with what the page said at that moment.
package struct BrowserError: Error, Sendable, CustomStringConvertible {
    /// WebDriver's error code (`no such element`), or our own (`condition not met`).
    package let code: String
    package let reason: String

    package var description: String { "\(code): \(reason)" }
}

/// A headless Chromium, driven through the W3C WebDriver protocol of `chromedriver`.
///
/// Elements are named by CSS selectors. A click or a text on an element that the page is just replacing is done again
/// on its successor. Nothing here sleeps: waiting happens in the page, which answers when its DOM has changed.
package struct Browser: Sendable {
    private static let elementKey = "element-6066-11e4-a52e-4f735466cecf"
    private static let size = (width: 1_280, height: 1_000)

    private let driver: WebDriverClient
    private let session: String

    /// Opens a browser of its own for `body` and closes it afterwards; a failure leaves a picture of the page.
    package static func with<Result: Sendable>(
        logger: Logger, _ body: (Browser) async throws -> Result
    ) async throws -> Result {
        let process = try await ChromeDriverProcess.start()
        defer { process.stop() }
        let driver = WebDriverClient(port: process.port, logger: logger)
        let arguments: [JSONValue] = [
            "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
            .string("--window-size=\(size.width),\(size.height)"),
        ]
        let capabilities: JSONValue = [
            "capabilities": [
                "alwaysMatch": [
                    "browserName": "chrome", "timeouts": ["script": 120_000, "pageLoad": 30_000],
                    "goog:chromeOptions": ["args": .array(arguments)],
                ]
            ]
        ]
        let answer = try await driver.send("POST", "/session", capabilities, deadline: .seconds(60))
        guard let id = answer["sessionId"]?.stringValue else {
            throw BrowserError(code: "session not created", reason: answer.text())
        }
        let browser = Browser(driver: driver, session: "/session/\(id)")
        do {
            let result = try await body(browser)
            try await browser.quit()
            return result
        } catch {
            let failure = await browser.explained(error)
            // The first failure is the news; a browser that can't be closed any more goes with its driver.
            try? await browser.quit()
            throw failure
        }
    }

    /// Loads a page and waits for its `load` event.
    package func open(_ url: String) async throws {
        _ = try await send("POST", "/url", ["url": .string(url)])
    }

    /// Clicks the middle of an element, as a person would: it must be visible and not covered.
    package func click(_ selector: String) async throws {
        try await onElement(selector) { _ = try await send("POST", "/element/\($0)/click", [:]) }
    }

    /// Types at the end of what is in a control already.
    package func type(_ text: String, into selector: String) async throws {
        try await onElement(selector) { _ = try await send("POST", "/element/\($0)/value", ["text": .string(text)]) }
    }

    /// Chooses the option of a `<select>` that has this value.
    package func choose(_ value: String, in selector: String) async throws {
        try await click("\(selector) option[value=\"\(value)\"]")
    }

    /// The visible text of an element.
    package func text(of selector: String) async throws -> String {
        try await onElement(selector) { try await send("GET", "/element/\($0)/text").stringValue ?? "" }
    }

    /// An attribute of an element, or `nil`.
    package func attribute(_ name: String, of selector: String) async throws -> String? {
        try await onElement(selector) { try await send("GET", "/element/\($0)/attribute/\(name)").stringValue }
    }

    /// Runs the body of a function in the page: `return document.title`.
    package func run(_ script: String, _ arguments: [JSONValue] = []) async throws -> JSONValue {
        try await send("POST", "/execute/sync", ["script": .string(script), "args": .array(arguments)])
    }

    /// Waits until a JavaScript expression is true in the page; looked at again after each change of the DOM.
    /// - Throws: `condition not met` with the page's text after the deadline.
    package func wait(until expression: String, within deadline: Duration) async throws {
        let script = """
            const [limit, done] = arguments;
            const holds = () => { try { return Boolean(\(expression)); } catch { return false; } };
            const finish = (answer) => { observer.disconnect(); clearInterval(timer); clearTimeout(end); done(answer); };
            const look = () => { if (holds()) finish(true); };
            const observer = new MutationObserver(look);
            observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
            const timer = setInterval(look, 100);
            const end = setTimeout(() => finish(holds()), limit);
            look();
            """
        let milliseconds = Double(deadline.components.seconds) * 1_000 + Double(deadline.components.attoseconds) / 1e15
        let answer = try await send(
            "POST", "/execute/async", ["script": .string(script), "args": [.number(milliseconds)]],
            deadline: deadline + .seconds(15))
        guard answer == .bool(true) else {
            throw BrowserError(code: "condition not met", reason: "within \(deadline): \(expression)")
        }
    }

    /// Waits until an element is there.
    package func wait(for selector: String, within deadline: Duration) async throws {
        try await wait(until: "document.querySelector(\(JSONValue.string(selector).text()))", within: deadline)
    }

    /// A picture of what is visible, as PNG.
    package func screenshot() async throws -> Data {
        let answer = try await send("GET", "/screenshot")
        guard let text = answer.stringValue, let picture = Data(base64Encoded: text) else {
            throw BrowserError(code: "no picture", reason: "the browser's answer is no base64")
        }
        return picture
    }

    private func onElement<Result>(_ selector: String, _ body: (String) async throws -> Result) async throws -> Result {
        for _ in 0..<5 {
            let answer = try await send(
                "POST", "/element", ["using": "css selector", "value": .string(selector)])
            guard let element = answer[Self.elementKey]?.stringValue else {
                throw BrowserError(code: "no such element", reason: selector)
            }
            do {
                return try await body(element)
            } catch let error as BrowserError where error.code == "stale element reference" {
                continue
            }
        }
        throw BrowserError(code: "stale element reference", reason: "\(selector) is replaced all the time")
    }

    private func send(
        _ method: String, _ path: String, _ body: JSONValue? = nil, deadline: Duration = .seconds(45)
    ) async throws -> JSONValue {
        try await driver.send(method, session + path, body, deadline: deadline)
    }

    private func quit() async throws { _ = try await send("DELETE", "") }

    /// The error with the page's text and the path of a picture, as far as the browser still answers.
    private func explained(_ error: any Error) async -> any Error {
        var reason = "\(error)"
        if let text = try? await run("return document.body.innerText").stringValue {  // only an addition
            reason += "\n--- the page says ---\n\(text.prefix(3_000))\n---"
        }
        if let picture = try? await screenshot() {  // only an addition
            let file = FileManager.default.temporaryDirectory
                .appendingPathComponent("triageloop-page-\(UUID().uuidString).png")
            if (try? picture.write(to: file)) != nil { reason += "\npicture: \(file.path)" }  // only an addition
        }
        return BrowserError(code: (error as? BrowserError)?.code ?? "failed in the browser", reason: reason)
    }
}

/// Requests of the WebDriver protocol: JSON in, `value` out, errors as `BrowserError`.
struct WebDriverClient: Sendable {
    private let base: String
    private let http: HTTPClient

    init(port: Int, logger: Logger) {
        base = "http://127.0.0.1:\(port)"
        var configuration = HTTPClientConfiguration()
        configuration.maximumResponseBytes = 64 << 20
        http = HTTPClient(configuration: configuration, logger: logger)
    }

    func send(_ method: String, _ path: String, _ body: JSONValue?, deadline: Duration) async throws -> JSONValue {
        let request = HTTPRequest(
            method: method, url: base + path, headers: [HTTPHeader("Content-Type", "application/json")],
            body: body.map { Array($0.text().utf8) } ?? [])
        let response = try await http.execute(request, deadline: deadline)
        let value = try ContractJSON.decode(JSONValue.self, from: response.body)["value"] ?? .null
        guard response.status >= 400 else { return value }
        throw BrowserError(
            code: value["error"]?.stringValue ?? "status \(response.status)",
            reason: value["message"]?.stringValue ?? "\(method) \(path)")
    }
}
