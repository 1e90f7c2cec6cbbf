import APIKeys
import Contracts
import CurlHTTP
import Logging
import Postgres
import TestSupport
import Testing

/// The page where the service asks who calls, in a real headless browser.
@Suite(.serialized) struct PageIdentityTests {
    private static let deadline = Duration.seconds(20)

    @Test func `the page asks for a key, works with it, also its stream, and forgets it at sign-out`() async throws {
        let settings = [
            "TRIAGELOOP_IDENTITY": "keys", "TRIAGELOOP_KEY_CACHE": "0s", "TRIAGELOOP_LOG_LEVEL": "trace",
        ]
        try await RunningSystem.run(settings: settings, starting: [.taskAPI]) { system in
            let key = try await system.database.withPool { pool in
                var generator = SystemRandomNumberGenerator()
                return try await KeyStore(pool: pool).create(
                    APIKeyDraft(name: "page", user: "ana"), tenant: "shop", creator: "tests", limit: 10,
                    secret: APIKeySecret(using: &generator))
            }
            try await Browser.with(logger: Logger(label: "test")) { browser in
                try await browser.open(system.url + "/")
                try await browser.wait(for: "[data-testid=key-needed]", within: Self.deadline)
                try await browser.type("tl_wrong\u{E007}", into: "[data-testid=key]")
                try await browser.wait(
                    until: "document.querySelector('[data-testid=key-needed]').textContent.includes('Not let in')",
                    within: Self.deadline)
                // U+E007 is WebDriver's Enter key.
                try await browser.type("\(key.secret)\u{E007}", into: "[data-testid=key]")
                try await browser.wait(for: "[data-testid=connection][data-state=live]", within: Self.deadline)
                #expect(try await browser.run("return document.querySelector('[data-testid=user]').value") == "ana")
                #expect(try await browser.run("return document.querySelector('[data-testid=user]').readOnly") == true)

                // Another client's task of the same person comes by the stream.
                let made = try await system.send(
                    "POST", "/v1/tasks", json: #"{"title":"Made elsewhere"}"#, user: "ana",
                    headers: [.init("Authorization", "Bearer " + key.secret)])
                #expect(made.status == 202)
                try await browser.wait(
                    until: "document.body.textContent.includes('Made elsewhere')", within: Self.deadline)

                let addresses = try await browser.run(
                    "return performance.getEntries().map((entry) => entry.name).join(' ') + location.href")
                #expect(addresses.stringValue?.contains("/v1/tasks") == true)
                #expect(addresses.stringValue?.contains("tl_") == false)
                #expect(try await browser.run("return JSON.stringify(localStorage).includes('tl_')") == false)

                try await browser.click("[data-testid=sign-out]")
                try await browser.wait(for: "[data-testid=key-needed]", within: Self.deadline)
                #expect(try await browser.run("return sessionStorage.length") == 0)
                #expect(
                    try await browser.run("return document.body.textContent.includes('Made elsewhere')") == false)
            }
            let log = try system.service(.taskAPI).log
            #expect(log.contains("request refused"))
            #expect(!log.contains(key.secret.dropFirst(key.key.prefix.count)) && !log.contains("tl_wrong"))
        }
    }
}
