/// Tasks of our own making: sentences of plain words, with some that speak for their category, as real ones have them,
/// and some that speak for another.
package enum SampleTasks {
    private static let common = """
        the page when user opens list after login button shows window file project settings dialog table row column \
        menu search filter field form text image report date account team message version browser server client data \
        order name value number item view screen click select change update save load open close first last next some \
        every without with from into before while still only also again today since
        """.split(separator: " ").map(String.init)
    private static let typical = [
        "bug": """
        crash error fails wrong broken exception freezes missing stuck incorrect blank regression hangs corrupt \
        timeout twice lost empty invalid garbled
        """,
        "feature": """
        add support allow please would nice option ability improve enable integrate export dark shortcut custom \
        configure request new automatic optional
        """,
        "question": """
        how what why where can possible explain documentation example difference recommended understand anyone know \
        should which correct guide tutorial help
        """,
    ].mapValues { $0.split(separator: " ").map(String.init) }

    package static func make(_ count: Int, seed: UInt64) -> [TrueTask] {
        var random = SpoiltRandom(seed: seed)
        let labels = typical.keys.sorted()
        return (0..<count).map { number in
            let label = labels[number % labels.count]
            // Now and then somebody writes like another category.
            let speaks = Double.random(in: 0..<1, using: &random) < 0.85 ? label : labels.randomElement(using: &random)
            let words = typical[speaks ?? label] ?? []
            return TrueTask(
                project: ["shop", "app"][number % 2],
                title: text(7, words, 0.25, &random), body: text(30, words, 0.12, &random), category: label)
        }
    }

    private static func text(
        _ count: Int, _ typical: [String], _ share: Double, _ random: inout SpoiltRandom
    ) -> String {
        (0..<count).compactMap { _ in
            let isTypical = Double.random(in: 0..<1, using: &random) < share
            return (isTypical ? typical : common).randomElement(using: &random)
        }.joined(separator: " ")
    }
}
