package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"quarry/session/sessiontest"
)

// personsHome is a home folder of the user nobody, who runs quarry with sudo.
func personsHome(t *testing.T) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can be another user's root")
	}
	home := t.TempDir()
	for dir := home; dir != "/" && dir != os.TempDir(); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(home, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	return home
}

// sudoEnviron is the environment of quarry under sudo that keeps HOME.
func sudoEnviron(home string) []string {
	env := []string{"HOME=" + home, "SUDO_UID=" + fmt.Sprint(nobody), "SUDO_GID=" + fmt.Sprint(nobody)}
	for _, v := range quarryEnviron("") {
		if !strings.HasPrefix(v, "XDG_") && !strings.HasPrefix(v, "HOME=") {
			env = append(env, v)
		}
	}
	return env
}

// eachFile calls check for all that is in a folder.
func eachFile(t *testing.T, dir string, check func(path string, info fs.FileInfo)) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		n++
		info, err := entry.Info()
		if err == nil {
			check(path, info)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if n == 0 {
		t.Errorf("there is nothing in %s; the test proves nothing", dir)
	}
}

// What quarry keeps of its own accord is for its owner alone, also where files
// are made for everybody, and under sudo the owner is the person. Nothing in it
// comes from the target but what was typed.
func TestFaultOwnFiles(t *testing.T) {
	sessiontest.Fault(t, "umask 0 and sudo with the person's HOME")
	home := personsHome(t)
	m := startMortal(t)
	cmd := quarryCommand(t, "attach", m.pid())
	cmd.Env = sudoEnviron(home)
	cmd.Args = append([]string{"sh", "-c", `umask 0; exec "$0" "$@"`, cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
	w := openWindow(t, cmd)
	w.wait("> ")
	w.line("find 736548219 -t i32", "1 match") // told a newcomer what is next: counts are kept
	w.line("hex text 16", "6d 6f 72 74")
	w.line("set 1 5", "-> 05 00 00 00")
	w.leave()
	eachFile(t, home, func(path string, info fs.FileInfo) {
		if owner := info.Sys().(*syscall.Stat_t); owner.Uid != nobody || owner.Gid != nobody {
			t.Errorf("%s belongs to %d:%d", path, owner.Uid, owner.Gid)
		}
		want := fs.FileMode(0o600)
		if info.IsDir() {
			want = fs.ModeDir | 0o700
		}
		if info.Mode() != want {
			t.Errorf("%s has mode %v, want %v", path, info.Mode(), want)
		}
		if data, err := os.ReadFile(path); err == nil && bytes.Contains(data, []byte("mortal text")) {
			t.Errorf("%s holds what was in the target's memory", path)
		}
	})
}

// What the person names under sudo is theirs as well.
func TestFaultNamedFilesUnderSudo(t *testing.T) {
	sessiontest.Fault(t, "files named under sudo")
	home := personsHome(t)
	m := startMortal(t)
	out := func(name string) string { return filepath.Join(home, name) }
	patch := out("patch.toml")
	text := "quarry = 1\n[[edit]]\nname = \"lives\"\nat = \"&lives\"\ntype = \"i32\"\nexpect = 736548219\nset = 3\n"
	if err := os.WriteFile(patch, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(patch, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	cmd := quarryCommand(t, "attach", m.pid(),
		"-e", "find 736548219 -t i32 --in module:mortal", "-e", "label 1 lives2", "-e", "save "+out("table.toml"),
		"-e", "dump text 16 -o "+out("text.bin"), "-e", "dump --in stack -o "+out("stack"), "-e", "dump --core -o "+out("core"),
		"-e", "maps --svg "+out("maps.svg"), "-e", "monitor text --csv "+out("seen.csv")+" --for 20ms", "-e", "patch apply "+patch+" --undo "+out("undo.toml"), "-e", "set lives 736548219 -t i32")
	cmd.Env = sudoEnviron(home)
	if got := runToEnd(t, cmd); got.Code != 0 {
		t.Fatalf("outcome %+v", got)
	}
	eachFile(t, home, func(path string, info fs.FileInfo) {
		if owner := info.Sys().(*syscall.Stat_t); owner.Uid != nobody || owner.Gid != nobody {
			t.Errorf("%s belongs to %d:%d", path, owner.Uid, owner.Gid)
		}
	})

	// In a folder of somebody else it stays root's.
	secret := filepath.Join(t.TempDir(), "secret")
	cmd = quarryCommand(t, "-p", m.pid(), "dump", "text", "16", "-o", secret)
	cmd.Env = sudoEnviron(home)
	if got := runToEnd(t, cmd); got.Code != 0 {
		t.Fatalf("outcome %+v", got)
	}
	info, err := os.Stat(secret)
	if err != nil || info.Sys().(*syscall.Stat_t).Uid != 0 || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

// Files that the person names are as the person's other files: whom the umask keeps
// out cannot read them.
func TestFaultUmask(t *testing.T) {
	t.Parallel()
	m := startMortal(t)
	for umask, want := range map[string]fs.FileMode{"077": 0o600, "022": 0o644} {
		sessiontest.Fault(t, "umask "+umask)
		dir := t.TempDir()
		out := func(name string) string { return filepath.Join(dir, name) }
		cmd := quarryCommand(t, "attach", m.pid(), "-e", "label &lives lives2 -t i32", "-e", "save "+out("table.toml"),
			"-e", "maps --svg "+out("maps.svg"), "-e", "monitor lives2 --csv "+out("seen.csv")+" --for 20ms")
		cmd.Args = append([]string{"sh", "-c", "umask " + umask + `; exec "$0" "$@"`, cmd.Path}, cmd.Args[1:]...)
		cmd.Path = "/bin/sh"
		if got := runToEnd(t, cmd); got.Code != 0 {
			t.Fatalf("outcome %+v", got)
		}
		eachFile(t, dir, func(path string, info fs.FileInfo) {
			if info.Mode() != want {
				t.Errorf("%s has mode %v, want %v", path, info.Mode(), want)
			}
		})
	}
}

// What holds the target's memory is for its owner alone, whatever the umask.
func TestFaultSecretFiles(t *testing.T) {
	t.Parallel()
	sessiontest.Fault(t, "umask 0 for dumps and undo files")
	m := startMortal(t)
	dir := t.TempDir()
	patch := filepath.Join(t.TempDir(), "patch.toml")
	text := "quarry = 1\n[[edit]]\nname = \"lives\"\nat = \"&lives\"\ntype = \"i32\"\nexpect = 736548219\nset = 3\n"
	if err := os.WriteFile(patch, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out := func(name string) string { return filepath.Join(dir, name) }
	cmd := quarryCommand(t, "attach", m.pid(), "-e", "dump text 16 -o "+out("text"), "-e", "dump --in stack -o "+out("stack"),
		"-e", "dump --core -o "+out("core"), "-e", "patch apply "+patch+" --undo "+out("undo.toml"))
	cmd.Args = append([]string{"sh", "-c", `umask 0; exec "$0" "$@"`, cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
	if got := runToEnd(t, cmd); got.Code != 0 {
		t.Fatalf("outcome %+v", got)
	}
	files := 0
	eachFile(t, dir, func(path string, info fs.FileInfo) {
		if info.IsDir() {
			if info.Mode().Perm() != 0o700 {
				t.Errorf("folder %s has mode %v", path, info.Mode())
			}
			return
		}
		files++
		if info.Mode() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
	})
	if files < 5 { // the folder of the stack has two
		t.Errorf("%d files", files)
	}
}

// Links planted where quarry keeps its files are not followed.
func TestFaultPlantedLinks(t *testing.T) {
	sessiontest.Fault(t, "links in the place of quarry's own files")
	m := startMortal(t)
	state := t.TempDir()
	victim := filepath.Join(t.TempDir(), "victim")
	const before = "what others own\n"
	if err := os.WriteFile(victim, []byte(before), 0o644); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(state, "quarry")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	names := []string{"history", "tutorial", "advice", "hints", "counts", "told"}
	for _, name := range names {
		if err := os.Symlink(victim, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	cmd := quarryCommand(t, "attach", m.pid())
	cmd.Env = quarryEnviron(state)
	w := openWindow(t, cmd)
	w.wait("> ")
	w.line("find 736548219 -t i32", "1 match")
	w.leave()
	data, err := os.ReadFile(victim)
	if err != nil || string(data) != before {
		t.Errorf("the file that links lead to holds %q, %v", data, err)
	}
	if info, err := os.Stat(victim); err != nil || info.Mode() != 0o644 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
}
