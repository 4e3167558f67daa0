package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fixline-dev/fixline/internal/apply"
)

// How much is asked for: a large cluster has more warnings than anybody reads.
const (
	eventsPage = 500
	eventsMost = 5000
)

// sample notes what the warnings of the last minutes speak of. An upgrade shows
// first in three kinds of them: admission that refuses, images that do not come,
// networks of pods that are not made.
func (c *Cluster) sample(ctx context.Context, log *apply.Log) {
	since := c.o.Now().Add(-c.o.Events)
	found := map[string][]string{}
	seen, others, opts := 0, 0, meta.ListOptions{FieldSelector: "type=" + v1.EventTypeWarning, Limit: eventsPage}
	for {
		page, err := c.api.Core.Events("").List(ctx, opts)
		if err != nil {
			log.Note("unknown: events were not sampled: " + err.Error())
			return
		}
		for i := range page.Items {
			e := &page.Items[i]
			if when(e).Before(since) {
				continue
			}
			seen++
			if about := topic(e); about != "" {
				found[about] = append(found[about], say(e))
			} else {
				others++
			}
		}
		opts.Continue = page.Continue
		if opts.Continue == "" || seen >= eventsMost {
			break
		}
	}
	for _, about := range topics() {
		if list := found[about]; len(list) > 0 {
			log.Note(fmt.Sprintf("events of the last %s about %s: %d, such as %s", c.o.Events, about, len(list), first(list)))
		}
	}
	note := fmt.Sprintf("events of the last %s: %d warnings, %d of them about nothing an upgrade shows first in", c.o.Events, seen, others)
	if opts.Continue != "" {
		note += "; there are more, which were not read"
	}
	log.Note(note)
}

func topics() []string {
	return []string{"admission that refused", "images that were not pulled", "networks of pods"}
}

// topic of a warning by its reason and words, which are those of the kubelet
// (kubernetes/pkg/kubelet/events/event.go), of controllers that were refused
// (FailedCreate) and of the API server's refusals; "" = another.
func topic(e *v1.Event) string {
	text := strings.ToLower(e.Message)
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
	}
	switch {
	case has("admission webhook", "violates podsecurity", "failed calling webhook", "validatingadmissionpolicy"), e.Reason == "FailedCreate" && has("forbidden"):
		return topics()[0]
	case e.Reason == "ErrImageNeverPull", e.Reason == "InspectFailed", has("pull image", "errimagepull", "imagepullbackoff", "back-off pulling"):
		return topics()[1]
	case e.Reason == "FailedCreatePodSandBox", e.Reason == "NetworkNotReady", has("cni plugin", "network plugin", "networkplugin"):
		return topics()[2]
	}
	return ""
}

// when an event was last seen; old and new writers fill different fields.
func when(e *v1.Event) time.Time {
	if e.Series != nil && !e.Series.LastObservedTime.IsZero() {
		return e.Series.LastObservedTime.Time
	}
	for _, t := range []time.Time{e.LastTimestamp.Time, e.EventTime.Time, e.FirstTimestamp.Time} {
		if !t.IsZero() {
			return t
		}
	}
	return e.CreationTimestamp.Time
}

func say(e *v1.Event) string {
	const most = 200
	text := strings.Join(strings.Fields(e.Message), " ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	return fmt.Sprintf("%s %s/%s: %s: %s", e.InvolvedObject.Kind, e.InvolvedObject.Namespace, e.InvolvedObject.Name, e.Reason, text)
}

func first(list []string) string {
	slices.Sort(list)
	return strings.Join(slices.Compact(list)[:min(3, len(slices.Compact(list)))], "; ")
}
