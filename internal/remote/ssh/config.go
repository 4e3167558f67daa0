package ssh

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/kevinburke/ssh_config"
)

// Config is what ssh_config files say.
type Config struct{ files []configFile }

type configFile struct {
	name   string
	config *ssh_config.Config
}

// LoadConfig reads ssh_config files; what the first says counts. A missing one
// is left out, unless must is set.
func LoadConfig(must bool, files ...string) (*Config, error) {
	c := &Config{}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) && !must {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading SSH configuration: %w", err)
		}
		config, err := ssh_config.Decode(bytes.NewReader(data))
		if err != nil {
			return nil, &ConfigError{File: name, Err: err}
		}
		c.files = append(c.files, configFile{name, config})
	}
	return c, nil
}

// ConfigError is a configuration that holds what is not followed. Nothing is
// read of it then: half of a configuration may lead to another host.
type ConfigError struct {
	File, Host string // Host: "" where the whole file is meant
	Err        error
}

func (e *ConfigError) Error() string {
	if e.Host != "" {
		return fmt.Sprintf("SSH configuration %s: for host %s: %v", e.File, e.Host, e.Err)
	}
	return fmt.Sprintf("SSH configuration %s: %v", e.File, e.Err)
}

func (e *ConfigError) Unwrap() error { return e.Err }

// Hint is how to go on.
func (e *ConfigError) Hint() string {
	return "write a file with Host, HostName, User, Port, IdentityFile, UserKnownHostsFile and ProxyJump alone, and name it with --ssh-config; or use the flags --ssh-jump, --ssh-key, --ssh-known-hosts"
}

// get is the first value of key for the host alias; "" is none.
func (c *Config) get(alias, key string) (string, error) {
	all, err := c.all(alias, key)
	if err != nil || len(all) == 0 {
		return "", err
	}
	return all[0], nil
}

// all are the values of key for the host alias.
func (c *Config) all(alias, key string) ([]string, error) {
	if c == nil {
		return nil, nil
	}
	var out []string
	for _, f := range c.files {
		// Get tells of an Include that could not be read; GetAll would not.
		if _, err := f.config.Get(alias, key); err != nil {
			return nil, &ConfigError{File: f.name, Host: alias, Err: err}
		}
		values, err := f.config.GetAll(alias, key)
		if err != nil {
			return nil, &ConfigError{File: f.name, Host: alias, Err: err}
		}
		out = append(out, values...)
	}
	return out, nil
}

// unsupported are settings that change which host is reached, who it is or
// whether it is to be trusted, and are not followed: they are refused, not overlooked.
func (c *Config) unsupported(alias string) error {
	if c == nil {
		return nil
	}
	for _, f := range c.files {
		for _, key := range []string{"ProxyCommand", "KnownHostsCommand", "CanonicalizeHostname", "PKCS11Provider", "SecurityKeyProvider", "RevokedHostKeys"} {
			value, err := f.config.Get(alias, key)
			if err != nil {
				return &ConfigError{File: f.name, Host: alias, Err: err}
			}
			if value != "" && !slices.Contains([]string{"none", "no"}, strings.ToLower(value)) {
				return &ConfigError{File: f.name, Host: alias, Err: fmt.Errorf("%s is not followed by fixline", key)}
			}
		}
	}
	return nil
}
