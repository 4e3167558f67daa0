package finding

// ways say how a family of codes is found.
type ways struct {
	about   string // a few words
	command string // that raises it, in Markdown
	from    string // what it is read from, a part of a sentence
	object  string // of an entry of an ignore file; "" where none accepts it
}

const (
	assessed = "`fixline assess`"
	scanned  = "`fixline scan`"
	both     = "`fixline assess` and `fixline scan`"
)

// waysOf is how the codes of one family are found.
func waysOf(family string) ways {
	switch family {
	case "SUPPORT":
		return ways{"what is still maintained", assessed, "the versions that run, held to the release calendars (`fixline releases`)", ""}
	case "DRIFT":
		return ways{"what runs is not what is installed or asked for", assessed, "running versions, pod specifications, images and packages, held to each other", ""}
	case "SKEW":
		return ways{"versions that may not run side by side", assessed, "the versions of every component, held to the version-skew policy", ""}
	case "ADVISORY":
		return ways{"the data about advisories", assessed, "the merged sources of the catalogue (`fixline advisories show ID`)", ""}
	case "IGNORE":
		return ways{"acceptances", both, "the ignore file, on the day that is judged", ""}
	case "READ":
		return ways{"what the evidence itself shows", assessed, "the evidence and what is known of how it was collected", ""}
	case "HOST":
		return ways{"packages, certificates and clocks of hosts", assessed, "host facts (`fixline collect --ssh`)", ""}
	case "API":
		return ways{"API versions", scanned, "manifests, managedFields, last-applied annotations, Helm releases, the API servers' gauge and audit logs, held to the table of API versions at the target; [scan.md](../../scan.md#a-cluster) says which source raises what", `"Ingress/shop/*"`}
	case "SET":
		return ways{"settings the upgrade loses or that stop a component", both, "static pods, kubelet and kubeadm configuration, held to what each release on the way knows", `"Node/cp1"`}
	case "ADM":
		return ways{"admission: webhooks, policies, Pod Security", scanned + " of a cluster", "webhook configurations, their services and certificates, policies and namespaces", `"ValidatingWebhookConfiguration/guard"`}
	case "CRD":
		return ways{"custom resources and their operators", scanned + " of a cluster", "CustomResourceDefinitions, their stored versions and webhooks, and the operators that run", `"CustomResourceDefinition/things.example.org"`}
	case "ADDON":
		return ways{"add-ons and components that decide security", scanned + " of a cluster", "the images that run, held to what each add-on's versions say they support", `"Addon/kyverno"`}
	case "ETCD":
		return ways{"etcd on the way to the target", scanned + " of a cluster", "the members, their versions and database, and what kubeadm brings at each hop", `"Pod/kube-system/etcd-cp1"`}
	case "DRAIN":
		return ways{"what draining nodes disturbs", scanned + " of a cluster", "PodDisruptionBudgets, pods, their controllers and the nodes' capacity", `"PodDisruptionBudget/shop/web"`}
	case "DATA":
		return ways{"the data this program carries", both, "the dates of the catalogue", ""}
	case "REHEARSE":
		return ways{"rehearsals", "`fixline rehearse`", "the target's API server, started on a private copy of the cluster's data", ""}
	case "PLAN":
		return ways{"plans", "`fixline plan`", "the steps, held to the state each of them leaves behind", ""}
	}
	return ways{"more", both, "the evidence of the cluster", ""}
}
