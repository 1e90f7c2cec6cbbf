import CurlHTTP

/// Files of Cloud Storage, by its JSON interface (version 1).
struct CloudStorage: Sendable {
    let url: String
    let calls: BearerCalls

    /// Stores a file; one of the same name is replaced.
    func put(_ content: [UInt8], as name: String, in folder: CloudFolder) async throws(JobFault) {
        let object = "\(folder.path)/\(name)".percentEncoded
        _ = try await calls.send(
            "POST", "\(url)/upload/storage/v1/b/\(folder.bucket.percentEncoded)/o?uploadType=media&name=\(object)",
            content,
            "application/octet-stream")
    }

    /// - Throws: with the status 404 where there is no such file.
    func get(_ name: String, in folder: CloudFolder) async throws(JobFault) -> [UInt8] {
        let object = "\(folder.path)/\(name)".percentEncoded
        return try await calls.send("GET", "\(url)/storage/v1/b/\(folder.bucket.percentEncoded)/o/\(object)?alt=media")
            .body
    }
}
