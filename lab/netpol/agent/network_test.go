package agent

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// helperVar makes the test binary play a part in a network namespace: "serve" or "dial NETWORK ADDRESS" or "table".
const helperVar = "FIXLINE_NETPOL_HELPER"

func TestMain(m *testing.M) {
	part := strings.Fields(os.Getenv(helperVar))
	if len(part) == 0 {
		os.Exit(m.Run())
	}
	switch part[0] {
	case "serve":
		serve()
	case "dial":
		if err := dial(part[1], part[2]); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	case "table":
		holdTable()
	}
}

// serve answers with an echo on the ports the tests use, until its standard input ends.
func serve() {
	for _, port := range []string{"80", "81", "8080"} {
		listener, err := net.Listen("tcp", ":"+port)
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				go func() { _, _ = io.Copy(conn, conn); _ = conn.Close() }()
			}
		}()
	}
	packets, err := net.ListenPacket("udp", ":53")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	go func() {
		buffer := make([]byte, 100)
		for {
			n, from, err := packets.ReadFrom(buffer)
			if err != nil {
				return
			}
			_, _ = packets.WriteTo(buffer[:n], from)
		}
	}()
	fmt.Println("serving")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// dial says whether an echo comes back: a dropped packet has no other answer than none.
func dial(network, address string) error {
	conn, err := net.DialTimeout(network, address, 300*time.Millisecond)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(300 * time.Millisecond)); err != nil {
		return err
	}
	if _, err := conn.Write([]byte("x")); err != nil {
		return err
	}
	_, err = conn.Read(make([]byte, 1))
	return err
}

// lan is a node with a bridge, three pods on it, and a host outside that it routes to: each a network namespace.
type lan struct{ prefix string }

// addresses of the namespaces; node is the bridge's.
var addresses = map[string]string{"node": "10.251.1.254", "web": "10.251.1.1", "client": "10.251.1.2", "other": "10.251.1.3", "outside": "10.251.2.1"}

func newLAN(t *testing.T) lan {
	t.Helper()
	for _, program := range []string{"ip", "nft"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("no network namespaces: %s is not installed (apt-get install iproute2 nftables)", program)
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("no network namespaces: they need root")
	}
	l := lan{fmt.Sprintf("fx%d", os.Getpid()%100000)}
	if out, err := exec.CommandContext(t.Context(), "ip", "netns", "add", l.ns("node")).CombinedOutput(); err != nil {
		t.Skipf("no network namespaces: this machine does not let root make one: %s", out)
	}
	t.Cleanup(func() {
		for name := range addresses {
			_ = exec.Command("ip", "netns", "del", l.ns(name)).Run() // not made, where the test ended early
		}
	})
	l.ip(t, "node", "link add br0 type bridge", "addr add 10.251.1.254/24 dev br0", "link set br0 up", "link set lo up")
	for _, name := range []string{"web", "client", "other", "outside"} {
		run(t, "ip", "netns", "add", l.ns(name))
		run(t, "ip", "-n", l.ns("node"), "link", "add", "v-"+name, "type", "veth", "peer", "name", "eth0", "netns", l.ns(name))
		gateway := "10.251.1.254"
		if name == "outside" {
			gateway = "10.251.2.254"
			l.ip(t, "node", "addr add 10.251.2.254/24 dev v-outside")
		} else {
			l.ip(t, "node", "link set v-"+name+" master br0")
		}
		l.ip(t, "node", "link set v-"+name+" up")
		l.ip(t, name, "addr add "+addresses[name]+"/24 dev eth0", "link set eth0 up", "link set lo up", "route add default via "+gateway)
	}
	run(t, "ip", "netns", "exec", l.ns("node"), "sysctl", "-qw", "net.ipv4.ip_forward=1")
	for _, name := range []string{"web", "client", "other", "outside"} {
		l.serve(t, name)
	}
	return l
}

func (l lan) ns(name string) string { return l.prefix + name }

func (l lan) nft() []string { return []string{"ip", "netns", "exec", l.ns("node"), "nft"} }

func (l lan) ip(t *testing.T, name string, commands ...string) {
	t.Helper()
	for _, command := range commands {
		run(t, "ip", append([]string{"-n", l.ns(name)}, strings.Fields(command)...)...)
	}
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v: %s", name, args, err, out)
	}
}

// helper is this program in a namespace.
func (l lan) helper(ctx context.Context, t *testing.T, name, part string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, "ip", "netns", "exec", l.ns(name), self)
	cmd.Env = append(os.Environ(), helperVar+"="+part)
	return cmd
}

func (l lan) serve(t *testing.T, name string) {
	t.Helper()
	cmd := l.helper(context.Background(), t, name, "serve")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		_ = cmd.Wait() // it ends with its input
	})
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "serving\n" {
		t.Fatalf("%s does not serve: %q, %v", name, line, err)
	}
}

// reach is "client->web tcp/80".
func (l lan) reaches(t *testing.T, reach string) bool {
	t.Helper()
	from, rest, _ := strings.Cut(reach, "->")
	to, port, _ := strings.Cut(rest, " ")
	network, number, _ := strings.Cut(port, "/")
	return l.helper(t.Context(), t, from, "dial "+network+" "+addresses[to]+":"+number).Run() == nil
}

// expect checks who reaches whom: a line "client->web tcp/80" must get through, one with "!" in front must not.
func (l lan) expect(t *testing.T, when string, reaches ...string) {
	t.Helper()
	for _, reach := range reaches {
		reach, denied := strings.CutPrefix(reach, "!")
		if got := l.reaches(t, reach); got == denied {
			t.Errorf("%s: %s gets through: %v", when, reach, got)
		}
	}
}

// tables is every nftables table of the node.
func (l lan) tables(t *testing.T) string {
	t.Helper()
	nft := append(l.nft(), "list", "tables")
	out, err := exec.CommandContext(t.Context(), nft[0], nft[1:]...).CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
