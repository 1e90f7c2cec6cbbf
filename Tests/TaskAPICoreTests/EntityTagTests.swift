import TaskAPICore
import Testing

@Suite struct EntityTagTests {
    @Test(arguments: [
        ("\"1-ab\"", true, true), ("W/\"1-ab\"", false, true), ("*", true, true), ("\"x\", \"1-ab\"", true, true),
        (" \"x\" ,W/\"1-ab\"\t", false, true), ("\"x\"", false, false), ("\"1-AB\"", false, false),
        ("\"\"", false, false), ("", false, false), (" ", false, false),
    ])
    func `a list matches by strong and by weak comparison`(header: String, strong: Bool, weak: Bool) throws {
        let tags = try #require(EntityTags(header))
        #expect(tags.matches(EntityTag("1-ab")) == strong)
        #expect(tags.matchesWeakly(EntityTag("1-ab")) == weak)
        // White space around it is no part of a field (RFC 9110, 5.5).
        let value = header.drop { $0 == " " }.reversed().drop { $0 == "\t" }.reversed()
        #expect(try String(value).wholeMatch(of: Regex(EntityTags.pattern)) != nil)
    }

    @Test(arguments: [
        "1-ab", "\"a", "\"a\" \"b\"", "\"a\",", ",\"a\"", "*, \"a\"", "w/\"a\"", "W/ \"a\"", "\"a b\"",
        "\"a\u{7f}\"",
    ])
    func `what is no list is refused`(header: String) { #expect(EntityTags(header) == nil) }

    @Test func `a list is bounded`() {
        let tags = Array(repeating: "\"a\"", count: EntityTags.limit)
        #expect(EntityTags(tags.joined(separator: ",")) != nil)
        #expect(EntityTags((tags + ["\"a\""]).joined(separator: ",")) == nil)
    }

    @Test func `a tag is written as it is read`() {
        #expect(EntityTags(EntityTag("7-0f").header)?.matches(EntityTag("7-0f")) == true)
    }
}
