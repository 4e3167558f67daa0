package reach

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/inventory"
)

// quantifier says how many of several instances must fulfil a question.
type quantifier bool

const (
	some  quantifier = false
	every quantifier = true
)

// answer is Kleene's three-valued logic over the tree of a question
// (https://en.wikipedia.org/wiki/Three-valued_logic): unknown stays unknown
// unless the known parts decide.
func (a *Asker) answer(q *advisory.Question, in *inventory.Instance, n quantifier) inventory.Answer {
	if q.Not {
		plain := *q
		plain.Not = false
		// "Not every one has it" and "some one does not" are the same.
		ans := a.answer(&plain, in, !n)
		ans.State = negate(ans.State)
		return ans
	}
	switch {
	case len(q.Any) > 0:
		return combine(some, a.closeDeclared(q.Any, a.answers(q.Any, in, n)))
	case len(q.All) > 0:
		return combine(every, a.answers(q.All, in, n))
	}
	return a.leaf(q, in, n)
}

func (a *Asker) answers(qs []advisory.Question, in *inventory.Instance, n quantifier) []inventory.Answer {
	out := make([]inventory.Answer, 0, len(qs))
	for i := range qs {
		out = append(out, a.answer(&qs[i], in, n))
	}
	return out
}

// closeDeclared lets an inventory speak for what could be, too: facts.uses.X:
// false is its author's word that X is not in use and does not come into use,
// and an inventory has no place for roles or namespace labels. So parts that ask
// for those, and would stay unknown for ever, do not keep such a question open.
// Where a cluster was read, "no pod uses X now" closes nothing.
func (a *Asker) closeDeclared(qs []advisory.Question, answers []inventory.Answer) []inventory.Answer {
	if !a.declared {
		return answers
	}
	var denied, rest []inventory.Answer
	for i := range qs {
		switch {
		case qs[i].Uses != "" && answers[i].State == inventory.No:
			denied = append(denied, answers[i])
		case answers[i].State != inventory.Unknown || !undeclarable(&qs[i]):
			rest = append(rest, answers[i])
		}
	}
	if len(denied) == 0 {
		return answers
	}
	return append(denied, rest...)
}

// undeclarable: the question asks only for what an inventory cannot say.
func undeclarable(q *advisory.Question) bool {
	parts := append(q.Any[:len(q.Any):len(q.Any)], q.All...)
	for i := range parts {
		if !undeclarable(&parts[i]) {
			return false
		}
	}
	return len(parts) > 0 || len(q.Who) > 0 || q.PodSecurity != ""
}

func negate(s inventory.State) inventory.State {
	switch s {
	case inventory.Yes:
		return inventory.No
	case inventory.No:
		return inventory.Yes
	}
	return inventory.Unknown
}

// combine is Kleene's "or" (some) or "and" (every) of answers. The evidence is
// that of the parts that decided: the ones that hold or fail, all of them where
// all were needed, the unknown ones where the whole is unknown.
func combine(n quantifier, answers []inventory.Answer) inventory.Answer {
	if len(answers) == 1 {
		return answers[0]
	}
	deciding, otherwise := inventory.Yes, inventory.No
	if n == every {
		deciding, otherwise = inventory.No, inventory.Yes
	}
	state := otherwise
	for _, a := range answers {
		if a.State == deciding {
			state = deciding
			break
		}
		if a.State == inventory.Unknown {
			state = inventory.Unknown
		}
	}
	if len(answers) == 0 {
		return inventory.Answer{Evidence: "there was nothing to ask"}
	}
	return inventory.Answer{State: state, Evidence: evidence(state, answers)}
}

// maxEvidence is how many facts one answer quotes; the rest are counted.
const maxEvidence = 5

// evidence joins what the answers of one state rest on. A fact that several
// answers share is quoted once; "; " stands between facts and never in one.
func evidence(state inventory.State, answers []inventory.Answer) string {
	quoted := make([]string, 0, maxEvidence)
	var rest map[string]bool // facts beyond the quoted ones; made only when there are some
	more := 0
	for _, a := range answers {
		if a.State != state || a.Evidence == "" {
			continue
		}
		for fact := range strings.SplitSeq(a.Evidence, "; ") {
			if n, ok := counted(fact); ok { // a part was cut short before
				more += n
				continue
			}
			switch {
			case slices.Contains(quoted, fact):
			case len(quoted) < maxEvidence:
				quoted = append(quoted, fact)
			case rest == nil:
				rest = map[string]bool{fact: true}
			default:
				rest[fact] = true
			}
		}
	}
	s := strings.Join(quoted, "; ")
	if more += len(rest); more > 0 {
		s += "; and " + strconv.Itoa(more) + " more"
	}
	return s
}

// counted reads back the "and 5 more" that evidence ends with.
func counted(fact string) (int, bool) {
	digits, ok := strings.CutPrefix(fact, "and ")
	if !ok {
		return 0, false
	}
	if digits, ok = strings.CutSuffix(digits, " more"); !ok {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil
}

// yes is Yes or No.
func yes(b bool) inventory.State {
	if b {
		return inventory.Yes
	}
	return inventory.No
}

func unknown(evidence string) inventory.Answer { return inventory.Answer{Evidence: evidence} }
