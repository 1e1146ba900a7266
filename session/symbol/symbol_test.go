package symbol_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"quarry/session"
	"quarry/session/sessiontest"
	"quarry/session/symbol"
)

func TestMain(m *testing.M) { os.Exit(sessiontest.Main(m)) }

// build compiles sources of testdata into a file of that name.
func build(t testing.TB, compiler, out string, args ...string) string {
	t.Helper()
	sessiontest.NeedTool(t, compiler, compiler)
	out = filepath.Join(t.TempDir(), out)
	for i, a := range args {
		if strings.HasSuffix(a, ".c") || strings.HasSuffix(a, ".cc") {
			args[i] = filepath.Join("testdata", a)
		}
	}
	output, err := exec.Command(compiler, append([]string{"-O0", "-o", out}, args...)...).CombinedOutput()
	if err != nil {
		if slices.Contains(args, "-m32") && strings.Contains(string(output), "No such file") {
			sessiontest.NeedTool(t, "gcc-multilib", "gcc-multilib")
		}
		t.Fatalf("%s %v: %v\n%s", compiler, args, err, output)
	}
	return out
}

// process is a program that has told where its names are.
type process struct {
	*sessiontest.Proc
	s    *session.Session
	x    *symbol.Index
	told map[string]uint64
}

func start(t testing.TB, path string, args ...string) *process {
	t.Helper()
	p := &process{Proc: sessiontest.Start(t, path, args...), told: make(map[string]uint64)}
	p.WaitLineFunc(t, func(line string) bool {
		if i := strings.LastIndexByte(line, ' '); i > 0 {
			p.told[line[:i]], _ = strconv.ParseUint(line[i+1:], 16, 64)
		}
		return line == "ready"
	})
	s, err := session.Attach(p.PID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	p.s, p.x = s, symbol.NewIndex(s)
	return p
}

// find fails the test unless the name stands for the address.
func (p *process) find(t testing.TB, name string, want uint64) symbol.Symbol {
	t.Helper()
	s, err := p.x.Find(name)
	if err != nil || s.Addr != want || want == 0 {
		t.Errorf("Find(%s) = %+v, %v (%s); want %#x", name, s, err, session.Hint(err), want)
	}
	return s
}

var plain = []string{"names.c", "other.c"}

func with(flags ...string) []string { return append(slices.Clone(plain), flags...) }

func TestFind(t *testing.T) {
	for name, flags := range map[string][]string{
		"pie":                      {"-pie", "-fPIE"},
		"no-pie":                   {"-no-pie", "-fno-pie"},
		"static":                   {"-static", "-DSTATIC"},
		"static-pie":               {"-static-pie", "-DSTATIC"},
		"32 bits":                  {"-m32"},
		"32 bits, no-pie":          {"-m32", "-no-pie", "-fno-pie"},
		"no build ID":              {"-Wl,--build-id=none"},
		"old hash, lld-like split": {"-Wl,--hash-style=sysv", "-Wl,-z,separate-code"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, build(t, "gcc", "names", with(flags...)...))
			for _, name := range []string{"counter", "hidden", "zeroed", "tick", "quiet"} {
				s := p.find(t, name, p.told[name])
				p.find(t, "names:"+name, p.told[name])
				local := name == "hidden" || name == "quiet"
				kind := symbol.Object
				if name == "tick" || name == "quiet" {
					kind = symbol.Func
				}
				if (s.Binding == symbol.Local) != local || s.Kind != kind || s.Module != "names" || s.Size == 0 {
					t.Errorf("%+v", s)
				}
				if local != (s.File == "names.c") {
					t.Errorf("%s is in file %q", name, s.File)
				}
			}
			p.twins(t)
			if _, err := p.x.Find("own"); !errors.Is(err, symbol.ErrThreadLocal) {
				t.Errorf("thread-local: %v", err)
			}
			if addr := p.told["printf"]; addr != 0 {
				p.find(t, "libc:printf", addr)
			}
			if !strings.Contains(name, "static") {
				if s, err := p.x.Find("chosen"); err != nil || s.Kind != symbol.IndirectFunc {
					t.Errorf("ifunc: %+v, %v", s, err)
				}
			}
			p.around(t)
		})
	}
}

// twins asks for the variables of one name.
func (p *process) twins(t *testing.T) {
	_, err := p.x.Find("twin")
	var several *symbol.AmbiguousError
	if !errors.As(err, &several) || !errors.Is(err, symbol.ErrAmbiguous) || len(several.Symbols) != 2 {
		t.Fatalf("twins: %v", err)
	}
	for _, part := range []string{"names+0x", "static in names.c", "static in other.c", "choose one by its place:"} {
		if !strings.Contains(several.Hint(), part) {
			t.Errorf("hint lacks %q: %s", part, several.Hint())
		}
	}
}

// around asks for the symbols of addresses.
func (p *process) around(t *testing.T) {
	for _, c := range []struct {
		name   string
		offset uint64
	}{{"counter", 3}, {"zeroed", 399}, {"tick", 5}, {"quiet", 0}} {
		s, offset, ok, err := p.x.At(p.told[c.name] + c.offset)
		if err != nil || !ok || s.Linker != c.name || offset != c.offset {
			t.Errorf("At(%s+%d) = %+v+%d, %t, %v", c.name, c.offset, s, offset, ok, err)
		}
	}
	if s, _, ok, err := p.x.At(1); ok || err != nil {
		t.Errorf("At(1) = %+v, %v", s, err)
	}
}

func TestVersionsAndVDSO(t *testing.T) {
	p := start(t, build(t, "gcc", "names", with()...))
	libc := func(name string) symbol.Symbol {
		s, err := p.x.Find(name)
		if err != nil {
			t.Fatalf("%s: %v (%s)", name, err, session.Hint(err))
		}
		return s
	}
	for _, name := range []string{"libc:memcpy", "libc.so.6:memcpy", "libc:memcpy@@GLIBC_2.14", "memcpy@GLIBC_2.14"} {
		if s := libc(name); s.Linker != "memcpy" || s.Version != "GLIBC_2.14" || s.Kind != symbol.IndirectFunc {
			t.Errorf("%s: %+v", name, s)
		}
	}
	if s := libc("libc:memcpy@GLIBC_2.2.5"); s.Version != "GLIBC_2.2.5" {
		t.Errorf("%+v", s)
	}
	if s := libc("vdso:__vdso_clock_gettime"); s.Module != "[vdso]" || s.Addr-s.Base > 1<<16 {
		t.Errorf("%+v", s)
	}
	if _, err := p.x.Find("nomodule:counter"); err == nil || err.Error() != `no module is called "nomodule"` {
		t.Error(err)
	}
}

func TestStripped(t *testing.T) {
	path := build(t, "gcc", "names", with("-s", "-rdynamic")...)
	p := start(t, path)
	p.find(t, "counter", p.told["counter"]) // in .dynsym
	_, err := p.x.Find("hidden")
	var missing *symbol.NotFoundError
	if !errors.As(err, &missing) || !errors.Is(err, symbol.ErrNotFound) {
		t.Fatal(err)
	}
	if want := `no symbol is called "hidden"; names has no symbol table (it is stripped)`; err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	_, err = p.x.Find("names:nothinglikeit")
	if want := "write names+OFFSET, or install its debug symbols"; session.Hint(err) != want {
		t.Errorf("hint %q, want %q", session.Hint(err), want)
	}
	// Without section headers too.
	bare := filepath.Join(t.TempDir(), "names")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copy(data[40:48], make([]byte, 8)) // e_shoff
	copy(data[60:64], make([]byte, 4)) // e_shnum, e_shstrndx
	if err := os.WriteFile(bare, data, 0o755); err != nil {
		t.Fatal(err)
	}
	p = start(t, bare)
	p.find(t, "counter", p.told["counter"])
}

// Names that every program has lead to the C library, or say why not.
func TestCommonNames(t *testing.T) {
	p := start(t, build(t, "gcc", "names", with()...))
	for _, name := range []string{"malloc", "free", "printf", "write", "environ", "stdout", "exit", "strlen"} {
		s, err := p.x.Find(name)
		if err != nil || s.Module != "libc.so.6" && s.Module != "names" {
			t.Errorf("%s: %+v, %v (%s)", name, s, err, session.Hint(err))
		}
	}
	if _, err := p.x.Find("errno"); !errors.Is(err, symbol.ErrThreadLocal) {
		t.Errorf("errno: %v", err)
	}
}

// Go's names have dots, colons, parentheses and stars.
func TestGoNames(t *testing.T) {
	sessiontest.NeedTool(t, "go", "golang")
	dir := t.TempDir()
	source := "package main\n\nimport \"os\"\n\nvar lives = 3\n\ntype game struct{}\n\n//go:noinline\nfunc (*game) tick() { lives++ }\n\n" +
		"func main() { (&game{}).tick(); println(&lives); println(\"ready\"); os.Stdin.Read(make([]byte, 1)) }\n"
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", "game", "main.go")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p := start(t, "/bin/sh", "-c", "exec "+filepath.Join(dir, "game")+" 2>&1")
	for _, name := range []string{"main.lives", "game:main.lives", "main.(*game).tick", "go:buildinfo"} {
		if s, err := p.x.Find(name); err != nil || s.Module != "game" {
			t.Errorf("%s: %+v, %v (%s)", name, s, err, session.Hint(err))
		}
	}
}

func TestNear(t *testing.T) {
	p := start(t, build(t, "gcc", "names", with()...))
	for name, hint := range map[string]string{
		"countr": "did you mean counter?", "Counter": "did you mean counter?", "names:hiden": "did you mean hidden?",
	} {
		if _, err := p.x.Find(name); session.Hint(err) != hint {
			t.Errorf("%s: %v, %s", name, err, session.Hint(err))
		}
	}
}

// A library that is loaded while the program runs, and names that it shares.
func TestLibrary(t *testing.T) {
	lib := build(t, "gcc", "libgame.so.1", "lib.c", "-shared", "-fPIC")
	p := start(t, build(t, "gcc", "names", with()...), lib)
	p.find(t, "fromlib", p.told["fromlib"])
	p.find(t, "libgame.so:fromlib", p.told["fromlib"])
	p.find(t, "libgame:fromlib", p.told["fromlib"])
	p.find(t, lib+":fromlib", p.told["fromlib"])
	if s, err := p.x.Find("shared"); err != nil || s.Module != "names" {
		t.Errorf("the program's own comes first: %+v, %v", s, err)
	}
	if s, err := p.x.Find("libgame.so.1:shared"); err != nil || s.Module != "libgame.so.1" {
		t.Errorf("%+v, %v", s, err)
	}
	if s, err := p.x.Find("libgame:twin"); err != nil || s.File != "lib.c" {
		t.Errorf("%+v, %v", s, err)
	}
	again := build(t, "gcc", "libmore.so", "lib.c", "-shared", "-fPIC")
	p = start(t, build(t, "gcc", "names", with()...), lib, again)
	_, err := p.x.Find("fromlib")
	if !errors.Is(err, symbol.ErrAmbiguous) || !strings.Contains(session.Hint(err), "libmore.so+0x") || !strings.Contains(session.Hint(err), "libgame.so.1+0x") ||
		!strings.Contains(session.Hint(err), ":fromlib:") {
		t.Errorf("%v: %s", err, session.Hint(err))
	}
}

// The symbols are those of the program that runs, whatever is at its path.
func TestReplacedFile(t *testing.T) {
	for name, replace := range map[string]func(path string) error{
		"deleted": os.Remove,
		"replaced": func(path string) error {
			if err := os.Remove(path); err != nil {
				return err
			}
			return os.WriteFile(path, []byte("another program"), 0o755)
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := build(t, "gcc", "names", with()...)
			p := start(t, path)
			if err := replace(path); err != nil {
				t.Fatal(err)
			}
			p.find(t, "counter", p.told["counter"])
		})
	}
}

func TestSeparateDebugFile(t *testing.T) {
	sessiontest.NeedTool(t, "objcopy", "binutils")
	path := build(t, "gcc", "names", with()...)
	debug := path + ".debug"
	for _, args := range [][]string{{"--only-keep-debug", path, debug}, {"--strip-all", path}} {
		if out, err := exec.Command("objcopy", args...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	p := start(t, path)
	if _, err := p.x.Find("hidden"); !errors.Is(err, symbol.ErrNotFound) {
		t.Fatal(err)
	}
	p.x = symbol.NewIndex(withDebugFile{p.s, debug})
	p.find(t, "hidden", p.told["hidden"])
	p.find(t, "zeroed", p.told["zeroed"])
	other := build(t, "gcc", "other", with("-DOTHER", "-O1")...)
	p.x = symbol.NewIndex(withDebugFile{p.s, other})
	if _, err := p.x.Find("hidden"); !errors.Is(err, symbol.ErrNotFound) {
		t.Errorf("a debug file of another build was used: %v", err)
	}
}

// withDebugFile has a debug file that is not installed.
type withDebugFile struct {
	*session.Session
	path string
}

func (w withDebugFile) OpenDebugFile(string) (*os.File, error) { return os.Open(w.path) }

func TestSourceNames(t *testing.T) {
	p := start(t, build(t, "g++", "game", "game.cc"))
	for name, want := range p.told {
		p.find(t, name, want)
	}
	p.find(t, "game::Map<int,int>::x", p.told["game::Map<int, int>::x"])
	p.find(t, "game:game::Player::health", p.told["game::Player::health"])
	for name, linker := range map[string]string{
		"add(int)":                      "_Z3addi",
		"game::Player::heal":            "_ZN4game6Player4healEi",
		"game::Player::heal(int)":       "_ZN4game6Player4healEi",
		"game::Player::hurt(double)":    "_ZN4game6Player4hurtEd",
		"game::Player::heal::calls":     "_ZZN4game6Player4healEiE5calls",
		"game::twice<int>":              "_ZN4game5twiceIiEET_S1_",
		"int game::twice<int>(int)":     "_ZN4game5twiceIiEET_S1_",
		"vtable for game::Player":       "_ZTVN4game6PlayerE",
		"game::Player::operator<":       "_ZNK4game6PlayerltERKS0_",
		"_ZN4game6Player6healthE":       "_ZN4game6Player6healthE",
		"game:game::Player::hurt( int)": "_ZN4game6Player4hurtEi",
	} {
		if s, err := p.x.Find(name); err != nil || s.Linker != linker {
			t.Errorf("%s: %+v, %v (%s)", name, s, err, session.Hint(err))
		}
	}
	_, err := p.x.Find("game::Player::hurt")
	if !errors.Is(err, symbol.ErrAmbiguous) || !strings.Contains(session.Hint(err), "_ZN4game6Player4hurtEd") {
		t.Errorf("%v (%s)", err, session.Hint(err))
	}
	if _, err := p.x.Find("health"); session.Hint(err) != "did you mean game::Player::health?" {
		t.Errorf("%v (%s)", err, session.Hint(err))
	}
	if s, _, ok, err := p.x.At(p.told["add"] + 1); err != nil || !ok || s.Name() != "add(int)" {
		t.Errorf("%+v, %v", s, err)
	}
}

// The order of All, and that every look-up agrees with every other.
func TestAll(t *testing.T) {
	p := start(t, build(t, "gcc", "names", with()...))
	m, err := p.s.Program()
	if err != nil {
		t.Fatal(err)
	}
	table, err := p.x.Table(m)
	if err != nil {
		t.Fatal(err)
	}
	n, last, thread := 0, uint64(0), 0
	for s := range table.All(nil) {
		n++
		if s.Kind == symbol.TLS {
			thread++
			continue
		}
		if s.Addr < last || thread > 0 {
			t.Errorf("%+v after %#x", s, last)
		}
		last = s.Addr
		if found := table.Lookup(s.Linker); !slices.ContainsFunc(found, func(f symbol.Symbol) bool { return f.Addr == s.Addr }) {
			t.Errorf("Lookup(%s) = %+v, without %#x", s.Linker, found, s.Addr)
		}
	}
	if n != table.Len() || thread == 0 {
		t.Errorf("%d of %d symbols, %d thread-local", n, table.Len(), thread)
	}
	for s := range table.All(func(s symbol.Symbol) bool { return s.Linker == "counter" }) {
		if s.Addr != p.told["counter"] || s.Place() != fmt.Sprintf("names+%#x", s.Addr-m.Base) {
			t.Errorf("%+v, %s", s, s.Place())
		}
		break
	}
}

// Many goroutines may ask at once, also while libraries come and go.
func TestConcurrent(t *testing.T) {
	p := start(t, build(t, "gcc", "names", with()...))
	done := make(chan error)
	const workers = 8
	for range workers {
		go func() {
			var err error
			for range 20 {
				s, bad := p.x.Find("counter")
				_, _, _, worse := p.x.At(p.told["tick"])
				if s.Addr != p.told["counter"] || bad != nil || worse != nil {
					err = fmt.Errorf("%+v: %w", s, errors.Join(bad, worse))
				}
			}
			done <- err
		}()
	}
	for range workers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	p.Kill()
	if _, err := p.x.Find("counter"); !errors.Is(err, session.ErrGone) {
		t.Errorf("after the end: %v", err)
	}
}
