package program

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// EtcdFor returns the etcd version that kubeadm of this Kubernetes version deploys, without v: "3.7.0" for "1.37.1".
//
// It is read from kubeadm's own source of exactly that version, because it changes inside a minor (1.31.0 deploys
// 3.5.15, 1.31.14 deploys 3.5.24): the constant DefaultEtcdVersion in
// https://github.com/kubernetes/kubernetes/blob/master/cmd/kubeadm/app/constants/constants.go, an image tag.
func (s Store) EtcdFor(ctx context.Context, kubernetes string) (string, error) {
	return s.deployed(ctx, kubernetes, "etcd", "DefaultEtcdVersion")
}

// CoreDNSFor returns the CoreDNS version that kubeadm of this Kubernetes version deploys, as [Store.EtcdFor] does.
func (s Store) CoreDNSFor(ctx context.Context, kubernetes string) (string, error) {
	return s.deployed(ctx, kubernetes, "coredns", "CoreDNSVersion")
}

// deployed reads a constant of kubeadm and notes it beside the programs, so that a warm store asks no network.
func (s Store) deployed(ctx context.Context, kubernetes, what, constant string) (string, error) {
	p, err := Parse("kubeadm", kubernetes)
	if err != nil {
		return "", err
	}
	note := filepath.Join(s.folder("kubernetes", p.Version), "kubeadm-"+what+"-version")
	if data, err := os.ReadFile(note); err == nil {
		return strings.TrimSpace(string(data)), nil
	}
	src, err := download(ctx, "k8s.io/kubernetes", p.Version)
	if err != nil {
		return "", fmt.Errorf("finding the %s version of Kubernetes %s: %w", what, p.Version, err)
	}
	tag, err := stringConst(filepath.Join(src, "cmd/kubeadm/app/constants/constants.go"), constant)
	if err != nil {
		return "", fmt.Errorf("finding the %s version of Kubernetes %s: %w", what, p.Version, err)
	}
	version, _, _ := strings.Cut(strings.TrimPrefix(tag, "v"), "-") // 3.7.0-0: the image's own build number
	if err := os.MkdirAll(filepath.Dir(note), 0o755); err != nil {
		return "", err
	}
	if err := os.WriteFile(note, []byte(version+"\n"), 0o644); err != nil {
		return "", err
	}
	return version, nil
}

// stringConst finds a string constant in a Go file.
func stringConst(path, name string) (string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return "", err
	}
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.CONST {
			continue
		}
		for _, spec := range gen.Specs {
			value := spec.(*ast.ValueSpec)
			if len(value.Names) != 1 || len(value.Values) != 1 || value.Names[0].Name != name {
				continue
			}
			if lit, ok := value.Values[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
				return strconv.Unquote(lit.Value)
			}
		}
	}
	return "", fmt.Errorf("%s has no string constant %s", path, name)
}
