package console

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/sekisho/sekisho/people"
	"github.com/sekisho/sekisho/record"
)

var jobsWords = words{
	"jobs.title":    {En: "Jobs", Ja: "ジョブ"},
	"jobs.under":    {En: "Work beside verdicts. One process does each; a job whose process ended is done again by another.", Ja: "判定以外の処理です。途中で終わったジョブは別のプロセスが引き継ぎます。"},
	"jobs.none":     {En: "There are no jobs.", Ja: "ジョブはありません。"},
	"jobs.job":      {En: "Job", Ja: "ジョブ"},
	"jobs.by":       {En: "Asked for by", Ja: "依頼者"},
	"jobs.progress": {En: "Progress", Ja: "進捗"},
	"jobs.created":  {En: "Begun", Ja: "開始"},
	"jobs.cancel":   {En: "Cancel", Ja: "中止"},
	"jobs.hits":     {En: "%s would have matched %s of %s mails that are kept.", Ja: "%s は、保存されているメール %[3]s 件中 %[2]s 件に該当しました。"},
	"jobs.gone":     {En: "%d could not be read any more.", Ja: "%d 件は読み取れませんでした。"},
	"jobs.verified": {En: "%s entries, no problem.", Ja: "%s 件の記録を確認し、問題はありませんでした。"},
	"jobs.problems": {En: "%d problems in %s entries", Ja: "%[2]s 件の記録に問題が %[1]d 件あります"},
	"job.waiting":   {En: "waiting", Ja: "待機中"}, "job.running": {En: "running", Ja: "実行中"}, "job.done": {En: "done", Ja: "完了"},
	"job.failed": {En: "failed", Ja: "失敗"}, "job.cancelled": {En: "cancelled", Ja: "中止"},
	"work.replay": {En: "A rule on the past", Ja: "過去の記録でのルール試行"}, "work.verify": {En: "Log verification", Ja: "監査ログの検証"},
	"work.retrohunt": {En: "Search of the past for an indicator", Ja: "過去の記録での指標検索"}, "work.release": {En: "Release", Ja: "保留メールの配送"},
	"work.retention": {En: "Erasing originals past their retention period", Ja: "保存期間を過ぎた原本の消去"}, "work.notify": {En: "Notification", Ja: "通知"}, "work.sweep": {En: "Mailbox sweep", Ja: "メールボックスの巡回"}, "work.pull": {En: "List pull", Ja: "リストの取得"},
	"work.export": {En: "Package for the police", Ja: "警察提出用の証拠資料の作成"}, "work.indicators": {En: "Search of the past for an indicator", Ja: "過去の記録での指標検索"},
	"work.notify-summary": {En: "Summary of notifications", Ja: "通知のまとめ"}, "work.digest": {En: "Daily digest", Ja: "日次の要約"},

	"done.cancelled": {En: "The job is being cancelled.", Ja: "ジョブを中止しています。"},
	"done.replay":    {En: "The replay is under way.", Ja: "試行を開始しました。"},
	"done.verify":    {En: "The log is being verified.", Ja: "監査ログを検証しています。"},
}

// jobLimit is how many jobs the page shows.
const jobLimit = 100

// A jobRow is a job in the table, with its result when the console made it.
type jobRow struct {
	record.JobState
	Who     string
	Ends    bool // it can still be cancelled
	Replay  *replayed
	Verify  *verified
	Percent int
}

func (c *Console) jobs(w http.ResponseWriter, r *http.Request, me *visitor) error {
	jobs, err := c.Record.Jobs(r.Context(), jobLimit)
	if err != nil {
		return err
	}
	names, err := c.People.Names(r.Context())
	if err != nil {
		return err
	}
	rows := make([]jobRow, len(jobs))
	for i, j := range jobs {
		rows[i] = jobRow{JobState: j, Who: nameOf(names, j.By), Ends: slices.Contains([]string{"waiting", "running"}, j.State)}
		if j.Total > 0 {
			rows[i].Percent = int(min(100, 100*j.Done/j.Total))
		}
		switch j.Name {
		case workReplay:
			rows[i].Replay = readReplayed(j.Note)
		case workVerify:
			rows[i].Verify = readVerified(j.Note)
		}
		if rows[i].Ends && c.now().Sub(j.Created) < time.Hour {
			w.Header().Set("Refresh", "4")
		}
	}
	c.show(w, r, page{name: "jobs", nav: "jobs", title: c.words.in(c.lang(r), "jobs.title"), data: map[string]any{"Jobs": rows, "MayCancel": me.May(people.RightProfile)}})
	return nil
}

func (c *Console) cancelJob(w http.ResponseWriter, r *http.Request, _ *visitor) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return errBad
	}
	if err := c.Record.Cancel(r.Context(), id); err != nil {
		return err
	}
	done(w, r, "cancelled")
	return nil
}
