package lines

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/catalog/claim"
)

// say writes components the way the tables below read them.
func say(cs []claim.Component) string {
	var out []string
	for _, c := range cs {
		var s []string
		for _, v := range c.Intervals {
			from, before := v.From.String(), v.Before.String()
			if from == "" {
				from = "0"
			}
			if before == "" {
				before = "*"
			}
			mark := ""
			if v.FromStated {
				mark = "!"
			}
			s = append(s, "["+from+mark+","+before+")")
		}
		for _, f := range c.Fixed {
			s = append(s, "+"+f.String())
		}
		out = append(out, strings.TrimSpace(c.Name+" "+strings.Join(s, " ")))
	}
	return strings.Join(out, "; ")
}

func TestParseOneLine(t *testing.T) {
	tests := []struct{ line, want string }{
		{"- kubelet v1.22.0 - v1.22.1", "kubelet [1.22.0!,1.22.2)"},
		{"- kubelet v1.31.0 to v1.31.5", "kubelet [1.31.0!,1.31.6)"},
		{"- kubelet <= v1.19.14", "kubelet [0,1.19.15)"},
		{"- kubelet: <= v1.36.4", "kubelet [0,1.36.5)"},
		{"- kubelet: = v1.37.0", "kubelet [1.37.0!,1.37.1)"},
		{"- kube-apiserver < v1.15.10", "kube-apiserver [0,1.15.10)"},
		{"- kube-apiserver >= v1.3", "kube-apiserver [1.3.0!,*)"},
		{"- kubelet v1.20 - v1.21", "kubelet [1.20.0!,1.22.0)"},
		{"- kube-apiserver <= v1.21.?", "kube-apiserver [0,1.22.0)"},
		{"- kubelet kubelet v1.30.0 to v1.30.9", "kubelet [1.30.0!,1.30.10)"},
		{"<= v1.15.9, resolved in 1.15.10 by https://github.com/kubernetes/kubernetes/pull/87669", "[0,1.15.10) +1.15.10"},
		{"Kubernetes 1.0.x-1.12.x", "[1.0.0!,1.13.0)"},
		{"- ingress-nginx: < 1.13.8 / < 1.14.4 / < 1.15.0", "ingress-nginx [0,1.13.8) [1.14.0,1.14.4)"},
		{"- `kube-apiserver` **v1.25.0**", "kube-apiserver [1.25.0!,1.25.1)"},
		{"kubelet v1.28.0 – v1.28.3", "kubelet [1.28.0!,1.28.4)"},
		{"Kubernetes all versions", "[0!,*)"},
		{"All versions", "[0!,*)"},
		{"< 1.11.0, <= 1.11.7", "[0,1.11.8)"},
		{">= 1.10, < 1.10.0-beta.3", ""},
		{">= 1.3, <= 1.7.13", "[1.3.0!,1.7.14)"},
		{"1.13.0", "[1.13.0!,1.13.1)"},
		{"v1.32.0 - v1.32.5", "[1.32.0!,1.32.6)"},
		{"versions prior to 1.12.9", "[0,1.12.9)"},
		{"1.19 and earlier", "[0,1.20.0)"},
		{"1.28.1 and later", "[1.28.1!,*)"},
		{"- Affected versions", ""},
		{"", ""},
	}
	for _, tt := range tests {
		got, unparsed := Parse([]string{tt.line}, nil)
		if len(unparsed) != 0 {
			t.Errorf("%q: unparsed", tt.line)
		}
		if diff := cmp.Diff(tt.want, say(got)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.line, diff)
		}
	}
}

func TestParseFixedLine(t *testing.T) {
	tests := []struct{ line, want string }{
		{"- kubelet v1.28.1 - fixed by #120134", "kubelet +1.28.1"},
		{"- kubelet: >= v1.34.12", "kubelet +1.34.12"},
		{"- kubelet 1.29.14", "kubelet +1.29.14"},
		{"- v1.17.3", "+1.17.3"},
		{"- kube-apiserver v1.25.1 - fixed by [#112330](https://github.com/kubernetes/kubernetes/pull/112330)", "kube-apiserver +1.25.1"},
		{"- kubelet master - fixed by #120127", ""},
		{"Fixed Versions", ""},
	}
	for _, tt := range tests {
		got, unparsed := Parse(nil, []string{tt.line})
		if len(unparsed) != 0 {
			t.Errorf("%q: unparsed", tt.line)
		}
		if diff := cmp.Diff(tt.want, say(got)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.line, diff)
		}
	}
}

func TestParseLists(t *testing.T) {
	tests := []struct {
		name            string
		affected, fixed []string
		want            string
	}{
		{"each line its minor, the lowest reaches down",
			[]string{"kubelet <= v1.28.0", "kubelet <= v1.27.4", "kubelet <= v1.24.16"},
			[]string{"kubelet v1.28.1", "kubelet v1.27.5", "kubelet v1.24.17"},
			"kubelet [0,1.24.17) [1.27.0,1.27.5) [1.28.0,1.28.1) +1.24.17 +1.27.5 +1.28.1"},
		{"equals on the newest minor",
			[]string{"kubelet: <= v1.34.11", "kubelet: <= v1.36.4", "kubelet: = v1.37.0"}, nil,
			"kubelet [0,1.34.12) [1.36.0,1.36.5) [1.37.0!,1.37.1)"},
		{"a lower range keeps a <= line to its minor",
			[]string{"kubelet v1.30.0 - v1.30.4", "kubelet <= v1.31.2"}, nil,
			"kubelet [1.30.0!,1.30.5) [1.31.0,1.31.3)"},
		{"an open range ends at its fixes",
			[]string{"kubelet >= v1.8.0"}, []string{"kubelet v1.26.11", "kubelet v1.25.16"},
			"kubelet [1.8.0!,1.25.16) [1.26.0,1.26.11) +1.25.16 +1.26.11"},
		{"a version both affected and fixed is fixed",
			[]string{"kube-apiserver v1.22.0 - v1.22.14"}, []string{"kube-apiserver v1.22.14"},
			"kube-apiserver [1.22.0!,1.22.14) +1.22.14"},
		{"a bare fixed list belongs to the component named above",
			[]string{"kube-apiserver v1.17.0 - v1.17.2", "kube-apiserver <= v1.16.6"}, []string{"v1.17.3", "v1.16.7"},
			"kube-apiserver [0,1.16.7) [1.17.0!,1.17.3) +1.16.7 +1.17.3"},
		{"a bare affected list belongs to the component named below",
			[]string{"<= v1.16.6"}, []string{"kube-apiserver v1.16.7"},
			"kube-apiserver [0,1.16.7) +1.16.7"},
		{"two components",
			[]string{"kubelet <= v1.16.10", "kube-proxy <= v1.16.10"}, []string{"kubelet v1.16.11", "kube-proxy v1.16.11"},
			"kubelet [0,1.16.11) +1.16.11; kube-proxy [0,1.16.11) +1.16.11"},
		{"all versions with a fix end there",
			[]string{"all versions"}, []string{"v1.26.0"}, "[0!,1.26.0) +1.26.0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, unparsed := Parse(tt.affected, tt.fixed)
			if len(unparsed) != 0 {
				t.Errorf("unparsed: %q", unparsed)
			}
			if diff := cmp.Diff(tt.want, say(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseReportsWhatItCannotRead(t *testing.T) {
	bad := []string{
		"- kubelet v1.22.5 - v1.22.1",
		"- kubelet somewhere around 1.2.3 or so",
		"- next of 1.22.2",
		"- kubelet v1.99999999999.0",
		"kubelet " + strings.Repeat("1.2.3 ", 200),
	}
	got, unparsed := Parse(append(bad, "kubelet v1.2.0 - v1.2.3"), []string{"kubelet v1.2.4 "})
	if diff := cmp.Diff(bad, unparsed); diff != "" {
		t.Errorf("unparsed (-want +got):\n%s", diff)
	}
	if want := "kubelet [1.2.0!,1.2.4) +1.2.4"; say(got) != want {
		t.Errorf("the rest: want %s, got %s", want, say(got))
	}
}

func FuzzParse(f *testing.F) {
	f.Add("- kubelet v1.22.0 - v1.22.1", "- kubelet v1.22.2")
	f.Add("<= v1.15.9, resolved in 1.15.10 by x", "- v1.17.3")
	f.Fuzz(func(t *testing.T, a, b string) {
		cs, _ := Parse(strings.Split(a, "\n"), strings.Split(b, "\n"))
		for _, c := range cs {
			for _, v := range c.Intervals {
				if v.From.Known() && v.Before.Known() && !v.From.Less(v.Before) {
					t.Errorf("empty stretch %s..%s from %q, %q", v.From, v.Before, a, b)
				}
			}
		}
	})
}
