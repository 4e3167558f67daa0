package plain

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestReadAllRefusesMore(t *testing.T) {
	if raw, err := ReadAll("a.json", strings.NewReader("12345678"), 8); string(raw) != "12345678" || err != nil {
		t.Errorf("%q, %v", raw, err)
	}
	if raw, err := ReadAll("a.json", strings.NewReader("123456789"), 8); raw != nil || err == nil || !strings.Contains(err.Error(), `"a.json"`) {
		t.Errorf("%q, %v", raw, err)
	}
}

func TestAtLine(t *testing.T) {
	var v struct{ N int }
	for text, want := range map[string]string{
		"{\n\n  \"N\": \"x\"}": "line 3: ",
		"{\n  oops":            "line 2: ",
	} {
		err := AtLine([]byte(text), json.Unmarshal([]byte(text), &v))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v does not begin with %q", text, err, want)
		}
	}
	other := errors.New("other")
	if got := AtLine(nil, other); !errors.Is(got, other) || AtLine(nil, nil) != nil {
		t.Errorf("an error without a place became %v", got)
	}
}
