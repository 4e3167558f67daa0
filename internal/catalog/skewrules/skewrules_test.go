package skewrules_test

import (
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/internal/catalog/skewrules"
)

func TestDecodeRefusesRulesThatCannotHold(t *testing.T) {
	file := func(rule string) string { return `{"kind":"SkewRules","rules":[` + rule + `]}` }
	for in, want := range map[string]string{
		`{`:                  "unexpected EOF",
		`{"kind":"Other"}`:   "not SkewRules",
		file(`{"oldest":1}`): `unknown field "oldest"`,
		file(`{"component":"kubelet","against":"kube-apiserver","url":"u"}`):                                                      "needs a code",
		file(`{"code":"SKEW-002","component":"kubelet","against":"kube-apiserver"}`):                                              "a url",
		file(`{"code":"SKEW-002","component":"kubelet","url":"u"}`):                                                               "something to compare with",
		file(`{"code":"SKEW-002","component":"kubelet","against":"kube-apiserver","url":"u","maxOlder":-1}`):                      "0 or more",
		file(`{"code":"SKEW-002","component":"kubelet","against":"kube-apiserver","url":"u","below":{"minor":"1","maxOlder":2}}`): "below",
		`{"kind":"SkewRules","steps":[{"code":"SKEW-009","component":"kube-apiserver"}]}`:                                         "a url",
	} {
		if _, err := skewrules.Decode([]byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v does not say %q", in, err, want)
		}
	}
}
