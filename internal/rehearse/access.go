package rehearse

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	authorization "k8s.io/api/authorization/v1"

	"github.com/fixline-dev/fixline/internal/core/rehearsal"
)

//go:embed questions.json
var questionsJSON []byte

// Question is one about access. Its JSON form is that of a file of answers.
type Question struct {
	User        string   `json:"user"` // "" = a user of no name but its groups
	Groups      []string `json:"groups"`
	Verb        string   `json:"verb"`
	Group       string   `json:"group"`
	Resource    string   `json:"resource"`
	Subresource string   `json:"subresource"`
	Namespace   string   `json:"namespace"` // "" = all, or none
	Name        string   `json:"name"`      // "" = any
	// Allowed is today's answer; nil = it is not known.
	Allowed *bool `json:"allowed"`

	subject string // as findings name it
}

// String is what is asked: "get pods/exec in shop".
func (q Question) String() string {
	what := q.Resource
	if q.Group != "" {
		what += "." + q.Group
	}
	if q.Subresource != "" {
		what += "/" + q.Subresource
	}
	if q.Name != "" {
		what += " " + q.Name
	}
	if q.Namespace != "" {
		what += " in " + q.Namespace
	}
	return q.Verb + " " + what
}

func (q Question) who() string {
	switch {
	case q.subject != "":
		return q.subject
	case q.User != "":
		return "User/" + q.User
	}
	return "Group/" + strings.Join(q.Groups, "+")
}

func (q Question) review() authorization.SubjectAccessReviewSpec {
	return authorization.SubjectAccessReviewSpec{
		User: cmp.Or(q.User, "fixline-nobody"), Groups: q.Groups,
		ResourceAttributes: &authorization.ResourceAttributes{Verb: q.Verb, Group: q.Group, Resource: q.Resource,
			Subresource: q.Subresource, Namespace: q.Namespace, Name: q.Name},
	}
}

// mostSubjects is how many subjects are asked about; those of Kubernetes itself last.
const mostSubjects = 60

// access asks about each subject what a role gives it and what is dangerous.
func (q *questioner) access(ctx context.Context) error {
	bound, err := q.bound(ctx)
	if err != nil {
		return err
	}
	var common struct{ Questions []Question }
	if err := json.Unmarshal(questionsJSON, &common); err != nil {
		return fmt.Errorf("reading the embedded questions.json: %w", err)
	}
	questions := slices.Clone(q.spec.Answers)
	names := slices.SortedFunc(maps.Keys(bound), func(a, b string) int {
		return cmp.Or(cmp.Compare(ownRank(a), ownRank(b)), cmp.Compare(a, b))
	})
	q.subjects, q.asked = len(names), min(len(names), mostSubjects)
	for _, name := range names[:q.asked] {
		questions = append(questions, bound[name].questions(common.Questions)...)
	}
	// Somebody whom nothing is bound to, and nobody at all: both may do nothing of it.
	for _, x := range common.Questions {
		x.subject, x.User, x.Groups = "User/system:anonymous", "system:anonymous", []string{"system:unauthenticated"}
		questions = append(questions, x)
	}
	return q.answers(ctx, questions, bound)
}

func ownRank(name string) int {
	if strings.Contains(name, "system:") {
		return 1
	}
	return 0
}

// answers asks the hop, and today's version where there is one.
func (q *questioner) answers(ctx context.Context, questions []Question, bound map[string]*grants) error {
	var mu sync.Mutex
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, x := range questions {
		group.Go(func() error {
			a := rehearsal.Answer{Subject: x.who(), Question: x.String()}
			var err error
			if a.Allowed, err = q.target.Access(within, x.review()); err != nil {
				a.Error = err.Error()
			} else {
				a.Expected, a.From = q.expected(within, x, bound)
			}
			mu.Lock()
			defer mu.Unlock()
			q.seen.Answers = append(q.seen.Answers, a)
			return within.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	slices.SortFunc(q.seen.Answers, func(a, b rehearsal.Answer) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Question, b.Question))
	})
	return nil
}

// expected is today's answer and how it is known: given, asked, or read in the
// roles and bindings that are stored. It is nil where nothing tells.
func (q *questioner) expected(ctx context.Context, x Question, bound map[string]*grants) (*bool, string) {
	if x.Allowed != nil {
		return x.Allowed, "today's answer, as it was given"
	}
	if q.baseline != nil {
		before, err := q.baseline.server.Access(ctx, x.review())
		if err != nil {
			return nil, ""
		}
		return &before, "answer of " + q.baseline.Version
	}
	if !q.onlyRBAC() || slices.Contains(x.Groups, "system:nodes") || strings.HasPrefix(x.User, "system:node:") {
		return nil, "" // another authorizer has a say in it
	}
	allowed := x.granted(bound)
	return &allowed, "the roles and bindings that are stored"
}

// onlyRBAC reports whether roles and bindings decide for everybody but nodes.
func (q *questioner) onlyRBAC() bool {
	modes, ok := q.pod.Value("authorization-mode")
	if !ok {
		return false
	}
	for _, m := range strings.Split(modes, ",") {
		if m != "RBAC" && m != "Node" && m != "Webhook" { // the webhook was taken out
			return false
		}
	}
	return strings.Contains(modes, "RBAC")
}
