package console

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/sekisho/sekisho/record"
	"github.com/sekisho/sekisho/report"
)

var logWords = words{
	"log.title":    {En: "Log", Ja: "監査ログ"},
	"log.under":    {En: "Everything that happened, in order. Nothing can be changed or taken out without being found.", Ja: "すべての出来事を順に記録しています。変更や削除は検証で検出されます。"},
	"log.none":     {En: "Nothing has happened yet.", Ja: "記録はまだありません。"},
	"log.head":     {En: "Signed tree head", Ja: "署名付きツリーヘッド"},
	"log.head.how": {En: "Keep a copy of it elsewhere: it shows later that nothing before it was changed.", Ja: "現在までの記録全体を要約した値への署名です。別の場所に控えておくと、それ以前の記録が変更されていないことを後から示せます。"},
	"log.key":      {En: "The key that verifies it", Ja: "検証用の鍵"},
	"log.verify":   {En: "Verify the whole log", Ja: "ログ全体を検証"},
	"log.kind":     {En: "Kind", Ja: "種類"}, "log.about": {En: "About", Ja: "対象"}, "log.seq": {En: "No.", Ja: "番号"},
	"log.older": {En: "Older", Ja: "前へ"}, "log.newest": {En: "Newest", Ja: "最新"}, "log.erased": {En: "erased", Ja: "消去済み"},
	"entry.passage": {En: "verdict", Ja: "判定"}, "entry.outcome": {En: "outcome", Ja: "結果"}, "entry.decision": {En: "decision", Ja: "判断"},
	"entry.release": {En: "release", Ja: "保留メールの配送"}, "entry.erase": {En: "erased", Ja: "消去"}, "entry.people": {En: "people", Ja: "利用者"},
	"entry.read": {En: "original read", Ja: "原本の閲覧"}, "entry.effect": {En: "effect", Ja: "通知など"}, "entry.export": {En: "export", Ja: "証拠資料の作成開始"}, "entry.exported": {En: "exported", Ja: "証拠資料の作成完了"}, "entry.retrohunt": {En: "search of the past", Ja: "過去の記録での指標検索"},
	"entry.refused": {En: "refused", Ja: "拒否"}, "entry.returned": {En: "handed back to the mail server", Ja: "メールサーバーへの返却"}, "entry.envelope": {En: "envelope", Ja: "エンベロープ"}, "entry.packed": {En: "originals packed", Ja: "証拠資料に含めた原本"}, "entry.started": {En: "started", Ja: "起動"}, "entry.undelivered": {En: "not delivered", Ja: "不達"},
}

// logPage is how many entries a page shows.
const logPage = 100

// An entryRow is an entry in the table.
type entryRow struct {
	record.Entry
	Who, Said string
}

func (c *Console) auditLog(w http.ResponseWriter, r *http.Request, _ *visitor) error {
	ctx := r.Context()
	signed, verifier, err := c.Record.Head(ctx)
	if err != nil {
		return err
	}
	from := max(0, sizeOf(signed)-logPage/2)
	asked := r.URL.Query().Get("from")
	if n, err := strconv.ParseInt(asked, 10, 64); err == nil && n >= 0 {
		from = n
	}
	entries, err := c.Record.Entries(ctx, from, logPage)
	if err != nil {
		return err
	}
	names, err := c.People.Names(ctx)
	if err != nil {
		return err
	}
	rows := make([]entryRow, len(entries))
	for i, e := range entries {
		rows[i] = entryRow{Entry: e, Who: nameOf(names, e.By)}
		if e.Kind != "passage" { // what a verdict says stands on its own page
			rows[i].Said = said(e.Body)
		}
	}
	slices.Reverse(rows)
	c.show(w, r, page{name: "log", nav: "log", title: c.words.in(c.lang(r), "log.title"), data: map[string]any{
		"Rows": rows, "Head": signed, "Key": verifier, "Older": max(0, from-logPage), "HasOlder": from > 0, "Asked": asked != "",
	}})
	return nil
}

// said returns what an entry's body says beside what its row shows.
func said(body []byte) string {
	var parts []string
	for _, p := range factPairs(body) {
		if p.Name != "id" && p.Name != "time" && p.Name != "by" && p.Name != "case" {
			parts = append(parts, p.Name+": "+p.Value)
		}
	}
	return report.Clean(strings.Join(parts, " · "), 2*lineLimit)
}

// sizeOf reads the size of the log from its signed head, whose second line it is.
func sizeOf(signed string) int64 {
	parts := strings.SplitN(signed, "\n", 3)
	if len(parts) < 2 {
		return 0
	}
	n, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func (c *Console) verify(w http.ResponseWriter, r *http.Request, me *visitor) error {
	if _, err := c.Record.Enqueue(r.Context(), workVerify, me.Person.ID, workVerify, struct{}{}); err != nil {
		return err
	}
	http.Redirect(w, r, "/jobs?done=verify", http.StatusSeeOther)
	return nil
}

// verified is how a verification ended. It stands in the job's note: "ENTRIES PROBLEMS|WHAT|WHAT".
type verified struct {
	Entries  int64
	Problems int
	What     []string
}

// verifiedWhat is how many problems are named.
const verifiedWhat = 10

func (v verified) note() string {
	return strings.Join(append([]string{fmt.Sprintf("%d entries, %d problems", v.Entries, v.Problems)}, v.What...), "|")
}

func readVerified(note string) *verified {
	parts := strings.Split(note, "|")
	v := verified{What: parts[1:]}
	if n, err := fmt.Sscanf(parts[0], "%d entries, %d problems", &v.Entries, &v.Problems); n != 2 || err != nil {
		return nil
	}
	return &v
}

// runVerify reads the whole log, and holds what is kept of people against it.
func (c *Console) runVerify(ctx context.Context, job *record.Job) error {
	var v verified
	found := func(p record.Problem) {
		if v.Problems++; v.Problems <= verifiedWhat {
			v.What = append(v.What, strings.ReplaceAll(fmt.Sprintf("%d: %s", p.Seq, p.What), "|", "/"))
		}
	}
	entries, err := c.Record.Verify(ctx, "", found)
	if err == nil {
		_, err = c.People.Verify(ctx, found)
	}
	v.Entries = entries
	job.Progress(entries, entries, v.note())
	return err
}
