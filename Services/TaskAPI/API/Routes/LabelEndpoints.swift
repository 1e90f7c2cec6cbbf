package import Contracts

extension API {
    package static let listLabels = Route<NoBody, LabelSetView>(
        .get, "/v1/labels", name: "listLabels", in: .labels, summary: "Lists your team's categories",
        """
        Those in use and those of before, with what became of them, and how many of the 10,000 newest tasks show each. \
        Before the first change (`version` 0) these are the shipped model's and what your tasks show, and any other \
        is taken as well; from then on the list is closed.
        """,
        parameters: [HeaderParameters.ifNoneMatch],
        answers: [
            Answer(200, "The labels.", .json(LabelSetView.self), headers: [.labelsTag]),
            Answer(304, "They are what you have.", .nothing, headers: [.labelsTag]),
        ])

    package static let listLabelChanges = Route<NoBody, Page<LabelChangeView>>(
        .get, "/v1/labels/changes", name: "listLabelChanges", in: .labels, summary: "Lists what was done to them",
        "The latest 200, the last one first.",
        answers: [Answer(200, "The changes; always one page.", .json(Page<LabelChangeView>.self))])

    package static let changeLabels = Route<LabelChangeDraft, LabelChangeView>(
        .post, "/v1/labels/changes", name: "changeLabels", in: .labels, for: .operator,
        summary: "Adds, renames, merges or retires categories",
        """
        `add` one label, with a `description` that remote models are told; a retired one comes back. `rename` one \
        label: `into` is its new name. `merge` labels `into` one in use. `retire` labels: they are neither suggested \
        nor taken any more. In effect at once: new analyses of every model version keep to the new set, tasks are \
        shown and filtered under the names of today, feedback in old names counts, and a training is queued. A change \
        that can't be leaves everything as it is.
        """,
        body: .json(
            LabelChangeDraft.self, upTo: RequestLimits.smallBytes,
            example: LabelChangeDraft(.rename, ["bug"], into: "defect", description: "something that worked or should")),
        isRepeatable: true,
        answers: [
            Answer(201, "The change, which the set has now.", .json(LabelChangeView.self), headers: [.location])
        ],
        problems: [
            .labelNotFound, .labelNotActive, .labelsTooFew, .labelsChanged, .nameTaken, .limitReached,
        ])
}

extension AnswerHeader {
    static let labelsTag = AnswerHeader(
        name: "ETag", description: "Names this very state of the labels and their counts, for `If-None-Match`.",
        isRequired: true)
}

extension RouteTable {
    static let labels = [API.listLabels.endpoint, API.listLabelChanges.endpoint, API.changeLabels.endpoint]
}
