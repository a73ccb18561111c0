package console

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/sekisho/sekisho/people"
	"github.com/sekisho/sekisho/record"
)

var indicatorWords = words{
	"ind.seen":    {En: "Seen in", Ja: "確認された場所"},
	"ind.first":   {En: "First seen", Ja: "初回"},
	"ind.last":    {En: "Last seen", Ja: "最終"},
	"ind.count":   {En: "Arrivals", Ja: "件数"},
	"ind.never":   {En: "It was never seen.", Ja: "確認されたことはありません。"},
	"ind.blocked": {En: "What shows it is held.", Ja: "これを含むものを保留しています。"},
	"ind.by":      {En: "Blocked by %s", Ja: "ブロックした担当者：%s"},
	"ind.block":   {En: "Block it", Ja: "ブロックする"},
	"ind.unblock": {En: "Unblock it", Ja: "ブロックを解除する"},
}

// indicator shows everything an indicator was ever seen in.
func (c *Console) indicator(w http.ResponseWriter, r *http.Request, me *visitor) error {
	q := r.URL.Query()
	kind, value, after := text(q.Get("kind"), 40), text(q.Get("value"), 4096), text(q.Get("after"), 300)
	found, seen, err := c.Record.Indicator(r.Context(), kind, value, after)
	if err != nil {
		return err
	}
	names, err := c.People.Names(r.Context())
	if err != nil {
		return err
	}
	self := url.Values{"kind": {kind}, "value": {value}}.Encode()
	c.show(w, r, page{name: "indicator", nav: "search", title: value, data: map[string]any{
		"I": found, "Seen": seen.Items, "By": nameOf(names, found.By), "MayDecide": me.May(people.RightDecide), "Back": "/indicator?" + self,
		"Pages": map[string]any{"Next": seen.Next, "After": after, "Query": template.URL(self)},
	}})
	return nil
}

func (c *Console) decideIndicator(w http.ResponseWriter, r *http.Request, me *visitor) error {
	d := record.Decision{By: me.Person.ID, Do: r.PostFormValue("do"), Reason: strings.TrimSpace(r.PostFormValue("reason")),
		Indicator: &record.Indicator{Kind: r.PostFormValue("kind"), Value: r.PostFormValue("value")}}
	if d.Do != record.DecideBlock && d.Do != record.DecideUnblock {
		return errBad
	}
	if _, err := c.Record.Decide(r.Context(), d); err != nil {
		return err
	}
	done(w, r, d.Do)
	return nil
}
