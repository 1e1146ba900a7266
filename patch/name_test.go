package patch_test

import (
	"errors"
	"testing"

	"quarry/patch"
)

func TestCheckName(t *testing.T) {
	for name, good := range map[string]bool{
		"lives": true, "2nd weapon": true, "a, b": true, `1: edit "lives"`: true, "heap": true, "all": true, "x&y": true,
		"": false, "3": false, "1..5": false, "0x10": false, "0x10+8": false, "[a]": false, "&a": false,
	} {
		if err := patch.CheckName(name); (err == nil) != good || !good && !errors.Is(err, patch.ErrName) {
			t.Errorf("%q: %v", name, err)
		}
	}
}
