import RetrainingTriggerCore
import Testing

@Suite struct RedactionTests {
    @Test(
        arguments: [
            ("Write to mia.k+work@mail.example.org, please", "Write to ***, please", "email"),
            ("<ana@example.com>", "<***>", "email"),
            ("key AKIAIOSFODNN7EXAMPLE is out", "key *** is out", "token"),
            ("ghp_0123456789abcdefghijklmnopqrstuvwxyz", "***", "token"),
            ("password=hunter2hunter2 fails", "password=*** fails", "secret"),
            ("\"api_key\": \"a1b2c3d4e5f6\",", "\"api_key\": \"***\",", "secret"),
            ("api_key = 'zzTopSecretKey99'", "api_key = '***'", "secret"),
            ("\"password\" : \"hunter2hunter2\"", "\"password\" : \"***\"", "secret"),
            ("export MYSQL_PWD=letmein99; mysql", "export MYSQL_PWD=***; mysql", "secret"),
            ("Authorization: Bearer abc123def456", "Authorization: Bearer ***", "secret"),
            ("postgres://me:s3cr3t@db.example.org/x", "postgres://***@db.example.org/x", "secret"),
            (
                "a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nb", "a\n***\nb",
                "private_key"
            ),
            (
                "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_X end", "jwt *** end",
                "token"
            ),
        ])
    func `secrets go, the words around them stay`(text: String, redacted: String, kind: String) {
        let result = Redaction.redact(text)
        #expect(result.text == redacted)
        #expect(result.counts.map(\.key.rawValue) == [kind])
        let again = Redaction.redact(result.text)
        #expect(again.text == redacted && again.counts.isEmpty)
    }

    @Test(
        arguments: [
            "git@github.com:apple/swift.git", "react@16.8.0 breaks", "icon@2x.png is blurred", "@mia please look",
            "the password is wrong", "password: required", "token expired", "sk-learn and task-api", "a -> b: c = d",
            "Price: 10@shop", "eyJ is how JSON begins", "Straße, naïve café, 日本語 🛒", "", "-----BEGIN CERTIFICATE-----",
            "tokens=4096", "PWD=/home/user12345", "the secret is out = 12345678",
            "commit 3f786850e387550fdab836ed7e6dc881de23001b",
        ])
    func `other words are left alone`(text: String) {
        let result = Redaction.redact(text)
        #expect(result.text == text)
        #expect(result.counts.isEmpty)
    }
}
