package declared

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/strict"
)

// facts reads what exploit conditions ask about. What is not declared stays
// out of the maps, and so unknown.
func facts(n *strict.Node) inventory.Facts {
	n.Fields("featureGates", "flags", "cgroupVersion", "uses")
	f := inventory.Facts{Uses: declaredUses(n.Get("uses"))}
	s := settings{}
	n.Get("featureGates").Pairs(func(name string, gates *strict.Node) {
		of := s.of(component(gates, name))
		gates.Pairs(func(gate string, value *strict.Node) {
			if on, ok := value.Bool(); ok {
				of.Gates[gate] = on
			}
		})
	})
	n.Get("flags").Pairs(func(name string, flags *strict.Node) {
		of := s.of(component(flags, name))
		flags.Pairs(func(flag string, value *strict.Node) { setFlag(of, strings.TrimLeft(flag, "-"), value) })
	})
	for _, one := range s {
		f.Settings = append(f.Settings, *one)
	}
	n.Get("cgroupVersion").Pairs(func(node string, value *strict.Node) {
		if v := value.Enum("v1", "v2"); v != "" {
			if f.CgroupVersion == nil {
				f.CgroupVersion = map[string]string{}
			}
			f.CgroupVersion[node] = v
		}
	})
	return f
}

// settings are one per component, in the order first named.
type settings []*inventory.Settings

func (s *settings) of(component string) *inventory.Settings {
	for _, one := range *s {
		if one.Component == component {
			return one
		}
	}
	one := &inventory.Settings{Component: component, Flags: map[string]string{}, Gates: map[string]bool{}, Source: source}
	*s = append(*s, one)
	return one
}

// setFlag takes a flag's value as written; --feature-gates is split.
func setFlag(of *inventory.Settings, flag string, value *strict.Node) {
	text := value.Text()
	if flag != "feature-gates" {
		of.Flags[flag] = text
		return
	}
	for _, pair := range strings.Split(text, ",") {
		gate, state, _ := strings.Cut(pair, "=")
		on, err := strconv.ParseBool(state)
		if err != nil {
			value.Report(fmt.Sprintf("%q is no list of feature gates", text), "write Gate=true,Other=false, or use facts.featureGates")
			return
		}
		of.Gates[strings.TrimSpace(gate)] = on
	}
}

func declaredUses(n *strict.Node) map[string]inventory.Answer {
	out := map[string]inventory.Answer{}
	n.Pairs(func(name string, value *strict.Node) {
		plugin, isPlugin := strings.CutPrefix(name, inventory.UseVolumePlugin+":")
		if !slices.Contains(inventory.Uses(), name) && name != inventory.UseVolumePlugin && (!isPlugin || plugin == "") {
			hint := "known names: " + strings.Join(inventory.Uses(), ", ") + ", " + inventory.UseVolumePlugin + ":NAME"
			if near, ok := strict.Nearest(name, append(inventory.Uses(), inventory.UseVolumePlugin+":NAME")); ok {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			value.Report("is nothing that a cluster is asked about", hint)
			return
		}
		yes, ok := value.Bool()
		switch {
		case !ok: // null: not known
		case yes:
			out[name] = inventory.Answer{State: inventory.Yes, Evidence: "declared in the inventory"}
		default:
			out[name] = inventory.Answer{State: inventory.No, Evidence: "declared in the inventory"}
		}
	})
	return out
}
