package console

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/people"
	"github.com/sekisho/sekisho/record"
)

//go:embed page/*.html
var pageFiles embed.FS

// A shelf holds the templates of every page in each language.
type shelf map[sekisho.Lang]map[string]*template.Template

// parsePages parses page/layout.html and the pieces (page/piece-*.html) together with each page.
func (c *Console) parsePages() (shelf, error) {
	names, err := pageFiles.ReadDir("page")
	if err != nil {
		return nil, err
	}
	pages := shelf{}
	for _, lang := range []sekisho.Lang{sekisho.English, sekisho.Japanese} {
		pages[lang] = map[string]*template.Template{}
		layout, err := template.New("layout.html").Funcs(c.funcs(lang)).ParseFS(pageFiles, "page/layout.html", "page/piece-*.html")
		if err != nil {
			return nil, err
		}
		for _, entry := range names {
			name := strings.TrimSuffix(entry.Name(), path.Ext(entry.Name()))
			if name == "layout" || strings.HasPrefix(name, "piece-") {
				continue
			}
			page, err := layout.Clone()
			if err == nil {
				page, err = page.ParseFS(pageFiles, "page/"+entry.Name())
			}
			if err != nil {
				return nil, err
			}
			pages[lang][name] = page
		}
	}
	return pages, nil
}

// A view is what the layout shows around a page.
type view struct {
	Lang   sekisho.Lang
	Page   string // the page's name; nav.PAGE is its place in the navigation
	Title  string // written by senders, too: cleaned where it is shown
	Nav    []navGroup
	Me     *visitor // nil when nobody is signed in
	Query  string   // what was searched for
	Flash  string   // key of a sentence that says what was done
	Assets map[string]string
	Open   int // cases that need a person
	Data   any
}

type navGroup struct {
	Name  string
	Items []navItem
}

type navItem struct {
	Page, Path, Key string
	Here            bool
}

// navigation lists the pages that the visitor may see.
func navigation(here string, me *visitor) []navGroup {
	groups := []navGroup{
		{"nav.work", []navItem{{"today", "/", "t", false}, {"cases", "/cases", "c", false}, {"search", "/search", "s", false}}},
		{"nav.know", []navItem{{"rules", "/rules", "", false}, {"lists", "/lists", "", false}, {"organisation", "/organisation", "", false}}},
		{"nav.run", []navItem{{"doors", "/doors", "", false}, {"jobs", "/jobs", "", false}}},
	}
	if me.May(people.RightAudit) {
		groups[2].Items = append(groups[2].Items, navItem{"log", "/log", "", false})
	}
	if me.May(people.RightPeople) {
		groups[2].Items = append(groups[2].Items, navItem{"people", "/people", "", false})
	}
	for i := range groups {
		for j := range groups[i].Items {
			groups[i].Items[j].Here = groups[i].Items[j].Page == here
		}
	}
	return groups
}

// A page is what a handler shows.
type page struct {
	name   string // of the template
	nav    string // where in the navigation it stands
	title  string
	status int // 0 for 200
	data   any
}

// show writes the page. It is executed in memory first: an error of a template is not half a page.
func (c *Console) show(w http.ResponseWriter, r *http.Request, p page) {
	me := visitorOf(r)
	lang := c.lang(r)
	v := view{Lang: lang, Page: p.nav, Title: p.title, Me: me, Assets: c.assets.names, Data: p.data}
	if me != nil {
		v.Nav = navigation(p.nav, me)
		if done := r.URL.Query().Get("done"); c.words["done."+done] != (sekisho.Text{}) {
			v.Flash = "done." + done
		}
	}
	if p.nav == "search" {
		v.Query = r.URL.Query().Get("q")
	}
	var b bytes.Buffer
	template := c.pages[lang][p.name]
	if err := template.ExecuteTemplate(&b, "layout.html", v); err != nil {
		c.log.Error("a page could not be made", "page", p.name, "err", err)
		http.Error(w, c.words.in(lang, "error.500"), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if p.status != 0 {
		w.WriteHeader(p.status)
	}
	w.Write(b.Bytes()) // an error is the reader's, who is gone
}

// errForm says that a form was not made by this console for this session.
var errForm = errors.New("not a form of this session")

// errRole says that the visitor's role does not allow what was asked for.
var errRole = errors.New("the role does not allow this")

// errBad says that what was asked for could not be understood.
var errBad = errors.New("not understood")

// fail shows an error as a page that says what happened and what to do.
func (c *Console) fail(w http.ResponseWriter, r *http.Request, err error) {
	status, hint := http.StatusInternalServerError, "error.other"
	switch {
	case errors.Is(err, errForm):
		status, hint = http.StatusForbidden, "error.form"
	case errors.Is(err, errRole):
		status, hint = http.StatusForbidden, "error.role"
	case errors.Is(err, record.ErrForbidden):
		status, hint = http.StatusForbidden, "error.twice"
	case errors.Is(err, record.ErrNotFound), errors.Is(err, record.ErrGone):
		status, hint = http.StatusNotFound, "error.gone"
	case errors.Is(err, record.ErrConflict):
		status, hint = http.StatusConflict, "error.state"
	case errors.Is(err, record.ErrInvalid):
		status, hint = http.StatusBadRequest, "error.reason"
	case errors.Is(err, errBad):
		status, hint = http.StatusBadRequest, ""
	default:
		c.log.Error("a request failed", "path", r.URL.Path, "err", err)
	}
	lang := c.lang(r)
	c.show(w, r, page{name: "error", status: status, title: c.words.in(lang, fmt.Sprintf("error.%d", status)), data: map[string]any{"Hint": hint}})
}
