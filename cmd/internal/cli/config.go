package cli

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/settings"
)

func newConfig(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "config",
		Short: "Show the settings in force, and where each comes from",
		Long: `Show the settings in force and where each comes from: a flag, the environment, a
line of the settings file, or built in. The file is only ever read:
$XDG_CONFIG_HOME/quarry/config.toml, which is ~/.config/quarry/config.toml where
that is not set. help settings tells what it may hold.`,
		Example: `  quarry config
  quarry config --json`,
		GroupID: groupLearn,
		Args:    arguments(0, 0, ""),
		RunE: e.verb(func(context.Context, []string) (render.Result, error) {
			result := render.Settings{File: e.config.Path, Aliases: []render.Setting{}}
			if _, err := os.Stat(e.config.Path); err == nil {
				result.Exists = true
			}
			result.Values = []render.Setting{
				e.setting(settings.KeyIn, "writable"), e.setting(settings.KeyType, "guessed"), e.colorSetting(), e.memorySetting(),
			}
			for _, a := range e.config.Aliases {
				result.Aliases = append(result.Aliases, e.inFile(a.Name, settings.Value{Text: a.Text, Place: a.Place}))
			}
			return result, e.configErr
		}),
	}
}

// setting returns a setting of the file, or what is built in.
func (e *env) setting(key, builtIn string) render.Setting {
	if v, ok := e.config.Value(key); ok {
		return e.inFile(key, v)
	}
	return render.Setting{Name: key, Value: builtIn, Source: render.BuiltIn}
}

// inFile returns a setting that the file says.
func (e *env) inFile(name string, v settings.Value) render.Setting {
	return render.Setting{Name: name, Value: v.Text, Source: render.FromFile, Where: fmt.Sprintf("%s:%d", e.config.Path, v.Row)}
}

// given returns a setting that a flag says.
func (e *env) given(name, value string) (render.Setting, bool) {
	return render.Setting{Name: name, Value: value, Source: render.FromFlag, Where: "--" + name}, slices.Contains(e.flags.given, name)
}

// colorSetting returns the setting of colours. The environment decides where
// neither a flag nor the file does.
func (e *env) colorSetting() render.Setting {
	const key = settings.KeyColor
	s, ok := e.given(key, e.flags.color)
	if !ok {
		s = e.setting(key, "auto")
	}
	if s.Value != "auto" {
		return s
	}
	never := render.Setting{Name: key, Value: "never", Source: render.FromEnvironment}
	switch {
	case os.Getenv("NO_COLOR") != "":
		never.Where = "NO_COLOR"
	case os.Getenv("TERM") == "dumb":
		never.Where = "TERM"
	default:
		return s
	}
	return never
}

// memorySetting returns the ceiling of memory for search results.
func (e *env) memorySetting() render.Setting {
	if s, ok := e.given(settings.KeyMemory, e.flags.memory); ok {
		return s
	}
	builtIn, _ := memoryLimit("") // which is a quarter of what there is
	return e.setting(settings.KeyMemory, render.Size(builtIn))
}
