import Contracts
import Glibc

/// What the kernel says of this process, under the names that Prometheus's own clients use.
enum ProcessStatus {
    /// When this was first asked for, which `ServiceRunner` does at the start.
    static let startSeconds = Double(EventTime.now.microseconds) / 1_000_000

    static func now() -> [(MetricDefinition, Double)] {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
        var values = [(MetricCatalogue.processorTime, seconds), (MetricCatalogue.startTime, startSeconds)]
        if let pages = residentPages() {
            values.append((MetricCatalogue.residentMemory, Double(pages) * Double(sysconf(Int32(_SC_PAGESIZE)))))
        }
        if let count = openDescriptors() { values.append((MetricCatalogue.openDescriptors, Double(count))) }
        return values
    }

    /// The second number of `/proc/self/statm`.
    private static func residentPages() -> Int? {
        let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = read(descriptor, &bytes, bytes.count)
        if count <= 0 { return nil }
        let numbers = String(decoding: bytes[..<count], as: UTF8.self).split(separator: " ")
        return numbers.count > 1 ? Int(numbers[1]) : nil
    }

    private static func openDescriptors() -> Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        // Less ".", ".." and the one that reads the folder.
        var count = -3
        while readdir(folder) != nil { count += 1 }
        return count
    }
}
