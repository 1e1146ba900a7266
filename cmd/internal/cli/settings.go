package cli

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"quarry/cmd/internal/settings"
	"quarry/search"
	"quarry/search/condition"
	"quarry/search/value"
)

// load reads the settings file. What is wrong with it is told by the first verb
// that heeds it.
func (e *env) load() {
	c, err := settings.Load(settings.ConfigPath())
	if err == nil {
		err = checkAliases(c)
	}
	if err != nil {
		c = &settings.Config{Path: c.Path} // nothing of it counts
	}
	e.config, e.configErr = *c, err
	if v, ok := e.config.Value(settings.KeyColor); ok {
		e.flags.color = v.Text
	}
	if v, ok := e.config.Value(settings.KeyMemory); ok {
		e.flags.memory = v.Text
	}
}

// regardless are the verbs that also work when the settings cannot be read.
var regardless = []string{"config", "version", "man", "completion"}

// heed returns what is wrong with the settings, for a verb that heeds them, and
// notes which flags were given.
func (e *env) heed(cmd *cobra.Command) error {
	e.flags.given = slices.Clone(e.flags.given)
	cmd.Flags().Visit(func(f *pflag.Flag) { e.flags.given = append(e.flags.given, f.Name) })
	if slices.Contains(regardless, cmd.Name()) {
		return nil
	}
	return e.configErr
}

// scopeVerbs are the verbs whose --in is by the settings when it is not given.
// Patch files are not among them: they mean the same for everybody.
var scopeVerbs = []string{"find", "replace", "strings"}

// defaults gives a tree the defaults of the settings. Lessons go without, as
// they tell what to type.
func (e *env) defaults(root *cobra.Command) {
	scope, ok := e.config.Value(settings.KeyIn)
	if !ok || e.inLesson() {
		return
	}
	for _, verb := range root.Commands() {
		if f := verb.Flags().Lookup("in"); f != nil && slices.Contains(scopeVerbs, verb.Name()) {
			f.Usage = strings.Replace(f.Usage, "(default writable)", "(by your settings "+scope.Text+")", 1)
			_ = f.Value.Set(scope.Text) // any text will do
		}
	}
}

func (e *env) inLesson() bool { return e.prompt != nil && e.prompt.course != nil }

// defaultType gives a query the type of the settings, if its condition can have
// that type: a text is still found as a text when the settings say f32.
func (e *env) defaultType(q *search.Query, args []string) {
	v, ok := e.config.Value(settings.KeyType)
	if !ok || q.Type != value.Invalid || q.Group != nil || e.inLesson() {
		return
	}
	t, err := value.ParseType(v.Text)
	if err != nil {
		return
	}
	c, err := condition.Parse(t, args...)
	if err != nil {
		return
	}
	const word = 8 // bytes; the width and order matter to no text of a condition
	b := condition.Binding{Type: t, Order: binary.LittleEndian, Width: word}
	if t == value.Any {
		_, err = c.BindAny(b)
	} else {
		_, err = c.BindWith(b)
	}
	if err == nil {
		q.Type = t
	}
}
