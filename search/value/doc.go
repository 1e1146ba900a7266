// Package value knows the types a value in memory can have: how a person
// writes such a value, which bytes it is stored as, and how to show bytes as
// that type again.
//
// Parsing is strict. A number that does not fit its type, or that is no number
// at all, is an error that says so; nothing wraps, saturates or becomes zero.
package value
