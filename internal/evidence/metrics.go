package evidence

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Metrics are the families of the API server's /metrics that are used.
type Metrics struct {
	// Objects counts stored objects by "resource.group" ("pods",
	// "networkpolicies.networking.k8s.io").
	Objects map[string]int64
	// Deprecated are requested deprecated APIs as "group/version resource".
	Deprecated []string
	// Removals are the releases that no longer serve them, as the server itself
	// says: "1.38", by their entry in Deprecated. Without one it says nothing.
	Removals map[string]string
	// Started is when the server started, RFC 3339: requests are counted since.
	// "" = not said.
	Started string
	// Gates are its feature gates, by name; empty = not said (they are since 1.26).
	Gates map[string]bool
	// DatabaseBytes is the size of the largest etcd member's database as the
	// server sees it; 0 = not said.
	DatabaseBytes int64
}

// family is a family of metrics that is used, and the labels that are kept of
// it.
type family struct {
	names  []string
	labels []string
	take   func(m *Metrics, label map[string]string, value float64)
}

func families() []family {
	return []family{
		// Servers count stored objects under one of two names: up to 1.36
		// apiserver_storage_objects{resource="deployments.apps"}, from 1.37 on
		// apiserver_resource_objects{group="apps",resource="deployments"}.
		{[]string{"apiserver_storage_objects", "apiserver_resource_objects"}, []string{"group", "resource"}, (*Metrics).objects},
		{[]string{"apiserver_requested_deprecated_apis"}, []string{"group", "removed_release", "resource", "subresource", "version"}, (*Metrics).deprecated},
		{[]string{"process_start_time_seconds"}, nil, (*Metrics).started},
		{[]string{"kubernetes_feature_enabled"}, []string{"name", "stage"}, (*Metrics).gate},
		// The size has had three names: since 1.28, since 1.26, before.
		{[]string{"apiserver_storage_size_bytes", "apiserver_storage_db_total_size_in_bytes", "etcd_db_total_size_in_bytes"}, nil, (*Metrics).database},
	}
}

func (m *Metrics) objects(label map[string]string, value float64) {
	resource := strings.TrimSuffix(label["resource"]+"."+label["group"], ".")
	// A cluster of several servers may be scraped into one file; the larger
	// count is the safe one. -1 is the server's "cannot tell".
	if old, ok := m.Objects[resource]; !ok || old >= 0 && int64(value) > old || value < 0 {
		m.Objects[resource] = int64(value)
	}
}

func (m *Metrics) deprecated(label map[string]string, value float64) {
	if value == 0 {
		return
	}
	gv := strings.TrimPrefix(label["group"]+"/"+label["version"], "/")
	asked := gv + " " + strings.TrimSuffix(label["resource"]+"/"+label["subresource"], "/")
	m.Deprecated = append(m.Deprecated, asked)
	if release := label["removed_release"]; release != "" {
		if m.Removals == nil {
			m.Removals = map[string]string{}
		}
		m.Removals[asked] = release
	}
}

func (m *Metrics) started(_ map[string]string, value float64) {
	m.Started = time.UnixMilli(int64(value * 1000)).UTC().Format(time.RFC3339)
}

func (m *Metrics) gate(label map[string]string, value float64) {
	if m.Gates == nil {
		m.Gates = map[string]bool{}
	}
	m.Gates[label["name"]] = value != 0
}

func (m *Metrics) database(_ map[string]string, value float64) {
	m.DatabaseBytes = max(m.DatabaseBytes, int64(value))
}

// sample is a line of the text exposition format: name, labels, value.
var sample = regexp.MustCompile(`^([a-z_]+)(?:\{(.*)\})? (\S+)`)

// ReadMetrics picks the used families out of the text exposition format
// (https://prometheus.io/docs/instrumenting/exposition_formats/), line by line.
func ReadMetrics(r io.Reader) (*Metrics, error) {
	m := &Metrics{Objects: map[string]int64{}}
	err := eachSample(r, func(f family, _ string, label map[string]string, value float64, _ string) error {
		f.take(m, label, value)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(m.Deprecated)
	m.Deprecated = slices.Compact(m.Deprecated)
	return m, nil
}

// CopyMetrics writes of r what [ReadMetrics] reads, with the labels it reads,
// and nothing else. Its errors are those of [ReadMetrics], or of w.
func CopyMetrics(w io.Writer, r io.Reader) error {
	return eachSample(r, func(f family, name string, label map[string]string, _ float64, value string) error {
		var kept []string
		for _, l := range f.labels {
			if text, ok := label[l]; ok {
				kept = append(kept, l+`="`+text+`"`)
			}
		}
		if len(kept) > 0 {
			name += "{" + strings.Join(kept, ",") + "}"
		}
		_, err := io.WriteString(w, name+" "+value+"\n")
		return err
	})
}

func eachSample(r io.Reader, each func(f family, name string, label map[string]string, value float64, text string) error) error {
	used := map[string]family{}
	for _, f := range families() {
		for _, name := range f.names {
			used[name] = f
		}
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		// Most lines are of other families: look at the name before anything.
		head, _, _ := bytes.Cut(lines.Bytes(), []byte(" "))
		head, _, _ = bytes.Cut(head, []byte("{"))
		f, ok := used[string(head)]
		if !ok {
			continue
		}
		line := lines.Text()
		part := sample.FindStringSubmatch(line)
		if part == nil {
			continue
		}
		value, err := strconv.ParseFloat(part[3], 64)
		if err != nil {
			return fmt.Errorf("metrics: %q is no number in %q", part[3], line)
		}
		if err := each(f, part[1], labels(part[2]), value, part[3]); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	return nil
}

var labelPattern = regexp.MustCompile(`(\w+)="([^"]*)"`)

// labels reads name="value" pairs.
func labels(text string) map[string]string {
	out := map[string]string{}
	for _, l := range labelPattern.FindAllStringSubmatch(text, -1) {
		out[l[1]] = l[2]
	}
	return out
}
