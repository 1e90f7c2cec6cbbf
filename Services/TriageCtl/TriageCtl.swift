@main
struct TriageCtl {
    static func main() async {}
}
