package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// zipOf names the zip of a version of a module and its sum ("h1:...").
type zipOf func(path, version string) (file, sum string, err error)

// file is kubeadm.json.
type file struct {
	Date     string    `json:"date"`
	License  string    `json:"license"`
	Note     string    `json:"note"`
	Releases []release `json:"releases"`
}

// release is what one release brings: image tags as the source has them.
type release struct {
	Kubernetes      string `json:"kubernetes"`
	Etcd            string `json:"etcd"`
	MinExternalEtcd string `json:"minExternalEtcd"`
	CoreDNS         string `json:"coredns"`
	Pause           string `json:"pause"`
	Source          string `json:"source"`
	Sum             string `json:"sum"`
}

const note = "etcd is what `kubeadm upgrade apply` to this very release starts: what SupportedEtcdVersion says of its minor, or of the nearest minor where it says nothing (constants.EtcdSupportedVersion, called by performEtcdStaticPodUpgrade)"

// read hands the table to write after each release it had to read, and once at
// the end.
func read(m modules, have map[string]release, zip zipOf, write func(file) error) error {
	out := file{Date: m.Date, License: m.License, Note: note, Releases: []release{}}
	for _, v := range m.Releases {
		r, ok := have[v]
		if !ok {
			var err error
			if r, err = one(m, v, zip); err != nil {
				return err
			}
		}
		out.Releases = append(out.Releases, r)
		if !ok {
			if err := write(out); err != nil {
				return err
			}
		}
	}
	return write(out)
}

// one reads one release.
func one(m modules, v string, zip zipOf) (release, error) {
	name, sum, err := zip(m.Module, "v"+v)
	if err != nil {
		return release{}, err
	}
	source, err := inside(name, m.Module+"@v"+v+"/"+m.File)
	if err != nil {
		return release{}, fmt.Errorf("reading %s: %w", v, err)
	}
	r, err := parse(v, source)
	if err != nil {
		return release{}, fmt.Errorf("reading %s of %s: %w", m.File, v, err)
	}
	r.Source, r.Sum = "https://github.com/kubernetes/kubernetes/blob/v"+v+"/"+m.File, sum
	return r, nil
}

// inside is one file of a zip.
func inside(name, path string) ([]byte, error) {
	z, err := zip.OpenReader(name)
	if err != nil {
		return nil, fmt.Errorf("opening the module: %w", err)
	}
	defer func() { _ = z.Close() }() // only read from
	f, err := z.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read from
	return io.ReadAll(f)
}

func decode(data []byte) (map[string]release, error) {
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, err
	}
	out := map[string]release{}
	for _, r := range f.Releases {
		out[r.Kubernetes] = r
	}
	return out, nil
}

func encode(f file) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(f)
	return b.Bytes(), err
}
