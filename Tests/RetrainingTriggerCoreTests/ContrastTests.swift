import Contracts
import RetrainingTriggerCore
import SpoiltData
import Testing

/// What the bootstrap makes of held-out tasks.
@Suite struct ContrastTests {
    /// Tasks of which some only the champion gets right, some only the challenger, some both.
    private static func tasks(
        _ count: Int, lost: Int = 0, won: Int = 0, slices: (Int) -> [SliceName] = { _ in [] }
    ) -> [PairedTask] {
        (0..<count).map { number in
            let isLost = number < lost
            let isWon = number >= lost && number < lost + won
            let truth = number.isMultiple(of: 2) ? "bug" : "feature"
            return PairedTask(
                group: UInt64(number + 1), slices: slices(number),
                labels: [
                    .category: PairedTask.Label(
                        truth: truth, champion: isWon ? "question" : truth,
                        challenger: isLost ? "question" : truth, championConfidence: 0.8, challengerConfidence: 0.8)
                ])
        }
    }

    private static func overall(_ tasks: [PairedTask], limits: GateLimits = GateLimits()) throws -> Contrast {
        try #require(
            ModelComparison.contrasts(tasks, limits).first { $0.slice == nil && $0.measure == .accuracy })
    }

    @Test func `the same tasks give the same figures, in whichever order`() throws {
        let tasks = Self.tasks(120, lost: 9, won: 5) { [SliceName(.project, "p\($0 % 3)")] }
        var random = SpoiltRandom(seed: 1)
        let contrasts = ModelComparison.contrasts(tasks, GateLimits())
        #expect(ModelComparison.contrasts(tasks.shuffled(using: &random), GateLimits()) == contrasts)
        // Category: accuracy, macro-F1, calibration; three projects and two labels.
        #expect(contrasts.count == 8)
    }

    @Test func `an interval holds the difference and narrows with the tasks`() throws {
        var widths: [Double] = []
        for size in [50, 200, 1_000] {
            let contrast = try Self.overall(Self.tasks(size, lost: size / 10, won: size / 10))
            let (low, high) = (try #require(contrast.low), try #require(contrast.high))
            #expect(low < 0 && 0 < high)
            let chance = try #require(contrast.chance)
            #expect(abs(chance - 0.5) < 0.05)
            widths.append(high - low)
        }
        // Of 200 tasks with 20 lost and 20 won the exact standard error is 3.2 points, so 90 % are 10.4 points.
        #expect(abs(widths[1] - 0.104) < 0.012, "\(widths)")
        #expect(widths[0] > widths[1] && widths[1] > widths[2])
    }

    @Test func `few disagreements are no proof`() throws {
        // All three of three disagreements lost: the exact sign test's mid-p is 6.3 %, a bootstrap's without the two added
        // tasks 2.5 %.
        let chance = try #require(try Self.overall(Self.tasks(50, lost: 3)).chance)
        #expect((0.05...0.09).contains(chance), "\(chance)")
        let sure = try #require(try Self.overall(Self.tasks(50, lost: 8)).chance)
        #expect(sure < 0.01)
    }

    @Test func `near copies count once`() throws {
        var tasks = Self.tasks(100, lost: 12, won: 4)
        let alone = try #require(try Self.overall(tasks).chance)
        // Eight of the lost ones are copies of one task.
        for number in 0..<8 { tasks[number].group = 1 }
        let grouped = try #require(try Self.overall(tasks).chance)
        #expect(grouped > 2 * alone, "\(alone) \(grouped)")
    }

    @Test func `a slice needs tasks, the largest come first, and protected ones are always there`() throws {
        var limits = GateLimits()
        limits.slices = 2
        limits.protectedSlices = [SliceName(.project, "p4"), SliceName(.tenant, "nobody")]
        // p0 has 100 tasks, p1 60, p2 30, p3 15, p4 5.
        let sizes = [100, 60, 30, 15, 5]
        let projects = sizes.enumerated().flatMap { [Int](repeating: $0, count: $1) }
        let tasks = Self.tasks(projects.count) { [SliceName(.project, "p\(projects[$0])")] }
        let slices = ModelComparison.contrasts(tasks, limits).filter { $0.slice != nil }
        #expect(
            slices.filter { !$0.isProtected }.map(\.slice) == [
                SliceName(.category, "bug"), SliceName(.category, "feature"),
            ])
        #expect(slices.filter(\.isProtected).map(\.tasks) == [5, 0])
        #expect(slices.filter(\.isProtected).allSatisfy { $0.chance == nil })
        limits.slices = 20
        #expect(
            Set(ModelComparison.contrasts(tasks, limits).filter { !$0.isProtected }.compactMap(\.slice?.description))
                == ["category:bug", "category:feature", "project:p0", "project:p1", "project:p2"])
    }

    @Test func `calling everything a bug is worse for bugs, too`() throws {
        let tasks = Self.tasks(100).map { task in
            var task = task
            task.labels[.category]?.challenger = "bug"
            return task
        }
        let bug = try #require(
            ModelComparison.contrasts(tasks, GateLimits()).first { $0.slice == SliceName(.category, "bug") })
        #expect(bug.measure == .f1 && bug.tasks == 50)
        #expect(bug.champion == 1)
        #expect(abs((bug.challenger ?? 0) - 2.0 / 3) < 1e-9)
        #expect((bug.chance ?? 1) < 0.001)
    }

    @Test func `effort is judged by its error, as a share of the champion's`() throws {
        let tasks = (0..<60).map { (number: Int) -> PairedTask in
            let truth = Double(1 + number % 8)
            // Two off; every third time the challenger by 3.5.
            let challenger = truth + (number % 3 == 0 ? 3.5 : 2)
            return PairedTask(
                group: UInt64(number), slices: [],
                effort: PairedTask.Points(truth: truth, champion: truth + 2, challenger: challenger))
        }
        let effort = try #require(ModelComparison.contrasts(tasks, GateLimits()).first { $0.slice == nil })
        #expect(effort.measure == .error && effort.champion == 2 && effort.challenger == 2.5)
        #expect(effort.loss == 0.25)
        #expect((effort.chance ?? 1) < 0.01)
    }

    @Test func `overconfidence shows in the calibration error`() throws {
        let tasks = Self.tasks(200, lost: 40, won: 40).map { task in
            var task = task
            task.labels[.category]?.challengerConfidence = 0.99
            return task
        }
        let calibration = try #require(
            ModelComparison.contrasts(tasks, GateLimits()).first { $0.measure == .calibration })
        // .8 said, .8 right; .99 said, .8 right.
        #expect(abs(calibration.champion ?? 1) < 1e-9)
        #expect(abs((calibration.challenger ?? 0) - 0.19) < 1e-9)
        #expect((calibration.chance ?? 1) < 0.01)
    }
}
