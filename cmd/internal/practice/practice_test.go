package practice

import (
	"bufio"
	"context"
	"io"
	"testing"
	"time"
)

func TestHelloPrintsItsStrings(t *testing.T) {
	reader, writer := io.Pipe()
	defer writer.Close() // ends who reads on
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- Hello(ctx, writer, time.Millisecond) }()
	lines := bufio.NewScanner(reader)
	for _, want := range []string{"String 1", "String 2", "String 1", "String 2"} {
		if !lines.Scan() || lines.Text() != want {
			t.Fatalf("%q, %v; want %q", lines.Text(), lines.Err(), want)
		}
	}
	cancel()
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A target whose reader is gone ends by itself.
func TestHelloEndsWithItsReader(t *testing.T) {
	reader, writer := io.Pipe()
	reader.Close()
	if err := Hello(context.Background(), writer, time.Hour); err == nil {
		t.Error("no error")
	}
}
