// Testsum runs the tests of several Go modules, prints what go test prints, and then what was counted: tests run,
// failed and skipped, with the reason of each skip. It exits 1 when a test failed, and also when one was skipped without
// saying why or when a module had no tests at all: silence is not a pass. Start at [main] and [summary.add].
//
// Usage: testsum MODULE... [-- FLAGS AND PACKAGES OF GO TEST] (default ./...)
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

func main() {
	modules, args := split(os.Args[1:])
	if len(modules) == 0 {
		fmt.Fprintln(os.Stderr, "usage: testsum MODULE... [-- FLAGS AND PACKAGES OF GO TEST]")
		os.Exit(2)
	}
	start := time.Now()
	var total summary
	ok := true
	for _, module := range modules {
		fmt.Printf("# go -C %s test %s\n", module, strings.Join(args, " "))
		one := summary{out: os.Stdout}
		if err := one.run(module, args); err != nil {
			fmt.Printf("error: %v\n", err)
			ok = false
		}
		if one.tests == 0 {
			fmt.Printf("error: no test ran in %s\n", module)
			ok = false
		}
		total.merge(one)
	}
	if !total.print(os.Stdout, time.Since(start)) || !ok {
		os.Exit(1)
	}
}

// split separates modules from what go test gets.
func split(args []string) (modules, test []string) {
	if i := slices.Index(args, "--"); i >= 0 {
		return args[:i], args[i+1:]
	}
	return args, []string{"./..."}
}

// run runs go test in one module. The error says that go test failed, as it does when a test did.
func (s *summary) run(module string, args []string) error {
	cmd := exec.Command("go", append([]string{"-C", module, "test", "-json"}, args...)...)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	return errors.Join(s.read(stdout), cmd.Wait())
}

// read takes the stream of go test -json; see go doc test2json.
func (s *summary) read(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if jsonErr := json.Unmarshal(line, &e); jsonErr != nil {
				fmt.Fprintf(s.out, "%s", line) // not for us: show it as it is
			} else {
				s.add(e)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// print says what was counted and whether it is a pass.
func (s *summary) print(w io.Writer, took time.Duration) bool {
	nameless := 0
	for _, skip := range s.skipped {
		if skip.reason == "" {
			nameless++
		}
		fmt.Fprintf(w, "skipped: %s: %s\n", skip.name, cmp.Or(skip.reason, "NO REASON GIVEN"))
	}
	for _, name := range s.failed {
		fmt.Fprintf(w, "failed: %s\n", name)
	}
	fmt.Fprintf(w, "%d tests in %d packages in %s: %d passed, %d failed, %d skipped\n",
		s.tests, s.packages, took.Round(time.Second), s.tests-s.failures-len(s.skipped), s.failures, len(s.skipped))
	if nameless > 0 {
		fmt.Fprintf(w, "error: %d tests were skipped without a reason\n", nameless)
	}
	return len(s.failed) == 0 && nameless == 0
}
