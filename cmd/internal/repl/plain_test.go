package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"quarry/cmd/internal/shellwords"
)

// readAll reads lines until an error, which it returns if it is not io.EOF.
func readAll(ctx context.Context, r LineReader) ([]string, error) {
	var lines []string
	for {
		line, err := r.ReadLine(ctx, "prompt> ")
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return lines, err
		}
		lines = append(lines, line)
	}
}

// openPipe returns a reader of a pipe, the end to write to, and a file that takes the output.
func openPipe(t *testing.T) (r LineReader, w, out *os.File) {
	t.Helper()
	in, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err = os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	r, err = Open(Options{In: in, Out: out})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = r.Close()
		_, _, _ = in.Close(), w.Close(), out.Close()
	})
	return r, w, out
}

// go-prompt ignores a piped standard input, and panics without /dev/tty.
func TestPipedInputIsRead(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	for _, tt := range []struct {
		name, input string
		want        []string
	}{
		{"nothing", "", nil},
		{"lines", "a\nb c\n", []string{"a", "b c"}},
		{"blank lines", "\n\na\n", []string{"", "", "a"}},
		{"no newline at the end", "a\nb", []string{"a", "b"}},
		{"CRLF", "a\r\nb\r\n", []string{"a", "b"}},
		{"long lines", long + "\nb\n" + long, []string{long, "b", long}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, w, out := openPipe(t)
			go func() {
				_, _ = io.WriteString(w, tt.input)
				_ = w.Close()
			}()
			got, err := readAll(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("lines (-want +got):\n%.2000s", diff)
			}
			if info, err := out.Stat(); err != nil || info.Size() != 0 {
				t.Errorf("output holds %d bytes (%v), want none: no prompt", info.Size(), err)
			}
		})
	}
}

func TestLineThatIsTooLong(t *testing.T) {
	for name, end := range map[string]string{"endless": strings.Repeat("y", maxLine), "with newline": "\n", "at the end": ""} {
		t.Run(name, func(t *testing.T) {
			r, w, _ := openPipe(t)
			go func() {
				_, _ = io.WriteString(w, "first\n"+strings.Repeat("x", maxLine+1)+end)
				_ = w.Close()
			}()
			got, err := readAll(t.Context(), r)
			if !errors.Is(err, ErrLineTooLong) {
				t.Errorf("error %v, want %v", err, ErrLineTooLong)
			}
			if diff := cmp.Diff([]string{"first"}, got); diff != "" {
				t.Errorf("lines (-want +got):\n%.2000s", diff)
			}
			_ = r.(*plain).in.file.Close() // lets the writer end
		})
	}
}

func TestContextEndsABlockedRead(t *testing.T) {
	r, w, _ := openPipe(t)
	if _, err := io.WriteString(w, "half a "); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	if line, err := r.ReadLine(ctx, ""); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("ReadLine = %q, %v, want %v", line, err, context.DeadlineExceeded)
	}
	if _, err := io.WriteString(w, "line\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := r.ReadLine(t.Context(), ""); line != "half a line" || err != nil {
		t.Errorf("ReadLine = %q, %v, want the whole line", line, err)
	}
}

func TestPlainReaderGivesItsDescriptorBack(t *testing.T) {
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip(err)
		}
		return len(entries)
	}
	in, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	before := count()
	for range 10 {
		r, err := Open(Options{In: in})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if after := count(); after > before {
		t.Errorf("%d descriptors open, %d before", after, before)
	}
}

func TestNewLines(t *testing.T) {
	got, err := readAll(t.Context(), NewLines([]string{"find 1", "a\r\nb", ""}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"find 1", "a", "b", ""}, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := NewLines([]string{"a"}).ReadLine(ctx, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("ReadLine = %v, want %v", err, context.Canceled)
	}
}

func ExampleLoop() {
	loop := Loop{
		Reader: NewLines([]string{"greet world # in words", "greet 'two words'", "exit", "never"}),
		Execute: func(_ context.Context, line string) error {
			words, err := shellwords.Split(line)
			if err != nil {
				return err
			}
			if words[0] == "exit" {
				return ErrExit
			}
			fmt.Printf("hello, %q\n", words[1:])
			return nil
		},
	}
	fmt.Println(loop.Run(context.Background()))
	// Output:
	// hello, ["world"]
	// hello, ["two words"]
	// <nil>
}
