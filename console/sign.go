package console

import (
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/people"
)

var signWords = words{
	"sign.title":     {En: "Sign in", Ja: "サインイン"},
	"sign.passkey":   {En: "Sign in with a passkey", Ja: "パスキーでサインイン"},
	"sign.other":     {En: "With a password and a code", Ja: "パスワードと確認コードでサインイン"},
	"sign.mail":      {En: "Mail address", Ja: "メールアドレス"},
	"sign.password":  {En: "Password", Ja: "パスワード"},
	"sign.code":      {En: "Six-digit code", Ja: "6 桁の確認コード"},
	"sign.do":        {En: "Sign in", Ja: "サインイン"},
	"sign.script":    {En: "Passkeys need JavaScript, which this browser has switched off for this page.", Ja: "パスキーの利用には JavaScript が必要ですが、このページでは無効になっています。"},
	"sign.first":     {En: "There are no users yet. The first administrator opens the link that Sekisho printed when it started.", Ja: "まだ利用者がいません。最初の管理者は、起動時に表示されたリンクを開いてください。"},
	"sign.again":     {En: "Sign in again", Ja: "再度サインイン"},
	"sign.again.why": {En: "What cannot be taken back needs a sign-in within the last ten minutes. You return to where you were.", Ja: "取り消せない操作には、10 分以内のサインインが必要です。完了すると元のページに戻ります。"},
	"sign.refused":   {En: "That did not match. Check the address, the password and the code.", Ja: "サインインできませんでした。メールアドレス、パスワード、確認コードをご確認ください。"},
	"sign.wait":      {En: "Too many attempts. Try again in %d seconds.", Ja: "試行回数が多すぎます。%d 秒後にもう一度お試しください。"},
	"sign.failed":    {En: "That did not work. Begin again.", Ja: "処理できませんでした。最初からやり直してください。"},
	"sign.cancelled": {En: "The browser ended it. Try again.", Ja: "ブラウザーで中断されました。もう一度お試しください。"},
	"sign.old":       {En: "This browser does not support passkeys. Use a newer one, or a password and a code.", Ja: "このブラウザーはパスキーに対応していません。新しいブラウザーか、パスワードと確認コードをご利用ください。"},

	"join.title":    {En: "Welcome", Ja: "ようこそ"},
	"join.first":    {En: "You are the first administrator. Say who you are, and how you want to sign in.", Ja: "最初の管理者として登録します。お名前とサインイン方法を入力してください。"},
	"join.invite":   {En: "You were invited as %s. Choose how you want to sign in.", Ja: "「%s」として招待されています。サインイン方法を選んでください。"},
	"join.recover":  {En: "Choose a new way to sign in. What you used before does not work any more.", Ja: "新しいサインイン方法を選んでください。以前の方法は使えなくなっています。"},
	"join.name":     {En: "Your name", Ja: "お名前"},
	"join.lang":     {En: "Language", Ja: "言語"},
	"join.passkey":  {En: "Make a passkey", Ja: "パスキーを作成"},
	"join.best":     {En: "Recommended: it cannot be given to a lookalike site.", Ja: "推奨：偽サイトに盗まれることがありません。"},
	"join.code":     {En: "Use a password and a code instead", Ja: "パスワードと確認コードを使う"},
	"join.bad":      {En: "This link is not valid", Ja: "このリンクは無効です"},
	"join.bad.how":  {En: "A link works once, within 24 hours. Ask an administrator for a new one.", Ja: "リンクは 1 回限り、24 時間有効です。管理者に再発行をご依頼ください。"},
	"join.scan":     {En: "Scan this with an authenticator app, or type the key in.", Ja: "認証アプリで読み取るか、キーを入力してください。"},
	"join.key":      {En: "Key", Ja: "キー"},
	"join.choose":   {En: "Password, at least 12 characters", Ja: "パスワード（12 文字以上）"},
	"join.shown":    {En: "The code that the app shows", Ja: "アプリに表示された確認コード"},
	"join.do":       {En: "Finish", Ja: "登録する"},
	"join.weak":     {En: "The password is not strong enough: choose a longer one that is harder to guess.", Ja: "パスワードの強度が不足しています。より長く、推測されにくいものにしてください。"},
	"join.wrong":    {En: "The code does not match, or something is missing. Check the clock of your device.", Ja: "確認コードが一致しないか、入力が不足しています。端末の時刻もご確認ください。"},
	"join.invalid":  {En: "A name and a mail address are needed.", Ja: "お名前とメールアドレスを入力してください。"},
	"join.conflict": {En: "There is somebody with this mail address.", Ja: "このメールアドレスは登録済みです。"},

	"role.viewer": {En: "Viewer", Ja: "閲覧者"}, "role.analyst": {En: "Analyst", Ja: "分析担当者"}, "role.administrator": {En: "Administrator", Ja: "管理者"},
}

func (c *Console) signRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /sign-in", func(w http.ResponseWriter, r *http.Request) { c.showSignIn(w, r, "") })
	mux.HandleFunc("POST /sign-in", c.signIn)
	mux.HandleFunc("POST /sign-in/begin", c.beginSignIn)
	mux.HandleFunc("POST /sign-in/finish", c.finishSignIn)
	mux.HandleFunc("GET /join/{link}", c.join)
	mux.HandleFunc("POST /join/{link}/begin", c.beginEnrol)
	mux.HandleFunc("POST /join/{link}/finish", c.finishEnrol)
	mux.HandleFunc("POST /join/{link}/code", c.beginCode)
	mux.HandleFunc("POST /join/{link}/code/finish", c.finishCode)
}

// JoinURL returns the link that the secret of people.Book.FirstLink, Invite or Recover is followed by.
func (c *Console) JoinURL(secret string) string {
	at, err := url.JoinPath(c.URL, "join", secret)
	if err != nil {
		return c.URL // New has parsed it
	}
	return at
}

// toSignIn sends somebody to the sign-in, who comes back to what they asked for.
func (c *Console) toSignIn(w http.ResponseWriter, r *http.Request) {
	at := "/sign-in"
	if r.Method == http.MethodGet && r.URL.Path != "/" {
		at += "?next=" + url.QueryEscape(r.URL.RequestURI())
	}
	http.Redirect(w, r, at, http.StatusSeeOther)
}

// showSignIn shows the sign-in with what was wrong before.
func (c *Console) showSignIn(w http.ResponseWriter, r *http.Request, wrong string) {
	names, err := c.People.Names(r.Context())
	if err != nil {
		c.fail(w, r, err)
		return
	}
	status := 0
	if wrong != "" {
		status = http.StatusUnauthorized
	}
	c.show(w, r, page{name: "sign-in", status: status, title: c.words.in(c.lang(r), "sign.title"), data: map[string]any{
		"Next": own(r.FormValue("next")), "Wrong": wrong, "Mail": text(r.PostFormValue("mail"), 300), "First": len(names) == 0,
		"Lang": r.URL.Query().Get("lang"), "Other": otherLang(c.lang(r)),
	}})
}

func otherLang(lang sekisho.Lang) sekisho.Lang {
	if lang == sekisho.Japanese {
		return sekisho.English
	}
	return sekisho.Japanese
}

// again shows the sign-in to somebody who is signed in.
func (c *Console) again(w http.ResponseWriter, r *http.Request, me *visitor) error {
	c.show(w, r, page{name: "again", title: c.words.in(c.lang(r), "sign.again"), data: map[string]any{
		"Next": own(r.URL.Query().Get("next")), "Mail": me.Person.Mail, "TOTP": me.Person.TOTP}})
	return nil
}

// signIn takes a password and a code.
func (c *Console) signIn(w http.ResponseWriter, r *http.Request) {
	_, token, err := c.People.SignIn(r.Context(), people.Attempt{Mail: r.PostFormValue("mail"), Password: r.PostFormValue("password"), Code: r.PostFormValue("code")}, c.client(r))
	if err != nil {
		wrong, known := c.refusal(r, err)
		if !known {
			c.fail(w, r, err)
			return
		}
		c.showSignIn(w, r, wrong)
		return
	}
	c.setCookie(w, token)
	http.Redirect(w, r, own(r.PostFormValue("next")), http.StatusSeeOther)
}

// refusal says in the reader's language why a ceremony failed; known is false for what is no fault of theirs.
func (c *Console) refusal(r *http.Request, err error) (wrong string, known bool) {
	lang := c.lang(r)
	if throttled, ok := errors.AsType[*people.Throttled](err); ok {
		return c.words.in(lang, "sign.wait", int(throttled.Wait/time.Second)+1), true
	}
	for _, one := range []struct {
		err error
		key string
	}{{people.ErrRefused, "sign.refused"}, {people.ErrCeremony, "sign.failed"}, {people.ErrLink, "join.bad"}, {people.ErrPassword, "join.weak"},
		{people.ErrConflict, "join.conflict"}, {people.ErrInvalid, "join.invalid"}} {
		if errors.Is(err, one.err) {
			return c.words.in(lang, one.key), true
		}
	}
	return "", false
}

// reply answers the script: what to do next, or what was wrong.
func (c *Console) reply(w http.ResponseWriter, r *http.Request, answer any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		wrong, known := c.refusal(r, err)
		status := http.StatusBadRequest
		if !known {
			c.log.Error("a sign-in ceremony failed", "err", err)
			wrong, status = c.words.in(c.lang(r), "sign.failed"), http.StatusInternalServerError
		}
		w.WriteHeader(status)
		answer = map[string]string{"error": wrong}
	}
	json.NewEncoder(w).Encode(answer) // an error is the reader's, who is gone
}

func (c *Console) beginSignIn(w http.ResponseWriter, r *http.Request) {
	ceremony, err := c.People.BeginSignIn(r.Context(), c.client(r))
	c.reply(w, r, ceremony, err)
}

func (c *Console) finishSignIn(w http.ResponseWriter, r *http.Request) {
	_, token, err := c.People.FinishSignIn(r.Context(), r.URL.Query().Get("ceremony"), r.Body, c.client(r))
	if err == nil {
		c.setCookie(w, token)
	}
	c.reply(w, r, map[string]string{"to": own(r.URL.Query().Get("next"))}, err)
}

func (c *Console) signOut(w http.ResponseWriter, r *http.Request, me *visitor) error {
	if err := c.People.SignOut(r.Context(), me.Session, me.ID); err != nil {
		return err
	}
	c.opened.forget(me.Person.ID)
	c.setCookie(w, "")
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
	return nil
}

// join shows what a link is for, and how one may sign in from now on.
func (c *Console) join(w http.ResponseWriter, r *http.Request) {
	c.showJoin(w, r, "")
}

func (c *Console) showJoin(w http.ResponseWriter, r *http.Request, wrong string) {
	lang := c.lang(r)
	link, err := c.People.Link(r.Context(), r.PathValue("link"))
	if errors.Is(err, people.ErrLink) {
		c.show(w, r, page{name: "error", status: http.StatusNotFound, title: c.words.in(lang, "join.bad"), data: map[string]any{"Hint": "join.bad.how"}})
		return
	}
	if err != nil {
		c.fail(w, r, err)
		return
	}
	status := 0
	if wrong != "" {
		status = http.StatusBadRequest
	}
	c.show(w, r, page{name: "join", status: status, title: c.words.in(lang, "join.title"), data: map[string]any{
		"Link": link, "Secret": r.PathValue("link"), "Wrong": wrong, "Role": c.known(lang, "role", string(link.Role)), "Here": lang, "Other": otherLang(lang),
		"Name": text(r.PostFormValue("name"), 200), "Mail": text(r.PostFormValue("mail"), 300),
	}})
}

func applicant(r *http.Request) people.Applicant {
	return people.Applicant{Name: r.PostFormValue("name"), Mail: r.PostFormValue("mail"), Lang: r.PostFormValue("lang")}
}

func (c *Console) beginEnrol(w http.ResponseWriter, r *http.Request) {
	ceremony, err := c.People.BeginEnrol(r.Context(), r.PathValue("link"), applicant(r))
	c.reply(w, r, ceremony, err)
}

func (c *Console) finishEnrol(w http.ResponseWriter, r *http.Request) {
	_, token, err := c.People.FinishEnrol(r.Context(), r.URL.Query().Get("ceremony"), r.Body, c.client(r))
	if err == nil {
		c.setCookie(w, token)
	}
	c.reply(w, r, map[string]string{"to": "/"}, err)
}

func (c *Console) beginCode(w http.ResponseWriter, r *http.Request) {
	offer, err := c.People.BeginCode(r.Context(), r.PathValue("link"), applicant(r))
	if err != nil {
		wrong, known := c.refusal(r, err)
		if !known {
			c.fail(w, r, err)
			return
		}
		c.showJoin(w, r, wrong)
		return
	}
	c.showOffer(w, r, offer, "")
}

// showOffer shows what an authenticator app needs.
func (c *Console) showOffer(w http.ResponseWriter, r *http.Request, offer people.Offer, wrong string) {
	status := 0
	if wrong != "" {
		status = http.StatusBadRequest
	}
	c.show(w, r, page{name: "join-code", status: status, title: c.words.in(c.lang(r), "join.title"), data: map[string]any{
		"Offer": offer, "QR": template.HTML(offer.QR), "Secret": r.PathValue("link"), "Wrong": wrong,
	}})
}

func (c *Console) finishCode(w http.ResponseWriter, r *http.Request) {
	ceremony := r.PostFormValue("ceremony")
	_, token, err := c.People.FinishCode(r.Context(), ceremony, r.PostFormValue("password"), r.PostFormValue("code"), c.client(r))
	if errors.Is(err, people.ErrPassword) || errors.Is(err, people.ErrInvalid) {
		wrong := "join.wrong"
		if errors.Is(err, people.ErrPassword) {
			wrong = "join.weak"
		}
		if offer, again := c.People.Offer(r.Context(), ceremony); again == nil {
			c.showOffer(w, r, offer, c.words.in(c.lang(r), wrong))
			return
		}
	}
	if err != nil {
		wrong, known := c.refusal(r, err)
		if !known {
			c.fail(w, r, err)
			return
		}
		c.showJoin(w, r, wrong)
		return
	}
	c.setCookie(w, token)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
