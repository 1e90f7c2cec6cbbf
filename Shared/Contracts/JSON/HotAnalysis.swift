extension AnalysisCompleted: HotPayload {
    init(from reader: inout JSONReader) throws(JSONReader.Mismatch) {
        var tenant, project, author: String?
        var analysis: Analysis?
        var seen = JSONReader.Members()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "tenant":
                try seen.insert(0)
                tenant = try reader.string()
            case "project":
                try seen.insert(1)
                project = try reader.string()
            case "author":
                try seen.insert(2)
                author = try reader.string()
            case "analysis":
                try seen.insert(3)
                analysis = try Analysis(from: &reader)
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
        var version, reason, model, variant, explanation: String?
        var flags: [String]?
        var rung: Rung?
        var degraded: Bool?
        var category, priority: LabelSuggestion?
        var effort: EffortSuggestion?
        var labels: [String]?
        var similar: [SimilarTask]?
        var analysedAt: EventTime?
        var seen = JSONReader.Members()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "analysis_id":
                try seen.insert(0)
                analysisID = try reader.identifier()
            case "task_id":
                try seen.insert(1)
                taskID = try reader.identifier()
            case "revision":
                try seen.insert(2)
                revision = try reader.integer()
            case "model_version":
                try seen.insert(3)
                version = try reader.string()
            case "rung":
                try seen.insert(4)
                rung = Rung(rawValue: try reader.string())
            case "degraded":
                try seen.insert(5)
                degraded = try reader.bool()
            case "reason":
                try seen.insert(6)
                reason = try reader.null() ? nil : reader.string()
            case "category":
                try seen.insert(7)
                category = try reader.null() ? nil : LabelSuggestion(from: &reader)
            case "priority":
                try seen.insert(8)
                priority = try reader.null() ? nil : LabelSuggestion(from: &reader)
            case "effort":
                try seen.insert(9)
                effort = try reader.null() ? nil : EffortSuggestion(from: &reader)
            case "labels":
                try seen.insert(10)
                labels = try reader.strings()
            case "similar":
                try seen.insert(11)
                similar = try reader.array { reader throws(JSONReader.Mismatch) in try SimilarTask(from: &reader) }
            case "analysed_at":
                try seen.insert(12)
                analysedAt = try reader.time()
            case "duration_microseconds":
                try seen.insert(13)
                duration = try reader.integer()
            case "model":
                try seen.insert(14)
                model = try reader.null() ? nil : reader.string()
            case "explanation":
                try seen.insert(15)
                explanation = try reader.null() ? nil : reader.string()
            case "flags":
                try seen.insert(16)
                flags = try reader.null() ? nil : reader.strings()
            case "variant":
                try seen.insert(17)
                variant = try reader.null() ? nil : reader.string()
            default: try reader.skip()
            }
        }
        guard let analysisID, let taskID, let revision, let version, let rung, let degraded, let labels, let similar,
            let analysedAt, let duration
        else { throw JSONReader.Mismatch() }
        self.init(
            analysisID: analysisID, taskID: taskID, revision: revision, modelVersion: version, model: model,
            variant: variant, rung: rung, degraded: degraded, reason: reason, explanation: explanation, flags: flags,
            category: category, priority: priority, effort: effort, labels: labels, similar: similar,
            analysedAt: analysedAt, durationMicroseconds: duration)
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
        if let model {
            writer.key("model")
            writer.string(model)
        }
        if let variant {
            writer.key("variant")
            writer.string(variant)
        }
        writer.key("rung")
        writer.string(rung.rawValue)
        writer.key("degraded")
        writer.bool(degraded)
        if let reason {
            writer.key("reason")
            writer.string(reason)
        }
        if let explanation {
            writer.key("explanation")
            writer.string(explanation)
        }
        if let flags {
            writer.key("flags")
            writer.strings(flags)
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
        var seen = JSONReader.Members()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "value":
                try seen.insert(0)
                value = try reader.string()
            case "confidence":
                try seen.insert(1)
                confidence = try reader.number()
            case "zone":
                try seen.insert(2)
                zone = Zone(rawValue: try reader.string())
            case "distribution":
                try seen.insert(3)
                distribution = try reader.numbers()
            case "reasons":
                try seen.insert(4)
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
        var seen = JSONReader.Members()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "term":
                try seen.insert(0)
                term = try reader.string()
            case "field":
                try seen.insert(1)
                field = try reader.string()
            case "weight":
                try seen.insert(2)
                weight = try reader.number()
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
        var seen = JSONReader.Members()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "points":
                try seen.insert(0)
                points = try reader.number()
            case "low":
                try seen.insert(1)
                low = try reader.number()
            case "high":
                try seen.insert(2)
                high = try reader.number()
            case "confidence":
                try seen.insert(3)
                confidence = try reader.number()
            case "enough_evidence":
                try seen.insert(4)
                enough = try reader.bool()
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
        var seen = JSONReader.Members()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "task_id":
                try seen.insert(0)
                taskID = try reader.identifier()
            case "title":
                try seen.insert(1)
                title = try reader.string()
            case "score":
                try seen.insert(2)
                score = try reader.number()
            case "shared_terms":
                try seen.insert(3)
                terms = try reader.strings()
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
