package report_test

import (
	"fmt"

	"github.com/fixline-dev/fixline/internal/core/assess"
)

// The results below are what assess could have said; the goldens show how
// each form says it. Versions and dates are examples, not facts of a release.

func ptr[T any](v T) *T { return &v }

func catalog() assess.CatalogInfo {
	return assess.CatalogInfo{Date: "2026-11-20", AdvisoriesThrough: "2026-10-08", AgeDays: 0}
}

func result(asOf string, clusters ...assess.ClusterResult) assess.Result {
	r := assess.Result{APIVersion: "fixline.dev/v1alpha1", Kind: "Assessment", AsOf: asOf,
		Catalog: catalog(), Clusters: clusters, Rollout: []string{}}
	for _, c := range clusters {
		r.Rollout = append(r.Rollout, c.Name)
	}
	return r
}

// base is a complete, clean kubeadm cluster; the examples change it.
func base(name, environment, v string) assess.ClusterResult {
	c := assess.ClusterResult{
		Name: name, Environment: &environment, Provider: "kubeadm",
		ProviderEvidence: "ConfigMap kube-system/kubeadm-config",
		Owner:            ptr("payments-platform"),
		Support:          assess.Support{Minor: ptr("1.34"), Status: "supported", EndOfLife: ptr("2026-10-27")},
		Target:           assess.Target{Kind: "none", Reason: "No known advisory affects 1.34.2 and the minor is supported."},
		Decision: assess.Decision{Affected: "no", MinorSupported: "yes", Reachable: "no", Clear: "unknown",
			Action: "Nothing to do until the next advisory or 2026-10-27.", Evidence: evidence()},
		Sentence: "cluster " + name + " needs no security upgrade on this day",
		Coverage: assess.Coverage{Complete: true},
	}
	for _, part := range []string{"control plane", "nodes", "add-ons", "workloads and policy"} {
		c.Ownership = append(c.Ownership, assess.Ownership{Part: part, By: "you", Note: "kubeadm: nobody else moves it"})
	}
	for _, component := range []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler"} {
		c.Instances = append(c.Instances, assess.InstanceResult{Component: component, Node: ptr("cp1"), Version: &v, ReadFrom: "static pod image"})
	}
	for i := 1; i <= 16; i++ {
		c.Instances = append(c.Instances, assess.InstanceResult{Component: "kubelet", Node: ptr(fmt.Sprintf("w%d", i)), Version: &v, ReadFrom: "nodeInfo.kubeletVersion"})
	}
	return c
}

func clean() assess.Result { return result("2026-03-15", base("dev", "development", "1.34.2")) }

func kubelets(n int, v string, verdict assess.Verdict, fixedIn *string) []assess.ComponentVerdict {
	var out []assess.ComponentVerdict
	for i := 1; i <= n; i++ {
		out = append(out, assess.ComponentVerdict{Component: "kubelet", Node: ptr(fmt.Sprintf("w%d", i)), Version: &v,
			Verdict: verdict, FixedIn: fixedIn, ReadFrom: "nodeInfo.kubeletVersion", Reason: v + " is in the affected range"})
	}
	return out
}

func patchCluster() assess.ClusterResult {
	c := base("prod", "production", "1.34.1")
	c.Advisories = []assess.AdvisoryResult{{
		ID: "CVE-2020-8554", Summary: "A Service with externalIPs or a patched load balancer status can catch other Pods' traffic",
		Verdict: assess.MitigateOnly, Score: ptr(6.3), Vector: ptr("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:L/I:L/A:L"), Published: ptr("2020-12-07"),
		FixState: "never", Reason: "every version is affected and none fixes it",
		Components:  []assess.ComponentVerdict{{Component: "kube-apiserver", Node: ptr("cp1"), Version: ptr("1.34.1"), Verdict: assess.MitigateOnly, ReadFrom: "static pod image", Reason: "every version is in range"}},
		Conditions:  []assess.ConditionResult{{Text: "a user other than an administrator may create Services", State: "met", Evidence: "12 subjects may create services: ServiceAccount/ci/deployer, Group/developers, and 10 more"}},
		Mitigations: []assess.MitigationResult{{Text: "forbid externalIPs with an admission policy", State: "missing", Evidence: "no ValidatingAdmissionPolicy names externalIPs", Apply: ptr("apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata:\n  name: deny-external-ips\nspec:\n  failurePolicy: Fail\n  matchConstraints:\n    resourceRules:\n    - apiGroups: [\"\"]\n      apiVersions: [v1]\n      operations: [CREATE, UPDATE]\n      resources: [services]\n  validations:\n  - expression: \"!has(object.spec.externalIPs) || object.spec.externalIPs.size() == 0\"\n    message: externalIPs are not allowed\n---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata:\n  name: deny-external-ips\nspec:\n  policyName: deny-external-ips\n  validationActions: [Deny]\n")}},
		Sources:     []assess.SourceResult{{Name: "Official CVE feed", URL: "https://github.com/kubernetes/kubernetes/issues/97076", Says: "all versions"}},
	}, {
		ID: "CVE-2025-13281", Summary: "The controller manager can be made to send requests from the control plane's network through a StorageClass",
		Verdict: assess.Affected, Score: ptr(5.8), Vector: ptr("CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:C/C:H/I:N/A:N"), Published: ptr("2025-12-01"),
		Fixed: []string{"1.32.10", "1.33.6", "1.34.2"}, FixState: "fixed", Reason: "kube-controller-manager 1.34.1 is in range and a Portworx StorageClass is in use",
		Components: []assess.ComponentVerdict{{Component: "kube-controller-manager", Node: ptr("cp1"), Version: ptr("1.34.1"), Verdict: assess.Affected, FixedIn: ptr("1.34.2"), ReadFrom: "static pod image", Reason: "1.34.1 is in 1.34.0 up to 1.34.2"}},
		Conditions: []assess.ConditionResult{
			{Text: "the in-tree Portworx volume plugin is in use", State: "met", Evidence: "StorageClass/px-fast uses kubernetes.io/portworx-volume"},
			{Text: "a user may create StorageClasses or PersistentVolumeClaims", State: "unknown", Evidence: "roles could not be read"}},
		Mitigations: []assess.MitigationResult{{Text: "switch the volume plugin over to CSI", State: "missing", Evidence: "CSIMigrationPortworx is not set on cp1", Apply: ptr("kubectl delete storageclass px-fast")}},
		Sources:     []assess.SourceResult{{Name: "Official CVE feed", URL: "https://github.com/kubernetes/kubernetes/issues/135525", Says: "1.34.0 to 1.34.1, fixed in 1.34.2"}},
	}, {
		ID: "CVE-2025-0426", Summary: "An unauthenticated request to the read-only port of a kubelet can fill the node's disk",
		Verdict: assess.NotReachable, Score: ptr(6.2), Vector: ptr("CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"), Published: ptr("2025-02-13"),
		Fixed: []string{"1.34.2"}, FixState: "fixed", Reason: "the read-only port is closed on every node",
		Components: kubelets(16, "1.34.1", assess.NotReachable, ptr("1.34.2")),
		Conditions: []assess.ConditionResult{{Text: "the kubelet's read-only port is open", State: "not-met", Evidence: "readOnlyPort is 0 on 16 of 16 nodes (configz)"}},
		Sources:    []assess.SourceResult{{Name: "Official CVE feed", URL: "https://github.com/kubernetes/kubernetes/issues/130016", Says: "fixed in 1.34.2"}},
	}, {
		ID: "CVE-2024-9042", Summary: "Command injection through the node logs of Windows nodes", Verdict: assess.NotAffected, Score: ptr(5.9), Published: ptr("2025-01-15"),
		Fixed: []string{"1.29.13", "1.30.9", "1.31.5", "1.32.1"}, FixState: "fixed", Reason: "1.34.1 is past every affected range", WouldChange: ptr("a kubelet of 1.32.0 or older on Windows"),
		Components: kubelets(2, "1.34.1", assess.NotAffected, nil),
	}}
	c.Findings = []assess.Finding{{Code: "DRIFT-001", Severity: "warning", Object: "Node/w7", Message: "the kubelet of w7 runs another patch release than its pool",
		Remedy: "upgrade it with the others: `kubeadm upgrade node` on w7", Evidence: []string{"kubelet 1.34.0 on w7, 1.34.1 on 15 others"}}}
	c.Target = assess.Target{Version: ptr("1.34.2"), Kind: "patch", Path: []assess.Hop{{Version: "1.34.2", ReleaseNotes: "https://github.com/kubernetes/kubernetes/blob/master/CHANGELOG/CHANGELOG-1.34.md#v1342"}},
		Reason: "the smallest release that closes CVE-2025-13281, in the same minor, supported until 2026-10-27", Fixes: []string{"CVE-2025-13281", "CVE-2025-0426"}, Remaining: []string{"CVE-2020-8554"},
		Rejected: []assess.Rejected{{Version: "1.33.6", Reason: "older than what runs"}, {Version: "1.35.0", Reason: "a minor further than needed"}}}
	c.OtherTargets = []assess.OtherTarget{{Component: "etcd", Verdict: assess.Affected, Nodes: []string{"cp1"}, Current: "3.6.4", Version: ptr("3.6.9"), Fixes: []string{"CVE-2026-33413"}, How: "kubeadm takes the image tag from ClusterConfiguration.etcd.local.imageTag; set it and run kubeadm upgrade apply"}}
	c.Decision = assess.Decision{Affected: "yes", MinorSupported: "yes", Reachable: "yes", Clear: "unknown", Action: "Upgrade to 1.34.2 now; the deadline has passed.", Evidence: evidence()}
	c.Due, c.Overdue = ptr("2025-12-16"), true
	c.Sentence = "upgrade cluster prod from 1.34.1 to fixed version 1.34.2 by 2025-12-16 (overdue), using mitigations \"switch the volume plugin over to CSI\" until completion, and validate with checks kubelet and control-plane versions, API health, admission"
	c.Coverage.Gaps = []assess.Gap{{Check: "runc on the nodes", Reason: "the API does not show it; read it with hosts/NODE/versions.txt", Required: false}}
	return c
}

func patch() assess.Result { return result("2026-03-15", patchCluster()) }

func unreachable() assess.Result {
	c := base("edge", "production", "1.27.4")
	c.Support = assess.Support{Minor: ptr("1.27"), Status: "end-of-life", EndOfLife: ptr("2024-07-16")}
	c.Advisories = []assess.AdvisoryResult{{ID: "CVE-2023-5528", Summary: "Local volumes on Windows nodes let a Pod author run commands as administrator", Verdict: assess.Affected,
		Score: ptr(8.8), Published: ptr("2023-11-14"), Fixed: []string{"1.27.8", "1.28.4"}, FixState: "fixed", Reason: "kubelet 1.27.4 on Windows nodes is in range",
		Components: kubelets(2, "1.27.4", assess.Affected, ptr("1.27.8")),
		Conditions: []assess.ConditionResult{{Text: "a Windows node runs Pods", State: "met", Evidence: "2 nodes have kubernetes.io/os=windows: w1, w2"}},
		Disputed:   true, Dispute: ptr("the feed ends the range at 1.27.7, the CVE record at 1.27.8"),
		Sources: []assess.SourceResult{{Name: "Official CVE feed", URL: "https://github.com/kubernetes/kubernetes/issues/121879", Says: "up to 1.27.7"}, {Name: "CVE record", URL: "https://www.cve.org/CVERecord?id=CVE-2023-5528", Says: "before 1.27.8"}}}}
	c.Target = assess.Target{Kind: "unreachable", Reason: "the mirror offers 1.27.4 and 1.29.0 only, and the control plane may not skip 1.28", Wanted: ptr("1.28.4 or later"),
		Remaining: []string{"CVE-2023-5528"}, Rejected: []assess.Rejected{{Version: "1.27.8", Reason: "not offered"}, {Version: "1.29.0", Reason: "skips 1.28"}}}
	c.Decision = assess.Decision{Affected: "yes", MinorSupported: "no", Reachable: "yes", Clear: "no", Action: "Have 1.28.4 or later offered, then assess again.", Evidence: evidence()}
	c.Due, c.Overdue = ptr("2023-11-21"), true
	c.Owner = nil
	c.Sentence = "cluster edge is affected by CVE-2023-5528 and no fixed version can be reached from 1.27.4: have 1.28.4 or later offered (owner: nobody is named)"
	return result("2026-03-15", c)
}

func vendor() assess.Result {
	c := base("shop", "staging", "1.27.4-eks-2d98532")
	c.Provider, c.ProviderEvidence = "eks", "the version's suffix -eks- and the providerID aws:///"
	c.Ownership = []assess.Ownership{{Part: "control plane", By: "provider", Note: "EKS moves it when you choose a version"}, {Part: "nodes", By: "shared", Note: "managed node groups: EKS builds, you start the roll"}, {Part: "workloads and policy", By: "you", Note: ""}}
	c.Support = assess.Support{Status: "unknown"}
	c.Instances = append(c.Instances, assess.InstanceResult{Component: "kubelet", Node: ptr("漢字-node"), ReadFrom: "nodeInfo.kubeletVersion", Unread: ptr("the node reports no version")})
	for _, id := range []string{"CVE-2023-3676", "CVE-2023-3955", "CVE-2023-3893", "CVE-2023-5528", "CVE-2024-0793", "CVE-2024-3177"} {
		c.Advisories = append(c.Advisories, assess.AdvisoryResult{ID: id, Summary: "Insufficient input sanitation on Windows nodes", Verdict: assess.Unknown, Score: ptr(8.8), Published: ptr("2023-08-23"),
			Fixed: []string{"1.27.5"}, FixState: "fixed", Reason: "vendor build: verify the backport", Components: append(kubelets(16, "1.27.4-eks-2d98532", assess.Unknown, nil),
				assess.ComponentVerdict{Component: "kubelet", Node: ptr("漢字-node"), Verdict: assess.Unknown, ReadFrom: "nodeInfo.kubeletVersion", Reason: "no version was read"})})
	}
	c.Target.Reason = "nothing is known to affect it for certain"
	c.Decision = assess.Decision{Affected: "unknown", MinorSupported: "unknown", Reachable: "unknown", Clear: "unknown", Action: "Ask the provider which fixes its build holds.", Evidence: evidence()}
	c.Sentence = "it is unknown whether cluster shop is affected: verify the backports of 1.27.4-eks-2d98532"
	c.Coverage = assess.Coverage{Gaps: []assess.Gap{{Check: "list networkpolicies", Reason: "forbidden: needs get, list on networkpolicies.networking.k8s.io", Required: true}, {Check: "Helm releases", Reason: "Secrets were not asked for"}}}
	r := result("2026-12-15", c)
	r.Catalog.AgeDays, r.Catalog.Stale = 68, true
	return r
}

func fleet() assess.Result {
	dev := base("dev", "development", "1.33.1")
	dev.Support = assess.Support{Minor: ptr("1.33"), Status: "maintenance", EndOfLife: ptr("2026-06-28")}
	dev.Target = assess.Target{Version: ptr("1.33.6"), Kind: "patch", Path: []assess.Hop{{Version: "1.33.6", ReleaseNotes: "https://github.com/kubernetes/kubernetes/blob/master/CHANGELOG/CHANGELOG-1.33.md#v1336"}}, Reason: "the smallest fixed release of its own minor", Fixes: []string{"CVE-2025-13281"}}
	dev.RehearsalTarget = &assess.Target{Version: ptr("1.34.2"), Kind: "minor", Path: []assess.Hop{{Version: "1.34.2", ReleaseNotes: "https://github.com/kubernetes/kubernetes/blob/master/CHANGELOG/CHANGELOG-1.34.md#v1342"}}, Reason: "production goes to 1.34.2; rehearse it here first"}
	dev.Advisories = []assess.AdvisoryResult{patchCluster().Advisories[1]}
	dev.Decision.Affected, dev.Decision.Reachable, dev.Decision.Action = "yes", "yes", "Upgrade to 1.33.6, then rehearse 1.34.2."
	dev.Due = ptr("2026-04-01")
	dev.Sentence = "upgrade cluster dev from 1.33.1 to fixed version 1.33.6 by 2026-04-01"
	return result("2026-03-15", dev, base("staging", "staging", "1.34.2"), patchCluster())
}

func since() assess.Result {
	r := fleet()
	r.Since = &assess.Since{AsOf: "2026-03-01", Changes: []assess.Change{
		{Cluster: "prod", What: "advisory CVE-2025-13281", Before: ptr("not-reachable"), After: ptr("affected")},
		{Cluster: "prod", What: "target", Before: nil, After: ptr("1.34.2")},
		{Cluster: "dev", What: "finding SKEW-002 Node/w1", Before: ptr("warning"), After: nil}}}
	return r
}

// accepted is a cluster whose only advisory, one no version fixes, a named
// person has accepted.
func accepted() assess.Result {
	c := base("lab", "staging", "1.34.2")
	a := patchCluster().Advisories[0]
	a.Accepted = &assess.Accepted{Owner: "platform-security", Reason: "only administrators create Services here", Expires: "2026-09-01"}
	c.Advisories = []assess.AdvisoryResult{a}
	c.Target.Remaining = []string{a.ID}
	c.Decision.Affected, c.Decision.Reachable, c.Decision.Action = "yes", "yes", "Nothing to do until 2026-09-01, when the acceptance ends."
	c.Sentence = "on cluster lab no version fixes what remains: mitigate"
	return result("2026-03-15", c)
}

const bomb = "<script>alert(1)</script>|`x`\x1b[2J\r\n=HYPERLINK(\"http://evil\")\u202e@all"

// hostile puts the same hostile string wherever a cluster can put a name.
func hostile() assess.Result {
	c := patchCluster()
	c.Name, c.Owner, c.ProviderEvidence = "=cmd"+bomb, ptr(bomb), bomb
	for i := range c.Advisories {
		a := &c.Advisories[i]
		a.Summary, a.Reason = bomb, bomb
		for j := range a.Components {
			a.Components[j].Node, a.Components[j].ReadFrom = ptr("-"+bomb), bomb
		}
		for j := range a.Conditions {
			a.Conditions[j].Evidence = bomb
		}
		for j := range a.Mitigations {
			a.Mitigations[j].Apply = ptr("```\n" + bomb)
		}
		for j := range a.Sources {
			a.Sources[j] = assess.SourceResult{Name: bomb, URL: "javascript:alert(1)//" + bomb, Says: bomb}
		}
	}
	for i := range c.Findings {
		c.Findings[i].Object, c.Findings[i].Message, c.Findings[i].Evidence = bomb, bomb, []string{bomb}
	}
	c.Sentence, c.Decision.Action = bomb, bomb
	c.Target.Path[0].ReleaseNotes = "javascript:alert(1)"
	return result("2026-03-15", c)
}

// evidence is what the four answers of the examples rest on.
func evidence() assess.DecisionEvidence {
	return assess.DecisionEvidence{Affected: "advisories counted by verdict", MinorSupported: "the release calendar", Reachable: "the conditions of each advisory", Clear: "what the upgrade would break has not been looked at"}
}
