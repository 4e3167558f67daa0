package source

import (
	"strings"

	"github.com/fixline-dev/fixline/internal/remote"
)

// Words are the flags that name the same source again, each behind a space, for
// a command that is to come next; "" where it is the current context.
func (o *Options) Words() string {
	var out strings.Builder
	add := func(flag, value string) {
		if value != "" {
			out.WriteString(" " + flag + " " + word(value))
		}
	}
	add("--bundle", o.Bundle)
	for _, f := range o.Inventories {
		add("-f", f)
	}
	if o.Kube != nil && o.Bundle == "" && len(o.Inventories) == 0 {
		add("--kubeconfig", text(o.Kube.KubeConfig))
		add("--context", text(o.Kube.Context))
	}
	add("--name", o.Name)
	return out.String()
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// word is value as a shell takes it for one word.
func word(value string) string {
	if strings.Trim(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@=,+%") == "" {
		return value
	}
	return remote.Quote(value)
}
