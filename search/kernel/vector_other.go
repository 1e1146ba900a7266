//go:build !amd64

package kernel

func detect() Level { return Portable }

func call(key, *uint64, *byte, *byte, int, uint64, uint64, uint64) bool { return false }

func callPattern(Level, *uint64, *byte, int, []term) bool { return false }
