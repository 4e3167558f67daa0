// Package evidence holds what was read of one cluster, before anything is
// decided: Kubernetes objects, host facts, and for each thing asked whether it
// came back. Adapters fill a [Bundle] (evidence/kube from a live API server,
// evidence/dump from a folder); evidence/reading turns one into the
// inventory.Cluster that judgements take. Start at [Bundle].
package evidence
