import ArgumentParser
import Foundation
import ModelFuzz

/// Runs a range of inputs through the loader.
struct FuzzRun: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "fuzz", abstract: "Loads damaged artifacts.")

    @Option(help: "Number of the first input.")
    var first: UInt64 = 0
    @Option(help: "How many inputs.")
    var count: UInt64 = 100_000
    @Option(help: "Other seeds make other inputs.")
    var seed: UInt64 = 1
    @Flag(help: "Print each input's number before it is loaded: the last one is that which ends the process.")
    var each = false

    func run() throws {
        let fuzzer = ArtifactFuzzer(try FuzzOriginals.make(), seed: seed)
        let tally = fuzzer.run(
            first..<(first + count),
            willRun: each ? { FileHandle.standardError.write(Data("\($0)\n".utf8)) } : nil)
        var values = tally.counts.mapValues(Double.init)
        values["nonsense"] = Double(tally.nonsense.count)
        try printJSON(values)
        if let number = tally.nonsense.first {
            FileHandle.standardError.write(Data("input \(number) loads and answers nonsense\n".utf8))
            throw ExitCode(1)
        }
    }
}
