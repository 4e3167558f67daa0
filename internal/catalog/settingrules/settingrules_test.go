package settingrules_test

import (
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/internal/catalog/settingrules"
)

func TestDecodeRefusesRulesThatCannotHold(t *testing.T) {
	const good = `"id":"a","component":"kubelet","kind":"flag","names":["x"],"from":"1.35","effect":"stops","message":"m","remedy":"r","source":"https://example.org","date":"2026-11-20","says":"s"`
	file := func(rule string) string { return `{"kind":"SettingRules","rules":[{` + rule + `}]}` }
	change := func(from, to string) string { return file(strings.Replace(good, from, to, 1)) }
	if got, err := settingrules.Decode([]byte(file(good))); err != nil || len(got) != 1 || got[0].Code() != "SET-001" {
		t.Fatalf("a good rule: %v, %v", got, err)
	}
	for in, want := range map[string]string{
		`{`:                                      "unexpected EOF",
		`{"kind":"Other"}`:                       "not SettingRules",
		change(`"id"`, `"name"`):                 `unknown field "name"`,
		change(`"a"`, `""`):                      "id, component",
		change(`"1.35"`, `"35"`):                 "from:",
		change(`2026-11-20`, `today`):            "date:",
		change(`https:`, `http:`):                "https",
		change(`"flag"`, `"flags"`):              `kind "flags"`,
		change(`"stops"`, `"breaks"`):            `effect "breaks"`,
		change(`"names":["x"],`, ``):             "names belong",
		change(`"says":"s"`, `"says":""`):        "says what",
		change(`"says":"s"`, `"below":"2.0.0"`):  "below belongs",
		change(`"names"`, `"unless":{},"names"`): "unless belongs",
		change(`"names"`, `"values":["1"],"except":["2"],"names"`): "either values or except",
		file(good + `},{` + good):                                  "twice",
	} {
		if _, err := settingrules.Decode([]byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v does not say %q", in, err, want)
		}
	}
}

func TestDecodeGatesRefusesTablesThatCannotHold(t *testing.T) {
	file := func(gates string) string {
		return `{"date":"2026-11-20","from":"1.29","through":"1.37","components":["kubelet"],"modules":[{"path":"m","version":"v","sum":"s"}],"gates":[` + gates + `]}`
	}
	const good = `{"name":"A","spans":[{"from":"1.29","to":"1.30","stage":"BETA"},{"from":"1.31","to":"1.37","stage":"GA","default":true,"locked":true}]}`
	got, err := settingrules.DecodeGates([]byte(file(good)))
	if err != nil || len(got.ByName["A"]) != 2 || !got.ByName["A"][1].Locked {
		t.Fatalf("a good table: %v, %v", got, err)
	}
	for in, want := range map[string]string{
		`{"gate":1}`: "unknown field",
		`{}`:         "from:",
		strings.Replace(file(good), `"kubelet"`, ``, 1): "components",
		file(good + "," + good):                         "twice",
		file(`{"name":"A"}`):                            "spans belong",
		file(strings.Replace(good, "1.31", "1.30", 1)):  "out of order",
		file(strings.Replace(good, "BETA", "Beta", 1)):  `stage "Beta"`,
		file(strings.Replace(good, "1.29", "x", 1)):     "not a minor",
	} {
		if _, err := settingrules.DecodeGates([]byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v does not say %q", in, err, want)
		}
	}
}
