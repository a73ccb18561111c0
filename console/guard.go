package console

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/people"
)

// The most bytes of a form, and of the sign-in ceremonies' JSON.
const bodyLimit = 256 << 10

// policy is the Content-Security-Policy of every page: nothing but the console's own style, script and pictures.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// guard sets the headers that say what a browser may do with a page, and refuses what another site sends.
func (c *Console) guard(next http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.fail(w, r, errForm) }))
	next = origin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin") // with none, browsers say Origin: null of the console's own forms
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), microphone=(), geolocation=()")
		h.Set("Cache-Control", "no-store")
		if c.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
		next.ServeHTTP(w, r)
	})
}

// A visitor is somebody who is signed in.
type visitor struct{ people.Session }

// Name, Role and CSRF are for the layout.
func (v *visitor) Name() string      { return v.Person.Name }
func (v *visitor) Role() people.Role { return v.Person.Role }
func (v *visitor) CSRF() string      { return v.Form }

// May reports whether the visitor's role has a right, for pages that leave out what it has not.
func (v *visitor) May(right people.Right) bool { return v.Person.Role.May(right) }

type visitorKey struct{}

func visitorOf(r *http.Request) *visitor {
	me, _ := r.Context().Value(visitorKey{}).(*visitor)
	return me
}

// A signedHandler answers those who are signed in and whose role has the right.
type signedHandler struct {
	right people.Right
	serve func(http.ResponseWriter, *http.Request, *visitor) error
}

// signed lets a request through that comes with a session whose person may do this, and, when it changes something, with the
// session's secret in its form.
func (c *Console) signed(h signedHandler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session, err := c.People.Session(r.Context(), c.client(r))
		switch {
		case errors.Is(err, people.ErrSession):
			if fromElsewhere(r) {
				comeAgain(w, r)
				return
			}
			c.toSignIn(w, r)
			return
		case err != nil:
			c.fail(w, r, err)
			return
		}
		me := &visitor{session}
		r = r.WithContext(context.WithValue(r.Context(), visitorKey{}, me))
		if r.Method == http.MethodPost && !ownForm(r, me) {
			c.fail(w, r, errForm)
			return
		}
		// A page is shown to whose sign-in is not fresh; what it does is not done.
		if err := me.Allow(h.right); errors.Is(err, people.ErrForbidden) || err != nil && r.Method == http.MethodPost {
			c.refuse(w, r, err)
			return
		}
		if err := h.serve(w, r, me); err != nil {
			c.refuse(w, r, err)
		}
	})
}

// fromElsewhere reports whether somebody followed a link on another site, such as one in a notification. The browser then leaves
// out the session's cookie, which is of the strict kind.
func fromElsewhere(r *http.Request) bool {
	return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Site") == "cross-site" && r.Header.Get("Sec-Fetch-Mode") == "navigate"
}

// comeAgain has the browser ask again from a page of the console, with the cookie.
func comeAgain(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	at := html.EscapeString(own(r.URL.RequestURI()))
	fmt.Fprintf(w, `<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=%s"><a href="%[1]s">%[1]s</a>`, at)
}

// refuse shows an error, or asks for a fresh sign-in.
func (c *Console) refuse(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, people.ErrStale):
		http.Redirect(w, r, "/again?next="+url.QueryEscape(r.FormValue("back")), http.StatusSeeOther)
	case errors.Is(err, people.ErrForbidden):
		c.fail(w, r, errRole)
	default:
		c.fail(w, r, err)
	}
}

// ownForm reports whether the form comes from a page of this session.
func ownForm(r *http.Request, me *visitor) bool {
	sent := r.Header.Get("X-Form")
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media == "application/x-www-form-urlencoded" {
		sent = r.PostFormValue("csrf")
	}
	return me.Form != "" && subtle.ConstantTimeCompare([]byte(sent), []byte(me.Form)) == 1
}

// own returns a path of this console from what a request says, or "/": nobody is sent elsewhere.
func own(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}

// client says where a request comes from.
func (c *Console) client(r *http.Request) people.Client {
	client := people.Client{Agent: r.UserAgent(), Addr: c.address(r)}
	if cookie, err := r.Cookie(c.cookieName()); err == nil {
		client.Token = cookie.Value
	}
	return client
}

func (c *Console) address(r *http.Request) netip.Addr {
	if forwarded := r.Header.Values("X-Forwarded-For"); c.Proxy && len(forwarded) > 0 {
		last := forwarded[len(forwarded)-1]
		if addr, err := netip.ParseAddr(strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])); err == nil {
			return addr.Unmap()
		}
	}
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}

// cookieName is bound to this host and https by its prefix; browsers do not take the prefix over http, which is loopback only.
func (c *Console) cookieName() string {
	if c.secure {
		return "__Host-sekisho"
	}
	return "sekisho"
}

func (c *Console) setCookie(w http.ResponseWriter, token string) {
	cookie := &http.Cookie{Name: c.cookieName(), Value: token, Path: "/", Secure: c.secure, HttpOnly: true, SameSite: http.SameSiteStrictMode}
	if token == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(w, cookie)
}

// lang is the language of who is signed in, or the one asked for, or the first the browser names that there is.
func (c *Console) lang(r *http.Request) sekisho.Lang {
	if me := visitorOf(r); me != nil && me.Person.Lang != "" {
		return sekisho.Lang(me.Person.Lang)
	}
	if asked := sekisho.Lang(r.URL.Query().Get("lang")); asked == sekisho.English || asked == sekisho.Japanese {
		return asked
	}
	for tag := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		switch tag = strings.ToLower(strings.TrimSpace(tag)); {
		case strings.HasPrefix(tag, "ja"):
			return sekisho.Japanese
		case strings.HasPrefix(tag, "en"):
			return sekisho.English
		}
	}
	return sekisho.English
}

//go:embed asset
var assetFiles embed.FS

// assets are the style, the script and the icon. Their names hold their digest, so that browsers may keep them.
type assets struct {
	names map[string]string // path by file name
	data  map[string][]byte // by the last element of the path
}

func readAssets() (assets, error) {
	out := assets{map[string]string{}, map[string][]byte{}}
	entries, err := assetFiles.ReadDir("asset")
	if err != nil {
		return out, err
	}
	for _, entry := range entries {
		data, err := assetFiles.ReadFile("asset/" + entry.Name())
		if err != nil {
			return out, err
		}
		digest := sha256.Sum256(data)
		name := hex.EncodeToString(digest[:6]) + "-" + entry.Name()
		out.names[entry.Name()], out.data[name] = "/asset/"+name, data
	}
	return out, nil
}

func (c *Console) serveAsset(w http.ResponseWriter, r *http.Request) {
	data, ok := c.assets.data[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(r.PathValue("name"))))
	w.Write(data) // an error is the reader's, who is gone
}
