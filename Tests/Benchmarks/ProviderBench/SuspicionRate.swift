import AIAnalyzerProviders
import Contracts
import FoundationEssentials

/// How many real tasks the detector flags, by sign, and how long it takes.
enum SuspicionRate {
    private struct Line: Decodable {
        let id: String
        let title: String
        let body: String
    }

    static func run(lines: AnyIterator<String>) throws {
        let decoder = JSONDecoder()
        var tasks = 0
        var bytes = 0
        var flagged: [(String, [Suspicion])] = []
        var spent = Duration.zero
        for line in lines {
            let task = try decoder.decode(Line.self, from: Data(line.utf8))
            let start = ContinuousClock.now
            let suspicions = InstructionDetector.suspicions(title: task.title, body: task.body)
            spent += ContinuousClock.now - start
            tasks += 1
            bytes += task.title.utf8.count + task.body.utf8.count
            if !suspicions.isEmpty { flagged.append((task.id, suspicions)) }
        }
        for (id, suspicions) in flagged {
            print(id, suspicions.map { "\($0.place.rawValue):\($0.sign.rawValue)" }.joined(separator: " "))
        }
        let rate = tasks == 0 ? 0 : Double(flagged.count) / Double(tasks) * 100
        let microseconds = tasks == 0 ? 0 : Int(spent / .microseconds(1)) / tasks
        print("\(flagged.count) of \(tasks) flagged (\(rate) %), \(bytes) bytes, \(microseconds) us a task")
    }
}
