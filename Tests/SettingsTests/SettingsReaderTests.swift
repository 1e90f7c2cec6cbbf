import Foundation
import Settings
import Testing

private enum Colour: String, CaseIterable { case red, green }

/// The faults of a reading, as shown to people.
private func faults(_ environment: [String: String], read: (inout SettingsReader) -> Void) -> [String] {
    var reader = SettingsReader(environment: environment)
    read(&reader)
    do throws(SettingsError) {
        try reader.finish()
        return []
    } catch {
        return error.faults.map(\.description)
    }
}

@Suite struct SettingsReaderTests {
    @Test func `values of every kind are read`() throws {
        var reader = SettingsReader(environment: [
            "TRIAGELOOP_HTTP_HOST": "::1", "TRIAGELOOP_HTTP_PORT": "8081", "TRIAGELOOP_SHARE": "0.25",
            "TRIAGELOOP_LIMIT": "250ms", "TRIAGELOOP_COLOUR": "green", "TRIAGELOOP_LOUD": "yes",
        ])
        #expect(reader.string("HTTP_HOST", default: nil, summary: "host") == "::1")
        #expect(reader.integer("HTTP_PORT", default: nil, in: 0...65_535, unit: "port", summary: "port") == 8_081)
        #expect(reader.number("SHARE", default: 1, in: 0...1, unit: "ratio", summary: "share") == 0.25)
        let limit = reader.duration("LIMIT", default: .seconds(1), in: .zero...(.seconds(9)), summary: "limit")
        #expect(limit == .milliseconds(250))
        #expect(reader.choice("COLOUR", default: Colour.red, summary: "colour") == .green)
        let isLoud = reader.flag("LOUD", default: false, summary: "loud")
        #expect(isLoud)
        try reader.finish()
    }

    @Test func `what is not set or empty takes its default`() throws {
        var reader = SettingsReader(environment: ["TRIAGELOOP_HTTP_PORT": "", "TRIAGELOOP_NAME": ""])
        #expect(reader.integer("HTTP_PORT", default: 8_080, in: 0...65_535, unit: "port", summary: "port") == 8_080)
        #expect(reader.optionalString("NAME", summary: "name") == nil)
        #expect(reader.choice("COLOUR", default: Colour.red, summary: "colour") == .red)
        let isLoud = reader.flag("LOUD", default: false, summary: "loud")
        #expect(!isLoud)
        try reader.finish()
    }

    @Test func `all faults are listed at once`() {
        let environment = [
            "TRIAGELOOP_HTTP_PORT": "70000", "TRIAGELOOP_LIMIT": "5", "TRIAGELOOP_COLOUR": "blue",
            "TRIAGELOOP_LOUD": "maybe", "TRIAGELOOP_SHARE": "half",
        ]
        let found = faults(environment) { reader in
            _ = reader.string("DATABASE_URL", default: nil, summary: "the database's address")
            _ = reader.integer("HTTP_PORT", default: 1, in: 1...65_535, unit: "port", summary: "port")
            _ = reader.duration("LIMIT", default: .seconds(1), in: .seconds(1)...(.seconds(120)), summary: "limit")
            _ = reader.choice("COLOUR", default: Colour.red, summary: "colour")
            _ = reader.flag("LOUD", default: true, summary: "loud")
            _ = reader.number("SHARE", default: 1, in: 0...1, unit: "ratio", summary: "share")
            reader.fault("AMQP_URL", "can't be used")
        }
        #expect(
            found == [
                "TRIAGELOOP_DATABASE_URL is required: the database's address",
                "TRIAGELOOP_HTTP_PORT must be from 1 to 65535 (port), not 70000",
                "TRIAGELOOP_LIMIT must be a duration like 250ms, 5s or 2m from 1s to 2m, not \"5\"",
                "TRIAGELOOP_COLOUR must be one of red, green, not \"blue\"",
                "TRIAGELOOP_LOUD must be true or false, not \"maybe\"",
                "TRIAGELOOP_SHARE must be a number from 0 to 1 (ratio), not \"half\"",
                "TRIAGELOOP_AMQP_URL can't be used",
            ])
    }

    @Test(arguments: [("0s", 0), ("90s", 90_000), ("2m", 120_000), ("1h", 3_600_000), ("1d", 86_400_000)])
    func `durations are whole numbers with a unit`(text: String, milliseconds: Int) {
        var reader = SettingsReader(environment: ["TRIAGELOOP_LIMIT": text])
        let value = reader.duration("LIMIT", default: .seconds(7), in: .zero...(.seconds(100_000)), summary: "limit")
        #expect(value == .milliseconds(milliseconds))
    }

    @Test(arguments: ["5", "s", "-1s", "1.5s", "5 s", "99999999999999999d", "5S", "٣s"])
    func `what is no duration is a fault`(text: String) {
        let found = faults(["TRIAGELOOP_LIMIT": text]) {
            _ = $0.duration("LIMIT", default: .seconds(7), in: .zero...(.seconds(100_000)), summary: "limit")
        }
        #expect(found.count == 1)
    }

    @Test func `a file that can't be loaded is a fault beside the others`() throws {
        let environment = ["TRIAGELOOP_BASE_MODEL": "/nowhere", "TRIAGELOOP_SHARE": "2"]
        let found = faults(environment) {
            #expect($0.file("BASE_MODEL", summary: "model", load: { try Unreadable.load($0) }) == nil)
            _ = $0.number("SHARE", default: 1, in: 0...1, unit: "ratio", summary: "share")
        }
        #expect(
            found == [
                "TRIAGELOOP_BASE_MODEL /nowhere: it is no model",
                "TRIAGELOOP_SHARE must be from 0 to 1 (ratio), not 2",
            ])
        var reader = SettingsReader(environment: ["TRIAGELOOP_BASE_MODEL": "/there"])
        #expect(reader.file("BASE_MODEL", summary: "model", load: { $0.count }) == 6)
        #expect(reader.file("OTHER", summary: "another", load: { try Unreadable.load($0) }) == nil)
        try reader.finish()
    }

    private enum Unreadable: Error, CustomStringConvertible {
        case always
        var description: String { "it is no model" }
        static func load(_ path: String) throws -> Int { throw Unreadable.always }
    }

    @Test func `numbers that are not finite are refused`() {
        let found = faults(["TRIAGELOOP_SHARE": "nan"]) {
            _ = $0.number("SHARE", default: 1, in: 0...1, unit: "ratio", summary: "share")
        }
        #expect(found == ["TRIAGELOOP_SHARE must be from 0 to 1 (ratio), not nan"])
    }
}

@Suite struct SettingsNamesTests {
    @Test(arguments: ["TRIAGELOOP_HTTP_PROT", "TRIAGELOOP_HTPP_PORT", "TRIAGELOOP_HTTP_PORTS"])
    func `a misspelt name is a fault that names what is meant`(name: String) {
        let found = faults([name: "1"]) {
            _ = $0.integer("HTTP_PORT", default: 1, in: 1...2, unit: "port", summary: "port")
        }
        #expect(found == ["\(name) is not a setting; is TRIAGELOOP_HTTP_PORT meant?"])
    }

    @Test(arguments: [
        "TRIAGELOOP_TEST_HTTP_PORT", "TRIAGELOOP_ADMIN_DATABASE_URL", "TRIAGELOOP_TRAINING_WORK_FOLDER", "HTTP_PROT",
        "TRIAGELOOP_HTTP_HOST", "TRIAGELOOP_SOMETHING_ELSE",
    ])
    func `names of other programs are left alone`(name: String) {
        let found = faults([name: "1"]) {
            _ = $0.integer("HTTP_PORT", default: 1, in: 1...2, unit: "port", summary: "port")
        }
        #expect(found.isEmpty)
    }
}

@Suite struct SecretTests {
    @Test func `a secret comes from a file, without the newline at its end`() throws {
        let path = try file("amqp://guest:s3cr3t@host/\n")
        var reader = SettingsReader(environment: ["TRIAGELOOP_AMQP_URL_FILE": path])
        let value = reader.string("AMQP_URL", default: nil, summary: "broker", isSecret: true)
        #expect(value == "amqp://guest:s3cr3t@host/")
        try reader.finish()
    }

    @Test func `no secret is in the table or in a fault`() {
        var reader = SettingsReader(environment: ["TRIAGELOOP_AMQP_URL": "amqp://guest:s3cr3t@host/"])
        _ = reader.string("AMQP_URL", default: "amqp://default:h1dden@host", summary: "broker", isSecret: true)
        _ = reader.integer("HTTP_PORT", default: 8_080, in: 1...65_535, unit: "port", summary: "the port to serve on")
        #expect(reader.table().contains("TRIAGELOOP_AMQP_URL   (secret)"))
        #expect(reader.table().contains("TRIAGELOOP_HTTP_PORT  8080"))
        for text in [reader.table(), "\(reader.documentation)"] {
            #expect(!text.contains("s3cr3t") && !text.contains("h1dden"))
        }
    }

    @Test func `a secret's file that can't be read is one fault`() {
        let found = faults(["TRIAGELOOP_AMQP_URL_FILE": "/nowhere/at/all"]) {
            _ = $0.string("AMQP_URL", default: nil, summary: "broker", isSecret: true)
        }
        #expect(found == ["TRIAGELOOP_AMQP_URL_FILE names /nowhere/at/all, which can't be read"])
    }

    @Test func `a setting given both ways is a fault`() throws {
        let found = faults(["TRIAGELOOP_AMQP_URL_FILE": try file("a"), "TRIAGELOOP_AMQP_URL": "b"]) {
            _ = $0.string("AMQP_URL", default: nil, summary: "broker", isSecret: true)
        }
        #expect(found == ["TRIAGELOOP_AMQP_URL is set twice: here and by TRIAGELOOP_AMQP_URL_FILE"])
    }

    @Test func `the settings file stands in for variables that are not set`() throws {
        let path = try file("# ours\nTRIAGELOOP_HTTP_HOST=from=file\n\nTRIAGELOOP_NAME=from file\n")
        var reader = SettingsReader(environment: [
            "TRIAGELOOP_SETTINGS_FILE": path, "TRIAGELOOP_NAME": "from environment",
        ])
        #expect(reader.string("HTTP_HOST", default: nil, summary: "host") == "from=file")
        #expect(reader.string("NAME", default: nil, summary: "name") == "from environment")
        try reader.finish()
    }

    @Test func `a wrong line of the settings file is a fault with its number`() throws {
        let path = try file("TRIAGELOOP_HTTP_HOST=a\nHTTP_PORT: 8080\n")
        let found = faults(["TRIAGELOOP_SETTINGS_FILE": path]) { _ in }
        #expect(
            found == ["TRIAGELOOP_SETTINGS_FILE names \(path), whose line 2 is not TRIAGELOOP_NAME=value"])
    }

    private func file(_ content: String) throws -> String {
        let url = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data(content.utf8).write(to: url)
        return url.path
    }
}
