package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// figures are what a run of the suite has done.
type figures struct {
	tried, survived int
	inputs          int // fuzzed
	bytes           int // written and verified
	failures        []string
}

// String is the last line of the suite.
func (f figures) String() string {
	return fmt.Sprintf("faults tried %d, survived %d; inputs fuzzed %d; bytes written and verified %d", f.tried, f.survived, f.inputs, f.bytes)
}

// sum reads what tests have counted, by package sessiontest.
func sum(r io.Reader) (figures, error) {
	var f figures
	scanner := bufio.NewScanner(r)
	for scanner.Scan() {
		var kind string
		var n int
		if _, err := fmt.Sscan(scanner.Text(), &kind, &n); err != nil {
			return f, fmt.Errorf("the tally: %q: %w", scanner.Text(), err)
		}
		switch kind {
		case "survived":
			f.tried += n
			f.survived += n
		case "failed":
			f.tried += n
			f.failures = append(f.failures, strings.TrimPrefix(scanner.Text(), fmt.Sprintf("failed %d ", n)))
		case "bytes":
			f.bytes += n
		default:
			return f, fmt.Errorf("the tally: %q is no count", scanner.Text())
		}
	}
	return f, scanner.Err()
}
