import Foundation

/// One numbered SQL file; applied once, in a transaction of its own.
package struct Migration: Sendable, Hashable {
    package let number: Int
    package let name: String
    package let sql: String

    package init(number: Int, name: String, sql: String) {
        self.number = number
        self.name = name
        self.sql = sql
    }

    /// `0002_task` for number 2.
    package var label: String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "_" + name
    }

    /// The migrations shipped with this build, in order.
    package static func bundled() throws -> [Migration] {
        guard let folder = Bundle.module.url(forResource: "SQL", withExtension: nil) else {
            throw MigrationError(code: .badFile, reason: "the folder of migrations is not beside the executable")
        }
        return try load(folder: folder.path)
    }

    /// Reads the files `NNNN_name.sql` of a folder, in order; other files with the ending `.sql` are an error.
    package static func load(folder: String) throws -> [Migration] {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".sql") }
        let migrations = try files.map { file in
            let parts = file.dropLast(4).split(separator: "_", maxSplits: 1)
            guard parts.count == 2, parts[0].count == 4, let number = Int(parts[0]) else {
                throw MigrationError(code: .badFile, reason: "\(file) is not named NNNN_name.sql")
            }
            let sql = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
            return Migration(number: number, name: String(parts[1]), sql: sql)
        }
        return try check(migrations)
    }

    /// In order, if the numbers are 1, 2, 3 and so on, each once.
    static func check(_ migrations: [Migration]) throws(MigrationError) -> [Migration] {
        let sorted = migrations.sorted { $0.number < $1.number }
        var expected = 1
        for migration in sorted {
            if migration.number < expected {
                throw MigrationError(code: .duplicateNumber, reason: "two migrations have number \(migration.number)")
            }
            if migration.number > expected {
                throw MigrationError(code: .gap, reason: "there is no migration \(expected) before \(migration.label)")
            }
            let isPlain = migration.name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "_"):
                    true
                default: false
                }
            }
            guard isPlain, !migration.name.isEmpty else {
                throw MigrationError(code: .badFile, reason: "\(migration.label): letters a-z, digits and _ only")
            }
            expected += 1
        }
        return sorted
    }
}

/// Why the database could not be brought up to date.
package struct MigrationError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case badFile
        case duplicateNumber
        case gap
        /// A migration that was applied has another text now.
        case checksumChanged
        /// The database has a migration that this build doesn't know: it is newer.
        case unknownMigration
        /// Another runner held the lock for too long.
        case lockTimeout
        /// PostgreSQL refused a migration; it was rolled back.
        case failed
    }

    package let code: Code
    package let reason: String

    package var description: String { "\(code.rawValue): \(reason)" }
}
