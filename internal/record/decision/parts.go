package decision

import (
	"github.com/fixline-dev/fixline/internal/strict"
)

func cluster(n *strict.Node) Cluster {
	n.Fields("name", "environment", "owner", "provider")
	return Cluster{n.Get("name").Required(), optional(n.Get("environment")), optional(n.Get("owner")), optional(n.Get("provider"))}
}

func reason(n *strict.Node) Reason {
	n.Fields("advisories", "text")
	r := Reason{texts(n.Get("advisories")), optional(n.Get("text"))}
	if len(r.Advisories) == 0 && r.Text == "" && !n.Failed() {
		n.Report("names neither an advisory nor a reason", `write advisories: [CVE-...] or text: "why"`)
	}
	return r
}

func change(n *strict.Node) Change {
	n.Fields("from", "target", "hops", "due", "why")
	return Change{n.Get("from").Required(), n.Get("target").Required(), texts(n.Get("hops")), Text(day(n.Get("due"), false)), optional(n.Get("why"))}
}

func owner(n *strict.Node) Owner {
	n.Fields("part", "name", "contact")
	return Owner{n.Get("part").Required(), n.Get("name").Required(), optional(n.Get("contact"))}
}

func mapping(n *strict.Node) Mapping {
	n.Fields("advisory", "verdict", "components", "fixedIn", "target", "why")
	return Mapping{n.Get("advisory").Required(),
		required(n.Get("verdict"), n.Get("verdict").Enum("affected", "not-reachable", "mitigate-only", "unknown", "not-affected")),
		texts(n.Get("components")), texts(n.Get("fixedIn")), optional(n.Get("target")), optional(n.Get("why"))}
}

func rejected(n *strict.Node) Rejected {
	n.Fields("version", "reason")
	return Rejected{n.Get("version").Required(), n.Get("reason").Required()}
}

func found(n *strict.Node) Finding {
	n.Fields("code", "severity", "object", "message", "state", "note")
	return Finding{n.Get("code").Required(), required(n.Get("severity"), n.Get("severity").Enum("blocker", "warning", "info")), optional(n.Get("object")),
		n.Get("message").Required(), required(n.Get("state"), n.Get("state").Enum(Open, Settled, NeedsReview)), optional(n.Get("note"))}
}

// readWaiver: one that lacks who, why or until when is an error, for nobody
// could say later whether it still holds.
func readWaiver(n *strict.Node) Waiver {
	n.Fields("finding", "object", "by", "why", "until")
	return Waiver{n.Get("finding").Required(), optional(n.Get("object")), n.Get("by").Required(), n.Get("why").Required(), day(n.Get("until"), true)}
}

func skew(n *strict.Node) Skew {
	n.Fields("component", "versions", "during", "why")
	return Skew{n.Get("component").Required(), n.Get("versions").Required(), optional(n.Get("during")), optional(n.Get("why"))}
}

func backup(n *strict.Node) Backup {
	n.Fields("required", "whyNot", "location", "restore")
	need, ok := n.Get("required").Bool()
	b := Backup{need, optional(n.Get("whyNot")), optional(n.Get("location")), optional(n.Get("restore"))}
	switch {
	case n.Failed():
	case !ok:
		n.Get("required").Report("is required", "true, or false with whyNot")
	case !need && b.WhyNot == "":
		n.Get("whyNot").Report("is required where no backup is", "say what the way back stands on instead")
	}
	return b
}

func rollback(n *strict.Node) Rollback {
	n.Fields("triggers", "notTriggers", "how")
	return Rollback{texts(n.Get("triggers")), texts(n.Get("notTriggers")), optional(n.Get("how"))}
}

func check(n *strict.Node) Check {
	n.Fields("text", "command")
	return Check{n.Get("text").Required(), optional(n.Get("command"))}
}

func mitigation(n *strict.Node) Mitigation {
	n.Fields("text", "advisory", "since", "removal", "owner")
	return Mitigation{n.Get("text").Required(), optional(n.Get("advisory")), Text(day(n.Get("since"), false)), optional(n.Get("removal")), optional(n.Get("owner"))}
}

func followUp(n *strict.Node) FollowUp {
	n.Fields("text", "owner", "due", "done")
	done, _ := n.Get("done").Bool()
	return FollowUp{n.Get("text").Required(), optional(n.Get("owner")), Text(day(n.Get("due"), false)), done}
}
