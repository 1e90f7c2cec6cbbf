/// Text that is safe inside an HTML document.
struct HTML: ExpressibleByStringInterpolation, Sendable {
    private(set) var text: String

    /// Markup as it stands.
    init(stringLiteral value: String) { text = value }

    init(stringInterpolation parts: Interpolation) { text = parts.text }

    /// A text from elsewhere: every character of it shows as itself.
    init(escaping text: String) {
        var escaped = ""
        escaped.reserveCapacity(text.utf8.count)
        for character in text.unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.unicodeScalars.append(character)
            }
        }
        self.text = escaped
    }

    /// What descriptions use of Markdown: paragraphs, `code` and **bold**.
    init(markdown: String) {
        text = markdown.split(separator: "\n\n").map { "<p>" + Self.inline(String($0)) + "</p>" }.joined()
    }

    /// The same within a paragraph.
    init(inline markdown: String) { text = Self.inline(markdown) }

    private static func inline(_ markdown: String) -> String {
        let parts = markdown.split(separator: "`", omittingEmptySubsequences: false)
        return parts.enumerated().map { index, part in
            let escaped = HTML(escaping: String(part)).text
            if index % 2 == 1 { return "<code>\(escaped)</code>" }
            let bold = escaped.split(separator: "**", omittingEmptySubsequences: false)
            return bold.enumerated().map { $0 % 2 == 1 ? "<strong>\($1)</strong>" : String($1) }.joined()
        }.joined()
    }

    struct Interpolation: StringInterpolationProtocol {
        var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {}

        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ html: HTML) { text += html.text }
        mutating func appendInterpolation(_ text: String) { self.text += HTML(escaping: text).text }
        mutating func appendInterpolation(_ number: Int) { text += String(number) }
    }
}

extension HTML {
    static func joined(_ parts: some Sequence<HTML>) -> HTML { HTML(stringLiteral: parts.map(\.text).joined()) }
}

/// What the pages for people have in common.
enum DocumentPage {
    static func html(title: String, contents: HTML, main: HTML) -> String {
        let page: HTML = """
            <!doctype html>
            <html lang="en">
            <head>
              <meta charset="utf-8">
              <meta name="viewport" content="width=device-width, initial-scale=1">
              <meta name="color-scheme" content="light dark">
              <title>\(title) · TriageLoop</title>
              <link rel="icon" href="/favicon.svg" type="image/svg+xml">
              <link rel="stylesheet" href="/style.css">
              <link rel="stylesheet" href="/docs.css">
            </head>
            <body>
              <a class="skip" href="#main">Skip to the text</a>
              <header class="top">
                <div class="top-inner">
                  <a class="brand" href="/"><img src="/favicon.svg" alt="" width="28" height="28"><span>TriageLoop</span></a>
                  <nav class="facts" aria-label="Documents">
                    <a href="/docs">Reference</a><a href="/docs/errors">Errors</a><a href="/openapi.json">OpenAPI</a>
                    <a href="/asyncapi.json">AsyncAPI</a><a href="/schemas">Schemas</a>
                  </nav>
                </div>
              </header>
              <div class="docs">
                <nav class="contents wide" aria-label="On this page">\(contents)</nav>
                <nav class="contents narrow" aria-label="On this page"><details><summary>On this page</summary>\(contents)</details></nav>
                <main id="main" tabindex="-1">\(main)</main>
              </div>
            </body>
            </html>

            """
        return page.text
    }
}
