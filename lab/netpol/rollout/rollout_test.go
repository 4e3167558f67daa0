package rollout

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// fakeHosts notes what is run and fed, and makes a token.
type fakeHosts struct {
	log  []string
	fail string
}

func (f *fakeHosts) Run(ctx context.Context, host, command string) ([]byte, error) {
	return f.Feed(ctx, host, strings.NewReader(""), command)
}

func (f *fakeHosts) Feed(_ context.Context, host string, stdin io.Reader, command string) ([]byte, error) {
	data, err := io.ReadAll(stdin)
	if err != nil {
		return nil, err
	}
	f.log = append(f.log, host+": "+command+" < "+string(data))
	if f.fail != "" && strings.HasPrefix(host+": "+command, f.fail) {
		return nil, errors.New("on " + host + ": it burns")
	}
	if strings.Contains(command, "create token") {
		return []byte("the-token\n"), nil
	}
	return nil, nil
}

func TestOnAndOff(t *testing.T) {
	fake := &fakeHosts{}
	var said strings.Builder
	lab := Lab{Runner: fake, ControlPlane: "cp1", Nodes: []string{"cp1", "w1"}, Server: "https://10.77.0.11:6443", CA: []byte("ca"), Progress: &said}
	if err := On(t.Context(), lab, []byte("program")); err != nil {
		t.Fatal(err)
	}
	log := strings.Join(fake.log, "\n")
	for _, want := range []string{
		"w1: mkdir -p $(dirname /usr/local/sbin/lab-netpol) && install -m 0755 /dev/stdin /usr/local/sbin/lab-netpol.new && mv /usr/local/sbin/lab-netpol.new /usr/local/sbin/lab-netpol < program",
		`"token":"the-token"`, "NODE=w1\n", "systemctl restart lab-netpol",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("%q was not done:\n%s", want, log)
		}
	}
	if want := "network policies are in force on cp1\nnetwork policies are in force on w1\n"; said.String() != want {
		t.Errorf("it said %q", &said)
	}
	fake.log, fake.fail = nil, "cp1: if"
	if err := Off(t.Context(), lab); err == nil || !strings.Contains(err.Error(), "on cp1: it burns") {
		t.Errorf("%v", err)
	}
	if log := strings.Join(fake.log, "\n"); !strings.Contains(log, "w1: if") || !strings.Contains(log, "delete --ignore-not-found") {
		t.Errorf("one host that fails kept the others from being switched off:\n%s", log)
	}
}

// The account may read what the agent watches, and nothing else.
func TestAccount(t *testing.T) {
	data, err := files.ReadFile("files/account.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var role struct {
		Rules []struct{ Resources, Verbs []string }
	}
	if err := yaml.Unmarshal([]byte(strings.Split(string(data), "---\n")[1]), &role); err != nil {
		t.Fatal(err)
	}
	for _, rule := range role.Rules {
		if strings.Join(rule.Verbs, " ") != "list watch" {
			t.Errorf("%v may %v", rule.Resources, rule.Verbs)
		}
	}
	if len(role.Rules) != 2 {
		t.Errorf("%d rules", len(role.Rules))
	}
}
