/// By what a challenger is judged; docs/training.md has the rule in words.
package struct GateLimits: Codable, Hashable, Sendable {
    /// Slices on which the challenger must not be worse.
    package var protectedSlices: [SliceName] = []
    /// Other slices that are looked at, the largest first.
    package var slices = 20
    /// Tasks with a label that it takes to judge a slice.
    package var sliceTasks = 20
    /// The same for a field over all tasks.
    package var fieldTasks = 5
    /// How often chance alone may make an equal challenger look worse, over all fields, and on each protected slice.
    package var level = 0.1
    /// A challenger that loses more than this is rejected, with or without significance: a share of the tasks, of effort a
    /// share of the champion's mean error.
    package var margin = 0.05
    /// The same on a protected slice.
    package var protectedMargin = 0.05
    /// On other slices, which are many, it must lose more than this and significantly so: by `level` for all together.
    package var sliceMargin = 0.1
    /// Expected calibration error may rise by this, or more where that isn't significant.
    package var calibrationMargin = 0.1
    /// A prediction may take so many times as long as the champion's; below `latencyFloor` nobody cares.
    package var latencyRatio = 5.0
    /// The artifact may be so many times as large; below `sizeFloor` nobody cares.
    package var sizeRatio = 8.0

    package static let protectedSlicesLimit = 10
    package static let sliceBounds = 0...20
    package static let taskBounds = 5...100_000
    package static let levelBounds = 0.001...0.5
    package static let marginBounds = 0.0...1.0
    package static let ratioBounds = 1.0...1_000.0
    /// Microseconds.
    package static let latencyFloor = 2_000.0
    /// Bytes.
    package static let sizeFloor = 32.0 * 1_024 * 1_024

    package init() {}
}
