import Foundation
import Testing
import TriageModel

/// The features against those of the recipe's reference scripts, see Golden/features.py.
@Suite struct FeatureGoldenTests {
    private struct Golden: Decodable {
        struct Task: Decodable {
            let title: String
            let body: String
        }

        struct Field: Decodable {
            let distinct: [Int]
            let total: [Int]
            let products: [[Float]]
        }

        let tasks: [Task]
        let fields: [String: Field]
    }

    @Test func `every field has the features, counts and TF-IDF products of the reference`() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Golden/features.json")
        let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
        let texts = golden.tasks.map { TaskText(project: "p", title: $0.title, body: $0.body) }
        // Many buckets: hardly two features share one.
        let layout = BucketLayout(wordBits: 20, characterBits: 20, copyBits: 4)
        let found = FeatureInspection.fields(of: texts, layout: layout)
        #expect(golden.tasks.count == 10 && golden.fields.count == 10)
        for (index, fields) in found.enumerated() {
            for (place, field) in fields.enumerated() {
                let expected = try #require(golden.fields[field.name])
                #expect(abs(field.distinct - expected.distinct[index]) <= 1, "\(field.name) of task \(index)")
                // Two that share a bucket are taken for one of them.
                #expect(abs(field.total - expected.total[index]) <= 2, "\(field.name) of task \(index)")
                for other in found.indices {
                    // An IDF is kept in one byte, in steps of 1/24.
                    let product = field.product(found[other][place])
                    #expect(
                        abs(product - expected.products[index][other]) < 0.02,
                        "\(field.name) of tasks \(index) and \(other)")
                }
            }
        }
    }
}
