import CurlHTTP

/// Where the bearer token of a call comes from.
package protocol TokenSource: Sendable {
    /// The token for the next call; nil when calls carry none.
    func token(within limit: Duration) async throws(AccessTokenError) -> String?

    /// The server refused this token: a cached one is not to be used again.
    func discard(_ token: String) async
}

/// No token, or one from a file.
package struct FileToken: TokenSource {
    private let file: SecretFile?

    package init(path: String?) { file = path.map(SecretFile.init) }

    package func token(within limit: Duration) async throws(AccessTokenError) -> String? { try file?.secret() }

    // A file's token is read again when the file changes, and not before.
    package func discard(_ token: String) async {}
}
