/// What is read of GitHub's event `issues`; its other members don't matter here.
package struct GitHubIssueHook: Codable, Hashable, Validated {
    package struct Issue: Codable, Hashable, Sendable {
        /// Unique on the server.
        package var id: Int
        /// Unique in the repository.
        package var number: Int
        package var title: String
        package var body: String?
        package var url: String?
        package var user: Account?
        package var labels: [Label]?
        package var updatedAt: String?

        enum CodingKeys: String, CodingKey {
            case id, number, title, body, user, labels
            case url = "html_url"
            case updatedAt = "updated_at"
        }
    }

    package struct Account: Codable, Hashable, Sendable {
        package var login: String
        /// `User`, `Bot`, `Organization`, …
        package var type: String?
    }

    package struct Label: Codable, Hashable, Sendable {
        package var name: String
    }

    package struct Repository: Codable, Hashable, Sendable {
        package var fullName: String

        enum CodingKeys: String, CodingKey { case fullName = "full_name" }
    }

    package var action: String
    package var issue: Issue
    package var repository: Repository
    package var sender: Account?
    /// With `labeled` and `unlabeled`.
    package var label: Label?

    package static let rules: [FieldRule<GitHubIssueHook>] = []
}

extension GitHubIssueHook {
    /// One for the documents.
    package static var example: GitHubIssueHook {
        GitHubIssueHook(
            action: "opened",
            issue: Issue(
                id: 2_187_001_942, number: 12, title: "Checkout crashes on an empty cart",
                body: "Open the cart, remove the last item, press Pay: error 500.",
                url: "https://github.com/acme/shop/issues/12", user: Account(login: "octocat", type: "User"),
                labels: [Label(name: "bug")], updatedAt: "2026-11-23T08:30:00Z"),
            repository: Repository(fullName: "acme/shop"), sender: Account(login: "octocat", type: "User"))
    }
}
