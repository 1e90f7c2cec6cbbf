/// Features that history gives: the same list for a user and for a project.
enum HistoryFeatures {
    private static let owner = "triage"

    static func definitions(of entity: FeatureEntity) -> [FeatureDefinition] {
        load(of: entity) + labels(of: entity) + outcomes(of: entity)
    }

    private static func load(of entity: FeatureEntity) -> [FeatureDefinition] {
        let whose = entity == .user ? "the author" : "the project"
        return [
            define("tasks_4w", .count, entity, "Tasks of \(whose) created in the last 4 weeks.") {
                clamped($0.recent.tasks)
            },
            define("tasks_26w", .count, entity, "Tasks of \(whose) created in the last 26 weeks.") {
                clamped($0.all.tasks)
            },
            define("edits_26w", .count, entity, "Edits of tasks of \(whose) in the last 26 weeks.") {
                clamped($0.all.edits)
            },
            define(
                "open_2w", .count, entity,
                "Open load: tasks of \(whose) of the last 14 days that nobody has judged, among the latest "
                    + "\(RecentTasks.capacity)."
            ) { clamped($0.openTasks) },
            define(
                "minutes_since_task", .minutes, entity,
                "Time since the last task of \(whose); none after 26 weeks without one."
            ) { history in
                history.microsecondsSinceTask.flatMap {
                    $0 <= HistoryView.longestSinceTask ? clamped($0 / 60_000_000) : nil
                }
            },
        ]
    }

    private static func labels(of entity: FeatureEntity) -> [FeatureDefinition] {
        let whose = entity == .user ? "the author's" : "the project's"
        let categories = KnownCategory.allCases.map { category in
            define(
                "category_\(category.rawValue)_26w", .permille, entity,
                "Share of \(category.rawValue) among the categories that people gave \(whose) tasks in the last 26 weeks."
            ) { share($0.all.categories[category.index], of: $0.all.categories.total) }
        }
        let priorities = KnownPriority.allCases.map { priority in
            define(
                "priority_\(priority.rawValue)_26w", .permille, entity,
                "Share of \(priority.rawValue) among the priorities that people gave \(whose) tasks in the last 26 weeks."
            ) { share($0.all.priorities[priority.index], of: $0.all.priorities.total) }
        }
        return categories
            + [
                define(
                    "categories_26w", .count, entity,
                    "Categories that people gave \(whose) tasks in the last 26 weeks: how much the shares stand on."
                ) { clamped($0.all.categories.total) }
            ] + priorities
            + [
                define(
                    "priorities_26w", .count, entity,
                    "Priorities that people gave \(whose) tasks in the last 26 weeks: how much the shares stand on."
                ) { clamped($0.all.priorities.total) }
            ]
    }

    private static func outcomes(of entity: FeatureEntity) -> [FeatureDefinition] {
        let whose = entity == .user ? "the author's" : "the project's"
        return [
            define(
                "effort_26w", .hundredthPoints, entity,
                "Mean of the efforts that people gave \(whose) tasks in the last 26 weeks."
            ) { $0.all.efforts > 0 ? clamped($0.all.effortSum / $0.all.efforts) : nil },
            define(
                "corrected_26w", .permille, entity,
                "Share of corrections among the judged fields of \(whose) tasks in the last 26 weeks."
            ) { share($0.all.corrected, of: $0.all.judged) },
        ]
    }

    private static func define(
        _ name: String, _ unit: FeatureUnit, _ entity: FeatureEntity, _ summary: String,
        _ value: @escaping @Sendable (HistoryView) -> Int32?
    ) -> FeatureDefinition {
        FeatureDefinition(name, version: 1, entity: entity, unit: unit, owner: owner, summary: summary) { input in
            value(entity == .user ? input.user : input.project)
        }
    }

    private static func share(_ part: Int, of whole: Int) -> Int32? { whole > 0 ? clamped(part * 1_000 / whole) : nil }
    private static func clamped(_ value: some BinaryInteger) -> Int32 { Int32(clamping: value) }
}
