package console

import (
	"net/http"

	"github.com/sekisho/sekisho/record"
)

var searchWords = words{
	"search.title":      {En: "Search", Ja: "検索"},
	"search.how":        {En: "All words have to be in it: a sender, a subject, a file's name, an indicator, a rule, who reported it. Japanese is found by any part of a word.", Ja: "すべての語句を含むものを探します。差出人、件名、ファイル名、指標、ルール、報告者が対象です。日本語は語の一部でも見つかります。"},
	"search.cases":      {En: "Cases", Ja: "事案"},
	"search.indicators": {En: "Indicators", Ja: "指標"},
	"search.passages":   {En: "Everything that came in", Ja: "届いたもの"},
	"search.nothing":    {En: "Nothing like this was ever seen.", Ja: "該当するものはありません。"},
	"search.seen":       {En: "Seen", Ja: "件数"},
	"search.kind":       {En: "Kind", Ja: "種類"},
	"search.value":      {En: "Value", Ja: "値"},
	"search.last":       {En: "Last seen", Ja: "最終確認"},
}

// How many cases and indicators stand above the passages of a search.
const (
	searchCases      = 6
	searchIndicators = 8
)

func (c *Console) search(w http.ResponseWriter, r *http.Request, _ *visitor) error {
	f := newFilter(r.URL.Query())
	data := map[string]any{"Filter": f, "Asked": f.Text != "", "Actions": []string{"note", "warn", "hold", "reject"}}
	if f.Text != "" {
		if err := c.searchAll(r, f, data); err != nil {
			return err
		}
	}
	c.show(w, r, page{name: "search", nav: "search", title: c.words.in(c.lang(r), "search.title"), data: data})
	return nil
}

func (c *Console) searchAll(r *http.Request, f filter, data map[string]any) error {
	passages, err := c.Record.Passages(r.Context(), f.Query)
	if err != nil {
		return err
	}
	data["Passages"], data["Pages"] = passages.Items, map[string]any{"Next": passages.Next, "After": f.After, "Query": f.Link()}
	if f.After != "" {
		return nil
	}
	few := f.Query
	few.Limit = searchCases
	cases, err := c.Record.Cases(r.Context(), few)
	if err != nil {
		return err
	}
	indicators, err := c.Record.Indicators(r.Context(), record.Query{Text: f.Text, Limit: searchIndicators})
	if err != nil {
		return err
	}
	data["Cases"], data["Indicators"] = c.caseRows(cases.Items), indicators.Items
	return nil
}
