package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

const documentsPerFile = 3

// writeFolder writes n files of three documents each, a hundred to a folder, and returns their size.
func writeFolder(dir string, n int) (bytes int64, err error) {
	for i := range n {
		folder := filepath.Join(dir, fmt.Sprintf("team-%02d", i%7), fmt.Sprintf("app-%04d", i/100))
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return 0, err
		}
		size, err := writeFile(filepath.Join(folder, fmt.Sprintf("%05d.yaml", i)), i)
		if err != nil {
			return 0, err
		}
		bytes += size
	}
	return bytes, nil
}

func writeFile(path string, i int) (int64, error) {
	file, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	w := bufio.NewWriter(file)
	kinds := documents()
	for d := range documentsPerFile {
		kinds[(i*documentsPerFile+d)%len(kinds)](w, i)
	}
	if err := w.Flush(); err != nil { // holds the first error of all writes
		return 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), file.Close()
}

// documents are what repositories hold, in turn. The count is a prime, so that every file is another mix.
func documents() []func(io.Writer, int) {
	return []func(io.Writer, int){
		deployment, service, configMap, deployment, role, configMap, deployment, ingress, service, deployment, secret, configMap, deployment,
		budget, deployment, oldIngress, service, configMap, deployment, flow, role, configMap, deployment,
	}
}

func head(w io.Writer, apiVersion, kind string, i int) {
	fmt.Fprintf(w, "---\n# Source: web/templates/%s.yaml\napiVersion: %s\nkind: %s\nmetadata:\n  name: web-%05d\n  namespace: team-%d\n  labels:\n", strings.ToLower(kind), apiVersion, kind, i, i%17)
	fmt.Fprintf(w, "    app.kubernetes.io/name: web-%05d\n    app.kubernetes.io/managed-by: \"Helm\"\n    helm.sh/chart: web-1.%d.0\n", i, i%9)
}

func deployment(w io.Writer, i int) {
	head(w, "apps/v1", "Deployment", i)
	fmt.Fprintf(w, "spec:\n  replicas: %d\n  selector:\n    matchLabels:\n      app.kubernetes.io/name: web-%05d\n  template:\n    metadata:\n      labels:\n        app.kubernetes.io/name: web-%05d\n    spec:\n      containers:\n", 1+i%3, i, i)
	for c := range 2 {
		fmt.Fprintf(w, "      - name: c%d\n        image: \"registry.example.com/team/web:1.%d.%d\"\n        args: [\"--port\", \"8080\", --verbose]\n", c, i%40, c)
		fmt.Fprint(w, "        command:\n        - /bin/sh\n        - -c\n        - |\n          set -e\n          exec /bin/web \"$@\"\n        env:\n")
		for e := range 6 {
			fmt.Fprintf(w, "        - name: SETTING_%d\n          value: 'http://service-%d.team.svc:8080/path'\n", e, e)
		}
		fmt.Fprint(w, "        resources:\n          limits: {cpu: 500m, memory: 256Mi}\n        securityContext:\n          capabilities:\n            drop: [ALL]\n          runAsNonRoot: true\n        volumeMounts: []\n")
	}
	fmt.Fprint(w, "      nodeSelector: {}\n")
}

func service(w io.Writer, i int) {
	head(w, "v1", "Service", i)
	fmt.Fprintf(w, "spec:\n  type: ClusterIP\n  ports:\n    - name: http\n      port: 80\n      targetPort: 8080\n  selector:\n    app.kubernetes.io/name: web-%05d\n", i)
}

func configMap(w io.Writer, i int) {
	head(w, "v1", "ConfigMap", i)
	fmt.Fprint(w, "data:\n  settings.conf: |\n")
	for line := range 40 {
		fmt.Fprintf(w, "    location /%d { proxy_pass http://upstream-%d; }\n", line, line)
	}
	fmt.Fprint(w, "  Makefile: |-\n    all:\n    \tgo build ./...\n    ---\n    kind: of a separator\n  text: words that go on\n    in the next line\n")
}

func secret(w io.Writer, i int) {
	head(w, "v1", "Secret", i)
	fmt.Fprintf(w, "type: Opaque\ndata:\n  value: %s\n", strings.Repeat("QUJD", 200))
}

func role(w io.Writer, i int) {
	head(w, "rbac.authorization.k8s.io/v1", "Role", i)
	fmt.Fprint(w, "rules:\n")
	for range 5 {
		fmt.Fprint(w, "- apiGroups: [\"\", \"apps\"]\n  resources: [\"pods\", \"deployments\"]\n  verbs: [\"get\", \"list\", \"watch\"]\n")
	}
}

func ingress(w io.Writer, i int) { rules(w, "networking.k8s.io/v1", i) }

func oldIngress(w io.Writer, i int) { rules(w, "extensions/v1beta1", i) }

func rules(w io.Writer, apiVersion string, i int) {
	head(w, apiVersion, "Ingress", i)
	fmt.Fprintf(w, "spec:\n  rules:\n  - host: web-%05d.example.com\n    http:\n      paths:\n      - path: /\n        backend: {}\n", i)
}

func budget(w io.Writer, i int) {
	head(w, "policy/v1", "PodDisruptionBudget", i)
	fmt.Fprint(w, "spec:\n  maxUnavailable: 1\n")
}

// flow is a document in the style that needs a whole YAML parser.
func flow(w io.Writer, i int) {
	fmt.Fprintf(w, "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: flow-%05d, namespace: &ns team-%d}\ndata:\n  namespace: *ns\n", i, i%17)
}
