/// Which words of a task spoke for a label.
struct Explanation {
    let head: Head
    let label: Int
    let project: UInt64

    /// Up to this many words are named.
    static let maximumReasons = 5

    private struct Evidence {
        var token: Token
        var isTitle: Bool
        var weight: Float
    }

    /// The words by what their features added to the label's score over the mean of the labels.
    ///
    /// A sequence of words counts for each of its words in equal parts. Placeholders (URL, number, code) are left out.
    func reasons(_ text: TaskText, _ scratch: borrowing FeatureScratch) -> [Reason] {
        var evidence: [Evidence] = []
        evidence.reserveCapacity(scratch.titleTokenCount + TextLimit.bodyTokens)
        let isKnown = head.usesCopies && head.knows(project: project)
        collect(scratch.titleTokens, scratch.titleTokenCount, fields: [.title], isKnown, &evidence)
        collect(
            scratch.bodyTokens, min(scratch.bodyTokenCount, TextLimit.bodyTokens), fields: [.body, .head], isKnown,
            &evidence)
        let total = evidence.reduce(Float(0)) { $0 + Swift.max(0, $1.weight) }
        guard total > 0 else { return [] }
        // Equal words of one field are one reason.
        evidence.sort { ($0.isTitle ? 0 : 1, $0.token.hash) < ($1.isTitle ? 0 : 1, $1.token.hash) }
        var merged: [Evidence] = []
        for item in evidence {
            if let last = merged.last, last.token.hash == item.token.hash, last.isTitle == item.isTitle {
                merged[merged.count - 1].weight += item.weight
            } else {
                merged.append(item)
            }
        }
        merged.sort { ($0.weight, $1.token.start) > ($1.weight, $0.token.start) }
        return merged.prefix(Self.maximumReasons).filter { $0.weight > 0 }.map { item in
            Reason(
                term: term(item.token, of: item.isTitle ? text.title : text.body),
                field: item.isTitle ? "title" : "body", weight: Double(item.weight / total))
        }
    }

    private func term(_ token: Token, of text: String) -> String {
        let bytes = text.utf8.dropFirst(Int(token.start)).prefix(Int(token.end - token.start)).map(lowered)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func collect(
        _ tokens: UnsafeMutableBufferPointer<Token>, _ count: Int, fields: [TextField], _ isKnown: Bool,
        _ evidence: inout [Evidence]
    ) {
        let first = evidence.count
        let isTitle = fields[0] == .title
        for index in 0..<count { evidence.append(Evidence(token: tokens[index], isTitle: isTitle, weight: 0)) }
        for field in fields {
            let limit = field == .head ? min(count, TextLimit.headTokens) : count
            // The norm is common to the field's features and changes no order within it.
            for index in 0..<limit {
                let one = tokens[index].hash
                evidence[first + index].weight += contribution(one, field, isKnown)
                guard index + 1 < limit else { continue }
                let two = FeatureHash.joining(one, tokens[index + 1].hash)
                let pair = contribution(two, field, isKnown) / 2
                evidence[first + index].weight += pair
                evidence[first + index + 1].weight += pair
                guard isTitle, index + 2 < limit else { continue }
                let triple = contribution(FeatureHash.joining(two, tokens[index + 2].hash), field, isKnown) / 3
                for offset in 0..<3 { evidence[first + index + offset].weight += triple }
            }
        }
        // A title has few words, each of which counts more.
        let norm = Swift.max(1, Float(count).squareRoot())
        for index in first..<evidence.count {
            let hash = evidence[index].token.hash
            let isPlaceholder =
                hash == Placeholder.url || hash == Placeholder.number || hash == Placeholder.version
                || hash == Placeholder.code
            evidence[index].weight = isPlaceholder ? 0 : evidence[index].weight / norm
        }
    }

    private func contribution(_ hash: UInt64, _ field: TextField, _ isKnown: Bool) -> Float {
        let bucket = head.layout.bucket(hash ^ field.salt, isCharacters: false)
        let idf = head.terms.idf[Int(bucket)]
        guard idf != 0 else { return 0 }
        var value = advantage(row: bucket)
        if isKnown { value += advantage(row: head.layout.copyRow(of: bucket, project: project)) }
        return value * TermWeights.value(idf) * field.weight
    }

    private func advantage(row: UInt32) -> Float {
        var mean: Float = 0
        for other in head.labels.indices { mean += head.weight(row: row, label: other) }
        return head.weight(row: row, label: label) - mean / Float(head.labels.count)
    }
}
