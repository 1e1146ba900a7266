package watch

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A list of processors, written one by one, is read as the same.
func FuzzParseProcessors(f *testing.F) {
	for _, text := range []string{"0", "0-3,8", "3-0", "0-65535", "", "-", "1,,2"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := parseProcessors(text)
		if err != nil || len(list) == 0 || len(text) > 100 {
			return
		}
		written := strings.Trim(strings.ReplaceAll(fmt.Sprint(list), " ", ","), "[]")
		if again, err := parseProcessors(written); err != nil || !slices.Equal(list, again) {
			t.Errorf("%q: %d processors, written and read again %d, %v", text, len(list), len(again), err)
		}
	})
}
