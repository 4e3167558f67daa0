// Package hosts holds the tests that need real kubeadm hosts: the program, as it is built from this tree, assesses a
// cluster of the lab, the cluster is changed by the commands of Kubernetes' own guides, and the program looks again.
// Without a container engine each of them is skipped and says why. Start at up and at TestSmoke.
package hosts
