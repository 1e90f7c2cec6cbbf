import AIAnalyzerProviders
import Contracts
import FaultServer
import Testing

private let partOutputs = """
    {"category": {"probabilities": "probs", "labels": ["bug", "feature", "question"]},
     "priority": {"label": "prio", "confidence": "prio_p"},
     "effort": {"points": "points", "confidence": "points_p"}}
    """

private func settings(_ server: LocalServer, outputs: String, version: String = "") -> String {
    """
    {"providers": [{"name": "cluster", "kind": "kserve", "base_url": "\(server.url("/"))",
     "versions": [{"name": "v1", "model": "triage model"\(version),
       "inputs": [{"name": "title", "content": "title"}, {"name": "all", "content": "text", "dimensions": 2},
                  {"name": "ask", "content": "request"}],
       "outputs": \(outputs)}]}]}
    """
}

private func tensor(_ name: String, _ type: String, _ shape: String, _ data: String) -> String {
    "{\"name\": \"\(name)\", \"datatype\": \"\(type)\", \"shape\": \(shape), \"data\": \(data)}"
}

private func response(_ tensors: [String], more: String = "") -> String {
    "{\"model_name\": \"triage\", \"model_version\": \"3\"\(more), \"outputs\": [\(tensors.joined(separator: ","))]}"
}

private let goodTensors = [
    tensor("probs", "FP32", "[1, 3]", "[[0.2, 0.1, 0.7]]"), tensor("prio", "BYTES", "[1]", "[\"low\"]"),
    tensor("prio_p", "FP32", "[1]", "[0.6]"), tensor("points", "FP32", "[1, 1]", "[[5]]"),
    tensor("points_p", "FP32", "[]", "[0.4]"),
]

@Suite struct KServeProviderTests {
    @Test func `a request names its tensors, and the answer is put together from others`() async throws {
        let seen = Signal<LocalServer.Request>()
        let server = try LocalServer { request, connection in
            seen.fire(request)
            connection.answer(body: response(goodTensors))
        }
        let provider = try makeProvider(
            settings(server, outputs: partOutputs, version: ", \"model_version\": \"3\""))
        let request = makeRequest()
        let answer = try await provider.analyse(request, deadline: .seconds(20))
        #expect(
            answer
                == ProviderAnswer(
                    category: ChosenLabel(value: "question", confidence: 0.7),
                    priority: ChosenLabel(value: "low", confidence: 0.6),
                    effort: ChosenEffort(points: 5, confidence: 0.4),
                    servedModel: "triage", servedVersion: "3"))
        let sent = try await seen.value()
        #expect(sent.target == "/v2/models/triage%20model/versions/3/infer")
        #expect(sent.headers["traceparent"] == request.story.trace.traceparent)
        let body = try #require(StrictJSON.value(sent.body))
        #expect(body["id"] == .string("\(request.taskID)"))
        #expect(
            body["outputs"] == [
                ["name": "probs"], ["name": "prio"], ["name": "prio_p"], ["name": "points"], ["name": "points_p"],
            ])
        guard case .array(let inputs)? = body["inputs"] else { throw NoProvider() }
        #expect(inputs[0] == ["name": "title", "datatype": "BYTES", "shape": [1], "data": ["Login crashes"]])
        #expect(inputs[1]["shape"] == [1, 1])
        #expect(inputs[1]["data"] == ["Login crashes\n\nSince this morning."])
        #expect(inputs[2]["data"] != nil)
    }

    @Test func `one tensor may hold the whole answer as JSON`() async throws {
        let server = try LocalServer { _, connection in
            connection.answer(body: response([tensor("out", "BYTES", "[1]", "[\(ModelServer.quoted(goodAnswer))]")]))
        }
        let provider = try makeProvider(settings(server, outputs: "{\"answer\": \"out\"}"))
        let answer = try await provider.analyse(makeRequest(), deadline: .seconds(20))
        #expect(answer.labels == [ChosenLabel(value: "login", confidence: 0.7)])
        #expect(answer.usage == nil)
        #expect(provider.mostTokens(for: makeRequest()) == .zero)
    }

    @Test(arguments: [
        "{}", "[]", "{\"error\": \"no\"}", "{\"outputs\": [{}]}",
        response(goodTensors, more: ", \"id\": \"another request\""),
        response(Array(goodTensors.dropFirst())), response(goodTensors + [goodTensors[0]]),
        response([tensor("probs", "FP32", "[1, 4]", "[[0.2, 0.1, 0.7]]")] + goodTensors.dropFirst()),
        response([tensor("probs", "FP32", "[1, 3]", "[[0.2, 0.1, 7]]")] + goodTensors.dropFirst()),
        response([tensor("probs", "FP32", "[1, 2]", "[[0.2, 0.8]]")] + goodTensors.dropFirst()),
        response([tensor("probs", "FP32", "[1000000000, 1000000000]", "[]")] + goodTensors.dropFirst()),
        response([goodTensors[0], tensor("prio", "BYTES", "[1]", "[\"urgent\"]")] + goodTensors.dropFirst(2)),
        response([goodTensors[0], tensor("prio", "FP32", "[1]", "[3]")] + goodTensors.dropFirst(2)),
        response(Array(goodTensors.dropLast(2)) + [tensor("points", "FP32", "[1]", "[500]"), goodTensors[4]]),
    ])
    func `an answer that the protocol or the lists don't allow is a bad answer`(body: String) async throws {
        let server = try LocalServer { _, connection in connection.answer(body: body) }
        let provider = try makeProvider(settings(server, outputs: partOutputs))
        #expect(await failure(of: provider, makeRequest())?.code == .badAnswer)
    }

    @Test func `a server's error keeps its words`() async throws {
        let server = try LocalServer { _, connection in
            connection.answer(status: 404, body: "{\"error\": \"Model triage has no version 3\"}")
        }
        let error = await failure(of: try makeProvider(settings(server, outputs: partOutputs)), makeRequest())
        #expect(error?.code == .rejected)
        #expect(error?.reason == "Model triage has no version 3")
    }
}
