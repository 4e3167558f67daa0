package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/fixline-dev/fixline/lab/netpol"
)

// table holds the rules in the kernel. It is made by one nft process that runs for as long as the table is wanted, since
// the kernel takes a table with an owner away when its owner ends: so nothing of it stays when the agent is stopped, and
// nothing when it is killed, because nft ends when its standard input does.
type table struct {
	nft        []string
	stdin      io.WriteCloser
	said       *tail
	exited     chan struct{}
	generation int
}

// newTable starts nft; command is "nft", or something in front of it. The table is not there until the first put.
func newTable(command []string) (*table, error) {
	cmd := exec.Command(command[0], append(command[1:], "-i")...) // #nosec G204 -- the caller's own choice
	t := &table{nft: command, said: &tail{}, exited: make(chan struct{})}
	cmd.Stderr = t.said
	var err error
	if t.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting nft: %w", err)
	}
	go func() {
		defer close(t.exited)
		_ = cmd.Wait() // what it said is in the error of the next put
	}()
	return t, nil
}

// put replaces the rules, all at once, and returns when they are in force. On an error those from before are.
func (t *table) put(ctx context.Context, r netpol.Ruleset) error {
	t.said.reset()
	mark := fmt.Sprintf("generation %d of the lab's policies", t.generation+1)
	line := strings.Join(strings.Fields(r.Text(mark)), " ")
	if t.generation > 0 {
		line = "delete table inet " + netpol.Table + "; " + line // one line is one transaction
	}
	if _, err := io.WriteString(t.stdin, line+"\n"); err != nil {
		return fmt.Errorf("nft has ended: %s", t.said)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, 20*time.Second, errors.New("nft did not answer in time"))
	defer cancel()
	for {
		now, err := exec.CommandContext(ctx, t.nft[0], append(t.nft[1:], "--terse", "list", "table", "inet", netpol.Table)...).Output()
		if err == nil && strings.Contains(string(now), mark) {
			t.generation++
			return nil
		}
		if said := t.said.String(); said != "" {
			return fmt.Errorf("nft refused the rules: %s", said)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-t.exited:
			return fmt.Errorf("nft has ended: %s", t.said)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// close ends nft, and with it the table.
func (t *table) close() {
	_ = t.stdin.Close() // it has ended already otherwise
	<-t.exited
}

// tail keeps what nft says, for an error.
type tail struct {
	mu   sync.Mutex
	text string
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.text) < 2000 { // nft repeats the line it refuses, which may be long
		t.text += string(p[:min(len(p), 2000)])
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(t.text)
}

func (t *tail) reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = ""
}
