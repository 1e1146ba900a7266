package cli

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"quarry/cmd/internal/render"
	"quarry/search"
	"quarry/search/group"
	"quarry/search/value"
	"quarry/session"
)

// searchFlags are the flags that say what to search for and where.
type searchFlags struct {
	typ   string
	in    string
	align int
}

// storedFlags are the flags that say how the values lie in memory.
type storedFlags struct {
	fold     bool
	round    string
	endian   string
	stored   string
	span     int
	anyOrder bool
}

func (f *storedFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVarP(&f.fold, "ignore-case", "i", false, "find text in upper and lower case alike")
	flags.StringVar(&f.round, "round", "", "find floats that are at most `D` away, instead of by the digits typed")
	flags.StringVar(&f.endian, "endian", "", "byte `order` of the values: little or big (default: that of the process)")
	flags.StringVar(&f.stored, "stored", "", "`form` in which the program stores the numbers: 2v+1, -v, v*10, v<<32, v^0x5a5a, text")
	flags.IntVar(&f.span, "span", 0, "the values of a group lie within `N` bytes, with others between them")
	flags.BoolVar(&f.anyOrder, "any-order", false, "the values of a group come in any order")
	completeFlag(cmd, "round", fixed())
	completeFlag(cmd, "endian", endians)
	completeFlag(cmd, "stored", fixed(describe("2v+1", "tagged integers"), describe("v<<32", "the upper half"), describe("-v", "negative"),
		describe("v*10", "ten times"), describe("text", "in digits")))
	completeFlag(cmd, "span", lengths)
}

// put adds what the flags say to a query. args are the words of the condition.
func (f *storedFlags) put(q *search.Query, args []string) (err error) {
	q.Fold, q.Round = f.fold, f.round
	switch f.endian {
	case "", "little", "big":
		q.Order = map[string]binary.ByteOrder{"little": binary.LittleEndian, "big": binary.BigEndian}[f.endian]
	default:
		return &usageError{fmt.Sprintf("--endian %q is no byte order", f.endian), "write little or big"}
	}
	if f.stored != "" {
		if q.Form, err = value.ParseForm(f.stored); err != nil {
			return err
		}
	}
	if text, ok := groupText(args); ok && q.Type == value.Invalid {
		g, err := group.Parse(text, f.span, f.anyOrder)
		q.Group = &g
		return err
	}
	if f.span != 0 || f.anyOrder {
		return &usageError{"--span and --any-order are about groups", `find group "i32=100 i32=50" --span 64`}
	}
	return nil
}

// groupText returns the elements of a group, which may be one word or several:
// the word group with anything else after it is a text.
func groupText(args []string) (text string, ok bool) {
	const signs = "=!<>"
	if len(args) < 2 || args[0] != "group" || strings.IndexAny(args[1], signs) <= 0 {
		return "", false
	}
	if len(args) == 2 {
		return args[1], true
	}
	words := slices.Clone(args[1:])
	for i, word := range words {
		// The shell has taken the quotes off: bytes="48 ??" is one element.
		at := strings.IndexAny(word, signs)
		operand := strings.TrimLeft(word[max(at, 0):], signs)
		if at >= 0 && strings.Contains(operand, " ") && !strings.HasPrefix(operand, `"`) {
			quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(operand)
			words[i] = strings.TrimSuffix(word, operand) + `"` + quoted + `"`
		}
	}
	return strings.Join(words, " "), true
}

func (f *searchFlags) add(cmd *cobra.Command, typeHelp string) {
	flags := cmd.Flags()
	flags.StringVarP(&f.typ, "type", "t", "", typeHelp)
	flags.StringVar(&f.in, "in", "", "search this `scope` (default writable): heap, anon, stack, data, exec, all, module:NAME, START..END, joined by commas")
	flags.IntVar(&f.align, "align", 0, "look at addresses that are multiples of `N`, a power of two (default: the size of a number, 1 for all else)")
	completeFlag(cmd, "type", completeTypes)
	completeFlag(cmd, "in", completeScopes)
	completeFlag(cmd, "align", fixed(describe("1", "at every byte"), "2", "4", "8"))
}

// query returns the query the flags stand for, without condition.
func (f *searchFlags) query(cmd *cobra.Command) (search.Query, error) {
	q := search.Query{Align: f.align}
	var err error
	if f.typ != "" {
		if q.Type, err = value.ParseType(f.typ); err != nil {
			return q, err
		}
	}
	if cmd.Flags().Changed("align") && f.align < 1 {
		return q, &usageError{"--align must be a power of two from 1 on", ""}
	}
	if f.in != "" {
		q.Scope, err = session.ParseScope(f.in)
	}
	return q, err
}

// defaultRows is how many candidates a list shows unless told.
const defaultRows = 20

func addLimit(cmd *cobra.Command, limit *int) {
	cmd.Flags().IntVar(limit, "limit", defaultRows, "show at most `N` candidates; all of them count")
	completeFlag(cmd, "limit", fixed(describe("20", "as usual"), "100", "1000"))
}

// addName adds the flag that names a scan, where several can be open.
func (e *env) addName(cmd *cobra.Command, name *string) {
	if e.prompt == nil {
		return
	}
	cmd.Flags().StringVar(name, "as", "", "keep the result as the scan called `NAME`, beside others")
	completeFlag(cmd, "as", e.completeScans)
}

// completeScans offers the names of the open scans.
func (e *env) completeScans(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var words []string
	for _, s := range e.work.Scans() {
		words = append(words, describe(s.Name, render.Count(s.Len(), "match", "matches")+" of "+s.Asked()))
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

// findFlags are the flags of find.
type findFlags struct {
	searched  searchFlags
	stored    storedFlags
	limit     int
	countOnly bool
	name      string // of the scan
}

func (f *findFlags) add(e *env, cmd *cobra.Command) {
	f.searched.add(cmd, "the value's `type`: i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 string utf16 bytes any")
	f.stored.add(cmd)
	addLimit(cmd, &f.limit)
	cmd.Flags().BoolVar(&f.countOnly, "count", false, "show the number of candidates only")
	e.addName(cmd, &f.name)
}

// query returns what is searched for, and how many candidates are shown.
func (f *findFlags) query(e *env, cmd *cobra.Command, args []string) (q search.Query, limit int, err error) {
	if q, err = f.searched.query(cmd); err != nil {
		return q, 0, err
	}
	if err := f.stored.put(&q, args); err != nil {
		return q, 0, err
	}
	e.defaultType(&q, args)
	switch {
	case f.limit < 0:
		return q, 0, &usageError{"--limit cannot be negative", ""}
	case f.countOnly:
		return q, 0, nil
	}
	return q, f.limit, nil
}

func newFind(e *env) *cobra.Command {
	var flags findFlags
	cmd := &cobra.Command{
		Use:   "find CONDITION",
		Short: "Search the process for a value",
		Long: `Search the process for values that meet a condition:

  100, = 100, != 100         equal, not equal
  > 5, >= 5, < 5, <= 5       compared by sign and type
  10..20                     from 10 to 20, both included
  unknown                    any value, to narrow later (number types)
  "String 1"                 a text
  48 65 ?? 6? -t bytes       bytes, ?? and ? for what is not known
  group "i32=100 u8=5"       several values side by side, see --span
  not CONDITION              the contrary

Without -t, a whole number is i32 (i64 if it does not fit), a decimal f32, and
anything else a string. -t any looks for a number in every type at once, and in
digits. A decimal finds the values that round to it at the digits typed. find
begins anew; narrow goes on.`,
		Example: `  find 100
  find "String 1" --in heap
  find -t f64 0.5..1.5
  find 100 --stored 2v+1
  find group "i32=100 i32=50 skip=4 f32=1.5..2"
  find -t bytes "7f 45 4c 46" --in all`,
		GroupID: groupSearch,
		Args:    arguments(1, -1, "a CONDITION, such as 100"),
	}
	cmd.RunE = e.verb(func(ctx context.Context, args []string) (render.Result, error) {
		q, limit, err := flags.query(e, cmd, args)
		if err != nil {
			return nil, err
		}
		g, err := e.work.Find(ctx, flags.name, q, args)
		if err != nil {
			return nil, err
		}
		return e.matches(cmd.Context(), nil, g, limit)
	})
	flags.add(e, cmd)
	cmd.ValidArgsFunction = fixed(describe("unknown", "any value"), describe("not", "the contrary"), describe("group", "several values near each other"))
	return cmd
}

// matches returns what a search found, as it is shown, with the values of the
// search before unless that is nil; and ErrNotFound when it found nothing. ctx
// ends the listing.
func (e *env) matches(ctx context.Context, before, g *search.Generation, limit int) (render.Result, error) {
	places, err := e.places()
	if err != nil {
		return nil, err
	}
	e.next = adviceFor(g)
	result := summary(g, 1, limit)
	result.Rows = func(yield func(render.Match, error) bool) {
		var index uint64
		values := former{before: before}
		defer values.close()
		for m, err := range g.From(0) {
			if index++; index > uint64(limit) {
				return
			}
			if err = cmp.Or(err, ctx.Err()); err != nil {
				yield(render.Match{}, err)
				return
			}
			row := newMatch(g, places, index, m)
			if before != nil {
				if raw := values.value(m); raw != nil {
					was := newValue(before, m, raw)
					row.Was = &was
				}
			}
			if !yield(row, nil) {
				return
			}
		}
	}
	if result.Count == 0 {
		return result, errShownNotFound
	}
	return result, nil
}

// newMatch returns a match as it is shown, with what the search found.
func newMatch(g *search.Generation, places render.Places, index uint64, m search.Match) render.Match {
	return render.Match{
		Index: index, Address: render.Address(m.Addr), Place: places.Of(m.Addr),
		Value: newValue(g, m, m.Value), Type: typeOf(g, m),
	}
}

// newValue returns a value that is at a match, as it is shown.
func newValue(g *search.Generation, m search.Match, raw []byte) render.Value {
	return render.Value{Type: m.Type, Raw: raw, Order: g.Layout().Order, Form: m.Form}
}

// typeOf returns the type of a match where it is not that of all.
func typeOf(g *search.Generation, m search.Match) string {
	if g.Type != value.Any {
		return ""
	}
	return m.Type.String()
}

// summary returns the result of a search without its rows, which are up to
// limit from the one with that index on, counting from 1.
func summary(g *search.Generation, from uint64, limit int) render.Matches {
	count := g.Len()
	return render.Matches{
		Count: count, Type: g.Type.String(), Condition: g.Asked(), Scope: g.Scope.String(),
		Scanned: g.Scanned, Unreadable: g.Unreadable, Seconds: g.Elapsed.Seconds(), Lost: g.Lost,
		Truncated: from > 1 || uint64(limit) < count,
	}
}

// places returns what tells where addresses of the process lie.
func (e *env) places() (render.Places, error) {
	s, err := e.work.Session()
	if err != nil {
		return render.Places{}, err
	}
	regions, modules, err := s.Map()
	return render.Places{Regions: regions, Modules: modules}, err
}
