// Package patch changes the memory of a process safely: nothing is written that
// was not asked for, what is overwritten is known and kept, a write is verified
// by reading back, and a group of writes is done whole or not at all.
//
// # Writes
//
// A [Write] says which bytes are to replace which. [Apply] is the one place
// where memory is changed; everything else here ends in it. [Set] and [Replace]
// make writes from values as people write them, and return the [Group] that was
// written, which can be undone and redone. A [Journal] remembers groups.
//
// # Patch files
//
// A [File] holds edits, each located by content or by an address expression,
// with what it expects there and what it sets. [Parse] reads it, [NewPlan] finds out
// what each edit would do in a process, [Plan.Apply] does it and [Revert] takes
// it back.
//
//	file, err := patch.Parse("lives.toml", data)
//	plan, err := patch.NewPlan(ctx, target, file, search.Options{})
//	result, err := plan.Apply(ctx, target)
//
// What would change a file on disk is refused, unless [WithFileWrites] allows it;
// [WithPause] writes while the process stands still.
//
// Values in a patch file stand for exact bytes: a decimal is not rounded as it
// is in a search, so that what was there can be told and put back.
package patch
