package import Contracts
package import TaskAPICore

/// The parameters of single endpoints.
package enum PathParameters {
    package static let task = Parameter<Identifier>.identifier("id", "The task's id.")
    package static let erased = Parameter<Identifier>.identifier("id", "The id of the task that was erased.")
    package static let export = Parameter<ExportKind>.word(.path, "kind", "What to export.")
    package static let training = Parameter<Identifier>.identifier("id", "The training's id.")
    package static let rollout = Parameter<Identifier>.identifier("id", "The rollout's id.")
    package static let key = Parameter<Identifier>.identifier("id", "The key's id.")
    package static let replay = Parameter<Identifier>.identifier("id", "The replay's id.")

    /// Which names there are is known only where the documents are made: any other is answered as an unknown address.
    package static let schema = Parameter<String>(
        .path, "name", "The schema's file name, as `/schemas` lists it.", schema: ["type": "string"],
        code: .routeNotFound, example: "TaskView.json"
    ) { .success($0) }
}

/// Parameters of queries, by the endpoint that takes them.
package enum QueryParameters {
    package static let limit = Parameter<Int>.integer(
        .query, "limit", 1...200, default: 50, "How many tasks a page has at most.")

    package static let cursor = Parameter<Cursor>(
        .query, "cursor",
        "Where the page begins: `next_cursor` of the page before, as it stands, with the same filters and order.",
        schema: ["type": "string", "pattern": .string(Cursor.pattern)], code: .invalidCursor
    ) { text in
        guard let cursor = Cursor(text) else { return .failure(.init("must be a next_cursor as it was given")) }
        return .success(cursor)
    }

    package static let status = Parameter<TaskStatus>.word(.query, "status", "Only tasks of this status.")
    package static let project = Parameter<String>.name(.query, "project", 1...100, "Only tasks of this project.")
    package static let author = Parameter<String>.name(
        .query, "author", 1...100, "Only tasks that this person created.")

    package static let label = Parameter<String>.name(
        .query, "label", 1...100, "Only tasks with this label of their own.")
    package static let category = Parameter<String>.name(
        .query, "category", 1...100, "Only tasks of this category: the one that a person set, else the suggested one.")
    package static let priority = Parameter<String>.name(
        .query, "priority", 1...100, "Only tasks of this priority: the one that a person set, else the suggested one.")
    package static let createdFrom = Parameter<EventTime>.time(
        .query, "created_from", "Only tasks created then or later.")
    package static let createdBefore = Parameter<EventTime>.time(
        .query, "created_before", "Only tasks created before then.")
    package static let search = Parameter<String>.name(
        .query, "q", 1...200,
        "Only tasks whose title or body match, as in web searches: words (also in other forms), `\"phrases\"`, `or`, "
            + "`-without`.")
    package static let sort = Parameter<TaskOrder>.word(
        .query, "sort",
        "`newest` first if absent. `relevance` needs `q`, and ranks the 1,000 newest tasks that match.")

    package static let since = Parameter<EventTime>.time(
        .query, "since", "Answers from then on, a time of the past; 90 days ago if absent.")

    package static let until = Parameter<EventTime>.time(.query, "until", "Up to then; now if absent or later.")

    package static let differences = Parameter<Int>.integer(
        .query, "differences", 0...1_000, default: 100, "How many differing tasks to show, the latest first.")
}

/// Parameters of headers, by the endpoint that takes them.
package enum HeaderParameters {
    package static let idempotencyKey = Parameter<IdempotencyKey>(
        .header, "Idempotency-Key",
        "A name of your choice for this request, unique among yours, such as a UUID: sent again with the same key and "
            + "the same content, it does nothing again and gets the first answer again. Kept for a day unless the "
            + "operator chose otherwise. With or without quotation marks.",
        schema: ["type": "string", "pattern": .string(IdempotencyKey.pattern)],
        example: "\"0b9f1c1e-6a8c-4f5d-9c53-0d6e2f1a7b44\""
    ) { text in
        guard let key = IdempotencyKey(header: text) else {
            return .failure(
                .init("must be one string of 1 to \(IdempotencyKey.maximumCharacters) printable ASCII characters"))
        }
        return .success(key)
    }

    package static let ifMatch = Parameter<EntityTags>(
        .header, "If-Match",
        "The `ETag` of the task as you know it: if it is another one by now, nothing is changed (412). An analysis that "
            + "has come since makes another one too.",
        schema: ["type": "string", "pattern": .string(EntityTags.pattern)]
    ) { text in
        guard let tags = EntityTags(text) else { return .failure(.init("must be * or a list of entity tags")) }
        return .success(tags)
    }

    package static let ifNoneMatch = Parameter<EntityTags>(
        .header, "If-None-Match", "The `ETag` of what you have: if it is still that, the answer is 304 without a body.",
        schema: ["type": "string", "pattern": .string(EntityTags.pattern)]
    ) { text in
        guard let tags = EntityTags(text) else { return .failure(.init("must be * or a list of entity tags")) }
        return .success(tags)
    }

    package static let lastEventID = Parameter<String>.hint(
        .header, "Last-Event-ID",
        "The `id:` of the last event that was received: what came after it is told first. What is no such id, or too "
            + "old, is answered by an event `reset`.")
}
