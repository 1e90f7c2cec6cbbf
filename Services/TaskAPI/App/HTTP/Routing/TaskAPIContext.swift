import Contracts
import Hummingbird

/// What travels with one request.
struct TaskAPIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The story that this request begins or continues.
    var story: Story
    /// Whether the client named the story itself.
    var isStoryGiven = false

    init(source: Source) {
        coreContext = .init(source: source)
        story = Story(correlationID: "")
    }
}
