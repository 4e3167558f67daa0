package custom

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/finding"
)

// conversion judges the webhook of a definition. Where it does not answer, no
// object can be read in another version than it is stored in, and the list of
// the whole kind fails; the garbage collector and the deletion of namespaces
// list every kind there is. A controller manager that is restarted then never
// begins to collect (https://github.com/kubernetes/kubernetes/issues/101078),
// until https://github.com/kubernetes/kubernetes/pull/125796.
func (j *judge) conversion(d Definition) {
	c := d.Conversion
	if c == nil || !d.converts() {
		return
	}
	if why, dead := j.dead(c); dead {
		j.dies(d, "CRD-004", why)
	} else if why != "" {
		j.add(finding.New("CRD-008", object+d.Name, fmt.Sprintf("whether the conversion webhook of %s answers is not known: %s", d.Name, why), c.words()))
	}
	j.authorities(d, c)
	switch {
	case slices.Contains(c.Reviews, "v1"):
	case slices.Contains(c.Reviews, "v1beta1"):
		j.add(finding.New("CRD-012", object+d.Name, fmt.Sprintf("the conversion webhook of %s takes ConversionReview v1beta1 alone", d.Name), "conversionReviewVersions: "+strings.Join(c.Reviews, ", ")))
	default:
		j.dies(d, "CRD-007", fmt.Sprintf("it takes none of the versions of ConversionReview that an API server sends (%s)", strings.Join(c.Reviews, ", ")))
	}
}

// converts reports whether the webhook is ever asked: with one version alone
// there is nothing to convert.
func (d Definition) converts() bool {
	if len(d.Versions) > 1 {
		return true
	}
	return slices.ContainsFunc(d.Stored, func(s string) bool { return len(d.Versions) == 1 && s != d.Versions[0].Name })
}

// dies makes the finding of a webhook that cannot work.
func (j *judge) dies(d Definition, code, why string) {
	var served []string
	for _, v := range d.Versions {
		if v.Served {
			served = append(served, v.Name)
		}
	}
	j.add(finding.New(code, object+d.Name, fmt.Sprintf("%s has %d versions (%s served) and a conversion webhook that cannot work: %s; %s cannot be listed in every version",
		d.Name, len(d.Versions), strings.Join(served, ", "), why, d.Kind), d.Conversion.words()))
}

func (c *Conversion) words() string {
	if c.Service != "" {
		return "conversion webhook: Service/" + c.Service
	}
	return "conversion webhook: " + c.URL
}

// dead says why nothing answers, or why that is not known.
func (j *judge) dead(c *Conversion) (why string, dead bool) {
	if c.Service == "" {
		return "it is outside of the cluster", false
	}
	if unread, ok := j.c.Unread[Services]; ok {
		return "Services were not read: " + unread, false
	}
	answers, ok := j.c.Services[c.Service]
	switch {
	case !ok:
		return "there is no Service " + c.Service, true
	case answers == Ready:
		return "", false
	case answers == NotReady:
		return "no endpoint of the Service " + c.Service + " is ready", true
	case answers == External:
		return "the Service " + c.Service + " is of something outside of the cluster", false
	}
	return "EndpointSlices were not read: " + j.c.Unread[Endpoints], false
}

// authorities judges the certificates the webhook is checked against: one that
// still holds is enough.
func (j *judge) authorities(d Definition, c *Conversion) {
	if len(c.Authorities) == 0 {
		if c.Service != "" {
			j.add(finding.New("CRD-008", object+d.Name+"/caBundle", fmt.Sprintf("the caBundle of the conversion webhook of %s holds no certificate: whether its own is taken is not known", d.Name), c.words()))
		}
		return
	}
	last := slices.MaxFunc(c.Authorities, time.Time.Compare)
	day := last.Format(time.DateOnly)
	switch {
	case !last.After(j.q.AsOf):
		j.dies(d, "CRD-005", "the certificates of its caBundle ended on "+day)
	case !last.After(j.q.AsOf.Add(j.q.Window)):
		j.add(finding.New("CRD-006", object+d.Name, fmt.Sprintf("the caBundle of the conversion webhook of %s ends on %s, within the time of the upgrade: from then on %s cannot be listed in every version", d.Name, day, d.Kind), c.words()))
	}
}
