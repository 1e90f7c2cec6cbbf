import ModelFuzz
import Testing
import TriageModel

/// `Tests/Benchmarks/fuzz-artifact` runs the same inputs by the million.
@Suite struct ArtifactFuzzTests {
    @Test(arguments: 0..<4)
    func `harmful content never crashes, and what loads answers sensibly`(part: UInt64) throws {
        let fuzzer = ArtifactFuzzer(try FuzzOriginals.make(), seed: 1)
        let tally = fuzzer.run((part * 5_000)..<((part + 1) * 5_000))
        #expect(tally.total == 5_000)
        #expect(tally.nonsense == [])
        // The inputs reach the checks behind the checksum, and the predictions behind the checks.
        for code in ArtifactError.Code.allCases where code != .unreadable && code != .tooLarge {
            #expect(tally.counts[code.rawValue, default: 0] > 5, "\(code)")
        }
        #expect(tally.counts["malformed", default: 0] > 1_000)
        #expect(tally.counts["loaded", default: 0] > 300)
    }

    @Test func `an artifact without heads is refused, it would lose its words when it is written again`() throws {
        // Found by 10,000,000 inputs: settings that say "heads": 0, under a right checksum.
        let fuzzer = ArtifactFuzzer(try FuzzOriginals.make(), seed: 4)
        for number: UInt64 in [116_352, 2_044_480, 3_799_936] {
            #expect(fuzzer.run(number..<(number + 1)).nonsense == [])
        }
    }

    @Test func `a number always makes the same input`() throws {
        let originals = try FuzzOriginals.make()
        var first: [UInt8] = []
        var second: [UInt8] = []
        for number in UInt64(0)..<200 {
            ArtifactMutator(originals, seed: 3).make(number, into: &first)
            ArtifactMutator(originals, seed: 3).make(number, into: &second)
            #expect(first == second)
        }
    }
}
