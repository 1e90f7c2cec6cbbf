// What goes over the wire, as MLflow's REST API names it (mlflow.org, REST API 2.0).

/// A tag, a parameter or the like.
struct KeyValue: Codable, Hashable {
    let key: String
    let value: String
}

struct Experiment: Decodable {
    let id: String
    let lifecycle: String?

    enum CodingKeys: String, CodingKey {
        case id = "experiment_id"
        case lifecycle = "lifecycle_stage"
    }

    struct Found: Decodable { let experiment: Experiment }
    struct Create: Encodable { let name: String }
    struct Created: Decodable {
        let id: String
        enum CodingKeys: String, CodingKey { case id = "experiment_id" }
    }
}

struct Run: Decodable {
    struct Info: Decodable {
        let id: String
        let status: String?
        let artifactURI: String?
        let startTime: Int64?

        enum CodingKeys: String, CodingKey {
            case id = "run_id"
            case status
            case artifactURI = "artifact_uri"
            case startTime = "start_time"
        }
    }

    let info: Info

    struct Found: Decodable { let run: Run }
    struct List: Decodable { let runs: [Run]? }

    struct Search: Encodable {
        let experimentIDs: [String]
        let filter: String
        let most: Int

        enum CodingKeys: String, CodingKey {
            case experimentIDs = "experiment_ids"
            case filter
            case most = "max_results"
        }
    }

    struct Create: Encodable {
        let experimentID: String
        let name: String
        let startTime: Int64
        let tags: [KeyValue]

        enum CodingKeys: String, CodingKey {
            case experimentID = "experiment_id"
            case name = "run_name"
            case startTime = "start_time"
            case tags
        }
    }

    struct End: Encodable {
        let id: String
        let status: String
        let endTime: Int64

        enum CodingKeys: String, CodingKey {
            case id = "run_id"
            case status
            case endTime = "end_time"
        }
    }

    struct Metric: Encodable {
        let key: String
        let value: Double
        let timestamp: Int64
        let step: Int64
    }

    struct Batch: Encodable {
        let id: String
        var metrics: [Metric] = []
        var params: [KeyValue] = []
        var tags: [KeyValue] = []

        enum CodingKeys: String, CodingKey {
            case id = "run_id"
            case metrics, params, tags
        }
    }
}

struct RegisteredVersion: Decodable {
    let version: String
    let runID: String?

    enum CodingKeys: String, CodingKey {
        case version
        case runID = "run_id"
    }

    struct Found: Decodable {
        let version: RegisteredVersion
        enum CodingKeys: String, CodingKey { case version = "model_version" }
    }

    struct List: Decodable {
        let versions: [RegisteredVersion]?
        enum CodingKeys: String, CodingKey { case versions = "model_versions" }
    }

    struct Create: Encodable {
        let name: String
        let source: String
        let runID: String
        let description: String
        let tags: [KeyValue]

        enum CodingKeys: String, CodingKey {
            case name, source, description, tags
            case runID = "run_id"
        }
    }
}

/// Names a registered model, or an alias of one.
struct ModelAlias: Encodable {
    let name: String
    var alias: String?
    var version: String?
}
