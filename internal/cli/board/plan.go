package board

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/core/board"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// maxPlan bounds a plan; that of 5,000 nodes with every state stays below it.
const maxPlan = 1 << 30

// planned is what the board takes of a plan. Whether the plan as a whole is
// sound is for `fixline plan check` to say: every move is judged here again,
// on what the cluster runs now.
type planned struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Cluster    string   `json:"cluster"`
	Target     string   `json:"target"`
	Hops       []string `json:"hops"`
	Steps      []struct {
		ID         string   `json:"id"`
		Node       *string  `json:"node"`
		Components []string `json:"components"`
		To         *string  `json:"to"`
	} `json:"steps"`
}

// readPlan reads where a plan goes and the cluster it is for.
func readPlan(path string) (board.Goal, string, error) {
	fail := func(err error) (board.Goal, string, error) {
		return board.Goal{}, "", exit.WithHint(exit.BadInput(fmt.Errorf("reading the plan: %s: %w", path, err)),
			"--plan wants a file written by: fixline plan -o json")
	}
	file, err := os.Open(path)
	if err != nil {
		return board.Goal{}, "", exit.BadInput(fmt.Errorf("reading the plan: %w", err))
	}
	defer file.Close()
	var p planned
	dec := json.NewDecoder(io.LimitReader(file, maxPlan))
	if err := dec.Decode(&p); err != nil {
		return fail(fmt.Errorf("at byte %d: %w", dec.InputOffset(), err))
	}
	if p.Kind != "Plan" || p.APIVersion != "fixline.dev/v1alpha1" {
		return fail(fmt.Errorf("kind %q of %q is not a Plan of fixline.dev/v1alpha1", p.Kind, p.APIVersion))
	}
	var goal board.Goal
	if goal.Version, err = version.Parse(p.Target); err != nil {
		return fail(fmt.Errorf("target: %w", err))
	}
	for i, h := range p.Hops {
		v, err := version.Parse(h)
		if err != nil {
			return fail(fmt.Errorf("hops[%d]: %w", i, err))
		}
		goal.Hops = append(goal.Hops, v)
	}
	for i, s := range p.Steps {
		if s.To == nil || *s.To == "" {
			continue // it moves nothing
		}
		to, err := version.Parse(*s.To)
		if err != nil {
			return fail(fmt.Errorf("steps[%d].to: %w", i, err))
		}
		for _, c := range s.Components {
			// kubeadm moves etcd beside the API server, to a version of etcd's own.
			if c == inventory.Etcd && slices.Contains(p.Hops, *s.To) {
				continue
			}
			goal.Moves = append(goal.Moves, board.Move{Step: s.ID, Component: c, Node: deref(s.Node), To: to})
		}
	}
	return goal, p.Cluster, nil
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
