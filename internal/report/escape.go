package report

// MarkdownText makes any text literal Markdown on one line, for documents that
// other packages write: nothing in it can start markup, close a table cell or
// become HTML.
func MarkdownText(s string) string { return md(Visible(s)) }

// MarkdownCode puts a name into a code span of Markdown; "" stays "".
func MarkdownCode(s string) string { return code(Visible(s)) }
