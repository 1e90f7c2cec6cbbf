import TaskAPICore
import Testing

@Suite struct CSVTests {
    @Test(arguments: [
        ("plain", "plain"), ("a,b", "\"a,b\""), ("say \"hi\"", "\"say \"\"hi\"\"\""), ("two\nlines", "\"two\nlines\""),
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"),
        ("\r=1", "\"'\r=1\""), ("＝1", "'＝1"), ("a=1", "a=1"), ("", ""), ("=\"a\",b", "\"'=\"\"a\"\",b\""),
    ])
    func `a text of people is quoted where it must be, and never a formula`(text: String, cell: String) {
        #expect(String(decoding: CSV.row([.text(text)]), as: UTF8.self) == cell + "\r\n")
    }

    @Test func `numbers of ours stay numbers, and what is not there is empty`() {
        #expect(String(decoding: CSV.row([.plain("-1.5"), .plain(nil), .text(nil)]), as: UTF8.self) == "-1.5,,\r\n")
    }
}
