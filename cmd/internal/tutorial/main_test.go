package tutorial_test

import (
	"os"
	"testing"

	"quarry/session/sessiontest"
)

func TestMain(m *testing.M) { os.Exit(sessiontest.Main(m)) }
