package netpol

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Table is the nftables table that holds the rules and nothing else.
const Table = "fixline_lab_netpol"

// Text is the table as nft reads it, with newlines for people: they are no separators, so that it may be one line too.
//
// Only what the node forwards is judged: traffic of the node itself to its pods is not, as the API's documentation says,
// and with it the kubelet's probes. A connection that was let through keeps its answers. The table belongs to the
// process that makes it ("flags owner") and ends with it, however that ends.
func (r Ruleset) Text(comment string) string {
	var w writer
	w.line(0, "table inet %s {", Table)
	w.line(1, "flags owner;")
	w.line(1, "comment %q;", comment)
	for i, c := range r.Egress {
		w.chain(fmt.Sprintf("from_%d", i), "daddr", c)
	}
	for i, c := range r.Ingress {
		w.chain(fmt.Sprintf("to_%d", i), "saddr", c)
	}
	w.dispatch("from_pods", "saddr", "from", r.Egress)
	w.dispatch("to_pods", "daddr", "to", r.Ingress)
	w.line(1, "chain forward {")
	w.line(2, "type filter hook forward priority filter - 5; policy accept;")
	w.line(2, "ct state established,related accept;")
	w.line(2, "jump from_pods;") // both must let it through
	w.line(2, "jump to_pods;")
	w.line(1, "};")
	w.line(0, "}")
	return w.String()
}

type writer struct{ strings.Builder }

func (w *writer) line(depth int, format string, args ...any) {
	w.WriteString(strings.Repeat("\t", depth) + fmt.Sprintf(format, args...) + "\n")
}

// dispatch sends what comes from or goes to a pod to its chain.
func (w *writer) dispatch(name, side, prefix string, chains []Chain) {
	w.line(1, "chain %s {", name)
	for _, family := range []string{"ip", "ip6"} {
		var entries []string
		seen := map[netip.Addr]bool{} // of two pods that claim an address, one is on its way out
		for i, c := range chains {
			for _, addr := range c.Addrs {
				if familyOf(addr) == family && !seen[addr] {
					seen[addr] = true
					entries = append(entries, fmt.Sprintf("%s : jump %s_%d", addr, prefix, i))
				}
			}
		}
		if len(entries) > 0 {
			w.line(2, "%s %s vmap { %s };", family, side, strings.Join(entries, ", "))
		}
	}
	w.line(1, "};")
}

// chain returns for what is allowed and drops the rest. The counter in front says whose it is.
func (w *writer) chain(name, side string, c Chain) {
	w.line(1, "chain %s {", name)
	w.line(2, "counter comment %q;", c.Pod[:min(len(c.Pod), 120)]) // nft takes 128 letters
	for _, rule := range c.Allow {
		for _, peer := range rule.matches(side) {
			w.line(2, "%s;", strings.Join(slices.DeleteFunc([]string{peer, rule.Port.match(), "return"}, func(s string) bool { return s == "" }), " "))
		}
	}
	w.line(2, "counter drop;")
	w.line(1, "};")
}

// matches are the rule's peers, one expression per family.
func (r Rule) matches(side string) []string {
	if r.Any {
		return []string{""}
	}
	if r.Block.IsValid() {
		family := familyOf(r.Block.Addr())
		match := fmt.Sprintf("%s %s %s", family, side, r.Block)
		var except []string
		for _, e := range r.Except {
			if familyOf(e.Addr()) == family && !contained(e, r.Except) && !slices.Contains(except, e.String()) {
				except = append(except, e.String())
			}
		}
		if len(except) > 0 {
			match += fmt.Sprintf(" %s %s != { %s }", family, side, strings.Join(except, ", "))
		}
		return []string{match}
	}
	var all []string
	for _, family := range []string{"ip", "ip6"} {
		var addrs []string
		for _, addr := range r.Addrs {
			if familyOf(addr) == family {
				addrs = append(addrs, addr.String())
			}
		}
		if len(addrs) > 0 {
			all = append(all, fmt.Sprintf("%s %s { %s }", family, side, strings.Join(addrs, ", ")))
		}
	}
	return all
}

// contained says whether another range holds this one: nft takes no overlapping ranges in a set.
func contained(p netip.Prefix, all []netip.Prefix) bool {
	return slices.ContainsFunc(all, func(other netip.Prefix) bool { return other.Bits() < p.Bits() && other.Overlaps(p) })
}

func (p Port) match() string {
	switch {
	case p.Protocol == "":
		return ""
	case p.From == 0 && p.To == 0:
		return "meta l4proto " + p.Protocol
	case p.From == p.To:
		return fmt.Sprintf("%s dport %d", p.Protocol, p.From)
	}
	return fmt.Sprintf("%s dport %d-%d", p.Protocol, p.From, p.To)
}

func familyOf(addr netip.Addr) string {
	if addr.Is4() {
		return "ip"
	}
	return "ip6"
}
