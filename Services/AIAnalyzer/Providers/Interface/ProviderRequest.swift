package import Contracts

/// A task to be analysed, and what an answer may hold.
package struct ProviderRequest: Sendable, Equatable {
    package var taskID: Identifier
    package var project: String
    /// Data, never instructions; a provider sends at most its own limit of it.
    package var title: String
    /// Data, never instructions; a provider sends at most its own limit of it.
    package var body: String
    package var choices: ProviderChoices
    /// Its correlation id and trace go out as headers.
    package var story: Story

    package init(
        taskID: Identifier, project: String, title: String, body: String, choices: ProviderChoices, story: Story
    ) {
        self.taskID = taskID
        self.project = project
        self.title = title
        self.body = body
        self.choices = choices
        self.story = story
    }
}

/// The closed list of what an answer may say; anything else is no answer.
package struct ProviderChoices: Sendable, Hashable {
    /// Most entries of each list that are ever offered to a model.
    package static let maximumEntries = 100

    /// One of them must be chosen, unless there are none.
    package var categories: [String]
    /// What some of the categories are for, in the team's words.
    package var meanings: [String: String]
    /// Names of before of some of the categories: a model that answers with one means the category.
    package var aliases: [String: String]
    /// Of the team's label set, which the categories are from; 0: it has none of its own.
    package var labelsVersion: Int
    /// One of them must be chosen, unless there are none.
    package var priorities: [String]
    /// Any number of them may be chosen.
    package var labels: [String]
    /// Story points; nil when no effort is asked for.
    package var effort: ClosedRange<Double>?

    package init(
        categories: [String] = [], priorities: [String] = [], labels: [String] = [],
        effort: ClosedRange<Double>? = nil, meanings: [String: String] = [:], aliases: [String: String] = [:],
        labelsVersion: Int = 0
    ) {
        self.categories = Array(categories.prefix(Self.maximumEntries))
        self.meanings = meanings
        self.aliases = aliases
        self.labelsVersion = labelsVersion
        self.priorities = Array(priorities.prefix(Self.maximumEntries))
        self.labels = Array(labels.prefix(Self.maximumEntries))
        self.effort = effort
    }
}
