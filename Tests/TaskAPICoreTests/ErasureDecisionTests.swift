import TaskAPICore
import Testing

@Suite struct ErasureDecisionTests {
    @Test(arguments: [
        ("ana", "ana", false, true), ("ana", "ben", false, false), ("ana", "ben", true, true),
        ("ana", "Ana", false, false),
    ])
    func `a task is erased by its author or an operator`(author: String, user: String, isOperator: Bool, may: Bool) {
        #expect(ErasureDecision.mayErase(author: author, user: user, isOperator: isOperator) == may)
    }
}
