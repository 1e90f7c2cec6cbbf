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

    /// The addresses that are served.
    var addresses: Set<String> { Set(files.keys.map(Self.address)) }

    func bind(to routes: inout RouteBinder) {
        for (name, file) in files {
            let response = Response(
                status: .ok, headers: .page(of: file.type), body: ResponseBody(byteBuffer: file.body))
            routes.bindPage(Self.address(of: name), response)
        }
    }

    private static func address(of name: String) -> String { name == "index.html" ? "/" : "/\(name)" }
}

extension HTTPFields {
    /// What goes with a page or a part of one: nothing from elsewhere, nothing within a frame.
    static func page(of type: String) -> HTTPFields {
        [
            .contentType: type, .cacheControl: "no-cache",
            .contentSecurityPolicy:
                "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
            .referrerPolicy: "no-referrer",
            // RFC 8631: where a program finds what is here.
            .link: "</openapi.json>; rel=\"service-desc\", </docs>; rel=\"service-doc\"",
        ]
    }
}

extension HTTPField.Name {
    static let referrerPolicy = fieldName("Referrer-Policy")
    static let xAccelBuffering = fieldName("X-Accel-Buffering")
}
