package rehearsal

import (
	"fmt"
	"reflect"
	"slices"
)

// Fields names what differs between two objects as JSON has them:
// "spec.containers[0].image". What a server writes by itself on every update is
// left out: managedFields, resourceVersion and generation. Values are never
// named: an object may be a Secret.
func Fields(a, b map[string]any) []string {
	var out []string
	differ("", a, b, &out)
	slices.Sort(out)
	return out
}

func differ(at string, a, b any, out *[]string) {
	switch x := a.(type) {
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			differMaps(at, x, y, out)
			return
		}
	case []any:
		if y, ok := b.([]any); ok && len(x) == len(y) {
			for i := range x {
				differ(fmt.Sprintf("%s[%d]", at, i), x[i], y[i], out)
			}
			return
		}
	}
	if !reflect.DeepEqual(a, b) {
		*out = append(*out, at)
	}
}

func differMaps(at string, a, b map[string]any, out *[]string) {
	for k := range a {
		switch _, ok := b[k]; {
		case byItself(join(at, k)):
		case !ok:
			*out = append(*out, join(at, k))
		default:
			differ(join(at, k), a[k], b[k], out)
		}
	}
	for k := range b {
		if _, ok := a[k]; !ok && !byItself(join(at, k)) {
			*out = append(*out, join(at, k))
		}
	}
}

// byItself: a server writes it on every update.
func byItself(at string) bool {
	return at == "metadata.managedFields" || at == "metadata.resourceVersion" || at == "metadata.generation"
}

func join(at, key string) string {
	if at == "" {
		return key
	}
	return at + "." + key
}
