package reading

import (
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// TestClocks: a clock that is off becomes finding READ-006.
func TestClocks(t *testing.T) {
	api := func(ahead, within float64) evidence.Clock {
		return evidence.Clock{Of: "https://a:6443", Ahead: ahead, Within: within}
	}
	host := func(name string, ahead float64) evidence.Clock {
		return evidence.Clock{Of: "hosts/" + name, Ahead: ahead, Within: 0.1}
	}
	for _, tt := range []struct {
		name   string
		clocks []evidence.Clock
		want   []string
	}{
		{"none", nil, nil},
		{"kept", []evidence.Clock{api(0.4, 0.6), host("cp1", -0.01)}, nil},
		{"a slow answer explains it", []evidence.Clock{api(-15, 8)}, nil},
		{"a host's is no matter of this", []evidence.Clock{api(0.4, 0.6), host("cp1", -90)}, nil},
		{"the server's", []evidence.Clock{api(75, 1), host("cp1", 0)}, []string{"Cluster the clock of the API server https://a:6443 was 75 seconds ahead of"}},
		{"behind", []evidence.Clock{api(-75, 1)}, []string{"was 75 seconds behind"}},
		{"all alike", []evidence.Clock{api(75, 1), host("cp1", 76)}, []string{"Cluster the clock of", "it may be the collecting machine's"}},
		{"all otherwise", []evidence.Clock{api(75, 1), host("cp1", -76)}, []string{"75 seconds ahead"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := evidence.New("test")
			b.Clocks = tt.clocks
			var got []string
			for _, o := range Cluster(b, Options{}).Observed {
				if o.Code != ClocksDisagree || ClocksDisagree != "READ-006" {
					t.Errorf("%+v, want READ-006", o)
				}
				got = append(got, o.Object+" "+o.Message)
			}
			if len(got) == 0 != (len(tt.want) == 0) || !containsAll(strings.Join(got, "\n"), tt.want) {
				t.Errorf("observed %q, want %q", got, tt.want)
			}
			if strings.Contains(strings.Join(got, ""), "collecting machine's") != (tt.name == "all alike") {
				t.Errorf("blames the collecting machine: %q", got)
			}
		})
	}
}

func containsAll(text string, parts []string) bool {
	for _, p := range parts {
		if !strings.Contains(text, p) {
			return false
		}
	}
	return true
}
