/// What a head knows of vectors, as sections of an artifact. They may be missing, and a program that doesn't know them
/// answers by words alone, as for a task without a vector.
enum EmbeddingSections {
    /// The small numbers, as JSON.
    struct Settings: Codable {
        let model: String
        let dimensions: Int
        let labels: [Int]
        let biases: [Float]
        let scales: [Float]
        let blend: EmbeddingBlend
        let foreignBlend: EmbeddingBlend

        enum CodingKeys: String, CodingKey {
            case model, dimensions, labels, biases, scales, blend
            case foreignBlend = "foreign_blend"
        }

        /// - Parameter rows: sets of weights times labels.
        func check(rows: Int, labels: Int) throws(ArtifactError) {
            let largest = HeadSettings.maximumMagnitude
            let isUsable =
                (1...EmbeddingHead.maximumNameBytes).contains(model.utf8.count)
                && (1...TextEmbedding.maximumDimensions).contains(dimensions) && !self.labels.isEmpty
                && self.labels.allSatisfy { (0..<labels).contains($0) }
                && zip(self.labels, self.labels.dropFirst()).allSatisfy { $0 < $1 } && biases.count == rows
                && biases.allSatisfy { abs($0) <= largest } && scales.count == rows
                && scales.allSatisfy { (0...largest).contains($0) } && blend.isUsable(labels: labels)
                && foreignBlend.isUsable(labels: labels)
            guard isUsable else { throw .malformed("settings of vectors out of range") }
        }
    }

    static func write(_ head: EmbeddingHead, number: Int, to writer: inout SectionWriter) throws(ArtifactError) {
        let settings = Settings(
            model: head.model, dimensions: head.dimensions, labels: head.labels, biases: head.biases,
            scales: head.scales, blend: head.blend,
            foreignBlend: head.foreignBlend)
        writer.add(.embedding, head: number, try ArtifactJSON.encode(settings))
        writer.add(
            .embeddingProjects, head: number, ArtifactSlice(copying: head.projects.map(\.littleEndian)))
        writer.add(.embeddingValues, head: number, head.values)
    }

    /// Nil for a head without vectors.
    static func read(_ sections: SectionTable, number: Int, labels: Int) throws(ArtifactError) -> EmbeddingHead? {
        guard let section = sections.optional(.embedding, head: number) else { return nil }
        let settings = try ArtifactJSON.decode(Settings.self, from: section, "settings of vectors")
        let projects = try HeadSections.projects(try sections.section(.embeddingProjects, head: number))
        let rows = (projects.count + 1) * labels
        try settings.check(rows: rows, labels: labels)
        let values = try sections.section(.embeddingValues, head: number)
        guard values.count == rows * settings.dimensions else {
            throw .malformed("not as many weights as vectors need")
        }
        return EmbeddingHead(
            model: settings.model, modelHash: FeatureHash.text(settings.model), dimensions: settings.dimensions,
            labelCount: labels, labels: settings.labels, projects: projects, biases: settings.biases,
            scales: settings.scales, values: values,
            blend: settings.blend, foreignBlend: settings.foreignBlend)
    }
}
