package cli_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/fixline-dev/fixline/internal/cli"
)

// TestMain makes this test binary stand for the program itself, under both of
// its names.
func TestMain(m *testing.M) {
	run := func() { os.Exit(cli.Main()) }
	testscript.Main(m, map[string]func(){"fixline": run, "kubectl-fixline": run})
}

// TestScripts runs test/script/*.txtar, the specification of the command line.
func TestScripts(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	top := filepath.Join(here, "..", "..")
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join(top, "test", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(env *testscript.Env) error {
			env.Setenv("RECORDING", filepath.Join(top, "internal", "demo", "recording"))
			env.Setenv("RECORD", filepath.Join(top, "internal", "record", "testdata", "change"))
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("FIXLINE_DATA_DIR", filepath.Join(env.WorkDir, "data"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": code,
			"json": jsonField,
			"size": size,
		},
	})
}

// code N COMMAND ARG... runs a command that must end with exit code N.
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N command [arg...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	var exited *exec.ExitError
	switch {
	case errors.As(err, &exited):
		got = exited.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// json FILE PATH [VALUE] holds a field of a JSON file (or stdout) to a value;
// PATH is dotted, lists are indexed or searched: clusters.0.target.version,
// clusters.0.advisories[id=CVE-2025-13281].verdict. Without VALUE the field
// must exist. `! json` says the opposite.
func jsonField(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: json file path [value]")
	}
	var doc any
	if err := json.Unmarshal([]byte(ts.ReadFile(args[0])), &doc); err != nil {
		ts.Fatalf("%s is no JSON: %v", args[0], err)
	}
	got, ok := lookup(doc, args[1])
	want := strings.Join(args[2:], " ")
	match := ok && (len(args) == 2 || text(got) == want)
	if match == neg {
		ts.Fatalf("%s: %s = %s (found %t), want %q (negated %t)", args[0], args[1], text(got), ok, want, neg)
	}
}

func lookup(doc any, path string) (any, bool) {
	for path != "" {
		var step string
		if strings.HasPrefix(path, "[") {
			step, path, _ = strings.Cut(path[1:], "]")
			key, value, _ := strings.Cut(step, "=")
			list, _ := doc.([]any)
			found := false
			for _, item := range list {
				if m, ok := item.(map[string]any); ok && text(m[key]) == value {
					doc, found = item, true
					break
				}
			}
			if !found {
				return nil, false
			}
			path = strings.TrimPrefix(path, ".")
			continue
		}
		end := strings.IndexAny(path, ".[")
		switch {
		case end < 0:
			step, path = path, ""
		case path[end] == '.':
			step, path = path[:end], path[end+1:]
		default:
			step, path = path[:end], path[end:]
		}
		switch node := doc.(type) {
		case map[string]any:
			next, ok := node[step]
			if !ok {
				return nil, false
			}
			doc = next
		case []any:
			i, err := strconv.Atoi(step)
			if step == "length" {
				return float64(len(node)), true
			}
			if err != nil || i >= len(node) {
				return nil, false
			}
			doc = node[i]
		default:
			return nil, false
		}
	}
	return doc, true
}

func text(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(data)
}

// size FILE wants a file that is not empty.
func size(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: size file")
	}
	if empty := ts.ReadFile(args[0]) == ""; empty != neg {
		ts.Fatalf("%s: empty %t", args[0], empty)
	}
}
