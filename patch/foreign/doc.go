// Package foreign holds what the readers and writers of other tools' files have
// in common: what could not be taken over, where in a file something stands, and
// names that no two edits share. The formats are packages of their own beside it,
// and package format lists them.
package foreign
