package claim

import "testing"

func TestBaseVector(t *testing.T) {
	tests := []struct {
		in, want string
		score    float64
	}{
		{"CVSS:3.1/AV:A/AC:H/PR:H/UI:R/S:U/C:L/I:L/A:L/E:P/RL:O/RC:C", "CVSS:3.1/AV:A/AC:H/PR:H/UI:R/S:U/C:L/I:L/A:L", 3.8},
		{"CVSS:3.1/av:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 8.8},
		{"CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8},
		{" AV:N/AC:H/PR:H/UI:N/S:U/C:H/I:H/A:N ", "CVSS:3.1/AV:N/AC:H/PR:H/UI:N/S:U/C:H/I:H/A:N", 5.9},
		{"CVSS:3.1/AV:N/AC:H/PR:H/UI:N/S:U/C:L/I:N/A:N", "CVSS:3.1/AV:N/AC:H/PR:H/UI:N/S:U/C:L/I:N/A:N", 2.2},
	}
	for _, tt := range tests {
		got, score, err := BaseVector(tt.in)
		if err != nil || got != tt.want || score != tt.score {
			t.Errorf("%q: got %q, %.1f, %v; want %q, %.1f", tt.in, got, score, err, tt.want, tt.score)
		}
	}
	for _, bad := range []string{"", "7.8", "CVSS:3.1/AV:N", "AV:N/AC:L/Au:S/C:N/I:N/A:P", "CVSS:9/AV:N"} {
		if got, _, err := BaseVector(bad); err == nil {
			t.Errorf("%q: want an error, got %q", bad, got)
		}
	}
}
