import Glibc

/// What of the machine a setting names, looked at before anything runs.
enum StartChecks {
    /// Another process that tries the same folder may take away what it made, which this one then lacks.
    private static let attempts = 3

    /// Why nothing can be written into a folder; nil when it can, or when only space is lacking, which can come back.
    ///
    /// It is tried out, because permissions don't say it of every file system. What is made for that is taken away again:
    /// who checks settings may be another user.
    static func fault(ofFolder path: String) -> String? {
        var fault: String?
        for _ in 0..<attempts {
            fault = attempt(path)
            if fault == nil { return nil }
        }
        return fault
    }

    /// Why a file can't be started as a program; nil when it can.
    static func fault(ofProgram path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return "names \(path), which can't be found: \(reason(errno))" }
        guard status.st_mode & S_IFMT == S_IFREG, access(path, X_OK) == 0 else {
            return "names \(path), which is no file that may be executed"
        }
        return nil
    }

    private static func attempt(_ path: String) -> String? {
        var made: [String] = []
        defer {
            for folder in made.reversed() { rmdir(folder) }
        }
        var folder = path.hasPrefix("/") ? "" : "."
        for name in path.split(separator: "/") {
            folder += "/" + name
            if access(folder, F_OK) == 0 { continue }
            guard mkdir(folder, 0o755) == 0 else {
                // Made by another process meanwhile.
                if errno == EEXIST { continue }
                return errno == ENOSPC ? nil : "\(folder) can't be made: \(reason(errno))"
            }
            made.append(folder)
        }
        let file = folder + "/.writable-\(getpid())"
        let descriptor = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            return errno == ENOSPC ? nil : "nothing can be written into \(path): \(reason(errno))"
        }
        close(descriptor)
        unlink(file)
        return nil
    }

    private static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }
}
