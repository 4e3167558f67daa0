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
		Also       []struct {
			Component string `json:"component"`
			Node      string `json:"node"`
			To        string `json:"to"`
		} `json:"also"`
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
	for i := range p.Steps {
		moves, err := p.moves(i)
		if err != nil {
			return fail(err)
		}
		goal.Moves = append(goal.Moves, moves...)
	}
	return goal, p.Cluster, nil
}

// moves are what a step moves: etcd first, as kubeadm does, then its
// components. A step without any may go to what is no version, such as the
// minor of a package repository or an image tag.
func (p *planned) moves(i int) ([]board.Move, error) {
	s := p.Steps[i]
	var moves []board.Move
	for k, a := range s.Also {
		to, err := version.Parse(a.To)
		if err != nil {
			return nil, fmt.Errorf("steps[%d].also[%d].to: %w", i, k, err)
		}
		moves = append(moves, board.Move{Step: s.ID, Component: a.Component, Node: a.Node, To: to})
	}
	if len(s.Components) == 0 || deref(s.To) == "" {
		return moves, nil
	}
	to, err := version.Parse(*s.To)
	if err != nil {
		return nil, fmt.Errorf("steps[%d].to: %w", i, err)
	}
	for _, c := range s.Components {
		// kubeadm moves etcd beside the API server, to a version of etcd's own.
		if c == inventory.Etcd && slices.Contains(p.Hops, *s.To) {
			continue
		}
		moves = append(moves, board.Move{Step: s.ID, Component: c, Node: deref(s.Node), To: to})
	}
	return moves, nil
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
