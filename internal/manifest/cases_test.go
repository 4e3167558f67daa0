package manifest

import "fmt"

func say(u Unread) string {
	return fmt.Sprintf("%s line %d document %d: %s", u.Reason, u.Line, u.Document, u.Text)
}

type textCase struct {
	in     string
	want   []Object
	unread []string
	slow   bool // a whole parser is needed
	many   bool // the objects are too many to be listed here
}

const ingress = `apiVersion: extensions/v1beta1
kind: Ingress
metadata:
  name: web
  namespace: shop
  labels: {app: web, tier: "front end"}
  annotations:
    note: 'it''s here' # and a comment
    "quoted/key": |-
      ---
      kind: Nothing

      apiVersion: none
spec:
  rules:
  - host: a.example.com
    http:
      paths:
        - path: /
          backend: {}
`

func pod(line, document int, name string) Object {
	return Object{APIVersion: "v1", Kind: "Pod", Name: name, Line: line, Column: 1, Document: document}
}

// cases are what users' files look like, and what breaks other readers.
func cases() map[string]textCase {
	web := Object{"extensions/v1beta1", "Ingress", "shop", "web", 1, 1, 1}
	at := func(o Object, line, column, document int) Object {
		o.Line, o.Column, o.Document = line, column, document
		return o
	}
	const small = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n"
	return map[string]textCase{
		"block style":         {in: ingress, want: []Object{web}},
		"CRLF":                {in: "apiVersion: v1\r\nkind: Pod\r\nmetadata:\r\n  name: a\r\n", want: []Object{pod(1, 1, "a")}},
		"lone CR":             {in: "apiVersion: v1\rkind: Pod\rmetadata:\r  name: a\r", want: []Object{pod(1, 1, "a")}, slow: true},
		"byte order mark":     {in: "\xef\xbb\xbf" + small, want: []Object{pod(1, 1, "a")}},
		"UTF-16, little":      {in: wide("\ufeff"+small, 0, 1), want: []Object{pod(1, 1, "a")}},
		"UTF-16, big":         {in: wide("\ufeff"+small, 1, 0), want: []Object{pod(1, 1, "a")}},
		"UTF-16, bare":        {in: wide(small, 0, 1), want: []Object{pod(1, 1, "a")}},
		"joined files":        {in: small + "---\n\xef\xbb\xbf" + small, want: []Object{pod(1, 1, "a"), pod(6, 2, "a")}, slow: true},
		"UTF-32":              {in: "\xff\xfe\x00\x00a", unread: []string{"encoding line 0 document 0: UTF-32 text"}, slow: true},
		"Latin-1":             {in: small + "  note: caf\xe9\n", unread: []string{"encoding line 5 document 0: not UTF-8 text"}, slow: true},
		"separator of lines":  {in: "note: \"a\u2028 b\"\n" + small + "---\n" + small, want: []Object{pod(2, 1, "a"), pod(7, 2, "a")}, slow: true},
		"empty":               {in: ""},
		"comments":            {in: "# nothing\n\n# here\n"},
		"empty documents":     {in: "---\n---\n# only this\n---\n" + small + "---\n", want: []Object{pod(5, 3, "a")}},
		"comment before":      {in: "# licence\n---\n" + small, want: []Object{pod(3, 1, "a")}},
		"directive":           {in: "%YAML 1.2\n---\n" + small, want: []Object{pod(3, 1, "a")}, slow: true},
		"end of document":     {in: small + "...\n" + small, want: []Object{pod(1, 1, "a"), pod(6, 2, "a")}, slow: true},
		"text behind ---":     {in: "--- {apiVersion: v1, kind: Pod}\n", want: []Object{{APIVersion: "v1", Kind: "Pod", Line: 1, Column: 6, Document: 1}}},
		"no break at the end": {in: "kind: Pod\napiVersion: v1", want: []Object{pod(2, 1, "")}},
		"indented":            {in: "  apiVersion: v1\n  kind: Pod\n", want: []Object{at(pod(1, 1, ""), 1, 3, 1)}},
		"names like numbers":  {in: "apiVersion: v1\nkind: Pod\nmetadata: \n  name: 1\n  namespace: \"2\"\n", want: []Object{{"v1", "Pod", "2", "1", 1, 1, 1}}},
		"no name":             {in: "apiVersion: v1\nkind: Pod\nmetadata:\n  name: null\n  generateName: a-\n", want: []Object{pod(1, 1, "")}, slow: true},
		"flow style":          {in: "{apiVersion: v1, kind: Pod,\n metadata: {name: a}}\n", want: []Object{at(pod(1, 1, "a"), 1, 2, 1)}},
		"metadata in braces":  {in: "apiVersion: v1\nkind: Pod\nmetadata: {labels: {name: x}, name: a}\n", want: []Object{pod(1, 1, "a")}},
		"items in braces": {in: "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n-   {\"kind\": Pod, \"apiVersion\":\"v1\"} # b\n- [{apiVersion: v1, kind: Pod}]\n",
			want: []Object{at(pod(0, 1, "a"), 4, 4, 1), at(pod(0, 1, ""), 5, 19, 1)}},
		"typed items in braces": {in: "kind: IngressList\napiVersion: extensions/v1beta1\nitems:\n- {metadata: {name: web, namespace: shop}}\n", want: []Object{at(web, 4, 3, 1)}},
		"sequence in braces":    {in: "- {kind: Pod, apiVersion: v1}\n- a\n", want: []Object{at(pod(0, 1, ""), 1, 15, 1)}},
		"flow list": {in: "# é\n[{note: é é, apiVersion: v1, kind: Pod, metadata: {name: a, text: it's here\n  and 'there'}}, [{apiVersion: v1, kind: Pod}], # x\n {kind: Pod, apiVersion: v1, image: a:1@b, url: http://a/b}]\n# end\n",
			want: []Object{at(pod(0, 1, "a"), 2, 14, 1), at(pod(0, 1, ""), 4, 14, 1)}},
		"flow List":         {in: "{items: [{apiVersion: v1, kind: Pod},\n{kind: Pod, 'apiVersion': v1}], apiVersion: v1, kind: List}", want: []Object{at(pod(0, 1, ""), 1, 11, 1), at(pod(0, 1, ""), 2, 13, 1)}},
		"flow style, twice": {in: "{apiVersion: v1, kind: Pod, kind: Job}\n", unread: []string{"not-text line 1 document 1: kind is given twice"}, slow: true},
		"flow style, alias": {in: "{x: &a v1, apiVersion: *a, kind: Pod}\n", want: []Object{at(pod(0, 1, ""), 1, 12, 1)}, slow: true},
		"flow style, cut":   {in: "{apiVersion: v1, kind: Pod,\n", unread: []string{"syntax line 2 document 1: not YAML: did not find expected node content"}, slow: true},
		"quoted keys":       {in: "\"apiVersion\": v1\n'kind': Pod\n", want: []Object{pod(1, 1, "")}, slow: true},
		"anchor and alias":  {in: "apiVersion: &v v1\nkind: Pod\nmetadata: {name: *v}\n", want: []Object{pod(1, 1, "v1")}, slow: true},
		"merge":             {in: "x: &base\n  apiVersion: v1\n  kind: Pod\n<<: *base\nmetadata:\n  name: a\n", want: []Object{pod(1, 1, "a")}, slow: true},
		"tag":               {in: "apiVersion: !!str v1\nkind: Pod\n", want: []Object{pod(1, 1, "")}, slow: true},
		"List": {in: "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: a\n-\n  kind: Pod\n  apiVersion: v1\n- {}\nkind: List\n",
			want: []Object{at(pod(0, 1, "a"), 3, 3, 1), at(pod(0, 1, ""), 9, 3, 1)}},
		"typed list": {in: "kind: IngressList\napiVersion: extensions/v1beta1\nitems:\n  - metadata: \n      name: web\n      namespace: shop\n",
			want: []Object{at(web, 4, 5, 1)}},
		"list in list": {in: "apiVersion: v1\nkind: List\nitems:\n- kind: List\n  apiVersion: v1\n  items:\n  - {apiVersion: v1, kind: Pod}\n",
			want: []Object{at(pod(0, 1, ""), 7, 6, 1)}, slow: true},
		"sequence":        {in: "- apiVersion: v1\n  kind: Pod\n- hosts: all\n- - apiVersion: v1\n    kind: Pod\n", want: []Object{at(pod(0, 1, ""), 1, 3, 1)}},
		"a kind of items": {in: "apiVersion: v1\nkind: Pod\nitems:\n- apiVersion: v1\n  kind: Secret\n", want: []Object{pod(1, 1, "")}},
		"JSON":            {in: "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Pod\",\n  \"metadata\": {\"name\": \"\\u0061\"}\n}\n", want: []Object{at(pod(0, 1, "a"), 2, 3, 1)}},
		"JSON list": {in: "{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[{\"note\":\"é}\",\"apiVersion\":\"v1\",\"kind\":\"Pod\"},\n{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}]}",
			want: []Object{at(pod(0, 1, ""), 1, 56, 1), at(pod(0, 1, ""), 2, 15, 1)}},
		"JSON array":         {in: "[{\"apiVersion\":\"v1\",\"kind\":\"Pod\"},[],3]", want: []Object{at(pod(0, 1, ""), 1, 3, 1)}},
		"JSON values":        {in: "{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}\n{}{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}", want: []Object{at(pod(0, 1, ""), 1, 2, 1), at(pod(0, 1, ""), 2, 17, 3)}},
		"JSON documents":     {in: "---\n{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}\n---\n" + small, want: []Object{at(pod(0, 1, ""), 2, 2, 1), pod(4, 2, "a")}},
		"JSON with comment":  {in: "{\n# yes\n\"apiVersion\":\"v1\",\"kind\":\"Pod\",}", want: []Object{at(pod(0, 1, ""), 3, 1, 1)}},
		"broken JSON":        {in: "{\"apiVersion\":\"v1\",\n\"kind\" \"Pod\"}", unread: []string{`syntax line 2 document 1: not YAML: did not find expected ',' or '}'`}, slow: true},
		"broken document":    {in: small + "---\napiVersion: v1\n kind: Pod\n---\n" + small, want: []Object{pod(1, 1, "a"), pod(9, 3, "a")}, unread: []string{"syntax line 7 document 2: not YAML: mapping values are not allowed in this context"}, slow: true},
		"open quote":         {in: "a: 'x\n---\n" + small, want: []Object{pod(3, 2, "a")}, unread: []string{"syntax line 2 document 1: not YAML: found unexpected end of stream"}, slow: true},
		"tab":                {in: "apiVersion: v1\nkind: Pod\nmetadata:\n\tname: a\n", unread: []string{"syntax line 4 document 1: not YAML: found character that cannot start any token"}, slow: true},
		"tabs in texts":      {in: "apiVersion: v1\nkind: Pod\ndata: |\n  all:\n  \tmake\n\n # end\n", want: []Object{pod(1, 1, "")}},
		"template":           {in: "{{- if .Values.on }}\n" + small + "{{- end }}\n", unread: []string{`template line 1 document 1: a template: line 1 holds "{{- if .Values.on }}"`}, slow: true},
		"template in value":  {in: "apiVersion: v1\nkind: {{ .Values.kind }}\n", unread: []string{"not-text line 1 document 1: kind is no text"}, slow: true},
		"template in quotes": {in: "apiVersion: \"{{ .V }}\"\nkind: Pod\n", unread: []string{`template line 1 document 1: apiVersion "{{ .V }}" is none`}},
		"template elsewhere": {in: "apiVersion: v1\nkind: Pod\nmetadata:\n  name: \"{{ .Release.Name }}\"\n", want: []Object{pod(1, 1, "{{ .Release.Name }}")}},
		"variable":           {in: "apiVersion: ${API}\nkind: Pod\n", unread: []string{`template line 1 document 1: apiVersion "${API}" is none`}, slow: true},
		"number":             {in: "apiVersion: 1\nkind: Pod\n", unread: []string{"not-text line 1 document 1: apiVersion is no text"}, slow: true},
		"twice":              {in: small + "kind: Job\n", unread: []string{"not-text line 1 document 1: kind is given twice"}, slow: true},
		"half":               {in: "kind: Pod\n---\napiVersion: v1\n", unread: []string{"half line 1 document 1: a kind without an apiVersion: no Kubernetes object", "half line 3 document 2: an apiVersion without a kind: no Kubernetes object"}},
		"values":             {in: "image: x\nreplicas: 3\n"},
		"a text":             {in: "just words\n", slow: true},
		"long text":          {in: "apiVersion: v1\ndescription: words that\n  go on here\n\n  and \"here\n# a comment\nkind: Pod\ntitle: 'in quotes\n\n  too'\nnext: \"and \\\n  so\"\n", want: []Object{pod(1, 1, "")}},
		"many values":        {in: "a: [" + nested(500_000, "1,") + "]\n"},
		"far too many":       {in: "a: [" + nested(2_100_000, ",") + "]\n", unread: []string{"too-large line 1 document 1: one document holds more than 2000000 values"}, slow: true},
		"endless aliases":    {in: bomb(), many: true, unread: []string{"too-large line 1 document 1: lists nested deeper than 8, or too many aliases"}, slow: true},
	}
}

func nested(n int, s string) string {
	out := make([]byte, 0, n*len(s))
	for range n {
		out = append(out, s...)
	}
	return string(out)
}

// bomb is a short list of lists that has ten to the power of eight objects.
func bomb() string {
	out := "- &a0 {apiVersion: v1, kind: Pod}\n"
	for i := range 8 {
		out += fmt.Sprintf("- &a%d {apiVersion: v1, kind: List, items: [", i+1)
		for range 10 {
			out += fmt.Sprintf("*a%d, ", i)
		}
		out += "]}\n"
	}
	return out
}
