package scan

import "slices"

// Patched takes back the patches that the text of a file does not bear. Judge
// offers one wherever the facts allow it, at the line and column of the key; only whoever has the text
// can say whether the edit is certain there. check is given the patches of one
// file, and answers with the place of each value, or with why there is none.
// Findings keep their order.
func (r Result) Patched(check func(file string, offered []Patch) (placed []Patch, refused []string)) {
	of := map[string][]int{}
	var files []string
	for i, f := range r.Findings {
		if f.Patch == nil {
			continue
		}
		if of[*f.File] == nil {
			files = append(files, *f.File)
		}
		of[*f.File] = append(of[*f.File], i)
	}
	slices.Sort(files)
	for _, file := range files {
		var offered []Patch
		for _, i := range of[file] {
			offered = append(offered, *r.Findings[i].Patch)
		}
		placed, refused := check(file, offered)
		for n, i := range of[file] {
			if refused[n] != "" {
				r.Findings[i].leave(refused[n])
			} else {
				r.Findings[i].Patch = &placed[n]
			}
		}
	}
}

// leave leaves what a finding is about to a person.
func (f *Finding) leave(why string) {
	if f.File != nil {
		f.Patch, f.NoPatch = nil, &why
	}
}
