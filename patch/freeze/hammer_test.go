package freeze_test

import (
	"sync"
	"testing"

	"quarry/patch/freeze"
	"quarry/search/address"
	"quarry/session"
	"quarry/session/sessiontest"
)

// Places are found by many at once, while what names stand for is looked up anew.
func TestPathsHammer(t *testing.T) {
	f := sessiontest.NewFake(sessiontest.Segment{Region: session.Region{Range: session.Range{Start: 0x1000}}, Data: []byte{0, 0x20, 0, 0, 0, 0, 0, 0}})
	paths := freeze.NewPaths(func() address.Resolver { return address.In(f, nil) })
	e, err := address.Parse("[0x1000]+0x10")
	if err != nil {
		t.Fatal(err)
	}
	locate := paths.Locate(e)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				if addr, err := locate(t.Context()); addr != 0x2010 || err != nil {
					t.Errorf("%#x, %v", addr, err)
					return
				}
			}
		})
	}
	all.Wait()
}
