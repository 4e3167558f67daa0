package reach

import (
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/inventory"
)

const leaves = 4

// world is one answer for each leaf.
func world(t *rapid.T) map[string]inventory.Answer {
	m := map[string]inventory.Answer{}
	for i := range leaves {
		m[strconv.Itoa(i)] = inventory.Answer{State: inventory.State(rapid.IntRange(0, 2).Draw(t, "answer")), Evidence: "fact " + strconv.Itoa(i)}
	}
	return m
}

func drawTree(depth int) *rapid.Generator[advisory.Question] {
	return rapid.Custom(func(t *rapid.T) advisory.Question {
		q := advisory.Question{Not: rapid.Bool().Draw(t, "not")}
		kind := rapid.IntRange(0, 2).Draw(t, "kind")
		if depth == 0 {
			kind = 0
		}
		switch kind {
		case 0:
			q.Uses = strconv.Itoa(rapid.IntRange(0, leaves-1).Draw(t, "leaf"))
		case 1:
			q.Any = rapid.SliceOfN(drawTree(depth-1), 2, 3).Draw(t, "any")
		case 2:
			q.All = rapid.SliceOfN(drawTree(depth-1), 2, 3).Draw(t, "all")
		}
		return q
	})
}

func ask(q advisory.Question, uses map[string]inventory.Answer) inventory.Answer {
	return Answer(&q, nil, &inventory.Cluster{Facts: inventory.Facts{Uses: uses}})
}

// Learning more never turns a yes into a no or back, nor into unknown.
func TestKnowingMoreNeverOverturns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, w := drawTree(3).Draw(t, "question"), world(t)
		before := ask(q, w)
		for i := range leaves {
			k := strconv.Itoa(i)
			if w[k].State == inventory.Unknown {
				w[k] = inventory.Answer{State: inventory.State(rapid.IntRange(1, 2).Draw(t, "learnt")), Evidence: "learnt " + k}
			}
		}
		after := ask(q, w)
		if before.State != inventory.Unknown && after.State != before.State {
			t.Fatalf("was %v, is %v", before, after)
		}
		if after.State == inventory.Unknown {
			t.Fatalf("everything is known, yet the answer is not: %v", after)
		}
	})
}

func TestNotIsItsOwnInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, w := drawTree(3).Draw(t, "question"), world(t)
		flipped := q
		flipped.Not = !q.Not
		if a, b := ask(q, w), ask(flipped, w); negate(a.State) != b.State {
			t.Fatalf("%v and its negation %v", a, b)
		}
	})
}

// not (a or b) = not a and not b.
func TestDeMorgan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts, w := rapid.SliceOfN(drawTree(2), 2, 4).Draw(t, "parts"), world(t)
		var negated []advisory.Question
		for _, p := range parts {
			p.Not = !p.Not
			negated = append(negated, p)
		}
		a := ask(advisory.Question{Not: true, Any: parts}, w)
		b := ask(advisory.Question{All: negated}, w)
		if a.State != b.State {
			t.Fatalf("not any: %v, all not: %v", a, b)
		}
	})
}

func TestEveryAnswerHasEvidence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if a := ask(drawTree(3).Draw(t, "question"), world(t)); a.Evidence == "" {
			t.Fatalf("%v without evidence", a.State)
		}
	})
}
