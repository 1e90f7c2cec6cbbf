import Embeddings
import FaultServer
import Foundation
import Resilience

/// An OpenAI-compatible server whose vectors say whether a text is about money; or one that only fails.
final class EmbeddingsServer: Sendable {
    enum Mood: Sendable {
        case well
        /// Answers each request with status 500.
        case broken
        /// Takes requests and says nothing.
        case silent
    }

    private let server: LocalServer

    private struct Asked: Decodable {
        let input: [String]
    }

    init(_ mood: Mood) throws {
        server = try LocalServer { request, connection in
            switch mood {
            case .broken: connection.answer(status: 500)
            case .silent: _ = connection.waitForEnd()
            case .well:
                // What isn't a request of ours gets no vectors.
                let texts = (try? JSONDecoder().decode(Asked.self, from: Data(request.body)))?.input ?? []
                let items = texts.enumerated().map { #"{"index":\#($0),"embedding":\#(Self.vector($1))}"# }
                connection.answer(body: #"{"data":[\#(items.joined(separator: ","))]}"#)
            }
        }
    }

    /// For a service that waits up to 300 ms.
    var configuration: EmbeddingsConfiguration {
        var configuration = EmbeddingsConfiguration(url: server.url(""), model: "money-1")
        configuration.deadline = .milliseconds(300)
        configuration.retry.backoff = Backoff(initial: .zero, maximum: .zero)
        return configuration
    }

    private static func vector(_ text: String) -> [Double] {
        let isMoney = ["invoice", "refund", "payment"].contains { text.lowercased().contains($0) }
        let noise = Double(text.utf8.reduce(0) { $0 &+ Int($1) } % 17) / 40
        return [isMoney ? 1 : 0.1, isMoney ? 0.1 : 1, noise, 0.3]
    }
}
