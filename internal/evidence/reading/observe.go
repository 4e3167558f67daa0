package reading

// Codes of what the reader itself notices. Package finding documents them.
const (
	// PackageNotRunning: the installed package is not the version that runs.
	PackageNotRunning = "DRIFT-002"
	// ImageNotRunning: a pod runs another image than its specification names.
	ImageNotRunning = "DRIFT-003"
	// RollingOut: a component is on its way to another version.
	RollingOut = "DRIFT-004"
	// VersionDisagrees: /version answers what no API server pod runs.
	VersionDisagrees = "READ-001"
	// OffersDiffer: control-plane hosts are offered different versions.
	OffersDiffer = "READ-002"
	// HostWithoutNode: host facts of a machine that is no node.
	HostWithoutNode = "READ-003"
	// ForeignControlPlane: control-plane images outside kube-system.
	ForeignControlPlane = "READ-004"
	// Warned: the API server answered with a warning.
	Warned = "READ-005"
	// NotHeld: an upgrade of packages may move Kubernetes' own.
	NotHeld = "HOST-001"
	// MovesByItself: the host installs updates without being told, and
	// Kubernetes' packages are not held.
	MovesByItself = "HOST-002"
	// NewerOffered: a newer patch release is offered than runs.
	NewerOffered = "HOST-003"
	// OtherMinor: the host reads packages of another minor than runs.
	OtherMinor = "HOST-004"
	// ClockOff: a host's clock is off.
	ClockOff = "HOST-005"
	// UpdatesPending: security updates of the operating system wait.
	UpdatesPending = "HOST-008"
	// ClocksDisagree: a clock of the cluster is off.
	ClocksDisagree = "READ-006"
)
