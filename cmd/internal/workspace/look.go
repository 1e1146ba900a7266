package workspace

import (
	"context"

	"quarry/search/text"
)

// Strings finds the texts in memory and calls yield with them as text.Find does.
func (w *Workspace) Strings(ctx context.Context, q text.Query, yield func([]text.String) error) error {
	s, err := w.Session()
	if err != nil {
		return err
	}
	return text.Find(ctx, s, q, text.Options{Progress: w.Progress}, yield)
}
