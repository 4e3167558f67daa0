package main

import (
	"fmt"
	"io"
	"regexp"
	"strings"
)

// event is one line of go test -json.
type event struct {
	Action     string
	Package    string
	ImportPath string // of build output
	Test       string
	Output     string
}

// summary counts events. Only top-level tests and their subtests with a result are counted; out gets what a person wants
// to read: package lines, and everything a failed test printed.
type summary struct {
	out      io.Writer
	tests    int
	failures int
	packages int
	failed   []string
	skipped  []skip

	// printed holds the output of each running test, by package and test name; "" is the package's own.
	printed map[[2]string][]string
}

type skip struct{ name, reason string }

func (s *summary) add(e event) {
	key := [2]string{e.Package, e.Test}
	name := strings.TrimSpace(e.Package + " " + e.Test)
	switch e.Action {
	case "build-output":
		fmt.Fprint(s.out, e.Output)
	case "output":
		if s.printed == nil {
			s.printed = map[[2]string][]string{}
		}
		s.printed[key] = append(s.printed[key], e.Output)
	case "pass", "fail", "skip":
		s.end(e, name, s.printed[key])
		delete(s.printed, key)
	}
}

// end takes the result of a test or, where Test is empty, of a package.
func (s *summary) end(e event, name string, printed []string) {
	if e.Test == "" {
		if e.Action == "skip" {
			return // a package without tests
		}
		s.packages++
	} else {
		s.tests++
	}
	switch e.Action {
	case "pass":
		for _, line := range printed {
			if e.Test == "" && strings.HasPrefix(line, "ok ") {
				fmt.Fprint(s.out, line)
			}
		}
	case "fail":
		if e.Test != "" {
			s.failures++
		}
		s.failed = append(s.failed, name)
		for _, line := range printed {
			fmt.Fprint(s.out, line)
		}
	case "skip":
		s.skipped = append(s.skipped, skip{name, reason(printed)})
	}
}

// said matches what t.Skip and t.Log print: "    file_test.go:12: the reason".
var said = regexp.MustCompile(`^\s+\S+\.go:\d+: (.*\S)`)

// reason is the last thing a skipped test said.
func reason(printed []string) string {
	for i := len(printed) - 1; i >= 0; i-- {
		if m := said.FindStringSubmatch(printed[i]); m != nil {
			return m[1]
		}
	}
	return ""
}

func (s *summary) merge(o summary) {
	s.tests += o.tests
	s.failures += o.failures
	s.packages += o.packages
	s.failed = append(s.failed, o.failed...)
	s.skipped = append(s.skipped, o.skipped...)
}
