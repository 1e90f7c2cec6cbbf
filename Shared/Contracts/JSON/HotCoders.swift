extension TaskCreated: HotPayload {
    init(from reader: inout JSONReader) throws(JSONReader.Mismatch) { task = try TaskSnapshot(member: &reader) }
    func write(to writer: inout JSONWriter) { task.write(asMemberOf: &writer) }
}

extension TaskEdited: HotPayload {
    init(from reader: inout JSONReader) throws(JSONReader.Mismatch) { task = try TaskSnapshot(member: &reader) }
    func write(to writer: inout JSONWriter) { task.write(asMemberOf: &writer) }
}

extension TaskSnapshot {
    fileprivate init(member reader: inout JSONReader) throws(JSONReader.Mismatch) {
        var task: TaskSnapshot?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "task": task = try TaskSnapshot(from: &reader)
            default: try reader.skip()
            }
        }
        guard let task else { throw JSONReader.Mismatch() }
        self = task
    }

    fileprivate func write(asMemberOf writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("task")
        write(to: &writer)
        writer.endObject()
    }

    private init(from reader: inout JSONReader) throws(JSONReader.Mismatch) {
        var taskID: Identifier?
        var tenant, project, author, title, body: String?
        var labels: [String]?
        var revision: Int?
        var createdAt: EventTime?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "task_id": taskID = try reader.identifier()
            case "tenant": tenant = try reader.string()
            case "project": project = try reader.string()
            case "author": author = try reader.string()
            case "title": title = try reader.string()
            case "body": body = try reader.string()
            case "labels": labels = try reader.strings()
            case "revision": revision = try reader.integer()
            case "created_at": createdAt = try reader.time()
            default: try reader.skip()
            }
        }
        guard let taskID, let tenant, let project, let author, let title, let body, let labels, let revision,
            let createdAt
        else { throw JSONReader.Mismatch() }
        self.init(
            taskID: taskID, tenant: tenant, project: project, author: author, title: title, body: body,
            labels: labels, revision: revision, createdAt: createdAt)
    }

    private func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("task_id")
        writer.string(taskID)
        writer.key("tenant")
        writer.string(tenant)
        writer.key("project")
        writer.string(project)
        writer.key("author")
        writer.string(author)
        writer.key("title")
        writer.string(title)
        writer.key("body")
        writer.string(body)
        writer.key("labels")
        writer.strings(labels)
        writer.key("revision")
        writer.integer(revision)
        writer.key("created_at")
        writer.string(createdAt)
        writer.endObject()
    }
}

extension AnalysisCompleted: HotPayload {
    init(from reader: inout JSONReader) throws(JSONReader.Mismatch) {
        var tenant, project, author: String?
        var analysis: Analysis?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "tenant": tenant = try reader.string()
            case "project": project = try reader.string()
            case "author": author = try reader.string()
            case "analysis": analysis = try Analysis(from: &reader)
            default: try reader.skip()
            }
        }
        guard let tenant, let project, let author, let analysis else { throw JSONReader.Mismatch() }
        self.init(tenant: tenant, project: project, author: author, analysis: analysis)
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("tenant")
        writer.string(tenant)
        writer.key("project")
        writer.string(project)
        writer.key("author")
        writer.string(author)
        writer.key("analysis")
        analysis.write(to: &writer)
        writer.endObject()
    }
}

extension Analysis {
    init(from reader: inout JSONReader) throws(JSONReader.Mismatch) {
        var analysisID, taskID: Identifier?
        var revision, duration: Int?
        var version, reason: String?
        var rung: Rung?
        var degraded: Bool?
        var category, priority: LabelSuggestion?
        var effort: EffortSuggestion?
        var labels: [String]?
        var similar: [SimilarTask]?
        var analysedAt: EventTime?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "analysis_id": analysisID = try reader.identifier()
            case "task_id": taskID = try reader.identifier()
            case "revision": revision = try reader.integer()
            case "model_version": version = try reader.string()
            case "rung": rung = Rung(rawValue: try reader.string())
            case "degraded": degraded = try reader.bool()
            case "reason": reason = try reader.null() ? nil : reader.string()
            case "category": category = try reader.null() ? nil : LabelSuggestion(from: &reader)
            case "priority": priority = try reader.null() ? nil : LabelSuggestion(from: &reader)
            case "effort": effort = try reader.null() ? nil : EffortSuggestion(from: &reader)
            case "labels": labels = try reader.strings()
            case "similar":
                similar = try reader.array { reader throws(JSONReader.Mismatch) in try SimilarTask(from: &reader) }
            case "analysed_at": analysedAt = try reader.time()
            case "duration_microseconds": duration = try reader.integer()
            default: try reader.skip()
            }
        }
        guard let analysisID, let taskID, let revision, let version, let rung, let degraded, let labels, let similar,
            let analysedAt, let duration
        else { throw JSONReader.Mismatch() }
        self.init(
            analysisID: analysisID, taskID: taskID, revision: revision, modelVersion: version, rung: rung,
            degraded: degraded, reason: reason, category: category, priority: priority, effort: effort,
            labels: labels, similar: similar, analysedAt: analysedAt, durationMicroseconds: duration)
    }

    /// The object as JSON; for the event and for the `jsonb` column alike.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("analysis_id")
        writer.string(analysisID)
        writer.key("task_id")
        writer.string(taskID)
        writer.key("revision")
        writer.integer(revision)
        writer.key("model_version")
        writer.string(modelVersion)
        writer.key("rung")
        writer.string(rung.rawValue)
        writer.key("degraded")
        writer.bool(degraded)
        if let reason {
            writer.key("reason")
            writer.string(reason)
        }
        if let category {
            writer.key("category")
            category.write(to: &writer)
        }
        if let priority {
            writer.key("priority")
            priority.write(to: &writer)
        }
        if let effort {
            writer.key("effort")
            effort.write(to: &writer)
        }
        writer.key("labels")
        writer.strings(labels)
        writer.key("similar")
        writer.beginArray()
        for task in similar { task.write(to: &writer) }
        writer.endArray()
        writer.key("analysed_at")
        writer.string(analysedAt)
        writer.key("duration_microseconds")
        writer.integer(durationMicroseconds)
        writer.endObject()
    }
}

extension LabelSuggestion {
    fileprivate init(from reader: inout JSONReader) throws(JSONReader.Mismatch) {
        var value: String?
        var confidence: Double?
        var zone: Zone?
        var distribution: [String: Double]?
        var reasons: [Reason]?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "value": value = try reader.string()
            case "confidence": confidence = try reader.number()
            case "zone": zone = Zone(rawValue: try reader.string())
            case "distribution": distribution = try reader.numbers()
            case "reasons":
                reasons = try reader.array { reader throws(JSONReader.Mismatch) in try Reason(from: &reader) }
            default: try reader.skip()
            }
        }
        guard let value, let confidence, let zone, let distribution, let reasons else { throw JSONReader.Mismatch() }
        self.init(value: value, confidence: confidence, zone: zone, distribution: distribution, reasons: reasons)
    }

    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("value")
        writer.string(value)
        writer.key("confidence")
        writer.number(confidence)
        writer.key("zone")
        writer.string(zone.rawValue)
        writer.key("distribution")
        writer.beginObject()
        for (label, probability) in distribution {
            writer.key(label)
            writer.number(probability)
        }
        writer.endObject()
        writer.key("reasons")
        writer.beginArray()
        for reason in reasons {
            writer.beginObject()
            writer.key("term")
            writer.string(reason.term)
            writer.key("field")
            writer.string(reason.field)
            writer.key("weight")
            writer.number(reason.weight)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }
}

extension Reason {
    fileprivate init(from reader: inout JSONReader) throws(JSONReader.Mismatch) {
        var term, field: String?
        var weight: Double?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "term": term = try reader.string()
            case "field": field = try reader.string()
            case "weight": weight = try reader.number()
            default: try reader.skip()
            }
        }
        guard let term, let field, let weight else { throw JSONReader.Mismatch() }
        self.init(term: term, field: field, weight: weight)
    }
}

extension EffortSuggestion {
    fileprivate init(from reader: inout JSONReader) throws(JSONReader.Mismatch) {
        var points, low, high, confidence: Double?
        var enough: Bool?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "points": points = try reader.number()
            case "low": low = try reader.number()
            case "high": high = try reader.number()
            case "confidence": confidence = try reader.number()
            case "enough_evidence": enough = try reader.bool()
            default: try reader.skip()
            }
        }
        guard let points, let low, let high, let confidence, let enough else { throw JSONReader.Mismatch() }
        self.init(points: points, low: low, high: high, confidence: confidence, enoughEvidence: enough)
    }

    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("points")
        writer.number(points)
        writer.key("low")
        writer.number(low)
        writer.key("high")
        writer.number(high)
        writer.key("confidence")
        writer.number(confidence)
        writer.key("enough_evidence")
        writer.bool(enoughEvidence)
        writer.endObject()
    }
}

extension SimilarTask {
    fileprivate init(from reader: inout JSONReader) throws(JSONReader.Mismatch) {
        var taskID: Identifier?
        var title: String?
        var score: Double?
        var terms: [String]?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "task_id": taskID = try reader.identifier()
            case "title": title = try reader.string()
            case "score": score = try reader.number()
            case "shared_terms": terms = try reader.strings()
            default: try reader.skip()
            }
        }
        guard let taskID, let title, let score, let terms else { throw JSONReader.Mismatch() }
        self.init(taskID: taskID, title: title, score: score, sharedTerms: terms)
    }

    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("task_id")
        writer.string(taskID)
        writer.key("title")
        writer.string(title)
        writer.key("score")
        writer.number(score)
        writer.key("shared_terms")
        writer.strings(sharedTerms)
        writer.endObject()
    }
}

extension TaskDraft {
    /// Reads a request's body the fast way; `nil` where it is not a plain draft, and Codable then says why.
    package init?(fastFrom bytes: UnsafeBufferPointer<UInt8>) {
        var reader = JSONReader(bytes)
        // A mismatch is no error here, only the slow path's turn.
        guard let draft = try? TaskDraft(from: &reader), (try? reader.end()) != nil else { return nil }
        self = draft
    }

    private init(from reader: inout JSONReader) throws(JSONReader.Mismatch) {
        var title, body, project: String?
        var labels: [String]?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "title": title = try reader.string()
            case "body": body = try reader.null() ? nil : reader.string()
            case "project": project = try reader.null() ? nil : reader.string()
            case "labels": labels = try reader.null() ? nil : reader.strings()
            default: try reader.skip()
            }
        }
        guard let title else { throw JSONReader.Mismatch() }
        self.init(title: title, body: body, project: project, labels: labels)
    }
}

extension JSONReader {
    mutating func array<Element>(
        _ element: (inout JSONReader) throws(Mismatch) -> Element
    ) throws(Mismatch) -> [Element] {
        var elements: [Element] = []
        try beginArray()
        while try nextElement() { elements.append(try element(&self)) }
        return elements
    }

    mutating func strings() throws(Mismatch) -> [String] {
        try array { reader throws(Mismatch) in try reader.string() }
    }

    mutating func numbers() throws(Mismatch) -> [String: Double] {
        var values: [String: Double] = [:]
        try beginObject()
        while let key = try nextKey() {
            // Label names with escapes are rare: they take the slow path.
            guard !key.contains(UInt8(ascii: "\\")), let name = String(validating: key, as: UTF8.self) else {
                throw Mismatch()
            }
            values[name] = try number()
        }
        return values
    }
}

extension JSONWriter {
    package mutating func strings(_ values: [String]) {
        beginArray()
        for value in values { string(value) }
        endArray()
    }
}
