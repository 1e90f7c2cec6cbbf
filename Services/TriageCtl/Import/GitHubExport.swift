import Contracts

/// Issues as GitHub exports them: by `gh issue list --json`, or by the REST API.
enum GitHubExport {
    /// What to ask `gh` for.
    static let members = "number,title,body,labels,author,url"

    struct Issue: Decodable {
        struct Account: Decodable { var login: String? }

        struct Label: Decodable { var name: String }

        /// Whatever is there.
        struct Anything: Decodable {}

        var number: Int?
        var title: String
        var body: String?
        var labels: [Label]?
        /// `gh`'s and the REST API's names of the same.
        var author: Account?
        var user: Account?
        var url: String?
        var html_url: String?
        var pull_request: Anything?

        var login: String? { author?.login ?? user?.login }

        /// The page, which `gh` calls `url`, as the REST API calls its own address of the issue.
        private var page: String? { [html_url, url].compactMap(\.self).first { TaskReference.isAddress($0) } }

        /// `acme/shop`, out of the page's address.
        private var repository: String? {
            guard let parts = page?.split(separator: "/"), parts.count >= 5, parts[parts.count - 2] == "issues" else {
                return nil
            }
            return "\(parts[parts.count - 4])/\(parts[parts.count - 3])"
        }

        var draft: TaskDraft {
            let reference = number.map { number in
                TaskReference(
                    system: IntakeKind.github.rawValue, id: "\(repository ?? "")#\(number)", url: page)
            }
            return TaskDraft(
                title: title, body: body, project: repository.map { String($0.prefix(100)) },
                labels: labels.map { Array($0.map(\.name).prefix(TaskDraft.maximumLabels)) }, reference: reference)
        }
    }
}
