package report

import (
	"bufio"
	_ "embed"
	"fmt"
	"html/template"
)

//go:embed plan.html
var planPage string

// planHTML writes one page that stands alone, in the style of the others.
func planHTML(out *bufio.Writer, v planView, o Options) error {
	t, err := template.New("plan").Funcs(template.FuncMap{
		"minutes": minutes, "duration": Duration, "state": stateOf, "dash": orDash,
	}).Parse(planPage)
	if err != nil {
		return fmt.Errorf("parsing the template of the plan: %w", err)
	}
	word, how := v.Status()
	return t.Execute(out, struct {
		Plan    planView
		Status  status
		Options Options
		CSS     template.CSS
		CSP     string
	}{v, status{Word: word, Tone: how}, o, template.CSS(pageCSS), policy(pageCSS)})
}
