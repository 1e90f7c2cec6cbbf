/// What a job service says of a job.
package enum JobPhase: Hashable, Sendable {
    /// There is no such job.
    case missing
    /// It waits or runs; how, in a word.
    case underWay(String)
    case succeeded
    /// It will never succeed.
    case failed(JobFault)
}

/// What jobs and those who wait for them agree on.
package enum JobEnd {
    /// The exit code of a program that can't train on these data, however often (`EX_DATAERR` of sysexits.h).
    package static let dataFault = 65
    /// Failed jobs of one training, at most: as many as a training has attempts.
    package static let maximumJobs = 3
}
