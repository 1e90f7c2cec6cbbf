import RetrainingTriggerCore
import Testing

@Suite struct SliceNameTests {
    @Test(arguments: ["project:payments", " category : bug ", "effort:large", "project:a:b", "script:cyrillic"])
    func `a slice is a name and a value`(text: String) throws {
        let slice = try SliceName(text)
        #expect(try SliceName(slice.description) == slice)
    }

    @Test(arguments: ["", "payments", "project:", "colour:red", "priority:urgent", "effort:13", "length: "])
    func `anything else is a fault that says what is wrong`(text: String) {
        #expect(throws: SliceName.Fault.self) { try SliceName(text) }
    }
}
