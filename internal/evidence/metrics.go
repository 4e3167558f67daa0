package evidence

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	// Servers count stored objects under one of two names: up to 1.36
	// apiserver_storage_objects{resource="deployments.apps"}, from 1.37 on
	// apiserver_resource_objects{group="apps",resource="deployments"}.
	objectsLine    = regexp.MustCompile(`^apiserver_(?:storage|resource)_objects\{(.*)\} (\S+)`)
	deprecatedLine = regexp.MustCompile(`^apiserver_requested_deprecated_apis\{(.*)\} (\S+)`)
	labelPattern   = regexp.MustCompile(`(\w+)="([^"]*)"`)
)

// ReadMetrics picks the used families out of the text exposition format
// (https://prometheus.io/docs/instrumenting/exposition_formats/), line by line.
func ReadMetrics(r io.Reader) (*Metrics, error) {
	m := &Metrics{Objects: map[string]int64{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if f := objectsLine.FindStringSubmatch(line); f != nil {
			n, err := strconv.ParseFloat(f[2], 64)
			if err != nil {
				return nil, fmt.Errorf("metrics: %q is no number in %q", f[2], line)
			}
			label := labels(f[1])
			resource := strings.TrimSuffix(label["resource"]+"."+label["group"], ".")
			// A cluster of several servers may be scraped into one file; the
			// larger count is the safe one. -1 is the server's "cannot tell".
			if old, ok := m.Objects[resource]; !ok || old >= 0 && int64(n) > old || n < 0 {
				m.Objects[resource] = int64(n)
			}
		}
		if f := deprecatedLine.FindStringSubmatch(line); f != nil && f[2] != "0" {
			label := labels(f[1])
			gv := strings.TrimPrefix(label["group"]+"/"+label["version"], "/")
			m.Deprecated = append(m.Deprecated, gv+" "+strings.TrimSuffix(label["resource"]+"/"+label["subresource"], "/"))
		}
	}
	slices.Sort(m.Deprecated)
	m.Deprecated = slices.Compact(m.Deprecated)
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	return m, nil
}

// labels reads name="value" pairs.
func labels(text string) map[string]string {
	out := map[string]string{}
	for _, l := range labelPattern.FindAllStringSubmatch(text, -1) {
		out[l[1]] = l[2]
	}
	return out
}
