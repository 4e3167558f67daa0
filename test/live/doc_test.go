// Package live holds the tests that read a real kube-apiserver: what
// docs/rbac allows is enough, every rule of it is needed, nothing deprecated is
// requested, and a folder written from the same server reads the same.
package live
