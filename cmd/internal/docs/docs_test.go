package docs

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quarry/cmd/internal/cli"
	"quarry/cmd/internal/manual"
)

const folder = "../../../docs"

// The reference is what the code makes of it.
func TestReferenceIsCurrent(t *testing.T) {
	want, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string][]byte)
	for _, sub := range Folders {
		err := filepath.WalkDir(filepath.Join(folder, sub), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			name, err := filepath.Rel(folder, path)
			if err != nil {
				return err
			}
			got[filepath.ToSlash(name)], err = os.ReadFile(path)
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[name]; !ok {
			t.Errorf("docs/%s is of nothing", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if diff := cmp.Diff(string(got[name]), string(want[name])); diff != "" {
			t.Errorf("docs/%s: (-is +should be)\n%s", name, diff)
		}
	}
	if t.Failed() {
		t.Error("the reference is out of date; to make it anew: go generate ./cmd/...")
	}
}

// Making it twice gives the same, in whatever environment.
func TestReferenceIsTheSameEverywhere(t *testing.T) {
	first, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "quarry", "config.toml")
	if err := os.MkdirAll(filepath.Dir(config), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, []byte("in = \"heap\"\ncolor = \"never\"\nmemory = \"1GiB\"\n[aliases]\nfh = \"find\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CONFIG_HOME", filepath.Dir(filepath.Dir(config)))
	t.Setenv("SOURCE_DATE_EPOCH", "1")
	t.Setenv("COLUMNS", "40")
	again, err := Files()
	if diff := cmp.Diff(first, again); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

// Every verb that shows results tells what they look like as JSON.
func TestEveryVerbHasASchema(t *testing.T) {
	exempt := regexp.MustCompile(`^quarry(-exit|-patch|-completion.*)?$`) // they show help or a script, or nothing
	known := maps.Clone(results)
	for _, page := range manual.All(cli.Tree()) {
		if _, ok := results[page.Name]; !ok && !exempt.MatchString(page.Name) {
			t.Errorf("%s: add what it shows to results in cmd/internal/docs/schema.go", page.Name)
		}
		delete(known, page.Name)
	}
	for name := range known {
		t.Errorf("%s is in results, and is no verb", name)
	}
}

// Links between the pages lead somewhere.
func TestLinks(t *testing.T) {
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`\]\(([^):]+)\)`)
	for name, text := range files {
		if !strings.HasSuffix(name, ".md") {
			continue
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			to := filepath.Join(filepath.Dir(name), m[1])
			if _, ok := files[to]; !ok && to != "man" {
				t.Errorf("%s: no %s", name, to)
			}
		}
	}
}
