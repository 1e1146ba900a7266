package main

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/spf13/cobra"

	"quarry/cmd/internal/cli"
	"quarry/cmd/internal/docs"
	"quarry/cmd/internal/shellwords"
	"quarry/session/sessiontest"
)

// jsonLines are lines beside the examples whose JSON has another form, or values
// of other types.
var jsonLines = []string{
	`quarry attach 4711 -e 'attach 4711'`,
	`quarry attach 4711 -e 'run -- ./loop'`,
	`quarry attach 4711 -e maps -e 'maps --diff'`,
	`quarry -p 4711 maps --svg map.svg`,
	`quarry attach 4711 -e 'find 100' -e 'history --lines'`,
	`quarry attach 4711 -e 'find 100 -t any' -e 'narrow same' -e 'matches --limit 1'`,
	`quarry attach 4711 -e "label '&ratio' ratio -t f64" -e "label '&score' score -t i32 --group a --note b" -e 'freeze score' -e entries`,
	`quarry attach 4711 -e 'label 0x10 nowhere -t i32' -e entries`,
	`quarry -p 4711 find "String 1"`,
	`quarry -p 4711 find "A text" -t utf16`,
	`quarry -p 4711 read heap -t any`,
	`quarry -p 4711 read '&ratio' -t f64`,
	`quarry -p 4711 hex stack 64`,
	`quarry -p 4711 strings --in heap`,
	`quarry tutorial 2 -e screen -e hint -e 'replace stranger Ada --in heap'`,
	`quarry man find`,
}

// What every verb shows with --json is what its schema says, in its examples and
// more, in a real process. Schemas allow no member that they do not name.
func TestJSONIsAsDocumented(t *testing.T) {
	program := sessiontest.BuildC(t, exampleProgram)
	schemas, err := docs.Schemas()
	if err != nil {
		t.Fatal(err)
	}
	lines := slices.Clone(jsonLines)
	eachVerb(cli.Tree(), func(verb *cobra.Command) { lines = append(lines, exampleLines(verb.Example)...) })
	slices.Sort(lines)
	v := &validation{schemas: make(map[string]*jsonschema.Resolved), seen: make(map[string]bool)}
	for name, schema := range schemas {
		if v.schemas[name], err = schema.Resolve(nil); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	t.Run("lines", func(t *testing.T) {
		for _, line := range slices.Compact(lines) {
			line = asJSON.ReplaceAllString(beforePipe(line), "${1}quarry --json ")
			of := v.of(t, line)
			if len(of) == 0 || forPeople.MatchString(line) {
				continue
			}
			t.Run(line, func(t *testing.T) {
				t.Parallel()
				got := startExample(t, program).run(t, line)
				v.check(t, of, got)
			})
		}
	})
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		if !v.seen[name] {
			t.Errorf("%s: no example shows JSON; add a line to jsonLines that does", name)
		}
	}
}

// forPeople are the examples that --json has no meaning for.
var forPeople = regexp.MustCompile(`--plot|--csv -`)

var asJSON = regexp.MustCompile(`(^|\| )quarry `)

// beforePipe returns an example up to what another program makes of its output.
func beforePipe(line string) string {
	line, _, _ = strings.Cut(line, " && ")
	if before, after, ok := strings.Cut(line, " | "); ok {
		if !strings.HasPrefix(after, "quarry ") {
			return before
		}
		return "printf" + strings.TrimPrefix(before, "printf") + " | " + after
	}
	return line
}

// validation holds schemas and notes which of them JSON was checked with.
type validation struct {
	schemas map[string]*jsonschema.Resolved

	mu   sync.Mutex
	seen map[string]bool
}

// of returns the names of the schemas of the verbs in a line: all that are run at
// the prompt in it, or else the one of the shell.
func (v *validation) of(t *testing.T, line string) []string {
	words, err := shellwords.Split(line)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	var names []string
	add := func(words []string) {
		verb, _, err := cli.Tree().Find(words)
		if name := ""; err == nil {
			name = strings.ReplaceAll(verb.CommandPath(), " ", "-")
			if v.schemas[name] != nil {
				names = append(names, name)
			}
		}
	}
	switch words[0] {
	case "printf":
		return []string{"quarry-find", "quarry-set"}
	case "quarry":
		for i, word := range words {
			if word == "-e" {
				inner, err := shellwords.Split(words[i+1])
				if err != nil {
					t.Fatalf("%s: %v", line, err)
				}
				add(inner)
			}
		}
		if len(names) == 0 || slices.Contains(words, "tutorial") {
			add(words[1:])
		}
	}
	return names
}

// check validates each line of JSON that a run has shown: by the schema of the
// verb that showed it, where each verb showed one, else by any of them.
func (v *validation) check(t *testing.T, of []string, got outcome) {
	t.Helper()
	if got.Code != 0 && got.Code != 3 {
		t.Errorf("exit code %d: %s", got.Code, got.Stderr)
	}
	lines := exampleLines(got.Stdout)
	for i, line := range lines {
		names := of
		if len(lines) == len(of) {
			names = of[i : i+1]
		}
		var value any
		if err := json.Unmarshal([]byte(line), &value); err != nil {
			t.Errorf("no JSON: %q", line)
			continue
		}
		if problems := v.problems(names, value); problems != nil {
			t.Errorf("%.400s\nis not as documented:\n%s", line, strings.Join(problems, "\n"))
		}
	}
}

// problems returns why a value is by none of the schemas, or nil.
func (v *validation) problems(names []string, value any) []string {
	var problems []string
	for _, name := range names {
		err := v.schemas[name].Validate(value)
		if err == nil {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.seen[name] = true
			return nil
		}
		problems = append(problems, name+": "+err.Error())
	}
	return problems
}
