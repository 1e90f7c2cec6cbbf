import CurlHTTP

/// Does something with the HTTP client; its faults become a provider's.
func mappingFaults<Result>(
    _ work: () async throws(HTTPClientError) -> Result
) async throws(ProviderError) -> Result {
    do throws(HTTPClientError) {
        return try await work()
    } catch {
        throw ProviderError(error)
    }
}
