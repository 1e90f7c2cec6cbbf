import Contracts
import TaskAPICore

/// Some drafts of one request, each checked by itself: what becomes a task, and what the sender is told.
struct TaskBatch: Sendable {
    private(set) var tasks: [NewTask] = []
    private(set) var results: [BatchItem] = []
    /// Of each task, which of the results is its own.
    private var places: [Int] = []

    /// Adds the draft that a JSON text holds.
    mutating func add(_ text: [UInt8], index: Int, caller: Caller, story: Story) {
        do {
            let draft = try decodeChecked(TaskDraft.self, from: text, prepare: \.storable)
            let task = try NewTask(draft, caller: caller, story: story)
            places.append(results.count)
            tasks.append(task)
            results.append(
                BatchItem(
                    index: index, status: 202, id: task.task.taskID, location: "/v1/tasks/\(task.task.taskID)"))
        } catch {
            refuse(index, Problem(describing: error))
        }
    }

    /// Adds an item of which no task becomes.
    mutating func refuse(_ index: Int, _ problem: Problem) {
        results.append(BatchItem(index: index, status: problem.status, problem: problem))
    }

    /// Puts what really became of each task in the place of what was hoped for.
    /// - Returns: the tasks that are stored.
    mutating func settle(_ outcomes: [Result<Void, any Error>]) -> [NewTask] {
        var stored: [NewTask] = []
        for (position, outcome) in outcomes.enumerated() {
            switch outcome {
            case .success: stored.append(tasks[position])
            case .failure(let error):
                let problem = Problem(describing: error)
                let index = results[places[position]].index
                results[places[position]] = BatchItem(index: index, status: problem.status, problem: problem)
            }
        }
        return stored
    }
}
