package local_test

import (
	"testing"

	"github.com/fixline-dev/fixline/internal/remote/local"
	"github.com/fixline-dev/fixline/internal/remote/remotetest"
)

func TestContract(t *testing.T) { remotetest.Contract(t, local.New("here", "me")) }
