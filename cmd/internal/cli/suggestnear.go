package cli

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"quarry/cmd/internal/workspace"
	"quarry/search/value"
	"quarry/session"
)

// near returns up to three words that one may have been meant for, the likeliest
// first: those that begin with it, and those with at most two mistakes.
func near(word string, words []string) []string {
	const most = 3
	word = strings.ToLower(word)
	distance := func(w string) int {
		if len(word) > 1 && strings.HasPrefix(strings.ToLower(w), word) {
			return 0
		}
		return mistakes(word, strings.ToLower(w))
	}
	var found []string
	for _, w := range words {
		if d := distance(w); w != "" && d <= min(2, len(word)/2) && !slices.Contains(found, w) {
			found = append(found, w)
		}
	}
	slices.SortStableFunc(found, func(a, b string) int { return distance(a) - distance(b) })
	return found[:min(most, len(found))]
}

// otherNames are what other programs call our verbs, or what comes to mind.
var otherNames = map[string][]string{
	"?": {"help"}, "q": {"exit"}, "bye": {"exit"}, "search": {"find"}, "scan": {"find"}, "filter": {"narrow"},
	"list": {"matches", "entries"}, "ls": {"matches", "entries"}, "write": {"set"}, "poke": {"set"}, "change": {"set"},
	"peek": {"read", "hex"}, "print": {"read", "hex"}, "x": {"hex"}, "hexdump": {"hex"}, "lock": {"freeze"},
	"name": {"label"}, "back": {"undo"}, "pid": {"attach"}, "open": {"attach"}, "delete": {"reset"},
}

// meant returns the verbs that a word may have been meant for, of those there are.
func meant(word string, verbs []string) []string {
	var found []string
	for _, v := range otherNames[strings.ToLower(word)] {
		if slices.Contains(verbs, v) {
			found = append(found, v)
		}
	}
	if found != nil {
		return found
	}
	return near(word, verbs)
}

// mistakes returns how many letters must be inserted, deleted, replaced or
// swapped with their neighbours to make b of a.
func mistakes(a, b string) int {
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := range len(a) {
		before, last, row := rows[(i+2)%3], rows[i%3], rows[(i+1)%3]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, row[j]+1, last[j+1]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return rows[len(a)%3][len(b)]
}

// didYouMean makes a hint of words, or nothing of none.
func didYouMean(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return "did you mean " + strings.Join(words, " or ") + "?"
}

// advisedError is an error with a hint of its own.
type advisedError struct {
	error
	hint string
}

func (e *advisedError) Unwrap() error { return e.error }

// Hint returns what would work.
func (e *advisedError) Hint() string { return e.hint }

// advise adds to the error of a verb what may have been meant by a word of its
// command line.
func (e *env) advise(cmd *cobra.Command, args []string, err error) error {
	hint := ""
	var unread *value.ParseError
	switch {
	case err == nil:
		return nil
	case cmd.Name() == "narrow" && errors.As(err, &unread):
		hint = didYouMean(near(unread.Text, []string{"same", "changed", "up", "down"}))
	case errors.Is(err, value.ErrType):
		if f := cmd.Flag("type"); f != nil {
			hint = didYouMean(near(f.Value.String(), value.TypeNames()))
		}
	case errors.Is(err, workspace.ErrReference) && len(args) > 0:
		names := e.work.EntryNames()
		for _, s := range e.work.Scans() {
			names = append(names, s.Name)
		}
		for _, arg := range args {
			if strings.Contains(err.Error(), arg) && !slices.Contains(names, arg) && hint == "" {
				hint = didYouMean(near(arg, names))
			}
		}
	}
	if hint == "" || strings.HasPrefix(session.Hint(err), "did you mean") && !errors.Is(err, value.ErrType) {
		return err
	}
	return &advisedError{err, hint}
}

// flagHint returns what may help with a flag that does not exist, or with one
// that is wrong.
func (e *env) flagHint(cmd *cobra.Command, err error) string {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		var names []string
		add := func(f *pflag.Flag) {
			if !f.Hidden {
				names = append(names, "--"+f.Name)
			}
		}
		cmd.NonInheritedFlags().VisitAll(add)
		cmd.InheritedFlags().VisitAll(add)
		if hint := didYouMean(near("--"+strings.TrimLeft(unknown.GetSpecifiedName(), "-"), names)); hint != "" {
			return hint
		}
	}
	return e.helpFor(cmd, "shows the flags")
}

// helpFor says how to see the help of a verb, at the door where e is.
func (e *env) helpFor(cmd *cobra.Command, does string) string {
	if e.prompt == nil {
		return cmd.CommandPath() + " --help " + does
	}
	_, verb, _ := strings.Cut(cmd.CommandPath(), " ")
	return strings.TrimSpace("help "+verb) + " " + does
}
