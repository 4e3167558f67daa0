package reach

import (
	_ "embed"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

//go:embed admission-defaults.txt
var admissionDefaults string

// pluginDefault finds a plugin in the embedded table: is it on without being
// asked for, from which version. known: the table lists it.
func pluginDefault(plugin string) (from version.Version, on, known bool) {
	for line := range strings.Lines(admissionDefaults) {
		fields := strings.Fields(line)
		if len(fields) != 2 || fields[0] != plugin {
			continue
		}
		if fields[1] == "off" {
			return version.Version{}, false, true
		}
		v, err := version.Parse(fields[1])
		return v, err == nil, err == nil
	}
	return version.Version{}, false, false
}

// plugin answers whether an API server runs an admission plugin.
func (a *Asker) plugin(plugin string, in *inventory.Instance) inventory.Answer {
	for _, f := range []struct {
		flag string
		then inventory.State
	}{{"disable-admission-plugins", inventory.No}, {"enable-admission-plugins", inventory.Yes}} {
		if list, source, found, _ := a.flagOf(in, f.flag); found {
			if state, _ := compare("contains", list, plugin); state == inventory.Yes {
				return inventory.Answer{State: f.then, Evidence: name(in) + " has " + plugin + " in --" + f.flag + from(source)}
			}
		}
	}
	if list, source, found, _ := a.flagOf(in, "admission-control"); found {
		state, _ := compare("contains", list, plugin)
		return inventory.Answer{State: state, Evidence: name(in) + " has --admission-control=" + list + from(source)}
	}
	_, _, _, complete := a.flagOf(in, "enable-admission-plugins")
	since, on, known := pluginDefault(plugin)
	switch {
	case !complete:
		return unknown(notRead(in, "the list of admission plugins"))
	case !known:
		return unknown(name(in) + " does not name " + plugin + ", and its default is not known")
	case !on:
		return inventory.Answer{State: inventory.No, Evidence: name(in) + " does not enable " + plugin + ", which is off by default"}
	case !in.Version.Known():
		return unknown("the version of " + name(in) + " could not be read, so whether " + plugin + " is on by default is not known")
	}
	return inventory.Answer{State: yes(!in.Version.Base().Less(since)),
		Evidence: name(in) + " does not name " + plugin + ", which is on by default from " + since.Minor().String() + " on"}
}

// anonymous answers whether an API server takes requests without a login. A
// structured authentication configuration decides instead of the flag.
func (a *Asker) anonymous(in *inventory.Instance) inventory.Answer {
	if v, source, found, _ := a.configOf(in, "anonymous.enabled"); found {
		return inventory.Answer{State: yes(same(v, "true")), Evidence: name(in) + " has anonymous.enabled=" + v + from(source)}
	}
	if v, source, found, _ := a.flagOf(in, "anonymous-auth"); found {
		return inventory.Answer{State: yes(same(v, "true")), Evidence: name(in) + " has --anonymous-auth=" + v + from(source)}
	}
	file, _, structured, complete := a.flagOf(in, "authentication-config")
	switch {
	case structured:
		return unknown(name(in) + " reads --authentication-config=" + file + ", which was not read and may limit anonymous requests")
	case !complete:
		return unknown(notRead(in, "--anonymous-auth"))
	}
	return inventory.Answer{State: inventory.Yes, Evidence: name(in) + " does not set --anonymous-auth, and anonymous requests are accepted by default"}
}
