package workspace

import (
	"os"
	"syscall"

	"quarry/search/candidate"
)

// LimitMemory sets how many bytes all searches together keep in memory. What is
// above goes to a temporary file. It holds for searches made from then on.
func (w *Workspace) LimitMemory(limit uint64) { w.store = candidate.NewStore(limit, storeDir()) }

// storeDir returns the folder of the temporary file. /tmp is often kept in
// memory, which the file is there to save.
func storeDir() string {
	const onDisk = "/var/tmp"
	if _, err := os.Stat(onDisk); os.Getenv("TMPDIR") == "" && err == nil {
		return onDisk
	}
	return os.TempDir()
}

// MachineMemory returns the size of the machine's memory in bytes; see
// sysinfo(2).
func MachineMemory() uint64 {
	const assumed = 4 << 30
	var info syscall.Sysinfo_t
	if err := syscall.Sysinfo(&info); err != nil {
		return assumed
	}
	return uint64(info.Totalram) * uint64(info.Unit)
}
