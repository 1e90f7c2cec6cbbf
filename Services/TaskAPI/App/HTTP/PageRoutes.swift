import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The page at `/` and its parts, from the service's own resources, read once at the start.
struct PageRoutes: Sendable {
    private let files: [String: (type: String, body: ByteBuffer)]

    private static let types = [
        "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8",
        "svg": "image/svg+xml",
    ]

    init() throws {
        let folder = Bundle.module.bundleURL.appendingPathComponent("Resources")
        var files: [String: (type: String, body: ByteBuffer)] = [:]
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            guard let type = Self.types[file.pathExtension] else { continue }
            files[file.lastPathComponent] = (type, ByteBuffer(bytes: Array(try Data(contentsOf: file))))
        }
        self.files = files
    }

    func add(to router: Router<TaskAPIContext>) {
        for (name, file) in files {
            let path = name == "index.html" ? "/" : "/\(name)"
            router.get(RouterPath(path)) { _, _ in
                Response(
                    status: .ok,
                    headers: [
                        .contentType: file.type, .cacheControl: "no-cache",
                        .contentSecurityPolicy:
                            "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
                        .referrerPolicy: "no-referrer",
                    ], body: ResponseBody(byteBuffer: file.body))
            }
        }
    }
}

private func fieldName(_ text: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(text) else { preconditionFailure("not a field name: \(text)") }
    return name
}

extension HTTPField.Name {
    static let referrerPolicy = fieldName("Referrer-Policy")
    static let xAccelBuffering = fieldName("X-Accel-Buffering")
}
