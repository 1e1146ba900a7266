package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/cmd/internal/repl"
	"quarry/cmd/internal/settings"
	"quarry/cmd/internal/shellwords"
	"quarry/patch/freeze"
	"quarry/search/value"
	"quarry/session"
	"quarry/session/bug"
)

// prompt is what lines typed at the prompt share beside the workspace.
type prompt struct {
	notices     repl.Notices
	flags       globals // those the prompt was opened with
	interactive bool    // a person types the lines
	reader      repl.LineReader
	course      *course // the tutorial that it is the prompt of, or nil

	narrowed string // the last line, if it was a narrowing
	advised  *settings.Counts

	processes processList

	mu   sync.Mutex
	gone map[session.Identity]bool // ended, and a verb has told so
}

// newPrompt returns the prompt of a run that opens one, which lines are run at
// instead if there are any.
func (e *env) newPrompt(lines []string) *prompt {
	p := &prompt{flags: e.flags, gone: make(map[session.Identity]bool)}
	p.flags.process = ""
	in, _ := e.In.(*os.File)
	out, _ := e.Out.(*os.File)
	p.interactive = len(lines) == 0 && repl.Interactive(in, out)
	return p
}

// converse opens the prompt p on the attached process, or runs lines. At the
// prompt already, it only tells what is attached now.
func (e *env) converse(ctx context.Context, p *prompt, lines []string) (render.Result, error) {
	s, err := e.work.Session()
	if err != nil {
		return nil, err
	}
	if e.prompt != nil {
		e.prompt.watch(ctx, s)
		return render.Done{Done: "attach", Title: target(s.Name(), s.PID())}, nil
	}
	return nil, e.talk(ctx, p, lines)
}

// talk runs the lines of the prompt p until they end.
func (e *env) talk(ctx context.Context, p *prompt, lines []string) (err error) {
	if p.reader, err = e.reader(p, lines); err != nil {
		return err
	}
	defer p.reader.Close()
	s := e.work.Attached()
	if p.interactive && p.course == nil {
		if out, err := e.output(); err == nil {
			out.Message("attached to %s; help lists the verbs, Ctrl-D leaves", target(s.Name(), s.PID()))
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p.watch(ctx, s)
	e.work.Notify = p.frozen
	loop := repl.Loop{
		Reader: p.reader, Interactive: p.interactive, Notices: &p.notices, Messages: e.Err,
		Prompt: func() string {
			p.course.beforePrompt(ctx)
			return e.promptText()
		},
		Execute: func(ctx context.Context, line string) error { return e.line(p).run(ctx, line) },
		Again:   func() string { return e.line(p).again() },
	}
	return loop.Run(ctx)
}

// reader returns where lines come from.
func (e *env) reader(p *prompt, lines []string) (repl.LineReader, error) {
	if len(lines) > 0 {
		return repl.NewLines(lines), nil
	}
	in, _ := e.In.(*os.File)
	out, _ := e.Out.(*os.File)
	return repl.Open(repl.Options{
		In: in, Out: out, Notices: &p.notices, HistoryFile: repl.HistoryPath(), NoColor: e.flags.color == "never",
		Complete: func(line string) []repl.Suggestion { return e.line(p).complete(line) },
	})
}

// watch tells at the next prompt that the process has ended, unless a verb does
// so first. It ends with ctx or when the session is closed. A script has no
// prompt: its next verb tells.
func (p *prompt) watch(ctx context.Context, s *session.Session) {
	if !p.interactive {
		return
	}
	go func() {
		select {
		case <-ctx.Done():
		case <-s.Done():
			p.mu.Lock()
			defer p.mu.Unlock()
			if ctx.Err() == nil && s.Alive() != nil && !p.gone[s.Identity()] {
				p.notices.Post(ended(s))
			}
		}
	}()
}

// told notes that a verb has told of the end of the process.
func (p *prompt) told(s *session.Session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone[s.Identity()] = true
	p.notices.Drop(ended(s))
}

func ended(s *session.Session) string { return target(s.Name(), s.PID()) + " has ended" }

// again returns what an empty line stands for: the line before, if it was a
// narrowing.
func (e *env) again() string {
	line := e.prompt.narrowed
	if line == "" {
		return ""
	}
	if out, err := e.output(); err == nil {
		out.Message("again: %s", line)
	}
	return line
}

// frozen tells at the next prompt that an entry cannot be kept frozen, or none any
// more. That the process has ended is told by watch.
func (p *prompt) frozen(event freeze.Event) {
	if event.Name == "" && bug.Is(event.Err) {
		p.notices.Postf("nothing is kept frozen any more: %v", event.Err)
	} else if event.Name != "" {
		p.notices.Postf("%s cannot be kept frozen: %v", render.Printable(event.Name), event.Err)
	}
}

// target names a process in messages.
func target(name string, pid int) string {
	return fmt.Sprintf("%s (%d)", render.Printable(name), pid)
}

// promptText returns the prompt: the process and the number of candidates.
func (e *env) promptText() string {
	s := e.work.Attached()
	if s == nil {
		return "quarry> "
	}
	text := fmt.Sprintf("%s[%d]", s.Name(), s.PID())
	if g, err := e.work.Scan(); err == nil {
		text += " " + render.Thousands(g.Len())
	}
	return text + "> "
}

// line returns the env of one line at the prompt.
func (e *env) line(p *prompt) *env {
	return &env{Streams: e.Streams, flags: p.flags, work: e.work, prompt: p, config: e.config}
}

// run runs one line typed at the prompt and reports its error.
func (e *env) run(ctx context.Context, line string) error {
	e.prompt.narrowed = ""
	err := e.runLine(ctx, line)
	e.work.Explain(nil) // what is done in the background is not to be told in the middle of a line
	if err == nil || errors.Is(err, repl.ErrExit) {
		return err
	}
	if s := e.work.Attached(); s != nil && errors.Is(err, session.ErrGone) && s.Alive() != nil {
		e.prompt.told(s)
	}
	e.report(err)
	return errors.Join(err, errShown)
}

// runLine runs one line typed at the prompt.
func (e *env) runLine(ctx context.Context, line string) error {
	line, err := e.recall(line)
	if err != nil {
		return err
	}
	if strings.Contains(line, mark) {
		return &usageError{"a line cannot hold a NUL", "-t bytes searches and writes any byte"}
	}
	words, err := shellwords.Split(line)
	if err != nil {
		return &usageError{err.Error(), "quotes come in pairs"}
	}
	words = e.meaning(line, words)
	err = e.execute(ctx, words)
	at := verbAt(newRoot(e), protect(words))
	if at >= 0 && words[at] == "narrow" && (err == nil || errors.Is(err, ErrNotFound)) {
		e.prompt.narrowed = line
	}
	return err
}

// openType returns the type of the open search, or none.
func (e *env) openType() value.Type {
	if g, err := e.work.Scan(); err == nil {
		return g.Type
	}
	return value.Invalid
}

// recall returns the line that a line such as !! or !7 stands for, and tells it.
func (e *env) recall(line string) (string, error) {
	if !repl.Recalls(line) {
		return line, nil
	}
	var lines []string
	if e.prompt.reader != nil {
		lines = e.prompt.reader.Lines()
	}
	recalled, err := repl.Recall(lines, line)
	if err != nil {
		return "", &usageError{err.Error(), "history --lines lists them"}
	}
	e.prompt.reader.Remember(recalled)
	if out, err := e.output(); err == nil {
		out.Message("%s", recalled)
	}
	return recalled, nil
}

// meaning returns the words of a line as they are run: a search for shorthand,
// and what an alias stands for in its place. Flags of every verb may stand before.
func (e *env) meaning(line string, words []string) []string {
	n := 0
	if strings.HasPrefix(strings.TrimLeft(line, " \t"), "-") { // a quoted flag is a text
		n = leadingFlags(newRoot(e).PersistentFlags(), words)
	}
	if n < len(words) {
		words = slices.Concat(words[:n], expand(afterWords(line, n), words[n:], e.openType()))
	}
	return e.unalias(words)
}

// afterWords returns a line without its first n words, which have no quotes.
func afterWords(line string, n int) string {
	for range n {
		line = strings.TrimLeft(line, " \t")
		line = line[max(0, strings.IndexAny(line+" ", " \t")):]
	}
	return line
}

// expand turns shorthand into a search: a line that begins with a digit, a
// quote, a sign or a comparison is a condition. It narrows the open search,
// for values of that type, unless it says what only a first search can. A quoted word is text, and
// never a flag; after a search for numbers, it begins one for itself.
func expand(line string, words []string, open value.Type) []string {
	start := strings.TrimLeft(line, " \t")
	if start == "" || !strings.ContainsRune(`0123456789"'+-<>=`, rune(start[0])) && !strings.HasPrefix(start, "!=") {
		return words
	}
	quoted := start[0] == '"' || start[0] == '\''
	if quoted {
		words = append([]string{mark + words[0]}, words[1:]...)
	}
	switch {
	case open != value.Invalid && !(quoted && numeric(open)) && !slices.ContainsFunc(words, isFindFlag):
		return append([]string{"narrow"}, words...)
	case quoted && !slices.ContainsFunc(words, isTypeFlag):
		return append([]string{"find", "--type", "string"}, words...)
	}
	return append([]string{"find"}, words...)
}

// numeric reports whether values of a type cannot be a text.
func numeric(t value.Type) bool { return t.Number() || t == value.Any }

// isFindFlag reports whether a word is a flag that find has and narrow has not.
func isFindFlag(word string) bool {
	name, _, _ := strings.Cut(word, "=")
	return isTypeFlag(word) || name == "--in" || name == "--align"
}

func isTypeFlag(word string) bool {
	return strings.HasPrefix(word, "-t") || word == "--type" || strings.HasPrefix(word, "--type=")
}

func newExit(e *env) *cobra.Command {
	if e.prompt == nil {
		return nil
	}
	return &cobra.Command{
		Use:     "exit",
		Aliases: []string{"quit"},
		Short:   "Leave the prompt",
		Example: `  exit`,
		GroupID: groupProcess,
		Args:    arguments(0, 0, ""),
		RunE:    func(*cobra.Command, []string) error { return repl.ErrExit },
	}
}
