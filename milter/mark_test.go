package milter

import (
	"mime"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
)

func TestTagged(t *testing.T) {
	for _, tt := range []struct{ name, tag, raw, want, read string }{
		{"plain", "[CAUTION]", " Hello", "[CAUTION] Hello", "[CAUTION] Hello"},
		{"encoded", "[CAUTION]", " =?UTF-8?B?5pel5pys?=", "[CAUTION] =?UTF-8?B?5pel5pys?=", "[CAUTION] 日本"},
		{"Japanese before plain", "[注意]", " Hello", "=?UTF-8?B?W+azqOaEj10=?= Hello", "[注意] Hello"},
		{"Japanese before encoded", "[注意]", " =?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "=?UTF-8?B?W+azqOaEj10g?= =?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "[注意] 日本"},
		{"raw UTF-8", "[注意]", " 日本", "=?UTF-8?B?W+azqOaEj10=?= 日本", "[注意] 日本"},
		{"folded", "[注意]", " =?UTF-8?B?5pel?=\n =?UTF-8?B?5pys?=", "=?UTF-8?B?W+azqOaEj10g?= =?UTF-8?B?5pel?=\n =?UTF-8?B?5pys?=", "[注意] 日本"},
		{"begins with a fold", "[CAUTION]", "\n Hello", "[CAUTION]\n Hello", "[CAUTION] Hello"},
		{"empty", "[CAUTION]", " ", "[CAUTION]", "[CAUTION]"},
		{"long", "[CAUTION]", " " + strings.Repeat("x", 70), "[CAUTION]\n " + strings.Repeat("x", 70), "[CAUTION] " + strings.Repeat("x", 70)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := tagged(tt.tag, tt.raw)
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
			decoder := mime.WordDecoder{CharsetReader: charsetReader}
			read, err := decoder.DecodeHeader(strings.ReplaceAll(got, "\n", ""))
			if err != nil || read != tt.read {
				t.Errorf("read as %q (%v), want %q", read, err, tt.read)
			}
		})
	}
}

func TestReasonsAreBoundedAndFolded(t *testing.T) {
	var findings []sekisho.Finding
	for range 30 {
		findings = append(findings, sekisho.Finding{Rule: "a-rule-with-a-rather-long-name"})
	}
	got := reasons(findings)
	if !strings.HasSuffix(got, "and 20 more") || strings.Count(got, "a-rule") != reasonLimit {
		t.Errorf("%q", got)
	}
	for line := range strings.SplitSeq("X-Sekisho-Reason: "+got, "\n") {
		if len(line) > 78 {
			t.Errorf("a line of %d characters", len(line))
		}
	}
}

func TestPolicy(t *testing.T) {
	for _, tt := range []struct {
		name     string
		policy   Policy
		outgoing bool
		action   sekisho.Action
		want     sekisho.Act
	}{
		{"a note in force", Policy{}, false, sekisho.ActionNote, sekisho.Act{Do: sekisho.DoMark}},
		{"a warning in force", Policy{}, false, sekisho.ActionWarn, sekisho.Act{Do: sekisho.DoMark}},
		{"a hold in force", Policy{}, false, sekisho.ActionHold, sekisho.Act{Do: sekisho.DoHold, Keep: true}},
		{"a reject in force", Policy{}, false, sekisho.ActionReject, sekisho.Act{Do: sekisho.DoReject}},
		{"a pass in force", Policy{}, false, sekisho.ActionPass, sekisho.Act{Do: sekisho.DoPass}},
		{"a hold in shadow", Policy{Shadow: true}, false, sekisho.ActionHold, sekisho.Act{Do: sekisho.DoPass, Would: sekisho.DoHold}},
		{"a pass in shadow", Policy{Shadow: true}, false, sekisho.ActionPass, sekisho.Act{Do: sekisho.DoPass}},
		{"a warning going out", Policy{}, true, sekisho.ActionWarn, sekisho.Act{Do: sekisho.DoPass}},
		{"a hold left to the MTA", Policy{Incoming: Table{Hold: Quarantine}}, false, sekisho.ActionHold, sekisho.Act{Do: sekisho.DoHold}},
		{"a reject made a tempfail", Policy{Incoming: Table{Reject: Tempfail}}, false, sekisho.ActionReject, sekisho.Act{Do: sekisho.DoDefer}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.policy.decide(tt.outgoing, sekisho.Verdict{Action: tt.action}); got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestPolicyIsValidated(t *testing.T) {
	for _, bad := range []Policy{{Incoming: Table{Warn: "block"}}, {Outgoing: Table{Hold: "Hold"}}, {OnFailure: Pass}, {TooLarge: Pass}} {
		if bad.Validate() == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
	if err := (Policy{Incoming: Table{Pass, Header, Quarantine, Tempfail}, OnFailure: Accept, TooLarge: Tempfail}).Validate(); err != nil {
		t.Error(err)
	}
}
