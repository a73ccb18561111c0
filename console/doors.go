package console

import "net/http"

var doorsWords = words{
	"doors.title":  {En: "Doors", Ja: "入口"},
	"doors.under":  {En: "Where things come in to be judged, and what else runs beside it.", Ja: "検査対象が届く場所と、同時に稼働している機能です。"},
	"doors.none":   {En: "No door is open.", Ja: "稼働中の入口はありません。"},
	"doors.listen": {En: "Place", Ja: "場所"}, "doors.count": {En: "Since the start", Ja: "起動後の件数"}, "doors.last": {En: "Last", Ja: "最終"},
	"doors.shadow": {En: "In shadow mode a door records what it would do and changes nothing. Turn shadow mode off in the configuration when the cases look right.",
		Ja: "シャドーモードの入口は、判定を記録するだけで何も変更しません。事案の内容に問題がなければ、設定でシャドーモードを解除してください。"},
	"door": {En: "Door", Ja: "入口"}, "door.milter": {En: "Mail server", Ja: "メールサーバー"}, "door.api": {En: "API", Ja: "API"}, "door.inbox": {En: "Report mailbox", Ja: "報告用メールボックス"}, "door.watch": {En: "Folder", Ja: "フォルダー"}, "door.console and API": {En: "Console and API", Ja: "コンソールと API"}, "door.sweep": {En: "Mailbox sweep", Ja: "メールボックスの巡回"}, "door.metrics": {En: "Metrics", Ja: "メトリクス"}, "door.siem": {En: "SIEM", Ja: "SIEM への送信"}, "door.work": {En: "Jobs", Ja: "ジョブの実行"},
	"door.running": {En: "running", Ja: "稼働中"}, "door.off": {En: "off", Ja: "停止"}, "door.failed": {En: "failed", Ja: "障害"}, "door.shadow": {En: "shadow", Ja: "シャドー"},
}

func (c *Console) allDoors() []Door {
	if c.Doors == nil {
		return nil
	}
	return c.Doors()
}

func (c *Console) doors(w http.ResponseWriter, r *http.Request, _ *visitor) error {
	doors := c.allDoors()
	shadow := false
	for _, d := range doors {
		shadow = shadow || d.Shadow
	}
	c.show(w, r, page{name: "doors", nav: "doors", title: c.words.in(c.lang(r), "doors.title"), data: map[string]any{"Doors": doors, "Shadow": shadow}})
	return nil
}
