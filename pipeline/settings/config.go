package settings

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/memdil/memdil/pipeline/internal/files"
)

// Origins of settings that come from no file.
const (
	FromDefault = "default"
	FromFlag    = "flag"
	FromOthers  = "settled" // by other settings, or by the machine
)

// Config is an experiment that is put together from files and flags, each of
// which overrides those before it, and knows where each setting comes from.
type Config struct {
	Experiment Experiment
	INI        INI // of the original's config.ini, when one was read
	origins    map[string]string
}

// NewConfig returns the defaults.
func NewConfig() *Config {
	return &Config{Experiment: Defaults(), origins: map[string]string{}}
}

// Origin says where a setting comes from: a file's path, or one of the constants
// above. The name is that of the table.
func (c *Config) Origin(name string) string {
	if origin, ok := c.origins[name]; ok {
		return origin
	}
	return FromDefault
}

// Set gives a setting a value, as Experiment.Set does.
func (c *Config) Set(name, value, origin string) error {
	s, err := Lookup(name)
	if err != nil {
		return err
	}
	if err := c.Experiment.Set(name, value); err != nil {
		return err
	}
	c.origins[s.Name] = origin
	return nil
}

// Read takes the settings of a file: an experiment.toml, whole or with a few
// settings only, or the original's config.ini, as its name ends. Errors name the
// file; those about settings are a *UsageError.
func (c *Config) Read(path string) error {
	data, err := files.Read(path)
	if err != nil {
		return &UsageError{Reason: err.Error(), Hint: "-f names a TOML file of settings, or the original's config.ini"}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	read := c.readTOML
	if strings.EqualFold(filepath.Ext(path), ".ini") {
		read = c.readINI
	}
	if err := read(data, path); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func (c *Config) readTOML(data []byte, path string) error {
	doc, err := decodeTOML(data)
	if err != nil {
		return err
	}
	names, err := c.Experiment.setValues(doc.Experiment)
	for _, name := range names {
		c.origins[name] = path
	}
	return err
}

// Settle checks the experiment, as Experiment.Check does, once all is set.
func (c *Config) Settle() error {
	if err := c.settleRunsDir(); err != nil {
		return err
	}
	before := c.Experiment
	if err := c.Experiment.Check(); err != nil {
		return err
	}
	for _, s := range table {
		if s.Text(before) != s.Text(c.Experiment) {
			c.origins[s.Name] = FromOthers
		}
	}
	return nil
}
