/// What one prediction was served, as it was logged with it.
package struct ServedPrediction: Sendable {
    /// Its task and revision, for people.
    package var name: String
    /// The fingerprint of the features that were served.
    package var set: Int64
    /// The request's own time, in microseconds since 1970.
    package var at: Int64
    /// How much of the author's and of the project's history it saw.
    package var userVersion: Int64
    package var projectVersion: Int64
    package var values: [Int32?]
    /// The text that was judged; nil where it isn't there any more.
    package var text: TextStatistics?
    /// The entities, as `histories` names them.
    package var user: Int64
    package var project: Int64

    package init(
        name: String, set: Int64, at: Int64, userVersion: Int64, projectVersion: Int64, values: [Int32?],
        text: TextStatistics?, user: Int64, project: Int64
    ) {
        self.name = name
        self.set = set
        self.at = at
        self.userVersion = userVersion
        self.projectVersion = projectVersion
        self.values = values
        self.text = text
        self.user = user
        self.project = project
    }
}
