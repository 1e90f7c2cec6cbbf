import Glibc

/// Room on this machine's disk.
enum DoctorDisk {
    private static let gibibyte = Double(1 << 30)

    static func check(_ path: String) -> DoctorFinding {
        var room = statvfs()
        guard statvfs(path, &room) == 0, room.f_blocks > 0 else {
            return DoctorFinding(.warn, "disk", "\(path) can't be looked at: \(String(cString: strerror(errno)))")
        }
        let free = Double(room.f_bavail) * Double(room.f_frsize)
        let share = Double(room.f_bavail) / Double(room.f_blocks)
        let detail = "\(pointsText(free / gibibyte)) GiB free at \(path) (\(percent(share)))"
        let advice = "make room: RabbitMQ stops taking messages and PostgreSQL stops writing when the disk is full"
        if free < gibibyte / 2 { return DoctorFinding(.fail, "disk", detail, advice: advice) }
        if share < 0.1 || free < 5 * gibibyte { return DoctorFinding(.warn, "disk", detail, advice: advice) }
        return DoctorFinding(.ok, "disk", detail)
    }
}
