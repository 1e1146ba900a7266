package owner

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// GiveToInvoker gives what was just made at path to the person who ran quarry
// with sudo, in a folder of that person: root would otherwise own a file there
// that they cannot even read. chown is that of the open file, or of the folder
// that was made. Nothing is done in folders of others, so that what root writes
// there stays root's.
func GiveToInvoker(path string, chown func(uid, gid int) error) error {
	uid, err := strconv.Atoi(os.Getenv("SUDO_UID"))
	if err != nil || os.Geteuid() != 0 || uid <= 0 {
		return nil
	}
	gid, err := strconv.Atoi(os.Getenv("SUDO_GID"))
	if err != nil || gid < 0 {
		return nil
	}
	info, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); !ok || owner.Uid != uint32(uid) {
		return nil
	}
	return chown(uid, gid)
}
