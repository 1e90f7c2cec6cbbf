/// What is read of GitLab's `Issue Hook`; its other members don't matter here.
package struct GitLabIssueHook: Codable, Hashable, Validated {
    package struct Issue: Codable, Hashable, Sendable {
        /// Unique on the server.
        package var id: Int
        /// Unique in the project.
        package var iid: Int
        package var title: String
        package var description: String?
        package var url: String?
        /// `open`, `update`, `close`, `reopen`; absent in a test hook.
        package var action: String?
        package var confidential: Bool?
        /// RFC 3339, or `2026-11-23 08:30:00 UTC`.
        package var updatedAt: String?

        enum CodingKeys: String, CodingKey {
            case id, iid, title, description, url, action, confidential
            case updatedAt = "updated_at"
        }
    }

    package struct Account: Codable, Hashable, Sendable {
        package var username: String
    }

    package struct Label: Codable, Hashable, Sendable {
        package var title: String
    }

    package struct Project: Codable, Hashable, Sendable {
        package var path: String

        enum CodingKeys: String, CodingKey { case path = "path_with_namespace" }
    }

    package struct Changes: Codable, Hashable, Sendable {
        package struct Labels: Codable, Hashable, Sendable {
            package var previous: [Label]?
            package var current: [Label]?
        }

        package var labels: Labels?
    }

    /// `issue`.
    package var kind: String
    /// Who did it.
    package var user: Account?
    package var project: Project
    package var issue: Issue
    package var labels: [Label]?
    package var changes: Changes?

    enum CodingKeys: String, CodingKey {
        case user, project, labels, changes
        case kind = "object_kind"
        case issue = "object_attributes"
    }

    package static let rules: [FieldRule<GitLabIssueHook>] = []
}

extension GitLabIssueHook {
    /// One for the documents.
    package static var example: GitLabIssueHook {
        GitLabIssueHook(
            kind: "issue", user: Account(username: "root"), project: Project(path: "acme/shop"),
            issue: Issue(
                id: 301, iid: 23, title: "Checkout crashes on an empty cart",
                description: "Open the cart, remove the last item, press Pay: error 500.",
                url: "https://gitlab.example/acme/shop/-/issues/23", action: "open", confidential: false,
                updatedAt: "2026-11-23 08:30:00 UTC"),
            labels: [Label(title: "bug")])
    }
}
