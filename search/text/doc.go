// Package text finds the texts in a process's memory: runs of printable
// characters in UTF-8 and in UTF-16 of both byte orders, in the order of their
// addresses.
//
//	err := text.Find(ctx, s, text.Query{Min: 4}, text.Options{}, func(batch []text.String) error {
//		for _, found := range batch { … }
//		return nil
//	})
//
// # What a text is
//
// A text is as long as its characters go: those that are graphic in Unicode,
// and the tab. In UTF-16, which has no structure that would tell it from other
// numbers, only alphabets count: see [Query].
//
// # How it is fast
//
// Vector kernels (package kernel) mark which bytes can be of a text, and a few
// operations on 64 of these bits at a time leave the places where enough of them
// stand side by side. Only those are looked at character by character. Chunks of
// memory are searched by several goroutines; what they find at the borders of
// their chunks is joined afterwards.
package text
