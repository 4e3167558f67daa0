package apply

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// Command is one remote command of a step, as the record keeps it.
type Command struct {
	Host    string  `json:"host"`
	Command string  `json:"command"` // with what is secret masked
	Began   string  `json:"began"`   // RFC 3339 in UTC, with milliseconds
	Seconds float64 `json:"seconds"`
	Status  int     `json:"status"` // exit status; -1 = it did not end by itself
	Stdout  string  `json:"stdout"` // its end, with what is secret masked
	Stderr  string  `json:"stderr"`
	Error   string  `json:"error,omitempty"` // why it did not end by itself
}

// maxOutput is how much of the output of a command a record keeps: its end. An
// entry of the journal may have 1 MiB.
const maxOutput = 8 << 10

// Log is what a step did. Its methods may be called from several goroutines.
type Log struct {
	mu       sync.Mutex
	commands []Command
	notes    []string
	facts    map[string]string
	remote   time.Duration
	waited   time.Duration
}

// Ran keeps a command and when it ran, which is set in it here.
func (l *Log) Ran(c Command, began, ended time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	took := ended.Sub(began)
	c.Began, c.Seconds = milli(began), seconds(took)
	c.Stdout, c.Stderr = end(c.Stdout), end(c.Stderr)
	l.commands = append(l.commands, c)
	l.remote += took
}

// Asked keeps a request to the API at host that changed something, or failed to.
func (l *Log) Asked(host, what string, began, ended time.Time, err error) {
	c := Command{Host: host, Command: what}
	if err != nil {
		c.Status, c.Error = -1, err.Error()
	}
	l.Ran(c, began, ended)
}

// Note keeps a sentence.
func (l *Log) Note(sentence string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.notes = append(l.notes, sentence)
}

// Fact keeps a value that a later step asks for; see [Facts].
func (l *Log) Fact(name, value string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.facts == nil {
		l.facts = map[string]string{}
	}
	l.facts[name] = value
}

// Waited keeps time that was spent waiting for the world on purpose.
func (l *Log) Waited(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waited += d
}

func end(text string) string {
	if len(text) <= maxOutput {
		return text
	}
	return "[the beginning is left out]\n" + text[len(text)-maxOutput:]
}

// Notes are the sentences so far.
func (l *Log) Notes() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.notes)
}

// Facts are the values so far, by name.
func (l *Log) Facts() map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.facts)
}
