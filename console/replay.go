package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/record"
	"github.com/sekisho/sekisho/report"
)

var replayWords = words{
	"replay.title":  {En: "Try a rule on the past", Ja: "過去の記録でルールを試す"},
	"replay.under":  {En: "See what a rule would have matched before it is switched on.", Ja: "有効にする前に、ルールが何に該当したかを確認できます。"},
	"replay.covers": {En: "It is tried on the mails whose originals are kept: those that were held, until the end of their retention period. What passed was not kept, so a rule that matches too much shows only in part here. Reading each original is noted in the log, with your name.", Ja: "対象は原本が保存されているメール（保留したもので、保存期間内のもの）です。通過したメールの原本は保存していないため、誤って該当する範囲の一部しか確認できません。原本の読み取りは監査ログにお名前とともに残ります。"},
	"replay.rule":   {En: "The rule, in YAML", Ja: "ルール（YAML）"},
	"replay.days":   {En: "How far back, in days", Ja: "さかのぼる日数"},
	"replay.do":     {En: "Try it", Ja: "試す"},
	"replay.wrong":  {En: "The rule does not load", Ja: "ルールを読み込めません"},
	"replay.off":    {En: "Rules cannot be tried in this installation.", Ja: "この環境ではルールを試せません。"},
}

// The names of the console's jobs.
const (
	workReplay = "replay"
	workVerify = "verify"
)

// The bounds of a replay.
const (
	ruleLimit   = 64 << 10
	replayDays  = 90
	replayMails = 5_000
	replayIDs   = 50
)

// A replayArgs is what a replay is asked to do.
type replayArgs struct {
	Rule  string    `json:"rule"` // YAML
	Since time.Time `json:"since"`
	By    string    `json:"by"`
}

// replayed is how far a replay is. It stands in the job's note: "RULE HITS/LOOKED/GONE ID ID ...".
type replayed struct {
	Rule               string
	Hits, Looked, Gone int
	IDs                []string
}

func (d replayed) note() string {
	return strings.Join(append([]string{d.Rule, fmt.Sprintf("%d/%d/%d", d.Hits, d.Looked, d.Gone)}, d.IDs...), " ")
}

// readReplayed reads a note, nil when it is none.
func readReplayed(note string) *replayed {
	fields := strings.Fields(note)
	if len(fields) < 2 {
		return nil
	}
	d := replayed{Rule: fields[0], IDs: fields[2:]}
	if n, err := fmt.Sscanf(fields[1], "%d/%d/%d", &d.Hits, &d.Looked, &d.Gone); n != 3 || err != nil {
		return nil
	}
	return &d
}

// replayExample is the rule to start from.
const replayExample = `id: payment-asked
title: {en: A payment is asked for, ja: 支払いの依頼}
status: experimental
on: mail
when: lure.exists(l, l.family == "payment" && l.place == "body")
ask: warn
say:
  en: '"The mail speaks of a payment: %s.".format([lure[0].terms.join(", ")])'
  ja: '"支払いに関する文面です：%s".format([lure[0].terms.join("、")])'
`

func (c *Console) replayForm(w http.ResponseWriter, r *http.Request, _ *visitor) error {
	c.showReplay(w, r, replayExample, "")
	return nil
}

func (c *Console) showReplay(w http.ResponseWriter, r *http.Request, text, wrong string) {
	status := 0
	if wrong != "" {
		status = http.StatusBadRequest
	}
	c.show(w, r, page{name: "replay", nav: "rules", status: status, title: c.words.in(c.lang(r), "replay.title"),
		data: map[string]any{"Text": text, "Wrong": wrong, "Off": c.Replay == nil}})
}

// replay asks for a replay of the rule in the form.
func (c *Console) replay(w http.ResponseWriter, r *http.Request, me *visitor) error {
	written := text(r.PostFormValue("rule"), ruleLimit)
	if c.Replay == nil {
		return record.ErrNotFound
	}
	if _, _, err := c.compile(written); err != nil {
		c.showReplay(w, r, written, lines(err.Error(), longLimit))
		return nil
	}
	args := replayArgs{Rule: written, Since: c.now().AddDate(0, 0, -days(r.PostFormValue("days"))), By: me.Person.ID}
	if _, err := c.Record.Enqueue(r.Context(), workReplay, me.Person.ID, "", args); err != nil {
		return err
	}
	http.Redirect(w, r, "/jobs?done=replay", http.StatusSeeOther)
	return nil
}

func days(entered string) int {
	n := 0
	if _, err := fmt.Sscan(entered, &n); err != nil || n < 1 || n > 3650 {
		return replayDays
	}
	return n
}

// compile makes a checkpoint of one rule.
func (c *Console) compile(text string) (*checkpoint.Checkpoint, sekisho.Rule, error) {
	if c.Replay == nil {
		return nil, sekisho.Rule{}, errors.New("replays are switched off")
	}
	cp, rules, err := c.Replay(text)
	if err != nil {
		return nil, sekisho.Rule{}, err
	}
	if len(rules) != 1 {
		return nil, sekisho.Rule{}, fmt.Errorf("%d rules, want one", len(rules))
	}
	return cp, rules[0], nil
}

// runReplay judges what is kept by one rule. It changes nothing, so that it can be done again.
func (c *Console) runReplay(ctx context.Context, job *record.Job) error {
	var args replayArgs
	if err := json.Unmarshal(job.Args, &args); err != nil {
		return fmt.Errorf("read what to replay: %w", err)
	}
	cp, rule, err := c.compile(args.Rule)
	if err != nil {
		return err
	}
	did := replayed{Rule: report.Clean(rule.ID, cellLimit)}
	query := record.Query{Since: args.Since, Limit: 200}
	for did.Looked < replayMails {
		found, err := c.Record.Passages(ctx, query)
		if err != nil {
			return err
		}
		for _, p := range found.Items {
			if !p.Kept {
				continue
			}
			if err := c.replayOne(ctx, cp, p, args.By, &did); err != nil {
				return err
			}
		}
		job.Progress(int64(did.Looked), 0, did.note())
		if query.After = found.Next; query.After == "" {
			break
		}
	}
	return nil
}

func (c *Console) replayOne(ctx context.Context, cp *checkpoint.Checkpoint, p record.Passage, by string, did *replayed) error {
	did.Looked++
	data, err := c.Record.Original(ctx, p.ID, by)
	if errors.Is(err, record.ErrGone) || errors.Is(err, record.ErrNotFound) {
		did.Gone++
		return nil
	}
	if err != nil {
		return err
	}
	v := cp.Inspect(ctx, &sekisho.Artifact{Kind: p.Kind, Name: p.Name, Blob: bytes.NewReader(data), Size: int64(len(data))})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if len(v.Findings) > 0 {
		did.Hits++
		if len(did.IDs) < replayIDs {
			did.IDs = append(did.IDs, p.ID)
		}
	}
	return nil
}
