package claim

import (
	"fmt"
	"strings"

	gocvss30 "github.com/pandatix/go-cvss/30"
	gocvss31 "github.com/pandatix/go-cvss/31"
	gocvss40 "github.com/pandatix/go-cvss/40"
)

// baseMetrics are what the base score is made of, by CVSS version; "" = not
// one we compute (https://www.first.org/cvss/v3-1/specification-document#Base-Metrics).
func baseMetrics(head string) string {
	switch head {
	case "CVSS:3.0", "CVSS:3.1":
		return " AV AC PR UI S C I A "
	case "CVSS:4.0":
		return " AV AC AT PR UI VC VI VA SC SI SA "
	}
	return ""
}

// BaseVector reads a CVSS vector as sources write it (lower case, temporal
// metrics, a 3.1 vector without its header) and returns its base part and the
// score computed from that; published scores are not trusted.
func BaseVector(s string) (string, float64, error) {
	v := strings.ToUpper(strings.Trim(strings.TrimSpace(s), "()/"))
	if strings.HasPrefix(v, "AV:") && strings.Contains(v, "/PR:") {
		v = "CVSS:3.1/" + v
	}
	head, rest, _ := strings.Cut(v, "/")
	base := baseMetrics(head)
	if base == "" {
		return "", 0, fmt.Errorf("%q is not a CVSS 3 or 4 vector", s)
	}
	out := head
	for metric := range strings.SplitSeq(rest, "/") {
		key, _, _ := strings.Cut(metric, ":")
		if strings.Contains(base, " "+key+" ") {
			out += "/" + metric
		}
	}
	score, err := baseScore(head, out)
	if err != nil {
		return "", 0, fmt.Errorf("CVSS vector %q: %w", s, err)
	}
	return out, score, nil
}

func baseScore(head, vector string) (float64, error) {
	switch head {
	case "CVSS:3.0":
		v, err := gocvss30.ParseVector(vector)
		if err != nil {
			return 0, err
		}
		return v.BaseScore(), nil
	case "CVSS:3.1":
		v, err := gocvss31.ParseVector(vector)
		if err != nil {
			return 0, err
		}
		return v.BaseScore(), nil
	}
	v, err := gocvss40.ParseVector(vector)
	if err != nil {
		return 0, err
	}
	return v.Score(), nil
}
