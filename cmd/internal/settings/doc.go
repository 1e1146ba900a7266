// Package settings is what quarry keeps of its user from run to run: the
// settings file, which people write and quarry only reads, and the state that
// quarry writes itself.
package settings
