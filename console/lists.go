package console

import (
	"cmp"
	"net/http"
	"slices"
)

var listsWords = words{
	"lists.title":   {En: "Lists", Ja: "リスト"},
	"lists.under":   {En: "What is known outside the mail itself. What is not on an old list may be on a new one.", Ja: "メールの外から得た情報です。古いリストにないものが、新しいリストに載っている場合があります。"},
	"lists.none":    {En: "No list is in use. “sekisho intel pull” fetches those of the catalogue.", Ja: "使用中のリストはありません。「sekisho intel pull」で取得できます。"},
	"lists.list":    {En: "List", Ja: "リスト"},
	"lists.source":  {En: "Source", Ja: "出典"},
	"lists.entries": {En: "Entries", Ja: "件数"},
	"lists.date":    {En: "Current as of", Ja: "更新日"},
	"list.fresh":    {En: "fresh", Ja: "最新"}, "list.stale": {En: "too old", Ja: "更新が必要"},
	"list.never": {En: "never fetched", Ja: "未取得"}, "list.broken": {En: "cannot be read", Ja: "読み取り不可"},
}

// State is fresh, stale, never or broken.
func (l List) State() string {
	switch {
	case l.Problem != "":
		return "broken"
	case l.Date.IsZero():
		return "never"
	case l.Stale:
		return "stale"
	default:
		return "fresh"
	}
}

// Bad reports whether somebody has to do something about the list.
func (l List) Bad() bool { return l.State() != "fresh" }

// allLists returns the lists, those to do something about first.
func (c *Console) allLists() []List {
	if c.Lists == nil {
		return nil
	}
	lists := slices.Clone(c.Lists())
	slices.SortStableFunc(lists, func(a, b List) int {
		return cmp.Or(-compareBool(a.Bad(), b.Bad()), a.Date.Compare(b.Date), cmp.Compare(a.Name, b.Name))
	})
	return lists
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}

func (c *Console) lists(w http.ResponseWriter, r *http.Request, _ *visitor) error {
	c.show(w, r, page{name: "lists", nav: "lists", title: c.words.in(c.lang(r), "lists.title"), data: map[string]any{"Lists": c.allLists()}})
	return nil
}
